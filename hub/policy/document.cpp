#include "hub/policy/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

#include "hub/base/yaml_documents.hpp"

namespace kinhub::policy {

struct RawDocument::Tree {
  YAML::Node root;
};

std::string Place::text() const {
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string yuan(std::int64_t fen) {
  auto cents = static_cast<unsigned long long>(fen < 0 ? -fen : fen);
  return fmt::format("{}{}.{:02}", fen < 0 ? "-" : "", cents / 100, cents % 100);
}

std::optional<std::int64_t> read_yuan(std::string_view text) {
  auto point = text.find('.');
  auto whole = text.substr(0, point);
  auto rest = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || whole.size() > 9 || rest.size() > 2) return std::nullopt;
  if (point != std::string_view::npos && rest.empty()) return std::nullopt;
  std::int64_t fen = 0;
  for (char c : whole) {
    if (c < '0' || c > '9') return std::nullopt;
    fen = fen * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < 2; ++i) {
    char c = i < rest.size() ? rest[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    fen = fen * 10 + (c - '0');
  }
  return fen;
}

namespace {

constexpr std::size_t nodes_max = 50'000;
constexpr int depth_max = 24;

// Every key of the language with its Chinese form.
const std::map<std::string, std::string, std::less<>>& key_aliases() {
  static const std::map<std::string, std::string, std::less<>> aliases{
      {"政策", "policy"},    {"标题", "title"},        {"地区", "region"},     {"有效期", "in_force"},
      {"发布", "published"}, {"追溯", "retroactive"},  {"来源", "source"},     {"上级", "parent"},
      {"历法", "calendar"},  {"定义", "define"},       {"待遇", "benefits"},   {"测试", "tests"},
      {"条款", "clause"},    {"原文", "quote"},        {"对象", "for"},        {"条件", "when"},
      {"金额", "amount"},    {"全部", "all"},          {"任一", "any"},        {"非", "not"},
      {"除非", "unless"},    {"替代", "replaces"},     {"不兼得", "excludes"}, {"方式", "mode"},
      {"一次性", "once on"}, {"等待", "wait"},         {"文本", "document"},   {"说明", "note"},
      {"自", "from"},        {"至", "until"},          {"发放", "pay"},        {"其他", "otherwise"},
      {"编号", "id"},        {"名称", "name"},         {"事实", "facts"},      {"同", "like"},
      {"应得", "expect"},    {"应变", "expect change"}};
  return aliases;
}

std::string canonical(std::string_view key) {
  auto found = key_aliases().find(key);
  return found == key_aliases().end() ? std::string(key) : found->second;
}

std::string without_blanks(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t') continue;
    if (text.substr(i).starts_with("　")) {
      i += 2;
      continue;
    }
    out.push_back(text[i]);
  }
  return out;
}

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80                   ? 1
                         : byte >= 0xC2 && byte < 0xE0 ? 2
                         : byte >= 0xE0 && byte < 0xF0 ? 3
                         : byte >= 0xF0 && byte < 0xF5 ? 4
                                                       : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += length;
  }
  return true;
}

bool is_slug(std::string_view text) {
  if (text.empty() || text.size() > 80 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::string slug_of(std::string_view name) {
  std::string slug;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    slug.push_back(c == ' ' || c == '_' ? '-' : c);
  }
  return slug;
}

using Entries = std::map<std::string, YAML::Node, std::less<>>;

class Reader {
 public:
  Reader(const Head& head, const Document* parent, std::vector<Error>& errors)
      : file_(head.file), parent_(parent), errors_(errors) {}

  Document read(const YAML::Node& root) {
    Document document;
    document.place = place(root);
    auto top = entries(root, {"policy", "title", "region", "in_force", "published", "retroactive", "source",
                              "parent", "calendar", "define", "benefits", "tests", "document", "note"});
    document.id = text(top, "policy", root);
    if (!document.id.empty() && !is_slug(document.id))
      fail(top["policy"], "POLICY_ID",
           fmt::format("'{}' is no policy id: small letters, digits and '-' only", document.id));
    document.title = text(top, "title", root);
    document.region = text(top, "region", root);
    if (document.region.size() != 6 || document.region.find_first_not_of("0123456789") != std::string::npos)
      fail(top.contains("region") ? top["region"] : root, "POLICY_REGION",
           "a region is six digits of GB/T 2260, 000000 for the whole country");
    read_in_force(top, root, document);
    if (auto published = Date::parse(text(top, "published", root)))
      document.published = *published;
    else if (top.contains("published"))
      fail(top["published"], "POLICY_DATE", "write the day as 2019-01-24");
    document.parent = optional_text(top, "parent");
    document.note = optional_text(top, "note");
    if (!document.parent.empty() && !parent_)
      fail(top["parent"], "POLICY_PARENT", fmt::format("there is no policy '{}'", document.parent));
    read_calendar(top, root, document);
    calendar_ = &document.calendar;
    document_ = &document;
    if (parent_) {
      document.inherited = parent_->definitions;
      document.inherited.insert(document.inherited.end(), parent_->inherited.begin(),
                                parent_->inherited.end());
    }
    read_text(top);
    if (top.contains("define")) read_definitions(top["define"]);
    if (top.contains("benefits"))
      read_benefits(top["benefits"]);
    else
      fail(root, "POLICY_KEY_MISSING", "'benefits' is missing");
    if (top.contains("tests")) read_tests(top["tests"]);
    return document;
  }

 private:
  Place place(const YAML::Node& node) const {
    auto mark = node.Mark();
    return {file_.string(), mark.line + 1, mark.column + 1};
  }

  void fail(const YAML::Node& node, std::string code, std::string words) {
    errors_.push_back({std::move(code), std::move(words), place(node).text()});
  }

  // The entries of a map under their English keys; refuses duplicates, unknown keys and keys that are no
  // text.
  Entries entries(const YAML::Node& node, const std::vector<std::string>& allowed) {
    Entries found;
    if (!node.IsMap()) {
      fail(node, "POLICY_SHAPE", "here stands a map of 'key: value' lines");
      return found;
    }
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) {
        fail(entry.first, "POLICY_KEY", "a key is plain text");
        continue;
      }
      auto key = canonical(tidy(entry.first.Scalar()));
      if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), key) == allowed.end() &&
          !key.starts_with("then on ")) {
        auto hint = nearest(key, allowed);
        fail(entry.first, "POLICY_KEY_UNKNOWN",
             fmt::format("unknown key '{}'{}", key, hint ? fmt::format("; is '{}' meant?", *hint) : ""));
        continue;
      }
      if (!found.emplace(key, entry.second).second)
        fail(entry.first, "POLICY_KEY_TWICE", fmt::format("'{}' stands twice; keep one", key));
    }
    return found;
  }

  std::string scalar(const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    fail(node, "POLICY_SHAPE", "here stands plain text");
    return {};
  }

  std::string text(const Entries& from, std::string_view key, const YAML::Node& around) {
    auto found = from.find(key);
    if (found == from.end()) {
      fail(around, "POLICY_KEY_MISSING", fmt::format("'{}' is missing", key));
      return {};
    }
    auto value = tidy(scalar(found->second));
    if (value.empty() && found->second.IsScalar())
      fail(found->second, "POLICY_EMPTY", fmt::format("'{}' is empty", key));
    return value;
  }

  std::string optional_text(const Entries& from, std::string_view key) {
    auto found = from.find(key);
    return found == from.end() ? std::string{} : tidy(scalar(found->second));
  }

  void read_in_force(const Entries& top, const YAML::Node& root, Document& document) {
    auto written = text(top, "in_force", root);
    if (written.empty()) return;
    auto dots = written.find("..");
    auto from = Date::parse(tidy(std::string_view(written).substr(0, dots)));
    auto end = dots == std::string::npos ? std::string{} : tidy(std::string_view(written).substr(dots + 2));
    auto last = end.empty() ? std::optional(Date::forever().plus_days(-1)) : Date::parse(end);
    if (dots == std::string::npos || !from || !last || *last < *from) {
      fail(top.at("in_force"), "POLICY_DATE",
           "write the first and the last day, as 2019-02-01 .. 2022-01-31, or '2019-02-01 ..'");
      return;
    }
    document.in_force = {*from, last->plus_days(1)};
    auto retroactive = optional_text(top, "retroactive");
    if (retroactive.empty() || retroactive == "no" || retroactive == "否") return;
    auto to = retroactive.starts_with("yes, to ") ? Date::parse(retroactive.substr(8, 10)) : std::nullopt;
    if (!to || *to > *from)
      fail(top.at("retroactive"), "POLICY_RETROACTIVE", "write 'no', or 'yes, to 2019-01-01, clause 二十'");
    else
      document.in_force.from = *to;
  }

  template <class Set>
  void choose(Entries& from, std::string_view key, const YAML::Node& around,
              const std::vector<std::pair<std::string, Set>>& choices) {
    auto found = from.find(key);
    if (found == from.end()) {
      if (!parent_)
        fail(around, "POLICY_CALENDAR",
             fmt::format("calendar '{}' is missing, and there is no parent to inherit it from", key));
      return;
    }
    auto written = tidy(scalar(found->second));
    std::vector<std::string> names;
    for (const auto& [name, act] : choices) {
      names.push_back(name);
      if (name == written) return act();
    }
    auto hint = nearest(written, names);
    fail(found->second, "POLICY_CALENDAR",
         fmt::format("unknown rule '{}' for calendar '{}'; it knows: {}{}", written, key,
                     fmt::join(names, " | "), hint ? fmt::format("; is '{}' meant?", *hint) : ""));
  }

  void read_calendar(Entries& top, const YAML::Node& root, Document& document) {
    auto& calendar = document.calendar;
    if (parent_) calendar = parent_->calendar;
    if (!top.contains("calendar")) {
      if (!parent_)
        fail(root, "POLICY_CALENDAR", "'calendar' is missing, and there is no parent to inherit it from");
      return;
    }
    const auto& node = top["calendar"];
    auto own = entries(node, {"age", "feb29", "month", "year", "death_day", "late", "remarried", "money"});
    using Act = std::function<void()>;
    using Choices = std::vector<std::pair<std::string, Act>>;
    choose<Act>(own, "age", node,
                Choices{{"on_birthday", [&] { calendar.age = Calendar::Age::on_birthday; }},
                        {"day_after_birthday", [&] { calendar.age = Calendar::Age::day_after_birthday; }}});
    choose<Act>(own, "feb29", node,
                Choices{{"feb28", [&] { calendar.feb29 = Feb29::feb28; }},
                        {"mar01", [&] { calendar.feb29 = Feb29::mar01; }}});
    choose<Act>(own, "month", node,
                Choices{{"any_day", [&] { calendar.month = Calendar::Month::any_day; }},
                        {"first_day", [&] { calendar.month = Calendar::Month::first_day; }},
                        {"last_day", [&] { calendar.month = Calendar::Month::last_day; }},
                        {"by_days", [&] { calendar.month = Calendar::Month::by_days; }}});
    choose<Act>(own, "year", node,
                Choices{{"calendar_year, any_day", [&] { calendar.year = Calendar::Year::any_day; }},
                        {"calendar_year, first_day", [&] { calendar.year = Calendar::Year::first_day; }}});
    choose<Act>(
        own, "death_day", node,
        Choices{{"counts_as_alive", [&] { calendar.death_day = Calendar::DeathDay::counts_as_alive; }},
                {"ends_the_right", [&] { calendar.death_day = Calendar::DeathDay::ends_the_right; }}});
    choose<Act>(
        own, "remarried", node,
        Choices{{"judged_by_self", [&] { calendar.remarried = Calendar::Remarried::judged_by_self; }},
                {"by_present_wife", [&] { calendar.remarried = Calendar::Remarried::by_present_wife; }}});
    choose<Act>(own, "money", node, Choices{{"fen, half_up, per person and month", [] {}}});
    read_late(own, node, calendar);
  }

  void read_late(const Entries& own, const YAML::Node& node, Calendar& calendar) {
    if (!own.contains("late")) {
      if (!parent_)
        fail(node, "POLICY_CALENDAR",
             "calendar 'late' is missing, and there is no parent to inherit it from");
      return;
    }
    auto late = tidy(scalar(own.at("late")));
    calendar.late_months_max = 0;
    if (late == "pay_from_confirmation") {
      calendar.late = Calendar::Late::pay_from_confirmation;
      return;
    }
    calendar.late = Calendar::Late::pay_from_event;
    if (late == "pay_from_event") return;
    constexpr std::string_view before = "pay_from_event, at most ", after = " months back";
    int months = 0;
    if (late.starts_with(before) && late.ends_with(after) && late.size() > before.size() + after.size()) {
      auto digits = late.substr(before.size(), late.size() - before.size() - after.size());
      auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), months);
      if (problem != std::errc() || end != digits.data() + digits.size()) months = 0;
    }
    if (months < 1 || months > 600)
      fail(own.at("late"), "POLICY_CALENDAR",
           "write pay_from_confirmation, pay_from_event, or 'pay_from_event, at most 12 months back'");
    calendar.late_months_max = months;
  }

  // The issued text beside the policy, in which every quote must stand.
  void read_text(const Entries& top) {
    auto name = optional_text(top, "document");
    if (name.empty()) return;
    if (name.find('/') != std::string::npos || name.find('\\') != std::string::npos) {
      fail(top.at("document"), "POLICY_DOCUMENT",
           "the document's text stands in the same folder as the policy");
      return;
    }
    std::ifstream in(file_.parent_path() / name, std::ios::binary);
    std::ostringstream all;
    if (in) all << in.rdbuf();
    if (!in) {
      fail(top.at("document"), "POLICY_DOCUMENT", fmt::format("cannot read '{}' beside the policy", name));
      return;
    }
    document_text_ = without_blanks(all.str());
  }

  std::string read_quote(const Entries& from, std::string_view key = "quote") {
    auto found = from.find(key);
    if (found == from.end()) return {};
    auto quote = tidy(scalar(found->second));
    auto written = scalar(found->second);
    if (!document_text_) return quote;
    // An ellipsis stands for what the quote leaves out; its parts stand in the document in this order.
    auto wanted = without_blanks(written);
    std::size_t at = 0;
    while (!wanted.empty()) {
      auto dots = wanted.find("…");
      auto part = wanted.substr(0, dots);
      at = document_text_->find(part, at);
      if (at == std::string::npos) {
        fail(found->second, "POLICY_QUOTE", fmt::format("the document does not say '{}'", part));
        return quote;
      }
      at += part.size();
      wanted = dots == std::string::npos ? std::string{} : wanted.substr(dots + std::string_view("…").size());
    }
    return quote;
  }

  // ---- conditions

  static std::pair<std::string, std::string> two_names(std::string_view written) {
    auto name = tidy(written);
    auto open = name.find('(');
    if (open == std::string::npos || !name.ends_with(')') || open == 0) return {name, name};
    return {tidy(name.substr(0, open)), tidy(name.substr(open + 1, name.size() - open - 2))};
  }

  const Definition* definition(std::string_view name) const {
    for (const auto& own : document_->definitions)
      if (own.name == name || own.chinese == name) return &own;
    for (const auto& inherited : document_->inherited)
      if (inherited.name == name || inherited.chinese == name) return &inherited;
    return nullptr;
  }

  std::vector<std::string> all_words() const {
    auto words = vocabulary();
    for (const auto* list : {&document_->definitions, &document_->inherited})
      for (const auto& definition : *list) {
        words.push_back(definition.name);
        words.push_back(definition.chinese);
      }
    return words;
  }

  Condition read_phrase(const YAML::Node& node, std::string phrase, bool events) {
    Condition condition;
    condition.text = phrase;
    constexpr std::array<std::string_view, 2> day_before{" on the day before", "(前一日)"};
    for (auto ending : day_before)
      if (phrase.ends_with(ending)) {
        condition.op = Condition::Op::day_before;
        condition.parts.push_back(read_phrase(node, phrase.substr(0, phrase.size() - ending.size()), events));
        if (!in_event_)
          fail(node, "POLICY_DAY_BEFORE", "'on the day before' needs a 'once on' of the same benefit");
        return condition;
      }
    if (const auto* defined = definition(phrase)) {
      condition = defined->condition;
      condition.text = phrase;
      return condition;
    }
    if (auto leaf = read_leaf(phrase, *calendar_)) {
      condition.leaf = *leaf;
      if (is_event(leaf->kind) && !events)
        fail(node, "POLICY_EVENT", fmt::format("'{}' is an event: it stands under 'once on'", phrase));
      return condition;
    }
    auto hint = nearest(phrase, all_words());
    fail(node, "POLICY_WORD_UNKNOWN",
         fmt::format("unknown condition '{}'{}", phrase, hint ? fmt::format("; is '{}' meant?", *hint) : ""));
    return condition;
  }

  Condition read_parts(const YAML::Node& node, Condition::Op op, int depth) {
    Condition condition;
    condition.op = op;
    condition.text = op == Condition::Op::any ? "any of" : "all of";
    if (!node.IsSequence()) {
      condition.parts.push_back(read_condition(node, depth + 1));
      return condition;
    }
    if (node.size() == 0) fail(node, "POLICY_EMPTY", "a list of conditions needs at least one");
    for (const auto& part : node) {
      if (++conditions_ > nodes_max) break;
      condition.parts.push_back(read_condition(part, depth + 1));
    }
    return condition;
  }

  Condition read_condition(const YAML::Node& node, int depth) {
    if (depth > depth_max || ++conditions_ > nodes_max) {
      fail(node, "POLICY_SIZE", "conditions nest too deep; give the inner ones a name under 'define'");
      return {};
    }
    if (node.IsScalar()) return read_phrase(node, tidy(node.Scalar()), false);
    if (node.IsSequence()) return read_parts(node, Condition::Op::all, depth);
    auto map = entries(node, {"all", "any", "not", "unless", "clause", "quote", "note"});
    Condition condition;
    condition.op = Condition::Op::all;
    condition.text = "all of";
    for (auto key : {"all", "any", "not", "unless"}) {
      if (!map.contains(key)) continue;
      bool negated = key[0] == 'n' || key[0] == 'u';
      auto part = negated
                      ? read_condition(map[key], depth + 1)
                      : read_parts(map[key], key[1] == 'n' ? Condition::Op::any : Condition::Op::all, depth);
      if (negated) {
        Condition without;
        without.op = Condition::Op::negate;
        without.text = fmt::format("{}: {}", key, part.text);
        without.parts.push_back(std::move(part));
        part = std::move(without);
      }
      condition.parts.push_back(std::move(part));
    }
    if (condition.parts.empty()) fail(node, "POLICY_EMPTY", "a condition needs all, any, not or unless");
    if (condition.parts.size() == 1) {
      auto only = std::move(condition.parts.front());
      condition = std::move(only);
    }
    if (map.contains("clause")) condition.clause = tidy(scalar(map["clause"]));
    if (auto quote = read_quote(map); !quote.empty()) condition.quote = quote;
    return condition;
  }

  void read_definitions(const YAML::Node& node) {
    entries(node, {});  // for its complaints: no map, keys twice
    if (!node.IsMap()) return;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) continue;
      auto [name, chinese] = two_names(entry.first.Scalar());
      Definition defined{name, chinese, read_condition(entry.second, 0)};
      if (read_leaf(name, *calendar_) || read_leaf(chinese, *calendar_))
        fail(entry.first, "POLICY_WORD_TAKEN",
             fmt::format("'{}' is a word of the vocabulary; choose another name", name));
      for (const auto& other : document_->definitions)
        if (other.name == name || other.chinese == chinese)
          fail(entry.first, "POLICY_KEY_TWICE", fmt::format("'{}' is defined twice", name));
      defined.condition.text = name == chinese ? name : fmt::format("{} ({})", name, chinese);
      document_->definitions.push_back(std::move(defined));
    }
  }

  // ---- amounts

  // "per month" and its kin at the end of an English amount.
  static std::optional<Per> take_period(std::string& words) {
    constexpr std::array<std::pair<std::string_view, Per>, 2> periods{
        {{" per month", Per::month}, {" per year", Per::year}}};
    for (auto [ending, per] : periods)
      if (words.ends_with(ending)) {
        words.resize(words.size() - ending.size());
        return per;
      }
    constexpr std::array<std::pair<std::string_view, Per>, 6> beginnings{{{"每人每月", Per::month},
                                                                          {"每月", Per::month},
                                                                          {"每户每年", Per::year},
                                                                          {"每人每年", Per::year},
                                                                          {"每年", Per::year},
                                                                          {"一次性", Per::once}}};
    for (auto [beginning, per] : beginnings)
      if (words.starts_with(beginning)) {
        words = tidy(std::string_view(words).substr(beginning.size()));
        return per;
      }
    return std::nullopt;
  }

  AmountRule read_sum(const YAML::Node& node, bool once) {
    AmountRule rule;
    rule.text = tidy(scalar(node));
    auto words = rule.text;
    if (auto comma = words.find(", paid to "); comma != std::string::npos) words.resize(comma);
    if (words.starts_with("not computable")) {
      rule.kind = AmountRule::Kind::not_computable;
      rule.per = words.find("per year") != std::string::npos ? Per::year : once ? Per::once : Per::month;
      if (words.find("per year") == std::string::npos && words.find("per month") == std::string::npos &&
          !once)
        fail(node, "POLICY_AMOUNT_UNIT", "say 'not computable per month, ...' or 'per year'");
      return rule;
    }
    auto per = take_period(words);
    constexpr std::array<std::string_view, 2> units{" yuan", "元"};
    for (auto unit : units) {
      if (!words.ends_with(unit)) continue;
      auto fen = read_yuan(tidy(words.substr(0, words.size() - unit.size())));
      if (!fen) break;
      if (!per && once) per = Per::once;
      if (!per || (*per == Per::once) != once) {
        fail(node, "POLICY_AMOUNT_UNIT",
             once ? "a 'once on' benefit is a plain sum, as '2000 yuan'"
                  : "say 'per month' or 'per year', as '610 yuan per month'");
        return rule;
      }
      rule.kind = AmountRule::Kind::fixed;
      rule.fen = *fen;
      rule.per = *per;
      return rule;
    }
    constexpr std::string_view of_pension = "% of own basic pension";
    if (words.ends_with(of_pension) && per) {
      int percent = 0;
      auto digits = words.substr(0, words.size() - of_pension.size());
      auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
      if (problem == std::errc() && end == digits.data() + digits.size() && percent > 0 && percent <= 1000) {
        rule.kind = AmountRule::Kind::share_of_pension;
        rule.percent = percent;
        rule.per = *per;
        return rule;
      }
    }
    fail(node, "POLICY_AMOUNT_UNIT",
         fmt::format(
             "'{}' is no amount: write '610 yuan per month', '300 yuan per year', '2000 yuan' (once on), "
             "'100% of own basic pension per month', or 'not computable per month, <why>'",
             rule.text));
    return rule;
  }

  std::vector<AmountRule> read_amounts(const YAML::Node& node, bool once) {
    std::vector<AmountRule> rules;
    if (!node.IsSequence()) return {read_sum(node, once)};
    if (node.size() == 0) fail(node, "POLICY_EMPTY", "an amount needs at least one line");
    for (const auto& part : node) {
      if (++conditions_ > nodes_max) break;
      auto map = entries(part, {"from", "until", "when", "pay", "otherwise"});
      AmountRule rule;
      if (map.contains("otherwise"))
        rule = read_sum(map["otherwise"], once);
      else if (map.contains("pay"))
        rule = read_sum(map["pay"], once);
      else
        fail(part, "POLICY_KEY_MISSING", "'pay' (or 'otherwise') is missing");
      if (map.contains("when")) rule.when = read_condition(map["when"], 0);
      auto day = [&](const char* key) -> std::optional<Date> {
        if (!map.contains(key)) return std::nullopt;
        auto date = Date::parse(tidy(scalar(map[key])));
        if (!date) fail(map[key], "POLICY_DATE", "write the day as 2022-07-01");
        return date;
      };
      if (auto from = day("from")) rule.days.from = *from;
      if (auto last = day("until")) rule.days.until = last->plus_days(1);
      if (rule.days.empty()) fail(part, "POLICY_DATE", "'until' lies before 'from'");
      for (const auto& earlier : rules)
        if (!earlier.when && !rule.when && !overlap(earlier.days, rule.days).empty())
          fail(part, "POLICY_AMOUNT_OVERLAP",
               fmt::format("the days of '{}' overlap those of '{}'", rule.text, earlier.text));
      if (!rules.empty() && rules.front().per != rule.per)
        fail(part, "POLICY_AMOUNT_UNIT", "all lines of one amount are per month, or all per year");
      rules.push_back(std::move(rule));
    }
    return rules;
  }

  // ---- benefits

  void read_benefits(const YAML::Node& node) {
    entries(node, {});
    if (!node.IsMap()) return;
    for (const auto& entry : node)
      if (entry.first.IsScalar()) read_benefit(entry.first, entry.second);
    if (document_->benefits.empty()) fail(node, "POLICY_EMPTY", "a policy needs at least one benefit");
  }

  void read_benefit(const YAML::Node& key, const YAML::Node& node) {
    auto map = entries(node, {"id", "clause", "quote", "for", "when", "amount", "replaces", "mode",
                              "excludes", "once on", "wait", "note"});
    Draft draft;
    draft.place = place(key);
    auto& benefit = draft.benefit;
    auto [name, chinese] = two_names(key.Scalar());
    benefit.name = name;
    benefit.title = chinese;
    auto slug = map.contains("id") ? tidy(scalar(map["id"])) : slug_of(name);
    if (!is_slug(slug))
      fail(key, "POLICY_ID",
           fmt::format("'{}' makes no id: add 'id:' in small letters, digits and '-'", name));
    benefit.id = document_->id + "/" + slug;
    benefit.policy = document_->id;
    benefit.clause = text(map, "clause", key);
    if (!map.contains("quote"))
      fail(key, "POLICY_KEY_MISSING", "'quote' is missing: the sentence of the document");
    benefit.quote = read_quote(map);
    benefit.note = optional_text(map, "note");
    benefit.calendar = document_->calendar;
    read_whose(map, draft);
    if (map.contains("once on"))
      draft.event = read_phrase(map["once on"], tidy(scalar(map["once on"])), true);
    if (draft.event && !is_event(draft.event->leaf.kind))
      fail(map["once on"], "POLICY_EVENT", "'once on' names an event, as 'death of the only child'");
    in_event_ = draft.event.has_value();
    if (map.contains("when")) draft.when = read_condition(map["when"], 0);
    in_event_ = false;
    if (map.contains("amount")) {
      draft.amounts = read_amounts(map["amount"], draft.event.has_value());
      draft.amount_given = true;
      for (const auto& rule : draft.amounts) {
        if (!benefit.amount_text.empty()) benefit.amount_text += "; ";
        benefit.amount_text += rule.text;
      }
    }
    draft.replaces = optional_text(map, "replaces");
    if (map.contains("mode")) read_mode(map["mode"], draft);
    if (map.contains("excludes")) {
      const auto& list = map["excludes"];
      if (list.IsSequence())
        for (const auto& one : list)
          draft.excludes.push_back(tidy(scalar(one)));
      else
        draft.excludes.push_back(tidy(scalar(list)));
    }
    if (map.contains("wait")) read_wait(map["wait"], benefit);
    if (draft.replaces.empty() && (!draft.when || !draft.amount_given || !draft.whose_given))
      fail(key, "POLICY_KEY_MISSING", "'when', 'amount' and 'for' are needed, or 'replaces' to inherit them");
    for (const auto& other : document_->benefits)
      if (other.benefit.id == benefit.id)
        fail(key, "POLICY_KEY_TWICE", fmt::format("'{}' stands twice", benefit.id));
    document_->benefits.push_back(std::move(draft));
  }

  void read_whose(const Entries& map, Draft& draft) {
    auto whose = optional_text(map, "for");
    draft.whose_given = !whose.empty();
    if (whose.empty()) return;
    static const std::map<std::string, Benefit::For, std::less<>> words{
        {"each parent, while alive", Benefit::For::parent},
        {"父母每人,在世期间", Benefit::For::parent},
        {"父母每人, 在世期间", Benefit::For::parent},
        {"household", Benefit::For::household},
        {"家庭", Benefit::For::household},
        {"每户", Benefit::For::household},
        {"couple", Benefit::For::household},
        {"夫妻", Benefit::For::household}};
    auto found = words.find(whose);
    if (found == words.end())
      fail(map.at("for"), "POLICY_WORD_UNKNOWN",
           fmt::format("unknown '{}'; write 'each parent, while alive', 'household' or 'couple'", whose));
    else
      draft.benefit.whose = found->second;
  }

  void read_mode(const YAML::Node& node, Draft& draft) {
    auto mode = tidy(scalar(node));
    if (mode == "replace")
      draft.mode = Draft::Mode::replace;
    else if (mode == "add")
      draft.mode = Draft::Mode::add;
    else if (mode == "at_least")
      draft.mode = Draft::Mode::at_least;
    else
      fail(node, "POLICY_WORD_UNKNOWN", fmt::format("unknown mode '{}': replace, add or at_least", mode));
  }

  void read_wait(const YAML::Node& node, Benefit& benefit) {
    auto written = tidy(scalar(node));
    int days = -1;
    auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), days);
    std::string_view rest(end, static_cast<std::size_t>(written.data() + written.size() - end));
    if (problem != std::errc() || (rest != " days" && rest != "天") || days < 0 || days > 3650)
      fail(node, "POLICY_WAIT", "write the waiting time as '14 days'");
    else
      benefit.wait_days = days;
  }

  // ---- tests

  void read_tests(const YAML::Node& node) {
    if (!node.IsSequence()) return fail(node, "POLICY_SHAPE", "'tests' is a list");
    for (const auto& one : node) {
      auto map = entries(one, {"name", "facts", "like", "expect", "expect change"});
      FileTest test;
      test.place = place(one);
      test.name = text(map, "name", one);
      for (auto& [key, value] : map) {
        if (key == "facts") test.facts = scalar(value);
        if (key == "like") test.like = tidy(scalar(value));
        if (key == "expect") test.expect = scalar(value);
        if (key == "expect change") test.expect_change = scalar(value);
        if (!key.starts_with("then on ")) continue;
        auto day = Date::parse(tidy(key.substr(8)));
        if (!day) fail(value, "POLICY_DATE", "write 'then on 2020-06-10: ...'");
        if (test.has_then) fail(value, "POLICY_KEY_TWICE", "a test has one 'then on'");
        test.has_then = true;
        test.then_on = day.value_or(Date());
        test.then = scalar(value);
      }
      if (test.facts.empty() == test.like.empty())
        fail(one, "POLICY_TEST", "a test has either 'facts' or 'like'");
      if (test.expect.empty() && test.expect_change.empty())
        fail(one, "POLICY_TEST", "a test without 'expect' tests nothing");
      if (test.has_then && test.expect_change.empty())
        fail(one, "POLICY_TEST", "'then on' needs 'expect change'");
      if (!test.expect_change.empty() && !test.has_then)
        fail(one, "POLICY_TEST", "'expect change' needs 'then on'");
      for (const auto& other : document_->tests)
        if (other.name == test.name)
          fail(one, "POLICY_KEY_TWICE", fmt::format("two tests are named '{}'", test.name));
      document_->tests.push_back(std::move(test));
    }
  }

  std::filesystem::path file_;
  const Document* parent_;
  std::vector<Error>& errors_;
  Document* document_ = nullptr;
  const Calendar* calendar_ = nullptr;
  std::optional<std::string> document_text_;
  bool in_event_ = false;
  std::size_t conditions_ = 0;
};

}  // namespace

std::variant<RawDocument, Error> RawDocument::parse(const std::filesystem::path& file,
                                                    std::string_view text) {
  constexpr std::size_t size_max = 1 << 20;
  auto name = file.string();
  if (text.size() > size_max) return Error{"POLICY_SIZE", "a policy file is at most 1 MiB", name + ":1:1"};
  if (!valid_utf8(text)) return Error{"POLICY_SYNTAX", "a policy file is UTF-8 text", name + ":1:1"};
  RawDocument raw;
  auto tree = std::make_shared<Tree>();
  try {
    const std::string copy(text);
    if (count_yaml_documents(copy, 2) == 1) tree->root = YAML::Load(copy);
    if (!tree->root.IsMap())
      return Error{"POLICY_SYNTAX", "one file holds one policy, a map of 'key: value' lines", name + ":1:1"};
    for (const auto& entry : tree->root) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) continue;
      auto key = canonical(tidy(entry.first.Scalar()));
      if (key == "policy") raw.head_.id = tidy(entry.second.Scalar());
      if (key == "parent") raw.head_.parent = tidy(entry.second.Scalar());
    }
  } catch (const YAML::Exception& problem) {
    return Error{"POLICY_SYNTAX", problem.msg,
                 fmt::format("{}:{}:{}", name, problem.mark.line + 1, problem.mark.column + 1)};
  }
  raw.head_.file = file;
  raw.tree_ = std::move(tree);
  return raw;
}

Document RawDocument::read(const Document* parent, std::vector<Error>& errors) const {
  return Reader(head_, parent, errors).read(tree_->root);
}

}  // namespace kinhub::policy
