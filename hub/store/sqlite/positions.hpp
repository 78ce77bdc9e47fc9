#pragma once
// The shelf of checkpoints on SQLite.
// Included by sqlite_store.cpp alone.

#include "hub/base/sqlite.hpp"
#include "hub/store/positions.hpp"

namespace kinhub::sqlite {

struct PositionsQueries {
  explicit PositionsQueries(Database& of) : database(of) {}

  Database& database;
  Query get_position{database, "SELECT sequence, offset FROM place WHERE partition = ?"};
  Query first_position{database, "INSERT OR IGNORE INTO place VALUES (?, 0, -1)"};
  Query move_position{database,
                      "UPDATE place SET sequence = ?1, offset = ?2 WHERE partition = ?3 AND sequence = ?4 "
                      "AND ?5 = coalesce((SELECT epoch FROM lease WHERE lease.partition = ?3), 0)"};
};

class Positions final : public PositionShelf {
 public:
  explicit Positions(PositionsQueries& sql) : sql_(sql) {}

  StoredPosition at(std::string_view partition) override {
    sql_.get_position.bind_text(1, partition);
    if (!sql_.get_position.step()) return {};
    StoredPosition at{sql_.get_position.number(0), sql_.get_position.number(1)};
    sql_.get_position.reset();
    return at;
  }
  bool advance(const Advance& move) override {
    sql_.first_position.bind_text(1, move.partition).run();
    sql_.move_position.bind(1, move.to_sequence)
        .bind(2, move.to_offset)
        .bind_text(3, move.partition)
        .bind(4, move.from_sequence)
        .bind(5, move.lease_epoch)
        .run();
    return sqlite3_changes(sql_.database.handle()) == 1;
  }

 private:
  PositionsQueries& sql_;
};

}  // namespace kinhub::sqlite
