#include "hub/ground/ground_check.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <cassert>
#include <iterator>
#include <memory>

#include "hub/base/mask.hpp"
#include "hub/ground/evidence_state.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/sources.hpp"
#include "hub/stream/kafka_topics.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t check_patience_ms = 5000;

std::vector<TopicFinding> find_topics(const Config& config, std::uint32_t patience_ms_max) {
  auto settings = read_secrets(*config.kafka);
  if (!settings) throw ErrorThrown(settings.error());
  settings->patience_ms = std::min(settings->patience_ms, patience_ms_max);
  std::vector<std::string> sources;
  for (const auto& source : config.sources)
    sources.push_back(source.name);
  return kinhub::look_at_topics(*settings, topics_needed(*settings, sources));
}

TopicState state_of(const TopicFinding& finding) {
  TopicState state;
  const bool missing = finding.state == TopicFinding::State::missing;
  state.name = finding.wish.name;
  state.partitions = missing ? finding.wish.partitions : finding.partitions;
  state.replication = missing ? finding.wish.replication : finding.replication;
  state.settings = finding.wish.settings;
  switch (finding.state) {
    case TopicFinding::State::missing:
      state.state = "missing";
      break;
    case TopicFinding::State::right:
      state.state = "right";
      break;
    case TopicFinding::State::wrong:
      state.state = "wrong";
      break;
  }
  for (const auto& wrong : finding.wrong)
    state.wrong.push_back({wrong.setting, wrong.found, wrong.wanted, wrong.why, wrong.can_mend});
  return state;
}

std::vector<TopicState> states_of(const std::vector<TopicFinding>& findings) {
  std::vector<TopicState> states;
  for (const auto& finding : findings)
    states.push_back(state_of(finding));
  return states;
}

/// Opens the key without creating one for the sake of a check.
std::optional<Keyring> key_of(const Config& config, std::vector<Error>& problems) {
  auto file = config.data / "kinhub.key";
  try {
    if (fs::exists(file)) return open_key(config.data).keyring;
  } catch (const std::exception& error) {
    problems.push_back({"KEY_UNREADABLE", error.what(), file.string()});
    return std::nullopt;
  }
  return std::nullopt;
}

void check_topics(const Config& config, std::vector<Error>& problems) {
  try {
    for (const auto& topic : states_of(find_topics(config, check_patience_ms))) {
      if (topic.state == "missing")
        problems.push_back({"TOPIC_MISSING", "the topic " + topic.name + " is not there: kinhub topics apply",
                            config.kafka->place});
      for (const auto& wrong : topic.wrong)
        problems.push_back({"TOPIC_WRONG",
                            "the topic " + topic.name + " has " + wrong.setting + " " + wrong.found +
                                " and needs " + wrong.wanted + ": " + wrong.why +
                                (wrong.can_mend ? " (kinhub topics apply mends it)" : ""),
                            config.kafka->place});
    }
  } catch (const std::exception& error) {
    problems.push_back({"KAFKA_UNREACHABLE", mask_numbers_in(error.what()), config.kafka->place});
  }
}

Error key_missing(const Config& config, const std::string& what) {
  return {"KEY_MISSING",
          what +
              " holds data that a key file has sealed, and this node has none: put the kinhub.key of the "
              "first node here (mode 0600)",
          (config.data / "kinhub.key").string()};
}

/// Connectivity check of the database without a key: it must be reachable, and empty.
void check_connection(const Config& config, const std::string& password, std::vector<Error>& problems) {
  const auto& postgres = *config.postgres;
  const char* keywords[] = {"dbname", "connect_timeout", password.empty() ? nullptr : "password", nullptr};
  const char* values[] = {postgres.connection.c_str(), "5", password.empty() ? nullptr : password.c_str(),
                          nullptr};
  std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdbParams(keywords, values, 1), &PQfinish);
  if (PQstatus(connection.get()) == CONNECTION_OK) {
    const char* schema[] = {postgres.schema.c_str()};
    std::unique_ptr<PGresult, decltype(&PQclear)> found(
        PQexecParams(connection.get(),
                     "SELECT 1 FROM pg_tables WHERE schemaname = $1 AND tablename = 'quarantine'", 1, nullptr,
                     schema, nullptr, nullptr, 0),
        &PQclear);
    if (PQntuples(found.get()) > 0)
      problems.push_back(key_missing(config, "schema " + postgres.schema + " of the database"));
    return;
  }
  std::string why = PQerrorMessage(connection.get());
  std::ranges::replace_if(
      why, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  problems.push_back(
      {"POSTGRESQL", "the database cannot be reached: " + mask_numbers_in(why), postgres.place});
}

/// Checks that log and store open with this key.
template <class Open>
void check_opening(const char* code, const std::string& place, std::vector<Error>& problems, Open open) {
  try {
    open();
  } catch (const ErrorThrown& error) {
    problems.push_back(error.error());
  } catch (const std::exception& error) {
    problems.push_back({code, mask_numbers_in(error.what()), place});
  }
}

/// Whether a hub is at work on this data directory, as the store has seen it.
bool at_work(const Config& config, Store& store) {
  if (std::error_code failed; config.node.empty() && !fs::exists(config.data / "node", failed)) return false;
  const auto name = node_name(config);
  const auto nodes = store.nodes();
  return std::ranges::any_of(nodes, [&](const auto& node) {
    return node.name == name && node.seen_ms_ago < config.lease_seconds * 1000;
  });
}

/// What the check of the store found besides problems.
struct StoreFindings {
  bool hub_at_work = false;
};

/// Checks what the store holds: throws when it does not open.
void check_store(const Config& config, const Keyring& key, std::vector<Error>& problems,
                 StoreFindings& findings) {
  const auto store = open_store(config, key);
  findings.hub_at_work = at_work(config, *store);
  if (auto why = evidence_not_adopted(config, key, store->begin(Store::For::reading)->values()); !why.empty())
    problems.push_back({"EVIDENCE_NOT_ADOPTED", why, config.directories.evidence.string()});
}

}  // namespace

namespace {

std::vector<Error> check_log_and_store(const Config& config, StoreFindings& findings) {
  std::vector<Error> problems;
  if (config.kafka && read_secrets(*config.kafka)) check_topics(config, problems);
  const bool reached = problems.empty();
  auto key = key_of(config, problems);
  if (!key) {
    if (config.postgres) {
      if (auto password = read_secrets(*config.postgres)) check_connection(config, *password, problems);
    } else if (std::error_code failed; fs::exists(config.data / "kinhub.db", failed)) {
      problems.push_back(key_missing(config, (config.data / "kinhub.db").string()));
    }
    return problems;
  }
  auto brief = config;
  if (brief.kafka) {
    brief.kafka->settings.patience_ms = std::min(brief.kafka->settings.patience_ms, check_patience_ms);
    if (reached && read_secrets(*config.kafka))
      check_opening("KAFKA_LOG", config.kafka->place, problems, [&] { open_log(brief, *key); });
  }
  std::error_code failed;
  if (config.postgres && read_secrets(*config.postgres))
    check_opening("POSTGRESQL", config.postgres->place, problems,
                  [&] { check_store(brief, *key, problems, findings); });
  if (!config.postgres && fs::exists(config.data / "kinhub.db", failed))
    check_opening("STORE", (config.data / "kinhub.db").string(), problems,
                  [&] { check_store(brief, *key, problems, findings); });
  return problems;
}

}  // namespace

std::vector<Error> check_ground(const Config& config) {
  StoreFindings findings;
  auto problems = check_log_and_store(config, findings);
  auto more = check_resources(config, findings.hub_at_work);
  problems.insert(problems.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return problems;
}

std::vector<TopicState> look_at_topics(const Config& config) {
  assert(config.kafka);
  return states_of(find_topics(config, config.kafka->settings.patience_ms));
}

std::vector<TopicState> apply_topics(const Config& config) {
  assert(config.kafka);
  auto before = find_topics(config, config.kafka->settings.patience_ms);
  auto settings = read_secrets(*config.kafka);
  if (!settings) throw ErrorThrown(settings.error());
  kinhub::apply_topics(*settings, before);
  auto states = states_of(find_topics(config, config.kafka->settings.patience_ms));
  for (std::size_t i = 0; i < states.size(); ++i) {
    if (before[i].state == TopicFinding::State::missing) states[i].done = "made";
    if (before[i].state == TopicFinding::State::wrong && states[i].wrong.size() < before[i].wrong.size())
      states[i].done = "mended";
  }
  return states;
}

}  // namespace kinhub
