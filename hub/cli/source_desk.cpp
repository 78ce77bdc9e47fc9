#include "hub/cli/source_desk.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

#include "hub/base/clock.hpp"
#include "hub/connector/config_check.hpp"
#include "hub/connector/library.hpp"
#include "hub/connector/source_runner.hpp"

namespace kinhub::cli {
namespace {

Secrets secrets_of(const SourceConfig& source) {
  auto read = read_secrets(source);
  if (!read) throw ErrorThrown(read.error());
  return {read->begin(), read->end()};
}

SourceOptions options_of(const SourceConfig& source) {
  SourceOptions options;
  options.name = source.name;
  options.connector = source.connector;
  options.config_json = source.settings;
  options.secrets = secrets_of(source);
  options.isolation = source.isolation;
  return options;
}

constexpr auto snapshot_pause = std::chrono::seconds(5), snapshot_pause_max = std::chrono::seconds(60);

/// Whether the settings say where a snapshot comes from. Without one the source streams, and its coverage stays unknown.
bool has_snapshot(const SourceConfig& source) {
  return source.settings.find("\"snapshot\":") != std::string::npos || source.settings.find("\"base_url\":") != std::string::npos;
}

/// Takes the source's first snapshot, as often as it needs: whatever goes wrong is told, and tried again.
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
    if (why != told) ears.note(source + ": no snapshot yet, the source streams meanwhile and it is tried again: " + why);
    told = why;
    ears.snapshot_failed(source, why);
    std::mutex waiting;
    std::unique_lock lock(waiting);
    std::condition_variable_any().wait_for(lock, stop, pause, [] { return false; });
  }
}

}  // namespace

Result<Captured> capture(const Config& config, const SourceConfig& source, EventLog& log, const Clock& clock,
                         const std::vector<std::filesystem::path>& paths,
                         const std::function<void(const Captured&)>& progress) {
  ConnectorLibrary library({config.directories.connectors});
  auto options = options_of(source);
  options.isolation = Isolation::in_process;  // the command ends with the file; nothing else can be harmed
  SourceRunner runner(std::move(options), library, log, clock);
  auto done = runner.read_capture(paths, [&](const CaptureProgress& now) {
    progress({static_cast<std::int64_t>(now.files_done), now.events, now.rejected});
  });
  if (!done) return done.error();
  return Captured{static_cast<std::int64_t>(done->files_done), done->events, done->rejected};
}

struct SourcesAtWork::Work {
  explicit Work(const Config& config) : library({config.directories.connectors}) {}
  ConnectorLibrary library;
  std::vector<std::unique_ptr<SourceRunner>> runners;
  std::vector<std::jthread> snapshots;
};

SourcesAtWork::SourcesAtWork(const Config& config, EventLog& log, const Clock& clock,
                             const std::function<bool(const std::string&)>& loaded, const Ears& ears)
    : work_(std::make_unique<Work>(config)) {
  for (const auto& source : config.sources) {
    if (only_captures(source)) {
      ears.note(source.name + ": no agency configured, takes captured files only (kinhub ingest)");
      continue;
    }
    work_->runners.push_back(std::make_unique<SourceRunner>(options_of(source), work_->library, log, clock));
    auto& runner = *work_->runners.back();
    runner.start();
    if (loaded(source.name)) continue;
    if (!has_snapshot(source)) {
      ears.note(source.name + ": no snapshot configured; it streams, and what its silence means stays unknown");
      continue;
    }
    work_->snapshots.emplace_back([&runner, ears, name = source.name](const std::stop_token& stop) {
      load(runner, name, ears, stop);
    });
  }
}

SourcesAtWork::~SourcesAtWork() { stop(); }

void SourcesAtWork::stop() {
  for (auto& snapshot : work_->snapshots) snapshot.request_stop();
  for (auto& runner : work_->runners) runner->stop();
  work_->snapshots.clear();
}

std::vector<SourcesAtWork::State> SourcesAtWork::states() const {
  std::vector<State> states;
  for (const auto& runner : work_->runners) {
    auto status = runner->status();
    states.push_back({status.name, std::string(name_of(status.state)), status.last_error});
  }
  return states;
}

bool only_captures(const SourceConfig& source) { return source.settings.empty() || source.settings == "{}"; }

std::vector<Error> check_connector(const Config& config, const SourceConfig& source) {
  ConnectorLibrary library({config.directories.connectors});
  auto connector = library.load(source.connector);
  if (!connector) return {connector.error()};
  if (only_captures(source)) return {};
  auto checked = check_config((*connector)->config_schema(), source.settings);
  for (auto& error : checked.errors) error.place = source.place + " settings " + error.place;
  return checked.errors;
}

std::string readiness(const Config& config, const SourceConfig& source) {
  auto errors = check_connector(config, source);
  if (!errors.empty()) return describe(errors.front());
  return only_captures(source) ? "ready for captured files" : "ready";
}

}  // namespace kinhub::cli
