#include <ostream>

#include "hub/cli/commands.hpp"
#include "hub/cli/signals.hpp"

namespace kinhub::cli {
Exit run(const Context& context) {
  StopOnSignal signals;
  auto hub = context.parts.open_hub(context);
  context.err << "kinhub runs, data in " << context.config.data.string() << "; stop it with SIGTERM or Ctrl-C\n";
  hub->run(signals.token());
  return Exit::done;
}

}  // namespace kinhub::cli
