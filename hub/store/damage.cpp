#include "hub/store/damage.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::size_t damages_max = 1000;  // more is damage of the whole store

void put(ValueShelf& values, const std::vector<DamagedRow>& all) {
  Packer out;
  out.number(all.size());
  for (const auto& one : all)
    out.text(one.table), out.text(one.key), out.text(one.code), out.signed_number(one.found_us);
  values.put(damages_name, all.empty() ? std::string() : out.take());
}

}  // namespace

std::string damage_text(std::string_view code) {
  if (code == "ROW_CODE") return "the row is not as the hub wrote it";
  if (code == "ROW_WITHOUT_CODE") return "the hub did not write this row";
  if (code == "ROW_MISSING") return "the hub wrote this row, and it is gone";
  if (code == "ROW_PUT_BACK") return "an older version of the row was put back, or it was added or taken out";
  if (code == "ROWS_DIFFER") return "several rows of this stretch were put back, added or taken out";
  if (code == "CODES_REMOVED") return "the running digests of the store were taken out or cannot be opened";
  if (code == "DOSSIER_UNREADABLE") return "the record of a person cannot be read";
  if (code == "MARKS_DIFFER") return "the marks beside a record do not say what is kept of the person";
  if (code == "RECORD_GONE") return "it speaks of a person or a lead that is not there";
  if (code == "INDEX_DIFFERS") return "an index does not say what the record says: it is rebuilt from it";
  return "the row cannot be used";
}

std::vector<DamagedRow> damaged_rows(ValueShelf& values) {
  const auto bytes = values.get(damages_name);
  std::vector<DamagedRow> all;
  if (bytes.empty()) return all;
  Unpacker in(bytes);
  for (auto count = in.count(); count > 0; --count) {
    DamagedRow one;
    one.table = in.text(), one.key = in.text(), one.code = in.text(), one.found_us = in.signed_number();
    all.push_back(std::move(one));
  }
  return all;
}

std::size_t note_damaged(ValueShelf& values, const std::vector<DamagedRow>& found) {
  if (found.empty()) return 0;
  auto all = damaged_rows(values);
  std::size_t added = 0;
  for (const auto& one : found) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const DamagedRow& other) {
      return other.table == one.table && other.key == one.key;
    });
    if (known || all.size() >= damages_max) continue;
    all.push_back(one);
    ++added;
  }
  if (added > 0) put(values, all);
  return added;
}

bool settle_damage(ValueShelf& values, const std::string& table, const std::string& key) {
  auto all = damaged_rows(values);
  const auto gone =
      std::erase_if(all, [&](const DamagedRow& one) { return one.table == table && one.key == key; });
  if (gone > 0) put(values, all);
  return gone > 0;
}

}  // namespace kinhub
