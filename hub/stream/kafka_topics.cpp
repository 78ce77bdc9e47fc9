#include "hub/stream/kafka_topics.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>
#include <thread>

#include "hub/stream/event_log.hpp"
#include "hub/stream/kafka_client.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using Settings = std::map<std::string, std::string>;

constexpr std::size_t topic_name_max = 249;
constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t retention_ms = 90 * day_ms;
constexpr std::int64_t progress_segment_bytes = 8 << 20;
constexpr std::int64_t progress_message_bytes = 4 << 20;

struct Meaning {
  enum class Rule : std::uint8_t { same, at_least, at_least_or_endless, at_most };
  Rule rule;
  const char* why;
};

const std::map<std::string, Meaning>& meanings() {
  using enum Meaning::Rule;
  static const std::map<std::string, Meaning> all = {
      {"cleanup.policy",
       {same, "events and notices are deleted by age only, progress keeps its latest record of each key"}},
      {"retention.ms", {at_least_or_endless, "events not processed by then would be lost"}},
      {"retention.bytes", {at_least_or_endless, "events not processed by then would be lost"}},
      {"min.insync.replicas", {at_least, "what is acknowledged must be on more than one broker"}},
      {"max.message.bytes", {at_least, "a large event would be refused"}},
      {"unclean.leader.election.enable",
       {same, "a broker that lags behind would drop what was acknowledged"}},
      {"message.timestamp.type", {same, "retention must count from the arrival, not from a sender's clock"}},
      {"compression.type", {same, "the brokers would compress again what is sealed and does not shrink"}},
      {"segment.bytes",
       {at_most, "the newest segment is not compacted, and every start of the hub reads it"}},
      {"min.cleanable.dirty.ratio", {at_most, "what is not compacted is read at every start of the hub"}},
  };
  return all;
}

double number(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool fits(const std::string& setting, const std::string& found, const std::string& wanted) {
  if (found == wanted) return true;
  auto meaning = meanings().find(setting);
  if (meaning == meanings().end()) return false;
  switch (meaning->second.rule) {
    case Meaning::Rule::same:
      return false;
    case Meaning::Rule::at_least:
      return number(found) >= number(wanted);
    case Meaning::Rule::at_least_or_endless:
      return found == "-1" || (wanted != "-1" && number(found) >= number(wanted));
    case Meaning::Rule::at_most:
      return number(found) <= number(wanted);
  }
  return false;
}

void check_name(const std::string& name) {
  bool fit = !name.empty() && name.size() <= topic_name_max && name != "." && name != "..";
  for (char c : name)
    fit = fit && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-');
  if (!fit)
    throw std::invalid_argument(fmt::format(
        "'{}' is no name for a Kafka topic: letters, digits, '.', '_' and '-', at most {} of them. Rename "
        "the source, or change the prefix",
        name, topic_name_max));
}

// ---- talking to the brokers

struct DestroyEvent {
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
};
using EventPtr = std::unique_ptr<rd_kafka_event_t, DestroyEvent>;
struct DestroyOptions {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
using OptionsPtr = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyOptions>;
struct DestroyMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
using MetadataPtr = std::unique_ptr<const rd_kafka_metadata_t, DestroyMetadata>;

class Admin {
 public:
  explicit Admin(const KafkaSettings& settings)
      : settings_(settings),
        client_(kafka::make_client(RD_KAFKA_PRODUCER, kafka::common_conf(settings))),
        queue_(rd_kafka_queue_new(client_.get())) {}

  MetadataPtr metadata() {
    const rd_kafka_metadata_t* found = nullptr;
    auto error = rd_kafka_metadata(client_.get(), 1, nullptr, &found, patience());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw LogUnavailable(kafka::describe(settings_, "asking for the topics", error));
    return MetadataPtr(found);
  }

  template <class Request>
  EventPtr ask(rd_kafka_admin_op_t kind, std::string_view doing, Request request) {
    OptionsPtr options(rd_kafka_AdminOptions_new(client_.get(), kind));
    char said[512];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), patience(), said, sizeof said);
    request(client_.get(), options.get(), queue_.get());
    EventPtr event(rd_kafka_queue_poll(queue_.get(), patience() + 1000));
    if (!event) throw LogUnavailable(kafka::describe(settings_, doing, RD_KAFKA_RESP_ERR__TIMED_OUT));
    if (auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw LogUnavailable(
          kafka::describe(settings_, doing, error, rd_kafka_event_error_string(event.get())));
    return event;
  }

 private:
  int patience() const { return static_cast<int>(settings_.patience_ms); }
  const KafkaSettings& settings_;
  kafka::ClientPtr client_;
  kafka::QueuePtr queue_;
};

const rd_kafka_metadata_topic_t* find(const rd_kafka_metadata_t& metadata, const std::string& name) {
  for (int i = 0; i < metadata.topic_cnt; ++i)
    if (name == metadata.topics[i].topic) return &metadata.topics[i];
  return nullptr;
}

using Resources = std::vector<rd_kafka_ConfigResource_t*>;
struct DestroyResources {
  Resources all;
  DestroyResources() = default;
  ~DestroyResources() { rd_kafka_ConfigResource_destroy_array(all.data(), all.size()); }
  DestroyResources(const DestroyResources&) = delete;
  DestroyResources& operator=(const DestroyResources&) = delete;
};

void read_settings(Admin& admin, const KafkaSettings& settings, std::map<std::string, TopicFound>& topics) {
  if (topics.empty()) return;
  DestroyResources asked;
  for (const auto& [name, found] : topics)
    asked.all.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  auto event =
      admin.ask(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, "asking for the settings of the topics",
                [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                  rd_kafka_DescribeConfigs(client, asked.all.data(), asked.all.size(), options, queue);
                });
  std::size_t count = 0;
  auto* const* resources =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = rd_kafka_ConfigResource_name(resources[i]);
    auto error = rd_kafka_ConfigResource_error(resources[i]);
    if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {  // removed between the two questions
      topics.erase(name);
      continue;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* said = rd_kafka_ConfigResource_error_string(resources[i]);
      throw LogUnavailable(kafka::describe(settings, "asking for the settings of topic " + name, error,
                                           said == nullptr ? "" : said));
    }
    std::size_t entry_count = 0;
    auto* const* entries = rd_kafka_ConfigResource_configs(resources[i], &entry_count);
    for (std::size_t k = 0; k < entry_count; ++k) {
      const char* value = rd_kafka_ConfigEntry_value(entries[k]);
      if (value == nullptr) continue;
      std::string setting = rd_kafka_ConfigEntry_name(entries[k]);
      topics[name].settings[setting] = value;
      if (rd_kafka_ConfigEntry_source(entries[k]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        topics[name].own[setting] = value;
    }
  }
}

void create(Admin& admin, const KafkaSettings& settings, const TopicWish& wish) {
  char said[512] = "";
  struct DestroyNew {
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  };
  std::unique_ptr<rd_kafka_NewTopic_t, DestroyNew> topic(
      rd_kafka_NewTopic_new(wish.name.c_str(), wish.partitions, wish.replication, said, sizeof said));
  if (!topic) throw std::invalid_argument(fmt::format("Kafka topic {}: {}", wish.name, said));
  for (const auto& [setting, value] : wish.settings)
    rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str());
  auto* one = topic.get();
  auto doing = "making topic " + wish.name;
  auto event = admin.ask(RD_KAFKA_ADMIN_OP_CREATETOPICS, doing,
                         [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                           rd_kafka_CreateTopics(client, &one, 1, options, queue);
                         });
  std::size_t count = 0;
  auto* const* results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i) {
    auto error = rd_kafka_topic_result_error(results[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    auto what = kafka::describe(settings, doing, error, text == nullptr ? "" : text);
    if (error == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR)
      what += fmt::format(". There are fewer brokers than {}; add brokers, or set a smaller replication",
                          wish.replication);
    throw LogUnavailable(what);
  }
}

void mend(Admin& admin, const KafkaSettings& settings, const TopicFinding& finding) {
  // AlterConfigs replaces all of a topic's own settings, so those that were right are sent along.
  auto own = finding.own;
  bool any = false;
  for (const auto& wrong : finding.wrong)
    if (wrong.can_mend) own[wrong.setting] = wrong.wanted, any = true;
  if (!any) return;
  const auto& name = finding.wish.name;
  DestroyResources asked;
  asked.all.push_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
  for (const auto& [setting, value] : own)
    rd_kafka_ConfigResource_set_config(asked.all.back(), setting.c_str(), value.c_str());
  auto doing = "mending topic " + name;
  auto event = admin.ask(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, doing,
                         [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                           rd_kafka_AlterConfigs(client, asked.all.data(), 1, options, queue);
                         });
  std::size_t count = 0;
  auto* const* results =
      rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event.get()), &count);
  for (std::size_t i = 0; i < count; ++i)
    if (auto error = rd_kafka_ConfigResource_error(results[i]); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* said = rd_kafka_ConfigResource_error_string(results[i]);
      throw LogUnavailable(kafka::describe(settings, doing, error, said == nullptr ? "" : said));
    }
}

void wait_until_served(Admin& admin, const KafkaSettings& settings, const std::vector<std::string>& names) {
  auto give_up = steady_clock::now() + milliseconds(settings.patience_ms);
  for (;;) {
    auto metadata = admin.metadata();
    const std::string* missing = nullptr;
    for (const auto& name : names) {
      const auto* topic = find(*metadata, name);
      bool served = topic != nullptr && topic->err == RD_KAFKA_RESP_ERR_NO_ERROR && topic->partition_cnt > 0;
      for (int i = 0; served && i < topic->partition_cnt; ++i)
        served = topic->partitions[i].leader >= 0;
      if (!served) missing = &name;
    }
    if (missing == nullptr) return;
    if (steady_clock::now() >= give_up)
      throw LogUnavailable(kafka::describe(settings, "waiting for topic " + *missing,
                                           RD_KAFKA_RESP_ERR__TIMED_OUT,
                                           "it was made, but no broker serves it yet"));
    std::this_thread::sleep_for(milliseconds(20));
  }
}

}  // namespace

std::vector<TopicWish> topics_needed(const KafkaSettings& settings, const std::vector<std::string>& sources) {
  Settings all = {
      {"unclean.leader.election.enable", "false"},
      {"compression.type", "producer"},
      {"min.insync.replicas", settings.replication > 1 ? "2" : "1"},
  };
  Settings kept = all;
  kept["cleanup.policy"] = "delete";
  kept["retention.ms"] = std::to_string(retention_ms);
  kept["retention.bytes"] = "-1";
  kept["max.message.bytes"] = std::to_string(kafka::message_size_max);
  kept["message.timestamp.type"] = "LogAppendTime";
  Settings compact = all;
  compact["cleanup.policy"] = "compact";
  compact["segment.bytes"] = std::to_string(progress_segment_bytes);
  compact["min.cleanable.dirty.ratio"] = "0.1";
  compact["max.message.bytes"] = std::to_string(progress_message_bytes);
  std::vector<TopicWish> wishes;
  for (const auto& source : sources)
    wishes.push_back({events_topic(settings, source), 1, settings.replication, kept});
  wishes.push_back({notices_topic(settings), 1, settings.replication, kept});
  wishes.push_back({progress_topic(settings), 1, settings.replication, compact});
  for (const auto& wish : wishes)
    check_name(wish.name);
  return wishes;
}

TopicFinding judge_topic(const TopicWish& wish, const TopicFound& found) {
  TopicFinding finding{wish, TopicFinding::State::right, {}, found.partitions, found.replication, found.own};
  if (found.partitions != wish.partitions)
    finding.wrong.push_back(
        {"partitions", std::to_string(found.partitions), std::to_string(wish.partitions),
         "order holds within one partition only; make the topic anew under another prefix", false});
  if (found.replication < wish.replication)
    finding.wrong.push_back(
        {"replication", std::to_string(found.replication), std::to_string(wish.replication),
         "fewer copies than configured; reassign the partition with Kafka's own tools, or configure "
         "what you have",
         false});
  for (const auto& [setting, wanted] : wish.settings) {
    auto is = found.settings.find(setting);
    auto value = is == found.settings.end() ? std::string() : is->second;
    if (fits(setting, value, wanted)) continue;
    auto meaning = meanings().find(setting);
    finding.wrong.push_back(
        {setting, value, wanted, meaning == meanings().end() ? "" : meaning->second.why, true});
  }
  if (!finding.wrong.empty()) finding.state = TopicFinding::State::wrong;
  return finding;
}

std::vector<TopicFinding> look_at_topics(const KafkaSettings& settings,
                                         const std::vector<TopicWish>& wishes) {
  Admin admin(settings);
  auto metadata = admin.metadata();
  std::map<std::string, TopicFound> topics;
  for (const auto& wish : wishes) {
    const auto* topic = find(*metadata, wish.name);
    if (topic == nullptr || topic->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
    if (topic->err != RD_KAFKA_RESP_ERR_NO_ERROR && topic->err != RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
      throw LogUnavailable(kafka::describe(settings, "looking at topic " + wish.name, topic->err));
    auto& found = topics[wish.name];
    found.partitions = topic->partition_cnt;
    for (int i = 0; i < topic->partition_cnt; ++i)
      found.replication = i == 0 ? topic->partitions[i].replica_cnt
                                 : std::min(found.replication, topic->partitions[i].replica_cnt);
  }
  read_settings(admin, settings, topics);
  std::vector<TopicFinding> findings;
  for (const auto& wish : wishes) {
    auto found = topics.find(wish.name);
    findings.push_back(found == topics.end() ? TopicFinding{wish, TopicFinding::State::missing, {}, 0, 0, {}}
                                             : judge_topic(wish, found->second));
  }
  return findings;
}

void apply_topics(const KafkaSettings& settings, const std::vector<TopicFinding>& findings) {
  Admin admin(settings);
  std::vector<std::string> made;
  for (const auto& finding : findings) {
    switch (finding.state) {
      case TopicFinding::State::missing:
        create(admin, settings, finding.wish);
        made.push_back(finding.wish.name);
        break;
      case TopicFinding::State::wrong:
        mend(admin, settings, finding);
        break;
      case TopicFinding::State::right:
        break;
    }
  }
  if (!made.empty()) wait_until_served(admin, settings, made);
}

}  // namespace kinhub
