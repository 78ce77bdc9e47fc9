#pragma once
// Services as data: what is owed to whom, in which rhythm, by whom, as checked text files
// (mappings/care/REGION/*.yaml; specification of care 0.5, 2.2).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/result.hpp"
#include "hub/mapping/code_table.hpp"
#include "hub/policy/asked.hpp"
#include "hub/service/period.hpp"

namespace kinhub::service {

/// One service as its file states it.
struct Service {
  std::string id;    ///< S02
  std::string name;  ///< 每月沟通
  std::string clause, quote;
  std::string place;  ///< file:line:column

  enum class For : std::uint8_t { household, member } whose = For::household;
  std::vector<std::string> when;  ///< phrases of the policy vocabulary, asked of the member
  bool when_signed = false;       ///< and a contract with a doctor is in force

  enum class Rule : std::uint8_t {
    whole,     ///< so many acts within each week or month that lies whole in the span
    touched,   ///< so many within each year, half or quarter that the condition touches
    window,    ///< around each birthday or festival
    after,     ///< within so many days after a death is told
    contacts,  ///< state: each role has a helper
    contract,  ///< state: a contract is in force
    card,      ///< state: a credential is in force
    by,        ///< once a calendar year, by a day
    counted,   ///< nothing is owed, acts are counted
    waits      ///< cannot be decided yet: `lacks` says for want of what
  } rule = Rule::counted;
  Unit unit = Unit::month;
  int times = 1;
  enum class Around : std::uint8_t { birthday, festival } around = Around::festival;
  std::vector<std::string> festivals;           ///< names
  int before = 0, behind = 0;                   ///< days around; of `after` the days behind
  int grace_days = 0;                           ///< of a state: from the opening, or from a gap on
  std::vector<std::string> roles;               ///< of contacts
  std::vector<std::string> types, other_types;  ///< of a card; any of these for the second rate
  unsigned target_month = 0, target_day = 0, due_month = 0, due_day = 0;  ///< of by

  std::string channels = "VPN";  ///< by which acts count
  bool phone_when_away = false;  ///< and by telephone when they are not at home
  std::vector<std::string>
      by;  ///< roles of who does it; "helper": whoever is one of this family; empty: anyone
  std::vector<std::string> counts;  ///< acts that name any of these; its own id if nothing is said
  bool used = true;                 ///< no: another one stands for it, unless a region says otherwise
  bool from_feed = false;           ///< its acts come by a feed: as long as none is known it is 未接入
  std::string lacks;                ///< what is missing for it to be decided
};

/// A test that stands in a service file.
struct ServiceTest {
  std::string name, place, service;
  std::vector<Interval> archive;
  std::string born;
  std::vector<std::string> acts, papers, helpers, deaths;
  Period period;
  std::optional<Date> on;
  std::int64_t owed = 0, met = 0;
  std::optional<std::int64_t> overdue;
};

/// One issued document as a service file.
struct ServiceFile {
  std::string id, title, region, place;
  Interval in_force;
  std::vector<Service> services;
  std::vector<ServiceTest> tests;
};

/// Days that are festivals, by name: mappings/codes/festivals.csv, whose codes are days (2026-09-25; 01-01
/// for one of every year) and whose meanings are names.
class Festivals {
 public:
  Festivals() = default;
  explicit Festivals(const CodeTables& tables);
  /// The festivals of these names within a range, by day.
  std::vector<std::pair<Date, std::string>> in(Interval range, const std::vector<std::string>& names) const;
  bool knows(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Names that have no day in a year, though they have one in another.
  std::vector<std::string> lacking(int year) const;

 private:
  std::map<std::string, std::set<Date>, std::less<>> dated_;
  std::map<std::string, std::pair<unsigned, unsigned>, std::less<>> yearly_;
};

/// All service files. Immutable: safe from any thread.
class ServiceSet {
 public:
  /// Reads mappings/care/REGION/*.yaml below `folder` (six digits each), with the code tables of `codes`: all
  /// services, or all that is wrong, each with file:line:column.
  static std::variant<ServiceSet, std::vector<Error>> read(const std::filesystem::path& folder,
                                                           const std::filesystem::path& codes);

  const std::vector<ServiceFile>& files() const { return files_; }
  const Festivals& festivals() const { return festivals_; }
  /// The services of a region on a day, by id: of each that of the nearest region whose file is in force.
  std::vector<const Service*> of(std::string_view region, Date day) const;
  const Service* find(std::string_view region, Date day, std::string_view id) const;
  /// The phrases that its services ask, compiled.
  const std::map<std::string, AskedCondition, std::less<>>& asked() const { return asked_; }

  struct TestReport {
    std::size_t passed = 0;
    std::vector<Error> failed;
  };
  /// Runs the tests in the files.
  TestReport test() const;
  /// What is wrong with it in a year: SERVICE_FESTIVALS, a festival that a service goes by has no day.
  std::vector<Error> check_year(int year) const;

 private:
  std::vector<ServiceFile> files_;
  Festivals festivals_;
  std::map<std::string, AskedCondition, std::less<>> asked_;
};

}  // namespace kinhub::service
