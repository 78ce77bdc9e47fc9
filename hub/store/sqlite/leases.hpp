#pragma once
// Leases and nodes on SQLite: each function within a short transaction of its own.
// Included by sqlite_store.cpp alone.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "hub/base/sqlite.hpp"
#include "hub/store/leases.hpp"
#include "hub/store/sqlite/answers.hpp"

namespace kinhub::sqlite {

struct LeaseQueries {
  explicit LeaseQueries(Database& of) : database(of) {}

  Database& database;
  Query get_leases{database,
                   "SELECT partition, owner, epoch, until_ms - ?1 FROM lease WHERE ?2 = '' OR "
                   "owner = ?2 ORDER BY partition"};
  Query take_lease{
      database,
      "INSERT INTO lease VALUES (?1, ?2, 1, ?4 + ?5) ON CONFLICT DO UPDATE SET owner = excluded.owner, "
      "epoch = epoch + 1, until_ms = excluded.until_ms WHERE epoch = ?3 AND (until_ms <= ?4 OR owner = "
      "excluded.owner)"};
  Query lease_epoch{database, "SELECT epoch FROM lease WHERE partition = ?"};
  Query renew_leases{database, "UPDATE lease SET until_ms = ? WHERE owner = ?"};
  Query release_lease{
      database, "UPDATE lease SET until_ms = 0, owner = '' WHERE partition = ? AND owner = ? AND epoch = ?"};
  Query see_node{database,
                 "INSERT INTO node VALUES (?, ?) ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms"};
  Query get_nodes{database,
                  "SELECT name, ?1 - seen_ms FROM node WHERE seen_ms > ?1 - 86400000 ORDER BY name"};
  Query forget_node{database, "DELETE FROM node WHERE name = ?"};
};

class Leases {
 public:
  Leases(LeaseQueries& sql, std::int64_t now_ms) : sql_(sql), now_ms_(now_ms) {}

  std::vector<LeaseRow> all() { return leases_from(sql_.get_leases.bind(1, now_ms_).bind_text(2, "")); }
  std::optional<std::int64_t> take(std::string_view partition, std::string_view owner,
                                   std::int64_t seen_epoch, std::int64_t duration_ms) {
    if (one_number(sql_.lease_epoch.bind_text(1, partition)) != seen_epoch) return std::nullopt;
    sql_.take_lease.bind_text(1, partition)
        .bind_text(2, owner)
        .bind(3, seen_epoch)
        .bind(4, now_ms_)
        .bind(5, duration_ms)
        .run();
    if (sqlite3_changes(sql_.database.handle()) == 0) return std::nullopt;
    return seen_epoch + 1;
  }
  std::vector<LeaseRow> renew(std::string_view owner, std::int64_t duration_ms) {
    sql_.see_node.bind_text(1, owner).bind(2, now_ms_).run();
    sql_.renew_leases.bind(1, now_ms_ + duration_ms).bind_text(2, owner).run();
    return leases_from(sql_.get_leases.bind(1, now_ms_).bind_text(2, owner));
  }
  void release(std::string_view partition, std::string_view owner, std::int64_t epoch) {
    sql_.release_lease.bind_text(1, partition).bind_text(2, owner).bind(3, epoch).run();
  }
  std::vector<NodeRow> nodes() {
    std::vector<NodeRow> rows;
    auto& get = sql_.get_nodes.bind(1, now_ms_);
    while (get.step())
      rows.push_back({get.text(0), get.number(1)});
    return rows;
  }
  void forget(std::string_view name) { sql_.forget_node.bind_text(1, name).run(); }

 private:
  static std::vector<LeaseRow> leases_from(Query& get) {
    std::vector<LeaseRow> rows;
    while (get.step())
      rows.push_back({get.text(0), get.text(1), get.number(2), get.number(3)});
    return rows;
  }
  LeaseQueries& sql_;
  std::int64_t now_ms_;
};

}  // namespace kinhub::sqlite
