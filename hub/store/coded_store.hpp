#pragma once
// Integrity of stored rows: a decorator of any store. Rows that decide, count or are published are written
// with a keyed code and read only when it fits; running digests in the same transaction show what was
// deleted, added or put back. docs/decisions/0056-integrity.md.

#include <filesystem>
#include <memory>

#include "hub/base/secrets.hpp"
#include "hub/store/damage.hpp"
#include "hub/store/running_digest.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// Safe from any thread. A row whose code does not fit is left out of every answer and noted; of a lead or a
/// decision also LeadShelf::is_damaged() says so, a dossier and a position say it themselves.
class CodedStore final : public Store {
 public:
  struct Options {
    /// The file, outside the store, that says how far it was; empty: none is kept.
    std::filesystem::path anchor;
    /// Takes a store that is older than the anchor: a person restored it.
    bool take_older = false;
    /// Gives no codes to a store that never had any: whoever only looks changes nothing.
    bool looks = false;
  };
  /// What the store has of codes. They are given once, right after the step of the schema that made room for
  /// them: a store that had some, by its rows or by its anchor, is never taken as it stands.
  enum class Codes : std::uint8_t { kept, taken_out, not_given };
  /// Gives codes to the rows of a store that never had any. Throws StoreDamaged when the store is older than
  /// its anchor says, or has no codes and had: somebody put it back, or took them out.
  static std::unique_ptr<CodedStore> over(std::unique_ptr<Store> inner, const Keyring& keys, Options options);
  static std::unique_ptr<CodedStore> over(std::unique_ptr<Store> inner, const Keyring& keys) {
    return over(std::move(inner), keys, Options{});
  }
  ~CodedStore() override;

  std::unique_ptr<StoreTransaction> begin(For purpose) override;
  std::vector<LeaseRow> leases() override;
  std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                         std::int64_t seen_epoch, std::int64_t duration_ms) override;
  std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) override;
  void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) override;
  std::vector<NodeRow> nodes() override;
  void forget_node(std::string_view name) override;

  Codes has() const { return state_; }
  Store& inner() { return *inner_; }
  const Keyring& keys() const { return keys_; }

  /// Changes the running digests in a writing transaction of this store, after a check of rows.
  static RunningDigests& digests_in(StoreTransaction& writing);
  /// Condemns a row that is not to be used though its code fits: from now on it does not.
  static void condemn(StoreTransaction& writing, Coded table, std::string_view key);

 private:
  class Transaction;
  struct Shared;
  CodedStore(std::unique_ptr<Store> inner, const Keyring& keys, Options options);
  void adopt();
  void give_codes();

  std::unique_ptr<Store> inner_;
  Codes state_ = Codes::kept;
  const Keyring keys_;
  std::shared_ptr<Shared> shared_;
};

/// The running digests as a store keeps them; nothing before it has any. Throws std::runtime_error when they
/// cannot be opened.
std::optional<RunningDigests> stored_digests(StoreTransaction& reading, const Keyring& keys);

}  // namespace kinhub
