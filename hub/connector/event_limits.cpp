#include "hub/connector/event_limits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kinhub {
namespace {

void reject(Event& event, const char* code, std::string detail) {
  if (event.kind != EventKind::rejected) {
    event.code = code, event.detail = std::move(detail);
    event.place = event.origin.substr(0, event_text_max);
  }
  event.kind = EventKind::rejected;
}

}  // namespace

std::string one_line(std::string_view text, std::size_t size_max) {
  std::string line(text.substr(0, size_max));
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return line;
}

void hold_to_limits(Event& event, std::size_t body_max) {
  if (event.kind == EventKind::coverage) {
    event.kind = EventKind::change;
    reject(event, "KIND_RESERVED", "a connector does not write events of the hub's own; mend the connector");
  }
  if (event.key.size() > event_text_max) {
    reject(event, "KEY_TOO_LONG",
           fmt::format("the record's key has {} bytes or more, the limit is {}; ask the agency what it sent",
                       event.key.size(), event_text_max));
    event.key.clear();
  }
  for (auto text : {&Event::content_type, &Event::charset}) {
    if ((event.*text).size() <= event_text_max) continue;
    reject(
        event, "TEXT_TOO_LONG",
        fmt::format(
            "the declared charset or type has {} bytes or more, the limit is {}; ask the agency what it sent",
            (event.*text).size(), event_text_max));
    (event.*text).clear();
  }
  if (event.body.size() > event_body_max)
    reject(event, "EVENT_TOO_LARGE",
           fmt::format("one record of {} bytes, the limit is {}; ask the agency what it sent",
                       event.body.size(), event_body_max));
  if (event.body.size() > body_max) {
    event.detail =
        fmt::format("{} (of {} bytes these are the first {}; the whole is at the origin)",
                    event.detail.substr(0, event_detail_max / 2), event.body.size(), rejected_body_kept);
    event.body.resize(rejected_body_kept);
    event.body.shrink_to_fit();
  }
  event.origin.resize(std::min(event.origin.size(), event_text_max));
  event.code = one_line(event.code, event_code_max);
  event.detail = one_line(event.detail, event_detail_max);
  event.place = one_line(event.place, event_text_max);
}

}  // namespace kinhub
