#include "hub/ground/metrics.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <system_error>

namespace kinhub {
namespace {

/// As the text format wants a label's value.
std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text + '"';
}

std::string_view name_of(MetricKind::Type type) {
  switch (type) {
    case MetricKind::Type::gauge:
      return "gauge";
    case MetricKind::Type::counter:
      return "counter";
    case MetricKind::Type::histogram:
      return "histogram";
  }
  return "";
}

using Labels = std::vector<std::pair<std::string_view, std::string_view>>;

/// Samples, gathered under their kinds, so that each kind's stand together.
class Samples {
 public:
  void add(std::string_view name, const Labels& labels, double value) {
    by_name_[name] += sample(name, labels, value);
  }
  void add(std::string_view name, Labels labels, const Histogram& histogram) {
    auto& lines = by_name_[name];
    const std::string base(name);
    labels.emplace_back("le", "");
    for (std::size_t i = 0; i < Histogram::bounds_us.size(); ++i) {
      const auto bound = fmt::format("{}", static_cast<double>(Histogram::bounds_us[i]) / 1e6);
      labels.back().second = bound;
      lines += sample(base + "_bucket", labels, static_cast<double>(histogram.up_to(i)));
    }
    labels.back().second = "+Inf";
    lines += sample(base + "_bucket", labels, static_cast<double>(histogram.count()));
    labels.pop_back();
    lines += sample(base + "_sum", labels, static_cast<double>(histogram.sum_us()) / 1e6);
    lines += sample(base + "_count", labels, static_cast<double>(histogram.count()));
  }
  void add(std::string_view name, const Labels& labels, std::int64_t value) {
    add(name, labels, static_cast<double>(value));
  }
  void add_time(std::string_view name, const Labels& labels, std::int64_t utc_us) {
    if (utc_us > 0) add(name, labels, static_cast<double>(utc_us) / 1e6);
  }
  std::string text() const {
    std::string text;
    for (const auto& kind : metric_kinds()) {
      text +=
          fmt::format("# HELP {} {}\n# TYPE {} {}\n", kind.name, kind.help, kind.name, name_of(kind.type));
      if (auto found = by_name_.find(kind.name); found != by_name_.end()) text += found->second;
    }
    return text;
  }

 private:
  static std::string sample(std::string_view name, const Labels& labels, double value) {
    std::string line(name);
    for (std::size_t i = 0; i < labels.size(); ++i)
      line += (i == 0 ? "{" : ",") + std::string(labels[i].first) + "=" + quoted(labels[i].second);
    if (!labels.empty()) line += "}";
    return fmt::format("{} {}\n", line, value);
  }

  std::map<std::string_view, std::string> by_name_;
};

}  // namespace

const std::vector<MetricKind>& metric_kinds() {
  using enum MetricKind::Type;
  static const std::vector<MetricKind> kinds = {
      {"kinhub_up", gauge, "1 while kinhub run is at work, 0 after it was put down in good order."},
      {"kinhub_info", gauge, "Always 1; which version this is, and on which node."},
      {"kinhub_written_timestamp_seconds", gauge, "When this file was written."},
      {"kinhub_gathered_timestamp_seconds", gauge,
       "When log and store last answered, so that the figures below were true."},
      {"kinhub_start_timestamp_seconds", gauge, "When this hub began its work."},
      {"kinhub_waiting", gauge, "1 while the hub waits for the log, the store or a sink to come back."},
      {"kinhub_source_stopped", gauge,
       "1 while a source's events cannot be read on and a person must decide."},
      {"kinhub_source_failing", gauge,
       "1 while the connector of a source cannot read; of the sources this node runs."},
      {"kinhub_source_last_received_timestamp_seconds", gauge,
       "When events of this source last reached the log; 0: never."},
      {"kinhub_events_total", counter,
       "Events of a source by what became of them; received counts them as they came."},
      {"kinhub_quarantined", gauge, "Events of a source held in quarantine."},
      {"kinhub_retractions_unmatched", gauge,
       "Records of a source that were taken back and never said: cancellations that met nothing."},
      {"kinhub_deaths_unnamed", gauge,
       "Deaths a source tells of people of whom no citizen number, police id, parent or child is known."},
      {"kinhub_balance_residue", gauge, "Events of a source that are unaccounted for: always 0."},
      {"kinhub_log_waiting", gauge, "Events of a source in the log, not yet processed."},
      {"kinhub_lease_owned", gauge, "1 while this node owns this partition or duty."},
      {"kinhub_policies_differ", gauge,
       "1 while nodes are at work by different policies, so that nobody is scanned: always 0."},
      {"kinhub_records_unreadable", gauge, "People whose records in the store are damaged: always 0."},
      {"kinhub_notices_total", counter, "Seq of the last notice there is."},
      {"kinhub_notices_waiting", gauge, "Notices not yet delivered to this sink."},
      {"kinhub_event_latency_seconds", histogram,
       "From the moment the hub had an event until this stage: durable, mapped, stored, delivered to a "
       "sink."},
      {"kinhub_last_batch_timestamp_seconds", gauge, "When this node last stored a batch."},
      {"kinhub_last_scan_timestamp_seconds", gauge, "When this node last finished a night scan."},
      {"kinhub_night_round_timestamp_seconds", gauge, "When the last whole night round ended, on any node."},
      {"kinhub_night_alarms", gauge,
       "Reasons to look at the night round: it was not done, did nothing, or a run was braked. Always 0."},
      {"kinhub_source_complete_until_timestamp_seconds", gauge,
       "Up to when a source is known to be complete: what its silence means something for."},
      {"kinhub_reconcile_run_timestamp_seconds", gauge,
       "When the last run of reconciliation over a source ended."},
      {"kinhub_reconcile_records", gauge, "Records of the last snapshot of a source, by their class."},
      {"kinhub_reconcile_records_per_second", gauge, "How fast the last snapshot was compared."},
      {"kinhub_reconcile_corrected", gauge, "Records of a source that the last run corrected."},
      {"kinhub_reconcile_kept_back", gauge,
       "Records of a source that differ and wait for somebody, by its policies of repair."},
      {"kinhub_reconcile_stopped", gauge,
       "1 when the last run over a source was braked, or found its snapshot not whole."},
  };
  return kinds;
}

std::string prometheus_text(const HubMetrics& metrics) {
  Samples samples;
  samples.add("kinhub_up", {}, std::int64_t{metrics.up});
  samples.add("kinhub_info", {{"version", metrics.version}, {"node", metrics.node}}, std::int64_t{1});
  samples.add_time("kinhub_written_timestamp_seconds", {}, metrics.written_at_us);
  samples.add_time("kinhub_gathered_timestamp_seconds", {}, metrics.gathered_at_us);
  samples.add_time("kinhub_start_timestamp_seconds", {}, metrics.started_at_us);
  samples.add_time("kinhub_last_batch_timestamp_seconds", {}, metrics.last_batch_at_us);
  samples.add_time("kinhub_last_scan_timestamp_seconds", {}, metrics.last_scan_at_us);
  samples.add_time("kinhub_night_round_timestamp_seconds", {}, metrics.night_ended_us);
  samples.add("kinhub_night_alarms", {}, metrics.night_alarms);
  for (const auto& [source, until] : metrics.complete_until_us)
    samples.add_time("kinhub_source_complete_until_timestamp_seconds", {{"source", source}}, until);
  for (const auto& run : metrics.runs) {
    const Labels of = {{"source", run.source}};
    samples.add_time("kinhub_reconcile_run_timestamp_seconds", of, run.ended_us);
    for (const auto& [name, count] : run.classes)
      samples.add("kinhub_reconcile_records", {{"source", run.source}, {"class", name}}, count);
    if (run.records_per_second > 0)
      samples.add("kinhub_reconcile_records_per_second", of, run.records_per_second);
    samples.add("kinhub_reconcile_corrected", of, run.corrected);
    samples.add("kinhub_reconcile_kept_back", of, run.kept);
    samples.add("kinhub_reconcile_stopped", of,
                std::int64_t{run.state == "braked" || run.state == "not whole"});
  }
  for (const auto& [what, waits] : metrics.waits)
    samples.add("kinhub_waiting", {{"for", what}}, std::int64_t{waits});
  for (const auto& [source, counts] : metrics.balance.sources) {
    const Labels of = {{"source", source}};
    auto events = [&, &name = source](std::string_view outcome, std::int64_t count) {
      samples.add("kinhub_events_total", {{"source", name}, {"outcome", outcome}}, count);
    };
    samples.add("kinhub_source_stopped", of, std::int64_t{metrics.stopped.contains(source)});
    events("received", counts.received);
    events("applied", counts.applied);
    events("filtered", counts.filtered);
    events("duplicate", counts.duplicate);
    events("repeated", counts.repeated);
    events("lost", counts.lost);
    samples.add("kinhub_quarantined", of, counts.quarantined);
    samples.add("kinhub_retractions_unmatched", of, counts.unmatched);
    samples.add("kinhub_deaths_unnamed", of, counts.unnamed);
    samples.add("kinhub_balance_residue", of, counts.residue());
    samples.add("kinhub_log_waiting", of, counts.in_flight);
  }
  for (const auto& [source, fails] : metrics.failing)
    samples.add("kinhub_source_failing", {{"source", source}}, std::int64_t{fails});
  // 0 for never, unlike the other times: an agency that never spoke is a silent one, too.
  for (const auto& [source, at] : metrics.last_received_us)
    samples.add("kinhub_source_last_received_timestamp_seconds", {{"source", source}},
                static_cast<double>(at) / 1e6);
  for (const auto& [partition, owned] : metrics.owned)
    samples.add("kinhub_lease_owned", {{"partition", partition}}, std::int64_t{owned});
  for (const auto& [stage, times] : metrics.latency) {
    Labels of = {{"stage", stage.name}};
    if (!stage.sink.empty()) of.emplace_back("sink", stage.sink);
    samples.add("kinhub_event_latency_seconds", of, times);
  }
  samples.add("kinhub_policies_differ", {}, std::int64_t{metrics.policies_differ});
  samples.add("kinhub_records_unreadable", {}, metrics.unreadable);
  samples.add("kinhub_notices_total", {}, metrics.notices);
  for (const auto& sink : metrics.sinks)
    samples.add("kinhub_notices_waiting", {{"sink", sink.name}}, sink.waiting);
  return samples.text();
}

void write_whole(const std::filesystem::path& file, std::string_view text) {
  auto fail = [&](const std::string& what) { throw std::system_error(errno, std::generic_category(), what); };
  auto made = file;
  made += ".new";
  int handle = ::open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle < 0) fail("cannot write " + made.string());
  while (!text.empty()) {
    auto written = ::write(handle, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      const int why = errno;
      ::close(handle);
      errno = why;
      fail("cannot write " + made.string());
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  ::close(handle);
  if (::rename(made.c_str(), file.c_str()) != 0) fail("cannot replace " + file.string());
}

}  // namespace kinhub
