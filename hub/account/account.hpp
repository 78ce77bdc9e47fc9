#pragma once
// An account: who it is, what it may, where, and how it signs in. Sealed in the store.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

/// invited: has no password yet; locked: a person closed it. Stored: numbers stay.
enum class AccountState : std::uint8_t { invited = 0, active = 1, locked = 2 };
std::string_view name_of(AccountState state);  ///< "invited", "active", "locked"

/// What an account may, and where.
struct Grants {
  std::vector<std::string> roles;   ///< case-worker
  std::vector<std::string> rights;  ///< granted one by one: lead.countersign
  std::vector<std::string> areas;   ///< codes; none: the whole scope
  friend bool operator==(const Grants&, const Grants&) = default;
};

/// Somebody's hand on an account: they made it, granted it something, sent it a link or locked it.
struct Hand {
  std::int64_t account = 0, at_us = 0;
};
/// For how long who had a hand on an account and it count as one person.
inline constexpr std::int64_t hand_life_us = 24 * 3600LL * 1'000'000;

struct UserAccount {
  std::int64_t id = 0, revision = 0;  ///< as the store has them
  std::string name;
  AccountState state = AccountState::invited;
  bool door_closed = false;  ///< too many failures: no password opens it until a person unlocks it
  Grants grants;
  std::string password;  ///< encoded hash; empty: none
  std::int64_t created_at_us = 0, signed_in_at_us = 0;
  std::vector<Hand> hands = {};  ///< of the last day; none of the command line
  std::vector<Grants> had = {};  ///< what it was granted before, as long as there are hands

  bool in_hand_of(std::int64_t who, std::int64_t now_us) const;
};

/// The content of a row, without id and revision.
std::string to_bytes(const UserAccount& account);
/// Throws std::runtime_error on damage.
UserAccount account_from(std::string_view bytes);

/// A name as it is compared: without blanks around it, ASCII letters small.
std::string folded_name(std::string_view name);
/// Why this is no name of an account; done: it is one. Errors: ACCOUNT_NAME.
Result<std::string> account_name(std::string_view name);

}  // namespace kinhub
