#include "hub/cli/commands.hpp"

namespace kinhub::cli {

namespace {

/// Whether nothing was found because no source is named so. Events of one that is configured no longer are
/// found all the same.
bool is_mistyped(const Context& context, const QuarantineFilter& filter) {
  return filter.source && !context.config.source(*filter.source);
}

}  // namespace

Exit quarantine_list(const Context& context, const QuarantineFilter& filter) {
  auto hub = context.open_hub();
  auto rows = hub->quarantine(context.caller(), filter);
  if (!rows) return context.refuse(rows.error());
  if (rows->empty() && is_mistyped(context, filter))
    return context.refuse(context.no_such_source(*filter.source));
  return context.show(*rows);
}

Exit quarantine_show(const Context& context, const std::string& id) {
  auto hub = context.open_hub();
  auto row = hub->quarantined(context.caller(), id);
  if (!row) return context.refuse(row.error());
  return context.show(*row);
}

Exit quarantine_replay(const Context& context, const QuarantineFilter& filter) {
  auto hub = context.open_hub();
  auto done = hub->replay(context.caller(), filter);
  if (!done) return context.refuse(done.error());
  if (done->replayed == 0 && is_mistyped(context, filter))
    return context.refuse(context.no_such_source(*filter.source));
  context.show(*done);
  return done->quarantined_again == 0 ? Exit::done : Exit::found;
}

Exit quarantine_discard(const Context& context, const std::vector<std::string>& ids) {
  if (context.options.reason.empty())
    return context.refuse(
        {"REASON_MISSING", "what is discarded is gone from every record: say why with --reason TEXT", ""});
  auto hub = context.open_hub();
  auto done = hub->discard(context.caller(), ids, context.options.reason);
  return done ? context.show(*done) : context.refuse(done.error());
}

}  // namespace kinhub::cli
