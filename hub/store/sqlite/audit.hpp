#pragma once
// The shelf of the audit log on SQLite.
// Included by sqlite_store.cpp alone.

#include "hub/base/sqlite.hpp"
#include "hub/store/audit.hpp"

namespace kinhub::sqlite {

struct AuditQueries {
  explicit AuditQueries(Database& of) : database(of) {}

  Database& database;
  Query add_disclosure{database, "INSERT INTO disclosure (at_us, sealed) VALUES (?, ?)"};
  Query get_disclosures{database,
                        "SELECT id, at_us, sealed FROM disclosure WHERE id > ? ORDER BY id LIMIT ?"};
};

class Audit final : public AuditShelf {
 public:
  explicit Audit(AuditQueries& sql) : sql_(sql) {}

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    sql_.add_disclosure.bind(1, at_us).bind_blob(2, sealed).run();
  }
  std::vector<DisclosureRow> page(std::int64_t after, std::size_t count_max) override {
    std::vector<DisclosureRow> rows;
    auto& get = sql_.get_disclosures.bind(1, after).bind(2, static_cast<std::int64_t>(count_max));
    while (get.step())
      rows.push_back({get.number(0), get.number(1), get.text(2)});
    return rows;
  }

 private:
  AuditQueries& sql_;
};

}  // namespace kinhub::sqlite
