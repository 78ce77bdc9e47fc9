#include "hub/store/scrub.hpp"

#include <time.h>

#include <algorithm>
#include <limits>
#include <map>

#include "hub/base/bytes.hpp"
#include "hub/base/clock.hpp"
#include "hub/store/coded_shelves.hpp"

namespace kinhub {
namespace {

constexpr std::size_t rows_per_page = 1000;
constexpr char place_name[] = "scrub place";

std::int64_t cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1000 + now.tv_nsec / 1'000'000;
}

/// The codes of a stretch as they stand, by key.
std::map<std::string, std::uint64_t> codes_of(StoreTransaction& transaction, Coded table, bool parted,
                                              std::int64_t first, std::int64_t until) {
  std::map<std::string, std::uint64_t> all;
  std::string after =
      parted && first > 0 ? code_key(std::array{Cell::of(first - 1)}) + std::string(64, '\xFF') : "";
  for (;;) {
    auto rows = transaction.codes().page(table, after, rows_per_page);
    for (auto& row : rows) {
      if (parted && number_in(row.key) >= until) return all;
      all.emplace(row.key, row.code);
    }
    if (rows.size() < rows_per_page) return all;
    after = rows.back().key;
  }
}

/// Reads the rows of a stretch and compares each with its code. What is left of `codes` has no row.
void check_each(StoreTransaction& transaction, RowCodes& by, Coded table, bool parted,
                std::map<std::string, std::uint64_t>& codes, StretchCheck& check) {
  const auto key_size = words_of(table).key_size;
  std::optional<PlainRow> after;
  const auto find = [&](const std::string& key, std::span<const Cell> cells, const char* code) {
    check.findings.push_back({table, key, key_text(cells.first(key_size)), code});
  };
  for (;;) {
    auto rows = transaction.codes().rows(table, after ? &*after : nullptr, check.first, rows_per_page);
    for (const auto& row : rows) {
      if (parted && row.cells[0].number >= check.until) return;
      const auto key = code_key(std::span(row.cells).first(key_size));
      if (table == Coded::value && coded::is_uncoded_value(key)) continue;
      ++check.rows;
      const auto must = by.of(table, row.cells);
      if (table == Coded::dossier) {
        if (row.code != must) find(key, row.cells, "ROW_CODE");
        check.found.add(number_in(key), by.term(table, key, row.code));
        continue;
      }
      const auto at = codes.find(key);
      if (at == codes.end()) {
        find(key, row.cells, "ROW_WITHOUT_CODE");
        continue;
      }
      if (at->second != must) find(key, row.cells, "ROW_CODE");
      codes.erase(at);
    }
    if (rows.size() < rows_per_page) return;
    after = std::move(rows.back());
  }
}

std::string stretch_text(const StretchCheck& check, bool parted) {
  if (!parted) return "all rows";
  if (check.until == std::numeric_limits<std::int64_t>::max())
    return std::to_string(std::max<std::int64_t>(check.first, 0)) + " and on";
  return std::to_string(std::max<std::int64_t>(check.first, 0)) + " to " + std::to_string(check.until - 1);
}

/// Names the row by which the sums differ, if it is one; else the stretch.
void locate(RowCodes& by, Coded table, bool parted, const RowSum& kept, std::int64_t bound,
            const std::map<std::string, std::uint64_t>& codes, StretchCheck& check) {
  const auto at = differing_row(check.found, kept);
  const bool one = std::abs(check.found.rows - kept.rows) <= 1;
  const char* code = check.found.rows < kept.rows ? "ROW_MISSING" : "ROW_PUT_BACK";
  if (at && one && parted && *at >= std::max<std::int64_t>(check.first, 0) && *at < bound) {
    std::string key;
    for (const auto& [known, unused] : codes)
      if (number_in(known) == *at) key = known;
    if (table == Coded::dossier) key = code_key(std::array{Cell::of(*at)});
    check.findings.push_back({table, key, key.empty() ? std::to_string(*at) : key_text_of(table, key), code});
    return;
  }
  if (at && one && !parted) {
    for (const auto& [key, unused] : codes)
      if (by.number_of(key) == *at) {
        check.findings.push_back({table, key, key_text_of(table, key), code});
        return;
      }
    if (check.found.rows < kept.rows) {
      check.findings.push_back({table, "", "a row that is gone", code});
      return;
    }
  }
  check.findings.push_back({table, "", stretch_text(check, parted), "ROWS_DIFFER"});
}

struct Place {
  std::size_t table = 0;
  std::int64_t part = 0;
  std::string bytes() const {
    Packer out;
    out.number(table), out.signed_number(part);
    return out.take();
  }
  static Place read(std::string_view bytes) {
    Place at;
    if (bytes.empty()) return at;
    Unpacker in(bytes);
    at.table = static_cast<std::size_t>(in.number()), at.part = in.signed_number();
    if (at.table >= coded_tables.size()) at = {};
    return at;
  }
};

/// Puts rows in the place of a stretch where somebody can tell which they are.
void name_older(StoreTransaction& transaction, const OlderPeople& older, StretchCheck& check) {
  if (!older || !check.sums_differ) return;
  for (auto person : older(transaction, check.first, check.until)) {
    const auto key = code_key(std::array{Cell::of(person.value)});
    const bool known = std::any_of(check.findings.begin(), check.findings.end(),
                                   [&](const RowFinding& one) { return one.key == key; });
    if (!known) check.findings.push_back({Coded::dossier, key, std::to_string(person.value), "ROW_PUT_BACK"});
  }
}

}  // namespace

std::int64_t stretches(const RunningDigests& digests, Coded table) {
  const auto at = digests.tables.find(table);
  return at == digests.tables.end() || !has_parts(table) ? 1 : std::max<std::int64_t>(at->second.parts(), 1);
}

StretchCheck check_stretch(StoreTransaction& transaction, RowCodes& by, const RunningDigests& digests,
                           Coded table, std::int64_t part) {
  StretchCheck check;
  const bool parted = has_parts(table);
  const auto at = digests.tables.find(table);
  const TableDigest none;
  const auto& digest = at == digests.tables.end() ? none : at->second;
  check.first = parted && part > 0 ? digest.first_of(part) : std::numeric_limits<std::int64_t>::min();
  check.until = parted && part + 1 < digest.parts() ? digest.first_of(part + 1)
                                                    : std::numeric_limits<std::int64_t>::max();
  std::map<std::string, std::uint64_t> codes;
  if (table != Coded::dossier) codes = codes_of(transaction, table, parted, check.first, check.until);
  for (const auto& [key, code] : codes)
    check.found.add(parted ? number_in(key) : by.number_of(key), by.term(table, key, code));
  auto left = codes;
  check_each(transaction, by, table, parted, left, check);
  for (const auto& [key, unused] : left)
    check.findings.push_back({table, key, key_text_of(table, key), "ROW_MISSING"});
  const auto kept = digest.sum(part);
  check.sums_differ = !digests.broken && !(check.found == kept);
  if (check.sums_differ) {
    const auto before = check.findings.size();
    // Numbers that were given are below the bound: sums of several rows point anywhere.
    locate(by, table, parted, kept, digest.first_of(std::max(part + 1, digest.parts())), codes, check);
    // The row of which the code is wrong may be the very one.
    const auto& located = check.findings.back();
    for (std::size_t i = 0; i < before; ++i)
      if (check.findings[i].text == located.text) {
        check.findings.pop_back();
        break;
      }
  }
  return check;
}

std::vector<RowFinding> check_rows(Store& store, const Keyring& keys, const OlderPeople& older,
                                   const std::function<void(std::string_view)>& progress) {
  std::vector<RowFinding> all;
  RowCodes codes(keys);
  for (const auto table : coded_tables) {
    if (progress) progress(name_of(table));
    for (std::int64_t part = 0;; ++part) {
      auto reading = store.begin(Store::For::reading);  // one of its own: no long one holds others up
      std::optional<RunningDigests> digests;
      try {
        digests = stored_digests(*reading, keys);
      } catch (const UnknownKey&) {
        throw;
      } catch (const std::runtime_error&) {
      }
      if (!digests) {
        digests.emplace();
        digests->broken = true;
        if (table == Coded::dossier)
          all.push_back({Coded::value, std::string(digests_name), digests_name, "CODES_REMOVED"});
      }
      auto check = check_stretch(*reading, codes, *digests, table, part);
      if (table == Coded::dossier) name_older(*reading, older, check);
      std::move(check.findings.begin(), check.findings.end(), std::back_inserter(all));
      if (part + 1 >= stretches(*digests, table)) break;
    }
  }
  return all;
}

/// Begins the digests anew from the codes that stand there, after they were lost: what was put back before
/// is not seen any more.
static void renew_if_broken(CodedStore& store, RowCodes& by) {
  try {
    const auto stored = stored_digests(*store.begin(Store::For::reading), store.keys());
    if (stored && !stored->broken) return;
  } catch (const UnknownKey&) {
    throw;
  } catch (const std::runtime_error&) {  // the writer notes it
  }
  auto writing = store.begin(Store::For::writing);
  auto& digests = CodedStore::digests_in(*writing);
  digests.tables.clear();
  for (const auto table : coded_tables) {
    if (table == Coded::dossier) {
      std::optional<PlainRow> after;
      for (;;) {
        auto rows = writing->codes().rows(table, after ? &*after : nullptr, 0, rows_per_page);
        for (const auto& row : rows)
          digests.add(table, code_key(std::span(row.cells).first(1)), row.code, by);
        if (rows.size() < rows_per_page) break;
        after = std::move(rows.back());
      }
      continue;
    }
    std::string after;
    for (;;) {
      const auto rows = writing->codes().page(table, after, rows_per_page);
      for (const auto& row : rows) {
        digests.add(table, row.key, row.code, by);
        if (table == Coded::lead) digests.last_lead = std::max(digests.last_lead, number_in(row.key));
      }
      if (rows.size() < rows_per_page) break;
      after = rows.back().key;
    }
  }
  digests.broken = false;
  writing->values().put(place_name, "");
  writing->commit();
}

Scrubbed scrub(CodedStore& store, const ScrubOptions& options) {
  Scrubbed done;
  RowCodes codes(store.keys());
  renew_if_broken(store, codes);
  const auto began_ms = cpu_ms();
  auto at = Place::read(store.begin(Store::For::reading)->values().get(place_name));
  while (!options.stop.stop_requested()) {
    const auto table = coded_tables[at.table];
    bool clean = false;
    std::int64_t parts = 1;
    {
      auto reading = store.begin(Store::For::reading);
      try {
        const auto digests = stored_digests(*reading, store.keys());
        if (digests) {
          const auto check = check_stretch(*reading, codes, *digests, table, at.part);
          parts = stretches(*digests, table);
          clean = check.findings.empty();
          if (clean) done.rows += check.rows;
        }
      } catch (const UnknownKey&) {
        throw;
      } catch (const std::runtime_error&) {  // the writer begins the digests anew
      }
    }
    auto writing = store.begin(Store::For::writing);
    if (!clean) {
      auto& digests = CodedStore::digests_in(*writing);
      auto check = check_stretch(*writing, codes, digests, table, at.part);
      parts = stretches(digests, table);
      done.rows += check.rows;
      if (table == Coded::dossier) name_older(*writing, options.older, check);
      if (check.sums_differ) digests.tables[table].put(at.part, check.found);
      std::vector<DamagedRow> damages;
      const auto now_us = SystemClock().now_us();
      for (const auto& one : check.findings) {
        damages.push_back({std::string(name_of(table)), one.text, one.code, now_us});
        if (one.code == "ROW_PUT_BACK" && !one.key.empty()) CodedStore::condemn(*writing, table, one.key);
      }
      const auto known = damaged_rows(writing->values());
      for (const auto& one : damages)
        if (std::none_of(known.begin(), known.end(), [&](const DamagedRow& other) {
              return other.table == one.table && other.key == one.key;
            }))
          done.found.push_back(one);
      note_damaged(writing->values(), damages);
    }
    at = at.part + 1 < parts ? Place{at.table, at.part + 1} : Place{at.table + 1, 0};
    if (at.table >= coded_tables.size()) {
      at = {};
      done.complete = true;
    }
    writing->values().put(place_name, at.bytes());
    writing->commit();
    if (done.complete || cpu_ms() - began_ms >= options.cpu_ms_max) break;
  }
  return done;
}

}  // namespace kinhub
