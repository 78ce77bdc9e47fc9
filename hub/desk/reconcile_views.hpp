#pragma once
// Reconciliation as a door asks for it and shows it.

#include <optional>
#include <string>
#include <vector>

#include "hub/reconcile/run.hpp"

namespace kinhub {

struct ReconcileQuestion {
  std::string source;                        ///< of a new run
  std::vector<std::filesystem::path> paths;  ///< of its snapshot; none: what the connector delivers
  bool dry_run = false, again = false;
  std::filesystem::path reports;              ///< empty: DATA/reconcile
  std::optional<std::int64_t> run, expected;  ///< goes on with this run, which was braked or keeps back
  std::optional<reconcile::RowClass> only;    ///< the class it corrects then
  reconcile::Limits limits;
};

/// One run, and its report as JSON (masked).
struct ReconcileView {
  reconcile::RunRecord run;
  std::string report;  ///< empty: it is not where it was written
  /// Whether the report is as it was signed; nothing: there is none, or it is of a hub that signed none.
  std::optional<bool> as_signed = {};
};

std::string to_json(const reconcile::RunRecord& run);
std::string to_json(const std::vector<reconcile::RunRecord>& runs);
std::string to_json(const ReconcileView& view);

}  // namespace kinhub
