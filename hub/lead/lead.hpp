#pragma once
// Leads, the difference of two timelines: computed minus decided. A lead is never an award: a person decides.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/policy/policy.hpp"
#include "hub/record/kin.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// A span of one benefit's timeline, as it is compared and confirmed.
struct RightSpan {
  Interval when;
  Amount amount;
  Certainty certainty = Certainty::sure;
  bool disputed = false;  ///< possible because sources disagree, not because they are silent
  friend bool operator==(const RightSpan&, const RightSpan&) = default;
};

/// Provenance of a dismissal: who had told what of whom when a lead was dismissed.
struct Word {
  PersonId about;
  FactKind fact{};
  std::string source;
  EvidenceClass weight{};
};

/// The decided state of one person and benefit.
struct Decided {
  std::vector<RightSpan> confirmed;                 ///< empty: nothing was ever confirmed
  std::optional<std::vector<RightSpan>> set_aside;  ///< the computed timeline that was dismissed
  Date on = Date::beginning();  ///< day of the last confirmation: what began later was not decided with it
  std::optional<std::vector<Word>> set_aside_on;  ///< what the dismissed lead rested on; nothing: not known
  /// Days that stood confirmed before the last confirmation, up to its day: what comes back of them is not
  /// late.
  std::vector<Interval> once;  // sorted, apart
  /// Other identifiers of the person when this was confirmed, or dismissed, and when that was: of what had
  /// been decided for those it takes the place, as long as they are one person.
  struct Over {
    std::vector<Token> anchors;
    std::int64_t at_us = 0;
  };
  Over confirmed_over, set_aside_over;
  /// Each run of days that was ever confirmed, with the day on which any of it was confirmed first: from when
  /// on `late` lets it be paid. Days that were decided before this was kept are in none of them.
  struct First {
    Interval run;
    Date on;
    friend bool operator==(const First&, const First&) = default;
  };
  std::vector<First> first = {};  // sorted by run, apart
};
/// Everything decided of one person.
using Decisions = std::map<BenefitIndex, Decided>;

/// Content of a lead, sealed at rest: it holds no names, but evidence keys may hold a number.
struct LeadContent {
  LeadKind kind{};
  std::string benefit;
  std::string family;  ///< reference
  Interval when;       ///< the last run of days without a gap that differs; until forever: no end
  Amount amount;  ///< due on the last of those days that is not in the future; for ended: what was decided
  Certainty certainty = Certainty::sure;
  std::vector<std::string> pending;  ///< what a pending one waits for
  std::vector<std::string> reasons;  ///< sentences: 2026-11-18 子女死亡 (a child's death)
  std::vector<Evidence> evidence;
  std::vector<RightSpan> computed;  ///< the whole timeline: what confirming confirms
  Date not_before;                  ///< nobody should be visited before: corrections may still arrive
  std::int64_t arrears_fen = 0;     ///< owed for months up to today and not decided
  std::int64_t overpaid_fen = 0;  ///< decided for months up to today and not due; recovery is never automatic
};

/// Compares the timelines as of `today`; nothing when there is no difference. `timeline` are the entitlements
/// of all benefits of the parent. Rules: only days up to `today` are compared; a possible right is no
/// difference to a decided one unless it is in doubt; unknown never ends a right; a death that is disputed or
/// not proven and a disputed parentage give kind verify (待核实), so does a certificate that ran out in
/// payment; a right nobody confirmed is new only while something is owed for it (the calendar's `late`), and
/// to the living; a timeline that was set aside stays set aside until it changes, or a heavier word than
/// those it was dismissed on, by the orders of `evidence`, says the same.
std::optional<LeadContent> difference(const PolicySet& policies, BenefitIndex benefit,
                                      const std::vector<Entitlement>& timeline, const Decisions& decisions,
                                      const Kin& kin, const std::string& family, Date today, Date opened_on,
                                      const EvidenceRules& evidence);

/// Applies a verdict on a lead, pure. Confirming copies the computed timeline into the decided one;
/// dismissing sets it aside, with the words it rested on.
Decided decided_after(Decided before, const LeadContent& lead, LeadState verdict, Date today);

/// What was decided for one identifier of a person.
struct DecidedFor {
  Token anchor;
  Decided decided;
};
/// Merges what was decided for several identifiers of one person, pure: what was confirmed outweighs what was
/// set aside; of two confirmed the longer past counts, and the other's days stay known as confirmed once.
/// What was decided while they were one counts before what it was decided over. The order of `all` does not
/// matter.
Decided merged(std::vector<DecidedFor> all, Date today);

// Serialization, at rest and outside.
std::string to_bytes(const LeadContent& content);
LeadContent lead_content_from(std::string_view bytes);
std::string to_bytes(const Decided& decided);
Decided decided_from(std::string_view bytes);
/// Equality as a reader sees it: nothing that they would call a change has changed (arrival times aside).
bool same_news(const LeadContent& a, const LeadContent& b);

/// Public references of leads, persons, families: encrypted surrogate keys.
std::string lead_reference(const Keyring& keys, LeadId id);
std::string person_reference(const Keyring& keys, PersonId id);
std::string family_reference(const Keyring& keys, const std::vector<PersonId>& couple);

/// Serializes one notice as CloudEvents 1.0 JSON, one line. `what` is opened, updated, closed, confirmed or
/// dismissed. The id is a function of lead and revision, so a repetition can be told; holds references only.
std::string notice_json(const Keyring& keys, std::int64_t sequence, const LeadRow& lead,
                        const LeadContent& content, std::string_view what, std::int64_t at_us);

}  // namespace kinhub
