#pragma once
// The injected clock: everything that needs "now" is given a Clock&.

#include <chrono>
#include <cstdint>

namespace kinhub {

/// Safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_us() const = 0;  ///< UTC microseconds since 1970
};

class SystemClock final : public Clock {
 public:
  std::int64_t now_us() const override {
    using namespace std::chrono;
    return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  }
};

/// A manual clock for tests: stands still until set.
class FixedClock final : public Clock {
 public:
  explicit FixedClock(std::int64_t now_us) : now_us_(now_us) {}
  std::int64_t now_us() const override { return now_us_; }
  void set(std::int64_t now_us) { now_us_ = now_us; }

 private:
  std::int64_t now_us_;
};

}  // namespace kinhub
