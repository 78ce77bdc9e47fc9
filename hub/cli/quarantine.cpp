#include <nlohmann/json.hpp>
#include <ostream>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {

Exit quarantine_list(const Context& context, const QuarantineFilter& filter) {
  auto hub = context.parts.open_hub(context);
  auto rows = hub->quarantine(filter);
  if (!rows) return context.refuse(rows.error());
  return context.show(*rows, context.reveal());
}

Exit quarantine_show(const Context& context, const std::string& id) {
  auto hub = context.parts.open_hub(context);
  auto row = hub->quarantined(id);
  if (!row) return context.refuse(row.error());
  return context.show(*row, context.reveal());
}

Exit quarantine_replay(const Context& context, const QuarantineFilter& filter) {
  auto hub = context.parts.open_hub(context);
  auto done = hub->replay(filter);
  if (!done) return context.refuse(done.error());
  if (context.options.json) {
    nlohmann::ordered_json shown = {{"replayed", done->replayed},
                                    {"applied", done->applied},
                                    {"quarantined_again", done->quarantined_again}};
    context.write(shown.dump(2) + "\n");
  } else {
    context.out << done->replayed << " replayed, " << done->applied << " applied, " << done->quarantined_again
                << " in quarantine again\n";
  }
  return done->quarantined_again == 0 ? Exit::done : Exit::found;
}

Exit quarantine_discard(const Context& context, const std::vector<std::string>& ids) {
  if (context.options.reason.empty())
    return context.refuse(
        {"REASON_MISSING", "what is discarded is gone from every record: say why with --reason TEXT", ""});
  auto hub = context.parts.open_hub(context);
  auto count = hub->discard(ids, context.options.reason);
  if (!count) return context.refuse(count.error());
  if (context.options.json) {
    context.write(nlohmann::ordered_json({{"discarded", *count}}).dump(2) + "\n");
  } else {
    context.out << *count << " discarded\n";
  }
  return Exit::done;
}

}  // namespace kinhub::cli
