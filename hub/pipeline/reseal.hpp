#pragma once
// Key rotation in the store: which keys its sealed values carry, and all of them sealed anew with the active
// key, page by page, while the hub runs.

#include <cstdint>
#include <map>
#include <string>

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/store/sealed_rows.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// How many sealed values carry a key. Without a header: they carry the first key.
using KeyCounts = std::map<KeyId, std::int64_t>;
/// Adds those of a header, as databases count them: "" is none.
void count_header(KeyCounts& counts, const Keyring& keys, std::string_view header, std::int64_t count);

/// Counts the sealed values of the store by key. The database counts by header where it can.
KeyCounts count_sealed(StoreTransaction& reading, const Keyring& keys);

/// A row's bytes sealed anew with the active key; nothing when they are already, or are not sealed. Throws
/// UnknownKey, and std::runtime_error when they cannot be opened.
std::optional<std::string> resealed(const Keyring& keys, SealedShelf shelf, const SealedRow& row);

/// What `reseal` did.
struct ResealReport {
  std::int64_t values = 0;       ///< sealed anew by this run
  bool resumed = false;          ///< went on where an interrupted one had stopped
  std::int64_t unreadable = 0;   ///< could not be opened and stayed as they are
  std::string first_unreadable;  ///< where and why
  std::int64_t other_keys = 0;   ///< that carry another key than the active one afterwards, all told
};
/// Seals every value of the store anew that carries another key than the active one. Pages of bounded size:
/// each is read and sealed outside a write transaction, in parallel, then replaced in a short one if nobody
/// has changed it meanwhile. A population walk: an interrupted run is gone on with. Between two pages it
/// waits as long as the page held the writer's lock. Throws Unavailable.
ResealReport reseal(Store& store, const Keyring& keys, const Clock& clock, const OnProgress& progress);

/// Seals the store's key probe anew with the active key: a key file without that key does not open the store
/// from then on.
void reseal_probe(Store& store, const Keyring& keys);

}  // namespace kinhub
