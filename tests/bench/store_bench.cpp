// What the store costs per person read and written again, in batches, with what a batch touches beside them.
// The CPU column is that of this process; PostgreSQL (that of KINHUB_TEST_POSTGRES) has a CPU of its own,
// which real time shows.

#include <benchmark/benchmark.h>

#include <random>

#include "hub/store/notices.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "tests/contract/store/store_model.hpp"
#include "tests/contract/store/store_servers.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t people = 100'000;
constexpr std::size_t sealed_size = 700;

/// A store with people in it, filled once for all benchmarks of its kind.
template <class Fixture>
struct Filled {
  Fixture fixture;
  std::unique_ptr<Store> store = fixture.open();
  std::string sealed = sealed_of(1, sealed_size);

  Filled() {
    for (std::int64_t at = 0; at < people; at += 10'000) {
      auto t = store->begin(Store::For::writing);
      add(*t, 10'000);
      t->commit();
    }
  }
  void add(StoreTransaction& t, std::int64_t count) const {
    std::vector<DossierRow> rows;
    std::vector<HolderRow> holders;
    std::vector<EntryRow> histories;
    for (std::int64_t i = 0; i < count; ++i) {
      auto person = t.people().new_person();
      rows.push_back({person, {}, sealed});
      for (int n = 0; n < 2; ++n)
        holders.push_back({token_of(person.value * 4 + n), person});
      histories.push_back({token_of(person.value * 4 + 2), FactKind::birth, true, 1, 0, 0, person});
    }
    std::ranges::sort(holders);
    std::ranges::sort(histories, {}, &EntryRow::key);
    t.people().put_dossiers(rows);
    t.people().add_holders(holders);
    t.people().put_histories("police", histories);
  }
  static Filled& once() {
    static Filled filled;
    return filled;
  }
};

void per_row(benchmark::State& state) {
  state.counters["real_time_per_row"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// The ordinary batch: who is it, read them, write them again.
template <class Fixture>
void read_and_write(benchmark::State& state) {
  auto& filled = Filled<Fixture>::once();
  std::mt19937_64 chance(1);
  for (auto _ : state) {
    std::set<PersonId> wanted;
    while (wanted.size() < static_cast<std::size_t>(state.range(0)))
      wanted.insert({1 + static_cast<std::int64_t>(chance() % static_cast<std::uint64_t>(people))});
    std::vector<PersonId> ids(wanted.begin(), wanted.end());
    std::vector<Token> tokens;
    for (auto id : ids)
      tokens.push_back(token_of(id.value * 4));
    std::ranges::sort(tokens);
    auto t = filled.store->begin(Store::For::writing);
    benchmark::DoNotOptimize(t->people().holders(tokens));
    auto rows = t->people().dossiers(ids);
    std::ranges::sort(rows, {}, &DossierRow::person);
    t->people().put_dossiers(rows);
    t->commit();
  }
  per_row(state);
}

/// A first load: people nobody knows yet.
template <class Fixture>
void write_new(benchmark::State& state) {
  auto& filled = Filled<Fixture>::once();
  for (auto _ : state) {
    auto t = filled.store->begin(Store::For::writing);
    filled.add(*t, state.range(0));
    t->commit();
  }
  per_row(state);
}

/// What a nearly empty batch costs: position, one person, one notice.
template <class Fixture>
void smallest_batch(benchmark::State& state) {
  auto& filled = Filled<Fixture>::once();
  for (auto _ : state) {
    auto t = filled.store->begin(Store::For::writing);
    auto at = t->positions().at("police").sequence;
    if (!t->positions().advance({"police", at, at + 1, at, 0}))
      state.SkipWithError("the position did not move");
    PersonId person{1};
    auto rows = t->people().dossiers({&person, 1});
    t->people().put_dossiers(rows);
    t->notices().add({t->notices().last() + 1, "{}"});
    t->commit();
  }
}

#define KINHUB_BENCH(work, ...)                                          \
  BENCHMARK_TEMPLATE(work, SqliteForTest)                                \
  __VA_ARGS__->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2); \
  BENCHMARK_TEMPLATE(work, CodedForTest<SqliteForTest>)                  \
  __VA_ARGS__->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2); \
  BENCHMARK_TEMPLATE(work, PostgresForTest)                              \
  __VA_ARGS__->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2); \
  BENCHMARK_TEMPLATE(work, CodedForTest<PostgresForTest>)                \
  __VA_ARGS__->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(2)
KINHUB_BENCH(read_and_write, ->Arg(1000)->Arg(10'000));
KINHUB_BENCH(write_new, ->Arg(10'000));
KINHUB_BENCH(smallest_batch, );

}  // namespace
}  // namespace kinhub
