#include "hub/report/reports.hpp"

#include <algorithm>

#include "hub/base/nearest.hpp"

namespace kinhub::report {
namespace {

using Kind = service::Period::Kind;

struct Known {
  std::string_view name;
  Report (*make)(const Means&, const Question&);
  std::vector<Kind> periods;
  bool needs_before = false;
};
const std::vector<Known>& known() {
  static const std::vector<Known> all = {
      {"basic-statistics",
       basic_statistics,
       {Kind::month, Kind::quarter, Kind::half, Kind::year, Kind::statistic_year}},
      {"movement",
       movement,
       {Kind::month, Kind::quarter, Kind::half, Kind::year, Kind::statistic_year},
       true},
      {"contact-system", contact_system, {Kind::month, Kind::quarter}},
      {"care-statistics", care_statistics, {Kind::month, Kind::quarter, Kind::half, Kind::year}},
      {"three-coverages", three_coverages, {Kind::month, Kind::quarter}},
      {"member-list", member_list, {Kind::quarter}, true},
  };
  return all;
}

}  // namespace

std::vector<std::string_view> report_names() {
  std::vector<std::string_view> names;
  for (const auto& one : known())
    names.push_back(one.name);
  return names;
}

Result<Report> make_report(std::string_view name, const Means& means, const Question& question) {
  const auto names = report_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    return Error{"NO_SUCH_REPORT",
                 "there is no report '" + std::string(name) + "'" + did_you_mean(name, names), ""};
  if (question.region.size() > 9)
    return Error{"REPORT_REGION",
                 "a report is of a county or a town, whose rows are towns: 6 or 9 digits, " +
                     question.region.substr(0, 9),
                 question.region};
  const auto& report = known()[static_cast<std::size_t>(found - names.begin())];
  if (std::find(report.periods.begin(), report.periods.end(), question.period.kind) == report.periods.end())
    return Error{"REPORT_PERIOD", "this report is not made of such a period: a quarter 2026Q3 always fits",
                 question.period.text()};
  if (report.needs_before && !means.then)
    return Error{"REPORT_PERIOD", "what was known at the end of the period before is needed",
                 question.period.text()};
  return report.make(means, question);
}

}  // namespace kinhub::report
