#include "hub/connector/frames.hpp"

#include <stdexcept>

#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

constexpr std::size_t head_size = 5;  // length of the payload, least byte first; type

std::uint64_t bits(std::int64_t number) { return static_cast<std::uint64_t>(number); }
std::int64_t signed_of(std::uint64_t number) { return static_cast<std::int64_t>(number); }

}  // namespace

void put_frame(std::string& out, FrameType type, std::string_view payload) {
  if (payload.size() > frame_size_max) throw std::length_error("a frame is larger than 600 MiB");
  for (unsigned shift = 0; shift < 32; shift += 8) out.push_back(static_cast<char>(payload.size() >> shift));
  out.push_back(static_cast<char>(type));
  out.append(payload);
}

void FrameReader::add(std::string_view bytes) {
  if (at_ > 0 && at_ == bytes_.size()) bytes_.clear(), at_ = 0;
  if (at_ > (1u << 20)) bytes_.erase(0, at_), at_ = 0;
  bytes_.append(bytes);
}

std::optional<Frame> FrameReader::next() {
  if (bytes_.size() - at_ < head_size) return std::nullopt;
  std::size_t size = 0;
  for (unsigned i = 0; i < 4; ++i) size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
  auto type = static_cast<std::uint8_t>(bytes_[at_ + 4]);
  bool known = (type >= 1 && type <= static_cast<std::uint8_t>(FrameType::end)) ||
               (type >= static_cast<std::uint8_t>(FrameType::outcome) && type <= static_cast<std::uint8_t>(FrameType::count));
  if (size > frame_size_max || !known) throw std::runtime_error("these bytes are no frame");
  if (bytes_.size() - at_ - head_size < size) return std::nullopt;
  Frame frame{static_cast<FrameType>(type), bytes_.substr(at_ + head_size, size)};
  at_ += head_size + size;
  return frame;
}

std::string encode(const CreateOrder& order) {
  std::string out;
  put_text(out, order.connector);
  put_number(out, order.directories.size());
  for (const auto& directory : order.directories) put_text(out, directory);
  put_text(out, order.config_json);
  put_number(out, order.secrets.size());
  for (const auto& [name, secret] : order.secrets) put_text(out, name), put_text(out, secret);
  put_number(out, bits(order.clock_offset_us));
  put_number(out, order.memory_max_bytes);
  return out;
}

std::optional<CreateOrder> decode_create(std::string_view payload) {
  ByteReader in(payload);
  CreateOrder order;
  order.connector = in.text();
  for (auto count = in.number(); in.ok() && count > 0; --count) order.directories.emplace_back(in.text());
  order.config_json = in.text();
  for (auto count = in.number(); in.ok() && count > 0; --count) {
    std::string name(in.text());
    order.secrets[name] = in.text();
  }
  order.clock_offset_us = signed_of(in.number());
  order.memory_max_bytes = in.number();
  if (!in.at_end()) return std::nullopt;
  return order;
}

std::string encode(const CallOrder& order) {
  std::string out;
  put_text(out, order.position);
  put_number(out, order.timeout_ms);
  put_number(out, order.limits.count);
  put_number(out, order.limits.bytes);
  return out;
}

std::optional<CallOrder> decode_call(std::string_view payload) {
  ByteReader in(payload);
  CallOrder order;
  order.position = in.text();
  order.timeout_ms = static_cast<std::uint32_t>(in.number());
  order.limits.count = in.number();
  order.limits.bytes = in.number();
  if (!in.at_end()) return std::nullopt;
  return order;
}

std::string encode(const Harvest& harvest) {
  std::string out, event;
  put_text(out, harvest.position);
  put_number(out, harvest.complete_until_us ? 1 : 0);
  put_number(out, bits(harvest.complete_until_us.value_or(0)));
  put_number(out, harvest.events.size());
  for (const auto& one : harvest.events) {
    event.clear();
    encode(one, event);
    put_text(out, event);
  }
  return out;
}

std::optional<Harvest> decode_harvest(std::string_view payload) {
  ByteReader in(payload);
  Harvest harvest;
  harvest.position = in.text();
  bool complete = in.number() != 0;
  auto until = signed_of(in.number());
  if (complete) harvest.complete_until_us = until;
  for (auto count = in.number(); in.ok() && count > 0; --count) {
    auto event = decode_event(in.text());
    if (!event) return std::nullopt;
    harvest.events.push_back(std::move(*event));
  }
  if (!in.at_end()) return std::nullopt;
  return harvest;
}

std::string encode(const Outcome& outcome) {
  std::string out;
  put_number(out, static_cast<std::uint32_t>(outcome.status));
  put_text(out, outcome.explanation);
  return out;
}

std::optional<Outcome> decode_outcome(std::string_view payload) {
  ByteReader in(payload);
  Outcome outcome;
  outcome.status = static_cast<kinhub_status>(in.number());
  outcome.explanation = in.text();
  if (!in.at_end() || outcome.status < KINHUB_OK || outcome.status > KINHUB_FATAL) return std::nullopt;
  return outcome;
}

}  // namespace kinhub
