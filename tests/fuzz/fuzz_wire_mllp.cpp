// Any bytes on an MLLP connection, in pieces of any size: frames, each of bounded size, and headers of what
// they hold.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "plugins/sdk/hl7.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinhub::sdk;
  if (size == 0) return 0;
  constexpr std::size_t message_bytes_max = 2048;
  MllpDecoder decoder(message_bytes_max);
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + data[0];
  const auto look = [](const MllpFrame& frame) {
    if (frame.bytes.size() > message_bytes_max + MllpDecoder::noise_bytes_max) std::abort();
    if (const auto header = read_hl7_header(frame.bytes)) {
      (void)hl7_patient_key(frame.bytes, *header);
      (void)hl7_ack_code(*header, Hl7Verdict::taken);
      (void)hl7_ack(*header, "AA", 0, "C");
    }
    static const std::array<std::string, 2> blanked{"DG1", "PV1"};
    (void)blank_hl7(frame.bytes, blanked);
  };
  while (!bytes.empty()) {
    decoder.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (const auto frame = decoder.next())
      look(*frame);
  }
  constexpr int unfinished_max = 4;
  for (int i = 0; i < unfinished_max; ++i)
    if (const auto frame = decoder.finish()) look(*frame);
  return 0;
}
