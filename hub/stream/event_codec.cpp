#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

constexpr std::uint8_t codec_version = 1;
constexpr std::uint8_t has_occurred = 0x80;  // beside the kind

// Numbers near zero of either sign become small.
std::uint64_t zigzag(std::int64_t number) {
  return (static_cast<std::uint64_t>(number) << 1) ^ static_cast<std::uint64_t>(number >> 63);
}
std::int64_t unzigzag(std::uint64_t number) {
  return static_cast<std::int64_t>(number >> 1) ^ -static_cast<std::int64_t>(number & 1);
}

}  // namespace

void put_number(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out.push_back(static_cast<char>(number | 0x80));
    number >>= 7;
  }
  out.push_back(static_cast<char>(number));
}

void put_text(std::string& out, std::string_view text) {
  put_number(out, text.size());
  out.append(text);
}

std::uint8_t ByteReader::byte() {
  if (!ok_ || rest_.empty()) return ok_ = false, std::uint8_t{0};
  auto byte = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return byte;
}

std::uint64_t ByteReader::number() {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    auto part = byte();
    if (!ok_) return 0;
    if (shift == 63 && part > 1) return ok_ = false, 0;
    number |= static_cast<std::uint64_t>(part & 0x7f) << shift;
    if ((part & 0x80) == 0) return number;
  }
  ok_ = false;
  return 0;
}

std::string_view ByteReader::text() {
  auto size = number();
  if (!ok_ || size > rest_.size()) return ok_ = false, std::string_view{};
  auto text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return text;
}

void encode(const Event& event, std::string& out) {
  out.reserve(out.size() + event.body.size() + event.source.size() + event.key.size() + event.origin.size() +
              event.detail.size() + event.place.size() + 128);
  out.push_back(static_cast<char>(codec_version));
  out.push_back(static_cast<char>(static_cast<std::uint8_t>(event.kind) | (event.occurred_at_us ? has_occurred : 0)));
  if (event.occurred_at_us) put_number(out, zigzag(*event.occurred_at_us));
  put_number(out, zigzag(event.received_at_us));
  for (const auto* text : {&event.source, &event.key, &event.content_type, &event.charset, &event.origin, &event.code,
                           &event.detail, &event.place, &event.body})
    put_text(out, *text);
}

std::optional<Event> decode_event(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != codec_version) return std::nullopt;
  auto flags = in.byte();
  if ((flags & ~has_occurred) > static_cast<std::uint8_t>(EventKind::coverage)) return std::nullopt;
  Event event;
  event.kind = static_cast<EventKind>(flags & ~has_occurred);
  if ((flags & has_occurred) != 0) event.occurred_at_us = unzigzag(in.number());
  event.received_at_us = unzigzag(in.number());
  for (auto* text : {&event.source, &event.key, &event.content_type, &event.charset, &event.origin, &event.code,
                     &event.detail, &event.place, &event.body})
    *text = in.text();
  if (!in.at_end()) return std::nullopt;
  return event;
}

}  // namespace kinhub
