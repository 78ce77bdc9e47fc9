#include "hub/store/code_book.hpp"

#include <algorithm>

#include "hub/base/clock.hpp"

namespace kinhub {

void CodeBook::fetch(Coded table, std::vector<std::string> keys) {
  auto& known = known_[static_cast<std::size_t>(table)];
  std::erase_if(keys, [&](const std::string& key) {
    const auto at = known.find(key);
    return at != known.end() && at->second.fetched;
  });
  if (keys.empty()) return;
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto& key : keys)
    known[key].fetched = true;
  for (auto& row : inner_.codes().find(table, keys))
    known[row.key].stored = row.code;
}

void CodeBook::foresee(Coded table, std::vector<std::string> keys) {
  const auto& known = known_[static_cast<std::size_t>(table)];
  std::erase_if(keys, [&](const std::string& key) {
    const auto at = known.find(key);
    return at != known.end() && at->second.pending;
  });
  fetch(table, std::move(keys));
}

/// The code that a row must have; nothing: there must be no row.
const std::optional<std::uint64_t>& CodeBook::must(Coded table, const std::string& key) {
  auto& known = known_[static_cast<std::size_t>(table)];
  auto at = known.find(key);
  if (at == known.end() || (!at->second.fetched && !at->second.pending)) {
    fetch(table, {key});
    at = known.find(key);
  }
  return at->second.pending ? *at->second.pending : at->second.stored;
}

bool CodeBook::fits(Coded table, const std::string& key, std::uint64_t code) {
  const auto& must_be = must(table, key);
  if (must_be == code) return true;
  damaged(table, key, must_be ? "ROW_CODE" : "ROW_WITHOUT_CODE");
  return false;
}

bool CodeBook::may_be_absent(Coded table, const std::string& key, std::optional<std::uint64_t> empty) {
  const auto& must_be = must(table, key);
  if (!must_be || must_be == empty) return true;
  damaged(table, key, "ROW_MISSING");
  return false;
}

void CodeBook::all_are_there(Coded table, const std::vector<std::string>& keys) {
  constexpr std::size_t page = 1000;
  for (std::string after;;) {
    auto rows = inner_.codes().page(table, after, page);
    const bool last = rows.size() < page;
    if (!last) after = rows.back().key;
    for (const auto& key : met(table, std::move(rows)))
      if (!std::binary_search(keys.begin(), keys.end(), key)) damaged(table, key, "ROW_MISSING");
    if (last) return;
  }
}

/// Of codes that were read.
std::vector<std::string> CodeBook::met(Coded table, std::vector<CodeRow> rows) {
  auto& known = known_[static_cast<std::size_t>(table)];
  std::vector<std::string> keys;
  for (auto& row : rows) {
    auto& one = known[row.key];
    if (!one.fetched) one.stored = row.code, one.fetched = true;
    const bool erased = one.pending && !*one.pending;
    if (!erased) keys.push_back(std::move(row.key));
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> CodeBook::keys_under(Coded table, std::span<const std::string> prefixes) {
  return met(table, inner_.codes().under(table, prefixes));
}

std::vector<std::string> CodeBook::keys_behind(Coded table, std::string_view after, std::size_t count_max) {
  return met(table, inner_.codes().page(table, after, count_max));
}

void CodeBook::put(Coded table, std::string key, std::uint64_t code) {
  known_[static_cast<std::size_t>(table)][std::move(key)].pending = code;
  changed_ = true;
}

void CodeBook::erase(Coded table, std::string key) {
  known_[static_cast<std::size_t>(table)][std::move(key)].pending = std::optional<std::uint64_t>();
  changed_ = true;
}

void CodeBook::condemn(Coded table, const std::string& key) {
  if (table == Coded::dossier) {
    const auto person = PersonId{number_in(key)};
    for (const auto& row : inner_.people().dossiers({&person, 1})) {
      change_dossier(person, row.code ^ 1);
      inner_.codes().put_dossier_code(person.value, row.code ^ 1);
    }
    return;
  }
  fetch(table, {key});
  auto& known = known_[static_cast<std::size_t>(table)].at(key);
  const auto now = known.pending ? *known.pending : known.stored;
  if (now) put(table, key, *now ^ 1);
}

bool CodeBook::dossier_fits(const DossierRow& row) {
  if (writes()) dossiers_.try_emplace(row.person, row.code);
  if (codes.of_dossier(row.person.value, bits_of(row.marks), row.sealed) == row.code) return true;
  damaged(Coded::dossier, code_key(std::array{Cell::of(row.person.value)}), "ROW_CODE");
  return false;
}

void CodeBook::forget_nothing_of(std::span<const PersonId> people) {
  digests();
  std::vector<PersonId> asked;
  for (auto person : people)
    if (!dossiers_.contains(person)) {
      dossiers_.emplace(person, 0);
      if (person.value <= first_new_person_) asked.push_back(person);
    }
  if (asked.empty()) return;
  for (const auto& row : inner_.people().dossiers(asked))
    dossiers_[row.person] = row.code;
}

void CodeBook::change_dossier(PersonId person, std::uint64_t code) {
  const PersonId one[]{person};
  forget_nothing_of(one);
  auto& stored = dossiers_.at(person);
  count(Coded::dossier, code_key(std::array{Cell::of(person.value)}), stored, code);
  stored = code;
  changed_ = true;
}

void CodeBook::begin_with(RunningDigests digests) {
  digests_ = std::move(digests);
  first_new_person_ = digests_->last_person;
  changed_ = true;
}

RunningDigests& CodeBook::digests() {
  if (!digests_) {
    digests_ = load_();
    first_new_person_ = digests_->last_person;
  }
  return *digests_;
}

std::int64_t CodeBook::last_person_kept() try {
  const auto sealed = inner_.values().get(digests_name);
  if (sealed.empty()) return 0;
  return RunningDigests::read(keys_.unseal(sealed, digests_name)).last_person;
} catch (const UnknownKey&) {
  throw;
} catch (const std::runtime_error&) {  // whoever writes notes it
  return 0;
}

void CodeBook::damaged(Coded table, std::string_view key, std::string_view why) {
  if (!told_.emplace(table, std::string(key)).second) return;
  damages_.push_back(
      {std::string(name_of(table)), key_text_of(table, key), std::string(why), SystemClock().now_us()});
}

/// A code of 0 stands for no row.
void CodeBook::count(Coded table, std::string_view key, std::uint64_t before, std::uint64_t after) {
  if (before == after) return;
  if (before != 0) digests().remove(table, key, before, codes);
  if (after != 0) digests().add(table, key, after, codes);
}

void CodeBook::flush() {
  for (const auto table : coded_tables) {
    auto& known = known_[static_cast<std::size_t>(table)];
    std::vector<std::string> keys;
    for (const auto& [key, one] : known)
      if (one.pending) keys.push_back(key);
    if (keys.empty()) continue;
    std::sort(keys.begin(), keys.end());
    // Notices and leads behind the last number are new: nothing is asked for.
    auto asked = keys;
    if (table == Coded::notice) asked.clear();
    fetch(table, std::move(asked));
    std::vector<CodeRow> written;
    std::vector<std::string> gone;
    for (auto& key : keys) {
      auto& one = known.at(key);
      count(table, key, one.stored.value_or(0), one.pending->value_or(0));
      if (*one.pending)
        written.push_back({key, **one.pending});
      else if (one.stored)
        gone.push_back(key);
      one.stored = *one.pending, one.fetched = true, one.pending.reset();
    }
    inner_.codes().erase(table, gone);
    inner_.codes().put(table, written);
  }
}

}  // namespace kinhub
