// The identity scan over a store that holds a generated population with planted errors: CPU, memory, pairs.
// identity_bench [PEOPLE [SEED]]

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "hub/pipeline/identity_scan.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/store/workspace.hpp"
#include "tests/unit/linkage/planted.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using linkage::Features;

std::optional<IdentifierKind> kind_named(std::string_view name) {
  for (auto kind : {IdentifierKind::birth_certificate, IdentifierKind::disability_certificate,
                    IdentifierKind::insurance_id, IdentifierKind::chart})
    if (name_of(kind) == name) return kind;
  return std::nullopt;
}

/// A number with a mistake never gets this far: it waits in quarantine.
std::vector<Identifier> identifiers_of(const Features& features) {
  std::vector<Identifier> all;
  for (const auto& number : features.numbers)
    all.push_back({IdentifierKind::citizen_number, number});
  for (const auto& id : features.police_ids)
    all.push_back({IdentifierKind::police_id, id});
  for (const auto& paper : features.papers)
    if (const auto kind = kind_named(std::string_view(paper).substr(0, paper.find(':'))))
      all.push_back({*kind, paper.substr(paper.find(':') + 1)});
  std::sort(all.begin(), all.end());
  return all;
}

void add_relatives(Fact& fact, Role role, const std::vector<linkage::Relative>& relatives) {
  if (relatives.empty()) return;
  Mention one;
  one.role = role;
  one.name = linkage::to_utf8(relatives.front().name.points);
  one.born = relatives.front().born;
  if (!relatives.front().number.empty())
    one.identifiers = {{IdentifierKind::citizen_number, relatives.front().number}};
  fact.people.push_back(std::move(one));
}

/// What the record of one agency says, as the facts that a mapping would make of it.
std::vector<Fact> facts_of(const linkage::test::PlantedRecord& record, std::size_t number) {
  const auto& features = record.features;
  Mention own;
  own.identifiers = identifiers_of(features);
  if (own.identifiers.empty()) return {};
  if (!features.names.empty()) own.name = linkage::to_utf8(features.names.front().points);
  if (features.sex != Sex::unknown) own.sex = features.sex;
  if (!features.born.empty()) own.born = features.born.front();
  Fact birth;
  birth.kind = FactKind::birth, birth.key = std::to_string(number), birth.version = std::string("1");
  birth.evidence = EvidenceClass::certificate, birth.on = own.born;
  birth.people.push_back(own);
  add_relatives(birth, Role::mother, features.mothers);
  add_relatives(birth, Role::father, features.fathers);
  std::vector<Fact> facts{birth};
  const auto also = [&](FactKind kind) -> Fact& {
    auto& fact = facts.emplace_back(birth);
    fact.kind = kind, fact.people.resize(1);
    return fact;
  };
  if (!features.region.empty()) also(FactKind::residence).region = features.region;
  if (!features.households.empty()) also(FactKind::household).household_number = features.households.front();
  if (features.died) also(FactKind::death).on = features.died;
  if (!features.spouses.empty() && features.sex != Sex::unknown) {
    auto& fact = also(FactKind::marriage);
    const bool husband = features.sex == Sex::male;
    fact.people.front().role = husband ? Role::husband : Role::wife;
    fact.on.reset();
    add_relatives(fact, husband ? Role::wife : Role::husband, features.spouses);
  }
  return facts;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}
std::int64_t status_kib(std::string_view name) {
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name)) return std::stoll(line.substr(name.size() + 1));
  return 0;
}

void load(Store& store, const Keyring& keys, std::size_t people, unsigned seed) {
  const auto planted = linkage::test::planted_population(people, seed);
  constexpr std::size_t records_per_batch = 5'000;
  for (std::size_t from = 0; from < planted.records.size(); from += records_per_batch) {
    auto writing = store.begin(Store::For::writing);
    Workspace record(writing->people(), keys, built_in_evidence());
    for (auto i = from; i < std::min(planted.records.size(), from + records_per_batch); ++i)
      for (auto& fact : facts_of(planted.records[i], i))
        record.add(
            Statement(std::move(fact), planted.records[i].source, 1, static_cast<std::int64_t>(i) + 1));
    record.save();
    writing->commit();
  }
  fmt::print("{} records of {} people\n", planted.records.size(), planted.people);
}

void scan(Store& store, const Keyring& keys, const char* what) {
  const auto rules =
      linkage::load_linkage(fs::path(KINHUB_SOURCE) / "mappings/identity/linkage.yaml").value();
  const auto cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins here
  const auto before = status_kib("VmRSS:");
  const auto done = scan_identities(store, keys, rules, SystemClock(), {});
  fmt::print("{}: {:.1f} s, CPU {:.1f} s ({:.0f} us a person), memory {} MiB before, {} MiB at its peak\n",
             what, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
             cpu_seconds() - cpu, (cpu_seconds() - cpu) / static_cast<double>(done.people) * 1e6,
             before / 1024, status_kib("VmHWM:") / 1024);
  fmt::print(
      "  {} persons of the record, {} probes, {} pairs compared, {} blocks skipped, {} names skipped\n",
      done.people, done.probes, done.compared, done.blocks_skipped, done.names_skipped);
  fmt::print("  {} wait ({} likely): {} came, {} left; {} beyond, {} nameless\n", done.waiting, done.likely,
             done.opened, done.left, done.beyond, done.nameless);
}

}  // namespace
}  // namespace kinhub

int main(int count, char** arguments) {
  using namespace kinhub;
  const std::size_t people = count > 1 ? std::stoul(arguments[1]) : 100'000;
  const auto seed = count > 2 ? static_cast<unsigned>(std::stoul(arguments[2])) : 1u;
  const auto folder = fs::temp_directory_path() / fmt::format("kinhub-identity-bench-{}", ::getpid());
  fs::create_directories(folder);
  const auto keys = Keyring::from_passphrase("identity bench");
  if (const auto loader = ::fork(); loader == 0) {  // what loading takes is not what a scan takes
    load(*SqliteStore::open(folder / "kinhub.db", keys), keys, people, seed);
    ::_exit(std::fflush(stdout));
  } else {
    ::waitpid(loader, nullptr, 0);
    auto store = SqliteStore::open(folder / "kinhub.db", keys);
    scan(*store, keys, "first scan");
    scan(*store, keys, "the next night");
  }
  fs::remove_all(folder);
}
