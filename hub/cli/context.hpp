#pragma once
// What every command gets: the global options, the configuration, where to write, and how to open the hub.

#include <functional>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/cli/config.hpp"
#include "hub/cli/operations.hpp"
#include "hub/cli/output.hpp"

namespace kinhub::cli {

/// Exit codes are the same for every command.
enum class Exit : int {
  done = 0,
  found = 1,  ///< ran, and found something wrong: a bad mapping, a quarantined event, a balance that does not
              ///< close
  used_wrongly = 2,   ///< the command line is wrong, or asks for what is not there
  could_not_run = 3,  ///< configuration unreadable, disk full, database gone
};

/// "0.1.0"
std::string_view program_version();

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

/// What the program is linked with; tests give their own.
struct Parts {
  /// The context outlives the hub.
  std::function<std::unique_ptr<Operations>(const Context&)> open_hub;
  /// All that is wrong with a connector's file or with this source's settings for it.
  std::function<std::vector<Error>(const Config&, const SourceConfig&)> check_connector;
  /// All that is wrong with what the configuration stands on: cluster, topics, database, key file. Waits a
  /// few seconds at most.
  std::function<std::vector<Error>(const Config&)> check_ground;
  /// Kinhub's own topics as they are. REQUIRES: config.kafka.
  std::function<std::vector<TopicView>(const Config&)> look_at_topics;
  /// Makes what is missing and mends what can be; as they are afterwards, with what was done.
  std::function<std::vector<TopicView>(const Config&)> apply_topics;
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
