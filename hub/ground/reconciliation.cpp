#include "hub/ground/reconciliation.hpp"

#include "hub/ground/catch_up.hpp"
#include "hub/ground/sources.hpp"
#include "hub/ground/states.hpp"

namespace kinhub {

std::filesystem::path reports_folder(const Config& config) {
  return config.data / "reconcile";
}

Result<reconcile::RunRecord> reconcile_source(const HubGround& ground, const SourceConfig& source,
                                              const std::vector<std::filesystem::path>& paths,
                                              reconcile::Request request, const OnProgress& on_progress) {
  if (paths.empty() && !has_snapshot(source))
    return Error{"NO_SNAPSHOT",
                 "no snapshot is configured for this source: name the files of one with --snapshot, or set "
                 "'snapshot' in its settings",
                 source.name};
  CatchUp processing(ground, on_progress);
  const auto partition = partition_of(ground.config, ground.log, source.name);
  ConnectorLibrary library({ground.config.directories.connectors});
  const auto options = source_options(source);
  const reconcile::Means means{ground.log,   ground.store, ground.keys,
                               ground.rules, ground.clock, ground.today};
  const reconcile::Surroundings around{
      paths.empty() ? reconcile::snapshot_of_agency(options, library, ground.clock)
                    : reconcile::snapshot_in_files(options, library, ground.clock, paths),
      [&] { return processing.until_processed({*partition}); }, on_progress};
  request.source = source.name;
  for (const auto& path : paths)
    request.paths.push_back(std::filesystem::absolute(path).lexically_normal().string());
  if (request.reports.empty()) request.reports = reports_folder(ground.config);
  return reconcile::reconcile(means, request, around);
}

}  // namespace kinhub
