#pragma once
// Correcting events: what reconciliation brings in at the same door as everything else, with what it was
// compared with, so that nothing newer is undone: docs/decisions/0034-reconciliation.md.

#include <cstdint>
#include <string>
#include <vector>

#include "hub/base/keyed_digest.hpp"
#include "hub/record/statement.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

class Workspace;

/// Event::code of a correcting event.
inline constexpr char correction_code[] = "RECONCILED";

/// Makes a change a correcting event of a run. `compared`: of each statement it tells, in order, the digest
/// of what counts under its key (EntryRow::told).
void make_correction(Event& event, std::int64_t run, const std::vector<std::uint64_t>& compared);
/// The run that brought the event; 0: it is no correcting event.
std::int64_t run_of(const Event& event);
/// Optimistic lock: whether what counts under the keys is still what the run compared it with. True of any
/// other event.
bool stands_as_compared(const Event& event, const std::vector<KeyedStatement>& said, Workspace& people,
                        const Keyring& keys);

}  // namespace kinhub
