#include "hub/policy/policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <fstream>
#include <sstream>

#include "hub/policy/document.hpp"
#include "hub/policy/file_tests.hpp"
#include "hub/policy/linker.hpp"
#include "hub/policy/program.hpp"
#include "hub/policy/vocabulary.hpp"

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

namespace {

using Conditions = std::vector<const Explanation*>;

bool has(const Conditions& set, const Explanation& one) {
  return std::any_of(set.begin(), set.end(),
                     [&](const Explanation* other) { return other->condition == one.condition; });
}

/// The sets that would meet a node, the smallest first; at most `ways_max` of them are followed.
std::vector<Conditions> ways_to_meet(const Explanation& why) {
  constexpr std::size_t ways_max = 32;
  if (why.value == Explanation::Value::met) return {{}};
  const bool whole =
      std::any_of(why.parts.begin(), why.parts.end(), [](const Explanation& part) { return !part.worded; });
  if (why.form == Explanation::Form::one || why.form == Explanation::Form::negated || why.parts.empty() ||
      whole)
    return {{&why}};
  std::vector<Conditions> ways;
  if (why.form == Explanation::Form::all) ways.emplace_back();
  for (const auto& part : why.parts) {
    auto theirs = ways_to_meet(part);
    if (why.form == Explanation::Form::any) {
      std::move(theirs.begin(), theirs.end(), std::back_inserter(ways));
    } else {
      std::vector<Conditions> both;
      for (const auto& mine : ways)
        for (const auto& more : theirs) {
          auto& set = both.emplace_back(mine);
          for (const auto* one : more)
            if (!has(set, *one)) set.push_back(one);
        }
      ways = std::move(both);
    }
    std::stable_sort(ways.begin(), ways.end(),
                     [](const Conditions& x, const Conditions& y) { return x.size() < y.size(); });
    if (ways.size() > ways_max) ways.resize(ways_max);
  }
  // A grant that the other parent is told of: nothing is missing but that it is told here.
  if (ways.empty() || ways.front().empty()) return {{&why}};
  return ways;
}

}  // namespace

std::vector<const Explanation*> missing_parts(const Explanation& why) {
  return ways_to_meet(why).front();
}

std::vector<std::string> missing(const Explanation& why, bool in_chinese) {
  std::vector<std::string> words;
  for (const auto* one : missing_parts(why))
    words.push_back(in_chinese ? one->chinese : one->condition);
  return words;
}

struct PolicySet::Compiled {
  Vocabularies vocabularies;
  Program program;
  std::vector<Document> documents;
  std::vector<Error> notices;
};

namespace {

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
    const auto kind = walk->path().extension();
    if (walk->is_regular_file(problem) && (kind == ".yaml" || kind == ".txt")) files.push_back(walk->path());
  }
  if (problem)
    errors.push_back({"POLICY_FOLDER", "cannot read this folder: " + problem.message(), folder.string()});
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Document> read_documents(std::span<const PolicyText> texts, const Vocabularies& vocabularies,
                                     std::vector<Error>& errors) {
  std::vector<RawDocument> waiting;
  IssuedTexts issued;
  for (const auto& one : texts) {
    if (one.is_vocabulary()) continue;
    if (!one.is_policy()) {
      issued.emplace(one.file, one.text);
      continue;
    }
    auto raw = RawDocument::parse(one.file, one.text);
    if (auto* error = std::get_if<Error>(&raw))
      errors.push_back(*error);
    else
      waiting.push_back(std::move(std::get<RawDocument>(raw)));
  }
  // Topological order: parents before children; what remains when nothing can be read any more is a circle.
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
    documents.push_back(ready->read(parent, issued, vocabularies.of(ready->head().file.string()), errors));
    waiting.erase(ready);
  }
  return documents;
}

}  // namespace

std::variant<std::vector<PolicyText>, std::vector<Error>> read_policy_texts(
    const std::filesystem::path& folder) {
  std::vector<Error> errors;
  std::vector<PolicyText> texts;
  for (const auto& file : policy_files(folder, errors)) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream all;
    if (in) all << in.rdbuf();
    texts.push_back({file.string(), all.str()});
  }
  if (!errors.empty()) return errors;
  return texts;
}

std::variant<PolicySet, std::vector<Error>> PolicySet::read(const std::filesystem::path& folder) {
  auto texts = read_policy_texts(folder);
  if (auto* errors = std::get_if<std::vector<Error>>(&texts)) return std::move(*errors);
  return read(std::get<std::vector<PolicyText>>(texts));
}

std::variant<PolicySet, std::vector<Error>> PolicySet::read(std::span<const PolicyText> texts) {
  std::vector<Error> errors;
  PolicySet set;
  auto& compiled = *set.compiled_;
  compiled.vocabularies = Vocabularies::read(texts, errors, compiled.notices);
  if (!errors.empty()) return errors;
  auto documents = read_documents(texts, compiled.vocabularies, errors);
  if (!errors.empty()) return errors;
  for (auto& document : documents)
    std::move(document.notices.begin(), document.notices.end(), std::back_inserter(compiled.notices));
  set.compiled_->documents = std::move(documents);
  set.compiled_->program = link_documents(set.compiled_->documents, set.compiled_->notices, errors);
  if (!errors.empty()) return errors;
  for (auto& notice : untested(set, set.compiled_->documents))
    set.compiled_->notices.push_back(std::move(notice));
  for (const auto& vocabulary : compiled.vocabularies.all())
    for (auto& notice : untested_words(vocabulary))
      compiled.notices.push_back(std::move(notice));
  return set;
}

std::vector<Entitlement> PolicySet::evaluate(const Situation& situation) const {
  assert(compiled_ && "a set that was moved from");
  return policy::evaluate(compiled_->program, situation);
}

PolicySet::Standing PolicySet::stand(const Situation& situation) const {
  assert(compiled_ && "a set that was moved from");
  Standing standing;
  standing.rights = policy::evaluate(compiled_->program, situation, standing.conditions);
  return standing;
}

const std::vector<std::string>& PolicySet::conditions() const {
  assert(compiled_ && "a set that was moved from");
  return compiled_->program.conditions;
}

Explanation PolicySet::explain(const Situation& situation, BenefitIndex benefit, Date day) const {
  assert(benefit < benefits().size());
  return policy::explain(compiled_->program, situation, benefit, day);
}

const std::vector<Benefit>& PolicySet::benefits() const {
  assert(compiled_ && "a set that was moved from");
  return compiled_->program.benefits;
}

std::optional<std::vector<std::int64_t>> PolicySet::sums_in(BenefitIndex benefit, Interval days) const {
  if (benefits()[benefit].calendar.month == Calendar::Month::by_days) return std::nullopt;
  std::vector<std::int64_t> sums;
  for (const auto& line : program().lines) {
    if (line.benefit != benefit || overlap(line.in_force, days).empty()) continue;
    for (const auto& rule : line.amounts) {
      if (overlap(rule.days, days).empty()) continue;
      if (rule.kind != policy::AmountRule::Kind::fixed) return std::nullopt;
      if (std::find(sums.begin(), sums.end(), rule.fen) == sums.end()) sums.push_back(rule.fen);
    }
  }
  return sums;
}

const Program& PolicySet::program() const {
  assert(compiled_ && "a set that was moved from");
  return compiled_->program;
}

const std::vector<Document>& PolicySet::documents() const {
  assert(compiled_ && "a set that was moved from");
  return compiled_->documents;
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
  auto report = run_tests(*this, compiled_->documents);
  for (const auto& vocabulary : compiled_->vocabularies.all())
    report.passed += run_word_tests(vocabulary, report.failed);
  return report;
}

std::vector<PolicySet::WordInfo> PolicySet::words() const {
  std::vector<WordInfo> all;
  for (const auto& word : compiled_->vocabularies.words())
    all.push_back({word.english, word.chinese, word.note});
  return all;
}

std::string PolicySet::words_page() const {
  return vocabulary_page(compiled_->vocabularies.words());
}

PolicySet::PolicySet() : compiled_(std::make_unique<Compiled>()) {}
PolicySet::PolicySet(PolicySet&&) noexcept = default;
PolicySet& PolicySet::operator=(PolicySet&&) noexcept = default;
PolicySet::~PolicySet() = default;

}  // namespace kinhub
