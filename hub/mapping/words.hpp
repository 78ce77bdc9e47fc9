#pragma once
// Vocabulary of mapping files, from the tables that the reader itself uses: what `kinhub map words` prints.

#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// A helper of expressions, its use and the type of what it gives (of first_of: that of its parts).
struct HelperWord {
  std::string_view name, use, gives;
};
std::vector<HelperWord> mapping_helpers();

}  // namespace kinhub
