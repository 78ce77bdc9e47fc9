#include <ostream>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {
Exit report(const Context& context, const std::vector<RuleCheck>& all, std::string_view what, Tests tests) {
  for (const auto& one : all) {
    print_errors(context.err, one.problems);
    for (const auto& notice : one.notices)
      context.err << "notice: " << describe(notice) << '\n';
  }
  if (context.options.json) {
    context.write(to_json(all, what, tests));
  } else {
    for (const auto& one : all) {
      context.out << one.folder << ": " << one.names.size() << ' ' << what;
      if (tests == Tests::run) context.out << ", " << one.tests_passed << " tests passed";
      context.out << ", " << one.problems.size() << " problems\n";
    }
  }
  return problems_in(all) == 0 ? Exit::done : Exit::found;
}

namespace {

namespace fs = std::filesystem;

Exit map(const Context& context, const std::vector<std::string>& named, Tests tests) {
  auto folders = mapping_folders(context.config, named);
  if (!folders) return context.refuse(folders.error());
  std::vector<RuleCheck> all;
  for (const auto& folder : *folders)
    all.push_back(check_mappings(folder, context.config.directories.codes, tests));
  return report(context, all, "mappings", tests);
}

template <class Check>
Exit policy(const Context& context, const std::string& named, Tests tests, Check check) {
  fs::path folder = named.empty() ? context.config.directories.policies : fs::path(named);
  std::error_code failed;
  if (!fs::is_directory(folder, failed))
    return context.refuse({"NO_SUCH_FOLDER", "there is no such folder of policies", folder.string()});
  return report(context, {check(folder)}, "benefits", tests);
}

}  // namespace

Exit map_check(const Context& context, const std::vector<std::string>& folders) {
  return map(context, folders, Tests::leave);
}
Exit map_test(const Context& context, const std::vector<std::string>& folders) {
  return map(context, folders, Tests::run);
}
Exit map_replay(const Context& context, const RemapCommand& command) {
  if (!context.config.source(command.source)) return context.refuse(context.no_such_source(command.source));
  if (command.apply == Apply::yes && context.options.reason.empty())
    return context.refuse({"REASON_MISSING",
                           "what was told before is replaced in every record: say why with --reason TEXT",
                           ""});
  auto hub = context.open_hub();
  Progress progress(context.err, context.terminal);
  auto done = hub->remap(context.caller(),
                         {command.source, command.mapping, command.since_us,
                          command.by.empty() ? login_name() : command.by, context.options.reason},
                         command.apply, [&](std::string_view line) { progress.show(line); });
  progress.clear();
  if (!done) return context.refuse(done.error());
  context.show(*done);
  return done->what.failing == 0 ? Exit::done : Exit::found;
}
Exit care_test(const Context& context, const std::string& folder) {
  const auto& config = context.config;
  return report(context,
                {check_forms(folder.empty() ? config.directories.forms : fs::path(folder),
                             config.source(care_desk)->mappings, config.directories.codes, Tests::run)},
                "forms", Tests::run);
}
Exit care_services(const Context& context, const std::string& folder) {
  const auto& config = context.config;
  return report(context,
                {check_services(folder.empty() ? config.directories.care : fs::path(folder),
                                config.directories.codes, context.today().year(), Tests::run)},
                "services", Tests::run);
}
Exit policy_check(const Context& context, const std::string& folder) {
  return policy(context, folder, Tests::leave,
                [](const fs::path& named) { return check_policies(named, Tests::leave); });
}
Exit policy_test(const Context& context, const std::string& folder) {
  return policy(context, folder, Tests::run,
                [](const fs::path& named) { return check_policies(named, Tests::run); });
}
Exit policy_mutate(const Context& context, const std::string& folder) {
  return policy(context, folder, Tests::run, mutate_policies);
}

Exit policy_words(const Context& context, const std::string& folder, bool page) {
  const auto all =
      kinhub::policy_words(folder.empty() ? context.config.directories.policies : fs::path(folder));
  print_errors(context.err, all.problems);
  if (!all.problems.empty()) return Exit::found;
  if (context.options.json || page) {
    context.write(page ? all.page : to_json(all));
    return Exit::done;
  }
  for (const auto& word : all.words) {
    for (const auto* names : {&word.english, &word.chinese})
      for (const auto& name : *names)
        context.out << name << '\n';
    context.out << "    " << word.note << '\n';
  }
  return Exit::done;
}

Exit init(const Context& context, const std::optional<fs::path>& folder) {
  const auto& options = context.options;
  if (folder && options.config)
    return context.refuse({"OPTIONS", "a folder and --config both say where the configuration goes", ""});
  const auto file = options.config ? *options.config : folder.value_or(".") / "kinhub.yaml";
  return context.answer(make_hub(file, options.data.value_or(fs::path())));
}

Exit check(const Context& context) {
  auto checked =
      check_hub(context.config, {context.parts.check_connector, context.parts.check_ground}, context.today());
  print_errors(context.err, checked.problems);
  context.show(checked);
  for (const auto& source : context.config.sources)
    if (source.plain_network && !context.options.json)
      context.out << "source " << source.name << " may do without TLS beyond this machine (plain_network)\n";
  return checked.problems.empty() ? Exit::done : Exit::found;
}

}  // namespace kinhub::cli
