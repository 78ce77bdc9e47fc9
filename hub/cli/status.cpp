#include <algorithm>
#include <ostream>

#include "hub/base/failpoint.hpp"
#include "hub/cli/commands.hpp"

namespace kinhub::cli {

Exit source_list(const Context& context) {
  auto hub = context.open_hub();
  return context.answer(hub->sources(context.caller()));
}

Exit source_positions(const Context& context) {
  auto hub = context.open_hub();
  auto positions = hub->positions(context.caller());
  if (!positions) return context.refuse(positions.error());
  context.show(*positions);
  return std::ranges::all_of(*positions, [](const auto& one) { return one.stopped.empty(); }) ? Exit::done
                                                                                              : Exit::found;
}

Exit source_rewind(const Context& context, const RewindRequest& request) {
  if (!context.config.source(request.source)) return context.refuse(context.no_such_source(request.source));
  auto hub = context.open_hub();
  if (request.checkpoint) {
    auto done = hub->forget_checkpoint(context.caller(), request.source, request.apply);
    return done ? context.show(*done) : context.refuse(done.error());
  }
  if (request.complete_until_us) {
    auto done = hub->take_back(context.caller(), request.source, *request.complete_until_us,
                               context.options.reason, request.apply);
    return done ? context.show(*done) : context.refuse(done.error());
  }
  auto done = hub->rewind(context.caller(), request.source, request.to, request.apply);
  return done ? context.show(*done) : context.refuse(done.error());
}

Exit failpoints(const Context& context) {
#ifdef KINHUB_FAILPOINTS
  for (auto name : failpoint_names())
    context.out << name << '\n';
  return Exit::done;
#else
  return context.refuse({"NO_FAILPOINTS", "this build has none: only test builds do", ""});
#endif
}

Exit balance(const Context& context) {
  auto hub = context.open_hub();
  auto now = hub->balance(context.caller());
  if (!now) return context.refuse(now.error());
  context.show(*now);
  return now->closes() ? Exit::done : Exit::found;
}

Exit status(const Context& context) {
  auto hub = context.open_hub();
  return context.answer(hub->status(context.caller()));
}

}  // namespace kinhub::cli
