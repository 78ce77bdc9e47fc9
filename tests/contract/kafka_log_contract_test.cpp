#include "tests/contract/event_log_contract.hpp"
#include "tests/contract/kafka_fixture.hpp"

namespace kinhub {
namespace {

struct Kafka {
  Kafka() { make_topics(settings, sources); }
  std::unique_ptr<EventLog> open() { return KafkaLog::open(settings, sources, keyring); }
  void forget(const LogPosition& last) {
    auto at = last;
    auto log = open();
    for (LogPosition next = log->start(last.partition); at.offset < 0;)
      for (auto& logged : log->read(next, 100, 1000)) {
        next = logged.position;
        if (next == last) at = next;
      }
    delete_records(settings, events_topic(settings, sources[static_cast<std::size_t>(last.partition)]),
                   at.offset + 1);
  }
  std::vector<std::string> sources{"police",    "hospital",  "civil",    "police-320812", "x",
                                   "source-0",  "source-1",  "source-2", "source-3",      "process-0",
                                   "process-1", "process-2", "process-3"};
  KafkaSettings settings = test_kafka();
  Keyring keyring = Keyring::from_passphrase("contract");
};

INSTANTIATE_TYPED_TEST_SUITE_P(Kafka, EventLogContract, Kafka);

}  // namespace
}  // namespace kinhub
