// What the event log costs: CPU per appended and per read event of 1 KiB, durable (synchronous=FULL).

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "hub/base/key_file.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

struct Bench {
  // Beside the program rather than in /tmp, which may be memory.
  fs::path folder = fs::path(kinhub::tests::binary_dir()) / ("bench-log-" + std::to_string(::getpid()));
  Keyring keyring = Keyring::from_passphrase("bench");
  std::unique_ptr<EmbeddedLog> log;
  Bench() {
    fs::remove_all(folder);
    log = EmbeddedLog::open(folder / "log.db", keyring);
  }
  ~Bench() {
    log.reset();
    fs::remove_all(folder);
  }
};

std::vector<Event> batch_of(std::size_t count) {
  Event event;
  event.source = "police-320812";
  event.key = "HJYW202611180001|RY0001";
  event.body = std::string(1024, 'x');
  event.content_type = "application/xml";
  event.charset = "GB18030";
  event.origin = "SWZX_320812001000_20261118101500_0001.xml record 3";
  event.received_at_us = 1'795'000'000'000'000;
  event.occurred_at_us = 1'795'000'000'000'000;
  return std::vector<Event>(count, event);
}

void append(benchmark::State& state) {
  Bench bench;
  auto batch = batch_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state)
    bench.log->append(batch, SourceCheckpoint{"police-320812", "SWZX_0001.xml:3"});
  state.counters["cpu_per_event"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(append)->Arg(1)->Arg(100)->Arg(1000)->Unit(benchmark::kMillisecond);

void read(benchmark::State& state) {
  Bench bench;
  for (int i = 0; i < 20; ++i)
    bench.log->append(batch_of(1000), std::nullopt);
  LogPosition at;
  for (auto _ : state) {
    auto events = bench.log->read(at, static_cast<std::size_t>(state.range(0)), 0);
    at = events.back().position;
    if (at.sequence == 20'000) at.sequence = 0;
  }
  state.counters["cpu_per_event"] =
      benchmark::Counter(static_cast<double>(state.iterations() * state.range(0)),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(read)->Arg(1000)->Unit(benchmark::kMillisecond);

void seal(benchmark::State& state) {
  auto keyring = Keyring::from_passphrase("bench");
  std::string text(1024, 'x');
  for (auto _ : state)
    benchmark::DoNotOptimize(keyring.seal(text, "context of it"));
}
BENCHMARK(seal);

void unseal(benchmark::State& state) {
  auto keyring = Keyring::from_passphrase("bench");
  auto sealed = keyring.seal(std::string(1024, 'x'), "context of it");
  for (auto _ : state)
    benchmark::DoNotOptimize(keyring.unseal(sealed, "context of it"));
}
BENCHMARK(unseal);

/// A dossier of 600 bytes, sealed and unsealed. The second argument: whether each was sealed by another run
/// of the hub than the one before, so that no derived key can be kept.
void dossier(benchmark::State& state) {
  const auto key = make_key(static_cast<Suite>(state.range(0)), 0);
  const auto keyring = Keyring::from_keys({{key}, key.id});
  const std::string text(600, 'x');
  std::vector<std::string> others;
  if (state.range(1) == 0)
    others.push_back(keyring.seal(text, "dossier 1234567"));
  else
    for (int i = 0; i < 16; ++i)
      std::thread([&] { others.push_back(keyring.seal(text, "dossier 1234567")); }).join();
  std::size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(keyring.seal(text, "dossier 1234567"));
    benchmark::DoNotOptimize(keyring.unseal(others[at++ % others.size()], "dossier 1234567"));
  }
}
BENCHMARK(dossier)->ArgNames({"suite", "scattered"})->Args({1, 0})->Args({1, 1})->Args({2, 0})->Args({2, 1});

void token(benchmark::State& state) {
  auto keyring = Keyring::from_passphrase("bench");
  for (auto _ : state)
    benchmark::DoNotOptimize(keyring.token("citizen_number", "322228197711180021"));
}
BENCHMARK(token);

}  // namespace
}  // namespace kinhub
