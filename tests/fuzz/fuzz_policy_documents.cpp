// Any text as a policy file: rules, or all that is wrong with it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "hub/policy/policy.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<kinhub::PolicyText> texts{
      {"policies/000000/tried.yaml", std::string(reinterpret_cast<const char*>(data), size)}};
  const auto read = kinhub::PolicySet::read(texts);
  if (const auto* errors = std::get_if<std::vector<kinhub::Error>>(&read))
    for (const auto& error : *errors)
      if (error.code.empty() || error.place.empty()) std::abort();
  return 0;
}
