#pragma once
// What the shelves of one transaction on PostgreSQL share: the connection, the last numbers given, and the
// buffers of what is kept back.

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"
#include "hub/store/postgres/postgres.hpp"
#include "hub/store/tally.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query last_numbers{"last numbers",
                                    "SELECT coalesce((SELECT last FROM number WHERE name = 'person'), 0), "
                                    "coalesce((SELECT last FROM number WHERE name = 'lead'), 0), "
                                    "coalesce((SELECT last FROM number WHERE name = 'quarantine'), 0), "
                                    "coalesce((SELECT max(sequence) FROM notice), 0)"};
inline constexpr Query put_numbers{"put numbers",
                                   "INSERT INTO number SELECT * FROM unnest($1::text[], $2::bigint[]) ON "
                                   "CONFLICT (name) DO UPDATE SET last = excluded.last"};

// Kept counts (tally.hpp). What changes rows queues the change of their count before them, as what will be
// less what is: one writer at a time makes that exact, and a rollback takes both back.
inline constexpr Query get_tally{
    "get tally", "SELECT code, number FROM tally WHERE what = $1::bigint AND number <> 0 ORDER BY code"};

}  // namespace sql

/// Sequence counters: the last numbers given.
struct Numbers {
  std::int64_t person = 0, lead = 0, quarantine = 0, notice = 0;
};
inline Numbers numbers_from(const Rows& rows) {
  return {rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), rows.number(0, 3)};
}

/// Write-behind buffer of a shelf.
class Buffer {
 public:
  /// Queues what is kept back.
  virtual void flush() = 0;

 protected:
  ~Buffer() = default;
};

class Session {
 public:
  /// `last`: sequence counters, known from the beginning or looked up when asked for.
  Session(Connection& connection, int patience_ms, std::optional<Numbers> last)
      : connection_(connection), patience_ms_(patience_ms), stored_(last), last_(last) {}

  /// Enqueues a query that goes with the next one asked, or with the commit.
  void queue(const Query& query, Parameters parameters = {}) {
    connection_.queue(query, std::move(parameters));
  }
  /// Flushes what was queued together with this query; the answer to this one.
  Rows ask(const Query& query, Parameters parameters = {}) {
    connection_.queue(query, std::move(parameters));
    return std::move(connection_.exchange(patience_ms_).back());
  }
  /// Kept counts by code, in its order; those of which there is none are left out.
  std::vector<std::pair<std::int64_t, std::int64_t>> counts(Tally what) {
    std::vector<std::pair<std::int64_t, std::int64_t>> all;
    auto found = ask(sql::get_tally, Parameters().add(static_cast<std::int64_t>(what)));
    for (int row = 0; row < found.size(); ++row)
      all.emplace_back(found.number(row, 0), found.number(row, 1));
    return all;
  }
  std::int64_t count(Tally what, std::int64_t code = 0) {
    for (const auto& [of, number] : counts(what))
      if (of == code) return number;
    return 0;
  }
  Numbers& last() {
    if (!last_) last_ = stored_ = numbers_from(ask(sql::last_numbers));
    return *last_;
  }

  /// `buffer` takes part in flush_all, after those added before it.
  void add(Buffer& buffer) { buffers_.push_back(&buffer); }
  /// A buffer has taken so many bytes. Flushes all beyond a limit: a transaction of any size takes a bounded
  /// amount of memory.
  void kept_back(std::size_t bytes) {
    kept_back_bytes_ += bytes + 100;
    if (kept_back_bytes_ < kept_back_bytes_max) return;
    send_all();
  }
  /// Flushes all, and waits until the server has taken it.
  void send_all() {
    flush_all();
    if (connection_.queued() > 0) connection_.exchange(patience_ms_);
  }
  void flush_all() {
    for (auto* buffer : buffers_)
      buffer->flush();
    flush_numbers();
    kept_back_bytes_ = 0;
  }

 private:
  static constexpr std::size_t kept_back_bytes_max = 16 << 20;

  void flush_numbers() {
    if (!last_) return;
    Column name(Element::text), last(Element::number);
    bool any = false;
    auto keep = [&](std::string_view what, std::int64_t& stored, std::int64_t now) {
      if (stored != now) name.add(what), last.add(now), stored = now, any = true;
    };
    keep("person", stored_->person, last_->person);
    keep("lead", stored_->lead, last_->lead);
    keep("quarantine", stored_->quarantine, last_->quarantine);
    if (any) queue(sql::put_numbers, Parameters().add(std::move(name)).add(std::move(last)));
  }

  Connection& connection_;
  int patience_ms_;
  std::optional<Numbers> stored_, last_;
  std::vector<Buffer*> buffers_;
  std::size_t kept_back_bytes_ = 0;
};

inline Token token_at(const Rows& rows, int row, int column) {
  return Token::from(rows.bytes(row, column));
}
inline Column numbers(std::span<const PersonId> all) {
  Column column(Element::number, all.size());
  for (auto person : all)
    column.add(person.value);
  return column;
}
inline Column tokens(std::span<const Token> all) {
  Column column(Element::token, all.size());
  for (const auto& token : all)
    column.add(token.view());
  return column;
}
inline std::vector<PersonId> persons(const Rows& rows) {
  std::vector<PersonId> found;
  found.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row)
    found.push_back({rows.number(row, 0)});
  return found;
}

}  // namespace kinhub::postgres
