#pragma once
// Answers about care: reports, the worklist, archives; and what is asked for them.

#include <optional>
#include <string>
#include <vector>

#include "hub/desk/views.hpp"
#include "hub/report/report.hpp"

namespace kinhub {

/// Which report, of which area and period, as known at which time (nothing: now).
struct ReportRequest {
  std::string name, region;
  service::Period period;
  std::optional<std::int64_t> known_at_us;
};
struct ReportView {
  report::Report report;
  std::string digest;  ///< SHA-256 of its CSV, as it is handed out: masked, where it is
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
std::string to_json(const WorklistView& view);
std::string to_json(const std::vector<ArchiveRowView>& rows);
std::string to_json(const ArchiveView& view);

}  // namespace kinhub
