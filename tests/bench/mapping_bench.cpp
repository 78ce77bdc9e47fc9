// What mapping one event costs: the shipped mappings on the shipped samples, charset and parsing included.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "hub/mapping/mapping.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

const std::filesystem::path mappings = std::filesystem::path(kinhub::tests::source_dir()) / "mappings";

void map_one(benchmark::State& state, const char* agency, const char* sample, const char* content_type,
             const char* charset) {
  auto read = MappingSet::read(mappings / agency, mappings / "codes");
  if (std::holds_alternative<std::vector<Error>>(read))
    return state.SkipWithError("the mappings do not load");
  const auto& set = std::get<MappingSet>(read);
  std::ifstream in(mappings / agency / "samples" / sample, std::ios::binary);
  const std::string body((std::istreambuf_iterator<char>(in)), {});
  const RawEvent event{body, content_type, charset};
  if (std::holds_alternative<Rejected>(set.apply(event)))
    return state.SkipWithError("the sample is rejected");
  for (auto _ : state)
    benchmark::DoNotOptimize(set.apply(event));
  state.SetBytesProcessed(static_cast<std::int64_t>(body.size()) * state.iterations());
}

#define KINHUB_MAP(name, ...) BENCHMARK_CAPTURE(map_one, name, __VA_ARGS__)->Unit(benchmark::kMicrosecond)
KINHUB_MAP(police_death, "public_security", "police_death.xml", "application/xml", "GB18030");
KINHUB_MAP(police_birth, "public_security", "police_birth.xml", "application/xml", "GB18030");
KINHUB_MAP(police_move_two_persons, "public_security", "police_move_out.xml", "application/xml", "GB18030");
KINHUB_MAP(police_three_residents, "public_security", "police_resident.xml", "application/xml", "");
KINHUB_MAP(civil_marriage, "civil_affairs", "civil_marriage.json", "application/json", "");
KINHUB_MAP(civil_adoption, "civil_affairs", "civil_adoption.json", "application/json", "");
KINHUB_MAP(disability_grade, "civil_affairs", "disability_grade.json", "application/json", "");
KINHUB_MAP(insurance_death, "medical_insurance", "insurance_stop_death.json", "application/json", "");
KINHUB_MAP(hospital_death, "hospital_his", "hospital_death_A03.hl7", "x-application/hl7-v2+er7", "UTF-8");
KINHUB_MAP(hospital_birth, "hospital_his", "hospital_birth_A01.hl7", "x-application/hl7-v2+er7", "UTF-8");
KINHUB_MAP(death_certificate, "hospital_his", "deathcert_daily.csv", "text/csv", "GB18030");

void load(benchmark::State& state) {
  for (auto _ : state)
    benchmark::DoNotOptimize(MappingSet::read(mappings / "civil_affairs", mappings / "codes"));
}
BENCHMARK(load)->Name("load_civil_affairs")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kinhub
