#include "hub/connector/frames.hpp"

#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

constexpr std::size_t head_size = 5;  // length of the payload, least byte first; type
constexpr std::size_t large_payload = 1u << 20;

void put_texts(Packer& out, const std::vector<std::string>& texts) {
  out.number(texts.size());
  for (const auto& text : texts)
    out.text(text);
}
std::vector<std::string> texts_of(Unpacker& in) {
  std::vector<std::string> texts;
  for (auto count = in.count(); count > 0; --count)
    texts.emplace_back(in.text());
  return texts;
}

/// A value whose reading `read` finishes with true and with nothing left over.
template <class T, class Read>
std::optional<T> unpack(std::string_view payload, Read read) try {
  Unpacker in(payload);
  T value;
  if (!read(in, value) || !in.at_end()) return std::nullopt;
  return value;
} catch (const std::runtime_error&) {  // cut short
  return std::nullopt;
}

}  // namespace

void put_frame(std::string& out, FrameType type, std::string_view payload) {
  if (payload.size() > frame_size_max) throw std::length_error("a frame is larger than 112 MiB");
  for (unsigned shift = 0; shift < 32; shift += 8)
    out.push_back(static_cast<char>(payload.size() >> shift));
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
  for (unsigned i = 0; i < 4; ++i)
    size |= static_cast<std::size_t>(static_cast<unsigned char>(bytes_[at_ + i])) << (8 * i);
  auto type = static_cast<std::uint8_t>(bytes_[at_ + 4]);
  bool known = (type >= 1 && type <= static_cast<std::uint8_t>(FrameType::describe)) ||
               (type >= static_cast<std::uint8_t>(FrameType::outcome) &&
                type <= static_cast<std::uint8_t>(FrameType::count));
  if (size > frame_size_max || !known) throw std::runtime_error("these bytes are no frame");
  if (bytes_.size() - at_ - head_size < size) return std::nullopt;
  Frame frame{static_cast<FrameType>(type), {}};
  if (at_ + head_size + size == bytes_.size() && size > large_payload) {  // not twice in memory
    bytes_.erase(0, at_ + head_size);
    frame.payload = std::exchange(bytes_, {});
    at_ = 0;
    return frame;
  }
  frame.payload = bytes_.substr(at_ + head_size, size);
  at_ += head_size + size;
  return frame;
}

std::string encode(const CreateOrder& order) {
  Packer out;
  out.text(order.connector);
  put_texts(out, order.directories);
  out.text(order.config_json);
  out.number(order.secrets.size());
  for (const auto& [name, secret] : order.secrets)
    out.text(name), out.text(secret);
  out.signed_number(order.clock_offset_us);
  out.number(order.memory_max_bytes);
  put_texts(out, order.readable);
  put_texts(out, order.writable);
  out.number((order.landlock ? 1u : 0u) | (order.seccomp ? 2u : 0u));
  return out.take();
}

std::optional<CreateOrder> decode_create(std::string_view payload) {
  return unpack<CreateOrder>(payload, [](Unpacker& in, CreateOrder& order) {
    order.connector = in.text();
    order.directories = texts_of(in);
    order.config_json = in.text();
    for (auto count = in.count(); count > 0; --count) {
      std::string name(in.text());
      order.secrets[name] = in.text();
    }
    order.clock_offset_us = in.signed_number();
    order.memory_max_bytes = in.number();
    order.readable = texts_of(in), order.writable = texts_of(in);
    const auto parts = in.number();
    order.landlock = (parts & 1) != 0, order.seccomp = (parts & 2) != 0;
    return parts <= 3;
  });
}

std::string encode(const CallOrder& order) {
  Packer out;
  out.text(order.position);
  out.number(order.timeout_ms);
  out.number(order.limits.count);
  out.number(order.limits.bytes);
  return out.take();
}

std::optional<CallOrder> decode_call(std::string_view payload) {
  return unpack<CallOrder>(payload, [](Unpacker& in, CallOrder& order) {
    order.position = in.text();
    order.timeout_ms = static_cast<std::uint32_t>(in.number());
    order.limits.count = in.number();
    order.limits.bytes = in.number();
    return true;
  });
}

std::string encode(const Harvest& harvest) {
  Packer out;
  out.text(harvest.position);
  out.number(harvest.complete_until_us ? 1 : 0);
  out.signed_number(harvest.complete_until_us.value_or(0));
  out.number(harvest.events.size());
  for (const auto& event : harvest.events)
    out.text(encode(event));
  return out.take();
}

std::optional<Harvest> decode_harvest(std::string_view payload) {
  return unpack<Harvest>(payload, [](Unpacker& in, Harvest& harvest) {
    harvest.position = in.text();
    bool complete = in.number() != 0;
    auto until = in.signed_number();
    if (complete) harvest.complete_until_us = until;
    const auto events = in.count();
    if (events > harvest_events_max) return false;
    for (auto count = events; count > 0; --count) {
      auto event = decode_event(in.text());
      if (!event) return false;
      harvest.events.push_back(std::move(*event));
    }
    return true;
  });
}

std::string encode(const CallOutcome& outcome) {
  Packer out;
  out.number(static_cast<std::uint32_t>(outcome.status));
  out.text(outcome.explanation);
  return out.take();
}

std::optional<CallOutcome> decode_outcome(std::string_view payload) {
  return unpack<CallOutcome>(payload, [](Unpacker& in, CallOutcome& outcome) {
    outcome.status = static_cast<kinhub_status>(in.number());
    outcome.explanation = in.text();
    return outcome.status >= KINHUB_OK && outcome.status <= KINHUB_FATAL;
  });
}

std::string encode(const Note& note) {
  Packer out;
  out.signed_number(note.number);
  out.text(note.text);
  return out.take();
}

std::optional<Note> decode_note(std::string_view payload) {
  return unpack<Note>(payload, [](Unpacker& in, Note& note) {
    note.number = in.signed_number();
    note.text = in.text();
    return true;
  });
}

}  // namespace kinhub
