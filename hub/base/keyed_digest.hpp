#pragma once
// Keyed 64-bit digest (SipHash-2-4): tells whether two texts of one place are the same, and nothing of what
// they say to anyone without the key. For comparisons, never for identities.

#include <cstdint>
#include <string_view>

#include "hub/base/secrets.hpp"

namespace kinhub {

/// Pseudo-random function of one key. Safe from any thread.
class KeyedDigest {
 public:
  /// `key`: 16 secret bytes, as a token is.
  explicit KeyedDigest(const Token& key);
  /// Of `bytes` behind `context`, a digest of what stands around them. Never 0, which stands for "not known".
  std::uint64_t of(std::string_view bytes, std::uint64_t context = 0) const;

 private:
  std::uint64_t k0_, k1_;
};

}  // namespace kinhub
