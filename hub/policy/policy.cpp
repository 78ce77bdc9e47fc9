#include "hub/policy/policy.hpp"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "hub/policy/document.hpp"
#include "hub/policy/file_tests.hpp"
#include "hub/policy/program.hpp"

namespace kinhub {

using namespace policy;

std::string_view name_of(Per per) {
  switch (per) {
    case Per::month:
      return "month";
    case Per::year:
      return "year";
    case Per::once:
      return "once";
  }
  return "";
}

std::string describe(const Calendar& calendar) {
  auto month = [&] {
    switch (calendar.month) {
      case Calendar::Month::any_day:
        return "any_day";
      case Calendar::Month::first_day:
        return "first_day";
      case Calendar::Month::last_day:
        return "last_day";
      case Calendar::Month::by_days:
        return "by_days";
    }
    return "";
  };
  std::string late =
      calendar.late == Calendar::Late::pay_from_confirmation ? "pay_from_confirmation" : "pay_from_event";
  if (calendar.late_months_max > 0) late += fmt::format(", at most {} months back", calendar.late_months_max);
  return fmt::format(
      "age: {}; feb29: {}; month: {}; year: calendar_year, {}; death_day: {}; late: {}; remarried: {}; "
      "money: fen, half_up, per person and month",
      calendar.age == Calendar::Age::on_birthday ? "on_birthday" : "day_after_birthday",
      calendar.feb29 == Feb29::feb28 ? "feb28" : "mar01", month(),
      calendar.year == Calendar::Year::any_day ? "any_day" : "first_day",
      calendar.death_day == Calendar::DeathDay::counts_as_alive ? "counts_as_alive" : "ends_the_right", late,
      calendar.remarried == Calendar::Remarried::judged_by_self ? "judged_by_self" : "by_present_wife");
}

struct PolicySet::Compiled {
  Program program;
  std::vector<Document> documents;
  std::vector<Error> notices;
};

namespace {

bool inside(std::string_view region, std::string_view place) {
  while (region.size() >= 2 && region.ends_with("00"))
    region.remove_suffix(2);
  return place.starts_with(region);
}

int rank_of(std::string_view region) {
  return region.ends_with("0000") ? (region.starts_with("00") ? 0 : 1) : region.ends_with("00") ? 2 : 3;
}

Condition leaf_condition(Leaf leaf, std::string text) {
  Condition condition;
  condition.leaf = std::move(leaf);
  condition.text = std::move(text);
  return condition;
}

Condition in_days(Interval days) {
  Leaf leaf;
  leaf.kind = Leaf::Kind::in_days;
  leaf.from = days.from;
  leaf.until = days.until;
  auto last = days.until < Date::forever() ? days.until.plus_days(-1).text() : std::string();
  return leaf_condition(std::move(leaf), fmt::format("in force {} .. {}", days.from.text(), last));
}

Condition registered_in(const std::string& region) {
  Leaf leaf;
  leaf.kind = Leaf::Kind::registered_in;
  leaf.region = region;
  return leaf_condition(std::move(leaf), "registered in " + region);
}

Condition all_of(std::string text) {
  Condition condition;
  condition.op = Condition::Op::all;
  condition.text = std::move(text);
  return condition;
}

// A benefit of one document, on its way into the program.
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
    notice_ends();
  }

 private:
  void fail(const Place& place, std::string code, std::string text) {
    errors_.push_back({std::move(code), std::move(text), place.text()});
  }
  void notice(const Place& place, std::string code, std::string text) {
    notices_.push_back({std::move(code), std::move(text), place.text()});
  }

  // An erratum has the same in-force days and is published later: it takes the place of the earlier text.
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

  // What a replacing benefit does not say is inherited, field by field.
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
          !inside(from->document->region, item.document->region))
        fail(item.draft.place, "POLICY_REPLACES",
             fmt::format("'{}' is of region {}: only a policy of a nearer region within it can replace it",
                         item.target, from->document->region));
      if (!item.draft.when) item.draft.when = from->draft.when;
      if (!item.draft.event) item.draft.event = from->draft.event;
      if (!item.draft.whose_given) item.draft.benefit.whose = from->draft.benefit.whose;
      if (!item.draft.amount_given) {
        item.draft.amounts = from->draft.amounts;
        item.draft.benefit.amount_text = from->draft.benefit.amount_text;
      }
      auto& told = program_.benefits[item.index];
      if (told.calendar == item.draft.benefit.calendar && told.clause == item.draft.benefit.clause) {
        told.whose = item.draft.benefit.whose;
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

  // `excludes`, and what replaces one another, are never paid together for one month.
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
    auto both = all_of(fmt::format("{} applies", item.draft.benefit.policy));
    both.parts.push_back(in_days(item.document->in_force));
    both.parts.push_back(registered_in(item.document->region));
    return both;
  }

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
                         !inside(far.document->region, near.document->region)))
          continue;
        if (!is_target && !is_rival) continue;
        if (near.draft.mode == Draft::Mode::at_least)
          higher_only(near, far);
        else
          far.suppressed_when.push_back(scope(near));
      }
    }
  }

  // at_least: on each day the higher of the two, which must both be plain sums.
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

  void emit(Item& item) {
    Line line;
    line.benefit = item.index;
    line.clause = item.draft.benefit.clause;
    line.in_force = item.document->in_force;
    auto right = all_of(item.draft.benefit.title);
    right.parts.push_back(in_days(item.document->in_force));
    if (item.document->region != "000000") right.parts.push_back(registered_in(item.document->region));
    for (auto& suppressed : item.suppressed_when) {
      Condition kept;
      kept.op = Condition::Op::negate;
      kept.text = "not replaced: " + suppressed.text;
      kept.parts.push_back(std::move(suppressed));
      right.parts.push_back(std::move(kept));
    }
    Leaf alive;
    alive.kind = Leaf::Kind::parent_alive;
    alive.flag = item.draft.benefit.calendar.death_day == Calendar::DeathDay::counts_as_alive;
    right.parts.push_back(leaf_condition(alive, "this parent is alive"));
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
    notice_amount_gaps(item);
    program_.lines.push_back(std::move(line));
  }

  static Condition report_once(const Item& item, Condition right) {
    Condition reporter;
    reporter.op = Condition::Op::reporter;
    reporter.text = "reported on this parent: the mother while she lives in the region, else the father";
    reporter.leaf = registered_in(item.document->region).leaf;
    reporter.per = item.draft.amounts.empty() ? Per::month : item.draft.amounts.front().per;
    reporter.parts.push_back(std::move(right));
    return reporter;
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

std::vector<std::filesystem::path> policy_files(const std::filesystem::path& folder,
                                                std::vector<Error>& errors) {
  std::vector<std::filesystem::path> files;
  std::error_code problem;
  std::filesystem::recursive_directory_iterator walk(folder, problem), end;
  if (problem) {
    errors.push_back({"POLICY_FOLDER", "cannot read this folder: " + problem.message(), folder.string()});
    return files;
  }
  for (; walk != end; walk.increment(problem)) {
    if (problem) break;
    if (walk->is_regular_file(problem) && walk->path().extension() == ".yaml") files.push_back(walk->path());
  }
  if (problem)
    errors.push_back({"POLICY_FOLDER", "cannot read this folder: " + problem.message(), folder.string()});
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Document> read_documents(const std::filesystem::path& folder, std::vector<Error>& errors) {
  std::vector<RawDocument> waiting;
  for (const auto& file : policy_files(folder, errors)) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    if (in) all << in.rdbuf();
    auto raw = RawDocument::parse(file, all.str());
    if (auto* error = std::get_if<Error>(&raw))
      errors.push_back(*error);
    else
      waiting.push_back(std::move(std::get<RawDocument>(raw)));
  }
  // Parents before children; what remains when nothing can be read any more is a circle.
  std::vector<Document> documents;
  documents.reserve(waiting.size());
  while (!waiting.empty()) {
    auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const RawDocument& raw) {
      return std::none_of(waiting.begin(), waiting.end(),
                          [&](const RawDocument& other) { return other.head().id == raw.head().parent; });
    });
    if (ready == waiting.end()) {
      errors.push_back({"POLICY_PARENT", "the policies here are each other's parents in a circle",
                        waiting.front().head().file.string() + ":1:1"});
      break;
    }
    const Document* parent = nullptr;
    for (const auto& document : documents)
      if (document.id == ready->head().parent) parent = &document;
    documents.push_back(ready->read(parent, errors));
    waiting.erase(ready);
  }
  return documents;
}

}  // namespace

std::variant<PolicySet, std::vector<Error>> PolicySet::read(const std::filesystem::path& folder) {
  std::vector<Error> errors;
  auto documents = read_documents(folder, errors);
  if (!errors.empty()) return errors;
  PolicySet set;
  set.compiled_->documents = std::move(documents);
  Linker(set.compiled_->program, set.compiled_->documents, set.compiled_->notices, errors).link();
  if (!errors.empty()) return errors;
  for (auto& notice : untested(set, set.compiled_->documents))
    set.compiled_->notices.push_back(std::move(notice));
  return set;
}

std::vector<Entitlement> PolicySet::evaluate(const Situation& situation) const {
  return policy::evaluate(compiled_->program, situation);
}

Explanation PolicySet::explain(const Situation& situation, BenefitIndex benefit, Date day) const {
  return policy::explain(compiled_->program, situation, benefit, day);
}

const std::vector<Benefit>& PolicySet::benefits() const {
  return compiled_->program.benefits;
}

std::optional<BenefitIndex> PolicySet::find(std::string_view id) const {
  for (std::size_t i = 0; i < benefits().size(); ++i)
    if (benefits()[i].id == id) return static_cast<BenefitIndex>(i);
  return std::nullopt;
}

const std::vector<Error>& PolicySet::notices() const {
  return compiled_->notices;
}

PolicySet::TestReport PolicySet::test() const {
  return run_tests(*this, compiled_->documents);
}

PolicySet::PolicySet() : compiled_(std::make_unique<Compiled>()) {}
PolicySet::PolicySet(PolicySet&&) noexcept = default;
PolicySet& PolicySet::operator=(PolicySet&&) noexcept = default;
PolicySet::~PolicySet() = default;

}  // namespace kinhub
