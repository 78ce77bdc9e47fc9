// kinhub policy diff and fmt: what needs no open hub.
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <ostream>
#include <system_error>

#include "hub/base/printable.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/base/yaml_format.hpp"
#include "hub/cli/policy_tools.hpp"
#include "hub/desk/rule_schema.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> yaml_files(const fs::path& named) {
  std::error_code failed;
  if (!fs::is_directory(named, failed)) return {named};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(named, failed), end; !failed && at != end; at.increment(failed))
    if (at->is_regular_file(failed) && at->path().extension() == ".yaml") files.push_back(at->path());
  std::ranges::sort(files);
  return files;
}

/// In place of the file, with its permissions: whole, or as it was.
void replace(const fs::path& file, const std::string& text) {
  const auto permissions = fs::status(file).permissions();
  const auto target = fs::is_symlink(file) ? fs::canonical(file) : file;
  write_durably(target, text);
  fs::permissions(target, permissions);
}

}  // namespace

Exit policy_diff(const Context& context, const std::string& before, const std::string& after) {
  auto compared = compare_policies(before, after, context.config.directories.policies);
  if (const auto* errors = std::get_if<std::vector<Error>>(&compared)) return context.refuse(*errors);
  const auto& changes = std::get<std::vector<MeaningChange>>(compared);
  if (context.options.json) {
    context.write(to_json(changes));
  } else {
    std::string heading;
    for (const auto& one : changes) {
      const auto& of = one.benefit.empty() ? one.policy : one.benefit;
      if (of != heading) context.out << printable(of) << '\n';
      heading = of;
      context.out << "  " << printable(one.english) << "\n    " << printable(one.chinese) << '\n';
    }
    if (changes.empty()) context.out << "no difference in meaning\n";
  }
  return changes.empty() ? Exit::done : Exit::found;
}

Exit policy_format(const Context& context, const std::vector<std::string>& named, bool check) {
  std::vector<fs::path> files;
  for (const auto& one : named)
    std::ranges::move(yaml_files(one), std::back_inserter(files));
  if (named.empty()) files = yaml_files(context.config.directories.policies);
  std::vector<Error> problems;
  std::size_t changed = 0;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    if (!in && text.empty()) {
      problems.push_back({"NO_SUCH_FILE", "there is no such file or folder, or it is empty", file.string()});
      continue;
    }
    const auto formatted = format_yaml(text);
    if (!formatted) {
      auto error = formatted.error();
      error.place = file.string() + (error.place.empty() ? "" : ":" + error.place);
      problems.push_back(std::move(error));
      continue;
    }
    if (*formatted == text) continue;
    ++changed;
    context.out << printable(file.string()) << (check ? ": would change\n" : ": formatted\n");
    if (!check) replace(file, *formatted);
  }
  print_errors(context.err, problems);
  context.out << files.size() << " files, " << changed << (check ? " would change\n" : " formatted\n");
  return problems.empty() && (changed == 0 || !check) ? Exit::done : Exit::found;
}

Exit schema(const Context& context, const std::string& kind) {
  context.write(*rule_schema(kind));
  return Exit::done;
}

Exit as_decided(const Context& context, const std::string& lead) {
  auto hub = context.open_hub();
  auto found = hub->as_decided(context.caller(), lead);
  if (!found) return context.refuse(found.error());
  context.show(*found);
  return found->equal ? Exit::done : Exit::found;
}

}  // namespace kinhub::cli

namespace kinhub {
namespace {

void print_spans(std::ostream& out, const char* name, const std::vector<SpanView>& spans) {
  out << name << '\n';
  if (spans.empty()) out << "  nothing\n";
  for (const auto& span : spans)
    out << "  " << span.when.from.text() << " .. "
        << (span.when.until < Date::forever() ? span.when.until.plus_days(-1).text() : std::string()) << "  "
        << (span.amount ? cli::yuan(span.amount->fen) + " yuan per " + span.amount->per : "unknown") << "  "
        << span.certainty << '\n';
}

}  // namespace

void print(std::ostream& out, const AsDecidedView& view) {
  out << view.lead << "  " << view.benefit << "  " << view.person.ref << "  " << printable(view.person.name)
      << "  " << printable(view.person.citizen_id) << '\n';
  out << view.state << " by " << printable(view.by) << ", " << shanghai_time(view.decided_at_us)
      << "; computed " << shanghai_time(view.known_at_us) << '\n';
  out << "policies " << (view.policies.empty() ? "not kept" : view.policies)
      << (view.remembered ? "" : " (by time: the decision is from before they were remembered)") << '\n';
  out << "evidence rules " << (view.evidence.empty() ? "built in" : view.evidence) << ", program "
      << (view.program.empty() ? "not remembered" : view.program) << '\n';
  print_spans(out, "decided on", view.decided);
  print_spans(out, "computed again", view.computed);
  out << (view.equal ? "equal: it comes to what was decided\n" : "NOT EQUAL\n");
  for (const auto& reason : view.reasons)
    out << "  " << printable(reason) << '\n';
}

}  // namespace kinhub
