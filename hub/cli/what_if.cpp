// kinhub policy what-if.
#include <fmt/ostream.h>

#include <exception>
#include <optional>
#include <ostream>

#include "hub/base/terminal_text.hpp"
#include "hub/cli/policy_tools.hpp"
#include "hub/ground/signals.hpp"

namespace kinhub {
namespace {

std::string more_yuan(std::int64_t fen) {
  return (fen > 0 ? "+" : "") + cli::yuan(fen);
}

std::vector<std::string> figures(const ChangeSums& sums) {
  return {std::to_string(sums.people_before),
          std::to_string(sums.people_after),
          cli::yuan(sums.fen_before),
          cli::yuan(sums.fen_after),
          more_yuan(sums.fen_after - sums.fen_before),
          std::to_string(sums.winners),
          cli::yuan(sums.won_fen),
          std::to_string(sums.losers),
          cli::yuan(sums.lost_fen),
          std::to_string(sums.moved),
          std::to_string(sums.pending)};
}

/// Sums of the cells under one kind of key; what is pending is counted in people and months.
template <class Key>
void print_by(std::ostream& out, const char* what, const WhatIfView& view, Key key) {
  cli::Table table({what, "yuan before", "yuan after", "difference", "pending before", "pending after"});
  for (const auto& [name, sums] : sums_by(view.cells, key))
    table.add({name, cli::yuan(sums.fen_before), cli::yuan(sums.fen_after),
               more_yuan(sums.fen_after - sums.fen_before), std::to_string(sums.pending_before),
               std::to_string(sums.pending_after)});
  if (!table.empty()) table.print(out);
}

void print_why(std::ostream& out, const ExplanationView& why, int depth) {
  out << std::string(static_cast<std::size_t>(depth) * 2, ' ') << why.value << ": "
      << printable(why.condition) << '\n';
  for (const auto& cause : why.causes)
    out << std::string(static_cast<std::size_t>(depth) * 2 + 2, ' ') << printable(cause) << '\n';
  for (const auto& part : why.parts)
    print_why(out, part, depth + 1);
}

void print_side(std::ostream& out, const char* side, const std::vector<SpanView>& spans,
                const std::optional<ExplanationView>& why) {
  out << "  " << side << ':';
  if (spans.empty()) out << " nothing";
  for (const auto& span : spans) {
    out << "  " << span.when.from.text() << " .. ";
    if (span.when.until < Date::forever()) out << span.when.until.plus_days(-1).text();
    out << ' ' << (span.amount ? cli::yuan(span.amount->fen) + " per " + span.amount->per : "unknown") << ' '
        << span.certainty;
  }
  out << '\n';
  if (why) print_why(out, *why, 2);
}

}  // namespace

void print(std::ostream& out, const WhatIfView& view) {
  fmt::print(out, "{}: {} people, {} .. {}{}\n", printable(view.named), view.people,
             view.months.from.text().substr(0, 7), view.months.until.plus_months(-1).text().substr(0, 7),
             view.region.empty() ? "" : ", in " + view.region);
  if (view.repriced) out << "only sums and payment rules differ: rights were evaluated once\n";
  if (view.unreadable > 0)
    out << "NOTE: " << view.unreadable << " records could not be read and are in no sum: kinhub status\n";
  cli::Table table({"benefit", "before", "after", "yuan before", "yuan after", "difference", "winners", "won",
                    "losers", "lost", "moved", "pending"});
  const auto add = [&](std::string name, const ChangeSums& sums) {
    auto row = figures(sums);
    row.insert(row.begin(), std::move(name));
    table.add(std::move(row));
  };
  for (const auto& benefit : view.benefits)
    add(benefit.id + (benefit.household ? " (households)" : "") + (benefit.after ? "" : " (ends)") +
            (benefit.before ? "" : " (new)"),
        benefit.sums);
  add("all, each person once", view.all);
  table.print(out);
  print_by(out, "month", view, [](const auto& cell) { return cell.month.text().substr(0, 7); });
  print_by(out, "area", view, [](const auto& cell) { return cell.area.empty() ? "?" : cell.area; });
  for (const auto& sample : view.samples) {
    fmt::print(out, "{}  {}  {} {} -> {}  {} {}\n", sample.person.ref, sample.benefit, sample.what,
               cli::yuan(sample.fen_before), cli::yuan(sample.fen_after), printable(sample.person.name),
               printable(sample.person.citizen_id));
    fmt::print(out, "  on {}\n", sample.on.text());
    print_side(out, "before", sample.before, sample.why_before);
    print_side(out, "after", sample.after, sample.why_after);
  }
  out << "nothing was changed\n";
}

namespace cli {

Exit policy_what_if(const Context& context, const WhatIfCommand& command) {
  WhatIfQuestion question;
  question.named = command.named, question.region = command.region;
  question.months.from = command.from.value_or(context.today()).month_start();
  question.months.until = question.months.from.plus_months(command.months);
  StopOnSignal stop;
  std::optional<WhatIfReport> report;  // before the walk, which may take minutes
  if (!command.report.empty()) report.emplace(command.report);
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->what_if(context.caller(), question, stop.token(),
                           [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (const auto* errors = std::get_if<std::vector<Error>>(&done)) {
    if (errors->front().code != "STOPPED") return context.refuse(*errors);
    print_errors(context.err, *errors);
    return Exit::could_not_run;
  }
  const auto& view = std::get<WhatIfView>(done);
  std::exception_ptr failed;
  try {
    if (report) report->write(view);
  } catch (...) {  // what was computed is shown all the same
    failed = std::current_exception();
  }
  const auto shown = context.show(view);
  if (failed) std::rethrow_exception(failed);
  return shown;
}

}  // namespace cli
}  // namespace kinhub
