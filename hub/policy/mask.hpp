#pragma once
// Bit masks over segments, and three-valued logic on pairs of them: and, or, not of a whole
// timeline are single instructions.

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace kinhub::policy {

/// Bit mask of W words: one bit for each segment between two cut points.
template <std::size_t W>
struct Mask {
  std::array<std::uint64_t, W> words{};

  static Mask all() {
    Mask mask;
    mask.words.fill(~std::uint64_t{0});
    return mask;
  }
  /// Ones in segments [from, until).
  static Mask ones(std::size_t from, std::size_t until) {
    Mask mask;
    if (from >= until) return mask;
    if constexpr (W == 1) {
      auto below = [](std::size_t bit) {
        return bit >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bit) - 1;
      };
      mask.words[0] = below(until) & ~below(from);
    } else {
      for (std::size_t w = from / 64; w < W && w * 64 < until; ++w) {
        std::uint64_t word = ~std::uint64_t{0};
        if (w * 64 < from) word &= ~std::uint64_t{0} << (from - w * 64);
        if (until - w * 64 < 64) word &= (std::uint64_t{1} << (until - w * 64)) - 1;
        mask.words[w] = word;
      }
    }
    return mask;
  }
  /// REQUIRES: segment < 64 * W.
  bool test(std::size_t segment) const { return (words[segment / 64] >> (segment % 64)) & 1; }
  bool any() const {
    for (auto word : words)
      if (word) return true;
    return false;
  }
  /// The first one at or after `from`; 64 * W when there is none.
  std::size_t next_one(std::size_t from) const {
    for (std::size_t w = from / 64; w < W; ++w) {
      std::uint64_t word = words[w];
      if (w == from / 64) word &= ~std::uint64_t{0} << (from % 64);
      if (word) return w * 64 + static_cast<std::size_t>(std::countr_zero(word));
    }
    return W * 64;
  }
  /// From the first one on, all ones.
  Mask ever() const {
    for (std::size_t w = 0; w < W; ++w)
      if (words[w]) return ones(w * 64 + static_cast<std::size_t>(std::countr_zero(words[w])), W * 64);
    return Mask{};
  }
  /// Each segment holds the value of the segment before it.
  Mask later() const {
    Mask mask;
    std::uint64_t carry = 0;
    for (std::size_t w = 0; w < W; ++w) {
      mask.words[w] = words[w] << 1 | carry;
      carry = words[w] >> 63;
    }
    return mask;
  }
  Mask operator~() const {
    Mask mask;
    for (std::size_t w = 0; w < W; ++w)
      mask.words[w] = ~words[w];
    return mask;
  }
  Mask& operator&=(const Mask& other) {
    for (std::size_t w = 0; w < W; ++w)
      words[w] &= other.words[w];
    return *this;
  }
  Mask& operator|=(const Mask& other) {
    for (std::size_t w = 0; w < W; ++w)
      words[w] |= other.words[w];
    return *this;
  }
  friend Mask operator&(Mask a, const Mask& b) { return a &= b; }
  friend Mask operator|(Mask a, const Mask& b) { return a |= b; }
};

/// Three values at once: met where must, not met where not can, unknown between.
template <std::size_t W>
struct Pair {
  Mask<W> must, can;
  static Pair all() { return {Mask<W>::all(), Mask<W>::all()}; }
  Pair operator~() const { return {~can, ~must}; }
  friend Pair operator&(const Pair& a, const Pair& b) { return {a.must & b.must, a.can & b.can}; }
  friend Pair operator|(const Pair& a, const Pair& b) { return {a.must | b.must, a.can | b.can}; }
};

enum class Value : std::uint8_t { no = 0, perhaps = 1, yes = 2 };

}  // namespace kinhub::policy
