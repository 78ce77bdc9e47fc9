// Any bytes to the JSON cutter: an answer, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/sdk/cut_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto cut = kinhub::sdk::cut_json(bytes, "data/cxjg", {4096, 64})) {
    for (std::size_t i = 0; i < cut->records.size() && i < 16; ++i)
      if (cut->records[i].bytes.empty()) __builtin_trap();
  }
  (void)kinhub::sdk::json_text(bytes, "head/watermark");
  return 0;
}
