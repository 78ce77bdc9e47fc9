#include "hub/ground/sources.hpp"

#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "hub/base/clock.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/mutex.hpp"
#include "hub/base/sleep.hpp"
#include "hub/connector/child_process.hpp"
#include "hub/connector/config_check.hpp"
#include "hub/connector/fair_turns.hpp"
#include "hub/connector/library.hpp"
#include "hub/connector/source_runner.hpp"

namespace kinhub {
namespace {

Secrets secrets_of(const SourceConfig& source) {
  auto read = read_secrets(source);
  if (!read) throw ErrorThrown(read.error());
  return {read->begin(), read->end()};
}

constexpr auto snapshot_pause = std::chrono::seconds(5), snapshot_pause_max = std::chrono::seconds(60);

/// Initial snapshot of a source, retried as often as it needs: whatever goes wrong is told, and tried again.
void load(SourceRunner& runner, const std::string& source, const SourcesAtWork::Ears& ears,
          const std::stop_token& stop) {
  std::string told;
  for (auto pause = snapshot_pause; !stop.stop_requested(); pause = std::min(2 * pause, snapshot_pause_max)) {
    std::string why;
    try {
      auto done = runner.snapshot(stop);
      if (done) return ears.note(source + ": snapshot loaded, " + std::to_string(done->events) + " events");
      why = describe(done.error());
    } catch (const std::exception& error) {  // the log is not there, or damaged
      why = error.what();
    }
    if (stop.stop_requested()) return;
    if (why != told)
      ears.note(source + ": no snapshot yet, the source streams meanwhile and it is tried again: " + why);
    told = why;
    ears.snapshot_failed(source, why);
    sleep_for(pause, stop);
  }
}

}  // namespace

namespace {

/// What no connector sees, whatever its settings name: key, store, log and notices; the configuration and the
/// secrets of all sources.
std::vector<std::string> hidden_places(const Config& config) {
  std::vector<std::string> hidden{config.data.string()};
  if (!config.file.empty()) hidden.push_back(std::filesystem::absolute(config.file).string());
  if (!config.notices.empty()) hidden.push_back(config.notices.string());
  for (const auto& source : config.sources)
    for (const auto& [name, secret] : source.secrets)
      if (secret.in == SecretPlace::In::file) hidden.push_back(secret.where);
  return hidden;
}

/// The options of a source's process: beside those of its connector, what it may see.
SourceOptions options_in(const Config& config, const SourceConfig& source) {
  auto options = source_options(source);
  options.hidden = hidden_places(config);
  for (const auto& folder : source.writes)
    options.writable.push_back(folder.string());
  return options;
}

ChildOptions child_of(const Config& config, const SourceConfig& source) {
  const SourceOptions defaults;
  ChildOptions child{defaults.program,
                     {config.directories.connectors},
                     source.connector,
                     defaults.memory_max_bytes,
                     defaults.silence_max_ms,
                     hidden_places(config),
                     {},
                     {}};
  for (const auto& folder : source.writes)
    child.writable.push_back(folder.string());
  return child;
}

}  // namespace

SourceOptions source_options(const SourceConfig& source) {
  SourceOptions options;
  options.name = source.name;
  options.connector = source.connector;
  options.config_json = source.settings;
  options.secrets = secrets_of(source);
  options.isolation = source.isolation;
  return options;
}

Result<Captured> capture(const Config& config, const SourceConfig& source, EventLog& log, const Clock& clock,
                         const std::vector<std::filesystem::path>& paths,
                         const std::function<void(const Captured&)>& progress) {
  ConnectorLibrary library({config.directories.connectors});
  auto options = source_options(source);
  options.isolation = Isolation::in_process;  // the command ends with the file; nothing else can be harmed
  SourceRunner runner(std::move(options), library, log, clock);
  auto done = runner.read_capture(paths, [&](const CaptureProgress& now) {
    progress({static_cast<std::int64_t>(now.files_done), now.events, now.rejected});
  });
  if (!done) return done.error();
  return Captured{static_cast<std::int64_t>(done->files_done), done->events, done->rejected};
}

struct SourcesAtWork::AtWork {
  std::unique_ptr<SourceRunner> runner;
  std::jthread snapshot;  // after the runner: it ends first
};

struct SourcesAtWork::Work {
  explicit Work(const Config& config) : library({config.directories.connectors}) {}
  ConnectorLibrary library;
  std::map<std::string, std::string> refused;  ///< sources that are not started, and why
  const std::shared_ptr<FairTurns> turns = std::make_shared<FairTurns>();
  std::map<std::string, SourceOptions> options;  ///< of the sources that have an agency
  mutable Mutex mutex;  // guards the map at_work, which the following thread alone changes
  std::map<std::string, AtWork> at_work;
};

SourcesAtWork::SourcesAtWork(const Config& config, EventLog& log, const Clock& clock,
                             std::function<bool(const std::string&)> loaded, Ears ears)
    : config_(config),
      log_(log),
      clock_(clock),
      loaded_(std::move(loaded)),
      ears_(std::move(ears)),
      work_(std::make_unique<Work>(config)) {
  for (const auto& source : config.sources) {
    if (source.built_in()) continue;
    if (only_captures(source)) {
      ears_.note(source.name + ": no agency configured, takes captured files only (kinhub ingest)");
    } else if (auto plain = plain_network_of(config, source); !plain.empty()) {
      work_->refused[source.name] = describe(plain.front());
      ears_.note(source.name + ": not started: " + describe(plain.front()));
    } else {
      auto options = options_in(config, source);
      options.durable = ears_.durable;
      options.turns = work_->turns;
      work_->options.emplace(source.name, std::move(options));
    }
  }
}

SourcesAtWork::~SourcesAtWork() {
  stop();
}

void SourcesAtWork::follow(const std::set<std::string>& names) {
  auto& at_work = work_->at_work;
  for (auto& [name, work] : at_work)
    if (!names.contains(name)) work.snapshot.request_stop();
  for (auto one = at_work.begin(); one != at_work.end();) {
    if (names.contains(one->first)) {
      ++one;
      continue;
    }
    one->second.runner->stop();
    MutexLock lock(work_->mutex);
    one = at_work.erase(one);
  }
  for (const auto& [name, options] : work_->options) {
    if (!names.contains(name) || at_work.contains(name)) continue;
    const bool has_loaded = loaded_(name);
    auto runner = std::make_unique<SourceRunner>(options, work_->library, log_, clock_);
    runner->start();  // a machine that has no thread left is asked again
    MutexLock lock(work_->mutex);
    auto& work = at_work[name];
    work.runner = std::move(runner);
    lock.unlock();
    if (has_loaded) continue;
    if (!has_snapshot(*config_.source(name))) {
      ears_.note(name + ": no snapshot configured; it streams, and what its silence means stays unknown");
      continue;
    }
    work.snapshot = std::jthread([this, &runner = *work.runner, source = name](const std::stop_token& stop) {
      load(runner, source, ears_, stop);
    });
  }
}

std::map<std::string, std::string> SourcesAtWork::troubles() const {
  constexpr std::uint32_t failures_that_pass = 2;  // a connection refused once is no trouble yet
  std::map<std::string, std::string> troubles;
  for (const auto& [name, why] : work_->refused)
    troubles[name] = why;
  MutexLock lock(work_->mutex);
  for (const auto& [name, work] : work_->at_work) {
    const auto status = work.runner->status();
    const bool ails = status.state == SourceState::failed || status.failures_in_a_row > failures_that_pass;
    troubles[name] = ails ? mask_foreign(status.last_error) : std::string();
  }
  return troubles;
}

bool has_snapshot(const SourceConfig& source) {
  return source.settings.find("\"snapshot\":") != std::string::npos ||
         source.settings.find("\"base_url\":") != std::string::npos;
}

bool only_captures(const SourceConfig& source) {
  return source.settings.empty() || source.settings == "{}";
}

namespace {

/// Where the configuration says a setting; what is not there belongs to what it is missing in.
std::string place_of_setting(const SourceConfig& source, std::string pointer) {
  for (;;) {
    if (const auto said = source.setting_places.find(pointer); said != source.setting_places.end())
      return said->second;
    if (pointer.empty()) return source.place;
    pointer.resize(pointer.rfind('/'));
  }
}

std::vector<Error> check_settings(const std::string& schema, const SourceConfig& source) {
  auto checked = only_captures(source) ? CheckedConfig() : check_config(schema, source.settings);
  for (auto& error : checked.errors) {
    const auto pointer = error.place == "/" ? std::string() : error.place;
    const auto name = pointer.empty() ? "settings" : pointer.substr(1);
    error.text = "'" + name + "' " + error.text;
    error.place = place_of_setting(source, pointer);
  }
  std::vector<std::string> names;
  for (const auto& [name, place] : source.secrets)
    names.push_back(name);
  for (auto& error : check_secret_names(schema, names)) {
    error.text = "'" + error.place + "': " + error.text;
    error.place = source.secrets.find(error.place)->second.place;
    checked.errors.push_back(std::move(error));
  }
  return checked.errors;
}

/// The schema of a source's connector. Its code runs in a process of its own, as it does at work: what asks
/// about a connector is not to be at its mercy. Kept, as long as its file stays the same.
Result<std::string> schema_of(const Config& config, const SourceConfig& source) {
  if (source.isolation == Isolation::in_process || !hosts_connectors()) {
    ConnectorLibrary library({config.directories.connectors});
    auto connector = library.load(source.connector);
    if (!connector) return connector.error();
    return Result<std::string>(boost::system::in_place_value, (*connector)->config_schema());
  }
  static Mutex mutex;
  static std::map<std::string, std::string> known KINHUB_GUARDED_BY(mutex);
  const auto object = config.directories.connectors / (source.connector + ".so");
  struct stat status {};
  std::string identity;
  if (::stat(object.c_str(), &status) == 0)
    identity = fmt::format("{} {} {} {} {}", object.string(), status.st_ino, status.st_size,
                           status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  {
    MutexLock lock(mutex);
    if (auto found = known.find(identity); found != known.end())
      return Result<std::string>(boost::system::in_place_value, found->second);
  }
  // What is wrong with card or file is found without any process.
  if (auto card = ConnectorLibrary({config.directories.connectors}).card(source.connector); !card)
    return card.error();
  auto schema = describe_connector(child_of(config, source));
  if (!schema) return schema;
  MutexLock lock(mutex);
  known[identity] = *schema;
  return schema;
}

bool is_this_machine(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

/// The host of an address without TLS; empty: it has TLS, or is none.
std::string plain_host(std::string_view address) {
  constexpr std::string_view plain = "http://";
  if (!address.starts_with(plain)) return {};
  address.remove_prefix(plain.size());
  address = address.substr(0, address.find_first_of("/?#"));
  if (const auto user = address.rfind('@'); user != std::string_view::npos) address.remove_prefix(user + 1);
  if (address.starts_with('[')) return std::string(address.substr(0, address.find(']') + 1));
  return std::string(address.substr(0, address.find(':')));
}

/// Null sink for a connector that is only tried out: nothing is harvested.
class NoIntake final : public Intake {
 public:
  bool commit(Harvest) override { return false; }
  void note(int, std::string_view) override {}
  void count(std::string_view, std::int64_t) override {}
  void alive() override {}
  void process(std::optional<int>, const std::vector<std::string>&) override {}
};

struct Fitting {
  std::string schema;
  std::vector<Error> errors;  ///< of the connector's file, or of what the source says to it
};

Fitting fitting(const Config& config, const SourceConfig& source) {
  auto schema = schema_of(config, source);
  if (!schema) {
    auto error = schema.error();
    error.text = error.place + ": " + error.text;
    error.place = source.place;
    return {"", {std::move(error)}};
  }
  return {*schema, check_settings(*schema, source)};
}

}  // namespace

std::vector<Error> plain_network_of(const Config& config, const SourceConfig& source) {
  if (source.plain_network || source.built_in() || only_captures(source)) return {};
  const auto [schema, errors] = fitting(config, source);
  if (!errors.empty()) return {};  // said elsewhere
  const auto checked = check_config(schema, source.settings).config;
  std::vector<Error> found;
  const auto refuse = [&](const std::string& what, const std::string& pointer) {
    found.push_back(
        {"NETWORK_PLAIN",
         what + " leaves this machine without TLS: use TLS, or a tunnel that ends here; where the network "
                "itself is trusted, say plain_network: true in the source, and status shows it",
         place_of_setting(source, pointer)});
  };
  for (const auto& [pointer, text] : texts_of(checked))
    if (const auto host = plain_host(text); !host.empty() && !is_this_machine(host))
      refuse("http://" + host, pointer);
  for (const auto& one : resources_of(schema, checked)) {
    if (one.kind != Resource::Kind::port) continue;
    const auto host = one.value.substr(0, one.value.rfind(':'));
    if (!is_this_machine(host)) refuse("listening on " + (host.empty() ? "all addresses" : host), "/host");
  }
  return found;
}

std::vector<Error> check_connector(const Config& config, const SourceConfig& source) {
  if (source.built_in()) return {};
  auto [schema, errors] = fitting(config, source);
  if (!errors.empty() || only_captures(source)) return errors;
  if (auto plain = plain_network_of(config, source); !plain.empty()) return plain;
  auto secrets = read_secrets(source);
  if (!secrets) return {};  // said with all secrets
  NoIntake intake;
  SystemClock clock;
  // Same isolation as in a hub at work: what ends or stops a connector's process
  // does not end or stop this one.
  Created created;
  if (source.isolation == Isolation::in_process) {
    ConnectorLibrary library({config.directories.connectors});
    auto connector = library.load(source.connector);
    if (!connector) return {connector.error()};
    created = create_local_instance(*connector, source.settings, std::move(*secrets), intake, clock, {});
  } else {
    created = create_child_instance(child_of(config, source), source.settings, *secrets, intake, clock, {});
  }
  if (created.instance) return {};
  return {{"CONNECTOR_REFUSED", created.outcome.explanation, source.place}};
}

namespace {

/// Why nobody else may use a folder of this name here; empty: it is there and open to this user.
std::string fault_of_folder(const std::string& folder) {
  std::error_code failed;
  if (!std::filesystem::is_directory(folder, failed))
    return "there is no folder " + folder + ": make it, or mount the share it stands on";
  if (::access(folder.c_str(), R_OK | X_OK) != 0)
    return "the user of the hub may not read the folder " + folder + ": give it the right to";
  return {};
}

/// Tries to listen on HOST:PORT, and stops. Empty: nobody else listens there.
std::string fault_of_port(const std::string& address) {
  const auto colon = address.rfind(':');
  const auto host = address.substr(0, colon), port = address.substr(colon + 1);
  addrinfo wanted = {};
  wanted.ai_family = AF_UNSPEC, wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.empty() ? nullptr : host.c_str(), port.c_str(), &wanted, &found) != 0)
    return "";  // by name: what it stands for, the connector will find out
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return "";
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes,
               sizeof yes);  // as who was here a moment ago is no fault
  const bool bound = ::bind(socket, found->ai_addr, found->ai_addrlen) == 0 && ::listen(socket, 1) == 0;
  const int why = bound ? 0 : errno;
  ::close(socket);
  if (why == EADDRINUSE) return "another program listens on " + address + ": stop it, or choose another port";
  if (why == EACCES)
    return "the user of the hub may not listen on " + address + ": choose a port from 1024 on";
  if (why == EADDRNOTAVAIL) return "this machine has no address " + host;
  return {};
}

}  // namespace

std::vector<Error> check_resources(const Config& config, bool ports_are_ours) {
  std::vector<Error> problems;
  std::map<std::pair<Resource::Kind, std::string>, std::string> users;  // of what, which source said it first
  for (const auto& source : config.sources) {
    if (source.built_in() || only_captures(source)) continue;
    const auto [schema, errors] = fitting(config, source);
    if (!errors.empty()) continue;
    for (const auto& one : resources_of(schema, check_config(schema, source.settings).config)) {
      const bool folder = one.kind == Resource::Kind::folder;
      const auto place = place_of_setting(source, one.setting);
      auto wanted = one.value;
      while (folder && wanted.size() > 1 && wanted.ends_with('/'))
        wanted.pop_back();
      if (folder) wanted = std::filesystem::path(wanted).lexically_normal().string();
      const auto [user, first] = users.try_emplace({one.kind, wanted}, source.name);
      if (!first) {
        problems.push_back({"CONFIG_SHARED",
                            fmt::format("the {} {} is that of {} already: each source needs its own",
                                        folder ? "folder" : "port", wanted, user->second),
                            place});
        continue;
      }
      const auto fault = folder ? fault_of_folder(wanted) : ports_are_ours ? "" : fault_of_port(wanted);
      if (!fault.empty()) problems.push_back({folder ? "SOURCE_FOLDER" : "SOURCE_PORT", fault, place});
    }
  }
  return problems;
}

std::string readiness(const Config& config, const SourceConfig& source) {
  if (source.built_in()) return "ready";
  auto errors = fitting(config, source).errors;
  if (!errors.empty()) return describe(errors.front());
  return only_captures(source) ? "ready for captured files" : "ready";
}

}  // namespace kinhub
