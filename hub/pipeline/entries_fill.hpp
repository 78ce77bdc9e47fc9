#pragma once
// Fills the index of entries of a store that held people before there was one: page by page, resumable,
// beside a hub at work.

#include <cstdint>
#include <functional>

#include "hub/base/secrets.hpp"

namespace kinhub {

class Store;
class ValueShelf;

/// Whether every history stands in the index: always, but in a store of a version before that is not filled.
bool entries_are_filled(ValueShelf& values);

/// Fills what is missing; a transaction for each page, so that an interruption costs one. How many people it
/// read: 0 where nothing was to be done. Throws DossierUnreadable: nothing may be concluded from an index
/// with a gap.
std::int64_t fill_entries(Store& store, const Keyring& keys,
                          const std::function<void(std::int64_t people)>& progress = {});

}  // namespace kinhub
