#include "hub/account/rules.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t second_us = 1'000'000;
constexpr std::size_t failures_to_wait = 5, failures_to_close = 20, failures_kept = 40;
constexpr std::int64_t long_wait_us = 15 * 60 * second_us;
constexpr std::int64_t note_use_after_us = 60 * second_us;
/// How far clocks of two nodes may be apart.
constexpr std::int64_t skew_us = 60 * second_us;

/// Whether a time was told by a clock that was set back since.
bool is_to_come(std::int64_t at_us, std::int64_t now_us) {
  return at_us > now_us + skew_us;
}

}  // namespace

std::string Failures::bytes() const {
  Packer out;
  out.number(at_us.size());
  for (const auto at : at_us)
    out.signed_number(at);
  return out.take();
}

Failures Failures::read(std::string_view bytes) {
  Failures failures;
  Unpacker in(bytes);
  failures.at_us.resize(in.count());
  for (auto& at : failures.at_us)
    at = in.signed_number();
  return failures;
}

std::int64_t closed_until_us(const Failures& of_pair) {
  const auto count = of_pair.at_us.size();
  if (count == 0) return 0;
  const auto wait = count >= failures_to_wait ? long_wait_us : second_us << (count - 1);
  return of_pair.at_us.back() + wait;
}

bool closes_door(const Failures& of_name, std::int64_t now_us) {
  const auto recent = std::count_if(of_name.at_us.begin(), of_name.at_us.end(),
                                    [&](std::int64_t at) { return at > now_us - failures_life_us; });
  return recent >= static_cast<std::ptrdiff_t>(failures_to_close);
}

Failures with_failure(Failures failures, std::int64_t now_us) {
  for (auto& at : failures.at_us)  // of a clock that was set back: at most from now on
    at = std::min(at, now_us);
  std::erase_if(failures.at_us, [&](std::int64_t at) { return at <= now_us - failures_life_us; });
  failures.at_us.push_back(now_us);
  if (failures.at_us.size() > failures_kept) failures.at_us.erase(failures.at_us.begin());
  return failures;
}

std::int64_t ends_at_us(const SessionRow& session, const SessionLimits& limits) {
  return std::min(session.seen_us + limits.idle_us, session.ends_us);
}
bool has_ended(const SessionRow& session, std::int64_t now_us, const SessionLimits& limits) {
  // Seen in times to come: nobody knows how long it was idle, so it has been for too long.
  return now_us >= ends_at_us(session, limits) || is_to_come(session.seen_us, now_us) ||
         is_to_come(session.since_us, now_us);
}
bool is_fresh(const SessionRow& session, std::int64_t now_us, const SessionLimits& limits) {
  return now_us < session.fresh_us + limits.fresh_us && !is_to_come(session.fresh_us, now_us);
}
bool should_note_use(const SessionRow& session, std::int64_t now_us) {
  return now_us >= session.seen_us + note_use_after_us;
}

std::vector<std::string> surplus(const std::vector<SessionRow>& sessions, const SessionLimits& limits) {
  std::vector<std::string> digests;
  for (std::size_t i = 0; i + limits.per_account <= sessions.size(); ++i)
    digests.push_back(sessions[i].digest);
  return digests;
}

}  // namespace kinhub
