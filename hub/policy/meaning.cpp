#include "hub/policy/meaning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hub/policy/document.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

using namespace policy;

namespace {

std::string days_of(Interval when) {
  return fmt::format("{} .. {}", when.from == Date::beginning() ? "" : when.from.text(),
                     when.until < Date::forever() ? when.until.plus_days(-1).text() : "");
}
std::string days_english(Interval when) {
  if (when.from == Date::beginning() && when.until == Date::forever()) return "always";
  if (when.from == Date::beginning()) return fmt::format("until {}", when.until.plus_days(-1).text());
  if (when.until == Date::forever()) return fmt::format("from {} on", when.from.text());
  return fmt::format("from {} to {}", when.from.text(), when.until.plus_days(-1).text());
}
std::string days_chinese(Interval when) {
  if (when.from == Date::beginning() && when.until == Date::forever()) return "始终";
  if (when.from == Date::beginning()) return fmt::format("至{}", when.until.plus_days(-1).text());
  if (when.until == Date::forever()) return fmt::format("自{}起", when.from.text());
  return fmt::format("{}至{}", when.from.text(), when.until.plus_days(-1).text());
}

// ---- conditions ----

/// What a leaf asks. Conventions of the calendar are told with the calendar.
std::string key_of(const Leaf& leaf) {
  const auto& count = leaf.count;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} [{}{} {} {} {} {} {} {} {} {} {} {} {} {} {}]",
                     static_cast<int>(leaf.kind), leaf.low, leaf.high, leaf.from.days(), leaf.until.days(),
                     leaf.region, static_cast<int>(leaf.who), static_cast<int>(leaf.sex),
                     static_cast<int>(leaf.marriage), static_cast<int>(leaf.fact), leaf.word, count.born,
                     count.adopted, static_cast<int>(count.sex), static_cast<int>(count.life), count.age_from,
                     count.age_below, count.grade_low, count.grade_high, count.order, count.came.from.days(),
                     count.came.until.days(), count.births, static_cast<int>(count.over), count.least,
                     count.most);
}

void add_keys(const Condition& condition, Condition::Op op, std::set<std::string>& keys);

/// What a condition asks, whatever the order and nesting in which it is written.
std::string key_of(const Condition& condition) {
  using Op = Condition::Op;
  switch (condition.op) {
    case Op::leaf:
      return key_of(condition.leaf);
    case Op::negate:
      if (condition.parts[0].op == Op::negate) return key_of(condition.parts[0].parts[0]);
      return "!(" + key_of(condition.parts[0]) + ")";
    case Op::day_before:
      return "<(" + key_of(condition.parts[0]) + ")";
    case Op::reporter:
      return "@(" + key_of(condition.parts[0]) + ")";
    case Op::all:
    case Op::any:
      break;
  }
  std::set<std::string> keys;
  add_keys(condition, condition.op, keys);
  if (keys.size() == 1) return *keys.begin();
  return fmt::format("{}({})", condition.op == Op::all ? '&' : '|', fmt::join(keys, ", "));
}

void add_keys(const Condition& condition, Condition::Op op, std::set<std::string>& keys) {
  for (const auto& part : condition.parts)
    if (part.op == op ||
        ((part.op == Condition::Op::all || part.op == Condition::Op::any) && part.parts.size() == 1))
      add_keys(part, op, keys);
    else
      keys.insert(key_of(part));
}

bool is_list(const Condition& condition) {
  return condition.op == Condition::Op::all || condition.op == Condition::Op::any;
}
/// Whether a condition has a name of its own, and is told by it.
bool is_named(const Condition& condition) {
  return is_list(condition) && condition.text != "all of" && condition.text != "any of";
}

std::string words_of(const Condition& condition, bool chinese) {
  if (condition.op == Condition::Op::negate)
    return (chinese ? "非：" : "not: ") + words_of(condition.parts[0], chinese);
  if (!is_list(condition) || is_named(condition))
    return chinese && !condition.chinese.empty() ? condition.chinese : condition.text;
  std::string words;
  const bool all = condition.op == Condition::Op::all;
  for (const auto& part : condition.parts) {
    if (!words.empty()) words += chinese ? (all ? "、" : "，或") : (all ? ", and " : ", or ");
    const bool nested = is_list(part) && !is_named(part) && part.parts.size() > 1;
    words += nested ? "(" + words_of(part, chinese) + ")" : words_of(part, chinese);
  }
  return words;
}

// ---- definitions ----

/// Whether a condition is told by a name: a phrase of one, or what has a name of its own.
bool is_told_by_name(const Condition& condition) {
  if (condition.op == Condition::Op::leaf) return true;
  return is_list(condition) ? is_named(condition) : is_told_by_name(condition.parts[0]);
}

/// The condition of a definition in the words that it stands for, in place of its name.
Condition defined_condition(const Definition& defined) {
  auto condition = defined.condition;
  if (!defined.words.empty())
    condition.text = defined.words, condition.chinese = defined.chinese_words;
  else if (is_list(condition))
    condition.text = condition.op == Condition::Op::all ? "all of" : "any of";
  return condition;
}

/// A condition with what its names stand for: "bereaved (only child is dead)".
std::string spelled(const Condition& condition, const std::vector<Definition>& definitions) {
  if (condition.op == Condition::Op::negate) return "not: " + spelled(condition.parts[0], definitions);
  const auto defined = std::ranges::find_if(definitions, [&](const Definition& one) {
    return !condition.english.empty() && one.name == condition.english;
  });
  if (defined != definitions.end())
    return fmt::format("{} ({})", condition.text, words_of(defined_condition(*defined), false));
  if (!is_list(condition)) return condition.text;
  std::string inner;
  for (const auto& part : condition.parts) {
    if (!inner.empty()) inner += condition.op == Condition::Op::all ? ", and " : ", or ";
    const bool nested = is_list(part) && !is_named(part) && part.parts.size() > 1;
    inner += nested ? "(" + spelled(part, definitions) + ")" : spelled(part, definitions);
  }
  return is_named(condition) ? fmt::format("{} ({})", condition.text, inner) : inner;
}

// ---- sums ----

std::string sum_english(const AmountRule* rule) {
  if (rule == nullptr) return "no sum stated";
  switch (rule->kind) {
    case AmountRule::Kind::fixed:
      return yuan(rule->fen) + " yuan" +
             (rule->per == Per::once ? "" : " per " + std::string(name_of(rule->per)));
    case AmountRule::Kind::share_of_pension:
      return fmt::format("{}% of own basic pension per {}", rule->percent, name_of(rule->per));
    case AmountRule::Kind::not_computable:
      return "not computable per " + std::string(name_of(rule->per));
  }
  return "";
}
std::string sum_chinese(const AmountRule* rule) {
  if (rule == nullptr) return "未写明";
  const auto* per = rule->per == Per::month ? "每月" : rule->per == Per::year ? "每年" : "一次性";
  switch (rule->kind) {
    case AmountRule::Kind::fixed:
      return per + yuan(rule->fen) + "元";
    case AmountRule::Kind::share_of_pension:
      return fmt::format("{}本人基础养老金的{}%", per, rule->percent);
    case AmountRule::Kind::not_computable:
      return std::string(per) + "无法计算";
  }
  return "";
}

std::string line_key(const AmountRule& rule) {
  return fmt::format("{} {} {}", days_of(rule.days), rule.when ? key_of(*rule.when) : "", sum_english(&rule));
}
std::string line_words(const AmountRule& rule, bool chinese) {
  std::string words;
  if (rule.days != Interval{}) words = (chinese ? days_chinese(rule.days) : days_english(rule.days)) + " ";
  if (rule.when) words += (chinese ? "如" : "if ") + words_of(*rule.when, chinese) + (chinese ? "，" : ": ");
  return words + (chinese ? sum_chinese(&rule) : sum_english(&rule));
}

// ---- documents ----

class Comparison {
 public:
  Comparison(const PolicySet& before, const PolicySet& after) : before_(before), after_(after) {}

  std::vector<MeaningChange> changes() {
    std::set<const Document*> paired;
    for (const auto& old : before_.documents()) {
      at_policy(old.id);
      if (const auto* now = version_of(old, paired)) {
        paired.insert(now);
        compare(old, *now);
      } else {
        add("policy", old.title + " " + days_of(old.in_force), "",
            fmt::format("'{}' ({}) is gone", old.title, days_english(old.in_force)),
            fmt::format("《{}》（{}）不再存在", old.title, days_chinese(old.in_force)));
      }
    }
    for (const auto& now : after_.documents()) {
      if (paired.contains(&now)) continue;
      at_policy(now.id);
      add("policy", "", now.title + " " + days_of(now.in_force),
          fmt::format("'{}' is new, in force {}", now.title, days_english(now.in_force)),
          fmt::format("新增《{}》，有效期{}", now.title, days_chinese(now.in_force)));
      for (const auto& draft : now.benefits)
        tell_new(draft);
    }
    return std::move(changes_);
  }

 private:
  void at_policy(const std::string& id) { policy_ = id, benefit_.clear(); }
  void add(std::string what, std::string before, std::string after, std::string english,
           std::string chinese) {
    changes_.push_back({policy_, benefit_, std::move(what), std::move(before), std::move(after),
                        std::move(english), std::move(chinese)});
  }
  /// A value in place of another.
  void compare(const char* what, const char* chinese, const std::string& before, const std::string& after) {
    if (before == after) return;
    const auto english_or = [](const std::string& text) {
      return text.empty() ? "nothing" : "'" + text + "'";
    };
    const auto chinese_or = [](const std::string& text) { return text.empty() ? "无" : "“" + text + "”"; };
    add(what, before, after, fmt::format("{}: {} becomes {}", what, english_or(before), english_or(after)),
        fmt::format("{}由{}改为{}", chinese, chinese_or(before), chinese_or(after)));
  }

  /// The same version on the other side: the same days, else the same beginning, else the only one left.
  const Document* version_of(const Document& old, const std::set<const Document*>& paired) const {
    const Document* only = nullptr;
    int count = 0;
    for (const auto& now : after_.documents())
      if (now.id == old.id && now.in_force == old.in_force) return &now;
    for (const auto& now : after_.documents())
      if (now.id == old.id && now.in_force.from == old.in_force.from) return &now;
    for (const auto& now : after_.documents())
      if (now.id == old.id && !paired.contains(&now)) only = &now, ++count;
    const auto mine =
        std::ranges::count_if(before_.documents(), [&](const Document& one) { return one.id == old.id; });
    return count == 1 && mine == 1 ? only : nullptr;
  }

  void compare(const Document& old, const Document& now) {
    compare("title", "标题", old.title, now.title);
    compare("region", "地区", old.region, now.region);
    compare("in_force", "有效期", days_of(old.in_force), days_of(now.in_force));
    compare("published", "发布日", old.published.text(), now.published.text());
    compare("parent", "上级政策", old.parent, now.parent);
    compare("note", "说明", old.note, now.note);
    compare("calendar", "历法约定", describe(old.calendar), describe(now.calendar));
    compare("evidence", "死亡佐证", proof_words(old.evidence), proof_words(now.evidence));
    defined_before_ = &old.definitions, defined_after_ = &now.definitions;
    compare_definitions();
    for (const auto& draft : old.benefits) {
      benefit_ = draft.benefit.id;
      const auto same = std::ranges::find_if(
          now.benefits, [&](const Draft& other) { return other.benefit.id == draft.benefit.id; });
      if (same != now.benefits.end())
        compare(draft, *same);
      else
        add("benefit", draft.benefit.title, "", fmt::format("'{}' is gone", draft.benefit.name),
            fmt::format("取消待遇“{}”", draft.benefit.title));
    }
    for (const auto& draft : now.benefits)
      if (std::ranges::none_of(old.benefits,
                               [&](const Draft& other) { return other.benefit.id == draft.benefit.id; }))
        tell_new(draft);
    benefit_.clear();
  }

  void compare_definitions() {
    std::set<std::string> renamed;
    for (const auto& defined : *defined_before_) {
      const auto what = "define " + defined.name, chinese = "定义“" + defined.chinese + "”";
      const auto was = defined_condition(defined);
      const auto same = std::ranges::find(*defined_after_, defined.name, &Definition::name);
      if (same != defined_after_->end()) {
        compare_definition(what, chinese, defined, *same);
        continue;
      }
      const auto other = std::ranges::find_if(*defined_after_, [&](const Definition& one) {
        return !renamed.contains(one.name) && key_of(one.condition) == key_of(defined.condition) &&
               std::ranges::find(*defined_before_, one.name, &Definition::name) == defined_before_->end();
      });
      if (other == defined_after_->end()) {
        add(what, words_of(was, false), "", fmt::format("{} is gone: {}", what, words_of(was, false)),
            fmt::format("取消{}：{}", chinese, words_of(was, true)));
        continue;
      }
      renamed.insert(other->name);
      add(what, defined.name, other->name, fmt::format("{} is called '{}' now", what, other->name),
          fmt::format("{}改称“{}”", chinese, other->chinese));
      compare(what.c_str(), chinese.c_str(), clauses_within(defined.condition),
              clauses_within(other->condition));
    }
    for (const auto& defined : *defined_after_) {
      if (renamed.contains(defined.name) ||
          std::ranges::find(*defined_before_, defined.name, &Definition::name) != defined_before_->end())
        continue;
      const auto is = defined_condition(defined);
      const auto clauses = clauses_within(defined.condition);
      add("define " + defined.name, "", words_of(is, false) + (clauses.empty() ? "" : "; " + clauses),
          fmt::format("define {} is new: {}", defined.name, words_of(is, false)),
          fmt::format("新增定义“{}”：{}", defined.chinese, words_of(is, true)));
    }
  }

  void compare_definition(const std::string& what, const std::string& chinese, const Definition& old,
                          const Definition& now) {
    if (old.chinese != now.chinese)
      add(what, old.chinese, now.chinese, fmt::format("{} is called '{}' in Chinese now", what, now.chinese),
          fmt::format("{}改称“{}”", chinese, now.chinese));
    const auto a = defined_condition(old), b = defined_condition(now);
    if (key_of(a) != key_of(b)) {
      if (!old.words.empty() && !now.words.empty() && old.words != now.words)
        replaced(what, chinese, a, b);
      else
        compare_parts(what, chinese, a, b);
    }
    compare(what.c_str(), chinese.c_str(), clauses_within(a), clauses_within(b));
  }

  void tell_new(const Draft& draft) {
    benefit_ = draft.benefit.id;
    std::string english, chinese;
    for (const auto& rule : draft.amounts) {
      english += (english.empty() ? "" : "; ") + line_words(rule, false);
      chinese += (chinese.empty() ? "" : "；") + line_words(rule, true);
    }
    if (draft.when) {
      english += (english.empty() ? "if " : ", if ") + words_of(*draft.when, false);
      chinese += (chinese.empty() ? "条件：" : "，条件：") + words_of(*draft.when, true);
    }
    add("benefit", "", draft.benefit.title, fmt::format("'{}' is new: {}", draft.benefit.name, english),
        fmt::format("新增待遇“{}”：{}", draft.benefit.title, chinese));
  }

  void compare(const Draft& old, const Draft& now) {
    const auto &was = old.benefit, &is = now.benefit;
    compare("name", "名称", was.name + " (" + was.title + ")", is.name + " (" + is.title + ")");
    compare("clause", "条款", was.clause, is.clause);
    compare("quote", "原文", was.quote, is.quote);
    compare("note", "说明", was.note, is.note);
    compare("for", "对象", whose_words(old), whose_words(now));
    compare("replaces", "替代", replaces_words(old), replaces_words(now));
    compare("excludes", "不兼得", joined(old.excludes), joined(now.excludes));
    compare("wait", "等待", fmt::format("{} days", was.wait_days), fmt::format("{} days", is.wait_days));
    if (was.evidence != is.evidence)
      compare("evidence", "死亡佐证", proof_words(was.evidence), proof_words(is.evidence));
    compare_conditions("once on", "事件", old.event ? &*old.event : nullptr,
                       now.event ? &*now.event : nullptr);
    compare_conditions("condition", "条件", old.when ? &*old.when : nullptr, now.when ? &*now.when : nullptr);
    compare_amounts(old.amounts, now.amounts);
  }

  static std::string joined(std::vector<std::string> words) {
    std::ranges::sort(words);
    return fmt::format("{}", fmt::join(words, ", "));
  }
  static std::string whose_words(const Draft& draft) {
    if (!draft.whose_given) return "";
    return draft.benefit.whose == Benefit::For::parent ? "each parent"
           : draft.benefit.apart                       ? "household, two after a divorce"
                                                       : "household";
  }
  static std::string replaces_words(const Draft& draft) {
    if (draft.replaces.empty()) return "";
    return draft.replaces + (draft.mode == Draft::Mode::add        ? " (add)"
                             : draft.mode == Draft::Mode::at_least ? " (at_least)"
                                                                   : "");
  }
  static std::string proof_words(const ProofRules& rules) {
    const auto words = [](const Proof& proof) {
      std::string all;
      for (unsigned i = 0; i <= static_cast<unsigned>(EvidenceClass::insurance); ++i)
        if (proof.alone >> i & 1u)
          all += (all.empty() ? "" : ", ") + std::string(name_of(static_cast<EvidenceClass>(i)));
      if (proof.sources > 0) all += fmt::format("; or {} sources", proof.sources);
      return all;
    };
    return "death: " + words(rules.death) + " · own_death: " + words(rules.own_death);
  }

  // ---- conditions ----

  void compare_conditions(const std::string& what, const std::string& chinese, const Condition* old,
                          const Condition* now) {
    static const Condition nothing = [] {
      Condition none;
      none.op = Condition::Op::all, none.text = "all of", none.chinese = "同时具备";
      return none;
    }();
    const auto &a = old ? *old : nothing, &b = now ? *now : nothing;
    if (key_of(a) != key_of(b)) compare_parts(what, chinese, a, b);
    compare(what.c_str(), chinese.c_str(), own_clauses(a), own_clauses(b));
  }

  /// Clauses and quotes that conditions have of their own; those of a definition are told with it.
  static std::string own_clauses(const Condition& condition) {
    return is_named(condition) ? "" : clauses_within(condition);
  }
  static std::string clauses_within(const Condition& condition) {
    std::string all;
    if (!condition.clause.empty() || !condition.quote.empty()) all = condition.clause + " " + condition.quote;
    for (const auto& part : condition.parts)
      if (auto theirs = own_clauses(part); !theirs.empty()) all += (all.empty() ? "" : "; ") + theirs;
    return all;
  }

  /// One condition in place of another, both spelled out where their words are the same.
  void replaced(const std::string& what, const std::string& chinese, const Condition& old,
                const Condition& now) {
    const auto was = words_of(old, false), is = words_of(now, false);
    if (was == is)
      add(what, spelled(old, *defined_before_), spelled(now, *defined_after_),
          fmt::format("{}: '{}' means something else now", what, was),
          fmt::format("{}：“{}”的含义改变", chinese, words_of(old, true)));
    else
      add(what, was, is, fmt::format("{} asks '{}' in place of '{}'", what, is, was),
          fmt::format("{}由“{}”改为“{}”", chinese, words_of(old, true), words_of(now, true)));
  }

  static std::vector<const Condition*> parts_of(const Condition& condition, Condition::Op op) {
    if (condition.op != op) return {&condition};
    std::vector<const Condition*> parts;
    for (const auto& part : condition.parts) {
      if (part.op == op && !is_named(part))
        for (const auto* inner : parts_of(part, op))
          parts.push_back(inner);
      else
        parts.push_back(&part);
    }
    return parts;
  }

  /// What is asked more, no longer, or otherwise. Lists of one kind are compared part by part.
  void compare_parts(const std::string& what, const std::string& chinese, const Condition& old,
                     const Condition& now) {
    const bool any = old.op == Condition::Op::any && now.op == Condition::Op::any;
    const auto op = any ? Condition::Op::any : Condition::Op::all;
    auto were = parts_of(old, op), are = parts_of(now, op);
    std::erase_if(were, [&](const Condition* part) {
      const auto same =
          std::ranges::find_if(are, [&](const Condition* other) { return key_of(*other) == key_of(*part); });
      if (same == are.end()) return false;
      are.erase(same);
      return true;
    });
    // The same name, of which the definition is told for itself; or the same question with another number.
    // Lists without a name have only their parts: they are told whole, one in place of the other.
    const auto pair_by = [&](const auto& alike) {
      std::erase_if(were, [&](const Condition* part) {
        const auto like =
            std::ranges::find_if(are, [&](const Condition* other) { return alike(*part, *other); });
        if (like == are.end()) return false;
        replaced(what, chinese, *part, **like);
        are.erase(like);
        return true;
      });
    };
    pair_by([](const Condition& was, const Condition& is) {
      return was.text == is.text && is_told_by_name(was) && is_told_by_name(is);
    });
    pair_by([](const Condition& was, const Condition& is) {
      if (was.op != is.op) return false;
      if (was.op == Condition::Op::leaf) return was.leaf.kind == is.leaf.kind;
      return !is_told_by_name(was) && !is_told_by_name(is);
    });
    const auto* also = any ? "is also met by" : "also asks";
    const auto* no_longer = any ? "is no longer met by" : "no longer asks";
    for (const auto* part : were)
      add(what, words_of(*part, false), "", fmt::format("{} {}: {}", what, no_longer, words_of(*part, false)),
          fmt::format("{}取消{}：{}", chinese, any ? "其一" : "要求", words_of(*part, true)));
    for (const auto* part : are)
      add(what, "", words_of(*part, false), fmt::format("{} {}: {}", what, also, words_of(*part, false)),
          fmt::format("{}新增{}：{}", chinese, any ? "其一" : "要求", words_of(*part, true)));
  }

  // ---- amounts ----

  static const AmountRule* rule_on(const std::vector<AmountRule>& rules, Date day) {
    for (const auto& rule : rules)
      if (rule.days.contains(day)) return &rule;
    return nullptr;
  }

  void compare_amounts(const std::vector<AmountRule>& old, const std::vector<AmountRule>& now) {
    const auto plain = [](const std::vector<AmountRule>& rules) {
      return std::ranges::none_of(rules, [](const AmountRule& rule) { return rule.when.has_value(); });
    };
    if (!plain(old) || !plain(now)) return compare_lines(old, now);
    std::set<Date> cuts{Date::beginning()};
    for (const auto* rules : {&old, &now})
      for (const auto& rule : *rules)
        cuts.insert(rule.days.from), cuts.insert(rule.days.until);
    struct Slice {
      Interval days;
      const AmountRule *was, *is;
    };
    std::vector<Slice> slices;
    for (auto cut = cuts.begin(); cut != cuts.end() && *cut < Date::forever(); ++cut) {
      const auto next = std::next(cut);
      const Slice slice{
          {*cut, next == cuts.end() ? Date::forever() : *next}, rule_on(old, *cut), rule_on(now, *cut)};
      if (sum_english(slice.was) == sum_english(slice.is)) continue;
      if (!slices.empty() && slices.back().days.until == slice.days.from &&
          sum_english(slices.back().was) == sum_english(slice.was) &&
          sum_english(slices.back().is) == sum_english(slice.is))
        slices.back().days.until = slice.days.until;
      else
        slices.push_back(slice);
    }
    for (const auto& [days, was, is] : slices) {
      const bool always = days == Interval{};
      add("amount", sum_english(was), sum_english(is),
          fmt::format("amount{}: {} becomes {}", always ? "" : " " + days_english(days), sum_english(was),
                      sum_english(is)),
          fmt::format("{}金额由{}改为{}", always ? "" : days_chinese(days), sum_chinese(was),
                      sum_chinese(is)));
    }
  }
  void compare_lines(const std::vector<AmountRule>& old, const std::vector<AmountRule>& now) {
    for (const auto& rule : old)
      if (std::ranges::none_of(now, [&](const auto& other) { return line_key(other) == line_key(rule); }))
        add("amount", line_words(rule, false), "", "amount no longer: " + line_words(rule, false),
            "金额取消：" + line_words(rule, true));
    for (const auto& rule : now)
      if (std::ranges::none_of(old, [&](const auto& other) { return line_key(other) == line_key(rule); }))
        add("amount", "", line_words(rule, false), "amount now: " + line_words(rule, false),
            "金额新增：" + line_words(rule, true));
    // The first line that holds counts: another order is another meaning.
    const auto keys = [](const std::vector<AmountRule>& rules) {
      std::vector<std::string> all;
      for (const auto& rule : rules)
        all.push_back(line_key(rule));
      return all;
    };
    auto was = keys(old), is = keys(now);
    if (was == is) return;
    std::ranges::sort(was), std::ranges::sort(is);
    if (was == is)
      add("amount", "", "", "amount: its lines stand in another order, and the first that holds counts",
          "金额各行顺序改变，以最先符合的一行为准");
  }

  const PolicySet& before_;
  const PolicySet& after_;
  static inline const std::vector<Definition> no_definitions_;
  const std::vector<Definition>* defined_before_ = &no_definitions_;  ///< of the documents that are compared
  const std::vector<Definition>* defined_after_ = &no_definitions_;
  std::string policy_, benefit_;
  std::vector<MeaningChange> changes_;
};

}  // namespace

std::vector<MeaningChange> meaning_changes(const PolicySet& before, const PolicySet& after) {
  return Comparison(before, after).changes();
}

}  // namespace kinhub
