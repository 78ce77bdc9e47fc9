#pragma once
// The worker of care's reports: reads what was known, has hub/report and hub/service decide, and makes views
// of it.

#include "hub/care/entry.hpp"
#include "hub/desk/care_record.hpp"
#include "hub/desk/care_views.hpp"

namespace kinhub {

/// The last microsecond of a day in Shanghai.
std::int64_t end_of_day_us(Date day);
/// Errors: NO_SUCH_REPORT, REPORT_PERIOD, and those of read_care_record. `now_us`: what "now" is called.
Result<ReportView> make_care_report(const CareRecordMeans& means, const ReportRequest& request,
                                    std::int64_t now_us);
Result<WorklistView> make_worklist(const CareRecordMeans& means, const std::string& region, Date on);
/// In order of their numbers; open ones, or all.
Result<std::vector<ArchiveRowView>> list_archives(const CareRecordMeans& means, const std::string& region,
                                                  bool all);
/// Errors: NO_SUCH_ARCHIVE.
Result<ArchiveView> show_archive(const CareRecordMeans& means, const std::string& number);
/// Who stands on the cover of an archive, and where it counts today; nothing: there is none.
struct ArchiveFound {
  std::string ref, area;
};
/// What is wrong with an entry about an archive that is about to be made: service::archive_fault(). Nothing
/// of other entries.
std::optional<Error> archive_entry_fault(const CareRecordMeans& means, const CareEntry& entry);
/// The number for an archive that is opened for somebody on a day; empty: the town is not known.
std::string archive_number_for(const CareRecordMeans& means, PersonId person, Date day);
std::optional<ArchiveFound> find_archive(const CareRecordMeans& means, const std::string& number);

}  // namespace kinhub
