#pragma once
// Seeded chance: the same seed gives the same population on every machine.

#include <cstdint>
#include <span>

namespace kinhub::agencies {

/// splitmix64; written out because the standard distributions differ between libraries.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t word = state_;
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
    return word ^ (word >> 31);
  }
  /// Both ends included. REQUIRES: low <= high.
  int between(int low, int high) {
    return low + static_cast<int>(next() % static_cast<std::uint64_t>(high - low + 1));
  }
  bool percent(int share) { return between(0, 99) < share; }
  template <class T, std::size_t n>
  const T& one_of(const T (&items)[n]) {
    return items[next() % n];
  }

 private:
  std::uint64_t state_;
};

}  // namespace kinhub::agencies
