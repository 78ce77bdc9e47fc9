#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <ostream>
#include <set>
#include <system_error>

#include "hub/cli/map_try.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;

/// Temporary copy of a folder of mappings, gone with this.
class CopiedFolder {
 public:
  explicit CopiedFolder(const fs::path& folder) {
    auto pattern = (fs::temp_directory_path() / "kinhub-mappings-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(),
                              "cannot make a folder in " + fs::temp_directory_path().string());
    path_ = pattern;
    fs::copy(folder, path_, fs::copy_options::recursive);
  }
  ~CopiedFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  CopiedFolder(const CopiedFolder&) = delete;
  CopiedFolder& operator=(const CopiedFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

/// The plan of reading the stored events by these mappings; nothing is written.
Result<RemapView> plan_with(const Context& context, const MapDiffCommand& command,
                            const std::string& mappings) {
  std::error_code failed;
  auto config = context.config;
  const auto source = std::ranges::find(config.sources, command.source, &SourceConfig::name);
  std::optional<CopiedFolder> copy;
  if (fs::is_directory(mappings, failed)) {
    source->mappings = fs::absolute(mappings);
  } else if (fs::is_regular_file(mappings, failed)) {
    copy.emplace(source->mappings);
    fs::copy_file(mappings, copy->path() / fs::path(mappings).filename(),
                  fs::copy_options::overwrite_existing);
    source->mappings = copy->path();
  } else {
    return Error{"NO_SUCH_MAPPING", "neither a folder of mappings nor a mapping file", mappings};
  }
  const auto hub = context.parts.open_hub(context.desk_options(config));
  Progress progress(context.err, context.terminal);
  return hub->remap(context.caller(), {command.source, "", command.since_us, "", ""}, Apply::no,
                    [&](std::string_view line) { progress.show(line); });
}

std::vector<std::string> row(std::string what, const MapDiffView& view,
                             const std::function<std::string(const Remapped&)>& cell) {
  std::vector<std::string> cells = {std::move(what)};
  for (const auto& side : view.sides)
    cells.push_back(cell(side.plan.what));
  return cells;
}

std::string facts_words(const Remapped& what, FactKind kind) {
  const auto of = what.facts.find(kind);
  if (of == what.facts.end()) return "-";
  return fmt::format("+{} -{} ~{}", of->second.added, of->second.gone, of->second.changed);
}

void print(std::ostream& out, const MapDiffView& view) {
  out << "events of " << view.source << ", read anew; each column beside what is stored now\n";
  std::vector<std::string> headings = {"what"};
  for (const auto& side : view.sides)
    headings.push_back(side.mappings);
  Table table(std::move(headings));
  std::set<FactKind> kinds;
  std::set<std::string> codes, benefits;
  for (const auto& side : view.sides) {
    for (const auto& [kind, of] : side.plan.what.facts)
      kinds.insert(kind);
    for (const auto& [code, of] : side.plan.what.failing_by_code)
      codes.insert(code);
    for (const auto& [benefit, of] : side.plan.what.money)
      benefits.insert(benefit);
  }
  table.add(row("events read", view, [](const Remapped& what) { return std::to_string(what.read); }));
  table.add(
      row("say something else", view, [](const Remapped& what) { return std::to_string(what.changed); }));
  table.add(row("rejected now", view, [](const Remapped& what) { return std::to_string(what.failing); }));
  for (const auto& code : codes)
    table.add(row("  " + code, view, [&](const Remapped& what) {
      const auto of = what.failing_by_code.find(code);
      return of == what.failing_by_code.end()
                 ? std::string("-")
                 : fmt::format("{}, first {}", of->second.events, of->second.first_sequence);
    }));
  for (const auto kind : kinds)
    table.add(row("facts, " + std::string(name_of(kind)), view,
                  [&](const Remapped& what) { return facts_words(what, kind); }));
  table.add(row("people", view, [](const Remapped& what) { return std::to_string(what.people); }));
  table.add(row("leads", view, [](const Remapped& what) {
    return fmt::format("+{} -{} ~{}", what.leads_opened, what.leads_closed, what.leads_updated);
  }));
  for (const auto& benefit : benefits)
    table.add(row("yuan, " + benefit, view, [&](const Remapped& what) {
      const auto of = what.money.find(benefit);
      return of == what.money.end()
                 ? std::string("-")
                 : "owed " + yuan(of->second.arrears_fen) + ", overpaid " + yuan(of->second.overpaid_fen);
    }));
  table.print(out);
  out << "+ new, - gone, ~ changed. Nothing was written: 'kinhub map replay' does it once the mappings are "
         "in place\n";
}

}  // namespace

Exit map_diff(const Context& context, const MapDiffCommand& command) {
  if (!context.config.source(command.source)) return context.refuse(context.no_such_source(command.source));
  MapDiffView view{command.source, {}};
  for (const auto& mappings : command.mappings) {
    auto plan = plan_with(context, command, mappings);
    if (!plan) return context.refuse(plan.error());
    view.sides.push_back({mappings, std::move(*plan)});
  }
  if (context.options.json)
    context.write(to_json(view));
  else
    print(context.out, view);
  return view.sides.back().plan.what.failing == 0 ? Exit::done : Exit::found;
}

}  // namespace kinhub::cli
