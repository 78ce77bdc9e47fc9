#pragma once
// Scrub: reads the coded rows of a store, stretch by stretch, and compares them with their codes and the
// running digests. `doctor` reads everything; the night round goes on where its budget ended.

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/store/coded_store.hpp"

namespace kinhub {

/// A row, or a stretch of rows, that is not as the hub wrote it.
struct RowFinding {
  Coded table{};
  std::string key;   ///< code_key(); empty: a stretch
  std::string text;  ///< for people: "17", "1024 to 2047"
  std::string code;  ///< damage_text()
};

/// One stretch of a table, checked in one transaction.
struct StretchCheck {
  std::vector<RowFinding> findings;
  std::int64_t rows = 0;
  RowSum found;                       ///< of the codes that stand there
  std::int64_t first = 0, until = 0;  ///< its numbers; of a table without parts all
  bool sums_differ = false;
};
StretchCheck check_stretch(StoreTransaction& transaction, RowCodes& codes, const RunningDigests& digests,
                           Coded table, std::int64_t part);
/// How many stretches a table has: at least one.
std::int64_t stretches(const RunningDigests& digests, Coded table);

/// Of people in [first, until) those whose record is older than what the indexes know of it.
using OlderPeople =
    std::function<std::vector<PersonId>(StoreTransaction&, std::int64_t first, std::int64_t until)>;

struct ScrubOptions {
  std::int64_t cpu_ms_max = 60'000;  ///< of the calling thread
  std::stop_token stop = {};
  OlderPeople older = {};  ///< names dossiers that were put back where the digests tell a stretch only
};
struct Scrubbed {
  std::int64_t rows = 0;
  std::vector<DamagedRow> found;  ///< that were not known before
  bool complete = false;          ///< it has come round: every row was read since the last time it had
};
/// Goes on where the last one ended. What it finds is noted; rows that were put back are set aside; the
/// digests of that stretch begin anew, so that each damage is told once.
Scrubbed scrub(CodedStore& store, const ScrubOptions& options);

/// Reads everything and writes nothing; `progress` gets the table.
std::vector<RowFinding> check_rows(Store& store, const Keyring& keys, const OlderPeople& older,
                                   const std::function<void(std::string_view)>& progress = {});

}  // namespace kinhub
