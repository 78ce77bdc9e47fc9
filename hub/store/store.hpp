#pragma once
// The store interface: one transaction per batch, and the shelves it reaches: small interfaces, one header
// each beside this one. Person data comes sealed; the store holds keyed tokens, ciphertext, days and counts.
// Implementations: SQLite for one machine (sqlite/) and PostgreSQL for several nodes (postgres/), one file
// for each shelf; both keep one contract test, tests/contract/store.

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/unavailable.hpp"
#include "hub/store/leases.hpp"

namespace kinhub {

class PositionShelf;      // positions.hpp
class PeopleShelf;        // people.hpp
class LeadShelf;          // leads.hpp
class CaseShelf;          // cases.hpp
class IdentityPairShelf;  // identity_pairs.hpp
class NoticeShelf;        // notices.hpp
class QuarantineShelf;    // quarantine.hpp
class BalanceShelf;       // balance.hpp
class AuditShelf;         // audit.hpp
class ValueShelf;         // values.hpp
class EntryShelf;         // entries.hpp
class PaymentShelf;       // payments.hpp
class IssuedShelf;        // issued.hpp
class AccountShelf;       // accounts.hpp
class CodeShelf;          // codes.hpp
class SealedRows;         // sealed_rows.hpp

/// One transaction: the way to the shelves. Reads see its own writes; destroyed without commit() it rolls
/// back. Broken infrastructure throws. Used by one thread. Code that needs one shelf takes that shelf, and
/// includes its header; the shelves live as long as the transaction.
class StoreTransaction {
 public:
  virtual ~StoreTransaction() = default;
  /// Commits; after that it can only be destroyed.
  virtual void commit() = 0;

  virtual PositionShelf& positions() = 0;
  virtual PeopleShelf& people() = 0;
  virtual LeadShelf& leads() = 0;
  virtual CaseShelf& cases() = 0;
  virtual IdentityPairShelf& identity_pairs() = 0;
  virtual NoticeShelf& notices() = 0;
  virtual QuarantineShelf& quarantine() = 0;
  virtual BalanceShelf& balance() = 0;
  virtual AuditShelf& audit() = 0;
  virtual ValueShelf& values() = 0;
  virtual EntryShelf& entries() = 0;
  virtual PaymentShelf& payments() = 0;
  virtual IssuedShelf& issued() = 0;
  virtual AccountShelf& accounts() = 0;
  virtual CodeShelf& codes() = 0;    ///< of the rows of most shelves, for whoever checks them
  virtual SealedRows& sealed() = 0;  ///< whatever is sealed, in any shelf
};

/// A database. Safe from any thread; a transaction is not. Transient failures throw Unavailable: what was not
/// committed did not happen, and whether a commit that failed this way happened shows in the positions.
/// Others throw StoreDamaged: waiting does not help.
class Store {
 public:
  enum class For { reading, writing };
  virtual ~Store() = default;
  /// Begins a transaction: a writer waits for the one other writer there may be, on any
  /// node; a reader gets a snapshot.
  virtual std::unique_ptr<StoreTransaction> begin(For purpose) = 0;

  // Leases: each call is a short transaction of its own that does not wait for a writer longer than it must.
  virtual std::vector<LeaseRow> leases() = 0;  ///< in order of partition
  /// Compare-and-set: acquires a lease that still has `seen_epoch` (0: there is no row yet) and is expired or
  /// `owner`'s own. The new fencing epoch, or nothing when somebody was faster.
  virtual std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                                 std::int64_t seen_epoch, std::int64_t duration_ms) = 0;
  /// Renews all leases of `owner`, also lapsed ones that nobody took; what it owns now.
  /// Also the node's heartbeat.
  virtual std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) = 0;
  /// Releases a lease at once: it is nobody's then, so renewing does not bring it back. Nothing when it is no
  /// longer `owner`'s with this epoch.
  virtual void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) = 0;
  /// Nodes with a heartbeat within the last day, in order of name.
  virtual std::vector<NodeRow> nodes() = 0;
  virtual void forget_node(std::string_view name) = 0;  ///< one that leaves in good order
};

class StoreUnavailable : public Unavailable {
 public:
  using Unavailable::Unavailable;
};
/// A permanent failure: foreign, of a newer schema, sealed with another key file, or
/// broken. The text says what to do.
class StoreDamaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kinhub
