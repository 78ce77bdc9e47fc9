#pragma once
// Codes of one transaction: what was read of them, what is written, and the running digests they change.
// Included by coded_store.cpp and coded_shelves.hpp alone.

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "hub/base/secrets.hpp"
#include "hub/store/damage.hpp"
#include "hub/store/people.hpp"
#include "hub/store/row_code.hpp"
#include "hub/store/running_digest.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

class CodeBook {
 public:
  /// `load` gives the running digests of a writing transaction; asked once, when they are needed.
  CodeBook(StoreTransaction& inner, const Keyring& keys, Store::For purpose,
           std::function<RunningDigests()> load)
      : codes(keys), keys_(keys), inner_(inner), purpose_(purpose), load_(std::move(load)) {}

  RowCodes codes;

  bool writes() const { return purpose_ == Store::For::writing; }
  /// Bulk read of the codes of these rows.
  void foresee(Coded table, std::vector<std::string> keys);
  /// Whether a row that was read has the code it must have; else it is noted as damaged.
  bool fits(Coded table, const std::string& key, std::uint64_t code);
  /// Whether it is right that a row was not found, or was empty, which an empty one of this code may be; else
  /// the row is gone, and noted. A code is all that is left of it.
  bool may_be_absent(Coded table, const std::string& key, std::optional<std::uint64_t> empty = std::nullopt);
  /// Reads all codes of a small table at once; rows that are not among these (sorted) are noted as gone.
  void all_are_there(Coded table, const std::vector<std::string>& keys);
  /// The keys that begin with one of these and must each have a row; sorted.
  std::vector<std::string> keys_under(Coded table, std::span<const std::string> prefixes);
  /// So many behind this one, in order.
  std::vector<std::string> keys_behind(Coded table, std::string_view after, std::size_t count_max);
  void put(Coded table, std::string key, std::uint64_t code);
  void erase(Coded table, std::string key);

  /// Of a dossier that was read. Notes what it has, for when it is written.
  bool dossier_fits(const DossierRow& row);
  void dossier_is_absent(PersonId person) { dossiers_.try_emplace(person, 0); }
  void change_dossier(PersonId person, std::uint64_t code);
  /// Everybody behind this number is new in this transaction: nothing is stored of them yet.
  void forget_nothing_of(std::span<const PersonId> people);

  RunningDigests& digests();
  /// As the running digests of this transaction's moment say; 0: they cannot be read.
  std::int64_t last_person_kept();
  /// Instead of those that are stored.
  void begin_with(RunningDigests digests);
  void damaged(Coded table, std::string_view key, std::string_view why);
  void damaged(DamagedRow row) { damages_.push_back(std::move(row)); }
  std::vector<DamagedRow> take_damages() { return std::exchange(damages_, {}); }
  bool changed() const { return changed_; }
  /// The running digests were changed by other than a row.
  void touch() { changed_ = true; }

  /// Writes the codes and updates the digests; before the commit.
  void flush();
  /// Gives a row another code than it must have.
  void condemn(Coded table, const std::string& key);

 private:
  struct Known {
    std::optional<std::uint64_t> stored;                  ///< nothing: there is none
    std::optional<std::optional<std::uint64_t>> pending;  ///< what is to be written, or erased
    bool fetched = false;
  };
  std::vector<std::string> met(Coded table, std::vector<CodeRow> rows);
  void fetch(Coded table, std::vector<std::string> keys);
  const std::optional<std::uint64_t>& must(Coded table, const std::string& key);
  void count(Coded table, std::string_view key, std::uint64_t before, std::uint64_t after);

  const Keyring& keys_;
  StoreTransaction& inner_;
  const Store::For purpose_;
  std::function<RunningDigests()> load_;
  std::array<std::unordered_map<std::string, Known>, coded_tables.size()> known_;
  std::unordered_map<PersonId, std::uint64_t> dossiers_;  ///< their stored codes; 0: not there
  std::optional<RunningDigests> digests_;
  std::int64_t first_new_person_ = 0;
  std::vector<DamagedRow> damages_;
  std::set<std::pair<Coded, std::string>> told_;
  bool changed_ = false;
};

}  // namespace kinhub
