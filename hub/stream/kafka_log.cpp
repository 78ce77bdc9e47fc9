#include "hub/stream/kafka_log.hpp"

#include <fmt/format.h>

#include "hub/stream/kafka_reader.hpp"
#include "hub/stream/kafka_writer.hpp"

namespace kinhub {
namespace {

constexpr int open_settle_ms = 200;

/// police-320812#snapshot is a checkpoint of police-320812.
std::string source_of(const SourceCheckpoint& checkpoint) {
  return checkpoint.source.substr(0, checkpoint.source.find('#'));
}

/// Translates the exceptions of the layers below into those of an EventLog.
template <class Work>
auto as_log(Work work) {
  try {
    return work();
  } catch (const LogUnavailable&) {
    throw;
  } catch (const UnknownKey&) {  // the log is there, the key file is behind
    throw;
  } catch (const Unavailable& error) {
    throw LogUnavailable(error.what());
  }
}

}  // namespace

struct KafkaLog::State {
  State(const KafkaSettings& kafka, const std::vector<std::string>& names, const Keyring& keyring)
      : settings(kafka),
        sources(names),
        looker(settings),
        progress(settings, keyring, looker),
        reader(settings, sources, keyring, looker, progress, read_size_max) {
    for (std::size_t i = 0; i < sources.size(); ++i)
      writers.push_back(std::make_unique<kafka::SourceWriter>(
          settings, sources[i], static_cast<std::int32_t>(i), keyring, looker, progress));
  }

  kafka::SourceWriter& writer(const std::string& source) {
    auto found = std::find(sources.begin(), sources.end(), source);
    if (found == sources.end())
      throw std::invalid_argument(
          fmt::format("source {} is not among those the Kafka log was opened for", source));
    return *writers[static_cast<std::size_t>(found - sources.begin())];
  }

  void check(std::int32_t partition) const {
    if (partition < 0 || partition >= static_cast<std::int32_t>(sources.size()))
      throw LogDamaged(fmt::format("Kafka at {}: there is no partition {}, the log has {} sources",
                                   settings.brokers, partition, sources.size()));
  }

  /// Start-up check. Topics that were never made are an error of set-up, and nothing begins; one source's
  /// topic that is gone later stops that source alone, when it is read.
  void check_topics() {
    const auto counts = looker.partition_counts(kafka::in_ms(settings.patience_ms));
    auto is_there = [&](const std::string& topic) {
      auto found = counts.find(topic);
      if (found != counts.end() && found->second != 1)
        throw LogDamaged(
            fmt::format("Kafka topic {} has {} partitions, but order holds within one only. Choose another "
                        "prefix and run kinhub topics apply",
                        topic, found->second));
      return found != counts.end();
    };
    auto missing = [&](const std::string& topic) {
      throw LogDamaged(
          fmt::format("Kafka at {} has no topic {}. Run kinhub topics apply, or look at the prefix and "
                      "at who may see the topic",
                      settings.brokers, topic));
    };
    if (!is_there(progress.topic())) missing(progress.topic());
    // Fail fast when the key file is another one. Open transactions are waited for later,
    // by whoever needs to know.
    const bool all = progress.refresh(kafka::in_ms(settings.patience_ms), open_settle_ms);
    for (const auto& source : sources) {
      const auto topic = events_topic(settings, source);
      if (is_there(topic)) continue;
      if (!all) progress.refresh(kafka::in_ms(settings.patience_ms));
      const auto partition = static_cast<std::int32_t>(&source - sources.data());
      if (progress.of(source, partition).sequence == 0) missing(topic);
    }
  }

  const KafkaSettings settings;
  const std::vector<std::string> sources;
  kafka::Looker looker;
  kafka::ProgressTopic progress;
  std::vector<std::unique_ptr<kafka::SourceWriter>> writers;
  kafka::EventReader reader;
};

std::unique_ptr<KafkaLog> KafkaLog::open(const KafkaSettings& settings,
                                         const std::vector<std::string>& sources, const Keyring& keyring) {
  return as_log([&] {
    auto state = std::make_unique<State>(settings, sources, keyring);
    state->check_topics();
    return std::unique_ptr<KafkaLog>(new KafkaLog(std::move(state)));
  });
}

KafkaLog::KafkaLog(std::unique_ptr<State> state) : state_(std::move(state)) {}
KafkaLog::~KafkaLog() = default;

void KafkaLog::append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) {
  if (events.empty() && !checkpoint) return;
  auto source = events.empty() ? source_of(*checkpoint) : events.front().source;
  bool one = !checkpoint || source_of(*checkpoint) == source;
  for (const auto& event : events)
    one = one && event.source == source;
  if (!one) throw std::invalid_argument("an append to the event log is of one source");
  auto& writer = state_->writer(source);
  as_log([&] { writer.append(events, checkpoint, kafka::SourceWriter::Checkpoint::as_told); });
}

std::string KafkaLog::checkpoint(const std::string& source) {
  auto& writer = state_->writer(source_of({source, {}}));
  return as_log([&] { return writer.checkpoint(source); });
}

void KafkaLog::set_checkpoint(const SourceCheckpoint& checkpoint) {
  auto& writer = state_->writer(source_of(checkpoint));
  as_log([&] { writer.append({}, checkpoint, kafka::SourceWriter::Checkpoint::replace); });
}

std::vector<LoggedEvent> KafkaLog::read(std::span<const LogPosition> after, std::size_t count_max,
                                        std::uint32_t timeout_ms, std::stop_token stop) {
  for (const auto& position : after) {
    state_->check(position.partition);
    if (position.sequence < 0)
      throw LogDamaged(
          fmt::format("Kafka topic {} has no position {}",
                      events_topic(state_->settings, partition_name(position.partition)), position.sequence),
          position.partition);
  }
  if (after.empty() || count_max == 0) return {};
  return as_log([&] { return state_->reader.read(after, count_max, timeout_ms, std::move(stop)); });
}

LogPosition KafkaLog::end(std::int32_t partition) {
  state_->check(partition);
  return as_log([&] {
    if (!state_->progress.refresh(kafka::in_ms(state_->settings.patience_ms)))
      throw LogUnavailable(
          fmt::format("Kafka topic {}: another client's transaction has been open for long, so its end "
                      "is not known",
                      state_->progress.topic()));
    auto progress = state_->progress.of(partition_name(partition), partition);
    return LogPosition{partition, progress.sequence, progress.offset};
  });
}

LogPosition KafkaLog::start(std::int32_t partition) {
  state_->check(partition);
  return as_log([&] { return state_->reader.start(partition); });
}

void KafkaLog::accept_end(std::int32_t partition) {
  state_->check(partition);
  as_log([&] { state_->writer(partition_name(partition)).accept_end(); });
}

std::int32_t KafkaLog::partitions() const {
  return static_cast<std::int32_t>(state_->sources.size());
}

std::string KafkaLog::partition_name(std::int32_t partition) const {
  state_->check(partition);
  return state_->sources[static_cast<std::size_t>(partition)];
}

std::vector<std::pair<std::string, std::int64_t>> KafkaLog::received() {
  return as_log([&] {
    if (!state_->progress.refresh(kafka::in_ms(state_->settings.patience_ms)))
      throw LogUnavailable(
          fmt::format("Kafka topic {}: another client's transaction has been open for long, so what was "
                      "received is not known",
                      state_->progress.topic()));
    std::vector<std::pair<std::string, std::int64_t>> counts;
    for (std::int32_t partition = 0; partition < partitions(); ++partition)
      try {
        const auto source = partition_name(partition);
        if (auto progress = state_->progress.of(source, partition); progress.sequence > 0)
          counts.emplace_back(source, progress.sequence);
      } catch (const LogDamaged&) {  // that source is stopped, and says why
      }
    std::sort(counts.begin(), counts.end());
    return counts;
  });
}

}  // namespace kinhub
