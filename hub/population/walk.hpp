#pragma once
// The population walker: long work over everybody, page by page. Pages are read and decided on in parallel,
// written one after another, and an interrupted walk goes on behind the last page it wrote.

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// What deciding on a page came to. Both may be empty: nothing to do.
struct WalkDeed {
  /// Writes it, in a transaction that keeps the progress of the walk as well; on the walk's own thread. What
  /// was decided may have been overtaken since: it reads again whatever it changes, or compares and sets.
  std::function<void(StoreTransaction& writing)> write;
  std::function<void()>
      committed;  ///< after that transaction; of a page without `write` after it was decided
};

struct WalkPage {
  std::string position;    ///< key of its last item: the next page is what stands behind it
  std::int64_t items = 0;  ///< how many it has
  /// Decides on the page by the transaction it was read in. On a worker thread, beside other pages.
  std::function<WalkDeed(StoreTransaction& reading)> decide;
};

/// What a walk is over and what it does. Outlives the walk.
class Walk {
 public:
  virtual ~Walk() = default;
  /// The name under which its progress is kept: one for each kind of walk.
  virtual std::string purpose() const = 0;
  /// Digest of what is being done: what an interrupted walk of another digest did counts for nothing.
  virtual std::string digest() const = 0;
  /// Reads the page behind this position; "" begins. Nothing: there is no more. Called in order, by one
  /// worker at a time.
  virtual std::optional<WalkPage> next(StoreTransaction& reading, std::string_view position) = 0;
  /// Written in the last transaction, which ends the progress.
  virtual void finish(StoreTransaction& writing) { static_cast<void>(writing); }
};

struct WalkProgress {
  std::int64_t done = 0, total = 0;          ///< items; `total` is never less than `done`
  std::optional<std::int64_t> seconds_left;  ///< estimate; nothing before there is a base for one
};
/// One line: "reviewed 12000 of 50000 people, about 40 s left".
std::string walk_text(std::string_view did, std::string_view items, const WalkProgress& progress);

struct WalkOptions {
  unsigned workers = 0;  ///< threads that read and decide; 0: one for each core, at most walk_workers_max
  std::size_t unwritten_max =
      20;  ///< pages without anything to write until their progress is kept all the same
  /// Between two transactions it waits as long as it held the writer's lock.
  bool considerate = false;
  /// False: a walk that only reads, whose result is in memory alone: nothing is written, finish() is not
  /// called, and each run begins at the beginning.
  bool keeps_place = true;
  std::int64_t total = 0;  ///< items there are, as far as is known
  std::stop_token stop = {};
  std::function<void(const WalkProgress&)> progress = {};
};
inline constexpr unsigned walk_workers_max = 4;

struct Walked {
  std::int64_t items = 0;         ///< of the whole walk
  std::int64_t items_before = 0;  ///< of them by interrupted runs that this one went on from
  bool complete = true;           ///< false: stopped; the next run goes on there
};

/// Walks. At most a few pages for each worker are in memory at once. Killed at any place, or with an
/// exception, all pages that were written are whole and their progress is kept with them; run again, it comes
/// to the same. Throws what the store or the walk throws, after the pages before it were written.
Walked walk(Store& store, Walk& what, const WalkOptions& options);

/// A walk over people in order of id, in pages of a size at which a transaction stays short. Whom an event
/// tells of while it is under way is not met: the bound is the last person there was at its beginning.
class PeopleWalk : public Walk {
 public:
  explicit PeopleWalk(PersonId last, std::size_t page_size = people_per_page)
      : last_(last), page_size_(page_size) {}
  std::optional<WalkPage> next(StoreTransaction& reading, std::string_view position) override;
  static constexpr std::size_t people_per_page = 500;

 protected:
  /// Decides on these people. On a worker thread.
  virtual WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& people) const = 0;
  /// The people behind one, in order of id: everybody, unless it says otherwise.
  virtual std::vector<PersonId> page(StoreTransaction& reading, PersonId after, std::size_t count_max) const;

 private:
  const PersonId last_;
  const std::size_t page_size_;
};

}  // namespace kinhub
