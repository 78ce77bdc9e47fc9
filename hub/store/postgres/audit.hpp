#pragma once
// The shelf of the audit log on PostgreSQL.
// Included by postgres_store.cpp alone.

#include "hub/store/audit.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query add_disclosure{
    "add disclosure", "INSERT INTO disclosure (at_us, sealed) VALUES ($1::bigint, $2::bytea)"};
inline constexpr Query get_disclosures{
    "get disclosures",
    "SELECT id, at_us, sealed FROM disclosure WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};

}  // namespace sql

class Audit final : public AuditShelf {
 public:
  explicit Audit(Session& session) : session_(session) {}

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    session_.queue(sql::add_disclosure, Parameters().add(at_us).add(sealed));
  }
  std::vector<DisclosureRow> page(std::int64_t after, std::size_t count_max) override {
    auto found =
        session_.ask(sql::get_disclosures, Parameters().add(after).add(static_cast<std::int64_t>(count_max)));
    std::vector<DisclosureRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.number(row, 0), found.number(row, 1), found.text(row, 2)});
    return rows;
  }

 private:
  Session& session_;
};

}  // namespace kinhub::postgres
