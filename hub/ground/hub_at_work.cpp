#include "hub/ground/hub_at_work.hpp"

#include <chrono>
#include <thread>

#include "hub/base/mask.hpp"
#include "hub/base/sleep.hpp"
#include "hub/base/version.hpp"
#include "hub/ground/doctor.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/night.hpp"
#include "hub/ground/night_round.hpp"
#include "hub/ground/policy_state.hpp"
#include "hub/ground/states.hpp"
#include "hub/store/damage.hpp"
#include "hub/store/notices.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds ownership_pause{300};
constexpr std::uint32_t relay_pause_ms = 200;  ///< other nodes and commands make notices too
constexpr std::uint32_t farewell_ms = 10'000;
constexpr milliseconds metrics_pause{5000};
constexpr std::chrono::seconds silence_max{
    10};  ///< a client library may wait for its brokers longer than it was told
constexpr milliseconds night_pause{60'000};
constexpr std::int64_t one_machine_lease_ms = 60'000;

/// Node name conflict: two hubs under one name would take each other's leases, so this one ends.
class NameTaken final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

LeaseKeeper::Listener lease_listener(const HubGround& ground, Outages& outages) {
  LeaseKeeper::Listener listener;
  if (ground.config.postgres) {  // not on SQLite: a single node owns everything at once
    listener.gained = [&ground](const std::string& name) {
      ground.note(ground.node + " owns " + name + " now");
    };
    listener.lost = [&ground](const std::string& name) {
      ground.note(ground.node + " owns " + name + " no longer");
    };
  }
  listener.waits = [&](const std::string& why) { outages.waits("leases", "store", why); };
  listener.goes_on = [&](const std::string&) { outages.goes_on("leases"); };
  return listener;
}

}  // namespace

std::int64_t lease_ms_of(const Config& config) {
  const auto lease_ms = config.lease_seconds * std::int64_t{1000};
  // SQLite is single-node: nobody can take over, so the lease need not be renewed within a long batch.
  return config.postgres ? lease_ms : std::max(lease_ms, one_machine_lease_ms);
}

LeaseKeeper::Options lease_options(const HubGround& ground) {
  LeaseKeeper::Options options;
  options.node = ground.node;
  options.lease_ms = lease_ms_of(ground.config);
  return options;
}

void Outages::waits(const std::string& who, const std::string& what, const std::string& why) {
  MutexLock lock(mutex_);
  auto& away = away_[what];
  away.who.insert(who);
  const bool late =
      away.asked_again && away.back_at && std::chrono::steady_clock::now() - *away.back_at < late_;
  if (away.told || late) return;
  away.told = true;
  note_("waiting for the " + what + ": " + mask_numbers_in(why));
}

void Outages::goes_on(const std::string& who) {
  MutexLock lock(mutex_);
  for (auto& [what, away] : away_) {
    if (away.who.erase(who) == 0 || !away.who.empty() || !away.told) continue;
    away.told = false;
    away.back_at = std::chrono::steady_clock::now();
    note_("the " + what + " is back, the hub goes on");
  }
}

std::map<std::string, bool> Outages::waiting() const {
  MutexLock lock(mutex_);
  std::map<std::string, bool> now;
  for (const auto& [what, away] : away_)
    now[what] = !away.who.empty();
  return now;
}

std::string what_is_away(const std::string& otherwise) {
  try {
    throw;
  } catch (const LogUnavailable&) {
    return "log";
  } catch (const StoreUnavailable&) {
    return "store";
  } catch (const UnknownKey&) {
    return "key file";
  } catch (...) {
    return otherwise;
  }
}

HubAtWork::HubAtWork(HubGround ground)
    : ground_(std::move(ground)),
      mark_(data_directory_mark(ground_.config.data)),
      outages_(ground_.note),
      journey_(sink_names(ground_.config)),
      sinks_(open_sinks(ground_.config)),
      leases_(ground_.store, ground_.log, lease_options(ground_), lease_listener(ground_, outages_)) {
  metrics_.version = program_version();
  metrics_.node = ground_.node;
  metrics_.started_at_us = ground_.clock.now_us();
  metrics_.up = true;
}

Pipeline HubAtWork::make_pipeline(std::optional<Date> today) {
  Pipeline::Options options;
  options.today = today;
  return Pipeline(ground_.log, ground_.store, ground_.keys, ground_.rules, ground_.clock, leases_, options);
}

void HubAtWork::run(std::stop_token stop) {
  auto pipeline = make_pipeline(ground_.today);
  std::stop_source all;
  std::stop_callback forward(stop, [&] { all.request_stop(); });
  Listener listener;
  listener.after_batch = [&](const BatchTimes& times) {
    journey_.stored(times);
    for (auto& relay : relays_)
      relay->wake();
    MutexLock lock(metrics_mutex_);
    metrics_.last_batch_at_us = ground_.clock.now_us();
  };
  listener.waits = [&](const std::string& why) {
    auto away = what_is_away("");
    outages_.waits("pipeline", away.empty() ? log_or_store() : away, why);
  };
  listener.goes_on = [&](const std::string&) { outages_.goes_on("pipeline"); };
  SourcesAtWork sources(
      ground_.config, ground_.log, ground_.clock, [&](const std::string& source) { return loaded(source); },
      {ground_.note,
       [&](const std::string& source, const std::string& why) { remember_snapshot_failure(source, why); },
       [&](std::span<const Event> events, std::int64_t now_us) { journey_.durable(events, now_us); }});

  std::exception_ptr broken, name_taken;
  {
    std::vector<std::jthread> threads;
    auto start = [&](auto work) { threads.emplace_back([&all, work] { work(all.get_token()); }); };
    try {
      leases_.start();
      start([this, &sources, &name_taken, &all](std::stop_token token) {
        try {
          measure(sources, token);
        } catch (const NameTaken&) {
          name_taken = std::current_exception();
          all.request_stop();
        }
      });
      start([this](std::stop_token token) { write_metrics(token); });
      start_relays();
      start([this](std::stop_token token) { scan_at_night(token); });
      start([this, &sources](std::stop_token token) { follow_ownership(sources, token); });
      pipeline.run(all.get_token(), listener);
    } catch (...) {
      broken = std::current_exception();
    }
    all.request_stop();
  }
  if (!broken) broken = name_taken;
  if (!broken) put_down(pipeline);
  relays_.clear();
  leases_.leave();
  {
    MutexLock lock(metrics_mutex_);
    metrics_.up = false;
    for (auto& [name, owned] : metrics_.owned)
      owned = false;
  }
  write_metrics_once();
  if (broken) std::rethrow_exception(broken);
}

/// Graceful shutdown with a deadline: processes what the connectors still brought, and its notices, for
/// a while, because a service manager does not wait for ever. What cannot be done now, the next start
/// does, here or on another node.
void HubAtWork::put_down(Pipeline& pipeline) {
  auto waiting = outages_.waiting();
  if (waiting["log"] || waiting["store"]) return;
  try {
    std::stop_source enough;
    std::jthread clock([&](const std::stop_token& done) {
      sleep_for(milliseconds(farewell_ms), done);
      enough.request_stop();
    });
    pipeline.drain(enough.get_token());
    if (enough.stop_requested())
      ground_.note("more events wait than can be processed while stopping: the next start goes on with them");
  } catch (const std::exception& error) {
    ground_.note("not everything could be put down, the next start goes on with it: " +
                 mask_numbers_in(error.what()));
  }
  for (auto& relay : relays_)
    relay->finish(farewell_ms);
}

std::set<std::string> HubAtWork::owned_sources() {
  std::set<std::string> names;
  for (const auto& owned : leases_.owned())
    for (const auto& source : ground_.config.sources)
      if (partition_of(ground_.config, ground_.log, source.name) == owned.partition)
        names.insert(source.name);
  return names;
}

/// Rebalance: connectors start when this node gains their partition and stop when it loses it. A short
/// overlap with another node is harmless, the log fences all writers but one.
void HubAtWork::follow_ownership(SourcesAtWork& sources, std::stop_token stop) {
  std::string told;
  while (!stop.stop_requested()) {
    try {
      sources.follow(owned_sources());
      told.clear();
    } catch (const Unavailable&) {  // the store cannot say whether a snapshot was loaded
    } catch (const std::exception& error) {
      if (error.what() != told)
        ground_.note(std::string("a connector could not be started, tried again: ") +
                     mask_numbers_in(error.what()));
      told = error.what();
    }
    sleep_for(ownership_pause, stop);
  }
  sources.stop();
}

/// Root cause of an outage: probes log and store for the one that does not answer.
std::string HubAtWork::log_or_store() {
  try {
    ground_.store.begin(Store::For::reading)->notices().last();
    return "log";
  } catch (const std::exception&) {
    return "store";
  }
}

/// Rechecks the node name periodically: two hubs may have started at once, or this one was suspended.
void HubAtWork::require_node_name(ValueShelf& values) {
  if (shares_store(ground_.config) && !has_node_name(values, ground_.node, mark_))
    throw NameTaken("another data directory works as node " + ground_.node +
                    " now: give one of the two another name (node: in its configuration)");
}

bool HubAtWork::loaded(const std::string& source) {
  for (const auto& row : ground_.store.begin(Store::For::reading)->balance().coverage())
    if (row.source == source) return row.loaded;
  return false;
}

void HubAtWork::remember_snapshot_failure(const std::string& source, const std::string& why) {
  try {
    auto writing = ground_.store.begin(Store::For::writing);
    writing->values().put(snapshot_failure_name(source), mask_numbers_in(why));
    writing->commit();
  } catch (const std::exception& error) {
    ground_.note(source + ": " + mask_numbers_in(error.what()));
  }
}

/// Starts one relay thread per sink, on the node that has this duty: no sink blocks another, none blocks the
/// pipeline.
void HubAtWork::start_relays() {
  RelayThread::Options options;
  options.look_ms = relay_pause_ms;
  for (auto& sink : sinks_) {
    const auto what = "notices " + sink->name();
    RelayThread::Voice voice;
    voice.waits = voice.stopped = [this, what](const std::string& why) {
      outages_.waits(what, what_is_away(what), why);
    };
    voice.goes_on = [this, what](const std::string&) { outages_.goes_on(what); };
    voice.delivered = [this, name = sink->name()](std::int64_t sequence) {
      journey_.delivered(name, sequence, ground_.clock.now_us());
    };
    voice.not_mine = [this, name = sink->name()] { journey_.relayed_elsewhere(name); };
    relays_.push_back(std::make_unique<RelayThread>(
        ground_.store, *sink, std::move(voice), [this] { return leases_.holds("@relay"); }, options));
  }
}

/// Scheduler of the night round: since its time of day in Asia/Shanghai, and at the start what was missed, on
/// the node that has this duty.
void HubAtWork::scan_at_night(std::stop_token stop) {
  std::string told, told_differ;
  while (!stop.stop_requested()) {
    try {
      note_policies_of(ground_.store, ground_.node, ground_.rules.policies_digest);
      const auto differ = policies_differ(policies_at_work(ground_.store, lease_ms_of(ground_.config)),
                                          ground_.rules.policies_digest);
      {
        MutexLock lock(metrics_mutex_);
        metrics_.policies_differ = !differ.empty();
      }
      // Who may be one with whom is asked of no policy: that part of the night goes on.
      if (!differ.empty() && differ != told_differ) ground_.note(differ);
      told_differ = differ;
      if (leases_.holds("@night")) night_round(differ.empty(), stop);
      told.clear();
    } catch (const std::exception& error) {
      if (error.what() != told)
        ground_.note(std::string("night round failed, tried again: ") + mask_numbers_in(error.what()));
      told = error.what();
    }
    // Polls twice a second, so that a node that gains the duty begins at once.
    for (milliseconds waited{0}; waited < night_pause && !stop.stop_requested();
         waited += milliseconds(500)) {
      const bool had = leases_.holds("@night");
      sleep_for(milliseconds(500), stop);
      if (!had && leases_.holds("@night")) break;
    }
  }
}

/// Does the steps that are due.
void HubAtWork::night_round(bool scans_rights, const std::stop_token& stop) {
  const auto day = ground_.today ? *ground_.today : night_due(ground_.config.night, ground_.clock.now_us());
  do_night_round({ground_.store, ground_.clock, ground_.config.night, ground_.node, day, today(),
                  scans_rights, [&] { return !stop.stop_requested() && leases_.holds("@night"); },
                  [&](NightStep step, NightStepDone& done) { return night_step(step, day, done, stop); },
                  ground_.note});
}

StepEnd HubAtWork::night_step(NightStep step, Date day, NightStepDone& done, const std::stop_token& stop) {
  const auto quietly = [](std::string_view) {};
  const auto end_of = [](bool whole) { return whole ? StepEnd::done : StepEnd::stopped; };
  switch (step) {
    case NightStep::rights: {
      ScanOptions options;
      options.stop = stop;
      const auto scanned = make_pipeline(today()).scan(options);
      if (!scanned.complete) return StepEnd::stopped;
      done.said = std::to_string(scanned.people) + " people looked at";
      MutexLock lock(metrics_mutex_);
      metrics_.last_scan_at_us = ground_.clock.now_us();
      return StepEnd::done;
    }
    case NightStep::identity:
      if (ground_.rules.linkage) return end_of(look_for_matches(day, stop, done.said));
      done.said = "no rules of matching are configured";
      return StepEnd::done;
    case NightStep::reconcile: {
      const auto reconciled = reconcile_at_night(ground_, day, stop, quietly);
      if (reconciled.stopped) return StepEnd::stopped;
      done = reconciled.summary;
      return reconciled.at_work.empty() ? StepEnd::done : StepEnd::open;
    }
    case NightStep::agreement: {
      auto pipeline = make_pipeline(today());
      const auto agreed = agree_at_night(ground_, pipeline, stop, quietly);
      if (!agreed) return StepEnd::stopped;
      done.said = said_of(*agreed);
      return StepEnd::done;
    }
    case NightStep::scrub:
      return end_of(scrub(stop, done));
  }
  return StepEnd::done;
}

/// Who may be one with whom. False: it was stopped.
bool HubAtWork::look_for_matches(Date day, std::stop_token stop, std::string& said) {
  IdentityScanOptions options;
  options.stop = std::move(stop);
  const auto scanned =
      scan_identities(ground_.store, ground_.keys, *ground_.rules.linkage, ground_.clock, options);
  if (!scanned.complete) return false;
  note_identity_scan(ground_.store, day);
  said = std::to_string(scanned.people) + " persons looked at, " + std::to_string(scanned.waiting) +
         " pairs wait for a case worker, " + std::to_string(scanned.opened) + " of them new" +
         (scanned.beyond > 0 ? "; " + std::to_string(scanned.beyond) + " more are beyond its limits" : "");
  return true;
}

/// Reads what is stored and compares it with its codes and with the record, within a budget. False: it was
/// stopped.
bool HubAtWork::scrub(const std::stop_token& stop, NightStepDone& done) {
  const auto scrubbed = scrub_at_night(ground_.store, ground_.keys, night_scrub_cpu_ms, stop);
  for (const auto& line : scrubbed.found)
    ground_.note("damage found: " + line);
  done = summary_of(scrubbed);
  return !stop.stop_requested();
}

void HubAtWork::ask(const char* what) {
  MutexLock lock(metrics_mutex_);
  asked_ = what;
  asked_at_ = std::chrono::steady_clock::now();
}

/// Reports an outage when a call has not returned for `silence_max`.
void HubAtWork::notice_silence() {
  const char* silent = nullptr;
  {
    MutexLock lock(metrics_mutex_);
    if (asked_ != nullptr && std::chrono::steady_clock::now() - asked_at_ > silence_max) silent = asked_;
  }
  if (silent != nullptr)
    outages_.waits(std::string("figures of the ") + silent, silent,
                   "no answer for " + std::to_string(silence_max.count()) + " seconds");
}

/// Collects metrics from log and store. An outage blocks this thread, never the one that writes the file.
void HubAtWork::measure(const SourcesAtWork& sources, std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto key_problem = ground_.keys.problem();
    if (key_problem.empty())
      outages_.goes_on("key file");
    else
      outages_.waits("key file", "key file", key_problem);
    const char* asked = "store";
    ask(asked);
    try {
      HubMetrics now;
      {
        auto reading = ground_.store.begin(Store::For::reading);
        now.notices = reading->notices().last();
        now.unreadable = static_cast<std::int64_t>(unreadable_people(reading->values()).size() +
                                                   damaged_rows(reading->values()).size());
        now.sinks = sinks_of(ground_.config, *reading);
        now.runs = runs_of(ground_.config, *reading);
        for (const auto& row : reading->balance().coverage())
          if (row.loaded) now.complete_until_us[row.source] = row.complete_until_us;
        const auto round = kept_round(reading->values());
        if (round) now.night_ended_us = round->ended_us;
        if (!ground_.today)
          now.night_alarms =
              static_cast<std::int64_t>(night_alarms(ground_.config.night, round,
                                                     rounds_since(reading->values()), ground_.clock.now_us())
                                            .size());
        require_node_name(reading->values());
        for (const auto& source : ground_.config.sources) {
          auto partition = partition_of(ground_.config, ground_.log, source.name);
          if (partition &&
              !reading->values().get(stop_reason_name(ground_.log.partition_name(*partition))).empty())
            now.stopped.insert(source.name);
          if (source.built_in()) continue;  // no agency that could fall silent
          auto at = reading->values().get(last_received_name(source.name));
          if (at.empty() && only_captures(source)) continue;  // no agency connected: no silence to report
          now.last_received_us[source.name] = at.empty() ? 0 : std::stoll(at);
        }
      }
      outages_.goes_on("figures of the store");
      ask(asked = "log");
      now.balance = balance_of(ground_.config, ground_.log, ground_.store);
      outages_.goes_on("figures of the log");
      ask(asked = "store");
      const auto troubles = sources.troubles();
      note_sources(now, troubles);
      MutexLock lock(metrics_mutex_);
      metrics_.unreadable = now.unreadable;
      metrics_.runs = std::move(now.runs), metrics_.complete_until_us = std::move(now.complete_until_us);
      metrics_.night_ended_us = now.night_ended_us, metrics_.night_alarms = now.night_alarms;
      metrics_.notices = now.notices, metrics_.sinks = std::move(now.sinks),
      metrics_.stopped = std::move(now.stopped);
      metrics_.last_received_us = std::move(now.last_received_us), metrics_.balance = std::move(now.balance);
      metrics_.failing.clear();
      for (const auto& [source, why] : troubles)
        metrics_.failing[source] = !why.empty();
      metrics_.gathered_at_us = ground_.clock.now_us();
    } catch (const NameTaken&) {
      throw;
    } catch (const std::exception& error) {
      const auto away = what_is_away(asked);
      outages_.waits("figures of the " + away, away, error.what());
    }
    ask(nullptr);
    sleep_for(metrics_pause, stop);
  }
}

/// Publishes source state to the store for other processes: when events last came, sampled, and what is
/// wrong. Writes only what changed.
void HubAtWork::note_sources(const HubMetrics& now, const std::map<std::string, std::string>& troubles) {
  std::vector<std::string> grown;
  auto received = received_;
  for (const auto& [source, counts] : now.balance.sources) {
    const auto [before, first] = received.try_emplace(source, counts.received);
    const auto noted = now.last_received_us.find(source);
    // First sample: what came before it, by 'ingest' perhaps, counts as of now.
    const bool never_noted = noted != now.last_received_us.end() && noted->second == 0 && counts.received > 0;
    if (counts.received > before->second || (first && never_noted)) grown.push_back(source);
    before->second = counts.received;
  }
  if (!grown.empty() || troubles != troubles_) {
    auto writing = ground_.store.begin(Store::For::writing);
    for (const auto& source : grown)
      writing->values().put(last_received_name(source), std::to_string(ground_.clock.now_us()));
    for (const auto& [source, why] : troubles)
      if (writing->values().get(trouble_name(source)) != why)
        writing->values().put(trouble_name(source), why);
    writing->commit();
  }
  received_ = std::move(received);  // after the commit: a failed write is retried with the next sample
  troubles_ = troubles;
}

void HubAtWork::write_metrics(std::stop_token stop) {
  while (!stop.stop_requested()) {
    notice_silence();
    write_metrics_once();
    sleep_for(metrics_pause, stop);
  }
}

void HubAtWork::write_metrics_once() {
  try {
    std::string text;
    {
      MutexLock lock(metrics_mutex_);
      for (std::int32_t partition = 0; partition < ground_.log.partitions(); ++partition) {
        auto name = ground_.log.partition_name(partition);
        metrics_.owned[name] = metrics_.up && leases_.holds(name);
      }
      for (auto duty : {"@relay", "@night"})
        metrics_.owned[duty] = metrics_.up && leases_.holds(duty);
      metrics_.waits = outages_.waiting();
      metrics_.latency = journey_.latency();
      metrics_.waits.erase("metrics file");
      metrics_.written_at_us = ground_.clock.now_us();
      text = prometheus_text(metrics_);
    }
    write_whole(ground_.config.data / "metrics.prom", text);
    outages_.goes_on("metrics file");
  } catch (const std::exception& error) {
    outages_.waits("metrics file", "metrics file", error.what());
  }
}

}  // namespace kinhub
