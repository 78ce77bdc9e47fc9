#include "hub/pipeline/mapped_event.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <set>
#include <utility>

#include "hub/base/bytes.hpp"
#include "hub/base/key_beside.hpp"
#include "hub/pipeline/correction.hpp"
#include "hub/pipeline/plausible.hpp"

namespace kinhub {
namespace {

/// Validation beyond the mapping: a statement must name someone, and nobody in two roles.
std::optional<Rejected> check(const Mapped& mapped) {
  for (const auto& fact : mapped.facts) {
    std::set<Identifier> seen;
    bool anyone = false;
    for (const auto& mention : fact.people) {
      anyone |= !mention.identifiers.empty() || !mention.former.empty();
      for (const auto& identifier : mention.identifiers)
        if (!seen.insert(identifier).second)
          return Rejected{
              {"ROLE_CONFLICT",
               "one " + std::string(name_of(identifier.kind)) +
                   " stands for two people of the same record: ask the source which of them bears it",
               ""},
              "",
              std::string(name_of(mention.role))};
    }
    if (!anyone)
      return Rejected{{"NO_IDENTIFIER",
                       "the record names nobody by a number or certificate, so it belongs to no one: "
                       "ask the source to send one",
                       ""},
                      "",
                      "person"};
  }
  return std::nullopt;
}

/// Fail-closed: whatever the mapping does, there is an outcome and the event is kept.
Outcome outcome_of(const Event& event, const Rules& rules, std::optional<Date> today) {
  auto mapping = rules.mappings.find(event.source);
  if (mapping == rules.mappings.end())
    return Rejected{
        {"SOURCE_UNKNOWN", "no source of this name is configured: add it, then replay", ""}, "", ""};
  try {
    auto outcome = mapping->second->apply({event.body, event.content_type, event.charset});
    if (const auto* mapped = std::get_if<Mapped>(&outcome)) {
      if (auto wrong = check(*mapped)) return *wrong;
      const auto margin = rules.clock_margins_us.find(event.source);
      const auto latest = latest_instant(event.received_at_us, today,
                                         margin == rules.clock_margins_us.end() ? 0 : margin->second);
      if (auto wrong = implausible(mapped->facts, latest)) return *wrong;
    }
    return outcome;
  } catch (const std::exception&) {  // a mapping must not throw; if one does, the hub goes on
    return Rejected{
        {"MAPPING_FAILED", "the mapping broke on this event: send it to the maintainers", ""}, "", ""};
  }
}

Token token_of_key(const Event& event, std::string_view key, const Keyring& keys) {
  return keys.token("event key", event.source + "\n" + std::string(key));
}

bool withdraws(const std::vector<KeyedStatement>& said) {
  return std::any_of(said.begin(), said.end(),
                     [](const auto& one) { return one.statement.fact.op == Op::withdraw; });
}

}  // namespace

Token event_key(const Event& event, const Keyring& keys) {
  assert(!event.key.empty());
  return token_of_key(event, event.key, keys);
}

Token key_beside(const Event& event, const Keyring& keys) {
  assert(!event.key.empty());
  std::string_view key = event.key;
  if (key.ends_with(key_beside_mark)) {
    key.remove_suffix(key_beside_mark.size());
    return token_of_key(event, key, keys);
  }
  return token_of_key(event, event.key + std::string(key_beside_mark), keys);
}

MappedEvent map_event(LoggedEvent logged, const Rules& rules, const Keyring& keys,
                      std::optional<Date> today) {
  const auto& event = logged.event;
  std::optional<Outcome> outcome;
  if (event.kind == EventKind::change) outcome = outcome_of(event, rules, today);
  std::vector<KeyedStatement> said;
  if (auto* mapped = outcome ? std::get_if<Mapped>(&*outcome) : nullptr) {
    const auto digest = short_digest(event);
    std::uint32_t index = 0;
    for (auto& fact : std::exchange(mapped->facts, {})) {
      Statement statement(std::move(fact), event.source, event.received_at_us, logged.position.sequence,
                          index, digest);
      statement.origin = mapped->origins[index++];
      said.push_back(keyed(keys, std::move(statement), said));
    }
  }
  std::optional<Token> key, beside;
  if (!event.key.empty()) key = event_key(event, keys);
  if (!event.key.empty() && withdraws(said)) beside = key_beside(event, keys);
  return {std::move(logged), std::move(outcome), std::move(said), key, 0, 0, beside};
}

std::string event_digest(const Event& event) {
  Packer whole;
  whole.number(static_cast<std::uint64_t>(event.kind));
  for (const auto* part :
       {&event.source, &event.key, &event.content_type, &event.charset, &event.code, &event.body})
    whole.text(*part);
  if (event.body.empty()) whole.text(event.detail), whole.text(event.place);  // nothing else tells two apart
  if (run_of(event) != 0) whole.text(event.detail);  // what one run told, another may have to tell again
  auto digest = sha256(whole.bytes());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::uint64_t short_digest(const Event& event) {
  std::uint64_t digest = 0;
  std::memcpy(&digest, event_digest(event).data(), sizeof digest);
  return digest;
}

}  // namespace kinhub
