#pragma once
// Hash table of 64-bit keys with open addressing: what is known of millions of records during a run, in 16
// bytes each.

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kinhub::reconcile {

/// Keys are digests or tokens, so they are spread already; 0 is none. Grows at three quarters.
template <class Value>
class FlatTable {
 public:
  /// The value of a key; a new one where there is none.
  Value& operator[](std::uint64_t key) {
    if (4 * (used_ + 1) > 3 * slots_.size()) grow();
    auto& slot = slot_of(key);
    if (slot.key == 0) slot.key = key, ++used_;
    return slot.value;
  }
  /// Null when it is not there.
  Value* find(std::uint64_t key) {
    if (slots_.empty()) return nullptr;
    auto& slot = slot_of(key);
    return slot.key == 0 ? nullptr : &slot.value;
  }
  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint64_t key = 0;
    Value value{};
  };
  Slot& slot_of(std::uint64_t key) {
    assert(key != 0);
    const auto mask = slots_.size() - 1;
    for (auto at = (key ^ (key >> 29)) & mask;; at = (at + 1) & mask)
      if (slots_[at].key == key || slots_[at].key == 0) return slots_[at];
  }
  void grow() {
    std::vector<Slot> before(slots_.empty() ? 64 : 2 * slots_.size());
    before.swap(slots_);
    for (const auto& slot : before)
      if (slot.key != 0) slot_of(slot.key) = slot;
  }
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace kinhub::reconcile
