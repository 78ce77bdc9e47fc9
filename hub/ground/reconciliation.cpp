#include "hub/ground/reconciliation.hpp"

#include "hub/ground/catch_up.hpp"
#include "hub/ground/run_lock.hpp"
#include "hub/ground/sources.hpp"
#include "hub/ground/states.hpp"

namespace kinhub {
namespace {

reconcile::Repair repair_of(RepairPolicy policy) {
  switch (policy) {
    case RepairPolicy::automatic:
      return reconcile::Repair::automatic;
    case RepairPolicy::ask:
      return reconcile::Repair::ask;
    case RepairPolicy::never:
      return reconcile::Repair::never;
  }
  return reconcile::Repair::never;
}

/// Waits until all is processed, and looks up now and then whether it should stop.
std::optional<Error> wait_until_processed(CatchUp& processing, std::int32_t partition,
                                          const std::stop_token& stop) {
  constexpr std::chrono::seconds look_up{2};
  if (!stop.stop_possible()) return processing.until_processed({partition});
  for (;;) {
    auto error = processing.until_processed({partition}, std::chrono::steady_clock::now() + look_up);
    if (!error || error->code != "STILL_WAITING") return error;
    if (stop.stop_requested()) return Error{"STOPPED", "stopped: the run goes on when it is given again", ""};
  }
}

}  // namespace

std::filesystem::path reports_folder(const Config& config) {
  return config.data / "reconcile";
}

Result<reconcile::RunRecord> reconcile_source(const HubGround& ground, const SourceConfig& source,
                                              const std::vector<std::filesystem::path>& paths,
                                              reconcile::Request request, const OnProgress& on_progress,
                                              std::stop_token stop) {
  if (paths.empty() && !has_snapshot(source))
    return Error{"NO_SNAPSHOT",
                 "no snapshot is configured for this source: name the files of one with --snapshot, or set "
                 "'snapshot' in its settings",
                 source.name};
  auto lock = RunLock::take(ground, source.name);
  if (!lock) return lock.error();
  const OnProgress progress = [&](std::string_view line) {
    (*lock)->renew();
    on_progress(line);
  };
  CatchUp processing(ground, progress);
  const auto partition = partition_of(ground.config, ground.log, source.name);
  ConnectorLibrary library({ground.config.directories.connectors});
  const auto options = source_options(source);
  const reconcile::Means means{ground.log,   ground.store, ground.keys,
                               ground.rules, ground.clock, ground.today};
  const reconcile::Surroundings around{
      paths.empty() ? reconcile::snapshot_of_agency(options, library, ground.clock, stop)
                    : reconcile::snapshot_in_files(options, library, ground.clock, paths, stop),
      [&] { return wait_until_processed(processing, *partition, stop); }, progress};
  request.source = source.name;
  request.repairs = {repair_of(source.repair.missing), repair_of(source.repair.changed)};
  for (const auto& path : paths)
    request.paths.push_back(std::filesystem::absolute(path).lexically_normal().string());
  if (request.reports.empty()) request.reports = reports_folder(ground.config);
  auto run = reconcile::reconcile(means, request, around);
  if (run && ground.reported) ground.reported(*run);
  return run;
}

}  // namespace kinhub
