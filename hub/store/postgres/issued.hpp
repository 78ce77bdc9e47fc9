#pragma once
// The shelf of issued reports on PostgreSQL. They are few: nothing is kept back.
// Included by postgres_store.cpp alone.

#include "hub/store/issued.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query add_issued{"add issued",
                                  "INSERT INTO issued VALUES ($1::text, $2::bigint, $3::bigint, $4::bytea) "
                                  "ON CONFLICT DO NOTHING RETURNING 1::bigint"};
#define KINHUB_ISSUED "SELECT series, version, issued_at_us, sealed FROM issued "
inline constexpr Query find_issued{"find issued",
                                   KINHUB_ISSUED "WHERE series = $1::text AND version = $2::bigint"};
inline constexpr Query latest_issued{"latest issued",
                                     KINHUB_ISSUED "WHERE series = $1::text ORDER BY version DESC LIMIT 1"};
inline constexpr Query page_of_issued{"page of issued", KINHUB_ISSUED
                                      "WHERE (series, version) > ($1::text, $2::bigint) ORDER BY series, "
                                      "version LIMIT $3::bigint"};
#undef KINHUB_ISSUED

}  // namespace sql

class Issued final : public IssuedShelf {
 public:
  explicit Issued(Session& session) : session_(session) {}

  bool add(const IssuedRow& row) override {
    return session_
               .ask(sql::add_issued,
                    Parameters().add(row.series).add(row.version).add(row.issued_at_us).add(row.content))
               .size() > 0;
  }
  std::optional<IssuedRow> find(std::string_view series, std::int64_t version) override {
    return one_of(session_.ask(sql::find_issued, Parameters().add(series).add(version)));
  }
  std::optional<IssuedRow> latest(std::string_view series) override {
    return one_of(session_.ask(sql::latest_issued, Parameters().add(series)));
  }
  std::vector<IssuedRow> page(std::string_view series, std::int64_t version, std::size_t count_max) override {
    return rows_of(session_.ask(sql::page_of_issued, Parameters().add(series).add(version).add(
                                                         static_cast<std::int64_t>(count_max))));
  }

 private:
  static std::vector<IssuedRow> rows_of(const Rows& found) {
    std::vector<IssuedRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1), found.number(row, 2), found.text(row, 3)});
    return rows;
  }
  static std::optional<IssuedRow> one_of(const Rows& found) {
    auto rows = rows_of(found);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
  }

  Session& session_;
};

}  // namespace kinhub::postgres
