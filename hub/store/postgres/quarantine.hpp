#pragma once
// The shelf of quarantine on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <algorithm>

#include "hub/store/postgres/session.hpp"
#include "hub/store/quarantine.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query add_quarantine{
    "add quarantine",
    "INSERT INTO quarantine (id, source, key, code, place, reason, mapping, "
    "received_at_us, attempts, bytes, digest, "
    "event_sequence, state, key_text, sealed) SELECT * FROM "
    "unnest($1::bigint[], $2::text[], $3::uuid[], $4::bytea[], "
    "$5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[], "
    "$10::bigint[], $11::bytea[], $12::bigint[], "
    "$13::bigint[], $14::bytea[], $15::bytea[])"};
inline constexpr Query update_quarantine{
    "update quarantine",
    "UPDATE quarantine SET state = $2::bigint, attempts = $3::bigint, code "
    "= $4::bytea, place = $5::bytea, reason = $6::bytea "
    "WHERE id = $1::bigint"};
#define KINHUB_QUARANTINE                                                                           \
  "SELECT id, source, key, code, place, reason, mapping, received_at_us, attempts, bytes, digest, " \
  "event_sequence, state, key_text"
inline constexpr Query all_quarantine{
    "all quarantine",
    KINHUB_QUARANTINE ", ''::bytea FROM quarantine WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};
inline constexpr Query state_quarantine{"state quarantine", KINHUB_QUARANTINE
                                        ", ''::bytea FROM quarantine WHERE state = $3::bigint "
                                        "AND id > $1::bigint ORDER BY id LIMIT $2::bigint"};
inline constexpr Query get_quarantine{"get quarantine",
                                      KINHUB_QUARANTINE ", sealed FROM quarantine WHERE id = $1::bigint"};
inline constexpr Query held_like{
    "held like", KINHUB_QUARANTINE
    ", ''::bytea FROM quarantine WHERE id IN ("
    "SELECT id FROM quarantine WHERE state = 0 AND digest = ANY($1::bytea[]) UNION "
    "SELECT id FROM quarantine WHERE state = 0 AND key = ANY($2::uuid[])) ORDER BY id"};
#undef KINHUB_QUARANTINE
inline constexpr Query add_mentions{"add mentions",
                                    "INSERT INTO held_mention SELECT * FROM unnest($1::uuid[], $2::bigint[]) "
                                    "ON CONFLICT DO NOTHING"};
inline constexpr Query drop_mentions{"drop mentions",
                                     "DELETE FROM held_mention WHERE quarantine = $1::bigint"};
inline constexpr Query get_mentions{
    "get mentions",
    "SELECT identifier, quarantine.id, source FROM held_mention JOIN quarantine ON "
    "quarantine.id = held_mention.quarantine WHERE identifier = ANY($1::uuid[])"};
inline constexpr Query first_mentions{
    "first mentions",
    "SELECT identifier, quarantine.id, source FROM held_mention JOIN quarantine ON "
    "quarantine.id = held_mention.quarantine LIMIT $1::bigint"};

}  // namespace sql

class Quarantine final : public QuarantineShelf, public Buffer {
 public:
  explicit Quarantine(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    if (quarantine_.empty()) return;
    Column id(Element::number), source(Element::text), key(Element::token), code(Element::bytes),
        place(Element::bytes), reason(Element::bytes), mapping(Element::bytes), received(Element::number),
        attempts(Element::number), bytes(Element::number), digest(Element::bytes),
        event_sequence(Element::number), state(Element::number), key_text(Element::bytes),
        sealed(Element::bytes);
    for (const auto& row : quarantine_) {
      id.add(row.id), source.add(row.source);
      if (row.key)
        key.add(row.key->view());
      else
        key.add_null();
      code.add(row.code), place.add(row.place), reason.add(row.reason), mapping.add(row.mapping);
      received.add(row.received_at_us), attempts.add(row.attempts), bytes.add(row.bytes),
          digest.add(row.digest);
      event_sequence.add(row.event_sequence), state.add(static_cast<std::int64_t>(row.state)),
          key_text.add(row.key_text);
      sealed.add(row.event);
    }
    Parameters parameters;
    for (auto* column : {&id, &source, &key, &code, &place, &reason, &mapping, &received, &attempts, &bytes,
                         &digest, &event_sequence, &state, &key_text, &sealed})
      parameters.add(std::move(*column));
    session_.queue(sql::add_quarantine, std::move(parameters));
    Column identifier(Element::token), held_by(Element::number);
    bool any = false;
    for (const auto& row : quarantine_)
      for (const auto& mention : row.mentions)
        identifier.add(mention.view()), held_by.add(row.id), any = true;
    if (any)
      session_.queue(sql::add_mentions, Parameters().add(std::move(identifier)).add(std::move(held_by)));
    quarantine_.clear();
  }

  std::int64_t add(const QuarantineRow& row) override {
    quarantine_.push_back(row);
    quarantine_.back().id = ++session_.last().quarantine;
    session_.kept_back(row.event.size());
    return session_.last().quarantine;
  }
  void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
              std::string_view place, std::string_view reason) override {
    flush();
    session_.queue(sql::update_quarantine, Parameters()
                                               .add(id)
                                               .add(static_cast<std::int64_t>(state))
                                               .add(attempts)
                                               .add(code)
                                               .add(place)
                                               .add(reason));
    if (state != QuarantineState::held) session_.queue(sql::drop_mentions, Parameters().add(id));
  }
  std::optional<QuarantineRow> find(std::int64_t id) override {
    flush();
    auto rows = quarantine_from(session_.ask(sql::get_quarantine, Parameters().add(id)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                  std::size_t count_max) override {
    flush();
    Parameters parameters;
    parameters.add(after).add(static_cast<std::int64_t>(count_max));
    if (state) parameters.add(static_cast<std::int64_t>(*state));
    return quarantine_from(
        session_.ask(state ? sql::state_quarantine : sql::all_quarantine, std::move(parameters)));
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    if (digests.empty() && keys.empty()) return {};
    flush();
    Column of_digests(Element::bytes, digests.size());
    for (const auto& digest : digests)
      of_digests.add(digest);
    return quarantine_from(
        session_.ask(sql::held_like, Parameters().add(std::move(of_digests)).add(tokens(keys))));
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    if (identifiers.empty()) return {};
    flush();
    return mentions_from(session_.ask(sql::get_mentions, Parameters().add(tokens(identifiers))));
  }
  std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) override {
    flush();
    auto rows = mentions_from(
        session_.ask(sql::first_mentions, Parameters().add(static_cast<std::int64_t>(count_max) + 1)));
    if (rows.size() > count_max) return std::nullopt;
    return rows;
  }

 private:
  static std::vector<HeldMention> mentions_from(const Rows& found) {
    std::vector<HeldMention> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({token_at(found, row, 0), found.number(row, 1), found.text(row, 2)});
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  static std::vector<QuarantineRow> quarantine_from(const Rows& found) {
    std::vector<QuarantineRow> rows;
    for (int at = 0; at < found.size(); ++at) {
      QuarantineRow row;
      row.id = found.number(at, 0), row.source = found.text(at, 1);
      if (!found.is_null(at, 2)) row.key = token_at(found, at, 2);
      row.code = found.text(at, 3), row.place = found.text(at, 4), row.reason = found.text(at, 5),
      row.mapping = found.text(at, 6);
      row.received_at_us = found.number(at, 7), row.attempts = found.number(at, 8),
      row.bytes = found.number(at, 9);
      row.digest = found.text(at, 10), row.event_sequence = found.number(at, 11);
      row.state = static_cast<QuarantineState>(found.number(at, 12)), row.key_text = found.text(at, 13),
      row.event = found.text(at, 14);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  Session& session_;
  std::vector<QuarantineRow> quarantine_;  ///< kept back
};

}  // namespace kinhub::postgres
