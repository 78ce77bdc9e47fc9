#include "hub/ground/night.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "hub/base/clock.hpp"
#include "hub/base/time_text.hpp"
#include "hub/ground/reconciliation.hpp"
#include "hub/ground/sources.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/identity_scan.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

constexpr char round_name[] = "night round", since_name[] = "night rounds since";
constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us, day_us = 24 * hour_us;

/// When the round of a day is due.
std::int64_t due_us(const NightConfig& night, Date day) {
  constexpr std::int64_t shanghai_us = 8 * hour_us;
  return day.days() * day_us - shanghai_us + night.at_minute * minute_us;
}

const char* value_of(NightStep step) {
  switch (step) {
    case NightStep::rights:
      return "last scan";
    case NightStep::identity:
      return last_identity_scan;
    case NightStep::reconcile:
      return "last night reconcile";
    case NightStep::agreement:
      return "last night agreement";
    case NightStep::scrub:
      return "last scrub";
  }
  return "";
}

NightStep step_named(const std::string& name) {
  for (const auto step : night_steps)
    if (name_of(step) == name) return step;
  throw std::runtime_error("no step is called " + name);
}

std::string words(std::int64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what);
}

/// Whether all there is against a snapshot is that it was compared before.
bool is_nothing_new(const reconcile::RunRecord& run) {
  return run.state == reconcile::RunState::not_whole && run.reasons.size() == 1 &&
         run.reasons.front().code == "SNAPSHOT_SAME";
}

std::string turn_of(const std::string& source) {
  return "night reconcile of " + source;
}

/// Notes that the turn of a source in the round of a day is over, and what it came to: other runs may follow
/// before the round is told.
void note_turn(const HubGround& ground, const std::string& source, Date day,
               const Result<reconcile::RunRecord>& run) {
  Json json{{"day", day.text()}};
  if (run)
    json["run"] = run->id;
  else
    json["code"] = run.error().code, json["text"] = run.error().text;
  auto writing = ground.store.begin(Store::For::writing);
  writing->values().put(turn_of(source), json.dump(-1, ' ', false, Json::error_handler_t::replace));
  writing->commit();
}

/// Tells what the turn of a source came to; false: it is still to come.
bool tell_turn(const HubGround& ground, const std::string& source, Date day, NightReconciled& done) {
  const auto reading = ground.store.begin(Store::For::reading);
  const auto noted = Json::parse(reading->values().get(turn_of(source)), nullptr, false);
  if (!noted.is_object() || noted.value("day", "") != day.text()) return false;
  if (const auto id = noted.value("run", std::int64_t{0}); id == 0)
    done.refused.push_back({noted.value("code", ""), noted.value("text", ""), source});
  else if (auto run = reconcile::find_run(reading->values(), id))
    done.runs.push_back(std::move(*run));
  return true;
}

}  // namespace

Date night_due(const NightConfig& night, std::int64_t now_us) {
  const auto today = shanghai_date(now_us);
  return now_us >= due_us(night, today) ? today : today.plus_days(-1);
}

void keep_round(ValueShelf& values, const NightRoundDone& round) {
  Json json{{"day", round.day.text()},
            {"node", round.node},
            {"begun_us", round.begun_us},
            {"ended_us", round.ended_us}};
  json["steps"] = Json::array();
  for (const auto& one : round.steps)
    json["steps"].push_back({{"step", name_of(one.step)},
                             {"said", one.said},
                             {"worked", one.worked},
                             {"trouble", one.trouble},
                             {"again_us", one.again_us}});
  values.put(round_name, json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

std::optional<NightRoundDone> kept_round(ValueShelf& values) try {
  const auto kept = values.get(round_name);
  if (kept.empty()) return std::nullopt;
  const auto json = Json::parse(kept);
  NightRoundDone round;
  round.day = Date::parse(json.at("day").get<std::string>()).value();
  round.node = json.at("node"), round.begun_us = json.at("begun_us"), round.ended_us = json.at("ended_us");
  for (const auto& one : json.at("steps"))
    round.steps.push_back({step_named(one.at("step")), one.at("said"), one.at("worked"), one.at("trouble"),
                           one.value("again_us", std::int64_t{0})});
  return round;
} catch (const std::exception& broken) {
  throw std::runtime_error(std::string("what is kept of the night round cannot be read: ") + broken.what());
}

std::string step_done_on(ValueShelf& values, NightStep step) {
  return values.get(value_of(step));
}
bool counts_as_done(const std::string& noted, Date day, Date today) {
  return noted >= day.text() && noted <= std::max(day, today).text();
}
void note_step(ValueShelf& values, NightStep step, Date day, Date today) {
  if (!counts_as_done(values.get(value_of(step)), day, today)) values.put(value_of(step), day.text());
}
std::string rounds_since(ValueShelf& values) {
  return values.get(since_name);
}
void note_rounds_since(ValueShelf& values, Date day) {
  values.put(since_name, day.text());
}

std::vector<std::string> night_alarms(const NightConfig& night, const std::optional<NightRoundDone>& kept,
                                      const std::string& since, std::int64_t now_us) {
  std::vector<std::string> alarms;
  const auto last = kept && kept->day <= shanghai_date(now_us) ? kept : std::nullopt;
  if (since.empty()) return alarms;
  auto due = night_due(night, now_us);
  // One that was due a moment ago may be under way.
  if (now_us < due_us(night, due) + night.late_hours * hour_us) due = due.plus_days(-1);
  const bool done = last && last->ended_us != 0 && last->day >= due;
  // The round of a day that is under way does not hide that the one before it was done.
  const bool under_way = last && last->day > due;
  if (due.text() >= since && !done && !under_way)
    alarms.push_back("the night round of " + due.text() + " was not done" +
                     (last && last->day < due ? "; the last one was that of " + last->day.text() : "") +
                     ": does a hub run, and what does it say?");
  if (!last) return alarms;
  for (const auto& step : last->steps) {
    if (!step.worked)
      alarms.push_back(fmt::format("the night round of {} did nothing for {}: {}", last->day.text(),
                                   name_of(step.step), step.trouble.empty() ? step.said : step.trouble));
    else if (!step.trouble.empty())
      alarms.push_back(
          fmt::format("night round of {}, {}: {}", last->day.text(), name_of(step.step), step.trouble));
  }
  return alarms;
}

NightStepDone summary_of(const std::vector<reconcile::RunRecord>& runs, const std::vector<Error>& refused,
                         const std::vector<std::string>& at_work) {
  using reconcile::RunState;
  NightStepDone step{NightStep::reconcile, "", true, ""};
  std::int64_t compared = 0, corrected = 0, nothing_new = 0;
  std::vector<std::string> braked, not_whole;
  for (const auto& run : runs) {
    const auto named = run.source + " (run " + std::to_string(run.id) + ")";
    if (is_nothing_new(run))
      ++nothing_new;
    else if (run.state == RunState::not_whole)
      not_whole.push_back(named);
    else
      ++compared, corrected += run.counts.corrected;
    if (run.state == RunState::braked) braked.push_back(named);
  }
  const auto asked = static_cast<std::int64_t>(runs.size() + refused.size() + at_work.size());
  step.said = words(compared, "of ") + std::to_string(asked) + " sources compared, " +
              words(corrected, "records corrected");
  if (nothing_new > 0) step.said += ", " + words(nothing_new, "delivered nothing new");
  for (const auto& source : at_work)
    step.said += ", " + source + " waits for the run that is at work over it";
  compared += nothing_new + static_cast<std::int64_t>(at_work.size());
  step.worked = asked == 0 || compared > 0;
  const auto add = [&](const std::vector<std::string>& names, std::string_view what) {
    if (names.empty()) return;
    if (!step.trouble.empty()) step.trouble += "; ";
    for (std::size_t i = 0; i < names.size(); ++i)
      step.trouble += (i == 0 ? "" : ", ") + names[i];
    step.trouble += what;
  };
  add(braked, " would change more than it may: look at the report, then kinhub reconcile repair");
  add(not_whole, " was not whole and not compared: kinhub reconcile show tells why");
  std::vector<std::string> not_compared;
  for (const auto& error : refused)
    not_compared.push_back(error.place + " [" + error.code + "]");
  add(not_compared, " could not be compared");
  return step;
}

NightReconciled reconcile_at_night(const HubGround& ground, std::optional<Date> day, std::stop_token stop,
                                   const OnProgress& on_progress) {
  NightReconciled done;
  std::vector<std::string> names = ground.config.night.sources;
  if (names.empty())
    for (const auto& source : ground.config.sources)
      names.push_back(source.name);
  for (const auto& name : names) {
    const auto* source = ground.config.source(name);
    if (!source || source->built_in() || !has_snapshot(*source)) continue;
    if (day && tell_turn(ground, name, *day, done)) continue;
    if ((done.stopped = stop.stop_requested())) break;
    auto run = reconcile_source(ground, *source, {}, {}, on_progress, stop);
    if (!run && run.error().code == "RUN_AT_WORK") {
      done.at_work.push_back(name);
      continue;
    }
    // A run that came to its end is noted, though a stop was asked for meanwhile; one that a stop tore is
    // not.
    if (stop.stop_requested() && (!run || run->state == reconcile::RunState::not_whole)) {
      done.stopped = true;
      break;
    }
    if (day) note_turn(ground, name, *day, run);
    if (run)
      done.runs.push_back(std::move(*run));
    else
      done.refused.push_back({run.error().code, run.error().text, name});
  }
  done.summary = summary_of(done.runs, done.refused, done.at_work);
  return done;
}

Result<NightAgreement> agree_at_night(const HubGround& ground, Pipeline& pipeline, std::stop_token stop,
                                      const OnProgress& on_progress) {
  EvidenceBook book(ground.keys);
  auto evidence = book.rules_in(ground.store.begin(Store::For::reading)->values());
  AgreementQuestion everything;
  everything.differences_max = 0;  // the figures are kept; kinhub agreement tells each
  const auto now_us = ground.clock.now_us();
  const AgreementMeans means{ground.store, ground.keys, std::move(evidence),
                             ground.today ? *ground.today : shanghai_date(now_us), now_us};
  const auto found = find_agreement(means, everything, stop, on_progress);
  if (!found) return found.error();
  if (!pipeline.question_deaths(found->in_question, stop))
    return Error{"STOPPED", "stopped: not all deaths in question were looked at", ""};
  return NightAgreement{found->people, found->differences_all,
                        static_cast<std::int64_t>(found->in_question.size())};
}

std::string said_of(const NightAgreement& agreement) {
  return words(agreement.people, "people compared, ") + words(agreement.differences, "differences, ") +
         words(agreement.in_question, "reported dead and listed as living");
}

}  // namespace kinhub
