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
  Query get_disclosures{database, "SELECT at_us, sealed FROM disclosure ORDER BY id"};
};

class Audit final : public AuditShelf {
 public:
  explicit Audit(AuditQueries& sql) : sql_(sql) {}

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    sql_.add_disclosure.bind(1, at_us).bind_blob(2, sealed).run();
  }
  std::vector<std::pair<std::int64_t, std::string>> disclosures() override {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    auto& get = sql_.get_disclosures;
    while (get.step())
      rows.emplace_back(get.number(0), get.text(1));
    return rows;
  }

 private:
  AuditQueries& sql_;
};

}  // namespace kinhub::sqlite
