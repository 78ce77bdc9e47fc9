// The commands of reconciliation.
#include "hub/cli/reconcile.hpp"

#include <ostream>

#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

using reconcile::RowClass;
using reconcile::RunRecord;
using reconcile::RunState;

/// In tenths, rounded down: "0.4"; "-" of nothing.
std::string tenths(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  const auto all = 10 * part / whole;
  return std::to_string(all / 10) + "." + std::to_string(all % 10);
}

void print_run(std::ostream& out, const RunRecord& run) {
  const auto& counts = run.counts;
  out << "run " << run.id << " of " << run.source << ": " << name_of(run.state)
      << (run.first_load ? ", a first load" : "") << '\n';
  if (run.watermark_us)
    out << "  snapshot up to " << shanghai_time(*run.watermark_us)
        << (run.watermark_told ? "" : " (the newest time in its records)") << '\n';
  out << "  " << counts.records << " records = " << counts.of(RowClass::equal) << " equal ("
      << counts.unchanged << " unchanged) + " << counts.of(RowClass::changed) << " changed + "
      << counts.of(RowClass::missing) << " missing here + " << counts.of(RowClass::late) << " late + "
      << counts.of(RowClass::duplicate) << " duplicate + " << counts.of(RowClass::unreadable)
      << " unreadable + " << counts.of(RowClass::filtered) << " filtered";
  if (counts.of(RowClass::damaged) > 0)
    out << " + " << counts.of(RowClass::damaged) << " whose record here is damaged";
  out << '\n';
  out << "  of the changed " << counts.older << " are older there; " << counts.contested
      << " changed or missing say two things; " << counts.not_there << " are here and not there\n";
  out << "  " << counts.mendable << " can be corrected: " << counts.corrected << " were, " << counts.moved
      << " have changed since\n";
  const auto kept = [&](const char* name, std::int64_t count, reconcile::Repair repair) {
    if (count == 0) return;
    out << "  " << count << " that are " << name << " are kept back (" << name_of(repair) << ")";
    if (repair == reconcile::Repair::ask)
      out << ": kinhub reconcile repair " << run.id << " --class " << name << " --expected " << count;
    out << '\n';
  };
  kept("missing", counts.kept_missing, run.repairs.missing);
  kept("changed", counts.kept_changed, run.repairs.changed);
  for (const auto& reason : run.reasons)
    out << "  " << describe(reason) << '\n';
  if (!run.report.empty()) out << "  report: " << run.report << '\n';
}

}  // namespace

bool wants_a_look(const RunRecord& run) {
  const auto& counts = run.counts;
  return run.state != RunState::done ||
         counts.older + counts.contested + counts.not_there + counts.moved + counts.kept() > 0 ||
         counts.of(RowClass::unreadable) + counts.of(RowClass::damaged) > 0;
}

Exit reconcile_run(const Context& context, const ReconcileQuestion& question) {
  if (!question.run) {
    const auto* source = context.config.source(question.source);
    if (!source) return context.refuse(context.no_such_source(question.source));
    if (source->built_in())
      return context.refuse(
          {"NO_CONNECTOR", "'" + question.source + "' has no agency: there is nothing to compare", ""});
    for (const auto& path : question.paths) {
      std::error_code failed;
      if (!std::filesystem::exists(path, failed))
        return context.refuse({"NO_SUCH_FILE", "there is no such file or folder", path.string()});
    }
  }
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->reconcile(context.caller(), question, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) {
    const auto& code = done.error().code;
    if (code == "NO_SUCH_RUN" || code == "RUN_NOT_BRAKED" || code == "NO_SNAPSHOT" ||
        code == "REPAIR_NEVER" || code == "RUN_AT_WORK")
      return context.refuse(done.error());
    print_errors(context.err, {done.error()});
    return Exit::could_not_run;
  }
  context.show(*done);
  return wants_a_look(*done) ? Exit::found : Exit::done;
}

Exit reconcile_list(const Context& context, const std::string& source) {
  auto runs = context.open_hub()->reconcile_runs(context.caller(), source);
  if (!runs) return context.refuse(runs.error());
  return context.show(*runs);
}

Exit reconcile_show(const Context& context, std::int64_t run) {
  auto view = context.open_hub()->reconcile_run(context.caller(), run);
  if (!view) return context.refuse(view.error());
  return context.show(*view);
}

}  // namespace kinhub::cli

namespace kinhub::reconcile {

void print(std::ostream& out, const RunRecord& run) {
  cli::print_run(out, run);
}
void print(std::ostream& out, const std::vector<RunRecord>& runs) {
  if (runs.empty()) return void(out << "no run yet: kinhub reconcile SOURCE\n");
  cli::Table table({"run", "source", "begun", "state", "records", "differ", "per 1000", "corrected",
                    "kept back", "not there"});
  for (const auto& run : runs) {
    const auto& counts = run.counts;
    const auto differ = counts.of(RowClass::changed) + counts.of(RowClass::missing);
    table.add({std::to_string(run.id), run.source, shanghai_time(run.begun_us),
               std::string(name_of(run.state)), std::to_string(counts.records), std::to_string(differ),
               cli::tenths(1000 * differ, counts.records), std::to_string(counts.corrected),
               std::to_string(counts.kept()), std::to_string(counts.not_there)});
  }
  table.print(out);
}

}  // namespace kinhub::reconcile

void kinhub::print(std::ostream& out, const ReconcileView& view) {
  cli::print_run(out, view.run);
  if (view.as_signed)
    out << (*view.as_signed ? "  the report is as it was signed\n"
                            : "  THE REPORT IS NOT AS IT WAS SIGNED: it was changed since\n");
}
