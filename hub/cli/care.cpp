#include <ostream>

#include "hub/base/mask.hpp"
#include "hub/care/form.hpp"
#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

/// The forms, or all that is wrong with them.
std::variant<FormSet, std::vector<Error>> forms_of(const Context& context) {
  return FormSet::read(context.config.directories.forms, context.config.directories.codes);
}

/// "item=value", each; what has no sign of equality is a value in the wrong place, and may be a person's.
Result<std::vector<std::pair<std::string, std::string>>> values_of(const std::vector<std::string>& written) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& word : written) {
    const auto at = word.find('=');
    if (at == std::string::npos || at == 0)
      return Error{"VALUE_FORM", "a field is written item=value, '" + mask_key(word) + "' is not", ""};
    values.emplace_back(word.substr(0, at), word.substr(at + 1));
  }
  return values;
}

Exit show(const Context& context, const std::variant<CareAnswer, std::vector<Error>>& done) {
  if (const auto* errors = std::get_if<std::vector<Error>>(&done)) return context.refuse(*errors);
  const auto& answer = std::get<CareAnswer>(done);
  context.show(answer);
  if (answer.entry.state == "quarantined") return Exit::found;
  if (!answer.waiting) return Exit::done;
  print_errors(context.err, {*answer.waiting});
  return Exit::could_not_run;
}

CareRequest request_of(const Context& context, const CareCommand& command) {
  CareRequest request;
  request.form = command.form, request.corrects = command.corrects, request.id = command.id;
  request.who = command.who.empty() ? login_name() : command.who, request.why = context.options.reason;
  request.apply = command.dry_run ? Apply::no : Apply::yes;
  request.wait = command.no_wait ? Wait::no : Wait::yes;
  return request;
}

}  // namespace

Exit care_forms(const Context& context) {
  const auto read = forms_of(context);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) return context.refuse(*errors);
  return context.show(std::get<FormSet>(read).forms());
}

Exit care_form(const Context& context, const std::string& id) {
  const auto read = forms_of(context);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) return context.refuse(*errors);
  const auto form = std::get<FormSet>(read).find(id);
  return form ? context.show(**form) : context.refuse(form.error());
}

Exit care_add(const Context& context, const CareCommand& command) {
  auto request = request_of(context, command);
  auto values = values_of(command.values);
  if (!values) return context.refuse(values.error());
  request.values = std::move(*values);
  if (command.of.empty() && command.corrects.empty())
    return context.refuse({"PERSON_MISSING", "say whom it is about: --of ID", "--of"});
  if (!command.of.empty()) {
    auto who = read_person(command.of);
    if (!who) return context.refuse(who.error());
    request.of = *who;
  }
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->care_add(context.caller(), request, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  return show(context, done);
}

Exit care_retract(const Context& context, const CareCommand& command) {
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->care_retract(context.caller(), command.id, request_of(context, command),
                                [&](std::string_view line) { progress.show(line); });
  progress.clear();
  return show(context, done);
}

Exit care_list(const Context& context, const std::string& of) {
  auto who = read_person(of);
  if (!who) return context.refuse(who.error());
  auto hub = context.open_hub();
  auto found = hub->care_entries(context.caller(), *who);
  return found ? context.show(*found) : context.refuse(found.error());
}

}  // namespace kinhub::cli
