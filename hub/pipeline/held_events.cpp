#include "hub/pipeline/held_events.hpp"

#include <algorithm>

#include "hub/base/citizen_number.hpp"
#include "hub/base/mask.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

constexpr std::size_t mentions_max = 1000;

}  // namespace

std::string waits_text(std::int64_t behind) {
  return "waits behind quarantined event " + std::to_string(behind) +
         " of the same record: mend or discard that one";
}

Error as_held(const Event& event, Error error) {
  error.place =
      mask_foreign(event.origin + (event.origin.empty() || error.place.empty() ? "" : ": ") + error.place);
  error.text = mask_foreign(error.text);
  return error;
}

std::string quarantine_context(std::string_view source) {
  return "quarantine " + std::string(source);
}

void HeldEvents::prefetch(std::vector<std::string> digests, std::vector<Token> keys) {
  auto sort = [](auto& all) {
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  };
  sort(digests), sort(keys);
  for (const auto& row : quarantine_.held_like(digests, keys))
    remember(row.id, row.digest, row.key);
}

bool HeldEvents::holds(const Event& event) const {
  return !digests_.empty() && digests_.contains(event_digest(event));
}

std::optional<std::int64_t> HeldEvents::first_of(const std::optional<Token>& key) const {
  if (!key || keys_held_.empty()) return std::nullopt;
  auto held = keys_held_.find(*key);
  if (held == keys_held_.end() || held->second.empty()) return std::nullopt;
  return held->second.front();
}

std::vector<std::int64_t> HeldEvents::all_of(const Token& key) const {
  auto held = keys_held_.find(key);
  return held == keys_held_.end() ? std::vector<std::int64_t>{} : held->second;
}

std::vector<Token> HeldEvents::mentions_of(const Event& event) const {
  std::vector<Token> tokens;
  for (const auto& number : citizen_numbers_in(event.body, mentions_max))
    tokens.push_back(identifier_token(keys_, {IdentifierKind::citizen_number, number.text()}));
  return tokens;
}

std::vector<Token> HeldEvents::set_aside(const LoggedEvent& logged, const Rejected& rejected) {
  const auto& event = logged.event;
  QuarantineRow row;
  row.source = event.source;
  if (!event.key.empty()) row.key = event_key(event, keys_);
  row.key_text = mask_key(event.key);
  row.code = rejected.error.code;
  const auto error = as_held(event, rejected.error);
  row.place = error.place;
  row.reason = error.text;
  row.mapping = rejected.mapping;
  row.received_at_us = event.received_at_us;
  row.bytes = static_cast<std::int64_t>(event.body.size());
  row.digest = event_digest(event);
  row.event_sequence = logged.position.sequence;
  std::string plain;
  encode(event, plain);
  row.mentions = mentions_of(event);
  row.event = keys_.seal(plain, quarantine_context(event.source));
  remember(quarantine_.add(row), row.digest, row.key);
  return std::move(row.mentions);
}

void HeldEvents::release(const QuarantineRow& row, QuarantineState state, const std::string& reason) {
  quarantine_.update(row.id, state, row.attempts + (state == QuarantineState::applied ? 1 : 0), row.code,
                     row.place, reason);
  digests_.erase(row.digest);
  if (row.key) std::erase(keys_held_[*row.key], row.id);
}

void HeldEvents::remember(std::int64_t id, const std::string& digest, const std::optional<Token>& key) {
  digests_.emplace(digest, id);
  if (key) keys_held_[*key].push_back(id);
}

}  // namespace kinhub
