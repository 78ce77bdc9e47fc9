#include "hub/cli/map_try.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <ostream>

#include "hub/base/sleep.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"
#include "hub/ground/signals.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;

std::string value_words(const TracedField& field) {
  switch (field.state) {
    case TracedField::State::set:
      return printable(field.value);
    case TracedField::State::missing:
      return "(missing)";
    case TracedField::State::null:
      return "(null)";
    case TracedField::State::wrong:
      return "(" + field.error->code + (field.passed_over ? ", passed over)" : ")");
  }
  return "";
}

std::string raw_words(const TracedField& field) {
  std::string words;
  for (const auto& raw : field.raw)
    words += (words.empty() ? "" : ", ") + printable(raw.place) +
             (raw.text.empty() ? "" : " '" + printable(raw.text) + "'");
  return words;
}

void print_rule(std::ostream& out, const TracedRecord& record, const TracedRule& rule) {
  out << "  " << fs::path(record.file).filename().string() << ':' << rule.line << "  fact " << rule.fact;
  if (rule.applies != TracedRule::Applies::yes) {
    out << (rule.applies == TracedRule::Applies::no ? ": does not apply here\n"
                                                    : ": its 'when' cannot be read\n");
    return;
  }
  out << '\n';
  Table table({"    line", "field", "value", "read from"});
  for (const auto& field : rule.fields)
    table.add({"    " + std::to_string(field.line), field.field, value_words(field), raw_words(field)});
  table.print(out);
}

void print_record(std::ostream& out, const TracedRecord& record) {
  out << (record.mapping.empty() ? "no mapping" : record.mapping) << "  " << printable(record.place) << "  ";
  if (const auto* mapped = std::get_if<Mapped>(&record.outcome)) {
    for (const auto& fact : mapped->facts)
      out << (&fact == &mapped->facts.front() ? "" : ", ") << name_of(fact.op) << ' ' << name_of(fact.kind);
    out << '\n';
  } else if (const auto* filtered = std::get_if<Filtered>(&record.outcome)) {
    out << "filtered: " << filtered->reason << '\n';
  } else {
    const auto& rejected = std::get<Rejected>(record.outcome);
    out << "rejected: " << (rejected.field.empty() ? "" : rejected.field + ", ")
        << printable(describe(rejected.error)) << '\n';
  }
  for (const auto& rule : record.rules)
    print_rule(out, record, rule);
  if (record.unread.empty()) return;
  out << "  no rule reads:";
  for (const auto& field : record.unread)
    out << ' ' << printable(field);
  out << '\n';
}

void print(std::ostream& out, const TriedEvent& event) {
  out << printable(event.origin) << "  " << event.outcome;
  if (event.refused) out << ": " << printable(describe(*event.refused));
  out << '\n';
  for (const auto& record : event.records)
    print_record(out, record);
}

void print(std::ostream& out, const MapTryView& view) {
  for (const auto& event : view.tried) {
    print(out, event);
    out << '\n';
  }
  out << view.source << ": " << view.events << " events, " << view.mapped << " mapped, " << view.filtered
      << " filtered, " << view.rejected << " rejected" << (view.more ? "; there are more: --limit" : "")
      << '\n';
}

}  // namespace

Exit map_try(const Context& context, MapTryQuestion question) {
  question.reveal = context.options.reveal;
  const auto tried = try_mappings(context.config, question, context.clock);
  if (const auto* problems = std::get_if<std::vector<Error>>(&tried)) return context.refuse(*problems);
  const auto& view = std::get<MapTryView>(tried);
  if (context.options.json)
    context.write(to_json(view));
  else
    print(context.out, view);
  return view.rejected == 0 ? Exit::done : Exit::found;
}

Exit map_explain(const Context& context, const std::string& source, std::int64_t sequence) {
  if (!context.config.source(source)) return context.refuse(context.no_such_source(source));
  const auto traced = context.open_hub()->event_trace(context.caller(), source, sequence);
  if (!traced) return context.refuse(traced.error());
  if (context.options.json) {
    context.write(to_json(*traced));
  } else {
    context.out << "event " << source << '/' << sequence << ", received " << iso_time(traced->received_at_us)
                << '\n';
    print(context.out, traced->event);
  }
  return traced->event.outcome == "rejected" ? Exit::found : Exit::done;
}

Exit map_words(const Context& context, const std::string& of) {
  const auto words = kinhub::map_words(context.config);
  print_errors(context.err, words.problems);
  if (context.options.json) {
    context.write(to_json(words));
    return words.problems.empty() ? Exit::done : Exit::found;
  }
  bool any = false;
  const auto section = [&](const std::string& title, const Table& table) {
    if (table.empty()) return;
    context.out << (any ? "\n" : "") << title << '\n';
    table.print(context.out);
    any = true;
  };
  const auto wanted = [&](const std::string& name) { return of.empty() || of == name; };
  Table helpers({"helper", "gives", "use"}), facts({"fact", "field", "type", "words"}),
      tables({"table", "meanings"});
  for (const auto& helper : words.helpers)
    if (wanted(helper.name))
      helpers.add({helper.name, helper.gives.empty() ? "as its parts" : helper.gives, helper.use});
  for (const auto& fact : words.facts)
    if (wanted(fact.name))
      for (const auto& field : fact.fields)
        facts.add({fact.name, field.name, field.type + (field.needed ? ", needed" : ""), field.words});
  for (const auto& table : words.tables) {
    if (!wanted(table.name)) continue;
    constexpr std::size_t shown_max = 12;
    std::string meanings;
    for (std::size_t i = 0; i < table.meanings.size() && (i < shown_max || !of.empty()); ++i)
      meanings += (i == 0 ? "" : ", ") + table.meanings[i];
    if (of.empty() && table.meanings.size() > shown_max)
      meanings += ", ... " + std::to_string(table.meanings.size()) + " in all";
    tables.add({table.name, meanings});
  }
  if (of.empty()) {
    const auto line = [&](const char* title, const std::vector<std::string>& all) {
      context.out << title;
      for (const auto& one : all)
        context.out << ' ' << one;
      context.out << '\n';
    };
    line("formats: ", words.formats);
    line("evidence:", words.evidence);
    any = true;
  }
  section("Helpers of expressions", helpers);
  section("Facts and their fields", facts);
  section("Code tables", tables);
  if (!any)
    return context.refuse(
        {"NO_SUCH_WORD", "no helper, fact or code table is called so: 'kinhub map words' lists all", of});
  return words.problems.empty() ? Exit::done : Exit::found;
}

Exit map_watch(const Context& context, const std::vector<std::string>& folders) {
  constexpr std::chrono::milliseconds look_again{300};
  const auto named = mapping_folders(context.config, folders);
  if (!named) return context.refuse(named.error());
  auto watched = *named;
  watched.push_back(context.config.directories.codes);
  const auto looked_at = [&] {
    std::map<std::string, fs::file_time_type> times;
    for (const auto& folder : watched) {
      std::error_code failed;
      for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
           at.increment(failed))
        if (std::error_code none; at->is_regular_file(none))
          times[at->path().string()] = at->last_write_time(none);
    }
    return times;
  };
  StopOnSignal signals;
  auto seen = looked_at();
  map_test(context, folders);
  context.out << "watching; stop with Ctrl-C" << std::endl;
  while (!signals.token().stop_requested()) {
    sleep_for(look_again, signals.token());
    auto now = looked_at();
    if (now == seen) continue;
    seen = std::move(now);
    context.out << '\n';
    map_test(context, folders);
    context.out << std::flush;
  }
  return Exit::done;
}

}  // namespace kinhub::cli
