// Any bytes to the XML cutter: an answer, never a crash.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plugins/sdk/cut_xml.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto cut = kinhub::sdk::cut_xml(bytes, "root/body/RECORD", {4096, 64})) {
    for (std::size_t i = 0; i < cut->records.size() && i < 16; ++i)
      if (cut->body(i).size() < cut->records[i].bytes.size()) __builtin_trap();
  }
  if (kinhub::sdk::blank_xml(bytes, {"SWYY"}).size() > bytes.size()) __builtin_trap();
  (void)kinhub::sdk::xml_text(bytes, "GXSJ");
  return 0;
}
