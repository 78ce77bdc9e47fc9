#pragma once
// The reports of care (specification of care 4.2), each a pure function of what is known.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/report/report.hpp"
#include "hub/service/owed.hpp"

namespace kinhub::report {

/// The names of reports: basic-statistics...
std::vector<std::string_view> report_names();

/// What reports are made of. `then`: the record as it was known when the period before was reported; of the
/// others alone it may be null.
struct Means {
  const service::Ledger& ledger;
  const service::ServiceSet& services;
  const service::Record* then = nullptr;
};

/// R01 特殊家庭基本情况统计表. F1..F4, F7.
Report basic_statistics(const Means& means, const Question& question);
/// R01m 变动表: what became of the households of the period before. F5, F6. REQUIRES: then.
Report movement(const Means& means, const Question& question);
/// R06 特殊家庭成员信息汇总. F10. REQUIRES: then.
Report member_list(const Means& means, const Question& question);
/// R03 联系人制度落实情况表. F8.
Report contact_system(const Means& means, const Question& question);
/// R04 扶助关怀情况统计表. F9.
Report care_statistics(const Means& means, const Question& question);
/// R05 三个全覆盖落实情况.
Report three_coverages(const Means& means, const Question& question);

/// The report of this name. Error: NO_SUCH_REPORT, with the nearest one; REPORT_PERIOD, where it is not made
/// of such a period; REPORT_REGION, of a community, which has no rows of its own.
Result<Report> make_report(std::string_view name, const Means& means, const Question& question);

// The checks as functions of tables, so that whatever made a table they find what does not foot.
std::vector<Check> check_basic(const Table& basic);
std::vector<Check> check_movement(const Table& movement, const Table& basic);
std::vector<Check> check_members(const Table& summary, const Table& members, const Table& basic);
std::vector<Check> check_rates(const Table& table, std::string_view id);
std::vector<Check> check_acts(const Table& acts);

/// Why somebody is no member any more.
enum class Exit : std::uint8_t { died, born, adopted, recovered, other };
std::string_view name_of(Exit exit);  ///< in Chinese
/// By the span of membership that ended last, at the latest on `day`.
Exit exit_of(const service::Person& person, Date day);

}  // namespace kinhub::report
