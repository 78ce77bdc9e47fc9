#include "hub/store/codes.hpp"

#include <algorithm>
#include <cassert>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

using Type = CodedColumn::Type;

// Of a dossier its header, nonce and tag (the first 47 bytes) stand for the whole: the tag authenticates it.
constexpr CodedColumn dossier[]{
    {"person", "person"},
    {"marks", "marks"},
    {"length(sealed)", "length(sealed)"},
    {"coalesce(substr(sealed, 1, 47), x'')", "substring(sealed from 1 for 47)", Type::bytes}};
constexpr CodedColumn position[]{
    {"partition", "partition", Type::text}, {"sequence", "sequence"}, {"offset", "log_offset"}};
constexpr CodedColumn lead[]{{"id", "id"},
                             {"person", "person"},
                             {"benefit", "benefit", Type::text},
                             {"kind", "kind"},
                             {"state", "state"},
                             {"opened_at_us", "opened_at_us"},
                             {"changed_at_us", "changed_at_us"},
                             {"revision", "revision"},
                             {"sealed", "sealed", Type::bytes},
                             {"anchor", "anchor", Type::token}};
constexpr CodedColumn decided[]{{"person", "person"},
                                {"benefit", "benefit", Type::text},
                                {"anchor", "anchor", Type::token},
                                {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn decision[]{
    {"lead", "lead"}, {"at_us", "at_us"}, {"verdict", "verdict"}, {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn notice[]{{"sequence", "sequence"}, {"body", "body", Type::text}};
// Without the event, which lists leave out: the row's digest of it is checked where it is opened.
constexpr CodedColumn quarantine[]{{"id", "id"},
                                   {"source", "source", Type::text},
                                   {"key", "key", Type::token},
                                   {"key_text", "key_text", Type::bytes},
                                   {"code", "code", Type::bytes},
                                   {"place", "place", Type::bytes},
                                   {"reason", "reason", Type::bytes},
                                   {"mapping", "mapping", Type::bytes},
                                   {"received_at_us", "received_at_us"},
                                   {"attempts", "attempts"},
                                   {"bytes", "bytes"},
                                   {"digest", "digest", Type::bytes},
                                   {"event_sequence", "event_sequence"},
                                   {"state", "state"}};
constexpr CodedColumn counter[]{{"source", "source", Type::text}, {"applied", "applied"},
                                {"filtered", "filtered"},         {"duplicate", "duplicate"},
                                {"quarantined", "quarantined"},   {"discarded", "discarded"},
                                {"repeated", "repeated"},         {"lost", "lost"},
                                {"unmatched", "unmatched"},       {"unnamed", "unnamed"}};
constexpr CodedColumn coverage[]{
    {"source", "source", Type::text}, {"loaded", "loaded"}, {"complete_until_us", "complete_until_us"}};
constexpr CodedColumn value[]{{"name", "name", Type::text}, {"value", "value", Type::bytes}};
constexpr CodedColumn dated[]{
    {"name", "name", Type::text}, {"at_us", "at_us"}, {"value", "value", Type::bytes}};
constexpr CodedColumn payment_list[]{{"id", "id"},
                                     {"region", "region"},
                                     {"state", "state"},
                                     {"changed_at_us", "changed_at_us"},
                                     {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn payment_line[]{
    {"list", "list"}, {"line", "line"}, {"payee", "payee", Type::token}, {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn payment_ledger[]{
    {"id", "id"}, {"payee", "payee", Type::token}, {"state", "state"}, {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn account[]{
    {"id", "id"}, {"name", "name", Type::token}, {"revision", "revision"}, {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn session[]{{"digest", "digest", Type::bytes}, {"account", "account"},
                                {"since_us", "since_us"},          {"seen_us", "seen_us"},
                                {"fresh_us", "fresh_us"},          {"ends_us", "ends_us"},
                                {"place", "place", Type::text}};
constexpr CodedColumn slip[]{{"kind", "kind"},
                             {"name", "name", Type::text},
                             {"account", "account"},
                             {"until_us", "until_us"},
                             {"sealed", "sealed", Type::bytes}};
constexpr CodedColumn issued[]{{"series", "series", Type::text},
                               {"version", "version"},
                               {"issued_at_us", "issued_at_us"},
                               {"sealed", "sealed", Type::bytes}};

constexpr CodedColumn open_lead[]{{"person", "person"}, {"id", "id"}};
constexpr CodedColumn line_of[]{{"payee", "payee", Type::token}, {"list", "list"}, {"line", "line"}};
constexpr CodedColumn held_digest[]{{"digest", "digest", Type::bytes}, {"id", "id"}};
constexpr CodedColumn held_key[]{{"key", "key", Type::token}, {"id", "id"}};
constexpr char open_leads[] = "(SELECT person, id FROM lead WHERE state = 0) AS open_lead";
constexpr char held_digests[] = "(SELECT digest, id FROM quarantine WHERE state = 0) AS held";
constexpr char held_keys[] = "(SELECT key, id FROM quarantine WHERE state = 0 AND key IS NOT NULL) AS held";

constexpr CodedWords all_words[]{{"dossier", "dossier", 1, dossier},
                                 {"place", "place", 1, position},
                                 {"lead", "lead", 1, lead},
                                 {"decided", "decided", 3, decided},
                                 {"decision", "decision", 3, decision},
                                 {"notice", "notice", 1, notice},
                                 {"quarantine", "quarantine", 1, quarantine},
                                 {"counter", "counter", 1, counter},
                                 {"coverage", "coverage", 1, coverage},
                                 {"value", "value", 1, value},
                                 {"dated", "dated", 2, dated},
                                 {"payment_list", "payment_list", 1, payment_list},
                                 {"payment_line", "payment_line", 2, payment_line},
                                 {"payment_ledger", "payment_ledger", 1, payment_ledger},
                                 {"account", "account", 1, account},
                                 {"account_session", "account_session", 1, session},
                                 {"slip", "slip", 2, slip},
                                 {"issued", "issued", 2, issued},
                                 {open_leads, open_leads, 2, open_lead},
                                 {"payment_line", "payment_line", 3, line_of},
                                 {held_digests, held_digests, 2, held_digest},
                                 {held_keys, held_keys, 2, held_key}};
static_assert(std::size(all_words) == coded_tables.size());

void append_big_endian(std::string& out, std::int64_t number) {
  const auto value = static_cast<std::uint64_t>(number) ^ (std::uint64_t{1} << 63);  // negative ones first
  for (int shift = 56; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift & 0xFF);
}

bool is_plain(std::string_view text) {
  for (unsigned char c : text)
    if (c < 0x20 || c == 0x7F) return false;
  return true;
}

}  // namespace

const CodedWords& words_of(Coded table) {
  return all_words[static_cast<std::size_t>(table)];
}

std::string_view name_of(Coded table) {
  if (table == Coded::open_lead) return "open_lead";
  if (table == Coded::line_of) return "line_of_payee";
  if (table == Coded::held_digest) return "held_digest";
  if (table == Coded::held_key) return "held_key";
  return words_of(table).sqlite_table;
}

std::string behind_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF')
    prefix.pop_back();
  if (prefix.empty()) return std::string(256, '\xFF');
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string code_key(std::span<const Cell> key) {
  std::string out;
  for (const auto& cell : key) {
    if (cell.kind == Cell::Kind::number) {
      append_big_endian(out, cell.number);
    } else {
      assert(cell.kind == Cell::Kind::bytes);
      out += cell.bytes;
      if (&cell != &key.back()) out += '\0';  // no name, benefit or partition has one
    }
  }
  return out;
}

std::string key_text(std::span<const Cell> key) {
  std::string out;
  for (const auto& cell : key) {
    if (!out.empty()) out += ' ';
    if (cell.kind == Cell::Kind::number)
      out += std::to_string(cell.number);
    else
      out += is_plain(cell.bytes) ? cell.bytes : hex(cell.bytes.substr(0, 16));
  }
  return out;
}

std::string key_text_of(Coded table, std::string_view key) {
  const auto& words = words_of(table);
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < words.key_size; ++i) {
    if (words.columns[i].type == Type::number) {
      if (key.size() < 8) break;
      std::uint64_t value = 0;
      for (unsigned char c : key.substr(0, 8))
        value = value << 8 | c;
      cells.push_back(Cell::of(static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63))));
      key.remove_prefix(8);
      continue;
    }
    // Bytes may hold any: where numbers alone follow, their place is known.
    const auto rest = words.columns.subspan(i + 1, words.key_size - i - 1);
    const bool numbers_follow = std::all_of(
        rest.begin(), rest.end(), [](const CodedColumn& column) { return column.type == Type::number; });
    const auto end = rest.empty()                                     ? key.size()
                     : numbers_follow && key.size() > 8 * rest.size() ? key.size() - 8 * rest.size() - 1
                                                                      : key.find('\0');
    cells.push_back(Cell::of(key.substr(0, end)));
    key.remove_prefix(end == std::string_view::npos ? key.size() : std::min(key.size(), end + 1));
  }
  return key_text(cells);
}

}  // namespace kinhub
