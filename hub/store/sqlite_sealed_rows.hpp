#pragma once
// SealedRows on SQLite.

#include "hub/base/sqlite.hpp"
#include "hub/store/sealed_rows.hpp"

namespace kinhub {

/// REQUIRES: a transaction of `database`.
class SqliteSealedRows final : public SealedRows {
 public:
  explicit SqliteSealedRows(const sqlite::Database& database) : database_(database) {}
  std::vector<SealedRow> after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                               std::size_t count_max) override;
  void replace(SealedShelf shelf, std::span<const Resealed> rows) override;
  std::vector<std::pair<std::string, std::int64_t>> headers(SealedShelf shelf) override;

 private:
  const sqlite::Database& database_;
};

}  // namespace kinhub
