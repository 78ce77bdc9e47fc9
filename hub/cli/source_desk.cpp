#include "hub/cli/source_desk.hpp"

#include <atomic>
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
  options.isolation = source.isolation == Isolation::process ? kinhub::Isolation::process : kinhub::Isolation::in_process;
  return options;
}

}  // namespace

Result<Captured> capture(const Config& config, const SourceConfig& source, EventLog& log, const Clock& clock,
                         const std::vector<std::filesystem::path>& paths,
                         const std::function<void(const Captured&)>& progress) {
  ConnectorLibrary library({config.directories.connectors});
  auto options = options_of(source);
  options.isolation = kinhub::Isolation::in_process;  // the command ends with the file; nothing else can be harmed
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
  std::atomic<int> snapshots_open = 0;
  std::vector<std::jthread> snapshots;
};

SourcesAtWork::SourcesAtWork(const Config& config, EventLog& log, const Clock& clock,
                             const std::function<bool(const std::string&)>& loaded,
                             std::function<void(const std::string& line)> note)
    : work_(std::make_unique<Work>(config)) {
  for (const auto& source : config.sources) {
    if (only_captures(source)) {
      note(source.name + ": no agency configured, takes captured files only (kinhub ingest)");
      continue;
    }
    work_->runners.push_back(std::make_unique<SourceRunner>(options_of(source), work_->library, log, clock));
    auto& runner = *work_->runners.back();
    runner.start();
    if (loaded(source.name)) continue;
    ++work_->snapshots_open;
    work_->snapshots.emplace_back([this, &runner, note, name = source.name](std::stop_token stop) {
      while (!stop.stop_requested()) {
        auto done = runner.snapshot(stop);
        if (done) {
          note(name + ": snapshot loaded, " + std::to_string(done->events) + " events");
          break;
        }
        if (stop.stop_requested()) break;
        note(name + ": snapshot failed, tried again in 5 s: " + describe(done.error()));
        for (int i = 0; i < 50 && !stop.stop_requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
      --work_->snapshots_open;
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

bool SourcesAtWork::snapshots_done() const { return work_->snapshots_open == 0; }

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
