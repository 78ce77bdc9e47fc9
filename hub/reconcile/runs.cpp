#include "hub/reconcile/runs.hpp"

#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

namespace kinhub::reconcile {
namespace {

constexpr char last_run_name[] = "reconcile last run";
constexpr RunState states[] = {RunState::comparing, RunState::compared, RunState::not_whole,
                               RunState::braked,    RunState::dry_run,  RunState::done};
constexpr RowClass classes[] = {RowClass::equal,    RowClass::changed,   RowClass::missing,
                                RowClass::late,     RowClass::duplicate, RowClass::unreadable,
                                RowClass::filtered, RowClass::damaged};
constexpr Repair repairs[] = {Repair::automatic, Repair::ask, Repair::never};

Repair repair_named(std::string_view name) {
  for (const auto repair : repairs)
    if (name_of(repair) == name) return repair;
  throw std::runtime_error("no way of repairing is called so");
}

std::string last_run_of(const std::string& source) {
  return "reconcile last run of " + source;
}

std::string run_name(std::int64_t id) {
  return "reconcile run " + std::to_string(id);
}

/// The other counts, by name.
constexpr std::pair<const char*, std::int64_t RunCounts::*> counts[] = {
    {"records", &RunCounts::records},
    {"unchanged", &RunCounts::unchanged},
    {"mendable", &RunCounts::mendable},
    {"older_there", &RunCounts::older},
    {"contested", &RunCounts::contested},
    {"not_there", &RunCounts::not_there},
    {"entries", &RunCounts::entries},
    {"corrected", &RunCounts::corrected},
    {"moved", &RunCounts::moved},
    {"kept_missing", &RunCounts::kept_missing},
    {"kept_changed", &RunCounts::kept_changed}};

}  // namespace

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::comparing:
      return "comparing";
    case RunState::compared:
      return "compared";
    case RunState::not_whole:
      return "not whole";
    case RunState::braked:
      return "braked";
    case RunState::dry_run:
      return "dry run";
    case RunState::done:
      return "done";
  }
  return "";
}

std::string_view name_of(Repair repair) {
  switch (repair) {
    case Repair::automatic:
      return "automatic";
    case Repair::ask:
      return "ask";
    case Repair::never:
      return "never";
  }
  return "";
}

bool RunCounts::foot() const {
  const auto sum = std::accumulate(of_class.begin(), of_class.end(), std::int64_t{0});
  const auto differing = of(RowClass::changed) + of(RowClass::missing);
  return sum == records && unchanged <= of(RowClass::equal) && mendable + kept() + contested <= differing &&
         corrected + moved <= mendable;
}

std::optional<RunState> run_state(std::string_view name) {
  for (const auto state : states)
    if (name_of(state) == name) return state;
  return std::nullopt;
}

std::string serialized(const RunRecord& run) {
  nlohmann::ordered_json json{{"run", run.id},
                              {"source", run.source},
                              {"snapshot", run.paths},
                              {"state", name_of(run.state)},
                              {"first_load", run.first_load},
                              {"begun_us", run.begun_us},
                              {"ended_us", run.ended_us}};
  json["watermark_us"] = run.watermark_us ? nlohmann::ordered_json(*run.watermark_us) : nullptr;
  json["watermark_told"] = run.watermark_told;
  json["fingerprint"] = run.fingerprint;
  for (const auto& [name, member] : counts)
    json["counts"][name] = run.counts.*member;
  for (const auto one : classes)
    json["counts"][std::string(name_of(one))] = run.counts.of(one);
  json["reasons"] = nlohmann::ordered_json::array();
  for (const auto& error : run.reasons)
    json["reasons"].push_back({{"code", error.code}, {"text", error.text}, {"place", error.place}});
  json["contested_keys"] = run.contested;
  json["report"] = run.report;
  json["repair"] = {{"missing", name_of(run.repairs.missing)}, {"changed", name_of(run.repairs.changed)}};
  json["compare_us"] = run.compare_us;
  json["signature"] = run.signature;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

RunRecord run_from_json(const std::string& text) try {
  const auto json = nlohmann::json::parse(text);
  RunRecord run;
  run.id = json.at("run"), run.source = json.at("source"), run.paths = json.at("snapshot");
  run.state = run_state(json.at("state").get<std::string>()).value();
  run.first_load = json.at("first_load"), run.begun_us = json.at("begun_us"),
  run.ended_us = json.at("ended_us");
  if (!json.at("watermark_us").is_null()) run.watermark_us = json.at("watermark_us").get<std::int64_t>();
  run.watermark_told = json.at("watermark_told"), run.fingerprint = json.at("fingerprint");
  for (const auto& [name, member] : counts)
    run.counts.*member = json.at("counts").value(name, std::int64_t{0});  // some came later
  for (const auto one : classes)
    run.counts.of(one) = json.at("counts").value(std::string(name_of(one)), std::int64_t{0});
  for (const auto& error : json.at("reasons"))
    run.reasons.push_back({error.at("code"), error.at("text"), error.at("place")});
  run.contested = json.at("contested_keys"), run.report = json.at("report");
  if (const auto repair = json.find("repair"); repair != json.end())
    run.repairs = {repair_named(repair->at("missing").get<std::string>()),
                   repair_named(repair->at("changed").get<std::string>())};
  run.compare_us = json.value("compare_us", std::int64_t{0}), run.signature = json.value("signature", "");
  return run;
} catch (const std::exception& broken) {
  throw std::runtime_error(std::string("a kept run of reconciliation cannot be read: ") + broken.what());
}

std::int64_t new_run(ValueShelf& values) {
  const auto last = values.get(last_run_name);
  const auto next = (last.empty() ? 0 : std::stoll(last)) + 1;
  values.put(last_run_name, std::to_string(next));
  return next;
}

std::optional<RunRecord> find_run(ValueShelf& values, std::int64_t id) {
  const auto kept = values.get(run_name(id));
  if (kept.empty()) return std::nullopt;
  return run_from_json(kept);
}

void put_run(ValueShelf& values, const RunRecord& run) {
  values.put(run_name(run.id), serialized(run));
  const auto name = last_run_of(run.source);
  const auto last = values.get(name);
  if (last.empty() || std::stoll(last) < run.id) values.put(name, std::to_string(run.id));
}

std::optional<RunRecord> last_run(ValueShelf& values, const std::string& source) {
  const auto last = values.get(last_run_of(source));
  if (!last.empty()) return find_run(values, std::stoll(last));
  auto found = runs(values, source, 1);  // of a hub from before the name was kept
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<RunRecord> runs(ValueShelf& values, const std::string& source, std::size_t count_max) {
  std::vector<RunRecord> found;
  const auto last = values.get(last_run_name);
  for (auto id = last.empty() ? 0 : std::stoll(last); id > 0 && found.size() < count_max; --id)
    if (auto run = find_run(values, id); run && (source.empty() || run->source == source))
      found.push_back(std::move(*run));
  return found;
}

}  // namespace kinhub::reconcile
