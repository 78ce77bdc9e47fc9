#include <algorithm>
#include <ostream>

#include "hub/cli/commands.hpp"
#include "hub/cli/reconcile.hpp"

namespace kinhub::cli {
namespace {

std::optional<Error> missing_path(const std::vector<std::filesystem::path>& paths) {
  for (const auto& path : paths) {
    std::error_code failed;
    if (!std::filesystem::exists(path, failed))
      return Error{"NO_SUCH_FILE", "there is no such file or folder", path.string()};
  }
  return std::nullopt;
}

}  // namespace

Exit ingest(const Context& context, const IngestRequest& request) {
  const auto* source = context.config.source(request.source);
  if (!source) return context.refuse(context.no_such_source(request.source));
  if (source->built_in())
    return context.refuse(
        {"NO_CONNECTOR",
         "'" + request.source +
             "' has no files of an agency: what case workers know is entered with 'kinhub care add'",
         ""});
  if (auto missing = missing_path(request.paths)) return context.refuse(*missing);
  auto hub = context.open_hub(MakeHub::yes);
  Progress progress(context.err, context.terminal);
  auto done = hub->ingest(context.caller(), *source, request.paths,
                          [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) {
    print_errors(context.err, {done.error()});
    return Exit::could_not_run;
  }
  context.show(*done);
  return done->quarantined == 0 && done->balance.closes() ? Exit::done : Exit::found;
}

Exit night(const Context& context, NightRound round) {
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->night_scan(context.caller(), context.today(), round,
                              [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) {
    print_errors(context.err, {done.error()});
    return Exit::could_not_run;
  }
  if (context.options.json || round != NightRound::reconcile) context.show(*done);
  if (!context.options.json)
    for (const auto& run : done->reconciled)
      print(context.out, run);
  print_errors(context.err, done->not_reconciled);
  const bool look = std::ranges::any_of(done->reconciled, wants_a_look) || !done->not_reconciled.empty();
  return look ? Exit::found : Exit::done;
}

}  // namespace kinhub::cli
