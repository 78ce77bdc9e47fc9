#include "connectors/kafka_topic/position.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace kinhub::kafka_topic {
namespace {

constexpr std::string_view version = "v1;";

// Takes the bytes before `end` (all, if it does not occur) off the front, and `end` with them.
std::string_view take_until(std::string_view& rest, char end) {
  const auto size = std::min(rest.find(end), rest.size());
  const auto taken = rest.substr(0, size);
  rest.remove_prefix(std::min(size + 1, rest.size()));
  return taken;
}

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc{} && stop == text.data() + text.size() && !text.empty() && text.front() != '-';
}

// "15", "15~9c01f2aa", "15-40", "15~9c01f2aa-40"
bool read_place(std::string_view text, Place& place) {
  const auto dash = text.find('-');
  if (dash != std::string_view::npos && !read_number(text.substr(dash + 1), place.end.emplace()))
    return false;
  text = text.substr(0, dash);
  const auto tilde = text.find('~');
  if (tilde != std::string_view::npos && !read_number(text.substr(tilde + 1), place.mark.emplace(), 16))
    return false;
  return read_number(text.substr(0, tilde), place.next);
}

std::string hex(std::uint32_t number) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, 16).ptr;
  return {digits, end};
}

}  // namespace

std::string Position::text() const {
  std::string text(version);
  text.append("@cluster=").append(cluster).append(";");
  if (taken_us) text.append("@taken=").append(std::to_string(*taken_us)).append(";");
  const std::string* topic = nullptr;
  for (const auto& [partition, place] : places) {
    const bool same = topic != nullptr && *topic == partition.topic;
    if (!same) {
      if (topic != nullptr) text += ';';
      text.append(partition.topic).append("=");
      topic = &partition.topic;
    } else {
      text += ',';
    }
    text.append(std::to_string(partition.number)).append(":").append(std::to_string(place.next));
    if (place.mark) text.append("~").append(hex(*place.mark));
    if (place.end) text.append("-").append(std::to_string(*place.end));
  }
  if (topic != nullptr) text += ';';
  return text;
}

std::optional<Position> Position::parse(std::string_view text) {
  assert(!text.empty());
  if (!text.starts_with(version)) return std::nullopt;
  text.remove_prefix(version.size());
  Position position;
  bool saw_cluster = false;
  while (!text.empty()) {
    auto entry = take_until(text, ';');
    if (entry.find('=') == std::string_view::npos) return std::nullopt;
    const auto name = take_until(entry, '=');
    if (name == "@cluster") {
      position.cluster = entry;
      saw_cluster = true;
    } else if (name == "@taken") {
      if (!read_number(entry, position.taken_us.emplace())) return std::nullopt;
    } else {
      while (!entry.empty()) {
        auto part = take_until(entry, ',');
        Partition partition{std::string(name), 0};
        Place place;
        if (name.empty() || !read_number(take_until(part, ':'), partition.number) || !read_place(part, place))
          return std::nullopt;
        if (!position.places.emplace(std::move(partition), place).second) return std::nullopt;
      }
    }
  }
  if (!saw_cluster) return std::nullopt;
  return position;
}

bool Position::knows(std::string_view topic) const {
  return std::any_of(places.begin(), places.end(), [&](const auto& one) { return one.first.topic == topic; });
}

std::uint32_t mark_of(std::int64_t timestamp_ms, std::string_view key, std::string_view value) {
  // FNV-1a; the lengths keep key and value apart.
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto add = [&](std::string_view bytes) {
    for (const char c : bytes)
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  };
  add(std::to_string(timestamp_ms) + "," + std::to_string(key.size()) + "," + std::to_string(value.size()) +
      ",");
  add(key);
  add(value);
  return static_cast<std::uint32_t>(hash ^ (hash >> 32U));
}

}  // namespace kinhub::kafka_topic
