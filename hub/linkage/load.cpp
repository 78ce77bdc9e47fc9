// Loader of linkage rules: YAML to LinkageRules, every problem with its place.

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <sstream>

#include "hub/base/nearest.hpp"
#include "hub/base/yaml_reader.hpp"
#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {
namespace {

constexpr std::size_t file_bytes_max = 1 << 20;
constexpr double bits_max = 40;
constexpr std::size_t combinations_max = 100, tests_max = 1000;

/// Reads one document; goes on after a problem, so that one run reports all of them.
class Reader final : public YamlReader {
 public:
  Reader(std::string file, std::vector<Error>& errors) : YamlReader(std::move(file), "LINKAGE", errors) {}

  LinkageRules read(const YamlNode& root) {
    each(root,
         {{"linkage", [&](const YamlNode& node) { read_form(node); }},
          {"thresholds", [&](const YamlNode& node) { read_thresholds(node); }},
          {"limits", [&](const YamlNode& node) { read_limits(node); }},
          {"weights", [&](const YamlNode& node) { read_weights(node); }},
          {"automatic", [&](const YamlNode& node) { read_automatic(node); }},
          {"placeholder_days", [&](const YamlNode& node) { read_placeholder_days(node); }},
          {"names", [&](const YamlNode& node) { read_names(node); }},
          {"tests", [&](const YamlNode& node) { tests_ = node; }}},
         {"linkage", "thresholds", "limits", "weights", "automatic", "names"});
    if (tests_) read_tests(tests_);
    return std::move(rules_);
  }

 private:
  void read_form(const YamlNode& node) {
    if (number(node, 1, 1'000'000) != 1) fail(node, "FORM", "this hub reads linkage rules of form 1");
  }

  void read_thresholds(const YamlNode& node) {
    each(node,
         {{"same", into(rules_.same_at, 0, 200)},
          {"doubtful", into(rules_.doubtful_at, 0, 200)},
          {"tie_margin", into(rules_.tie_margin, 0, 50)}},
         {"same", "doubtful", "tie_margin"});
    if (rules_.same_at <= rules_.doubtful_at)
      fail(node, "THRESHOLDS",
           fmt::format("'same' ({}) must be more than 'doubtful' ({}): between them a person decides",
                       rules_.same_at, rules_.doubtful_at));
  }

  void read_limits(const YamlNode& node) {
    each(node,
         {{"block", whole(rules_.block_max, 2, 10'000)},
          {"group", whole(rules_.group_max, 2, 1'000)},
          {"twin_days", whole(rules_.twin_days, 0, 7)},
          {"death_margin_days", whole(rules_.death_margin_days, 0, 3'660)}},
         {"block", "group"});
  }

  void read_weights(const YamlNode& node) {
    std::vector<std::pair<std::string_view, Take>> keys;
    std::vector<std::string_view> required;
    for (std::size_t i = 0; i < word_count; ++i) {
      const auto word = static_cast<Word>(i);
      const auto kind = kind_of(word);
      if (kind == WordKind::hold || kind == WordKind::veto) continue;
      const bool for_it = kind == WordKind::for_it;
      keys.emplace_back(name_of(word),
                        into(rules_.weights[i], for_it ? 0 : -bits_max, for_it ? bits_max : 0));
      required.push_back(name_of(word));
    }
    keys.emplace_back("name_least", into(rules_.name_least, 0, bits_max));
    keys.emplace_back("further_kin_share", into(rules_.further_kin_share, 0, 1));
    required.insert(required.end(), {"name_least", "further_kin_share"});
    each(node, keys, required);
    // Of one thing the better agreement brings more.
    using enum Word;
    for (const auto& [better, worse] : std::vector<std::pair<Word, Word>>{{number_same, number_close},
                                                                          {birth_certificate, paper_same},
                                                                          {number_same, number_typo},
                                                                          {name_same, name_variant},
                                                                          {name_variant, name_close},
                                                                          {name_same, name_order},
                                                                          {name_same, name_cut},
                                                                          {born_same, born_near},
                                                                          {born_same, born_swapped},
                                                                          {born_same, born_digit},
                                                                          {born_same, born_month},
                                                                          {born_month, born_year},
                                                                          {born_same, born_placeholder},
                                                                          {mother_number, mother_name},
                                                                          {father_number, father_name},
                                                                          {child_number, child_name},
                                                                          {spouse_number, spouse_name},
                                                                          {address_same, address_close},
                                                                          {name_one_differs, name_different},
                                                                          {born_lunar, born_different}})
      if (rules_.weight(better) < rules_.weight(worse))
        fail(node[std::string(name_of(worse))] ? node[std::string(name_of(worse))] : node, "ORDER",
             fmt::format("'{}' must not weigh more than '{}'", name_of(worse), name_of(better)));
  }

  /// A word, or one of three that stand for several.
  std::vector<Word> choice(const YamlNode& node) {
    const auto name = text(node);
    using enum Word;
    if (name == "number") return {number_same};
    if (name == "name") return {name_same, name_variant, name_order};
    if (name == "parent_number") return {mother_number, father_number};
    std::vector<std::string_view> known{"number", "name", "parent_number"};
    for (std::size_t i = 0; i < word_count; ++i)
      if (kind_of(static_cast<Word>(i)) == WordKind::for_it) known.push_back(name_of(static_cast<Word>(i)));
    const auto word = word_of(name);
    if (word && kind_of(*word) == WordKind::for_it) return {*word};
    if (!name.empty())
      fail(node, "WORD",
           fmt::format("'{}' is no word that speaks for a pair{}", name, did_you_mean(name, known)));
    return {};
  }

  void read_automatic(const YamlNode& node) {
    if (!node.IsSequence() || node.size() > combinations_max)
      return fail(node, "SHAPE", "here stands a list of combinations: - [name, born_same, parent_number]");
    for (const auto& item : node) {
      if (!item.IsSequence() || item.size() < 2) {
        fail(item, "COMBINATION", "a combination has two words or more: one thing alone joins nobody");
        continue;
      }
      Combination combination;
      for (const auto& word : item)
        combination.push_back(choice(word));
      rules_.automatic.push_back(std::move(combination));
    }
  }

  void read_placeholder_days(const YamlNode& node) {
    if (!node.IsSequence()) return fail(node, "SHAPE", "here stands a list of days: [01-01, 07-01]");
    for (const auto& item : node) {
      const auto day = Date::parse("2000-" + text(item));
      if (day)
        rules_.placeholder_days.emplace_back(day->month(), day->day());
      else
        fail(item, "DAY", fmt::format("'{}' is no day: write month and day as 01-01", item.Scalar()));
    }
  }

  void read_groups(const YamlNode& node, const std::function<void(std::u32string_view)>& add) {
    if (!node.IsSequence()) return fail(node, "SHAPE", "here stands a list of texts, each of characters");
    for (const auto& item : node) {
      const auto points = to_points(text(item));
      if (points.size() < 2)
        fail(item, "GROUP", "two characters or more stand for each other");
      else
        add(points);
    }
  }

  void read_shares(const YamlNode& node, const std::function<void(std::u32string_view, double)>& add) {
    if (!node.IsMap()) return fail(node, "SHAPE", "here stands a map of names and their shares: 王: 0.07");
    double sum = 0;
    for (const auto& entry : node) {
      const auto share = number(entry.second, 1e-9, 0.5);
      sum += share;
      add(to_points(text(entry.first)), share);
    }
    if (sum > 1.0 + 1e-9)
      fail(node, "SHARES", fmt::format("the shares sum to {:.3f}, more than everybody", sum));
  }

  void read_names(const YamlNode& node) {
    auto& names = rules_.names;
    each(node,
         {{"surnames",
           [&](const YamlNode& n) { read_shares(n, [&](auto s, double v) { names.add_surname(s, v); }); }},
          {"given",
           [&](const YamlNode& n) { read_shares(n, [&](auto s, double v) { names.add_given(s, v); }); }},
          {"surname_other", into(names.surname_other, 1e-9, 0.5)},
          {"given_one_other", into(names.given_one_other, 1e-9, 0.5)},
          {"given_two_other", into(names.given_two_other, 1e-9, 0.5)},
          {"other", into(names.name_other, 1e-9, 0.5)},
          {"variants", [&](const YamlNode& n) { read_groups(n, [&](auto g) { names.add_variants(g); }); }},
          {"alike", [&](const YamlNode& n) { read_groups(n, [&](auto g) { names.add_alike(g); }); }},
          {"no_name", [&](const YamlNode& n) { read_groups(n, [&](auto g) { names.add_no_name(g); }); }}},
         {"surnames", "surname_other", "given_one_other", "given_two_other", "other"});
  }

  // ---- Tests in the file

  std::vector<YamlNode> one_or_many(const YamlNode& node) {
    if (!node.IsSequence()) return {node};
    std::vector<YamlNode> all;
    for (const auto& item : node)
      all.push_back(item);
    return all;
  }
  void days(const YamlNode& node, const std::function<void(PartialDate)>& add) {
    for (const auto& item : one_or_many(node)) {
      const auto written = text(item);
      if (auto day = PartialDate::parse(written))
        add(*day);
      else if (!written.empty())
        fail(item, "DAY", fmt::format("'{}' is no day, month or year: 2026-11-18, 2026-11, 2026", written));
    }
  }
  void numbers(const YamlNode& node, const std::function<void(std::string)>& add) {
    for (const auto& item : one_or_many(node)) {
      const auto read = CitizenNumber::read(text(item));
      if (read)
        add(read->text());
      else
        note(item, read.error().code, "in a test: " + read.error().text + " (or write broken_number)");
    }
  }
  Take texts(std::vector<std::string>& to) {
    return [this, &to](const YamlNode& node) {
      for (const auto& item : one_or_many(node))
        to.push_back(text(item));
    };
  }
  Take relatives(std::vector<Relative>& to) {
    return [this, &to](const YamlNode& node) {
      for (const auto& item : one_or_many(node)) {
        Relative one;
        each(item, {{"name", [&](const YamlNode& n) { one.name = Name(text(n)); }},
                    {"number", [&](const YamlNode& n) { numbers(n, [&](auto v) { one.number = v; }); }},
                    {"born", [&](const YamlNode& n) { days(n, [&](auto v) { one.born = v; }); }}});
        to.push_back(std::move(one));
      }
    };
  }

  Features person(const YamlNode& node) {
    Features f;
    each(node, {{"name",
                 [&](const YamlNode& n) {
                   for (const auto& item : one_or_many(n))
                     f.names.emplace_back(text(item));
                 }},
                {"sex",
                 [&](const YamlNode& n) {
                   const auto word = text(n);
                   if (word != "male" && word != "female") return fail(n, "WORD", "sex is male or female");
                   f.sex = word == "male" ? Sex::male : Sex::female;
                 }},
                {"born", [&](const YamlNode& n) { days(n, [&](auto v) { f.born.push_back(v); }); }},
                {"number", [&](const YamlNode& n) { numbers(n, [&](auto v) { f.numbers.push_back(v); }); }},
                {"broken_number", texts(f.broken_numbers)},
                {"police_id", texts(f.police_ids)},
                {"paper", texts(f.papers)},
                {"mother", relatives(f.mothers)},
                {"father", relatives(f.fathers)},
                {"child", relatives(f.children)},
                {"spouse", relatives(f.spouses)},
                {"household", texts(f.households)},
                {"address",
                 [&](const YamlNode& n) {
                   for (const auto& item : one_or_many(n))
                     f.addresses.push_back(address_form(text(item)));
                 }},
                {"region", [&](const YamlNode& n) { f.region = text(n); }},
                {"died", [&](const YamlNode& n) { days(n, [&](auto v) { f.died = v; }); }},
                {"alive_on", [&](const YamlNode& n) { days(n, [&](auto v) { f.alive_on = v.first; }); }},
                {"twin", [&](const YamlNode& n) { f.multiple_birth = text(n) == "yes"; }}});
    return f;
  }

  void read_tests(const YamlNode& node) {
    if (!node.IsSequence() || node.size() > tests_max)
      return fail(node, "SHAPE", fmt::format("here stands a list of at most {} tests", tests_max));
    for (const auto& item : node) {
      LinkageRules::Test test;
      test.place = place(item);
      each(item,
           {{"name", [&](const YamlNode& n) { test.name = text(n); }},
            {"a", [&](const YamlNode& n) { test.a = person(n); }},
            {"b", [&](const YamlNode& n) { test.b = person(n); }},
            {"expect", [&](const YamlNode& n) { test.expect = verdict(n); }},
            {"because",
             [&](const YamlNode& n) {
               for (const auto& one : one_or_many(n))
                 if (const auto word = word_of(text(one)))
                   test.because.push_back(*word);
                 else
                   fail(one, "WORD",
                        fmt::format("'{}' is no word of evidence{}", one.Scalar(),
                                    did_you_mean(one.Scalar(), all_words())));
             }}},
           {"name", "a", "b", "expect"});
      rules_.tests.push_back(std::move(test));
    }
  }

  static std::vector<std::string_view> all_words() {
    std::vector<std::string_view> all;
    for (std::size_t i = 0; i < word_count; ++i)
      all.push_back(name_of(static_cast<Word>(i)));
    return all;
  }

  Verdict verdict(const YamlNode& node) {
    const auto word = text(node);
    for (auto one : {Verdict::same, Verdict::doubtful, Verdict::different})
      if (name_of(one) == word) return one;
    fail(node, "WORD", "expect is same, doubtful or different");
    return Verdict::different;
  }

  LinkageRules rules_;
  YamlNode tests_ = YamlNode::undefined();
};

}  // namespace

LinkageRules parse_linkage(const std::filesystem::path& file, const std::string& text,
                           std::vector<Error>& errors) {
  LinkageRules rules;
  Reader reader(file.string(), errors);
  reader.parse(text, file_bytes_max, [&](const YamlNode& root) { rules = reader.read(root); });
  return rules;
}

std::variant<LinkageRules, std::vector<Error>> read_linkage(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream all;
  if (in) all << in.rdbuf();
  if (!in)
    return std::vector{Error{"LINKAGE_FILE",
                             "cannot read the rules of matching: the folder of mappings needs "
                             "identity/linkage.yaml, or take the shipped one",
                             path.string()}};
  std::vector<Error> errors;
  auto rules = parse_linkage(path, all.str(), errors);
  if (!errors.empty()) return errors;
  return rules;
}

Result<LinkageRules> load_linkage(const std::filesystem::path& path) {
  auto read = read_linkage(path);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read)) return errors->front();
  return std::get<LinkageRules>(std::move(read));
}

}  // namespace kinhub::linkage
