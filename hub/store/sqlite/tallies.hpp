#pragma once
// Kept counts on SQLite: changes gather in the transaction and are written once, before it commits.
// Included by sqlite_store.cpp alone.

#include <cstdint>
#include <map>
#include <utility>

#include "hub/base/sqlite.hpp"
#include "hub/store/sqlite/answers.hpp"
#include "hub/store/tally.hpp"

namespace kinhub::sqlite {

struct TallyQueries {
  explicit TallyQueries(Database& of) : database(of) {}

  Database& database;
  Query get{database, "SELECT code, number FROM tally WHERE what = ?"};
  Query add{database,
            "INSERT INTO tally VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET number = number + excluded.number"};
};

class Tallies {
 public:
  explicit Tallies(TallyQueries& sql) : sql_(sql) {}

  void change(Tally what, std::int64_t code, std::int64_t by) {
    if (by != 0) changes_[{what, code}] += by;
  }
  /// By code; those of which there is none are left out.
  std::map<std::int64_t, std::int64_t> counts(Tally what) {
    std::map<std::int64_t, std::int64_t> all;
    auto& get = sql_.get.bind(1, static_cast<std::int64_t>(what));
    while (get.step())
      all[get.number(0)] = get.number(1);
    for (const auto& [key, by] : changes_)
      if (key.first == what) all[key.second] += by;
    std::erase_if(all, [](const auto& one) { return one.second == 0; });
    return all;
  }
  std::int64_t count(Tally what, std::int64_t code = 0) {
    const auto all = counts(what);
    const auto at = all.find(code);
    return at == all.end() ? 0 : at->second;
  }
  /// Before the commit.
  void write() {
    for (const auto& [key, by] : changes_)
      if (by != 0)
        sql_.add.bind(1, static_cast<std::int64_t>(key.first)).bind(2, key.second).bind(3, by).run();
    changes_.clear();
  }

 private:
  TallyQueries& sql_;
  std::map<std::pair<Tally, std::int64_t>, std::int64_t> changes_;
};

}  // namespace kinhub::sqlite
