#include <ostream>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {

Exit identity_scan(const Context& context, bool dry_run) {
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->identity_scan(context.caller(), context.today(), dry_run ? Apply::no : Apply::yes,
                                 [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) return context.refuse(done.error());
  context.show(*done);
  return done->found.complete ? Exit::done : Exit::could_not_run;
}

Exit identity_list(const Context& context, const IdentityFilter& filter) {
  auto hub = context.open_hub();
  return context.answer(hub->identity_queue(context.caller(), filter));
}

Exit identity_show(const Context& context, const std::string& id) {
  auto hub = context.open_hub();
  auto pair = hub->identity_pair(context.caller(), id);
  return pair ? context.show(*pair) : context.refuse(pair.error());
}

Exit identity_answer(const Context& context, IdentityRequest request) {
  request.why = context.options.reason;
  if (request.who.empty()) request.who = login_name();
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  const auto done =
      hub->identity_answer(context.caller(), request, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (const auto* errors = std::get_if<std::vector<Error>>(&done)) {
    print_errors(context.err, *errors);
    return Exit::used_wrongly;
  }
  const auto& answer = std::get<IdentityAnswer>(done);
  context.show(answer.view);
  if (answer.waiting) {
    print_errors(context.err, {*answer.waiting});
    return Exit::could_not_run;
  }
  const auto& pair = answer.view.pair;
  const bool waits = request.wait == Wait::no || answer.view.entry.state == "waiting";
  const bool same = request.answer == IdentityRequest::Answer::same;
  const char* wanted = same ? "same" : "different";
  if (request.answer == IdentityRequest::Answer::undo || waits || pair.state == wanted) return Exit::done;
  print_errors(
      context.err,
      {{"PAIR_NOT_SETTLED",
        same ? "the answer is entered, and the record still has two: another word keeps them apart, or "
               "the identifier is borne by several; 'kinhub care list --of ID' shows what was entered"
             : "the answer is entered, and the record still has one person or nobody: look at it with "
               "'kinhub identity show'",
        pair.id}});
  return Exit::found;
}

}  // namespace kinhub::cli
