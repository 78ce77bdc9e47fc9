#include "hub/ground/night_round.hpp"

#include <algorithm>

#include "hub/base/mask.hpp"
#include "hub/base/unavailable.hpp"

namespace kinhub {
namespace {

/// A step reads everybody, or all snapshots: what keeps it from its work seldom goes within a minute.
constexpr std::int64_t again_after_us = 15LL * 60 * 1'000'000;

template <class Work>
void write(Store& store, Work work) {
  const auto writing = store.begin(Store::For::writing);
  work(writing->values());
  writing->commit();
}

/// The round that was begun, or a new one. What cannot be read of it keeps no step from being done: of each
/// step it is noted apart for which day it was.
NightRoundDone round_at_hand(const NightRoundMeans& means) {
  try {
    auto kept = kept_round(means.store.begin(Store::For::reading)->values());
    if (kept && kept->day >= means.day && kept->day <= means.today) return std::move(*kept);
  } catch (const Unavailable&) {
    throw;
  } catch (const std::runtime_error& unreadable) {
    means.note(mask_numbers_in(unreadable.what()) + "; another is begun");
  }
  return {means.day, means.node, means.clock.now_us(), 0, {}};
}

/// Since which day rounds are due here.
std::string due_since(const NightRoundMeans& means) {
  auto since = rounds_since(means.store.begin(Store::For::reading)->values());
  if (!since.empty()) return since;
  write(means.store, [&](ValueShelf& values) { note_rounds_since(values, means.today); });
  return means.today.text();
}

/// Runs a step; what it throws is its result.
StepEnd run_step(const NightRoundMeans& means, NightStepDone& done) {
  const auto failed = [&](const std::exception& why, std::int64_t again_us) {
    if (!means.goes_on()) return StepEnd::stopped;
    done = {done.step, "failed, tried again", false, mask_numbers_in(why.what()), again_us};
    return StepEnd::open;
  };
  try {
    return means.step(done.step, done);
  } catch (const Unavailable& away) {
    return failed(away, means.clock.now_us());
  } catch (const std::exception& error) {
    return failed(error, means.clock.now_us() + again_after_us);
  }
}

}  // namespace

void do_night_round(const NightRoundMeans& means) {
  auto round = round_at_hand(means);
  const auto since = due_since(means);
  bool whole = true;
  for (const auto step : means.night.steps) {
    const auto noted = step_done_on(means.store.begin(Store::For::reading)->values(), step);
    if (counts_as_done(noted, means.day, means.today)) continue;
    const auto before = std::ranges::find(round.steps, step, &NightStepDone::step);
    const bool waits = before != round.steps.end() && before->again_us > means.clock.now_us();
    if (waits || (step == NightStep::rights && !means.scans_rights)) {
      whole = false;
      continue;
    }
    if (!means.goes_on()) return;
    NightStepDone done{step, "", true, "", 0};
    auto end = StepEnd::done;
    // What a hub that is new has from its agencies it is only just taking.
    if (since >= means.day.text() && (step == NightStep::reconcile || step == NightStep::agreement))
      done.said = "from the next night on";
    else
      end = run_step(means, done);
    if (end == StepEnd::stopped) return;
    if (end == StepEnd::open) whole = false, done.again_us = std::max(done.again_us, means.clock.now_us());
    if (before == round.steps.end() || before->said != done.said || before->trouble != done.trouble)
      means.note("night round of " + means.day.text() + ", " + std::string(name_of(step)) + ": " + done.said +
                 (done.trouble.empty() ? std::string() : "; LOOK: " + done.trouble));
    std::erase_if(round.steps, [&](const NightStepDone& one) { return one.step == step; });
    round.steps.push_back(std::move(done));
    write(means.store, [&](ValueShelf& values) {
      if (end == StepEnd::done) note_step(values, step, means.day, means.today);
      keep_round(values, round);
    });
  }
  // Also a round whose last step was noted just before a stop.
  if (!whole || round.ended_us != 0) return;
  round.ended_us = means.clock.now_us();
  write(means.store, [&](ValueShelf& values) { keep_round(values, round); });
}

}  // namespace kinhub
