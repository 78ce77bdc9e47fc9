#pragma once
// What every command gets: the global options, the configuration, where to write, and how to open the hub.

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/cli/output.hpp"
#include "hub/cli/tables.hpp"
#include "hub/desk/json.hpp"
#include "hub/desk/opening.hpp"

namespace kinhub::cli {

/// Exit codes are the same for every command.
enum class Exit : int {
  done = 0,
  found = 1,  ///< ran, and found something wrong: a bad mapping, a quarantined event, a balance that does not
              ///< close
  used_wrongly = 2,   ///< the command line is wrong, or asks for what is not there
  could_not_run = 3,  ///< configuration unreadable, disk full, database gone
};

/// Options that every command takes, before or after its name.
struct Options {
  std::optional<std::filesystem::path> config, data;
  bool json = false;
  std::optional<Date> today;
  bool reveal = false;
  std::string reason;
  std::string
      command;  ///< the words of the command line, numbers masked: what a disclosure is written down with
};

struct Context;
struct DemoRequest;

/// What the program is linked with; tests give their own.
struct Parts {
  /// What the opening refers to outlives the hub.
  std::function<std::unique_ptr<Operations>(Opening)> open_hub;
  /// All that is wrong with a connector's file or with this source's settings for it.
  std::function<std::vector<Error>(const Config&, const SourceConfig&)> check_connector;
  /// All that is wrong with what the configuration stands on: cluster, topics, database, key file. Waits a
  /// few seconds at most.
  std::function<std::vector<Error>(const Config&)> check_ground;
  /// Kinhub's own topics as they are. REQUIRES: config.kafka.
  std::function<std::vector<TopicState>(const Config&)> look_at_topics;
  /// Makes what is missing and mends what can be; as they are afterwards, with what was done.
  std::function<std::vector<TopicState>(const Config&)> apply_topics;
  /// `kinhub demo`: the simulated agencies, and a hub of their own beside them. Gets the arguments as
  /// written.
  std::function<Exit(const Context&, const DemoRequest&)> demo;
  /// The child process that hosts one connector; arguments as the hub started it.
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
  Reveal reveal() const { return options.reveal ? Reveal::yes : Reveal::no; }

  /// Opens the hub of this configuration; what it has to say to the operator goes to `err`.
  std::unique_ptr<Operations> open_hub() const { return parts.open_hub(opening()); }
  Opening opening() const { return opening(config); }
  Opening opening(const Config& other) const;

  /// Prints why and returns Exit::used_wrongly.
  Exit refuse(const Error& error) const;
  /// Prints a value as the one JSON document, or for people.
  template <class View, class... More>
  Exit show(const View& view, More... more) const {
    if (options.json) {
      write(to_json(view, more...));
    } else {
      print(out, view, more...);
    }
    return Exit::done;
  }
  void write(std::string_view text) const;
};

}  // namespace kinhub::cli
