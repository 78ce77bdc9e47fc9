#pragma once
// The shelf of leads, of what was decided about them, and of who decided.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

/// 疑似新增, 疑似变更, 疑似退出, 待核实.
enum class LeadKind : std::uint8_t { new_, changed, ended, verify };
enum class LeadState : std::uint8_t { open, confirmed, dismissed, closed };
std::string_view name_of(LeadKind kind);    ///< "new", "changed", "ended", "verify"
std::string_view name_of(LeadState state);  ///< "open", "confirmed", "dismissed", "closed"

struct LeadRow {
  LeadId id;
  PersonId person;
  std::string benefit;  ///< national-special-assistance/death
  LeadKind kind{};
  LeadState state = LeadState::open;
  std::int64_t opened_at_us = 0, changed_at_us = 0;
  std::int64_t revision = 0;  ///< grows by one with each notice
  std::string content;        ///< sealed: hub/lead/lead.hpp says of what
  Token anchor = {};          ///< of the identifier the lead is about: it follows it; all zero: not known
};

/// Decided state of a person and benefit: the timeline confirmed, and the one a person set aside. A person
/// who was several has one for each anchor.
struct DecidedRow {
  PersonId person;
  std::string benefit;
  std::string content;  ///< sealed
  Token anchor = {};    ///< of the identifier it was decided for; all zero: not known
};

/// Audit row of one decision, kept for ever.
struct DecisionRow {
  LeadId lead;
  LeadState verdict{};  ///< confirmed or dismissed
  std::int64_t at_us = 0;
  std::string content;  ///< sealed: by whom, reason, the lead as it was
};

class LeadShelf {
 public:
  virtual ~LeadShelf() = default;
  virtual LeadId new_lead() = 0;
  /// Upsert by id.
  virtual void put(const LeadRow& lead) = 0;
  virtual std::optional<LeadRow> find(LeadId id) = 0;
  /// Bulk read of open leads, in order of id: one round trip where each costs time.
  virtual std::vector<LeadRow> open_of(std::span<const PersonId> people) = 0;
  std::vector<LeadRow> open_of(PersonId person) { return open_of(std::span<const PersonId>(&person, 1)); }
  /// All leads of a person, in order of id.
  virtual std::vector<LeadRow> of(PersonId person) = 0;
  /// Leads (of one state) behind `after` in order of id.
  virtual std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) = 0;
  /// Visits them all, page by page.
  void each(std::optional<LeadState> state, const std::function<void(LeadRow&)>& visit);
  /// Kept counts of open leads, by kind; kinds of which there is none are left out.
  virtual std::vector<std::pair<LeadKind, std::int64_t>> open_counts() = 0;
  /// Everyone who has an open lead, each once, behind `after` in order of id.
  virtual std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) = 0;
  void each_person_with_open(const std::function<void(PersonId)>& visit);

  /// Bulk read; those of one person in order of benefit and anchor.
  virtual std::vector<DecidedRow> decided(std::span<const PersonId> people) = 0;
  std::vector<DecidedRow> decided(PersonId person) { return decided(std::span<const PersonId>(&person, 1)); }
  /// Upsert by person, benefit and anchor.
  virtual void put_decided(const DecidedRow& row) = 0;
  virtual void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) = 0;
  virtual void add_decision(const DecisionRow& row) = 0;
  virtual std::vector<DecisionRow> decisions(LeadId lead) = 0;

  /// Everyone of whom a lead, or what was decided, was left out of an answer of this transaction because the
  /// row is not as the hub wrote it. Nothing may be concluded from what is not there of them.
  virtual bool is_damaged(PersonId person) {
    static_cast<void>(person);
    return false;
  }
};

}  // namespace kinhub
