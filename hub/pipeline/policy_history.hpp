#pragma once
// The history of the policies that a hub evaluated with: their texts, each set once under its digest, and
// from when on which counted, so that it can be asked what was due by what was known, and ruled, then.

#include <map>
#include <memory>
#include <string>

#include "hub/base/result.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/store/store.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// Notes that these policies count from a time on, unless they are the latest noted. Sealed, for their tests
/// may hold numbers.
void keep_policies(const Rules& rules, const Keyring& keys, ValueShelf& values, std::int64_t at_us);

/// Names the time since which these policies count: another one each time policies come to count, also when
/// they are those of before. "": none were noted yet.
std::string policies_since(ValueShelf& values);

/// Digest of the policies that counted at a time; "": none were noted by then.
std::string policies_at(ValueShelf& values, std::int64_t at_us);

/// Cache of the policies that once counted: each set of texts is parsed once. On one thread.
class PolicyBook {
 public:
  explicit PolicyBook(const Keyring& keys) : keys_(keys) {}
  /// The policies that counted then; the earliest ones known for a time before them; nothing where none were
  /// noted. Errors: POLICIES_OF_THEN, texts that this version of the program does not accept any more.
  Result<std::shared_ptr<const PolicySet>> as_known(ValueShelf& values, std::int64_t known_at_us);
  /// The policies whose texts are kept under a digest; nothing: none are. Errors as above.
  Result<std::shared_ptr<const PolicySet>> of_digest(ValueShelf& values, const std::string& digest);

 private:
  const Keyring& keys_;
  std::map<std::string, std::shared_ptr<const PolicySet>> read_;  // by digest
};

}  // namespace kinhub
