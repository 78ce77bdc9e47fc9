#pragma once
// The shelf of the audit log on PostgreSQL.
// Included by postgres_store.cpp alone.

#include "hub/store/audit.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query add_disclosure{
    "add disclosure", "INSERT INTO disclosure (at_us, sealed) VALUES ($1::bigint, $2::bytea)"};
inline constexpr Query get_disclosures{"get disclosures", "SELECT at_us, sealed FROM disclosure ORDER BY id"};

}  // namespace sql

class Audit final : public AuditShelf {
 public:
  explicit Audit(Session& session) : session_(session) {}

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    session_.queue(sql::add_disclosure, Parameters().add(at_us).add(sealed));
  }
  std::vector<std::pair<std::int64_t, std::string>> disclosures() override {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    auto found = session_.ask(sql::get_disclosures);
    for (int row = 0; row < found.size(); ++row)
      rows.emplace_back(found.number(row, 0), found.text(row, 1));
    return rows;
  }

 private:
  Session& session_;
};

}  // namespace kinhub::postgres
