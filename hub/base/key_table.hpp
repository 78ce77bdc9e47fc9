#pragma once
// Tables of the keys of rule files: what a reader takes, and what editors are told by a JSON Schema.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// What may stand behind a key.
enum class Shape : std::uint8_t {
  text,         ///< any scalar
  texts,        ///< a scalar, or a list of them
  map,          ///< a map of the table that is named
  list,         ///< a list of maps of it
  named,        ///< a map of names of the author's own, each with a map of it
  named_texts,  ///< a map of names of the author's own, each with a scalar or a list
  text_or_map,
  text_or_list,
  named_any,  ///< a map of names of the author's own
  any
};

struct KeyRule {
  std::string_view key;
  Shape shape = Shape::text;
  std::string_view of = {};     ///< the table of its maps
  std::string_view alias = {};  ///< the same key in Chinese
  bool required = false;
};
using KeyTable = std::span<const KeyRule>;

struct NamedTable {
  std::string_view name;
  KeyTable keys;
};

inline std::vector<std::string> keys_of(KeyTable table) {
  std::vector<std::string> keys;
  for (const auto& rule : table)
    keys.emplace_back(rule.key);
  return keys;
}

}  // namespace kinhub
