#pragma once
// The report of a run: for an operator, and for the agency, with its own keys and fields. Masked.

#include <filesystem>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/reconcile/runs.hpp"

namespace kinhub::reconcile {

/// One record, or one key of which the snapshot holds no record.
struct Finding {
  RowClass what{};
  bool not_there = false;  ///< no record of the snapshot: `what` says nothing
  bool contested = false;
  std::string origin;  ///< file and record
  std::string key;     ///< as the connector saw it; may hold a number
  std::vector<FactDifference> facts;
  Error error;  ///< of an unreadable one
};

/// At most so many of each class are told one by one; the counts are of all.
inline constexpr std::size_t findings_per_class = 10'000;

/// Signature of a report: keyed by the hub's key file (HMAC-SHA-256, its first 16 bytes), over the SHA-256 of
/// report.json, both in hex: "sha256:hmac".
std::string sign_report(const Keyring& keys, std::string_view json);

/// Masked, as JSON: the run, its counts, its findings.
std::string report_json(const RunRecord& run, const std::vector<Finding>& findings);
/// One line for each field that differs, out of that JSON; a cell never begins a formula.
std::string report_csv(const std::string& json);
/// One page without anything from elsewhere, out of that JSON.
std::string report_html(const std::string& json);

/// Writes report.json, differences.csv and report.html into `folder`, mode 0600, each whole or not at all,
/// and onto the disk.
void write_report(const std::filesystem::path& folder, const std::string& json);
/// The JSON of a report that was written; empty when it is not there.
std::string read_report(const std::filesystem::path& folder);
/// The same report with the run as it is now.
std::string with_run(const std::string& json, const RunRecord& run);

}  // namespace kinhub::reconcile
