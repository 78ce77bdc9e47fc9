#include "hub/ground/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include "hub/base/key_file.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/make_hub.hpp"
#include "hub/pipeline/reseal.hpp"
#include "hub/stream/embedded_log.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t events_per_page = 500;

fs::path key_file_of(const Config& config) {
  return config.data / "kinhub.key";
}

/// The keyring. Throws NO_HUB where there is none.
Keyring keys_of(const Config& config) {
  if (auto none = no_hub(config)) throw ErrorThrown(*none);
  return open_key(config.data).keyring;
}

/// The store and the embedded log, those that are there.
std::unique_ptr<Store> store_of(const Config& config, const Keyring& keys) {
  if (!config.postgres && !fs::exists(config.data / "kinhub.db")) return nullptr;
  return open_store(config, keys);
}
std::unique_ptr<EmbeddedLog> log_of(const Config& config, const Keyring& keys) {
  const auto file = config.data / "log.db";
  if (config.kafka || !fs::exists(file)) return nullptr;
  return EmbeddedLog::open(file, keys);
}

struct Counted {
  KeyCounts values, events;
};
Counted count(const Config& config, const Keyring& keys) {
  Counted counted;
  if (auto store = store_of(config, keys))
    counted.values = count_sealed(*store->begin(Store::For::reading), keys);
  if (auto log = log_of(config, keys))
    for (const auto& [header, number] : log->sealed_with())
      count_header(counted.events, keys, header, number);
  return counted;
}

/// Opens store and log, and throws where that cannot be done: before the key file is changed.
void expect_ground(const Config& config, const Keyring& keys) {
  store_of(config, keys);
  log_of(config, keys);
}

/// Waits until nobody on this data directory seals with a key that was active before: a hub at work looks at
/// the file some times a second, and what it had begun to write is committed or undone when the writer's lock
/// is ours.
void wait_for_writers(const Config& config, const Keyring& keys) {
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  if (auto store = store_of(config, keys)) store->begin(Store::For::writing);
  if (auto log = log_of(config, keys)) log->reseal(std::numeric_limits<std::int64_t>::max(), 1);
}

std::int64_t of_key(const KeyCounts& counts, KeyId id) {
  const auto at = counts.find(id);
  return at == counts.end() ? 0 : at->second;
}

Error unknown(const Config& config, const std::string& id) {
  return {"KEY_UNKNOWN", "the key file has no key '" + id + "': 'kinhub key list' shows those it has",
          key_file_of(config).string()};
}

/// The key that an argument names.
std::optional<RootKey> named(const KeyFile& file, const std::string& id) {
  const auto wanted = key_id_from(id);
  const auto* key = wanted ? file.find(*wanted) : nullptr;
  return key == nullptr ? std::nullopt : std::optional(*key);
}

KeyChange change_of(const Config& config, KeyChange::What what, const RootKey& key) {
  return {what, text_of(key.id), std::string(name_of(key.suite)), key_file_of(config).string(),
          config.kafka || config.postgres};
}

/// Why this key must stay in the file, as far as the file tells.
std::optional<Error> must_stay(const KeyFile& file, const RootKey& key, const std::string& place) {
  if (key.id == file.keys.front().id)
    return Error{"KEY_FIRST",
                 "the first key stays: the tokens by which people are found are made with it, and what 0.1.0 "
                 "sealed",
                 place};
  if (key.id == file.active)
    return Error{"KEY_ACTIVE", "this key seals: 'kinhub key use ID' makes another one the active key", place};
  return std::nullopt;
}

}  // namespace

std::string_view name_of(KeyChange::What what) {
  switch (what) {
    case KeyChange::What::added:
      return "added";
    case KeyChange::What::standby:
      return "standby";
    case KeyChange::What::active:
      return "active";
    case KeyChange::What::removed:
      return "removed";
  }
  return "";
}

Result<KeysState> look_at_keys(const Config& config) {
  const auto keys = keys_of(config);
  const auto counted = count(config, keys);
  KeysState state;
  state.file = key_file_of(config).string();
  state.log_counted = !config.kafka;
  std::vector<KeyId> known;
  for (const auto& key : keys.keys()) {
    known.push_back(key.id);
    state.keys.push_back({text_of(key.id), std::string(name_of(key.suite)), key.created_us, known.size() == 1,
                          key.active, of_key(counted.values, key.id), of_key(counted.events, key.id)});
  }
  auto missing = counted.values;
  missing.insert(counted.events.begin(), counted.events.end());
  for (const auto& [id, number] : missing)
    if (std::find(known.begin(), known.end(), id) == known.end())
      state.keys.push_back({text_of(id), "", std::nullopt, false, false, of_key(counted.values, id),
                            of_key(counted.events, id)});
  return state;
}

Result<KeyChange> add_key(const Config& config, Suite suite, Activate activate, const Clock& clock) {
  const auto keys = keys_of(config);
  if (activate == Activate::yes) expect_ground(config, keys);
  RootKey added;
  const auto refused = KeyFile::edit(key_file_of(config), [&](KeyFile& file) -> std::optional<Error> {
    do
      added = make_key(suite, clock.now_us());
    while (file.find(added.id) != nullptr);
    // Seals once before anybody relies on it: this OpenSSL may lack the suite.
    Keyring::from_keys({{added}, added.id}).seal("", "");
    file.keys.push_back(added);
    return std::nullopt;
  });
  if (refused) return *refused;
  if (activate == Activate::yes) {
    if (const auto used = use_key(config, text_of(added.id)); !used) return used.error();
  }
  return change_of(config, activate == Activate::yes ? KeyChange::What::added : KeyChange::What::standby,
                   added);
}

Result<KeyChange> use_key(const Config& config, const std::string& id) {
  const auto before = keys_of(config);
  expect_ground(config, before);
  std::optional<RootKey> key;
  const auto refused = KeyFile::edit(key_file_of(config), [&](KeyFile& file) -> std::optional<Error> {
    key = named(file, id);
    if (!key) return unknown(config, id);
    file.active = key->id;
    return std::nullopt;
  });
  if (refused) return *refused;
  // A key file without this key shall not open the store any more.
  const auto keys = keys_of(config);
  if (auto store = store_of(config, keys)) reseal_probe(*store, keys);
  return change_of(config, KeyChange::What::active, *key);
}

Result<KeyChange> remove_key(const Config& config, const std::string& id) {
  const auto keys = keys_of(config);
  const auto place = key_file_of(config).string();
  const auto file = KeyFile::read(key_file_of(config));
  const auto key = named(file, id);
  if (!key) return unknown(config, id);
  if (const auto why = must_stay(file, *key, place)) return *why;
  if (config.kafka)
    return Error{"KEY_IN_KAFKA",
                 "events in Kafka may be sealed with this key, which nobody can seal anew there: it stays in "
                 "the key file as long as the topics are",
                 config.kafka->place};
  wait_for_writers(config, keys);
  const auto counted = count(config, keys);
  const auto values = of_key(counted.values, key->id), events = of_key(counted.events, key->id);
  if (values + events > 0)
    return Error{"KEY_IN_USE",
                 fmt::format("{} values of the store and {} of the event log carry this key: 'kinhub key "
                             "rotate' seals them anew with the active one",
                             values, events),
                 place};
  const auto refused = KeyFile::edit(key_file_of(config), [&](KeyFile& now) -> std::optional<Error> {
    if (const auto why = must_stay(now, *key, place)) return *why;
    std::erase_if(now.keys, [&](const RootKey& one) { return one.id == key->id; });
    return std::nullopt;
  });
  if (refused) return *refused;
  return change_of(config, KeyChange::What::removed, *key);
}

Result<RotationState> rotate_keys(const Config& config, const Clock& clock, const OnProgress& progress) {
  const auto keys = keys_of(config);
  RotationState state;
  state.id = text_of(*Keyring::key_named_by(keys.active_header()));
  state.log_in_kafka = config.kafka.has_value();
  if (auto store = store_of(config, keys)) {
    const auto report = reseal(*store, keys, clock, progress);
    state.resumed = report.resumed, state.values = report.values, state.other_keys = report.other_keys;
    state.unreadable = report.unreadable, state.first_unreadable = report.first_unreadable;
  }
  if (auto log = log_of(config, keys)) {
    progress("counting the events of the log");
    const auto others = [&] {
      KeyCounts counts;
      for (const auto& [header, number] : log->sealed_with())
        count_header(counts, keys, header, number);
      std::int64_t sum = 0;
      for (const auto& [id, number] : counts)
        if (text_of(id) != state.id) sum += number;
      return sum;
    };
    const auto wanted = others();
    std::int64_t at = 0;
    auto began = std::chrono::steady_clock::now();
    while (const auto page = log->reseal(at, events_per_page)) {
      at = page->reached, state.events += page->count;
      progress(fmt::format("event log: {} of {} sealed anew", state.events, std::max(wanted, state.events)));
      // Those that append have the other half of the time.
      std::this_thread::sleep_for(std::chrono::steady_clock::now() - began);
      began = std::chrono::steady_clock::now();
    }
    state.other_keys += others();
  }
  return state;
}

}  // namespace kinhub
