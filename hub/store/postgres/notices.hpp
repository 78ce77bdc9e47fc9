#pragma once
// The shelf of notices on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <cassert>

#include "hub/store/notices.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query add_notices{"add notices",
                                   "INSERT INTO notice SELECT * FROM unnest($1::bigint[], $2::text[])"};
inline constexpr Query get_notices{
    "get notices",
    "SELECT sequence, body FROM notice WHERE sequence > $1::bigint ORDER BY sequence LIMIT $2::bigint"};

}  // namespace sql

class Notices final : public NoticeShelf, public Buffer {
 public:
  explicit Notices(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    if (notices_.empty()) return;
    Column sequence(Element::number, notices_.size()), body(Element::text);
    for (const auto& row : notices_)
      sequence.add(row.sequence), body.add(row.body);
    session_.queue(sql::add_notices, Parameters().add(std::move(sequence)).add(std::move(body)));
    notices_.clear();
  }

  void add(const NoticeRow& row) override {
    assert(row.sequence > session_.last().notice);
    session_.last().notice = row.sequence;
    notices_.push_back(row);
    session_.kept_back(row.body.size());
  }
  std::int64_t last() override { return session_.last().notice; }
  std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) override {
    flush();
    std::vector<NoticeRow> rows;
    auto found =
        session_.ask(sql::get_notices, Parameters().add(after).add(static_cast<std::int64_t>(count_max)));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.number(row, 0), found.text(row, 1)});
    return rows;
  }

 private:
  Session& session_;
  std::vector<NoticeRow> notices_;  ///< kept back
};

}  // namespace kinhub::postgres
