#pragma once
// The scan for possible matches: everybody without a citizen number that tells who they are is compared with
// whom they may be, and what only a person can decide is put into the review queue.

#include <cstddef>
#include <stop_token>

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/base/secrets.hpp"
#include "hub/linkage/rules.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

struct IdentityScanOptions {
  bool dry_run = false;  ///< counts, and writes nothing
  std::stop_token stop = {};
  OnProgress on_progress = {};
  // Limits. What is beyond them is counted, never left out silently.
  std::size_t probes_per_walk = 20'000;  ///< more: everybody is walked over again for the next so many
  std::size_t links_max = 2'000'000;     ///< pairs that are not different, kept in memory: the weightiest
  std::size_t queue_max = 100'000;       ///< entries of the queue: the weightiest
  std::size_t pairs_per_page = 500;      ///< entries written in one transaction
};

/// What a scan came to.
struct IdentityScanned {
  std::int64_t people = 0;          ///< looked at
  std::int64_t probes = 0;          ///< of them, without a number that tells who they are, or with a clash
  std::int64_t compared = 0;        ///< pairs
  std::int64_t waiting = 0;         ///< entries of the queue afterwards
  std::int64_t likely = 0;          ///< of them, with evidence enough
  std::int64_t opened = 0;          ///< entries that are new, or are back
  std::int64_t left = 0;            ///< entries that waited and do so no longer
  std::int64_t blocks_skipped = 0;  ///< keys with more bearers than the rules' limit
  std::int64_t names_skipped = 0;   ///< names with more bearers than Probes::bearers_max
  std::int64_t beyond = 0;          ///< pairs beyond the limits of memory and of the queue
  std::int64_t nameless = 0;        ///< pairs whose two bear nothing by which they could be told apart
  bool complete = true;             ///< false: stopped, or another scan took over; the next one does it all
};

/// Scans the whole record. Walks it in pages, each a transaction of its own, so events go on meanwhile; every
/// entry is decided anew in the transaction that writes it. Killed at any place, it has written whole
/// entries, and the next scan finds the same. Memory: see docs/identity.md.
IdentityScanned scan_identities(Store& store, const Keyring& keys, const linkage::LinkageRules& rules,
                                const Clock& clock, const IdentityScanOptions& options);

/// Key of the value in the store that says for which day the last whole scan was.
inline constexpr const char* last_identity_scan = "last identity scan";
/// Writes it down, after a scan that was complete.
void note_identity_scan(Store& store, Date today);

}  // namespace kinhub
