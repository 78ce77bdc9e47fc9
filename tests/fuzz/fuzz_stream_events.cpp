// Any bytes as an event of the log, or as the progress of a source in Kafka.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/stream/event_codec.hpp"
#include "hub/stream/kafka_progress.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto event = kinhub::decode_event(bytes)) {
    const auto again = kinhub::decode_event(kinhub::encode(*event));
    if (!again || again->body != event->body || again->key != event->key || again->kind != event->kind)
      std::abort();
  }
  if (const auto progress = kinhub::kafka::decode_progress(bytes))
    if (kinhub::kafka::decode_progress(kinhub::kafka::encode(*progress)) != progress) std::abort();
  return 0;
}
