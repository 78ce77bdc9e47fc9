#pragma once
// Policies: a parent's situation -> a timeline of entitlements, past and future. Nothing here asks what day it is.

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/record/situation.hpp"

namespace kinhub {

enum class Per : std::uint8_t { month, year, once };
std::string_view name_of(Per per);

struct Amount {
  std::int64_t fen = 0;
  Per per = Per::month;
  friend bool operator==(const Amount&, const Amount&) = default;
};

/// Index of a benefit in its PolicySet; see PolicySet::benefit.
using BenefitIndex = std::uint16_t;

/// A right of this parent (or, for household benefits, of the household, reported on one of its parents).
/// Adjacent spans differ in amount, certainty or clause. Days are days of the right; money follows the benefit's
/// calendar (first_month..last_month are the months paid).
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

struct Benefit {
  std::string id;        ///< national-special-assistance/death
  std::string title;     ///< 特别扶助金-死亡
  std::string clause;    ///< 二(一)
  std::string quote;     ///< the sentence of the document
  std::string policy;    ///< national-special-assistance
  int wait_days = 0;     ///< days a lead waits before anyone knocks, so that corrections can arrive
  enum class For : std::uint8_t { parent, household } whose = For::parent;
};

/// Why a benefit is due, or why not, on one day: the condition tree with its values and causes.
struct Explanation {
  enum class Value : std::uint8_t { met, not_met, unknown } value{};
  std::string condition;  ///< as the file words it
  std::string clause;     ///< empty unless the condition has its own
  std::string quote;
  std::vector<Cause> causes;  ///< facts it rests on
  std::vector<Explanation> parts;
};

/// All policies in force anywhere, compiled. Immutable: safe from any thread.
class PolicySet {
 public:
  /// Reads every *.yaml below `folder`. All problems of all files, each with file:line:column.
  static std::variant<PolicySet, std::vector<Error>> read(const std::filesystem::path& folder);

  /// The whole timeline of every benefit, spans in order of (benefit, from). Cost: see tests/bench/policy_bench.cpp.
  std::vector<Entitlement> evaluate(const Situation& situation) const;

  /// Why, or why not, `benefit` on `day`.
  Explanation explain(const Situation& situation, BenefitIndex benefit, Date day) const;

  const std::vector<Benefit>& benefits() const;

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
