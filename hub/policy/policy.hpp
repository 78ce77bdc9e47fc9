#pragma once
// Rule engine of the policies: a parent's situation -> a timeline of entitlements, past and future. Pure;
// nothing here asks what day it is.

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/policy/proof.hpp"
#include "hub/record/situation.hpp"

namespace kinhub {

namespace policy {
struct Program;
struct Document;
}  // namespace policy

enum class Per : std::uint8_t { month, year, once };
std::string_view name_of(Per per);

/// Money per period, in fen.
struct Amount {
  std::int64_t fen = 0;
  Per per = Per::month;
  bool known = true;  ///< false: the document names a sum that the record cannot compute; fen is 0 then
  friend bool operator==(const Amount&, const Amount&) = default;
};

/// Index of a benefit in its PolicySet; see PolicySet::benefit.
using BenefitIndex = std::uint16_t;

/// A dated interval of one right of this parent (or, for household benefits, of the household, reported on
/// one of its parents). Adjacent spans differ in amount, certainty, clause or pending words. Days are days of
/// the right; money follows the benefit's calendar (first_month..last_month are the months paid).
struct Entitlement {
  BenefitIndex benefit = 0;
  Interval when;  ///< [from, until); until Date::forever(): no end known within the horizon
  Amount amount;
  Certainty certainty = Certainty::sure;  ///< possible: "pending" outside
  Cause starts_because, ends_because;     ///< ends_because is meaningful only when until is not forever
  /// What a pending span waits for, as stable words: "no other living child", "marriage", "death disputed"...
  std::vector<std::string> pending;
  friend bool operator==(const Entitlement&, const Entitlement&) = default;
};

/// Calendar conventions of a policy, each with a name and never hidden in code. A file that does not state
/// one inherits its parent's.
struct Calendar {
  enum class Age : std::uint8_t { on_birthday, day_after_birthday } age = Age::on_birthday;
  Feb29 feb29 = Feb29::feb28;
  /// In which months a right is paid: it exists on any day, the first, the last day of
  /// it, or by the share of days.
  enum class Month : std::uint8_t { any_day, first_day, last_day, by_days } month = Month::any_day;
  /// A yearly grant is due once per calendar year in which the right holds on any day (or on 1 January).
  enum class Year : std::uint8_t { any_day, first_day } year = Year::any_day;
  enum class DeathDay : std::uint8_t {
    counts_as_alive,
    ends_the_right
  } death_day = DeathDay::counts_as_alive;
  enum class Late : std::uint8_t { pay_from_event, pay_from_confirmation } late = Late::pay_from_event;
  int late_months_max = 0;  ///< pay_from_event: at most so many months back; 0: no limit
  /// The age line of a remarried parent: judged by oneself (N06), or by the present wife.
  enum class Remarried : std::uint8_t {
    judged_by_self,
    by_present_wife
  } remarried = Remarried::judged_by_self;
  friend bool operator==(const Calendar&, const Calendar&) = default;
};
/// The conventions as the file words them: "age: on_birthday, feb29: feb28, ...".
std::string describe(const Calendar& calendar);

/// Metadata of a benefit, as the latest document that states it words it.
struct Benefit {
  std::string id;      ///< national-special-assistance/death
  std::string title;   ///< 特别扶助金-死亡
  std::string clause;  ///< 二(一)
  std::string quote;   ///< the sentence of the document
  std::string policy;  ///< national-special-assistance
  std::string issued;  ///< the title of its document: 计划生育家庭特别扶助制度
  std::string region;  ///< of its document; 000000: the whole country
  int wait_days = 0;   ///< days a lead waits before anyone knocks, so that corrections can arrive
  enum class For : std::uint8_t { parent, household } whose = For::parent;
  bool apart = false;       ///< household: two households after a divorce, each parent's own
  std::string name;         ///< the name before the brackets: allowance dead
  std::string amount_text;  ///< the amount as the file words it
  std::string note;         ///< what the file says is not known; may be empty
  Calendar calendar;
  ProofRules evidence;  ///< how much proof a death needs
  /// Never paid together with these for one month: the higher one only.
  std::vector<BenefitIndex> excludes;
};

/// A payment that is due: for one month, one year or one event.
struct Due {
  Date period;  ///< first day of the month; 1 January of the year; the day of the event
  Amount amount;
  Certainty certainty = Certainty::sure;
  friend bool operator==(const Due&, const Due&) = default;
};

/// An edge of a timeline: the day, and what causes it.
struct Change {
  Date on;
  Cause because;
  friend bool operator==(const Change&, const Change&) = default;
};
/// The first day after `day` on which any entitlement starts, ends, or changes.
std::optional<Change> next_change(std::span<const Entitlement> entitlements, Date day);

/// First day of the first and of the last month that the span is paid for; last_month is nothing without an
/// end. Nothing at all when the month rule finds no month.
std::optional<Date> first_month(const Entitlement& entitlement, const Calendar& calendar);
std::optional<Date> last_month(const Entitlement& entitlement, const Calendar& calendar);

/// Look-back limit: from which month money is paid when a right of these days is confirmed on `confirmed`
/// (the `late` rule). Months are counted back from the confirmation, or from the last day of a right that
/// ended before it; under pay_from_confirmation nothing is owed for a right that ended before the month of
/// its confirmation. REQUIRES: the right is not empty.
Date paid_from(const Calendar& calendar, Interval right, Date confirmed);

/// Explanation tree: why a benefit is due, or why not, on one day; the conditions
/// with their values and causes.
struct Explanation {
  enum class Value : std::uint8_t { met, not_met, unknown } value{};
  enum class Form : std::uint8_t { one, all, any, negated } form{};  ///< how the parts make it
  std::string condition;                                             ///< as the file words it
  std::string chinese, english;  ///< the same in both languages; English as the file words it if it has none
  bool worded = true;            ///< false: part of a word of the vocabulary, without words of its own
  std::string clause;            ///< empty unless the condition has its own
  std::string quote;
  std::vector<Cause> causes;  ///< facts it rests on
  std::vector<Explanation> parts;
  bool plain = false;  ///< asks for ages of the couple, residence, marriage, certificates and days alone
};

/// Minimal hitting set of what is missing: the nodes behind missing(), which live as long as `why`.
std::vector<const Explanation*> missing_parts(const Explanation& why);
/// Smallest set of conditions that would have to be so for the whole to be met: of `all` what is missing, of
/// `any` the alternative that lacks least. Empty for what is met. In the words of the file, or in Chinese; of
/// a condition that must not be so, "not: ..." (非：...).
std::vector<std::string> missing(const Explanation& why, bool in_chinese);

/// A policy file, a vocabulary.yaml, or the text of an issued document beside one, as it was read.
struct PolicyText {
  std::string file;  ///< its path, as errors show it
  std::string text;
  bool tried = false;  ///< a candidate from elsewhere that is tried out among the others
  bool is_vocabulary() const { return file == "vocabulary.yaml" || file.ends_with("/vocabulary.yaml"); }
  bool is_policy() const { return file.ends_with(".yaml") && !is_vocabulary(); }
};
/// Reads every policy (*.yaml) and every issued text (*.txt) below `folder`, in order of path.
std::variant<std::vector<PolicyText>, std::vector<Error>> read_policy_texts(
    const std::filesystem::path& folder);

/// All policies in force anywhere, compiled. Immutable: safe from any thread.
class PolicySet {
 public:
  /// Reads every *.yaml below `folder`. All problems of all files, each with file:line:column.
  static std::variant<PolicySet, std::vector<Error>> read(const std::filesystem::path& folder);
  /// The same of texts that were read already.
  static std::variant<PolicySet, std::vector<Error>> read(std::span<const PolicyText> texts);

  /// The whole timeline of every benefit, spans in order of (benefit, from). Cost: see
  /// tests/bench/policy_bench.cpp.
  std::vector<Entitlement> evaluate(const Situation& situation) const;

  /// The timelines of a parent: rights, and the named conditions that are asked by themselves, such as
  /// `special family` without an age line; `benefit` of these is an index of conditions(), and no sum stands.
  struct Standing {
    std::vector<Entitlement> rights, conditions;
  };
  Standing stand(const Situation& situation) const;
  /// Of their documents: national-special-assistance/special-family.
  const std::vector<std::string>& conditions() const;

  /// Why, or why not, `benefit` on `day`. REQUIRES: benefit is an index of benefits().
  Explanation explain(const Situation& situation, BenefitIndex benefit, Date day) const;

  /// What `benefit` is due for every month, year or event that begins in [from, until), out of the whole
  /// timeline (the others are needed for what is never paid together). Money per person and period, in fen,
  /// half up. REQUIRES: benefit is an index of benefits(); timeline came out of evaluate() of this set.
  std::vector<Due> months_due(std::span<const Entitlement> timeline, BenefitIndex benefit, Date from,
                              Date until) const;
  /// Predicate: whether a month of a benefit can be paid at all, as the `late` rule says.
  using Payable = std::function<bool(BenefitIndex, const Due&)>;
  /// The same of what is payable only: `late` comes before what is never paid together, else a month whose
  /// higher benefit is not payable would pay nothing.
  std::vector<Due> months_due(std::span<const Entitlement> timeline, BenefitIndex benefit, Date from,
                              Date until, const Payable& payable) const;

  /// The fixed sums that the documents of a benefit name for any of these days, in fen, each once; nothing:
  /// one of them is computed from a family's record, or a month is paid by its share of days.
  std::optional<std::vector<std::int64_t>> sums_in(BenefitIndex benefit, Interval days) const;

  const std::vector<Benefit>& benefits() const;
  std::optional<BenefitIndex> find(std::string_view id) const;

  /// One word of the vocabulary that policies ask in, as `policy words` lists it.
  struct WordInfo {
    std::vector<std::string> english, chinese;
    std::string note;
  };
  std::vector<WordInfo> words() const;
  /// The words as the page docs/vocabulary.md.
  std::string words_page() const;

  /// What a policy officer should know and that is no error: gaps, clauses without tests, policies that end.
  const std::vector<Error>& notices() const;

  /// What it was compiled to, and the documents it was linked from: for what compares two sets.
  const policy::Program& program() const;
  const std::vector<policy::Document>& documents() const;

  /// Runs the tests inside the policy files.
  struct TestReport {
    std::size_t passed = 0;
    std::vector<Error> failed;
  };
  TestReport test() const;

  PolicySet(PolicySet&&) noexcept;
  PolicySet& operator=(PolicySet&&) noexcept;
  ~PolicySet();

 private:
  PolicySet();
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace kinhub
