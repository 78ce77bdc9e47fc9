#pragma once
// SealedRows on PostgreSQL.

#include "hub/store/postgres/postgres.hpp"
#include "hub/store/sealed_rows.hpp"

namespace kinhub::postgres {

/// REQUIRES: a transaction of `connection`. The server's limit of time for a query is lifted in it: a page
/// may stand behind many rows that are left out.
class SealedRows final : public kinhub::SealedRows {
 public:
  explicit SealedRows(Connection& connection);
  std::vector<SealedRow> after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                               std::size_t count_max) override;
  void replace(SealedShelf shelf, std::span<const Resealed> rows) override;
  std::vector<std::pair<std::string, std::int64_t>> headers(SealedShelf shelf) override;

 private:
  Rows ask(const Query& query, Parameters parameters);
  Connection& connection_;
};

}  // namespace kinhub::postgres
