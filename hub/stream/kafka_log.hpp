#pragma once
// The event log on Kafka, for several machines: one topic of one partition for each source, and one compacted
// topic of all sources' progress.

#include <memory>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/stream/event_log.hpp"
#include "hub/stream/kafka_settings.hpp"

namespace kinhub {

/// EventLog on Kafka. Partition i is the i-th source given to open(). An append is one transaction under the
/// source's own transactional id: its events, each with its sequence, and one progress record (last sequence
/// and its offset, checkpoints). Fencing gives a source one writer at any time, on whatever machine: whoever
/// begins to append shuts the one before out, and settles what that one left open. Reading fences nobody. At
/// rest: sequence numbers and sources are plain, keys are keyed tokens, bodies and checkpoints are sealed.
/// Kafka does not write through to the disk before it acknowledges: docs/kafka.md says what that means. Safe
/// from any thread; threads that append for one source share a transaction. Reads of several threads go one
/// after the other, so a hub reads all its partitions in one call. Not to be carried over a fork.
class KafkaLog final : public EventLog {
 public:
  /// read() hands out fewer than count_max events rather than more bytes than about this (but always one).
  static constexpr std::size_t read_size_max = 64u << 20;

  /// Throws LogUnavailable when the brokers do not answer within settings.patience_ms; LogDamaged when a
  /// topic is missing (`kinhub topics apply` makes it), has several partitions, or was sealed with another
  /// key file; std::invalid_argument for settings that cannot be. `keyring` is copied.
  static std::unique_ptr<KafkaLog> open(const KafkaSettings& settings,
                                        const std::vector<std::string>& sources, const Keyring& keyring);
  ~KafkaLog() override;

  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override;
  std::string checkpoint(const std::string& source) override;
  void set_checkpoint(const SourceCheckpoint& checkpoint) override;
  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop = {}) override;
  LogPosition end(std::int32_t partition) override;
  LogPosition start(std::int32_t partition) override;
  void accept_end(std::int32_t partition) override;
  std::int32_t partitions() const override;
  std::string partition_name(std::int32_t partition) const override;
  std::vector<std::pair<std::string, std::int64_t>> received() override;

 private:
  struct State;
  explicit KafkaLog(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace kinhub
