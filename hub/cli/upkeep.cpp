// The commands of upkeep: what the doctor finds, backups, restores.
#include <fmt/ostream.h>

#include <ostream>

#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"
#include "hub/desk/upkeep_json.hpp"

namespace kinhub::cli {
namespace {

void print(std::ostream& out, const DoctorReport& report) {
  fmt::print(out, "looked at {} things", report.checked.size());
  if (report.clean()) fmt::print(out, ": all is well");
  out << '\n';
  for (const auto& one : report.findings) {
    if (one.table.empty())
      fmt::print(out, "{}  {}\n", one.code, one.text);
    else
      fmt::print(out, "{}  table {}, row {}: {}\n", one.code, one.table, one.key, one.text);
    fmt::print(out, "    {}\n", one.advice);
  }
  for (const auto& one : report.left_out)
    fmt::print(out, "not looked at: {}\n", one);
}

void print(std::ostream& out, const BackupState& backup) {
  fmt::print(out, "backup of {} in {}: {} persons, notices up to {}\n", shanghai_time(backup.made_at_us),
             backup.folder, backup.persons, backup.notices);
  for (const auto& file : backup.files)
    fmt::print(out, "  {}  {} bytes\n", file.name, file.bytes);
  if (backup.key_to.empty())
    fmt::print(out,
               "the key is not in it: keep a copy of kinhub.key in another place, without it nothing "
               "of this can be read\n");
  else
    fmt::print(out, "the key was copied to {}: keep it in another place than the backup\n", backup.key_to);
}

void print(std::ostream& out, const NumbersPlan& plan) {
  fmt::print(out, "notices: the store gave {}", plan.store_last);
  if (plan.file_last) fmt::print(out, ", the notices file ends with {}", *plan.file_last);
  if (plan.differs_at) fmt::print(out, " and is another one from {} on", *plan.differs_at);
  out << '\n';
  if (plan.applied)
    fmt::print(out, "numbers before {} are given up: the next notice is {}\n", plan.next, plan.next);
  else if (plan.needed)
    fmt::print(out, "nothing was changed: with --apply the next notice is {}\n", plan.next);
  else
    fmt::print(out,
               "nothing has to be done: no number would be given a second time as far as the file "
               "tells\n");
}

void print(std::ostream& out, const RestoreState& restored) {
  fmt::print(out, "restored the backup of {} into {}\n", shanghai_time(restored.backup.made_at_us),
             restored.data);
  print(out, restored.numbers);
}

template <class View>
Exit show(const Context& context, const View& view) {
  if (context.options.json)
    context.write(to_json(view));
  else
    print(context.out, view);
  return Exit::done;
}

}  // namespace

Exit doctor(const Context& context, const DoctorCommand& command) {
  if (!command.settle.empty()) {
    const auto colon = command.settle.find(':');
    if (colon == std::string::npos)
      return context.refuse({"USAGE", "--settle names a damage as TABLE:KEY", command.settle});
    const auto done =
        settle(context.config, command.settle.substr(0, colon), command.settle.substr(colon + 1));
    return done ? Exit::done : context.refuse(done.error());
  }
  Progress progress(context.err, context.terminal);
  const auto report =
      examine(context.config, context.clock, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  show(context, report);
  return report.clean() ? Exit::done : Exit::found;
}

Exit backup(const Context& context, const BackupCommand& command) {
  Progress progress(context.err, context.terminal);
  const auto made = make_backup(context.config, context.clock, {command.folder, command.key},
                                [&](std::string_view line) { progress.show(line); });
  progress.clear();
  return made ? show(context, *made) : context.refuse(made.error());
}

Exit restore(const Context& context, const BackupCommand& command) {
  Progress progress(context.err, context.terminal);
  const auto done = restore_backup(context.config, {command.folder, command.key},
                                   [&](std::string_view line) { progress.show(line); });
  progress.clear();
  return done ? show(context, *done) : context.refuse(done.error());
}

Exit notices_restore(const Context& context, const NoticesRestoreCommand& command) {
  const auto plan = restore_notices(context.config, command.beyond, command.apply);
  if (!plan) return context.refuse(plan.error());
  show(context, *plan);
  return plan->needed && !plan->applied ? Exit::found : Exit::done;
}

}  // namespace kinhub::cli
