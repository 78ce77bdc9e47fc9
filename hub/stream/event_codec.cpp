#include "hub/stream/event_codec.hpp"

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::uint64_t codec_version = 1;
// Flags beside the kind; a number under 128 is one byte.
constexpr std::uint8_t has_occurred = 0x40, has_trace = 0x20;

// The body last: all before it is small.
constexpr std::string Event::*texts[] = {&Event::source,  &Event::key,    &Event::content_type,
                                         &Event::charset, &Event::origin, &Event::code,
                                         &Event::detail,  &Event::place,  &Event::body};

}  // namespace

std::string encode(const Event& event) {
  Packer out;
  out.number(codec_version);
  out.number(static_cast<std::uint8_t>(event.kind) | (event.occurred_at_us ? has_occurred : 0u) |
             (event.trace != 0 ? has_trace : 0u));
  if (event.occurred_at_us) out.signed_number(*event.occurred_at_us);
  out.signed_number(event.received_at_us);
  if (event.trace != 0) out.number(event.trace);
  for (auto text : texts)
    out.text(event.*text);
  return out.take();
}

std::optional<Event> decode_event(std::string_view bytes) try {
  Unpacker in(bytes);
  if (in.number() != codec_version) return std::nullopt;
  auto flags = in.number();
  auto kind = flags & ~std::uint64_t{has_occurred | has_trace};
  if (kind > static_cast<std::uint8_t>(EventKind::coverage)) return std::nullopt;
  Event event;
  event.kind = static_cast<EventKind>(kind);
  if ((flags & has_occurred) != 0) event.occurred_at_us = in.signed_number();
  event.received_at_us = in.signed_number();
  if ((flags & has_trace) != 0) event.trace = in.number();
  for (auto text : texts)
    event.*text = in.text();
  if (!in.at_end()) return std::nullopt;
  return event;
} catch (const std::runtime_error&) {  // cut short
  return std::nullopt;
}

}  // namespace kinhub
