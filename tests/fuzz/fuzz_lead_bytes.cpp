// Any bytes as a stored lead, a decided timeline or a decision: read, or refused as damage.
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "hub/lead/lead.hpp"
#include "hub/lead/lead_desk.hpp"

namespace {

template <class Read>
void try_to(Read read) {
  try {
    (void)read();
  } catch (const std::runtime_error&) {  // damage
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  try_to([&] { return kinhub::lead_content_from(bytes); });
  try_to([&] { return kinhub::decided_from(bytes); });
  try_to([&] { return kinhub::decision_record_from(bytes); });
  return 0;
}
