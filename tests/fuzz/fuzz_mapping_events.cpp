// Any bytes as an event of any agency: an answer, never a crash. The first byte chooses agency and charset.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "hub/mapping/mapping.hpp"
#include "tests/places/places.hpp"

namespace {

struct Agency {
  const char* folder;
  const char* content_type;
};
constexpr Agency agencies[] = {{"public_security", "application/xml"},
                               {"civil_affairs", "application/json"},
                               {"medical_insurance", "application/json"},
                               {"hospital_his", "x-application/hl7-v2+er7"},
                               {"hospital_his", "text/csv"}};
constexpr const char* charsets[] = {"UTF-8", "GB18030", "", "ASCII"};

const kinhub::MappingSet& set_of(std::size_t index) {
  static const auto sets = [] {
    std::vector<kinhub::MappingSet> read;
    const std::filesystem::path mappings = std::filesystem::path(kinhub::tests::source_dir()) / "mappings";
    for (const auto& agency : agencies) {
      auto set = kinhub::MappingSet::read(mappings / agency.folder, mappings / "codes");
      if (!std::holds_alternative<kinhub::MappingSet>(set)) {
        std::cerr << "the shipped mappings do not load\n";
        std::abort();
      }
      read.push_back(std::move(std::get<kinhub::MappingSet>(set)));
    }
    return read;
  }();
  return sets[index];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto agency = data[0] % std::size(agencies);
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const kinhub::RawEvent event{body, agencies[agency].content_type,
                               charsets[data[0] / 8 % std::size(charsets)]};
  auto outcome = set_of(agency).apply(event);
  if (const auto* rejected = std::get_if<kinhub::Rejected>(&outcome);
      rejected != nullptr && rejected->error.code.empty())
    std::abort();
  if (const auto* mapped = std::get_if<kinhub::Mapped>(&outcome); mapped != nullptr && mapped->facts.empty())
    std::abort();
  (void)set_of(agency).unmapped(event);
  return 0;
}
