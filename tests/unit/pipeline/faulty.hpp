#pragma once
// A store and a log that break at the n-th call, and not again: before it is done, or after it is done and
// before the answer arrives.

#include <atomic>

#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"
#include "tests/store_decorator.hpp"

namespace kinhub::test {

struct Faults {
  enum class When { before, after };
  std::int64_t at = 0;  ///< 0: never
  When when = When::before;
  std::atomic<std::int64_t> calls{0};
  std::int64_t batch_max = 0;  ///< a batch of more events never gets through; 0: any does
  std::atomic<std::int64_t> too_large{0};

  bool struck() const { return at > 0 && calls >= at; }
  template <class Failure, class Call>
  auto through(Call call) {
    const bool strikes = ++calls == at;
    if (strikes && when == When::before) throw Failure("it does not answer");
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      if (strikes) throw Failure("its answer was lost");
    } else {
      auto answer = call();
      if (strikes) throw Failure("its answer was lost");
      return answer;
    }
  }
};

/// Hook of a transaction: each call, whether a question or not, may break.
struct BreakCalls {
  Faults* faults;
  template <class Work>
  auto ask(const char*, Work work) {
    return faults->through<StoreUnavailable>(work);
  }
  template <class Work>
  auto tell(Work work) {
    return faults->through<StoreUnavailable>(work);
  }
};

class FaultyPositions final : public DecoratedPositions<BreakCalls> {
 public:
  FaultyPositions(PositionShelf& real, BreakCalls& hook)
      : DecoratedPositions(real, hook), faults_(*hook.faults) {}
  bool advance(const Advance& move) override {
    if (faults_.batch_max > 0 && move.to_sequence - move.from_sequence > faults_.batch_max) {
      ++faults_.too_large;
      throw StoreUnavailable("the server ended the session of a batch that took too long");
    }
    return DecoratedPositions::advance(move);
  }

 private:
  Faults& faults_;
};

/// Owns the real transaction, which must be there before the decorator begins and after it ends.
struct RealTransaction {
  std::unique_ptr<StoreTransaction> real;
};
class FaultyTransaction final : RealTransaction, public DecoratedTransaction<BreakCalls, FaultyPositions> {
 public:
  FaultyTransaction(std::unique_ptr<StoreTransaction> transaction, Faults& faults)
      : RealTransaction{std::move(transaction)}, DecoratedTransaction(*real, {&faults}) {}
};

class FaultyStore final : public Store {
  /// Before what uses it: its type is deduced.
  template <class Call>
  auto through(Call call) {
    return faults_.through<StoreUnavailable>(call);
  }

 public:
  FaultyStore(Store& real, Faults& faults) : real_(real), faults_(faults) {}
  std::unique_ptr<StoreTransaction> begin(For purpose) override {
    return through([&]() -> std::unique_ptr<StoreTransaction> {
      return std::make_unique<FaultyTransaction>(real_.begin(purpose), faults_);
    });
  }
  std::vector<LeaseRow> leases() override {
    return through([&] { return real_.leases(); });
  }
  std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                         std::int64_t seen_epoch, std::int64_t duration_ms) override {
    return through([&] { return real_.take_lease(partition, owner, seen_epoch, duration_ms); });
  }
  std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) override {
    return through([&] { return real_.renew_leases(owner, duration_ms); });
  }
  void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) override {
    through([&] { real_.release_lease(partition, owner, epoch); });
  }
  std::vector<NodeRow> nodes() override {
    return through([&] { return real_.nodes(); });
  }
  void forget_node(std::string_view name) override {
    through([&] { real_.forget_node(name); });
  }

 private:
  Store& real_;
  Faults& faults_;
};

class FaultyLog final : public EventLog {
  /// Before what uses it: its type is deduced.
  template <class Call>
  auto through(Call call) {
    return faults_.through<LogUnavailable>(call);
  }

 public:
  FaultyLog(EventLog& real, Faults& faults) : real_(real), faults_(faults) {}
  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override {
    through([&] { real_.append(events, checkpoint); });
  }
  std::string checkpoint(const std::string& source) override {
    return through([&] { return real_.checkpoint(source); });
  }
  void set_checkpoint(const SourceCheckpoint& checkpoint) override {
    through([&] { real_.set_checkpoint(checkpoint); });
  }
  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t most,
                                std::uint32_t timeout_ms, std::stop_token stop = {}) override {
    return through([&] { return real_.read(after, most, timeout_ms, stop); });
  }
  LogPosition end(std::int32_t partition) override {
    return through([&] { return real_.end(partition); });
  }
  LogPosition start(std::int32_t partition) override {
    return through([&] { return real_.start(partition); });
  }
  std::int32_t partitions() const override { return real_.partitions(); }
  std::string partition_name(std::int32_t partition) const override {
    return real_.partition_name(partition);
  }
  std::vector<std::pair<std::string, std::int64_t>> received() override {
    return through([&] { return real_.received(); });
  }

 private:
  EventLog& real_;
  Faults& faults_;
};

}  // namespace kinhub::test
