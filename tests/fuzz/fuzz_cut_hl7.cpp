// Any bytes to the HL7 cutter: an answer, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/sdk/hl7.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const auto& piece : kinhub::sdk::cut_hl7(bytes, {4096, 64}))
    if (const auto header = kinhub::sdk::read_hl7_header(piece.bytes))
      (void)kinhub::sdk::hl7_ack(*header, "AA", 0, "1");
  const std::vector<std::string> names{"DG1", "PDA"};
  if (kinhub::sdk::blank_hl7(bytes, names).size() > bytes.size()) __builtin_trap();
  // The frames of a stream do not depend on how it arrives.
  kinhub::sdk::MllpDecoder whole(256), pieces(256);
  whole.feed(bytes);
  for (const char c : bytes)
    pieces.feed({&c, 1});
  for (;;) {
    const auto a = whole.finish(), b = pieces.finish();
    if (a.has_value() != b.has_value() || (a && (a->kind != b->kind || a->bytes != b->bytes)))
      __builtin_trap();
    if (!a) break;
  }
  return 0;
}
