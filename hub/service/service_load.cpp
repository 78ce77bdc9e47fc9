// Reads service files: YAML to checked services. Every scalar is text first; all problems are found, each
// with its place.

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

#include "hub/base/yaml_reader.hpp"
#include "hub/service/service.hpp"

namespace kinhub::service {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_size_max = 256u << 10;
constexpr std::string_view default_region = "000000", tomb_sweeping = "清明";
constexpr std::string_view helper_roles[] = {"helper",
                                             "county_leader",
                                             "town_leader",
                                             "town_member",
                                             "village_cadre",
                                             "village_supervisor",
                                             "village_specialist",
                                             "area_cadre",
                                             "county_worker",
                                             "town_worker",
                                             "village_worker",
                                             "town_staff",
                                             "association_member",
                                             "volunteer",
                                             "doctor",
                                             "social_worker",
                                             "paired",
                                             "department"};

std::optional<int> integer_of(std::string_view text) {
  int value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(' ');
  if (from == std::string_view::npos) return "";
  return std::string(text.substr(from, text.find_last_not_of(' ') - from + 1));
}

/// Words between a separator, without blanks around them.
std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> words;
  while (true) {
    const auto at = text.find(separator);
    words.push_back(trimmed(text.substr(0, at)));
    if (at == std::string_view::npos) return words;
    text.remove_prefix(at + 1);
  }
}

/// "2026-07-10 .. 2026-08-17": the last day as printed; without one no end is known.
std::optional<Interval> span(std::string_view text) {
  const auto dots = text.find("..");
  const auto from = Date::parse(trimmed(text.substr(0, dots)));
  if (!from) return std::nullopt;
  if (dots == std::string_view::npos) return Interval{*from, from->plus_days(1)};
  const auto last = trimmed(text.substr(dots + 2));
  if (last.empty()) return Interval{*from, Date::forever()};
  const auto until = Date::parse(last);
  if (!until || *until < *from) return std::nullopt;
  return Interval{*from, until->plus_days(1)};
}

/// Loader of one file.
class Loader : private YamlReader {
 public:
  Loader(const fs::path& file, const std::vector<std::string>& festivals,
         const std::vector<std::string>& credentials, std::vector<Error>& errors)
      : YamlReader(file.string(), "SERVICE", errors),
        path_(file),
        festivals_(festivals),
        credentials_(credentials) {}

  ServiceFile read() {
    std::ifstream in(path_, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    result_.place = path_.string() + ":1:1";
    parse(text, file_size_max, [&](const YamlNode& root) { file(root); });
    return std::move(result_);
  }

 private:
  void file(const YamlNode& root) {
    YamlNode services = YamlNode::undefined(), tests = YamlNode::undefined();
    each(root,
         {{"care",
           [&](const YamlNode& node) {
             result_.id = text(node);
             check_id(node);
           }},
          {"title", [&](const YamlNode& node) { result_.title = text(node); }},
          {"region", [&](const YamlNode& node) { region(node); }},
          {"in_force", [&](const YamlNode& node) { in_force(node); }},
          {"document", [&](const YamlNode& node) { document(node); }},
          {"note", [&](const YamlNode& node) { text(node); }},
          {"services", [&](const YamlNode& node) { services = node; }},
          {"tests", [&](const YamlNode& node) { tests = node; }}},
         {"care", "title", "region", "in_force", "services"});
    if (services) read_services(services);
    if (tests) read_tests(tests);
  }

  void check_id(const YamlNode& node) {
    if (!result_.id.empty() && path_.stem().string() != result_.id)
      fail(node, "NAME", "the file states '" + result_.id + "' and is not called " + result_.id + ".yaml");
  }

  void region(const YamlNode& node) {
    result_.region = text(node);
    if (result_.region.size() != 6 || result_.region.find_first_not_of("0123456789") != std::string::npos)
      return fail(node, "REGION", "a region has six digits, in quotes");
    if (path_.parent_path().filename() != result_.region)
      fail(node, "REGION", "a file of " + result_.region + " stands in the folder " + result_.region);
  }

  void in_force(const YamlNode& node) {
    const auto days = span(text(node));
    if (!days)
      return fail(node, "DATE",
                  "write the days in force as 2019-02-01 .. 2022-01-31, or 2019-02-01 .. without an end");
    result_.in_force = *days;
  }

  void document(const YamlNode& node) {
    const auto name = text(node);
    std::ifstream in(path_.parent_path() / name, std::ios::binary);
    if (name.empty() || name.find('/') != std::string::npos || !in)
      return fail(node, "DOCUMENT", "the text of the document stands beside its file, under this name");
    document_.emplace(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
    std::erase_if(*document_, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });
  }

  void read_services(const YamlNode& node) {
    if (!node.IsMap() || node.size() == 0)
      return fail(node, "TYPE",
                  "'services' is a map: an id, S01 to S35 or of the region's own, and what it is");
    for (const auto& entry : node) {
      const auto id = entry.first.Scalar();
      const bool named =
          !id.empty() && id.size() <= 24 && (std::isupper(static_cast<unsigned char>(id[0])) != 0) &&
          std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
      if (!named) {
        fail(entry.first, "NAME", "a service is called by a capital letter and digits: S02");
        continue;
      }
      const bool twice = std::any_of(result_.services.begin(), result_.services.end(),
                                     [&](const Service& other) { return other.id == id; });
      if (twice) fail(entry.first, "KEY_TWICE", "'" + id + "' stands here twice");
      service(id, entry.first, entry.second);
    }
    for (const auto& [at, id] : counted_)
      if (!is_service(id)) fail(at, "VALUE", "'" + id + "' is no service: S01 to S35, or one of this file");
  }

  bool is_service(const std::string& id) const {
    const auto number = id.size() == 3 && id[0] == 'S' ? integer_of(id.substr(1)) : std::nullopt;
    return (number && *number >= 1 && *number <= 35) ||
           std::any_of(result_.services.begin(), result_.services.end(),
                       [&](const Service& one) { return one.id == id; });
  }

  void service(const std::string& id, const YamlNode& key, const YamlNode& node) {
    Service one;
    one.id = id, one.place = place(key);
    YamlNode quote = YamlNode::undefined(), rule = YamlNode::undefined(), lacks = YamlNode::undefined(),
             when = YamlNode::undefined(), whom = YamlNode::undefined();
    each(node,
         {{"name", [&](const YamlNode& at) { one.name = text(at); }},
          {"clause", [&](const YamlNode& at) { one.clause = text(at); }},
          {"quote", [&](const YamlNode& at) { quote = at, one.quote = text(at); }},
          {"for", [&](const YamlNode& at) { whom = at, whose(at, one); }},
          {"when", [&](const YamlNode& at) { when = at, conditions(at, one); }},
          {"rule", [&](const YamlNode& at) { rule = at; }},
          {"festivals", [&](const YamlNode& at) { one.festivals = words(at, festivals_, "festival"); }},
          {"grace", [&](const YamlNode& at) { one.grace_days = days(at); }},
          {"roles", [&](const YamlNode& at) { one.roles = roles(at); }},
          {"types", [&](const YamlNode& at) { one.types = words(at, credentials_, "credential"); }},
          {"other_types",
           [&](const YamlNode& at) { one.other_types = words(at, credentials_, "credential"); }},
          {"acts", [&](const YamlNode& at) { channels(at, one); }},
          {"away", [&](const YamlNode& at) { one.phone_when_away = yes_no(at); }},
          {"by", [&](const YamlNode& at) { one.by = roles(at); }},
          {"counts",
           [&](const YamlNode& at) {
             one.counts = texts(at);
             for (const auto& id : one.counts)
               counted_.emplace_back(at, id);
           }},
          {"used", [&](const YamlNode& at) { one.used = yes_no(at); }},
          {"from_feed", [&](const YamlNode& at) { one.from_feed = yes_no(at); }},
          {"lacks", [&](const YamlNode& at) { lacks = at, one.lacks = text(at); }}},
         {"name", "rule"});
    if (quote) check_quote(quote, one.quote);
    if (rule) read_rule(rule, one);
    if (rule && one.rule == Service::Rule::waits && one.lacks.empty())
      fail(rule, "LACKS", "a service that cannot be decided says under 'lacks' what it waits for");
    if (lacks && one.rule != Service::Rule::waits) fail(lacks, "LACKS", "'lacks' is for the rule 'waits'");
    if (rule && one.rule == Service::Rule::window && one.around == Service::Around::festival &&
        one.festivals.empty())
      fail(rule, "FESTIVALS", "a window around festivals names them under 'festivals'");
    if (rule && one.rule == Service::Rule::contacts && one.roles.empty())
      fail(rule, "ROLES", "the state 'contacts' names the roles that must have a helper under 'roles'");
    if (rule && one.rule == Service::Rule::card && one.types.empty())
      fail(rule, "TYPES", "the state 'card' names the credentials under 'types'");
    if (rule) check_whom(whom, when, one);
    result_.services.push_back(std::move(one));
  }

  /// A condition is asked of a member, and some rules are of the household alone.
  void check_whom(const YamlNode& whom, const YamlNode& when, const Service& one) {
    using Rule = Service::Rule;
    const bool of_household = one.rule == Rule::after || one.rule == Rule::by || one.rule == Rule::contacts ||
                              (one.rule == Rule::window && one.around == Service::Around::festival);
    if (whom && of_household && one.whose == Service::For::member)
      fail(whom, "FOR",
           "this rule is of the household: festivals, deaths, helpers and campaigns are no member's");
    else if (when && (of_household || one.whose == Service::For::household))
      fail(when, "WHEN",
           "a condition is asked of a member, and this service is of the household: for: member");
  }

  void check_quote(const YamlNode& node, const std::string& quote) {
    if (!document_)
      return fail(node, "QUOTE",
                  "a quote needs the text of the document beside the file: document: NAME.txt");
    auto plain = quote;
    std::erase_if(plain, [](char c) { return c == ' ' || c == '\n' || c == '\r'; });
    if (document_->find(plain) == std::string::npos)
      fail(node, "QUOTE", "these words do not stand in the text of the document");
  }

  void whose(const YamlNode& node, Service& one) {
    const auto written = text(node);
    if (written == "member")
      one.whose = Service::For::member;
    else if (written != "household")
      fail(node, "VALUE", "a service is for household or member");
  }

  void conditions(const YamlNode& node, Service& one) {
    for (const auto& phrase : texts(node)) {
      if (phrase == "contract signed") {
        one.when_signed = true;
        continue;
      }
      if (const auto asked = AskedCondition::phrase(phrase); !asked)
        fail(node, "CONDITION", asked.error().text);
      else
        one.when.push_back(phrase);
    }
  }

  // ---- the rule: a word, and what stands in its brackets

  void read_rule(const YamlNode& node, Service& one) {
    const auto written = text(node);
    const auto open = written.find('(');
    const auto word = trimmed(written.substr(0, open));
    std::string inside;
    if (open != std::string::npos) {
      if (written.back() != ')') return fail(node, "RULE", "the bracket of '" + word + "' is not closed");
      inside = written.substr(open + 1, written.size() - open - 2);
    }
    using Rule = Service::Rule;
    if (word == "whole" || word == "touched") {
      one.rule = word == "whole" ? Rule::whole : Rule::touched;
      return per(node, inside, one);
    }
    if (word == "window") return window(node, inside, one);
    if (word == "after") return after(node, inside, one);
    if (word == "by") return by(node, inside, one);
    if (word == "state" && (inside == "contacts" || inside == "contract" || inside == "card")) {
      one.rule = inside == "contacts" ? Rule::contacts : inside == "contract" ? Rule::contract : Rule::card;
      if (one.rule != Rule::contacts) one.whose = Service::For::member;
      return;
    }
    if (word == "counted" && inside.empty()) {
      one.rule = Rule::counted;
      return;
    }
    if (word == "waits" && inside.empty()) {
      one.rule = Rule::waits;
      return;
    }
    fail(node, "RULE",
         "a rule is whole(1 per month), touched(1 per year), window(birthday, -3..+3), window(festival, "
         "-15..+0), "
         "after(death, 1), by(10-10, 10-20), state(contacts), state(contract), state(card), counted, or "
         "waits");
  }

  void per(const YamlNode& node, const std::string& inside, Service& one) {
    std::istringstream in(inside);
    std::string count, per, unit, more;
    in >> count >> per >> unit >> more;
    const auto times = integer_of(count);
    const bool whole = one.rule == Service::Rule::whole;
    bool fits = times && *times >= 1 && *times <= 31 && per == "per" && more.empty();
    if (whole && unit == "week")
      one.unit = Unit::week;
    else if (whole && unit == "month")
      one.unit = Unit::month;
    else if (!whole && unit == "year")
      one.unit = Unit::year;
    else if (!whole && unit == "half")
      one.unit = Unit::half;
    else if (!whole && unit == "quarter")
      one.unit = Unit::quarter;
    else
      fits = false;
    if (!fits)
      return fail(node, "RULE",
                  whole ? "write whole(1 per week) or whole(2 per month)"
                        : "write touched(1 per year), touched(1 per half) or touched(1 per quarter)");
    one.times = *times;
  }

  void window(const YamlNode& node, const std::string& inside, Service& one) {
    one.rule = Service::Rule::window;
    const auto parts = split(inside, ',');
    const auto days = parts.size() == 2 ? split(parts[1], '.') : std::vector<std::string>();  // -3, "", +3
    const auto before = days.size() == 3 ? -integer_of(days[0]).value_or(1) : -1;
    const auto behind = days.size() == 3 ? integer_of(days[2]).value_or(-1) : -1;
    const bool around = !parts.empty() && (parts[0] == "birthday" || parts[0] == "festival");
    if (!around || before < 0 || before > 60 || behind < 0 || behind > 60)
      return fail(node, "RULE",
                  "write window(birthday, -3..+3) or window(festival, -15..+0), at most sixty days");
    one.around = parts[0] == "birthday" ? Service::Around::birthday : Service::Around::festival;
    if (one.around == Service::Around::birthday) one.whose = Service::For::member;
    one.before = before, one.behind = behind;
  }

  void after(const YamlNode& node, const std::string& inside, Service& one) {
    one.rule = Service::Rule::after;
    const auto parts = split(inside, ',');
    const auto behind = parts.size() == 2 ? integer_of(parts[1]) : std::nullopt;
    if (!behind || parts[0] != "death" || *behind < 0 || *behind > 366)
      return fail(node, "RULE", "write after(death, 1): so many days after a death is told");
    one.behind = *behind;
  }

  void by(const YamlNode& node, const std::string& inside, Service& one) {
    one.rule = Service::Rule::by;
    const auto parts = split(inside, ',');
    const auto day = [](const std::string& text) { return Date::parse("2026-" + text); };
    const auto target = parts.size() == 2 ? day(parts[0]) : std::nullopt,
               due = parts.size() == 2 ? day(parts[1]) : std::nullopt;
    if (!target || !due || *due < *target)
      return fail(
          node, "RULE",
          "write by(10-10, 10-20): the day that 前 means strictly, and the last one that it may mean");
    one.target_month = target->month(), one.target_day = target->day();
    one.due_month = due->month(), one.due_day = due->day();
  }

  void channels(const YamlNode& node, Service& one) {
    std::string all;
    for (const auto& word : split(text(node), ' ')) {
      if (word.size() != 1 || std::string_view("VPNGM").find(word[0]) == std::string_view::npos)
        return fail(node, "CHANNEL",
                    "channels are V (at home), P (telephone), N (network), G (together), M (medical): V P N");
      all += word;
    }
    one.channels = all;
  }

  int days(const YamlNode& node) {
    auto written = text(node);
    const auto count =
        written.ends_with(" days") ? integer_of(written.substr(0, written.size() - 5)) : std::nullopt;
    if (!count || *count < 0 || *count > 366) return fail(node, "DAYS", "write '30 days'"), 0;
    return *count;
  }

  bool yes_no(const YamlNode& node) {
    const auto written = text(node);
    if (written != "yes" && written != "no") fail(node, "VALUE", "write yes or no");
    return written == "yes";
  }

  std::vector<std::string> texts(const YamlNode& node) {
    std::vector<std::string> all;
    if (!node.IsSequence()) return {text(node)};
    for (const auto& item : node)
      all.push_back(text(item));
    return all;
  }

  template <class Known>
  std::vector<std::string> words(const YamlNode& node, const Known& known, const std::string& what) {
    auto all = texts(node);
    for (const auto& word : all)
      if (std::find(std::begin(known), std::end(known), word) == std::end(known)) {
        std::string list;
        for (const auto& one : known)
          list.append(list.empty() ? "" : ", ").append(one);
        fail(node, "VALUE", "'" + word + "' is no " + what + ": " + list);
      }
    return all;
  }
  std::vector<std::string> roles(const YamlNode& node) { return words(node, helper_roles, "role"); }

  // ---- tests

  void read_tests(const YamlNode& node) {
    if (!node.IsSequence() || node.size() == 0) return fail(node, "TYPE", "'tests' is a list, and not empty");
    for (const auto& item : node)
      test(item);
  }

  void test(const YamlNode& node) {
    ServiceTest one;
    one.place = place(node);
    each(node,
         {{"name", [&](const YamlNode& at) { one.name = text(at); }},
          {"service",
           [&](const YamlNode& at) {
             one.service = text(at);
             known_service(at, one.service);
           }},
          {"archive", [&](const YamlNode& at) { spans(at, one); }},
          {"born",
           [&](const YamlNode& at) {
             one.born = text(at);
             day_of(at);
           }},
          {"acts", [&](const YamlNode& at) { acts_done(at, one); }},
          {"papers",
           [&](const YamlNode& at) {
             one.papers = texts(at);
             auto known = credentials_;
             known.insert(known.end(), {"signed", "declined", "ended"});
             for (const auto& paper : one.papers)
               lasting(at, paper, known, "paper");
           }},
          {"helpers",
           [&](const YamlNode& at) {
             one.helpers = texts(at);
             for (const auto& helper : one.helpers)
               lasting(at, helper, helper_roles, "role");
           }},
          {"deaths",
           [&](const YamlNode& at) {
             one.deaths = dated(at);
             for (const auto& death : one.deaths) {
               const auto parts = split(death, ' ');
               if (parts.size() != 1 && !(parts.size() == 3 && parts[1] == "told" && Date::parse(parts[2])))
                 fail(at, "VALUE", "write a death as 2026-07-20 told 2026-07-22");
             }
           }},
          {"period", [&](const YamlNode& at) { period(at, one); }},
          {"on",
           [&](const YamlNode& at) {
             one.on = day_of(at);
             if (one.on && (one.on->year() < 1900 || one.on->year() > 2200))
               fail(at, "DATE", "a day from 1900 to 2200, as of reports");
           }},
          {"owed", whole(one.owed, 0, 1000)},
          {"met", whole(one.met, 0, 1000)},
          {"overdue",
           [&](const YamlNode& at) {
             std::int64_t count = 0;
             whole(count, 0, 1000)(at);
             one.overdue = count;
           }}},
         {"name", "service", "archive", "period", "owed", "met"});
    result_.tests.push_back(std::move(one));
  }

  void known_service(const YamlNode& node, const std::string& id) {
    const bool known = std::any_of(result_.services.begin(), result_.services.end(),
                                   [&](const Service& one) { return one.id == id; });
    if (!known) fail(node, "VALUE", "this file has no service '" + id + "'");
  }

  void spans(const YamlNode& node, ServiceTest& one) {
    for (const auto& written : texts(node)) {
      const auto open = span(written);
      if (!open)
        fail(node, "DATE",
             "write when the archive was open as 2026-07-10 .. 2026-08-17 (the last day), or 2026-07-10 ..");
      else
        one.archive.push_back(*open);
    }
  }

  std::optional<Date> day_of(const YamlNode& node) {
    const auto day = Date::parse(text(node));
    if (!day) fail(node, "DATE", "write the day as 2026-11-18");
    return day;
  }

  /// "signed 2026-01-05 .. 2026-12-31": a known word, and if wanted the days.
  template <class Known>
  void lasting(const YamlNode& node, const std::string& written, const Known& known,
               const std::string& what) {
    const auto word = written.substr(0, written.find(' '));
    if (std::find(std::begin(known), std::end(known), word) == std::end(known))
      fail(node, "VALUE", "'" + word + "' is no " + what);
    if (word.size() < written.size() && !span(std::string_view(written).substr(word.size())))
      fail(node, "DATE", "write the days behind it as 2026-07-10 .. 2026-08-17, or 2026-07-10 ..");
  }

  /// "2026-08-30 V by doctor": a day, and how it was done.
  void acts_done(const YamlNode& node, ServiceTest& one) {
    one.acts = dated(node);
    for (const auto& written : one.acts) {
      const auto parts = split(written, ' ');
      for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (part == "by" && i + 1 < parts.size()) {
          const auto& doer = parts[++i];
          if (doer != "stranger" &&
              std::find(std::begin(helper_roles), std::end(helper_roles), doer) == std::end(helper_roles))
            fail(node, "VALUE", "'" + doer + "' is no role, nor stranger");
          continue;
        }
        const bool channel =
            part.size() == 1 && std::string_view("VPNGM").find(part) != std::string_view::npos;
        if (!channel && part != "unreached" && part != "away" && !is_service(part))
          fail(node, "VALUE",
               "'" + part +
                   "' says nothing of an act: a channel (V P N G M), unreached, away, by ROLE, or a service");
      }
    }
  }

  std::vector<std::string> dated(const YamlNode& node) {
    auto all = texts(node);
    for (const auto& one : all)
      if (!Date::parse(std::string_view(one).substr(0, 10)))
        fail(node, "DATE", "each begins with its day: 2026-07-12 V");
    return all;
  }

  void period(const YamlNode& node, ServiceTest& one) {
    const auto read = Period::read(text(node));
    if (!read)
      fail(node, "PERIOD", read.error().text);
    else
      one.period = *read;
  }

  const fs::path path_;
  const std::vector<std::string>&festivals_, &credentials_;
  std::vector<std::pair<YamlNode, std::string>> counted_;  // ids under 'counts', and where
  ServiceFile result_;
  std::optional<std::string> document_;
};

}  // namespace

Festivals::Festivals(const CodeTables& tables) {
  const auto table = tables.find("festivals");
  if (table == tables.end()) return;
  constexpr int from = 2000, until = 2100;  // years that a report may be of
  for (auto day = Date(2024, 1, 1); day < Date(2025, 1, 1); day = day.plus_days(1))
    if (const auto* name = table->second.find_exact(day.text().substr(5)))
      yearly_[*name] = {day.month(), day.day()};
  for (auto day = Date(from, 1, 1); day < Date(until, 1, 1); day = day.plus_days(1))
    if (const auto* name = table->second.find_exact(day.text())) dated_[*name].insert(day);
}

std::vector<std::pair<Date, std::string>> Festivals::in(Interval range,
                                                        const std::vector<std::string>& names) const {
  std::vector<std::pair<Date, std::string>> found;
  if (range.empty()) return found;
  for (const auto& name : names) {
    if (const auto dated = dated_.find(name); dated != dated_.end())
      for (const auto day : dated->second)
        if (range.contains(day)) found.emplace_back(day, name);
    if (const auto yearly = yearly_.find(name); yearly != yearly_.end())
      for (auto year = range.from.year(); year <= range.until.plus_days(-1).year(); ++year)
        if (const auto day = Date::make(year, yearly->second.first, yearly->second.second);
            day && range.contains(*day))
          found.emplace_back(*day, name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

bool Festivals::knows(std::string_view name) const {
  return dated_.contains(name) || yearly_.contains(name);
}

std::vector<std::string> Festivals::names() const {
  std::vector<std::string> all;
  for (const auto& [name, days] : dated_)
    all.push_back(name);
  for (const auto& [name, day] : yearly_)
    if (!dated_.contains(name)) all.push_back(name);
  return all;
}

std::vector<std::string> Festivals::lacking(int year) const {
  std::vector<std::string> names;
  for (const auto& [name, days] : dated_)
    if (std::none_of(days.begin(), days.end(), [&](Date day) { return day.year() == year; }))
      names.push_back(name);
  return names;
}

std::variant<ServiceSet, std::vector<Error>> ServiceSet::read(const fs::path& folder, const fs::path& codes) {
  std::vector<Error> errors;
  ServiceSet set;
  const auto tables = read_code_tables(codes, errors);
  set.festivals_ = Festivals(tables);
  const auto festivals = set.festivals_.names();
  std::vector<std::string> credentials;
  if (const auto table = tables.find("credential_type"); table != tables.end())
    credentials = table->second.meanings();
  if (const auto table = tables.find("festivals"); table != tables.end())
    for (const auto& code : table->second.codes())
      if (!Date::parse(code) && !Date::parse("2024-" + code))
        errors.push_back({"SERVICE_FESTIVALS",
                          "'" + code + "' is no day: write 2026-09-25, or 05-29 for one of every year",
                          (codes / "festivals.csv").string()});
  std::vector<fs::path> files;
  std::error_code failed;
  for (const auto& region : fs::directory_iterator(folder, failed)) {
    const auto name = region.path().filename().string();
    if (name.size() != 6 || name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code inside;
    for (const auto& entry : fs::directory_iterator(region.path(), inside))
      if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (failed)
    errors.push_back(
        {"SERVICE_FOLDER", "the folder of care cannot be read: " + failed.message(), folder.string()});
  std::sort(files.begin(), files.end());
  for (const auto& file : files)
    set.files_.push_back(Loader(file, festivals, credentials, errors).read());
  for (const auto& file : set.files_) {
    for (const auto& other : set.files_)
      if (&other < &file && other.region == file.region && !overlap(other.in_force, file.in_force).empty())
        for (const auto& service : file.services)
          for (const auto& twin : other.services)
            if (twin.id == service.id)
              errors.push_back({"SERVICE_TWICE",
                                service.id + " of this region stands also at " + twin.place +
                                    ", in force on some of the same days",
                                service.place});
    for (const auto& service : file.services)
      for (const auto& phrase : service.when)
        if (!set.asked_.contains(phrase))
          if (auto asked = AskedCondition::phrase(phrase)) set.asked_.emplace(phrase, std::move(*asked));
  }
  if (!errors.empty()) return errors;
  return set;
}

std::vector<const Service*> ServiceSet::of(std::string_view region, Date day) const {
  // The nearest region wins: county, city, province, the whole country.
  const auto nearness = [&](const ServiceFile& file) {
    if (file.region == default_region) return 1;
    std::string_view part = file.region;
    while (part.ends_with("00"))
      part.remove_suffix(2);
    return region.starts_with(part) ? 1 + static_cast<int>(part.size()) : 0;
  };
  std::map<std::string_view, std::pair<int, const Service*>> nearest;
  for (const auto& file : files_) {
    const auto near = nearness(file);
    if (near == 0 || !file.in_force.contains(day)) continue;
    for (const auto& service : file.services) {
      auto& best = nearest[service.id];
      if (near > best.first) best = {near, &service};
    }
  }
  std::vector<const Service*> all;
  for (const auto& [id, found] : nearest)
    all.push_back(found.second);
  return all;
}

const Service* ServiceSet::find(std::string_view region, Date day, std::string_view id) const {
  for (const auto* one : of(region, day))
    if (one->id == id) return one;
  return nullptr;
}

std::vector<Error> ServiceSet::check_year(int year) const {
  std::vector<Error> errors;
  // On this day nobody is called on: no service names it.
  const auto lacking = festivals_.lacking(year);
  if (!festivals_.knows(tomb_sweeping) ||
      std::find(lacking.begin(), lacking.end(), tomb_sweeping) != lacking.end())
    errors.push_back({"SERVICE_FESTIVALS",
                      "清明, a day on which no family is called on, has no day in " + std::to_string(year) +
                          ": add its row to codes/festivals.csv",
                      "festivals.csv"});
  for (const auto& file : files_) {
    if (overlap(file.in_force, {Date(year, 1, 1), Date(year + 1, 1, 1)}).empty()) continue;
    for (const auto& service : file.services)
      for (const auto& name : festivals_.lacking(year))
        if (std::find(service.festivals.begin(), service.festivals.end(), name) != service.festivals.end())
          errors.push_back({"SERVICE_FESTIVALS",
                            service.id + " goes by " + name + ", which has no day in " +
                                std::to_string(year) + ": add its row to codes/festivals.csv",
                            service.place});
  }
  return errors;
}

}  // namespace kinhub::service
