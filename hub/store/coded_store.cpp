#include "hub/store/coded_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "hub/base/bytes.hpp"
#include "hub/base/ciphers.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/mutex.hpp"
#include "hub/store/code_book.hpp"
#include "hub/store/coded_shelves.hpp"

namespace kinhub {
namespace {

constexpr std::chrono::milliseconds anchor_pause{1000};
constexpr std::int64_t numbers_max = std::int64_t{1} << 53;

/// How far a store was, as its node last wrote it down outside of it.
struct Anchor {
  std::string store;  ///< whose: 32 hex digits
  std::int64_t generation = 0;
};

std::string seal_of(const Keyring& keys, const Anchor& anchor) {
  return hex(keys.token("anchor", anchor.store + " " + std::to_string(anchor.generation)).view());
}

std::optional<Anchor> read_anchor(const std::filesystem::path& file, const Keyring& keys) {
  std::ifstream in(file);
  Anchor anchor;
  std::string form, seal;
  if (!(in >> form >> anchor.store >> anchor.generation >> seal) || form != "1") return std::nullopt;
  if (seal != seal_of(keys, anchor)) return std::nullopt;
  return anchor;
}

/// In place and of one size: a page is written whole or not at all, and nobody waits for the disk.
void write_anchor(const std::filesystem::path& file, const Keyring& keys, const Anchor& anchor) {
  const auto line = fmt::format("1 {} {:020} {}\n", anchor.store, anchor.generation, seal_of(keys, anchor));
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (handle < 0) return;  // the next time; what is older is only less sharp
  if (::pwrite(handle, line.data(), line.size(), 0) == static_cast<ssize_t>(line.size())) {
    const auto cut = ::ftruncate(handle, static_cast<off_t>(line.size()));
    static_cast<void>(cut);
  }
  ::close(handle);
}

/// Whether the store has, or had, codes. Reads no more than it must where it has.
bool has_any_code(CodeShelf& codes) {
  for (const auto table : coded_tables)
    if (table != Coded::dossier && !codes.page(table, "", 1).empty()) return true;
  constexpr std::size_t page = 1000;
  std::optional<PlainRow> after;
  for (;;) {
    auto rows = codes.rows(Coded::dossier, after ? &*after : nullptr, 0, page);
    if (std::any_of(rows.begin(), rows.end(), [](const PlainRow& row) { return row.code != 0; })) return true;
    if (rows.size() < page) return false;
    after = std::move(rows.back());
  }
}

/// The last number of a table whose rows begin with one, by bisection: whoever owns the database owns the
/// counters beside it, too.
std::int64_t last_number(CodeShelf& codes, Coded table) {
  const auto any_from = [&](std::int64_t number) { return !codes.rows(table, nullptr, number, 1).empty(); };
  std::int64_t below = 0, above = 1;
  while (above < numbers_max && any_from(above))
    below = above, above *= 2;
  while (below + 1 < above) {
    const auto middle = below + (above - below) / 2;
    (any_from(middle) ? below : above) = middle;
  }
  return below;
}

}  // namespace

std::optional<RunningDigests> stored_digests(StoreTransaction& reading, const Keyring& keys) {
  const auto sealed = reading.values().get(digests_name);
  if (sealed.empty()) return std::nullopt;
  return RunningDigests::read(keys.unseal(sealed, digests_name));
}

/// What the transactions of one store share.
struct CodedStore::Shared {
  Shared(const Keyring& of, Options given) : keys(of), options(std::move(given)) {}

  /// The running digests that a writing transaction begins with.
  RunningDigests load(StoreTransaction& inner, CodeBook& book) {
    const auto sealed = inner.values().get(digests_name);
    {
      MutexLock lock(mutex);
      if (!sealed.empty() && sealed == last_sealed) return last;
    }
    RunningDigests digests;
    try {
      if (sealed.empty()) throw std::runtime_error("taken out");
      digests = RunningDigests::read(keys.unseal(sealed, digests_name));
    } catch (const UnknownKey&) {
      throw;
    } catch (const std::runtime_error&) {
      // They begin anew, and the next scrub renews them; until then only codes are checked.
      book.damaged(
          {std::string(name_of(Coded::value)), digests_name, "CODES_REMOVED", SystemClock().now_us()});
      digests = begun_anew(inner);
    }
    MutexLock lock(mutex);
    if (digests.generation < seen)
      throw StoreDamaged(
          "the store is older than it was a moment ago: it was put back while the hub was at work. Stop the "
          "hub; if it was restored on purpose, run kinhub notices restore");
    return digests;
  }

  RunningDigests begun_anew(StoreTransaction& inner) {
    RunningDigests digests;
    digests.broken = true;
    digests.last_person =
        std::max(inner.people().last_person().value, last_number(inner.codes(), Coded::dossier));
    digests.last_lead = last_number(inner.codes(), Coded::lead);
    digests.last_notice = inner.notices().last();
    MutexLock lock(mutex);
    digests.store = store_id, digests.generation = seen;
    return digests;
  }

  void committed(const RunningDigests& digests, std::string sealed) {
    MutexLock lock(mutex);
    if (digests.generation <= seen) return;  // another thread's came later
    seen = digests.generation;
    last = digests, last_sealed = std::move(sealed);
    if (options.anchor.empty()) return;
    const auto now = std::chrono::steady_clock::now();
    if (now - anchored_at < anchor_pause) return;
    anchored_at = now;
    anchor_now();
  }
  void anchor_now() KINHUB_REQUIRES(mutex) {
    if (!options.anchor.empty() && anchored != seen)
      write_anchor(options.anchor, keys, {store_id, seen}), anchored = seen;
  }

  /// Before the first transaction.
  void begin_at(const Anchor& at) {
    MutexLock lock(mutex);
    // Looking at a store moves no anchor: only what is committed from here on does.
    store_id = at.store, seen = anchored = at.generation;
  }

  const Keyring keys;
  const Options options;
  Mutex mutex;
  std::string store_id KINHUB_GUARDED_BY(mutex);
  std::int64_t seen KINHUB_GUARDED_BY(mutex) = 0, anchored KINHUB_GUARDED_BY(mutex) = 0;
  RunningDigests last KINHUB_GUARDED_BY(mutex);
  std::string last_sealed KINHUB_GUARDED_BY(mutex);
  std::vector<DamagedRow> met KINHUB_GUARDED_BY(mutex);  ///< by readers; the next writer notes it
  std::chrono::steady_clock::time_point anchored_at KINHUB_GUARDED_BY(mutex){};
};

class CodedStore::Transaction final : public StoreTransaction {
 public:
  Transaction(std::unique_ptr<StoreTransaction> inner, std::shared_ptr<Shared> shared, For purpose)
      : inner_(std::move(inner)),
        shared_(std::move(shared)),
        book_(*inner_, shared_->keys, purpose, [this] { return shared_->load(*inner_, book_); }) {
    accounts_.rows = &inner_->codes();
  }
  ~Transaction() override {
    auto damages = book_.take_damages();
    if (damages.empty()) return;
    MutexLock lock(shared_->mutex);
    for (auto& one : damages)
      if (shared_->met.size() < 1000) shared_->met.push_back(std::move(one));
  }

  void commit() override {
    if (!book_.writes()) return inner_->commit();
    if (book_.changed()) book_.digests();  // what is wrong with them is noted, too
    note_damages();
    if (!book_.changed()) return inner_->commit();
    book_.flush();
    auto& digests = book_.digests();
    digests.generation += 1;
    auto sealed = shared_->keys.seal(digests.bytes(), digests_name);
    inner_->values().put(digests_name, sealed);
    inner_->commit();
    shared_->committed(digests, std::move(sealed));
  }

  PositionShelf& positions() override { return positions_; }
  PeopleShelf& people() override { return people_; }
  LeadShelf& leads() override { return leads_; }
  CaseShelf& cases() override { return inner_->cases(); }
  IdentityPairShelf& identity_pairs() override { return inner_->identity_pairs(); }
  NoticeShelf& notices() override { return notices_; }
  QuarantineShelf& quarantine() override { return quarantine_; }
  BalanceShelf& balance() override { return balance_; }
  AuditShelf& audit() override { return inner_->audit(); }
  ValueShelf& values() override { return values_; }
  EntryShelf& entries() override { return inner_->entries(); }
  PaymentShelf& payments() override { return payments_; }
  IssuedShelf& issued() override { return issued_; }
  AccountShelf& accounts() override { return accounts_; }
  CodeShelf& codes() override { return inner_->codes(); }
  SealedRows& sealed() override { return sealed_; }

  CodeBook& book() { return book_; }
  StoreTransaction& inner() { return *inner_; }

  /// Writes a code for every row there is; the digests of them.
  RunningDigests codes_of_all_rows() {
    RunningDigests made;
    made.last_person = inner_->people().last_person().value;
    made.last_notice = inner_->notices().last();
    for (const auto table : coded_tables)
      give_codes(table, made);
    return made;
  }

 private:
  void give_codes(Coded table, RunningDigests& made) {
    constexpr std::size_t page = 1000;
    auto& shelf = inner_->codes();
    const auto key_size = words_of(table).key_size;
    std::optional<PlainRow> after;
    for (;;) {
      auto rows = shelf.rows(table, after ? &*after : nullptr, 0, page);
      std::vector<CodeRow> given;
      for (const auto& row : rows) {
        const auto key = code_key(std::span(row.cells).first(key_size));
        if (table == Coded::value && coded::is_uncoded_value(key)) continue;
        const auto code = book_.codes.of(table, row.cells);
        made.add(table, key, code, book_.codes);
        if (table == Coded::lead) made.last_lead = std::max(made.last_lead, number_in(key));
        if (table == Coded::dossier)
          shelf.put_dossier_code(number_in(key), code);
        else
          given.push_back({key, code});
      }
      shelf.put(table, given);
      if (rows.size() < page) return;
      after = std::move(rows.back());
    }
  }
  void note_damages() {
    auto damages = book_.take_damages();
    {
      MutexLock lock(shared_->mutex);
      damages.insert(damages.end(), shared_->met.begin(), shared_->met.end());
      shared_->met.clear();
    }
    // The list itself may be one of them.
    for (; !damages.empty(); damages = book_.take_damages())
      note_damaged(values_, damages);
  }

  std::unique_ptr<StoreTransaction> inner_;
  std::shared_ptr<Shared> shared_;
  CodeBook book_;
  coded::Positions positions_{inner_->positions(), book_};
  coded::People people_{inner_->people(), book_};
  coded::Leads leads_{inner_->leads(), book_};
  coded::Quarantine quarantine_{inner_->quarantine(), book_};
  coded::Balance balance_{inner_->balance(), book_};
  coded::Values values_{inner_->values(), book_};
  coded::Notices notices_{inner_->notices(), book_, values_};
  coded::Payments payments_{inner_->payments(), book_};
  coded::Issued issued_{inner_->issued(), book_};
  coded::Accounts accounts_{inner_->accounts(), book_};
  coded::Sealed sealed_{*inner_, book_};
};

CodedStore::CodedStore(std::unique_ptr<Store> inner, const Keyring& keys, Options options)
    : inner_(std::move(inner)), keys_(keys), shared_(std::make_shared<Shared>(keys, std::move(options))) {}

CodedStore::~CodedStore() {
  MutexLock lock(shared_->mutex);
  shared_->anchor_now();
}

std::unique_ptr<CodedStore> CodedStore::over(std::unique_ptr<Store> inner, const Keyring& keys,
                                             Options options) {
  auto store = std::unique_ptr<CodedStore>(new CodedStore(std::move(inner), keys, std::move(options)));
  store->adopt();
  return store;
}

/// Opens the running digests. A store that never had codes gets one for each of its rows, in one transaction;
/// one whose digests alone are gone goes on, and the next writer notes it.
void CodedStore::adopt() {
  auto& shared = *shared_;
  const auto anchor = read_anchor(shared.options.anchor, keys_);
  std::optional<RunningDigests> digests;
  bool unreadable = false, had_codes = false;
  {
    auto reading = inner_->begin(For::reading);
    try {
      digests = stored_digests(*reading, keys_);
    } catch (const UnknownKey&) {
      throw;
    } catch (const std::runtime_error&) {
      unreadable = true;
    }
    if (!digests && !unreadable) had_codes = has_any_code(reading->codes());
  }
  if (unreadable || had_codes) {
    state_ = Codes::taken_out;
    return shared.begin_at(anchor.value_or(Anchor{}));
  }
  if (!digests && anchor) {
    if (!shared.options.take_older)
      throw StoreDamaged(fmt::format(
          "the store has no codes of its rows, and {} says that it had: they were taken out, or this is "
          "another store. Restore the last backup; if it is to begin anew, move that file away first",
          shared.options.anchor.string()));
    state_ = Codes::taken_out;
    return shared.begin_at(*anchor);
  }
  if (!digests && shared.options.looks) {
    state_ = Codes::not_given;
    return shared.begin_at({});
  }
  if (!digests) return give_codes();
  if (anchor && anchor->store == digests->store && digests->generation < anchor->generation &&
      !shared.options.take_older)
    throw StoreDamaged(fmt::format(
        "the store is {} transactions older than {} says: somebody put an older copy back. If it was "
        "restored "
        "on purpose, run kinhub notices restore, which gives no number a second time; else look for who did",
        anchor->generation - digests->generation, shared.options.anchor.string()));
  shared.begin_at({digests->store, digests->generation});
}

void CodedStore::give_codes() {
  auto writing = begin(For::writing);
  auto& transaction = static_cast<Transaction&>(*writing);
  // Another was faster.
  if (!transaction.inner().values().get(digests_name).empty() || has_any_code(transaction.inner().codes()))
    return adopt();
  auto made = transaction.codes_of_all_rows();
  char id[16];
  ciphers::random_bytes(reinterpret_cast<std::uint8_t*>(id), sizeof id);
  made.store = hex({id, sizeof id});
  shared_->begin_at({made.store, 0});
  transaction.book().begin_with(std::move(made));
  writing->commit();
}

std::unique_ptr<StoreTransaction> CodedStore::begin(For purpose) {
  return std::make_unique<Transaction>(inner_->begin(purpose), shared_, purpose);
}

RunningDigests& CodedStore::digests_in(StoreTransaction& writing) {
  return dynamic_cast<Transaction&>(writing).book().digests();
}

void CodedStore::condemn(StoreTransaction& writing, Coded table, std::string_view key) {
  dynamic_cast<Transaction&>(writing).book().condemn(table, std::string(key));
}

std::vector<LeaseRow> CodedStore::leases() {
  return inner_->leases();
}
std::optional<std::int64_t> CodedStore::take_lease(std::string_view partition, std::string_view owner,
                                                   std::int64_t seen_epoch, std::int64_t duration_ms) {
  return inner_->take_lease(partition, owner, seen_epoch, duration_ms);
}
std::vector<LeaseRow> CodedStore::renew_leases(std::string_view owner, std::int64_t duration_ms) {
  return inner_->renew_leases(owner, duration_ms);
}
void CodedStore::release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) {
  inner_->release_lease(partition, owner, epoch);
}
std::vector<NodeRow> CodedStore::nodes() {
  return inner_->nodes();
}
void CodedStore::forget_node(std::string_view name) {
  inner_->forget_node(name);
}

}  // namespace kinhub
