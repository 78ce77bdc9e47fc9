#pragma once
// The rules of signing in, as pure functions: how many failures close a door and for how long (GB/T 22239
// 8.1.4.1 b), and when a session has ended.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/store/accounts.hpp"

namespace kinhub {

/// Failures of one name, or of one name from one address, in order of time.
struct Failures {
  std::vector<std::int64_t> at_us;

  std::string bytes() const;
  static Failures read(std::string_view bytes);  ///< throws std::runtime_error on damage
};

/// Until when a name is closed from one address, after its failures from there: a second after the first,
/// then twice as long each time, a quarter of an hour from the fifth on. 0: it is open.
std::int64_t closed_until_us(const Failures& of_pair);
/// Whether a name had so many failures, from wherever, that no password may open it until a person does: 20
/// within an hour.
bool closes_door(const Failures& of_name, std::int64_t now_us);
/// With one more, and without those that no rule asks for any more.
Failures with_failure(Failures failures, std::int64_t now_us);
/// How long failures are remembered.
inline constexpr std::int64_t failures_life_us = 3600LL * 1'000'000;

/// How long a session lives.
struct SessionLimits {
  std::int64_t idle_us = 15 * 60LL * 1'000'000, life_us = 8 * 3600LL * 1'000'000;
  std::int64_t fresh_us = 10 * 60LL * 1'000'000;  ///< after the password was given, for what asks for it anew
  std::size_t per_account = 3;
};
/// When it ends unless somebody goes on.
std::int64_t ends_at_us(const SessionRow& session, const SessionLimits& limits);
bool has_ended(const SessionRow& session, std::int64_t now_us, const SessionLimits& limits);
bool is_fresh(const SessionRow& session, std::int64_t now_us, const SessionLimits& limits);
/// Whether it is time to write down that it was used: not with each request.
bool should_note_use(const SessionRow& session, std::int64_t now_us);
/// Those to end before one more begins, the oldest first. `sessions`: of one account, the oldest first.
std::vector<std::string> surplus(const std::vector<SessionRow>& sessions, const SessionLimits& limits);

/// How an installation works with accounts.
struct AccountRules {
  SessionLimits sessions;
  bool trial = true;                ///< to try it out: one person may have roles that exclude one another
  bool four_eyes_ended = false;     ///< a second person agrees to the end of a right
  bool four_eyes_overpaid = false;  ///< and to what was overpaid
};

}  // namespace kinhub
