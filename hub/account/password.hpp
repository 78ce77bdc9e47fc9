#pragma once
// Passwords: what a new one must be (ASVS 5.0, 6.2), and how it is kept: argon2id (RFC 9106) over a keyed
// digest (pepper), so that a copy of the store alone does not let anybody try words.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

/// Why a new password is refused; nothing: it is not. Any composition, 12 to 128 characters, not among the
/// 10,000 most common ones, and without product, place and the account's own name as most of it. Errors:
/// PASSWORD_SHORT, PASSWORD_LONG, PASSWORD_COMMON, PASSWORD_OWN; the place is /password.
std::optional<Error> password_fault(std::string_view password, std::string_view account_name);

/// What one hash costs.
struct PasswordCost {
  std::uint32_t memory_kib = 64 * 1024, passes = 2, lanes = 1;
};

/// Safe from any thread; one hash at a time, as each takes its memory.
class PasswordHasher {
 public:
  explicit PasswordHasher(Keyring keys, PasswordCost cost = {}) : keys_(std::move(keys)), cost_(cost) {}
  /// A new encoded hash, with a salt of its own.
  std::string hash(std::string_view password) const;
  /// Compares in constant time. An empty `encoded` fits nothing, and costs the same.
  bool verify(std::string_view password, const std::string& encoded) const;

 private:
  std::string peppered(std::string_view password) const;
  const Keyring keys_;
  const PasswordCost cost_;
};

}  // namespace kinhub
