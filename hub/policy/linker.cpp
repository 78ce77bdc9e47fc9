#include "hub/policy/linker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "hub/policy/lookup.hpp"

namespace kinhub::policy {
namespace {

// What care asks of a family beside its benefits: the named conditions of these names, of any document.
constexpr std::string_view care_conditions[] = {"special family", "bereaved", "disabled"};

// How near a region is: country 0, province 1, city 2, county 3.
int rank_of(std::string_view region) {
  return region.ends_with("0000") ? (region.starts_with("00") ? 0 : 1) : region.ends_with("00") ? 2 : 3;
}

Condition leaf_condition(Leaf leaf, std::string text, std::string chinese) {
  Condition condition;
  condition.leaf = std::move(leaf);
  condition.text = std::move(text);
  condition.chinese = std::move(chinese);
  return condition;
}

Condition in_days(Interval days) {
  Leaf leaf;
  leaf.kind = Leaf::Kind::in_days;
  leaf.from = days.from;
  leaf.until = days.until;
  auto last = days.until < Date::forever() ? days.until.plus_days(-1).text() : std::string();
  auto condition = leaf_condition(std::move(leaf), fmt::format("in force {} .. {}", days.from.text(), last),
                                  last.empty() ? fmt::format("政策自{}起施行", days.from.text())
                                               : fmt::format("政策有效期{}至{}", days.from.text(), last));
  if (last.empty()) condition.english = "in force since " + days.from.text();
  return condition;
}

Condition registered_in(const std::string& region) {
  Leaf leaf;
  leaf.kind = Leaf::Kind::registered_in;
  leaf.region = region;
  return leaf_condition(std::move(leaf), "registered in " + region, "户籍在" + region);
}

Condition all_of(std::string text, std::string chinese) {
  Condition condition;
  condition.chinese = std::move(chinese);
  condition.op = Condition::Op::all;
  condition.text = std::move(text);
  return condition;
}

// Link-time record: a benefit of one document, on its way into the program.
struct Item {
  const Document* document;
  Draft draft;
  BenefitIndex index = 0;
  std::string target;                      // the benefit it replaces
  std::vector<Condition> suppressed_when;  // by nearer regions
};

class Linker {
 public:
  Linker(Program& program, std::vector<Document>& documents, std::vector<Error>& notices,
         std::vector<Error>& errors)
      : program_(program), documents_(documents), notices_(notices), errors_(errors) {}

  void link() {
    drop_errata();
    check_versions();
    collect();
    inherit();
    resolve_excludes();
    override_regions();
    if (!errors_.empty()) return;
    for (auto& item : items_)
      emit(item);
    for (const auto& document : documents_)
      for (const auto& definition : document.definitions)
        if (std::find(std::begin(care_conditions), std::end(care_conditions), definition.name) !=
            std::end(care_conditions))
          emit(document, definition);
    notice_ends();
  }

 private:
  void fail(const Place& place, std::string code, std::string text) {
    errors_.push_back({std::move(code), std::move(text), place.text()});
  }
  void notice(const Place& place, std::string code, std::string text) {
    notices_.push_back({std::move(code), std::move(text), place.text()});
  }

  // Deduplication of versions. An erratum has the same in-force days and is published later: it takes the
  // place of the earlier text.
  void drop_errata() {
    std::vector<Document> kept;
    for (auto& document : documents_) {
      auto same = std::find_if(kept.begin(), kept.end(), [&](const Document& other) {
        return other.id == document.id && other.in_force == document.in_force;
      });
      if (same == kept.end()) {
        kept.push_back(std::move(document));
      } else if (same->published == document.published) {
        fail(document.place, "POLICY_VERSION_TWICE",
             fmt::format("'{}' stands also in {}, with the same in_force and published", document.id,
                         same->place.file));
      } else {
        if (same->published < document.published) std::swap(*same, document);
        notice(same->place, "POLICY_ERRATUM",
               fmt::format("takes the place of {}, published earlier", document.place.file));
      }
    }
    documents_ = std::move(kept);
  }

  void check_versions() {
    for (std::size_t i = 0; i < documents_.size(); ++i)
      for (std::size_t k = 0; k < i; ++k) {
        const auto &later = documents_[i], &earlier = documents_[k];
        if (later.id != earlier.id) continue;
        if (!overlap(later.in_force, earlier.in_force).empty())
          fail(later.place, "POLICY_VERSIONS_OVERLAP",
               fmt::format("'{}' of {} is in force on some of the same days", earlier.id,
                           earlier.place.text()));
        if (later.region != earlier.region)
          fail(later.place, "POLICY_REGION",
               fmt::format("'{}' has another region in {}", later.id, earlier.place.text()));
      }
  }

  void collect() {
    for (const auto& document : documents_)
      for (const auto& draft : document.benefits) {
        Item item{&document, draft};
        auto known = std::find_if(program_.benefits.begin(), program_.benefits.end(),
                                  [&](const Benefit& benefit) { return benefit.id == draft.benefit.id; });
        item.index = static_cast<BenefitIndex>(known - program_.benefits.begin());
        if (known == program_.benefits.end())
          program_.benefits.push_back(draft.benefit);
        else if (documents_by_age(item))
          *known = draft.benefit;
        if (!draft.replaces.empty()) item.target = full_id(draft.replaces, document.id);
        items_.push_back(std::move(item));
      }
  }

  bool documents_by_age(const Item& item) const {
    for (const auto& other : items_)
      if (other.draft.benefit.id == item.draft.benefit.id &&
          other.document->in_force.from > item.document->in_force.from)
        return false;
    return true;
  }

  // "allowance dead" or "policy/allowance dead" -> policy/allowance-dead; a Chinese title counts as well.
  std::string full_id(const std::string& written, const std::string& own_policy) const {
    auto slash = written.find('/');
    auto policy = slash == std::string::npos ? own_policy : written.substr(0, slash);
    auto name = slash == std::string::npos ? written : written.substr(slash + 1);
    for (const auto& document : documents_)
      for (const auto& draft : document.benefits) {
        const auto& benefit = draft.benefit;
        if (benefit.policy == policy &&
            (benefit.name == name || benefit.title == name || benefit.id == policy + "/" + name))
          return benefit.id;
      }
    return policy + "/" + name;
  }

  Item* find(const std::string& id, Interval days) {
    for (auto& item : items_)
      if (item.draft.benefit.id == id && !overlap(item.document->in_force, days).empty()) return &item;
    return nullptr;
  }

  // Inheritance, field by field: what a replacing benefit does not say.
  void inherit() {
    for (auto& item : items_) {
      if (item.target.empty()) continue;
      auto* from = find(item.target, item.document->in_force);
      if (!from || from == &item) {
        auto hint = nearest(item.target, ids());
        fail(item.draft.place, "POLICY_REPLACES",
             fmt::format("there is no benefit '{}' in force on these days{}", item.target,
                         hint ? fmt::format("; is '{}' meant?", *hint) : ""));
        continue;
      }
      if (rank_of(from->document->region) >= rank_of(item.document->region) ||
          !region_contains(from->document->region, item.document->region))
        fail(item.draft.place, "POLICY_REPLACES",
             fmt::format("'{}' is of region {}: only a policy of a nearer region within it can replace it",
                         item.target, from->document->region));
      if (!item.draft.when) item.draft.when = from->draft.when;
      if (!item.draft.event) item.draft.event = from->draft.event;
      if (!item.draft.whose_given) {
        item.draft.benefit.whose = from->draft.benefit.whose;
        item.draft.benefit.apart = from->draft.benefit.apart;
      }
      if (!item.draft.amount_given) {
        item.draft.amounts = from->draft.amounts;
        item.draft.benefit.amount_text = from->draft.benefit.amount_text;
      }
      auto& told = program_.benefits[item.index];
      if (told.calendar == item.draft.benefit.calendar && told.clause == item.draft.benefit.clause) {
        told.whose = item.draft.benefit.whose;
        told.apart = item.draft.benefit.apart;
        told.amount_text = item.draft.benefit.amount_text;
      }
    }
  }

  std::vector<std::string> ids() const {
    std::vector<std::string> all;
    for (const auto& benefit : program_.benefits)
      all.push_back(benefit.id);
    return all;
  }

  std::optional<BenefitIndex> index_of(const std::string& id) const {
    for (std::size_t i = 0; i < program_.benefits.size(); ++i)
      if (program_.benefits[i].id == id) return static_cast<BenefitIndex>(i);
    return std::nullopt;
  }

  void never_together(BenefitIndex a, BenefitIndex b) {
    for (auto [one, other] : {std::pair(a, b), std::pair(b, a)}) {
      auto& list = program_.benefits[one].excludes;
      if (one != other && std::find(list.begin(), list.end(), other) == list.end()) list.push_back(other);
    }
  }

  // Mutual exclusion: `excludes`, and what replaces one another, are never paid together for one month.
  void resolve_excludes() {
    for (const auto& item : items_) {
      for (const auto& written : item.draft.excludes) {
        auto id = full_id(written, item.document->id);
        if (auto other = index_of(id)) {
          never_together(item.index, *other);
        } else {
          auto hint = nearest(id, ids());
          fail(item.draft.place, "POLICY_EXCLUDES",
               fmt::format("there is no benefit '{}'{}", id,
                           hint ? fmt::format("; is '{}' meant?", *hint) : ""));
        }
      }
    }
    for (const auto& item : items_) {
      if (item.target.empty() || item.draft.mode == Draft::Mode::add) continue;
      if (auto target = index_of(item.target)) {
        never_together(item.index, *target);
        // In the month of a move from one to the other, also with what the replaced one excludes.
        auto theirs = program_.benefits[*target].excludes;
        for (auto other : theirs)
          never_together(item.index, other);
      }
    }
  }

  static Condition scope(const Item& item) {
    auto both = all_of(fmt::format("{} applies", item.draft.benefit.policy),
                       fmt::format("适用《{}》", item.document->title));
    both.parts.push_back(in_days(item.document->in_force));
    both.parts.push_back(registered_in(item.document->region));
    return both;
  }

  // Override by region: where a nearer document stands, the farther one is suppressed.
  void override_regions() {
    for (auto& near : items_) {
      if (near.target.empty() || near.draft.mode == Draft::Mode::add) continue;
      for (auto& far : items_) {
        if (&far == &near || overlap(far.document->in_force, near.document->in_force).empty()) continue;
        bool is_target = far.draft.benefit.id == near.target;
        bool is_rival = far.target == near.target && far.draft.benefit.id != near.draft.benefit.id;
        if (is_rival && far.document->region == near.document->region && &far < &near)
          fail(near.draft.place, "POLICY_EQUAL_RANK",
               fmt::format("'{}' replaces the same benefit for the same region and days",
                           far.draft.benefit.id));
        if (is_rival && (rank_of(far.document->region) >= rank_of(near.document->region) ||
                         !region_contains(far.document->region, near.document->region)))
          continue;
        if (!is_target && !is_rival) continue;
        if (near.draft.mode == Draft::Mode::at_least)
          higher_only(near, far);
        else
          far.suppressed_when.push_back(scope(near));
      }
    }
  }

  // The maximum of two (at_least): on each day the higher of the two, which must both be plain sums.
  void higher_only(Item& near, Item& far) {
    for (const auto& one : near.draft.amounts)
      for (const auto& other : far.draft.amounts) {
        if (one.when || other.when || one.kind != AmountRule::Kind::fixed ||
            other.kind != AmountRule::Kind::fixed || one.per != other.per)
          return fail(near.draft.place, "POLICY_AT_LEAST",
                      "at_least compares plain sums of the same period only");
        auto days = overlap(one.days, other.days);
        if (days.empty()) continue;
        auto stands = scope(near);
        stands.parts.push_back(in_days(days));
        (one.fen >= other.fen ? far : near).suppressed_when.push_back(std::move(stands));
      }
  }

  // Code generation for one benefit.
  void emit(Item& item) {
    Line line;
    line.benefit = item.index;
    line.clause = item.draft.benefit.clause;
    line.in_force = item.document->in_force;
    line.proof = program_.add(item.draft.benefit.evidence);
    if (line.proof >= Program::proofs_max)
      return fail(item.draft.place, "POLICY_EVIDENCE",
                  fmt::format("the policies ask for more than {} different proofs", Program::proofs_max));
    auto right = all_of(item.draft.benefit.title, item.draft.benefit.title);
    right.english = item.draft.benefit.name;
    right.parts.push_back(in_days(item.document->in_force));
    if (item.document->region != "000000") right.parts.push_back(registered_in(item.document->region));
    for (auto& suppressed : item.suppressed_when) {
      Condition kept;
      kept.op = Condition::Op::negate;
      kept.text = "not replaced: " + suppressed.text;
      kept.chinese = "未被替代：" + suppressed.chinese;
      kept.parts.push_back(std::move(suppressed));
      right.parts.push_back(std::move(kept));
    }
    Leaf alive;
    alive.kind = Leaf::Kind::parent_alive;
    alive.flag = item.draft.benefit.calendar.death_day == Calendar::DeathDay::counts_as_alive;
    right.parts.push_back(leaf_condition(alive, "this parent is alive", "本人在世"));
    if (item.draft.event) right.parts.push_back(*item.draft.event);
    if (item.draft.when) {
      auto& when = *item.draft.when;
      if (when.op == Condition::Op::all && when.text == "all of" && when.clause.empty())
        for (auto& part : when.parts)
          right.parts.push_back(part);
      else
        right.parts.push_back(when);
    }
    if (item.draft.benefit.whose == Benefit::For::household) right = report_once(item, std::move(right));
    right.clause = item.draft.benefit.clause;
    right.quote = item.draft.benefit.quote;
    line.right = std::move(right);
    program_.add(line.right);
    line.amounts = item.draft.amounts;
    for (auto& rule : line.amounts) {
      program_.add_edge(rule.days.from);
      program_.add_edge(rule.days.until);
      if (rule.when) program_.add(*rule.when);
    }
    line.one_amount = line.amounts.size() == 1 && line.amounts[0].days == Interval{} &&
                      !line.amounts[0].when && line.amounts[0].kind == AmountRule::Kind::fixed;
    notice_unreachable(item, line);
    notice_amount_gaps(item);
    program_.lines.push_back(std::move(line));
  }

  // Code generation for a named condition that is asked by itself: of a parent who is alive, on the days and
  // in the region of its document.
  void emit(const Document& document, const Definition& definition) {
    auto id = document.id + "/" + definition.name;
    std::replace(id.begin(), id.end(), ' ', '-');
    const auto known = std::find(program_.conditions.begin(), program_.conditions.end(), id);
    Line line;
    line.benefit = static_cast<BenefitIndex>(known - program_.conditions.begin());
    if (known == program_.conditions.end()) program_.conditions.push_back(std::move(id));
    line.in_force = document.in_force;
    line.proof = program_.add(document.evidence);
    if (line.proof >= Program::proofs_max)
      return fail(document.place, "POLICY_EVIDENCE",
                  fmt::format("the policies ask for more than {} different proofs", Program::proofs_max));
    auto stands = all_of(definition.name, definition.chinese);
    stands.parts.push_back(in_days(document.in_force));
    if (document.region != "000000") stands.parts.push_back(registered_in(document.region));
    Leaf alive;
    alive.kind = Leaf::Kind::parent_alive;
    alive.flag = document.calendar.death_day == Calendar::DeathDay::counts_as_alive;
    stands.parts.push_back(leaf_condition(alive, "this parent is alive", "本人在世"));
    stands.parts.push_back(definition.condition);
    line.right = std::move(stands);
    program_.add(line.right);
    line.amounts.push_back({{}, {}, AmountRule::Kind::fixed, 0, 0, Per::month, ""});
    line.one_amount = true;
    program_.condition_lines.push_back(std::move(line));
  }

  static Condition report_once(const Item& item, Condition right) {
    Condition reporter;
    reporter.op = Condition::Op::reporter;
    reporter.text = "reported on this parent: the mother while she lives in the region, else the father";
    reporter.chinese = "一户只算一次：母亲户籍在本地区的算在母亲名下，否则算在父亲名下";
    reporter.leaf = registered_in(item.document->region).leaf;
    reporter.leaf.flag = item.draft.benefit.apart;
    reporter.per = item.draft.amounts.empty() ? Per::month : item.draft.amounts.front().per;
    reporter.parts.push_back(std::move(right));
    return reporter;
  }

  // The conjuncts of a condition: what must hold all at once.
  static void conjuncts(const Condition& condition, std::vector<const Condition*>& all) {
    if (condition.op == Condition::Op::all || condition.op == Condition::Op::reporter)
      for (const auto& part : condition.parts)
        conjuncts(part, all);
    else
      all.push_back(&condition);
  }

  // Contradictions that can be seen without a family: a condition and its negation, an age from which on
  // somebody must be younger, an amount that an earlier line leaves no day.
  void notice_unreachable(const Item& item, const Line& line) {
    auto never = [&](const std::string& text) { notice(item.draft.place, "POLICY_UNREACHABLE", text); };
    std::vector<const Condition*> all;
    conjuncts(line.right, all);
    for (const auto* one : all)
      for (const auto* other : all) {
        if (other->op == Condition::Op::negate && other->parts[0].node == one->node)
          never(fmt::format("'{}' is never due: it asks for '{}' and for '{}'", item.draft.benefit.id,
                            one->text, other->text));
        const bool ages = one->op == Condition::Op::leaf && other->op == Condition::Op::leaf &&
                          one->leaf.kind == Leaf::Kind::parent_reaches &&
                          other->leaf.kind == Leaf::Kind::age && other->leaf.who == Who::parent;
        if (ages && other->leaf.high > 0 && other->leaf.high <= one->leaf.low)
          never(fmt::format("'{}' is never due: '{}' and '{}' exclude each other", item.draft.benefit.id,
                            one->text, other->text));
      }
    for (std::size_t i = 0; i < line.amounts.size(); ++i) {
      const auto days = overlap(line.amounts[i].days, line.in_force);
      bool reached = !days.empty();
      for (std::size_t k = 0; k < i && reached; ++k)
        reached = line.amounts[k].when || overlap(line.amounts[k].days, days) != days;
      if (!reached)
        never(fmt::format("the amount '{}' of '{}' is never reached", line.amounts[i].text,
                          item.draft.benefit.id));
    }
  }

  void notice_amount_gaps(const Item& item) {
    Date covered = item.document->in_force.from;
    std::vector<Interval> stands;
    for (const auto& rule : item.draft.amounts)
      if (!rule.when) stands.push_back(overlap(rule.days, item.document->in_force));
    std::sort(stands.begin(), stands.end());
    for (auto days : stands)
      if (days.from <= covered) covered = std::max(covered, days.until);
    if (covered < item.document->in_force.until)
      notice(item.draft.place, "POLICY_AMOUNT_GAP",
             fmt::format("'{}' states no amount from {} on; it is shown as not known", item.draft.benefit.id,
                         covered.text()));
  }

  void notice_ends() {
    for (const auto& document : documents_) {
      if (document.in_force.until >= Date::forever()) continue;
      bool goes_on = std::any_of(documents_.begin(), documents_.end(), [&](const Document& other) {
        return other.id == document.id && other.in_force.contains(document.in_force.until);
      });
      if (goes_on) continue;
      std::string then;
      for (const auto& item : items_)
        if (item.document == &document)
          then += fmt::format("{}{}: {}", then.empty() ? "" : "; ", item.draft.benefit.name,
                              item.target.empty() ? "nothing" : item.target);
      notice(document.place, "POLICY_GAP",
             fmt::format("'{}' ends and no later version stands here; from {} applies: {}", document.id,
                         document.in_force.until.text(), then));
    }
  }

  Program& program_;
  std::vector<Document>& documents_;
  std::vector<Error>& notices_;
  std::vector<Error>& errors_;
  std::vector<Item> items_;
};

}  // namespace

Program link_documents(std::vector<Document>& documents, std::vector<Error>& notices,
                       std::vector<Error>& errors) {
  assert(errors.empty() && "only what was read without errors is linked");
  Program program;
  Linker(program, documents, notices, errors).link();
  return program;
}

}  // namespace kinhub::policy
