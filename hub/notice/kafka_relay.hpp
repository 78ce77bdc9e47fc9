#pragma once
// The Kafka sink: exactly-once publication of the outbox, in order, together with a record of its progress.

#include <memory>
#include <string>

#include "hub/notice/notice_sink.hpp"
#include "hub/stream/kafka_settings.hpp"

namespace kinhub {

/// Publisher of the outbox to `<prefix>.notices` (one partition) as CloudEvents in structured
/// mode: the value is the notice, the key its subject. The progress record in `<prefix>.progress` (key
/// "notices") says where to go on, and belongs to the same transaction; whatever happened before, a new
/// producer first settles it and then reads that record (docs/decisions/0011). Several nodes may try:
/// producers are fenced, the one that began last publishes, the others are told so by Unavailable.
class KafkaRelay final : public NoticeSink {
 public:
  enum class Delivery {
    exactly_once,  ///< who reads committed notices only finds each once
    at_least_once  ///< no transactions: some notices may stand there again; the reader's rule drops them
  };
  KafkaRelay(KafkaSettings settings, Delivery delivery);
  ~KafkaRelay() override;

  /// Publishes what waits. Throws Unavailable when the brokers do not take notices now or another node
  /// publishes them; std::runtime_error when the topic holds notices that this store does not know of,
  /// std::invalid_argument for settings that cannot be.
  std::int64_t deliver(Store& store, std::stop_token stop) override;
  void let_go() override;
  std::string name() const override { return "kafka"; }

 private:
  class Publisher;
  class InTransactions;
  class AtLeastOnce;
  struct Session;
  std::unique_ptr<Session> begin(Store& store) const;

  const KafkaSettings settings_;
  const Delivery delivery_;
  std::unique_ptr<Session> session_;  ///< none: the published position is in doubt
};

}  // namespace kinhub
