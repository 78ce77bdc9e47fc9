#include "hub/pipeline/entries_fill.hpp"

#include <map>
#include <string>
#include <vector>

#include "hub/store/entries.hpp"
#include "hub/store/store.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

constexpr char filled_name[] = "entries filled";  // "done", or the last person
constexpr char done[] = "done";
constexpr std::size_t people_per_page = 500;

}  // namespace

bool entries_are_filled(ValueShelf& values) {
  return values.get(filled_name) == done;
}

std::int64_t fill_entries(Store& store, const Keyring& keys,
                          const std::function<void(std::int64_t people)>& progress) {
  if (entries_are_filled(store.begin(Store::For::reading)->values())) return 0;
  const auto digest = entry_digest(keys);
  for (std::int64_t read = 0;;) {
    const auto writing = store.begin(Store::For::writing);
    const auto at = writing->values().get(filled_name);
    if (at == done) return read;  // by another process
    const auto people = writing->people().page({at.empty() ? 0 : std::stoll(at)}, people_per_page);
    std::map<std::string, std::vector<EntryRow>> rows;
    HistoriesRead histories;
    for (const auto& row : writing->people().dossiers(people)) {
      if (row.sealed.empty()) continue;
      for (const auto& entry : dossier_from(row, keys, histories).entries)
        if (!entry.history.versions.empty())
          rows[entry.history.versions.begin()->source].push_back(entry_of(entry.history, digest, row.person));
    }
    for (const auto& [source, entries] : rows)
      writing->entries().fill(source, entries);
    writing->values().put(filled_name, people.empty() ? done : std::to_string(people.back().value));
    writing->commit();
    if (people.empty()) return read;
    read += static_cast<std::int64_t>(people.size());
    if (progress) progress(read);
  }
}

}  // namespace kinhub
