#pragma once
// Numbers of notices that are given up: a restored store passes over those that the hub before it may have
// published, so that no number ever means two notices.

#include <cstdint>
#include <optional>
#include <vector>

#include "hub/store/store.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// The numbers (before, up_to] belong to notices that this store does not have.
struct NoticeJump {
  std::int64_t before = 0, up_to = 0;
};
/// In order; none begins where another one ends.
std::vector<NoticeJump> notice_jumps(ValueShelf& values);
/// Whether a notice may follow another one: the next number, or all between were given up.
bool may_follow(const std::vector<NoticeJump>& jumps, std::int64_t before, std::int64_t sequence);
/// One more of them: jumps that adjoin or overlap become one.
std::vector<NoticeJump> with_jump(std::vector<NoticeJump> jumps, NoticeJump one);
/// Whether this number was given up.
bool is_given_up(const std::vector<NoticeJump>& jumps, std::int64_t sequence);

/// Gives up the numbers up to that one, and those of the next leads and persons, which the hub before may
/// have told of. What this store has from `differs_at` on was never published under its number: it is given
/// out again behind them. In a transaction of a CodedStore.
void give_up_numbers(StoreTransaction& writing, std::int64_t up_to, std::optional<std::int64_t> differs_at);
inline constexpr int numbers_passed_over = 10'000;  ///< of leads and persons

}  // namespace kinhub
