// Any bytes as what a connector's process sends, in pieces: frames and their payloads, or that they are none.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

#include "hub/connector/event_limits.hpp"
#include "hub/connector/frames.hpp"

namespace {

using namespace kinhub;

void read_payload(FrameType type, const std::string& payload) {
  if (auto harvest = decode_harvest(payload)) {
    // What was read is written and read again.
    const auto again = decode_harvest(encode(*harvest));
    if (!again || again->events.size() != harvest->events.size() || again->position != harvest->position)
      std::abort();
    for (auto& event : harvest->events) {
      hold_to_limits(event);
      if (event.kind == EventKind::coverage || event.key.size() > event_text_max) std::abort();
    }
  }
  if (type == FrameType::outcome) (void)decode_outcome(payload);
  (void)decode_note(payload);
  (void)decode_create(payload);
  (void)decode_call(payload);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0];
  read_payload(FrameType::outcome, std::string(bytes));
  FrameReader reader;
  try {
    while (!bytes.empty()) {
      reader.add(bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
      while (auto frame = reader.next())
        read_payload(frame->type, frame->payload);
    }
  } catch (const std::runtime_error&) {  // these bytes are no frame
  }
  return 0;
}
