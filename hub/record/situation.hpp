#pragma once
// Situation: the input of policy evaluation, a parent's life as dated spans. A
// value; no identities, no store.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"

namespace kinhub {

enum class FactKind : std::uint8_t;

/// sure: the record says so. possible: disputed or imprecise; never treated as true, never as false.
enum class Certainty : std::uint8_t { sure, possible };

/// Index into Situation::causes: why a span starts or ends. no_cause: unbounded, from
/// the beginning or without end.
using CauseIndex = std::int16_t;
inline constexpr CauseIndex no_cause = -1;

/// Event at the boundary of a span, as explanations name it.
struct Cause {
  enum class What : std::uint8_t {
    birth,
    death,
    disability_grade,
    certificate_expiry,
    parentage,
    adoption,
    adoption_dissolved,
    marriage,
    divorce,
    residence,
    own_age,
    policy,
    coverage,  ///< the records of children, marriages, residence or receipts become complete, or stop being
               ///< so
    receipt    ///< low-income allowance, resident pension or another state starts, stops or changes
  };
  What what{};
  std::int16_t person = 0;  ///< index into Situation::people
  Date on;
  int number = 0;  ///< grade, age; otherwise 0
  friend bool operator==(const Cause&, const Cause&) = default;
};

/// Attributes of one person that policies may ask.
struct SituationPerson {
  Sex sex = Sex::unknown;
  /// Birth day; earliest and latest differ when only the month or year is known. Nothing: not known at all.
  struct Born {
    Date earliest, latest;
  };
  std::optional<Born> born;
  struct Died {
    Date on;  ///< the latest day it may be: dead from then on
    Certainty certainty;
    CauseIndex cause;
    Date earliest = Date::forever();  ///< the earliest, where only the month or the year is known
    std::uint8_t classes = 0;         ///< bit set of EvidenceClass, who says so; 0: not told, taken as proven
    std::uint8_t sources = 0;         ///< how many different sources say so
    bool unproven = false;  ///< possible because a policy asks for more proof (hub/policy/proof.hpp)
    Date first() const { return std::min(earliest, on); }
  };
  std::optional<Died> died;
};

struct MarriageSpan {
  std::int16_t spouse;  ///< index into people
  Interval when;        ///< [marriage, divorce or death of either)
  Certainty certainty = Certainty::sure;
  CauseIndex starts = no_cause, ends = no_cause;
  Date divorced = Date::forever();  ///< the day it ends without a death
};

enum class ChildRelation : std::uint8_t { born, adopted, step };

struct ChildSpan {
  std::int16_t child;  ///< index into people
  ChildRelation relation;
  /// born: [birth, forever); adopted: [adoption, dissolved). The child's death does not end it.
  Interval when;
  Certainty certainty = Certainty::sure;
  CauseIndex starts = no_cause, ends = no_cause;
  std::int16_t other_parent = -1;  ///< index into people of the child's other known parent; -1: not known
};

struct DisabilitySpan {
  std::int16_t person;
  int grade;                              ///< 1 (most severe) .. 4
  Interval when;                          ///< grade in force; spans of one person do not overlap
  Certainty certainty = Certainty::sure;  ///< possible: certificate expired, not known to be re-assessed
  CauseIndex starts = no_cause, ends = no_cause;
};

struct ResidenceSpan {
  std::int16_t person;
  std::string region;  ///< GB/T 2260, six digits
  Interval when;
  std::optional<bool> urban;
  CauseIndex starts = no_cause, ends = no_cause;
};

/// Other benefit received, as an interval: low-income allowance, resident pension.
struct ReceiptSpan {
  enum class What : std::uint8_t { low_income_allowance, resident_pension } what;
  std::int16_t person;
  Interval when;
  std::int64_t fen_per_month = 0;  ///< 0: not known
  CauseIndex starts = no_cause, ends = no_cause;
};

/// Another state that an agency tells of a person, as an interval: a credential held, an insurance, work, the
/// kind of household. Which words a kind has stands in the table of kinds (fact_kinds.cpp).
struct StateSpan {
  std::int16_t person;
  FactKind kind;
  std::string word;  ///< of the field that tells states of the kind apart, or that holds its word
  Interval when;
  bool holds = true;  ///< false: told not to hold, as a certificate that was lost
  Certainty certainty = Certainty::sure;
  CauseIndex starts = no_cause, ends = no_cause;
};

/// Completeness of the records (closed-world intervals): on which days the absence of a fact is knowledge and
/// not just silence. Default: never.
struct SituationCoverage {
  Interval children{Date::beginning(), Date::beginning()};  ///< births, parentage and adoptions are complete
  /// Marriages and divorces of these days are complete; of one contracted before nothing is said.
  Interval marriages{Date::beginning(), Date::beginning()};
  Interval residence{Date::beginning(), Date::beginning()};
  Interval receipts{Date::beginning(), Date::beginning()};
  friend bool operator==(const SituationCoverage&, const SituationCoverage&) = default;
};

/// Aggregate of everything a policy may ask about one parent (people[0]) and those around them.
struct Situation {
  std::vector<SituationPerson> people;  ///< [0] is this parent
  std::vector<MarriageSpan> marriages;  ///< of this parent, by from
  std::vector<ChildSpan> children;      ///< of this parent, ever
  std::vector<DisabilitySpan> disabilities;
  std::vector<ResidenceSpan> residences;
  std::vector<ReceiptSpan> receipts;
  std::vector<StateSpan> states;
  SituationCoverage coverage;
  std::vector<Cause> causes;
};

}  // namespace kinhub
