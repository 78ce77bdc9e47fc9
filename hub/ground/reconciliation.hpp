#pragma once
// Reconciliation of a configured source: through its connector, processed by this process where it may.

#include "hub/base/progress.hpp"
#include "hub/ground/hub_at_work.hpp"
#include "hub/reconcile/run.hpp"

namespace kinhub {

/// A run over one source, by its policies of repair. `paths`: captured files of a snapshot; none: what the
/// connector delivers. Errors: those of reconcile(), NO_SNAPSHOT, RUN_AT_WORK; STOPPED: the run goes on when
/// it is given again.
Result<reconcile::RunRecord> reconcile_source(const HubGround& ground, const SourceConfig& source,
                                              const std::vector<std::filesystem::path>& paths,
                                              reconcile::Request request, const OnProgress& on_progress,
                                              std::stop_token stop = {});

/// Where the reports of runs stand unless somebody says otherwise: DATA/reconcile.
std::filesystem::path reports_folder(const Config& config);

}  // namespace kinhub
