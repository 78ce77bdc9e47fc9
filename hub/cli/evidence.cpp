#include <ostream>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

std::filesystem::path file_of(const Context& context, const EvidenceCommand& command) {
  return command.file.empty() ? context.config.directories.evidence : std::filesystem::path(command.file);
}

Exit check(const Context& context, const EvidenceCommand& command, Tests tests) {
  return report(context, {check_evidence(file_of(context, command))}, "rules", tests);
}

}  // namespace

Exit evidence_show(const Context& context, const EvidenceCommand&) {
  return context.answer(context.open_hub()->evidence(context.caller()));
}

Exit evidence_check(const Context& context, const EvidenceCommand& command) {
  return check(context, command, Tests::leave);
}

Exit evidence_test(const Context& context, const EvidenceCommand& command) {
  return check(context, command, Tests::run);
}

Exit evidence_compare(const Context& context, const EvidenceCommand& command) {
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->evidence_compare(context.caller(), file_of(context, command),
                                    [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (const auto* errors = std::get_if<std::vector<Error>>(&done)) return context.refuse(*errors);
  return context.show(std::get<EvidenceComparisonView>(done));
}

Exit evidence_adopt(const Context& context, const EvidenceCommand& command) {
  if (context.options.reason.find_first_not_of(" \t") == std::string::npos)
    return context.refuse({"REASON_MISSING",
                           "--reason TEXT: why these rules count from now on, for whoever audits it; look at "
                           "'kinhub evidence compare' before",
                           ""});
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->evidence_adopt(context.caller(), file_of(context, command), context.options.reason,
                                  command.by.empty() ? login_name() : command.by,
                                  [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (const auto* errors = std::get_if<std::vector<Error>>(&done)) return context.refuse(*errors);
  return context.show(std::get<EvidenceAdoptedView>(done));
}

}  // namespace kinhub::cli
