// Any bytes to the CSV cutter: an answer, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/sdk/cut_csv.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto cut = kinhub::sdk::cut_csv(bytes, {4096, 64})) {
    for (const auto& record : cut->records)
      if (kinhub::sdk::blank_csv(record.bytes, {true, false, true}).size() > record.bytes.size())
        __builtin_trap();
  }
  return 0;
}
