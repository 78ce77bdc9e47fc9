#pragma once
// The worker of issued reports: what was handed out is read from and added to the store; what a version is
// and how it differs is decided in hub/report.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/desk/care_record.hpp"
#include "hub/desk/care_views.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// The number of a version: basic-statistics.320812.2026Q3.1.
struct IssueNumber {
  report::Series series;
  std::int64_t version = 0;
  std::string text() const { return series.text() + "." + std::to_string(version); }
};
/// Nothing: it has not the form of one.
std::optional<IssueNumber> issue_named(std::string_view number);

/// The last version that was handed out as known at that time or before.
std::optional<report::Issued> last_issue(StoreTransaction& reading, const Keyring& keys,
                                         const report::Series& series, std::int64_t known_at_us);

struct IssueMeans {
  Store& store;
  const Keyring& keys;
  const Clock& clock;
};
/// As Desk::issue_report and its like.
Result<IssuedView> issue_report(const IssueMeans& means, const CareRecordMeans& care,
                                const IssueRequest& request);
std::vector<IssuedRowView> list_issued(StoreTransaction& reading, const Keyring& keys,
                                       const std::string& region);
Result<IssuedView> show_issued(StoreTransaction& reading, const Keyring& keys, const std::string& number);
Result<IssuedView> withdraw_issued(const IssueMeans& means, const std::string& number, const std::string& by,
                                   const std::string& reason);

}  // namespace kinhub
