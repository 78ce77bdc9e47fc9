#include "hub/ground/keys.hpp"
#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

template <class View>
Exit answer(const Context& context, const Result<View>& result) {
  return context.answer(result);
}

}  // namespace

Exit key_list(const Context& context, const KeyCommand&) {
  return answer(context, look_at_keys(context.config));
}

Exit key_add(const Context& context, const KeyCommand& command) {
  return answer(context, add_key(context.config, command.suite,
                                 command.standby ? Activate::no : Activate::yes, context.clock));
}

Exit key_use(const Context& context, const KeyCommand& command) {
  return answer(context, use_key(context.config, command.id));
}

Exit key_remove(const Context& context, const KeyCommand& command) {
  return answer(context, remove_key(context.config, command.id));
}

Exit key_rotate(const Context& context, const KeyCommand&) {
  Progress progress(context.err, context.terminal);
  const auto done =
      rotate_keys(context.config, context.clock, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  const auto exit = answer(context, done);
  return done && !done->done() ? Exit::found : exit;
}

}  // namespace kinhub::cli
