// Any bytes as a message of a Kafka source, plain or Debezium's: an event, a rejection that says why, or
// nothing new.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "connectors/kafka_topic/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace kinhub::kafka_topic;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto key = bytes.substr(0, bytes.find('\n'));
  const auto value = key.size() < bytes.size() ? bytes.substr(key.size() + 1) : std::string_view();
  for (const auto envelope : {Envelope::plain, Envelope::debezium})
    for (const bool own_key : {false, true}) {
      CuttingRules rules;
      rules.envelope = envelope;
      if (own_key) rules.key = {"id", "after/id"};
      Message message;
      message.topic = "agency.changes", message.key = key, message.value = value;
      const auto cut = cut_message(message, rules);
      if (cut.kind == Cutting::Kind::rejection && cut.error.code.empty()) std::abort();
      if (cut.kind == Cutting::Kind::event && cut.body.empty()) std::abort();
    }
  return 0;
}
