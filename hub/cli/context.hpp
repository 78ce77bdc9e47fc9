#pragma once
// Context of a command: the global options, the configuration, where to write, and how to open the hub.

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/cli/output.hpp"
#include "hub/cli/tables.hpp"
#include "hub/desk/guarded_desk.hpp"
#include "hub/desk/json.hpp"

namespace kinhub::cli {

/// Exit codes, the same for every command.
enum class Exit : int {
  done = 0,
  found = 1,          ///< ran, and found something wrong: a bad mapping, a quarantined event, an open balance
  used_wrongly = 2,   ///< the command line is wrong, or asks for what is not there
  could_not_run = 3,  ///< configuration unreadable, disk full, database gone
};

/// Global options, before or after a command's name.
struct Options {
  std::optional<std::filesystem::path> config, data;
  bool json = false;
  std::optional<Date> today;
  bool reveal = false;
  std::string reason;
  /// In which language case workers are answered: --lang, else the locale.
  Language language = Language::zh;
  /// The words of the command line, numbers masked: for the audit trail.
  std::string command;
};

struct Context;
struct DemoRequest;

/// Login name of the user this process runs as, whatever its environment says: who signs what is entered or
/// decided, if nobody is named.
std::string login_name();
std::string host_name();

/// Injected dependencies of the program; tests give their own.
struct Parts {
  /// Opens the hub behind its guard; what the options refer to outlives it.
  std::function<std::unique_ptr<GuardedDesk>(DeskOptions)> open_hub;
  /// Validates a connector's file and this source's settings for it: all that is wrong.
  std::function<std::vector<Error>(const Config&, const SourceConfig&)> check_connector;
  /// Preflight checks of the infrastructure: cluster, topics, database, key file.
  /// Waits a few seconds at most.
  std::function<std::vector<Error>(const Config&)> check_ground;
  /// Describes Kinhub's own topics. REQUIRES: config.kafka.
  std::function<std::vector<TopicState>(const Config&)> look_at_topics;
  /// Reconciles the topics: as they are afterwards, with what was done.
  std::function<std::vector<TopicState>(const Config&)> apply_topics;
  /// Runs `kinhub demo`: the simulated agencies, and a hub of their own beside them.
  /// Gets the arguments as written.
  std::function<Exit(const Context&, const DemoRequest&)> demo;
  /// Main function of the child process that hosts one connector; arguments as the hub started it.
  std::function<int(const std::vector<std::string>&)> connector_host;
};

struct Context {
  const Options& options;
  const Config& config;
  const Places& places;
  const Parts& parts;
  const Clock& clock;
  std::ostream& out;
  std::ostream& err;
  Progress::Terminal terminal = Progress::Terminal::no;

  Date today() const { return options.today ? *options.today : shanghai_date(clock.now_us()); }
  /// Who asks: the user of this process, who has every right by possession of data and key; with --reveal
  /// under an opening of this call.
  Caller caller() const;

  /// Opens the hub of this configuration; what it has to say to the operator goes to `err`.
  /// One that is there: throws NO_HUB otherwise, unless it may be made.
  std::unique_ptr<GuardedDesk> open_hub(MakeHub make = MakeHub::no) const {
    auto opened = desk_options(config);
    opened.make = make;
    return parts.open_hub(std::move(opened));
  }
  DeskOptions desk_options(const Config& of) const;

  /// NO_SUCH_SOURCE, with the nearest name that is configured.
  Error no_such_source(const std::string& name) const;

  /// Prints the error and returns Exit::used_wrongly.
  Exit refuse(const Error& error) const;
  Exit refuse(const std::vector<Error>& errors) const;
  /// Prints a value as the one JSON document, or for people.
  template <class View>
  Exit show(const View& view) const {
    if (options.json) {
      write(to_json(view));
    } else if constexpr (requires { print(out, view, options.language); }) {
      print(out, view, options.language);
    } else {
      print(out, view);
    }
    return Exit::done;
  }
  /// Shows the value, or refuses with its error.
  template <class View>
  Exit answer(const Result<View>& result) const {
    return result ? show(*result) : refuse(result.error());
  }
  void write(std::string_view text) const;
};

}  // namespace kinhub::cli
