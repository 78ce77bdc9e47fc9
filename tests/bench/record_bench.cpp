// What it costs to read a family with the origin of each of its fields, and to take in one more event of
// somebody of whom much is said: at a tenth, at half and at the whole of each limit
// (hub/pipeline/limits.hpp), where no row may cost more than its share of what is there; and what many more
// events than a limit lets in cost, each added or set aside with its code.

#include <benchmark/benchmark.h>

#include <chrono>
#include <ctime>
#include <random>

#include "hub/pipeline/held_events.hpp"
#include "hub/pipeline/limits.hpp"
#include "hub/record/field_origin.hpp"
#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {
namespace {

using enum FactKind;
using enum Role;

constexpr int families = 33'334;  // of three: 100,000 people
constexpr int families_in_a_batch = 500;

/// A store in a folder of its own.
struct Ground {
  TemporaryFolder folder;
  Keyring keys = Keyring::from_passphrase("bench");
  std::unique_ptr<SqliteStore> store = SqliteStore::open(folder.path / "kinhub.db", keys);

  void add(const std::vector<Statement>& said) const {
    auto writing = store->begin(Store::For::writing);
    Workspace people(writing->people(), keys, built_in_evidence());
    for (const auto& one : said)
      people.add(one);
    people.save();
    writing->commit();
  }
};

/// Police, civil affairs, insurer, hospital and a case worker on a couple and their child.
void tell_of(int family, std::vector<Statement>& said) {
  const auto id = [&](std::string_view kind, std::string_view who) {
    return std::string(kind) + std::string(who) + std::to_string(family);
  };
  const auto named = [&](Role role, std::string_view who, Sex sex, std::string_view born) {
    const auto police_id = id("p:", who), insured = id("i:", who);
    auto one = mention(role, {police_id, insured}, "王试" + std::string(who));
    one.sex = sex, one.born = PartialDate::parse(born);
    return one;
  };
  const auto tell = [&](std::string source, FactKind kind, std::string_view on, std::vector<Mention> people,
                        EvidenceClass weight = EvidenceClass::police_registration) -> Fact& {
    auto key = id("k", name_of(kind)) + people.front().name.value_or("");
    said.push_back(
        say(std::move(source), kind, std::move(key), "1", on, std::move(people), Op::assert_, weight));
    return said.back().fact;
  };
  const auto parent = [&](bool woman, Role role) {
    return named(role, woman ? "w" : "h", woman ? Sex::female : Sex::male,
                 woman ? "1972-03-04" : "1970-02-01");
  };
  const auto child_as = [&] { return named(person, "c", Sex::male, "2001-05-21"); };
  for (const bool woman : {false, true}) {
    tell("police", identity, "", {parent(woman, person)});
    tell("police", residence, "1998-01-01", {parent(woman, person)}).region = "322228";
    tell("police", household, "1998-01-01", {parent(woman, person)}).household_number = id("", "h");
    tell("insurer", insurance, "2008-01-01", {parent(woman, person)}, EvidenceClass::insurance).status =
        "enrolled";
    auto& lives = tell("desk", address, "1998-01-01", {parent(woman, person)}, EvidenceClass::care_desk);
    set(lives, FactField::address, std::string("试县试镇1号"));
  }
  tell("civil", marriage, "1998-10-01", {parent(false, husband), parent(true, wife)},
       EvidenceClass::certificate);
  tell("police", birth, "2001-05-21", {child_as(), parent(true, mother), parent(false, father)});
  tell("police", death, "2026-11-18", {child_as()});
  tell("hospital", death, "2026-11-18", {child_as()}, EvidenceClass::hospital);
  tell("civil", disability, "2012-01-01", {child_as()}, EvidenceClass::certificate).grade = 2;
}

const Ground& county() {
  static const Ground ground = [] {
    Ground filled;
    for (int family = 0; family < families; family += families_in_a_batch) {
      std::vector<Statement> said;
      for (int one = family; one < std::min(families, family + families_in_a_batch); ++one)
        tell_of(one, said);
      filled.add(said);
    }
    return filled;
  }();
  return ground;
}

/// One transaction: the couple and the child are looked up, read, settled, and each field of each is traced.
std::size_t read_family(const Ground& ground, int family) {
  auto reading = ground.store->begin(Store::For::reading);
  Workspace people(reading->people(), ground.keys, built_in_evidence());
  std::size_t words = 0;
  const auto wife_of =
      identifier_token(ground.keys, {IdentifierKind::police_id, "w" + std::to_string(family)});
  const auto mother_of = people.bearers(wife_of).at(0);
  std::set<PersonId> members = {mother_of};
  for (const auto one : couple_of(mother_of, people))
    members.insert(one);
  for (const auto& child : children_of(mother_of, people))
    members.insert(child.child);
  for (const auto one : members)
    for (const auto name : asked_field_names()) {
      const auto origin = origin_of(*asked_field(name), people.dossier(one), people.portrait(one));
      for (const auto& settled : origin.settled)
        words += settled.by.size();
      words += origin.lost.size();
    }
  return words;
}

double thread_ms() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

void a_family_with_the_origin_of_each_field(benchmark::State& state) {
  const auto& ground = county();
  std::mt19937 chance(1);
  std::vector<double> took_ms, worked_ms;  // by the wall, and by this thread: a busy machine preempts
  std::size_t words = 0;
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    const auto working = thread_ms();
    words += read_family(ground, static_cast<int>(chance() % static_cast<unsigned>(families)));
    took_ms.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
    worked_ms.push_back(thread_ms() - working);
  }
  std::sort(took_ms.begin(), took_ms.end()), std::sort(worked_ms.begin(), worked_ms.end());
  const auto at = [](const std::vector<double>& all, double share) {
    return all[static_cast<std::size_t>(share * static_cast<double>(all.size() - 1))];
  };
  state.counters["p50_ms"] = at(took_ms, 0.5), state.counters["p99_ms"] = at(took_ms, 0.99);
  state.counters["p99_cpu_ms"] = at(worked_ms, 0.99);
  state.counters["words"] = static_cast<double>(words) / static_cast<double>(took_ms.size());
}
BENCHMARK(a_family_with_the_origin_of_each_field)->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(10);

/// One event more, in a transaction that is given up: read, added, saved.
void one_more(benchmark::State& state, const Ground& ground, const Statement& said) {
  for (auto _ : state) {
    auto writing = ground.store->begin(Store::For::writing);
    Workspace people(writing->people(), ground.keys, built_in_evidence());
    benchmark::DoNotOptimize(people.add(said));
    people.save();
  }
  state.counters["said_before"] = static_cast<double>(state.range(0));
}

Statement visit(int number) {
  return say("desk", alive, "v" + std::to_string(number), "1", "2026-01-01", {mention(person, {"p:one"})},
             Op::assert_, EvidenceClass::care_desk);
}
void entries_of_one_person(benchmark::State& state) {
  Ground ground;
  std::vector<Statement> said;
  for (int i = 0; i < state.range(0); ++i)
    said.push_back(visit(i));
  ground.add(said);
  one_more(state, ground, visit(static_cast<int>(state.range(0))));
}

Statement bearer(int number) {
  return say("clinic", insurance, "b" + std::to_string(number), "1", "2026-01-01",
             {mention(person, {"c:0", "n:" + std::to_string(number)})}, Op::assert_, EvidenceClass::hospital);
}
void bearers_of_one_chart(benchmark::State& state) {
  Ground ground;
  std::vector<Statement> said;
  for (int i = 0; i < state.range(0); ++i)
    said.push_back(bearer(i));
  ground.add(said);
  one_more(state, ground, bearer(static_cast<int>(state.range(0))));
}

Statement version_of(int number) {
  auto version = std::to_string(100'000 + number);
  return say("police", identity, "k", std::move(version), "",
             {mention(person, {"p:one"}, "王试" + std::to_string(number))});
}
void versions_of_one_entry(benchmark::State& state) {
  Ground ground;
  std::vector<Statement> said;
  for (int i = 0; i < state.range(0); ++i)
    said.push_back(version_of(i));
  ground.add(said);
  one_more(state, ground, version_of(static_cast<int>(state.range(0))));
}

void tenth_half_and_whole(benchmark::internal::Benchmark* bench, std::size_t limit) {
  const auto most = static_cast<std::int64_t>(limit);
  bench->Arg(most / 10)->Arg(most / 2)->Arg(most - 1)->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(entries_of_one_person)->Apply([](auto* bench) {
  tenth_half_and_whole(bench, entries_of_a_person_max);
});
BENCHMARK(bearers_of_one_chart)->Apply([](auto* bench) {
  tenth_half_and_whole(bench, bearers_of_an_identifier_max);
});
BENCHMARK(versions_of_one_entry)->Apply([](auto* bench) {
  tenth_half_and_whole(bench, versions_of_an_entry_max);
});

/// Offers events one after the other as the pipeline does, in transactions of a batch each: added below the
/// limit, beyond it set aside. Counts CPU us an event just below a tenth, a half and the whole of the limit,
/// just beyond it and at the end.
void offer(benchmark::State& state, Statement (*said)(int), std::size_t limit, int batch) {
  const auto events = static_cast<int>(state.range(0)), most = static_cast<int>(limit);
  assert(most % (10 * batch) == 0 && events % batch == 0 && most < events);
  std::vector<double> cpu_us;  // an event, of each batch
  std::size_t refused = 0;
  for (auto _ : state) {
    Ground ground;
    // Of somebody else: the first transaction pays for what all use.
    ground.add({say("police", identity, "else", "1", "", {mention(person, {"p:else"})})});
    cpu_us.clear(), refused = 0;
    for (int first = 0; first < events; first += batch) {
      const auto working = thread_ms();
      auto writing = ground.store->begin(Store::For::writing);
      Workspace people(writing->people(), ground.keys, built_in_evidence());
      HeldEvents held(writing->quarantine(), ground.keys);
      for (int i = first; i < first + batch; ++i) {
        const auto told = keyed(ground.keys, said(i));
        const auto over = over_limit(told, people);
        if (!over) {
          people.add(told);
          continue;
        }
        Event event;
        event.source = told.statement.source, event.key = told.statement.fact.key;
        event.body = told.statement.content;
        held.set_aside({{0, i + 1}, std::move(event)}, *over);
        ++refused;
      }
      people.save();
      writing->commit();
      cpu_us.push_back((thread_ms() - working) * 1e3 / batch);
    }
  }
  const auto before = [&](int event) { return cpu_us[static_cast<std::size_t>(event / batch - 1)]; };
  state.counters["us_at_tenth"] = before(most / 10), state.counters["us_at_half"] = before(most / 2);
  state.counters["us_at_limit"] = before(most), state.counters["us_beyond"] = before(most + batch);
  state.counters["us_at_end"] = before(events), state.counters["refused"] = static_cast<double>(refused);
}
void entries_offered_to_one_person(benchmark::State& state) {
  offer(state, visit, entries_of_a_person_max, 100);
}
void bearers_offered_to_one_chart(benchmark::State& state) {
  offer(state, bearer, bearers_of_an_identifier_max, 5);
}
BENCHMARK(entries_offered_to_one_person)->Arg(5'000)->Unit(benchmark::kMillisecond)->Iterations(1);
BENCHMARK(bearers_offered_to_one_chart)->Arg(1'000)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace
}  // namespace kinhub::test
