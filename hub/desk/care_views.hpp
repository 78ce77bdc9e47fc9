#pragma once
// Answers about care: reports, the worklist, archives; and what is asked for them.

#include <optional>
#include <string>
#include <vector>

#include "hub/desk/views.hpp"
#include "hub/report/issue.hpp"

namespace kinhub {

/// Which report, of which area and period, as known at which time (nothing: now).
struct ReportRequest {
  std::string name, region;
  service::Period period;
  std::optional<std::int64_t> known_at_us;
  report::Audience audience = report::Audience::duty;
};
struct ReportView {
  report::Report report;
  std::string digest;  ///< SHA-256 of its CSV, as it is handed out: masked, where it is
};

/// Handing a report out, so that it stays as it is.
struct IssueRequest {
  ReportRequest report;
  std::string by, reason;  ///< a reason only where a check is amber
};
/// A version of a report that was handed out, in a list.
struct IssuedRowView {
  std::string number;  ///< basic-statistics.320812.2026Q3.1
  std::string report, region, period;
  report::Audience audience = report::Audience::duty;
  std::int64_t version = 0, issued_at_us = 0;
  std::optional<std::int64_t> known_at_us;  ///< nothing: of a withdrawal
  std::string by, reason;
  std::string policies, digest;  ///< of the policies that counted; of the CSV that was handed out
  std::string state;             ///< current, superseded, withdrawn; withdrawal
};
struct IssuedView {
  IssuedRowView row;
  ReportView report;                            ///< of a withdrawal none
  std::string before;                           ///< number of the version before it; empty: it is the first
  std::vector<report::Difference> differences;  ///< to that one
  bool is_new = false;                          ///< issued by this call
};

struct WorklistView {
  std::string region;
  Date on;
  struct Line {
    std::string state, service, name, archive_no, what;
    PersonView person;
    std::optional<Date> due;
    int days_over = 0;
    bool priority = false;
  };
  std::vector<Line> lines;
};

/// An archive in a list.
struct ArchiveRowView {
  std::string archive_no;
  PersonView cover;
  std::string state;  ///< open, closed
  Date opened;        ///< first
  std::optional<Date> closed;
  std::string area;          ///< the seat of the household
  std::string kind;          ///< 失独, 伤残, 待核实; empty: nobody is a member
  std::int64_t members = 0;  ///< today
};
/// One archive, as it stands on a day.
struct ArchiveView {
  ArchiveRowView row;
  struct Member {
    PersonView person;
    std::string kind, area;  ///< as above
    bool of_49 = false, contract = false, card = false;
  };
  struct Helper {
    std::string role, name, unit;
    Interval when;
  };
  struct Event {
    Date on;
    std::string event, unit, area, reason;
  };
  struct Act {
    Date on;
    std::string services, channel, doers;
    bool reached = true;
    std::int64_t fen = 0;
  };
  std::vector<Member> members;
  std::vector<Helper> helpers;
  std::vector<Event> events;
  std::vector<Act> acts;  ///< the newest first, at most two hundred
  std::vector<WorklistView::Line> owed;
};

std::string to_json(const ReportView& view);
std::string to_json(const std::vector<IssuedRowView>& rows);
std::string to_json(const IssuedView& view);
std::string to_json(const WorklistView& view);
std::string to_json(const std::vector<ArchiveRowView>& rows);
std::string to_json(const ArchiveView& view);

}  // namespace kinhub
