#pragma once
// The shelf of notices on SQLite.
// Included by sqlite_store.cpp alone.

#include <cassert>

#include "hub/base/sqlite.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/sqlite/answers.hpp"

namespace kinhub::sqlite {

struct NoticesQueries {
  explicit NoticesQueries(Database& of) : database(of) {}

  Database& database;
  Query add_notice{database, "INSERT INTO notice VALUES (?, ?)"};
  Query last_notice{database, "SELECT max(sequence) FROM notice"};
  Query get_notices{database,
                    "SELECT sequence, body FROM notice WHERE sequence > ? ORDER BY sequence LIMIT ?"};
};

class Notices final : public NoticeShelf {
 public:
  explicit Notices(NoticesQueries& sql) : sql_(sql) {}

  void add(const NoticeRow& row) override {
    assert(row.sequence > last());
    sql_.add_notice.bind(1, row.sequence).bind_text(2, row.body).run();
  }
  std::int64_t last() override { return one_number(sql_.last_notice); }
  std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) override {
    std::vector<NoticeRow> rows;
    auto& get = sql_.get_notices.bind(1, after).bind(2, static_cast<std::int64_t>(count_max));
    while (get.step())
      rows.push_back({get.number(0), get.text(1)});
    return rows;
  }

 private:
  NoticesQueries& sql_;
};

}  // namespace kinhub::sqlite
