#include "hub/desk/issued_reports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "hub/base/time_text.hpp"
#include "hub/desk/care_reports.hpp"
#include "hub/report/write.hpp"
#include "hub/store/issued.hpp"

namespace kinhub {
namespace {

using report::Audience;
using report::Issued;
using report::Series;

constexpr std::size_t rows_at_once = 100;

Issued opened(const Keyring& keys, const IssuedRow& row) {
  return report::issued_from(keys.unseal(row.content, issued_context(row.series, row.version)));
}

Error unknown_issue(const std::string& number) {
  return {"NO_SUCH_ISSUE", "no report of this number was issued: kinhub issued list --region CODE", number};
}

/// All versions whose series begins so, in order.
template <class Work>
void each_issue(StoreTransaction& reading, const Keyring& keys, std::string_view prefix, Work work) {
  std::string series(prefix);
  std::int64_t version = 0;
  for (;;) {
    const auto page = reading.issued().page(series, version, rows_at_once);
    for (const auto& row : page) {
      if (!row.series.starts_with(prefix)) return;
      if (const auto named = Series::read(row.series)) work(*named, opened(keys, row));
    }
    if (page.size() < rows_at_once) return;
    series = page.back().series, version = page.back().version;
  }
}

IssuedRowView row_view(const Series& series, const Issued& issued) {
  IssuedRowView row;
  row.number = IssueNumber{series, issued.version}.text();
  row.report = series.report, row.region = series.region, row.period = series.period.text();
  row.audience = series.audience;
  row.version = issued.version, row.issued_at_us = issued.issued_at_us;
  row.by = issued.by, row.reason = issued.reason;
  row.policies = issued.policies, row.digest = issued.digest;
  if (issued.what) row.known_at_us = issued.what->question.known_at_us;
  row.state = issued.what ? "current" : "withdrawal";
  return row;
}

/// A version beside those around it.
IssuedView view_of(const Series& series, const std::vector<Issued>& versions, std::size_t at) {
  IssuedView view;
  view.row = row_view(series, versions[at]);
  if (at + 1 < versions.size() && versions[at].what)
    view.row.state = versions[at + 1].what ? "superseded" : "withdrawn";
  if (versions[at].what) view.report = {*versions[at].what, versions[at].digest};
  for (auto before = at; before-- > 0;)
    if (versions[before].what) {
      view.before = IssueNumber{series, versions[before].version}.text();
      if (versions[at].what)
        view.differences = report::differences(*versions[before].what, *versions[at].what);
      break;
    }
  return view;
}

std::vector<Issued> versions_of(StoreTransaction& reading, const Keyring& keys, const Series& series) {
  std::vector<Issued> versions;
  each_issue(reading, keys, series.text(), [&](const Series& named, Issued issued) {
    if (named == series) versions.push_back(std::move(issued));
  });
  return versions;
}

/// Adds a version; false: somebody else added one with its number.
bool add(StoreTransaction& writing, const Keyring& keys, const Series& series, const Issued& issued) {
  const auto name = series.text();
  return writing.issued().add({name, issued.version, issued.issued_at_us,
                               keys.seal(to_bytes(issued), issued_context(name, issued.version))});
}

/// Preconditions of an issue, by the report alone.
std::optional<Error> report_fault(const report::Report& report, const IssueRequest& request,
                                  std::int64_t now_us) {
  const auto first = [&](report::Check::State state) {
    const auto found = std::find_if(report.checks.begin(), report.checks.end(),
                                    [&](const auto& check) { return check.state == state; });
    return found == report.checks.end() ? std::string() : found->id + " " + found->text;
  };
  if (report.red())
    return Error{"REPORT_RED",
                 "a report that does not foot is not issued: " + first(report::Check::State::red),
                 report.name};
  if (report.question.known_at_us > now_us)
    return Error{"REPORT_FUTURE", "nobody knows yet what will be known then",
                 shanghai_time(report.question.known_at_us)};
  if (report.question.known_at_us < end_of_day_us(report.question.as_of()))
    return Error{"REPORT_OPEN",
                 "the period is not over at the time the report is known at: it ends with " +
                     report.question.as_of().text(),
                 request.report.period.text()};
  if (const auto amber = first(report::Check::State::amber); !amber.empty() && request.reason.empty())
    return Error{"REPORT_AMBER", "a report with a remark is signed for: say why with --reason: " + amber,
                 report.name};
  return std::nullopt;
}

bool overlap(const std::string& a, const std::string& b) {
  return a.starts_with(b) || b.starts_with(a);
}

/// Differencing (specification of care 4.4, 6): two public outputs of one day that differ in what they are
/// cut from, in what was known, or in any cell, give away what each of them hides.
std::optional<Error> public_fault(StoreTransaction& reading, const Keyring& keys, const Series& series,
                                  const report::Report& report) {
  std::map<std::string, std::pair<Series, Issued>> last;
  each_issue(reading, keys, report::public_prefix, [&](const Series& named, Issued issued) {
    last.insert_or_assign(named.text(), std::pair{named, std::move(issued)});
  });
  for (const auto& [name, found] : last) {
    const auto& [other, issued] = found;
    if (!issued.what || other.period.last() != series.period.last() || !overlap(other.region, series.region))
      continue;
    if (other.region == series.region && issued.what->question.known_at_us == report.question.known_at_us &&
        differences(*issued.what, report).empty())
      continue;
    return Error{"PUBLIC_ALREADY",
                 fmt::format("another one of this day is public, of {} and as known at {}: publish the same, "
                             "or withdraw it first: kinhub issued withdraw {}",
                             other.region, shanghai_time(issued.what->question.known_at_us),
                             IssueNumber{other, issued.version}.text()),
                 series.text()};
  }
  return std::nullopt;
}

}  // namespace

std::optional<IssueNumber> issue_named(std::string_view number) {
  const auto dot = number.rfind('.');
  if (dot == number.npos) return std::nullopt;
  const auto series = Series::read(number.substr(0, dot));
  const auto digits = number.substr(dot + 1);
  std::int64_t version = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (!series || fault != std::errc() || end != digits.data() + digits.size() || version < 1)
    return std::nullopt;
  return IssueNumber{*series, version};
}

std::optional<Issued> last_issue(StoreTransaction& reading, const Keyring& keys, const Series& series,
                                 std::int64_t known_at_us) {
  std::optional<Issued> last;
  for (auto& issued : versions_of(reading, keys, series))
    if (issued.what && issued.what->question.known_at_us <= known_at_us) last = std::move(issued);
  return last;
}

Result<IssuedView> issue_report(const IssueMeans& means, const CareRecordMeans& care,
                                const IssueRequest& request) {
  const auto now_us = means.clock.now_us();
  auto made = make_care_report(care, request.report, now_us);
  if (!made) return made.error();
  const auto& report = made->report;
  if (auto fault = report_fault(report, request, now_us)) return *fault;
  const Series series{request.report.name, request.report.region, request.report.period,
                      request.report.audience};
  auto versions = versions_of(care.reading, means.keys, series);
  if (!versions.empty() && versions.back().what) {
    const auto& last = *versions.back().what;
    if (report.question.known_at_us < last.question.known_at_us)
      return Error{"ISSUE_ORDER",
                   "version " + std::to_string(versions.back().version) + " is as known at " +
                       shanghai_time(last.question.known_at_us) + ": a version after it knows no less",
                   series.text()};
    if (differences(last, report).empty()) return view_of(series, versions, versions.size() - 1);
  }
  Issued issued;
  issued.version = versions.empty() ? 1 : versions.back().version + 1;
  issued.issued_at_us = now_us, issued.by = request.by, issued.reason = request.reason;
  issued.policies = care.rules.policies_digest, issued.digest = made->digest;
  issued.what = report;
  // Looked at where it is written: of two at once the second one sees the first.
  auto writing = means.store.begin(Store::For::writing);
  if (series.audience == Audience::open)
    if (auto fault = public_fault(*writing, means.keys, series, report)) return *fault;
  if (!add(*writing, means.keys, series, issued))
    return Error{"ISSUED_MEANWHILE", "somebody else issued this report just now: look at it, and try again",
                 IssueNumber{series, issued.version}.text()};
  writing->commit();
  versions.push_back(std::move(issued));
  auto view = view_of(series, versions, versions.size() - 1);
  view.is_new = true;
  return view;
}

std::vector<IssuedRowView> list_issued(StoreTransaction& reading, const Keyring& keys,
                                       const std::string& region) {
  std::vector<IssuedRowView> rows;
  each_issue(reading, keys, "", [&](const Series& series, const Issued& issued) {
    if (!series.region.starts_with(region)) return;
    auto row = row_view(series, issued);
    if (!rows.empty() && rows.back().version + 1 == row.version && rows.back().report == row.report &&
        rows.back().region == row.region && rows.back().period == row.period &&
        rows.back().audience == row.audience && rows.back().state == "current")
      rows.back().state = issued.what ? "superseded" : "withdrawn";
    rows.push_back(std::move(row));
  });
  return rows;
}

Result<IssuedView> show_issued(StoreTransaction& reading, const Keyring& keys, const std::string& number) {
  const auto named = issue_named(number);
  if (!named) return unknown_issue(number);
  const auto versions = versions_of(reading, keys, named->series);
  for (std::size_t at = 0; at < versions.size(); ++at)
    if (versions[at].version == named->version) return view_of(named->series, versions, at);
  return unknown_issue(number);
}

Result<IssuedView> withdraw_issued(const IssueMeans& means, const std::string& number, const std::string& by,
                                   const std::string& reason) {
  const auto named = issue_named(number);
  if (!named) return unknown_issue(number);
  auto writing = means.store.begin(Store::For::writing);
  auto versions = versions_of(*writing, means.keys, named->series);
  if (std::none_of(versions.begin(), versions.end(),
                   [&](const Issued& one) { return one.version == named->version; }))
    return unknown_issue(number);
  if (named->series.audience != Audience::open || versions.back().version != named->version ||
      !versions.back().what)
    return Error{"ISSUE_STATE",
                 "only the last version of a public report is withdrawn: what went to those on duty stays, "
                 "and a later version corrects it",
                 number};
  Issued withdrawal;
  withdrawal.version = named->version + 1, withdrawal.issued_at_us = means.clock.now_us();
  withdrawal.by = by, withdrawal.reason = reason;
  if (!add(*writing, means.keys, named->series, withdrawal))
    return Error{"ISSUED_MEANWHILE", "somebody else changed it just now: look at it, and try again", number};
  writing->commit();
  versions.push_back(std::move(withdrawal));
  auto view = view_of(named->series, versions, versions.size() - 2);
  view.is_new = true;
  return view;
}

}  // namespace kinhub
