#include <algorithm>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

Exit show(const Context& context, const std::function<std::vector<TopicState>(const Config&)>& topics) {
  if (!context.config.kafka)
    return context.refuse(
        {"NO_KAFKA",
         "the event log is the embedded one and needs no topics: log: {kafka: ...} in the configuration",
         ""});
  auto found = topics(context.config);
  context.show(found);
  return std::ranges::all_of(found, [](const auto& topic) { return topic.state == "right"; }) ? Exit::done
                                                                                              : Exit::found;
}

}  // namespace

Exit topics_plan(const Context& context) {
  return show(context, context.parts.look_at_topics);
}
Exit topics_apply(const Context& context) {
  return show(context, context.parts.apply_topics);
}

}  // namespace kinhub::cli
