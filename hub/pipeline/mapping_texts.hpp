#pragma once
// The archive of mapping files in the store: each text once, under its digest, so that the origin of a fact
// can be shown after its mapping has changed.

#include <map>
#include <memory>
#include <optional>

#include "hub/pipeline/rules.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// Stores the mapping files of all sources that are not there yet; sealed, for their tests hold numbers.
void keep_mapping_texts(const Rules& rules, const Keyring& keys, ValueShelf& values);

/// Look-up by digest; nothing for a file that never made a fact here.
std::optional<MappingText> kept_mapping_text(ValueShelf& values, const Keyring& keys, std::uint64_t digest);

/// Cache of kept mapping files by digest, with the lines of their fields. On one thread.
class MappingArchive {
 public:
  explicit MappingArchive(const Keyring& keys) : keys_(keys) {}
  struct Kept {
    MappingText file;
    FieldLines lines;
  };
  /// Null for a file that never made a fact here. Valid as long as the archive.
  const Kept* find(ValueShelf& values, std::uint64_t digest);

 private:
  const Keyring& keys_;
  std::map<std::uint64_t, Kept> kept_;
};

}  // namespace kinhub
