#include "hub/population/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <map>
#include <stdexcept>
#include <thread>

#include "hub/base/bytes.hpp"
#include "hub/base/mutex.hpp"
#include "hub/store/people.hpp"
#include "hub/store/values.hpp"

namespace kinhub {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t pages_ahead_per_worker = 4;  // that are decided and wait to be written

unsigned workers_of(const WalkOptions& options) {
  if (options.workers > 0) return options.workers;
  return std::clamp(std::thread::hardware_concurrency(), 1U, walk_workers_max);
}

/// Up to where a walk is done, as the store keeps it.
struct Place {
  std::string position;
  std::int64_t items = 0;

  std::string bytes(std::string_view digest) const {
    Packer out;
    out.text(digest), out.text(position), out.signed_number(items);
    return out.take();
  }
  /// Nothing when there is none, or it is of a walk that did something else.
  static std::optional<Place> read(std::string_view bytes, std::string_view digest) {
    if (bytes.empty()) return std::nullopt;
    Unpacker in(bytes);
    if (in.text() != digest) return std::nullopt;
    Place at;
    at.position = in.text(), at.items = in.signed_number();
    return at;
  }
};

/// A page that was decided on, or why there is none.
struct Decided {
  std::string position;
  std::int64_t items = 0;
  WalkDeed deed;
  std::exception_ptr failure;
  bool end = false;  ///< nothing stands behind the page before
};

/// The workers, and the decided pages in their order. Workers wait when too many are ahead of the writer.
class Readers {
 public:
  Readers(Store& store, Walk& what, std::string position, unsigned workers)
      : store_(store),
        what_(what),
        ahead_max_(workers * pages_ahead_per_worker),
        position_(std::move(position)) {
    for (unsigned i = 0; i < workers; ++i)
      threads_.emplace_back([this] { work(); });
  }
  ~Readers() {
    {
      MutexLock lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// The next page in order; waits for it. Nothing: stopped.
  std::optional<Decided> take(const std::stop_token& stop) {
    MutexLock lock(mutex_);
    changed_.wait(lock, stop, [&]() KINHUB_REQUIRES(mutex_) { return decided_.contains(taken_); });
    if (stop.stop_requested()) return std::nullopt;
    auto page = decided_.extract(taken_++);
    changed_.notify_all();
    return std::move(page.mapped());
  }

 private:
  void work() {
    while (one_page()) {
    }
  }

  /// False: there are no more.
  bool one_page() {
    MutexLock turn(turn_);
    const auto number = wait_for_room();
    if (!number) return false;
    Decided page;
    std::unique_ptr<StoreTransaction> reading;
    std::optional<WalkPage> next;
    try {
      reading = store_.begin(Store::For::reading);
      next = what_.next(*reading, position_);
      page.end = !next;
      if (next) page.position = position_ = next->position, page.items = next->items;
    } catch (...) {
      page.failure = std::current_exception();
    }
    counted(page.end || page.failure);
    turn.unlock();
    try {
      if (next) page.deed = next->decide(*reading);
    } catch (...) {
      page.failure = std::current_exception();
    }
    next.reset(), reading.reset();  // whoever waits for the writer holds nothing
    deliver(*number, std::move(page));
    return true;
  }

  /// The number of the next page; nothing: there is none.
  std::optional<std::int64_t> wait_for_room() {
    MutexLock lock(mutex_);
    changed_.wait(lock, [&]() KINHUB_REQUIRES(mutex_) {
      return over_ || next_ < taken_ + static_cast<std::int64_t>(ahead_max_);
    });
    if (over_) return std::nullopt;
    return next_;
  }
  void counted(bool last) {
    MutexLock lock(mutex_);
    ++next_;
    over_ |= last;
  }
  void deliver(std::int64_t number, Decided page) {
    {
      MutexLock lock(mutex_);
      over_ |= page.failure != nullptr;
      decided_.try_emplace(number, std::move(page));
    }
    changed_.notify_all();
  }

  Store& store_;
  Walk& what_;
  const std::size_t ahead_max_;

  Mutex turn_;  // of reading the next page; taken before mutex_
  std::string position_ KINHUB_GUARDED_BY(turn_);

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::int64_t, Decided> decided_ KINHUB_GUARDED_BY(mutex_);
  std::int64_t next_ KINHUB_GUARDED_BY(mutex_) = 0, taken_ KINHUB_GUARDED_BY(mutex_) = 0;
  bool over_ KINHUB_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;  // last: they end before what they use
};

/// The walk's own thread: writes what was decided, in order.
class Writer {
 public:
  Writer(Store& store, Walk& what, const WalkOptions& options)
      : store_(store),
        what_(what),
        options_(options),
        name_("walk " + what.purpose()),
        digest_(what.digest()) {}

  Walked run() {
    if (options_.keeps_place) find_place();
    before_ = at_.items;
    began_ = steady_clock::now();
    Readers readers(store_, what_, at_.position, workers_of(options_));
    while (auto page = readers.take(options_.stop)) {
      if (page->failure) std::rethrow_exception(page->failure);
      if (page->end) {
        finish();
        return {at_.items, before_, true};
      }
      take(std::move(*page));
    }
    keep_place();
    return {at_.items, before_, false};
  }

 private:
  void find_place() {
    const auto kept = store_.begin(Store::For::reading)->values().get(name_);
    if (const auto at = Place::read(kept, digest_))
      at_ = *at;
    else if (!kept.empty())  // else that walk would go on as if nothing had been done in between
      in_transaction([&](StoreTransaction& writing) { writing.values().put(name_, ""); });
  }

  void take(Decided page) {
    assert(!page.deed.write || options_.keeps_place);
    const Place behind{std::move(page.position), at_.items + page.items};
    if (page.deed.write) {
      in_transaction([&](StoreTransaction& writing) {
        page.deed.write(writing);
        writing.values().put(name_, behind.bytes(digest_));
      });
      unwritten_ = 0;
    } else {
      ++unwritten_;
    }
    at_ = behind;
    if (page.deed.committed) page.deed.committed();
    if (unwritten_ >= options_.unwritten_max) keep_place();
    tell();
  }

  void keep_place() {
    if (unwritten_ == 0 || !options_.keeps_place) return;
    in_transaction([&](StoreTransaction& writing) { writing.values().put(name_, at_.bytes(digest_)); });
    unwritten_ = 0;
  }

  void finish() {
    if (!options_.keeps_place) return;
    in_transaction([&](StoreTransaction& writing) {
      what_.finish(writing);
      writing.values().put(name_, "");
    });
  }

  template <class Work>
  void in_transaction(Work work) {
    auto writing = store_.begin(Store::For::writing);
    const auto granted = steady_clock::now();
    work(*writing);
    writing->commit();
    writing.reset();
    if (options_.considerate) std::this_thread::sleep_for(steady_clock::now() - granted);
  }

  void tell() const {
    if (!options_.progress) return;
    WalkProgress now{at_.items, std::max(options_.total, at_.items), std::nullopt};
    const auto done = at_.items - before_;
    const auto spent =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began_).count();
    if (done > 0 && spent > 0)
      now.seconds_left =
          static_cast<std::int64_t>(static_cast<double>(spent) / 1000 *
                                    static_cast<double>(now.total - now.done) / static_cast<double>(done));
    options_.progress(now);
  }

  Store& store_;
  Walk& what_;
  const WalkOptions& options_;
  const std::string name_, digest_;
  steady_clock::time_point began_;
  Place at_;
  std::int64_t before_ = 0;
  std::size_t unwritten_ = 0;  // pages since the place was kept
};

std::int64_t number_in(std::string_view position) {
  return position.empty() ? 0 : std::stoll(std::string(position));
}

}  // namespace

std::string walk_text(std::string_view did, std::string_view items, const WalkProgress& progress) {
  auto text = fmt::format("{} {} of {} {}", did, progress.done, progress.total, items);
  if (!progress.seconds_left || progress.done == progress.total) return text;
  const auto seconds = *progress.seconds_left;
  return text + (seconds < 60 ? fmt::format(", about {} s left", seconds)
                              : fmt::format(", about {} min left", (seconds + 59) / 60));
}

Walked walk(Store& store, Walk& what, const WalkOptions& options) {
  return Writer(store, what, options).run();
}

std::optional<WalkPage> PeopleWalk::next(StoreTransaction& reading, std::string_view position) {
  auto people = page(reading, {number_in(position)}, page_size_);
  while (!people.empty() && people.back() > last_)
    people.pop_back();
  if (people.empty()) return std::nullopt;
  WalkPage next;
  next.position = std::to_string(people.back().value);
  next.items = static_cast<std::int64_t>(people.size());
  next.decide = [this, people = std::move(people)](StoreTransaction& in) { return decide(in, people); };
  return next;
}

std::vector<PersonId> PeopleWalk::page(StoreTransaction& reading, PersonId after,
                                       std::size_t count_max) const {
  return reading.people().page(after, count_max);
}

}  // namespace kinhub
