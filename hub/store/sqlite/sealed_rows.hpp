#pragma once
// SealedRows on SQLite.

#include "hub/base/sqlite.hpp"
#include "hub/store/sealed_rows.hpp"

namespace kinhub::sqlite {

/// REQUIRES: a transaction of `database`.
class SealedRows final : public kinhub::SealedRows {
 public:
  explicit SealedRows(const Database& database) : database_(database) {}
  std::vector<SealedRow> after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                               std::size_t count_max) override;
  void replace(SealedShelf shelf, std::span<const Resealed> rows) override;
  std::vector<std::pair<std::string, std::int64_t>> headers(SealedShelf shelf) override;

 private:
  const Database& database_;
};

}  // namespace kinhub::sqlite
