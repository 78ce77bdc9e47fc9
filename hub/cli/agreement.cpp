// kinhub agreement.
#include "hub/cli/agreement.hpp"

#include <fmt/ostream.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <ostream>

#include "hub/base/printable.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"
#include "hub/ground/signals.hpp"

namespace kinhub {
namespace {

constexpr std::size_t differences_printed = 20;

std::string text_of(const FieldOriginView::Value& value) {
  std::string text;
  for (const auto* part : {&value.text, &value.name, &value.number})
    if (!part->empty()) text += (text.empty() ? "" : " ") + printable(*part);
  return text.empty() ? "-" : text;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Tenths of a percent, rounded half up: "0.4 %".
std::string percent(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return "-";
  const auto tenths = (2000 * part + whole) / (2 * whole);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

const AgreementFigure* same_in(const AgreementRun& run, const AgreementFigure& of) {
  const auto found = std::ranges::find_if(run.figures, [&](const AgreementFigure& one) {
    return one.source == of.source && one.field == of.field;
  });
  return found == run.figures.end() ? nullptr : &*found;
}

void print_figures(std::ostream& out, const AgreementView& view) {
  cli::Table table({"source", "field", "people", "confirmed", "alone", "differs", "share", "before"});
  for (const auto& one : view.figures) {
    const auto* before = view.runs.empty() ? nullptr : same_in(view.runs.front(), one);
    table.add({one.source, std::string(name_of(one.field)), std::to_string(one.people()),
               std::to_string(one.confirmed), std::to_string(one.alone), std::to_string(one.differs),
               percent(one.differs, one.people()), before ? std::to_string(before->differs) : "-"});
  }
  table.print(out);
}

void print_difference(std::ostream& out, const AgreementView::Difference& one) {
  fmt::print(out, "{}  {}  {}: {} says {}, event {}\n", one.person.ref, printable(one.person.name), one.field,
             one.source, text_of(one.says), one.event_sequence);
  fmt::print(out, "  counts: {}, told by {}; {}{}; since {}\n", text_of(one.settled), joined(one.settled_by),
             one.rule, one.rule_place.empty() ? "" : " (" + one.rule_place + ")",
             shanghai_time(one.since_us));
}

}  // namespace

void print(std::ostream& out, const AgreementView& view) {
  fmt::print(out, "{} people{}\n", view.people, view.region.empty() ? "" : " in " + view.region);
  if (view.unreadable > 0)
    out << "NOTE: " << view.unreadable << " records could not be read and are in no figure: kinhub status\n";
  print_figures(out, view);
  std::size_t printed = 0;
  for (const auto& one : view.differences)
    if (++printed <= differences_printed) print_difference(out, one);
  const auto more = view.differences_all - static_cast<std::int64_t>(std::min(printed, differences_printed));
  if (more > 0) fmt::print(out, "and {} more: --json tells them, --csv FILE writes them down\n", more);
}

namespace cli {

Exit agreement(const Context& context, const AgreementCommand& command) {
  StopOnSignal stop;
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->agreement(context.caller(), command.question, stop.token(),
                             [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) {
    if (done.error().code != "STOPPED") return context.refuse(done.error());
    print_errors(context.err, {done.error()});
    return Exit::could_not_run;
  }
  std::exception_ptr failed;
  try {
    if (!command.csv.empty()) write_durably(command.csv, agreement_csv(*done));
  } catch (...) {  // what was computed is shown all the same
    failed = std::current_exception();
  }
  context.show(*done);
  if (failed) std::rethrow_exception(failed);
  return done->differences_all > 0 ? Exit::found : Exit::done;
}

}  // namespace cli
}  // namespace kinhub
