// Any text as a stored position of a folder or of a Kafka source: read and written again, or refused.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "connectors/kafka_topic/position.hpp"
#include "plugins/sdk/inbox.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto position = kinhub::sdk::InboxPosition::parse(text)) {
    const auto again = kinhub::sdk::InboxPosition::parse(position->text());
    if (!again || again->floor != position->floor || again->done != position->done) std::abort();
  }
  if (!text.empty())
    if (const auto position = kinhub::kafka_topic::Position::parse(text))
      if (kinhub::kafka_topic::Position::parse(position->text()) != position) std::abort();
  (void)kinhub::sdk::time_in_name(text);
  return 0;
}
