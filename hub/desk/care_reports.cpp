#include "hub/desk/care_reports.hpp"

#include <algorithm>

#include "hub/desk/issued_reports.hpp"
#include "hub/report/publish.hpp"
#include "hub/report/reports.hpp"
#include "hub/report/write.hpp"
#include "hub/service/worklist.hpp"
#include "hub/store/people.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

constexpr std::size_t acts_shown = 200;
constexpr std::int64_t day_us = 86'400'000'000, shanghai_us = 28'800'000'000;

PersonView view_of(const service::Person* person) {
  return person ? PersonView{person->ref, person->name, person->number} : PersonView{};
}

WorklistView::Line view_of(const service::WorkLine& line) {
  return {std::string(name_of(line.state)),
          line.service,
          line.name,
          line.archive_no,
          line.what,
          view_of(line.who),
          line.due,
          line.days_over,
          line.priority};
}

std::string kind_of(const service::Member& member) {
  return member.certainty != Certainty::sure ? "待核实" : member.bereaved ? "失独" : "伤残";
}

ArchiveRowView row_of(const service::Ledger& ledger, const service::Archive& archive, Date day) {
  ArchiveRowView row;
  row.archive_no = archive.number, row.cover = view_of(ledger.record().find(archive.cover));
  row.state = archive.is_open(day) ? "open" : "closed";
  if (!archive.open.empty()) row.opened = archive.open.front().from;
  if (!archive.open.empty() && archive.open.back().until <= day) row.closed = archive.open.back().until;
  row.area = ledger.keeping().seat(archive, day);
  if (const auto household = ledger.keeping().household(archive, day)) {
    row.kind = household->possible ? "待核实" : household->bereaved ? "失独" : "伤残";
    row.members = static_cast<std::int64_t>(household->members.size());
  }
  return row;
}

bool in_force(const std::vector<service::Paper>& papers, std::string_view type, std::string_view state,
              Date day) {
  return std::any_of(papers.begin(), papers.end(), [&](const service::Paper& one) {
    return (type.empty() || one.type == type) && one.state == state && one.when.contains(day);
  });
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : "、") + word;
  return all;
}

const service::Archive* archive_of(const service::Ledger& ledger, const std::string& number) {
  for (const auto& archive : ledger.archives())
    if (archive.number == number) return &archive;
  return nullptr;
}

/// When the period before was reported: as it was issued (specification of care 4.2, 期初), else as known at
/// its end.
std::int64_t opening_of(const CareRecordMeans& means, const ReportRequest& request,
                        std::int64_t known_at_us) {
  const report::Series before = report::Series{request.name, request.region, request.period}.before();
  const report::Series series{request.name == "movement" ? "basic-statistics" : before.report, before.region,
                              before.period};
  if (const auto issued = last_issue(means.reading, means.keys, series, known_at_us))
    return issued->what->question.known_at_us;
  return end_of_day_us(request.period.when.from.plus_days(-1));
}

}  // namespace

std::int64_t end_of_day_us(Date day) {
  return (day.days() + 1) * day_us - shanghai_us - 1;
}

Result<ReportView> make_care_report(const CareRecordMeans& means, const ReportRequest& request,
                                    std::int64_t now_us) {
  report::Question question{request.region, request.period, request.known_at_us.value_or(now_us), 0};
  question.opening_at_us = std::min(opening_of(means, request, question.known_at_us), question.known_at_us);
  auto now = read_care_record(means, request.known_at_us);
  if (!now) return now.error();
  const service::Ledger ledger(*now, means.services.festivals());
  std::optional<service::Record> then;
  if (request.name == "movement" || request.name == "member-list") {
    auto read = read_care_record(means, question.opening_at_us);
    if (!read) return read.error();
    then = std::move(*read);
  }
  auto made = report::make_report(request.name, {ledger, means.services, then ? &*then : nullptr}, question);
  if (!made) return made.error();
  if (request.audience == report::Audience::open) {
    made = report::published(*made);
    if (!made) return made.error();
  }
  if (question.as_of() > shanghai_date(question.known_at_us))
    made->notes.emplace_back("期末未到：截至日之后的事以现在所知推算");
  ReportView view{std::move(*made), ""};
  view.digest = report::digest_of(view.report);
  return view;
}

Result<WorklistView> make_worklist(const CareRecordMeans& means, const std::string& region, Date on) {
  if (auto fault = service::worklist_day_fault(on)) return *fault;
  auto now = read_care_record(means, std::nullopt);
  if (!now) return now.error();
  const service::Ledger ledger(*now, means.services.festivals());
  WorklistView view{region, on, {}};
  for (const auto& line : worklist(ledger, means.services, region, on))
    view.lines.push_back(view_of(line));
  return view;
}

Result<std::vector<ArchiveRowView>> list_archives(const CareRecordMeans& means, const std::string& region,
                                                  bool all) {
  auto now = read_care_record(means, std::nullopt);
  if (!now) return now.error();
  const service::Ledger ledger(*now, means.services.festivals());
  std::vector<ArchiveRowView> rows;
  for (const auto& archive : ledger.archives()) {
    auto row = row_of(ledger, archive, means.today);
    if ((all || row.state == "open") && service::lies_in(row.area, region)) rows.push_back(std::move(row));
  }
  return rows;
}

Result<ArchiveView> show_archive(const CareRecordMeans& means, const std::string& number) {
  auto now = read_care_record(means, std::nullopt);
  if (!now) return now.error();
  const service::Ledger ledger(*now, means.services.festivals());
  const auto* archive = archive_of(ledger, number);
  if (!archive)
    return Error{"NO_SUCH_ARCHIVE", "there is no archive of this number: kinhub archive list", number};
  const auto day = means.today;
  ArchiveView view;
  view.row = row_of(ledger, *archive, day);
  const auto add_helpers = [&](const service::Person* person) {
    for (const auto& helper : person ? person->helpers : std::vector<service::Helper>())
      view.helpers.push_back({helper.role, helper.name, helper.unit, helper.when});
  };
  add_helpers(ledger.record().find(archive->cover));
  if (const auto household = ledger.keeping().household(*archive, day))
    for (const auto& member : household->members) {
      const auto& person = *member.person;
      view.members.push_back({view_of(&person), kind_of(member), member.area, member.of_49,
                              in_force(person.contracts, "", "signed", day),
                              in_force(person.credentials, "medical_card", "valid", day)});
      if (person.id != archive->cover) add_helpers(&person);
    }
  for (const auto* event : archive->events)
    view.events.push_back({event->on, event->event, event->unit, event->area, event->reason});
  const auto acts = ledger.acts_of(*archive);
  for (auto act = acts.rbegin(); act != acts.rend() && view.acts.size() < acts_shown; ++act)
    view.acts.push_back({(*act)->on, joined((*act)->services),
                         std::string((*act)->channel ? 1 : 0, (*act)->channel), joined((*act)->doers),
                         (*act)->reached, (*act)->fen});
  for (const auto& line : worklist(ledger, means.services, "", day))
    if (line.archive_no == number) view.owed.push_back(view_of(line));
  return view;
}

std::optional<Error> archive_entry_fault(const CareRecordMeans& means, const CareEntry& entry) {
  if (entry.form != "archive" || entry.op != CareEntry::Op::assert_) return std::nullopt;
  auto now = read_care_record(means, std::nullopt);
  if (!now) return std::nullopt;  // what cannot be compared is entered: it takes nothing over
  std::erase_if(now->archive_events, [&](const service::ArchiveEvent& one) { return one.key == entry.id; });
  service::ArchiveEvent entered;
  entered.key = entry.id;
  for (const auto& [item, text] : entry.values) {
    if (item == "archive_no") entered.archive_no = text;
    if (item == "what") entered.event = text;
    if (item == "area") entered.area = text;
    if (item == "on") entered.on = Date::parse(text).value_or(means.today);
  }
  Workspace people(means.reading.people(), means.keys, means.evidence.rules_in(means.reading.values()));
  for (const auto& identifier : entry.person)
    if (const auto& holders = people.holders(identifier_token(means.keys, identifier)); !holders.empty())
      entered.person = holders.front();
  return service::archive_fault(*now, entered);
}

std::string archive_number_for(const CareRecordMeans& means, PersonId person, Date day) {
  const auto now = read_care_record(means, std::nullopt);
  return now ? service::number_offered(*now, person, day) : std::string();
}

std::optional<ArchiveFound> find_archive(const CareRecordMeans& means, const std::string& number) {
  const auto now = read_care_record(means, std::nullopt);
  if (!now) return std::nullopt;
  const service::Ledger ledger(*now, means.services.festivals());
  const auto* archive = archive_of(ledger, number);
  if (!archive) return std::nullopt;
  const auto* cover = ledger.record().find(archive->cover);
  return ArchiveFound{cover ? cover->ref : "", ledger.keeping().seat(*archive, means.today)};
}

}  // namespace kinhub
