#include "hub/cli/commands.hpp"

namespace kinhub::cli {

Exit source_list(const Context& context) {
  auto hub = context.parts.open_hub(context);
  return context.show(hub->sources());
}

Exit balance(const Context& context) {
  auto hub = context.parts.open_hub(context);
  auto now = hub->balance();
  context.show(now);
  return now.closes() ? Exit::done : Exit::found;
}

Exit status(const Context& context) {
  auto hub = context.parts.open_hub(context);
  return context.show(hub->status());
}

}  // namespace kinhub::cli
