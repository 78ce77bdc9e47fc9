// Any bytes as a stored dossier or fact: read and written again as the same, or refused as damage.
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string_view>

#include "hub/record/dossier.hpp"
#include "hub/record/fact_bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinhub;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try {
    const auto dossier = dossier_from(PersonId{1}, bytes);
    const auto again = to_bytes(dossier_from(PersonId{1}, to_bytes(dossier)));
    if (again != to_bytes(dossier)) std::abort();
  } catch (const std::runtime_error&) {  // damage
  }
  try {
    Unpacker in(bytes);
    const auto fact = read_fact(in);
    Packer out;
    write(out, fact);
  } catch (const std::runtime_error&) {  // damage
  }
  return 0;
}
