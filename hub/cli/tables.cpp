#include "hub/cli/tables.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/output.hpp"
#include "hub/pipeline/rewind.hpp"

namespace kinhub::cli {
namespace {

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : printable(text);
}
std::string name(const PersonView& person) {
  return or_dash(person.name);
}
/// Free text, which the desk hides without an opening.
std::string or_hidden(const std::optional<std::string>& text, const char* hidden) {
  return text ? printable(*text) : hidden;
}
std::string day(Date date) {
  return date == Date::beginning() || date == Date::forever() ? "-" : date.text();
}
/// Chinese readers know a benefit by its title; the id is what is typed.
std::string benefit_in(Language language, const Wording& words, const std::string& id) {
  return language == Language::zh && !words.zh.empty() ? printable(words.zh) + " " + id : id;
}
std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : "; ") + printable(word);
  return text;
}

/// Label of a lead's kind for operators, 疑似新增 new: the words case workers use, and the code.
std::string kind_of(const std::string& kind) {
  for (auto [english, chinese] : {std::pair{"new", Text::lead_new},
                                  {"changed", Text::lead_changed},
                                  {"ended", Text::lead_ended},
                                  {"verify", Text::lead_verify}})
    if (kind == english) return std::string(text(chinese, Language::zh)) + " " + english;
  return kind;
}

/// The name of a code in the reader's language; a code that is in no list as it is.
std::string code_in(Language language, const std::string& code) {
  static const std::map<std::string_view, Text> known{
      {"new", Text::lead_new},
      {"changed", Text::lead_changed},
      {"ended", Text::lead_ended},
      {"verify", Text::lead_verify},
      {"open", Text::state_open},
      {"confirmed", Text::state_confirmed},
      {"dismissed", Text::state_dismissed},
      {"closed", Text::state_closed},
      {"sure", Text::sure},
      {"pending", Text::pending},
      {"met", Text::met},
      {"not met", Text::not_met},
      {"unknown", Text::unknown},
      {"birth", Text::fact_birth},
      {"death", Text::fact_death},
      {"disability", Text::fact_disability},
      {"parentage", Text::fact_parentage},
      {"marriage", Text::fact_marriage},
      {"residence", Text::fact_residence},
      {"adoption_dissolved", Text::fact_adoption},
  };
  const auto found = known.find(code);
  return found == known.end() ? code : std::string(text(found->second, language));
}

std::string money_in(Language language, const AmountView& amount) {
  const auto sum = yuan(amount.fen);
  return amount.per == "month"  ? say_in(language, Text::per_month, sum)
         : amount.per == "year" ? say_in(language, Text::per_year, sum)
                                : say_in(language, Text::once, sum);
}

std::string joined(const std::vector<Wording>& all, Language language) {
  std::string list;
  for (const auto& one : all) {
    if (!list.empty()) list += text(Text::list_separator, language);
    list += printable(one.in(language));
  }
  return list;
}

/// Lines of a label and its value, with the values below one another.
class Lines {
 public:
  Lines(std::ostream& out, Language language) : out_(out), language_(language) {}
  void add(Text label, const std::string& value) { add(std::string(text(label, language_)), value); }
  void add(const std::string& label, const std::string& value) {
    const std::size_t width = display_width(label);
    out_ << label << std::string(width < labels_width ? labels_width - width : 1, ' ') << value << '\n';
  }

 private:
  static constexpr std::size_t labels_width = 11;
  std::ostream& out_;
  Language language_;
};

std::string seconds(std::int64_t ms) {
  return fmt::format("{:.1f}", static_cast<double>(ms) / 1000);
}

/// Sanitizes line by line, so that its own line breaks stay.
std::string printable_lines(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    auto end = text.find('\n');
    if (end == 0)
      clean += '\n';
    else
      clean += printable(text.substr(0, end)) + (end == std::string_view::npos ? "" : "\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  while (!clean.empty() && clean.back() == '\n')
    clean.pop_back();
  return clean;
}

void print_evidence(std::ostream& out, const std::vector<EvidenceView>& evidence) {
  Table table({"  source", "fact", "on", "received", "key"});
  for (const auto& item : evidence)
    table.add({"  " + item.source, item.fact, or_dash(item.on), shanghai_time(item.received_at_us),
               or_dash(item.key)});
  if (!table.empty()) table.print(out);
}

void print_evidence(std::ostream& out, const std::vector<EvidenceView>& evidence, Language language) {
  auto label = [&](Text which) { return std::string(text(which, language)); };
  Table table({"  " + label(Text::label_source), label(Text::label_fact), label(Text::label_on),
               label(Text::label_received), label(Text::label_key)});
  for (const auto& item : evidence)
    table.add({"  " + item.source, code_in(language, item.fact), or_dash(item.on),
               shanghai_time(item.received_at_us), or_dash(item.key)});
  if (!table.empty()) table.print(out);
}

/// Who told it, each agency once with the first day on which it did: 公安，2026年11月19日收到.
std::string tellers(const FactView& fact, Language language) {
  std::vector<std::pair<std::string, Date>> first;
  for (const auto& one : fact.by) {
    const auto& agency = one.agency.in(language);
    const auto received = shanghai_date(one.received_at_us);
    const auto known =
        std::find_if(first.begin(), first.end(), [&](const auto& other) { return other.first == agency; });
    if (known == first.end())
      first.emplace_back(agency, received);
    else
      known->second = std::min(known->second, received);
  }
  std::string list;
  for (const auto& [agency, received] : first) {
    if (!list.empty()) list += text(Text::list_separator, language);
    list += say_in(language, Text::told_on, agency, received);
  }
  return list;
}

std::string fact_text(const FactView& fact, Language language) {
  auto words = printable(fact.words.in(language));
  if (fact.by.empty()) return words;
  return say_in(language, Text::told_by, words, printable(tellers(fact, language)));
}

void print_tree(std::ostream& out, const ExplanationView& explanation, std::size_t depth, Language language) {
  const std::string indent(depth * 2, ' ');
  fmt::print(out, "{}[{}] {}", indent, code_in(language, explanation.value),
             printable(explanation.words.in(language)));
  const auto clause = printable(explanation.clause);
  if (!clause.empty()) out << "  " << (language == Language::zh ? chinese_typeset(clause) : clause);
  out << '\n';
  if (!explanation.quote.empty()) fmt::print(out, "{}    “{}”\n", indent, printable(explanation.quote));
  for (const auto& fact : explanation.facts)
    fmt::print(out, "{}    {}\n", indent, fact_text(fact, language));
  if (std::any_of(explanation.parts.begin(), explanation.parts.end(),
                  [](const ExplanationView& part) { return !part.worded; }))
    return;
  for (const auto& part : explanation.parts)
    print_tree(out, part, depth + 1, language);
}

void print_account(std::ostream& out, const AccountView& account, const std::string& quote,
                   Language language) {
  auto title = [&](Text label) { fmt::print(out, "\n{}\n", text(label, language)); };
  auto line = [&](const std::string& said) { fmt::print(out, "  {}\n", printable(said)); };
  fmt::print(out, "{}  {}\n", printable(account.name.in(language)), in_language(account.on, language));
  fmt::print(out, "{}  {}\n", text(Text::label_conclusion, language),
             printable(account.conclusion.in(language)));
  title(Text::label_say);
  for (const auto& sentence : account.say)
    line(sentence.in(language));
  for (const bool unknown : {false, true}) {
    bool titled = false;
    for (const auto& missing : account.missing) {
      if (missing.unknown != unknown) continue;
      if (!titled) title(unknown ? Text::label_unknown : Text::label_missing);
      titled = true;
      line(missing.words.in(language));
    }
  }
  if (!account.waits.empty()) {
    title(Text::label_waits);
    for (const auto& wait : account.waits)
      line(wait.words.in(language));
  }
  title(Text::label_next);
  line(account.next_words.in(language));
  title(Text::label_basis);
  line(account.basis.in(language));
  if (!quote.empty()) line("“" + quote + "”");
  title(Text::label_conditions);
}

std::string text_of(const FamilyMemberView::Standing& standing) {
  std::string text;
  for (const auto& value : standing.values) {
    const auto shown = printable(value.text);
    text += (text.empty() ? " " : ", ") + (value.field == standing.kind ? shown : value.field + " " + shown);
  }
  return text;
}

void print_family(std::ostream& out, const FamilyView& family) {
  fmt::print(out, "family {}\n", family.ref);
  Table members({"ref", "name", "citizen number", "sex", "born", "died", "disability", "registered in"});
  std::map<std::string, std::string> names;
  for (const auto& member : family.members) {
    names[member.person.ref] = name(member.person);
    std::string died = "-", disability, residence;
    if (member.died)
      died = or_dash(member.died->on) +
             (member.died->certainty == "sure" ? "" : " (" + member.died->certainty + ")");
    for (const auto& span : member.disabilities)
      disability += fmt::format("{}grade {} {} until {}", disability.empty() ? "" : ", ", span.grade,
                                day(span.when.from), day(span.when.until));
    for (const auto& span : member.residences)
      residence += fmt::format("{}{} {} until {}", residence.empty() ? "" : ", ",
                               printable(span.area.empty() ? span.region : span.area), day(span.when.from),
                               day(span.when.until));
    members.add({member.person.ref, name(member.person), or_dash(member.person.citizen_id),
                 or_dash(member.sex), or_dash(member.born), died, or_dash(disability), or_dash(residence)});
  }
  members.print(out);
  out << '\n';
  for (const auto& member : family.members)
    for (const auto& standing : member.standing)
      fmt::print(out, "{} {}{}  {} until {}\n", names[member.person.ref], standing.kind, text_of(standing),
                 day(standing.when.from), day(standing.when.until));
  for (const auto& kin : family.kin) {
    auto words = kin.kind == "spouse_of" ? std::string("married to") : "parent of (" + kin.how + ")";
    fmt::print(out, "{} {} {}  {} until {}{}\n", names[kin.from], words, names[kin.to], day(kin.when.from),
               day(kin.when.until), kin.certainty == "sure" ? "" : "  " + kin.certainty);
    print_evidence(out, kin.evidence);
  }
  for (const auto& member : family.members) {
    if (!member.died || member.died->evidence.empty()) continue;
    fmt::print(out, "death of {}\n", names[member.person.ref]);
    print_evidence(out, member.died->evidence);
  }
  for (const auto& conflict : family.conflicts)
    fmt::print(out, "to settle: {}\n", printable(conflict));
}

}  // namespace

void print(std::ostream& out, const std::vector<LeadView>& leads, Language language) {
  auto label = [&](Text which) { return std::string(text(which, language)); };
  if (leads.empty()) return void(out << label(Text::no_leads) << '\n');
  Table table({label(Text::label_id), label(Text::label_kind), label(Text::label_state),
               label(Text::label_benefit), label(Text::label_person), label(Text::label_from),
               label(Text::label_until), label(Text::label_money), label(Text::label_certainty),
               label(Text::label_because)});
  for (const auto& lead : leads)
    table.add({lead.id, code_in(language, lead.kind), code_in(language, lead.state), lead.benefit,
               name(lead.person), day(lead.when.from), day(lead.when.until),
               lead.amount ? money_in(language, *lead.amount) : "-", code_in(language, lead.certainty),
               joined(lead.pending.empty() ? lead.reason_words : lead.pending_words, language)});
  table.print(out);
}

void print(std::ostream& out, const LeadView& lead, Language language) {
  auto label = [&](Text which) { return std::string(text(which, language)); };
  fmt::print(out, "{}  {}  {}  {}\n", lead.id, code_in(language, lead.kind), code_in(language, lead.state),
             lead.benefit);
  Lines lines(out, language);
  lines.add(Text::label_person,
            name(lead.person) + "  " + or_dash(lead.person.citizen_id) + "  " + lead.person.ref);
  lines.add(Text::label_family, or_dash(lead.family));
  lines.add(Text::label_area, or_dash(lead.area));
  lines.add(Text::label_when, day(lead.when.from) + " .. " + day(lead.when.until));
  lines.add(Text::label_money, lead.amount ? money_in(language, *lead.amount) : "-");
  lines.add(Text::label_certainty, code_in(language, lead.certainty));
  for (const auto& word : lead.pending_words)
    lines.add(Text::label_waits, printable(word.in(language)));
  for (const auto& id : lead.held_events)
    lines.add(Text::label_waits_for,
              say_in(language, Text::label_event_held, id, "kinhub quarantine show " + id));
  for (const auto& word : lead.reason_words)
    lines.add(Text::label_because, printable(word.in(language)));
  lines.add(Text::label_opened, shanghai_time(lead.opened_at_us));
  lines.add(Text::label_revision, std::to_string(lead.revision));
  if (lead.not_before)
    lines.add(Text::label_visit, say_in(language, Text::label_visit_from, day(*lead.not_before)));
  if (lead.arrears_fen != 0)
    lines.add(Text::label_arrears, say_in(language, Text::label_up_to_today, yuan(lead.arrears_fen)));
  if (lead.overpaid_fen != 0)
    lines.add(Text::label_overpaid, say_in(language, Text::label_up_to_today, yuan(lead.overpaid_fen)));
  for (const auto& decision : lead.decisions)
    lines.add(code_in(language, decision.state),
              fmt::format("{} {} {}", shanghai_time(decision.at_us), printable(decision.by),
                          decision.reason ? printable(*decision.reason) : label(Text::label_reason_hidden)));
  Table timeline({"  " + label(Text::label_timeline), label(Text::label_until), label(Text::label_money),
                  label(Text::label_certainty)});
  for (const auto& span : lead.timeline)
    timeline.add({"  " + day(span.when.from), day(span.when.until),
                  span.amount ? money_in(language, *span.amount) : "-", code_in(language, span.certainty)});
  if (!timeline.empty()) timeline.print(out);
  print_evidence(out, lead.evidence, language);
}

void print(std::ostream& out, const std::vector<EntitlementView>& entitlements, Language language) {
  auto label = [&](Text which) { return std::string(text(which, language)); };
  if (entitlements.empty()) return void(out << label(Text::no_entitlements) << '\n');
  Table table({label(Text::label_benefit), label(Text::label_person), label(Text::label_from),
               label(Text::label_until), label(Text::label_money), label(Text::label_certainty),
               label(Text::label_clause), label(Text::label_starts), label(Text::label_ends)});
  for (const auto& item : entitlements)
    table.add({benefit_in(language, item.benefit_words, item.benefit), name(item.person), day(item.when.from),
               day(item.when.until), item.amount ? money_in(language, *item.amount) : "-",
               item.pending.empty() ? code_in(language, item.certainty)
                                    : say_in(language, Text::told_by, code_in(language, item.certainty),
                                             joined(item.pending_words, language)),
               or_dash(item.clause), or_dash(item.starts.in(language)), or_dash(item.ends.in(language))});
  table.print(out);
}

void print(std::ostream& out, const ExplanationView& explanation, Language language) {
  if (explanation.account) print_account(out, *explanation.account, explanation.quote, language);
  auto shown = explanation;
  // The basis says clause and quote of the whole.
  if (explanation.account) shown.clause.clear(), shown.quote.clear();
  print_tree(out, shown, explanation.account ? 1 : 0, language);
}

namespace {

std::string text_of(const FieldOriginView::Value& value) {
  std::string text = printable(value.text);
  auto add = [&](const std::string& more) { text += (text.empty() ? "" : " ") + more; };
  if (!value.name.empty()) add(printable(value.name));
  if (!value.number.empty()) add(printable(value.number));
  return or_dash(text);
}

/// " by evidence.yaml:41"
std::string by_rule(const std::string& rule) {
  return rule.empty() ? std::string() : ", by " + printable(rule);
}

void print_word(std::ostream& out, const FieldOriginView::Word& word) {
  fmt::print(out, "  {}  {} event {}  {}  received {}\n", text_of(word.value), word.evidence.source,
             word.evidence.event_sequence, word.evidence.fact, shanghai_time(word.evidence.received_at_us));
  if (word.evidence.read_anew_at_us)
    fmt::print(out, "    read anew by another mapping {}{}{}\n",
               shanghai_time(*word.evidence.read_anew_at_us),
               word.read_anew_by.empty() ? "" : ", by " + printable(word.read_anew_by),
               word.read_anew_by.empty() ? "" : ": " + or_hidden(word.read_anew_reason, "(--reveal)"));
  if (!word.lost.empty()) fmt::print(out, "    does not count: {}{}\n", word.lost, by_rule(word.rule));
  if (word.untold)
    fmt::print(out, "    no longer told since event {}{}{}\n", word.untold->event_sequence,
               word.untold->mapping.empty() ? "" : ", by " + word.untold->mapping + ".yaml",
               word.untold->line ? fmt::format(":{}", *word.untold->line) : "");
  if (!word.mapping.empty())
    fmt::print(out, "    set by {}.yaml{}\n", word.mapping, word.line ? fmt::format(":{}", *word.line) : "");
  for (const auto& raw : word.raw)
    fmt::print(out, "    {} = {}\n", printable(raw.place), or_hidden(raw.text, "(--reveal)"));
}

}  // namespace

void print(std::ostream& out, const FieldOriginView& origin) {
  fmt::print(out, "{} of {}  {}\n", origin.field, name(origin.person), or_dash(origin.person.citizen_id));
  if (origin.settled.empty()) out << "not known\n";
  for (const auto& settled : origin.settled) {
    fmt::print(out, "{}{}{}\n", text_of(settled.value),
               settled.by.empty() ? std::string() : "  known since " + shanghai_time(settled.known_since_us),
               settled.dispute.empty() ? std::string() : "  to settle: " + printable(settled.dispute));
    if (!settled.rule.empty()) fmt::print(out, "  chosen{}\n", by_rule(settled.rule));
    for (const auto& word : settled.by)
      print_word(out, word);
  }
  if (!origin.lost.empty()) out << "said, and does not count\n";
  for (const auto& word : origin.lost)
    print_word(out, word);
}

void print(std::ostream& out, const FamilyChangesView& changes) {
  fmt::print(out, "learnt from {} until {}\n", shanghai_time(changes.from_us),
             shanghai_time(changes.until_us));
  if (changes.people.empty()) out << "nothing\n";
  for (const auto& one : changes.people) {
    fmt::print(out, "{}  {}  {}{}\n", one.person.ref, name(one.person), or_dash(one.person.citizen_id),
               one.were.empty() ? "  not known before" : "");
    if (one.were.size() > 1) fmt::print(out, "  were {} persons: {}\n", one.were.size(), join(one.were));
    if (one.are.size() > 1) fmt::print(out, "  are {} persons: {}\n", one.are.size(), join(one.are));
    for (const auto& change : one.changes) {
      fmt::print(out, "  {} {}: {}{}\n", change.what == "learnt" ? "+" : "-", change.field,
                 text_of(change.value),
                 change.dispute.empty() ? std::string() : "  to settle: " + printable(change.dispute));
      for (const auto& by : change.by)
        fmt::print(out, "      {} event {}  {}  received {}{}\n", by.source, by.event_sequence, by.fact,
                   shanghai_time(by.received_at_us),
                   by.read_anew_at_us ? "  read anew " + shanghai_time(*by.read_anew_at_us) : "");
    }
  }
}

void print(std::ostream& out, const Balance& balance) {
  const auto total = balance.total();
  bool rewound = false;
  const bool unmatched = total.unmatched != 0, unnamed = total.unnamed != 0;
  for (const auto& [source, counts] : balance.sources)
    rewound |= counts.repeated != 0 || counts.lost != 0;
  std::vector<std::string> headings = {"source",    "received",    "applied",  "filtered",
                                       "duplicate", "quarantined", "in flight"};
  if (rewound) headings.insert(headings.end(), {"repeated", "lost"});
  headings.emplace_back("residue");
  if (unmatched) headings.emplace_back("taken back, never said");
  if (unnamed) headings.emplace_back("deaths of nobody known");
  Table table(headings);
  auto add = [&](const std::string& source, const Counts& counts) {
    std::vector<std::string> cells = {source};
    for (auto count : {counts.received, counts.applied, counts.filtered, counts.duplicate, counts.quarantined,
                       counts.in_flight})
      cells.push_back(std::to_string(count));
    if (rewound) cells.insert(cells.end(), {std::to_string(counts.repeated), std::to_string(counts.lost)});
    cells.push_back(std::to_string(counts.residue()));
    if (unmatched) cells.push_back(std::to_string(counts.unmatched));
    if (unnamed) cells.push_back(std::to_string(counts.unnamed));
    table.add(std::move(cells));
  };
  for (const auto& [source, counts] : balance.sources)
    add(source, counts);
  add("all", total);
  table.print(out);
}

void print(std::ostream& out, const std::vector<QuarantineView>& rows) {
  if (rows.empty()) return void(out << "quarantine is empty\n");
  Table table({"id", "source", "code", "place", "received", "attempts", "bytes", "key", "reason"});
  for (const auto& row : rows)
    table.add({row.id, row.source, row.code, or_dash(row.place), shanghai_time(row.received_at_us),
               std::to_string(row.attempts), std::to_string(row.bytes), or_dash(row.key), row.reason});
  table.print(out);
}

void print(std::ostream& out, const QuarantineView& row) {
  fmt::print(out, "{}  {}  {}\n", row.id, row.source, row.code);
  fmt::print(out, "reason    {}\n", printable(row.reason));
  fmt::print(out, "place     {}\n", or_dash(row.place));
  fmt::print(out, "mapping   {}  field {}\n", or_dash(row.mapping), or_dash(row.field));
  fmt::print(out, "key       {}\n", or_dash(row.key));
  fmt::print(out, "received  {}, attempts {}\n", shanghai_time(row.received_at_us), row.attempts);
  fmt::print(out, "origin    {}\n", or_dash(row.origin));
  fmt::print(out, "content   {} {}, {} bytes\n", or_dash(row.content_type), or_dash(row.charset), row.bytes);
  if (row.body) return void(out << *row.body << '\n');
  out << "body      hidden: --reveal --reason TEXT shows it\n";
}

void print(std::ostream& out, const std::vector<FamilyView>& families) {
  if (families.empty()) out << "no family\n";
  for (const auto& family : families)
    print_family(out, family);
}

namespace {

std::string state_text(const CareEntryView& entry) {
  std::string text = entry.state;
  if (!entry.quarantine.empty()) text += " as " + entry.quarantine;
  if (!entry.code.empty()) text += " [" + entry.code + "]";
  return text;
}

void print_entry(std::ostream& out, const CareEntryView& entry) {
  fmt::print(out, "{}  {}  {}  {}{}\n", entry.id, or_dash(entry.form), or_dash(entry.title),
             or_dash(entry.operation), entry.late ? "  补录" : "");
  fmt::print(out, "state    {}\n", state_text(entry));
  if (!entry.reason.empty()) fmt::print(out, "         {}\n", printable(entry.reason));
  if (!entry.quarantine.empty())
    fmt::print(out,
               "         mend it and 'kinhub quarantine replay {0}', or 'kinhub quarantine discard {0} "
               "--reason TEXT' and "
               "enter it anew\n",
               entry.quarantine);
  fmt::print(out, "signed   {} {}  {}\n", shanghai_time(entry.entered_at_us), or_dash(entry.who),
             entry.why ? or_dash(*entry.why) : "***");
  if (entry.sequence != 0) fmt::print(out, "event    {} of {}\n", entry.sequence, entry.partition);
  for (const auto& value : entry.values)
    fmt::print(out, "  {} ({})  {}\n", printable(value.label), value.item, or_hidden(value.text, "***"));
  for (const auto& fact : entry.facts) {
    std::string people;
    for (const auto& [role, text] : fact.people)
      people += "  " + role + " " + or_dash(text);
    fmt::print(out, "  fact {} {}{}{}\n", fact.op, fact.fact, fact.on.empty() ? "" : " on " + fact.on,
               people);
  }
}

std::string limits_text(const FormField& field) {
  std::string text(name_of(field.type));
  if (field.type == FormField::Type::date && field.coarsest != Precision::day)
    text += field.coarsest == Precision::month ? ", to the month at least" : ", to the year at least";
  if (!field.table.empty()) text += " of table " + field.table;
  for (const auto& [code, label] : field.options)
    text += (&code == &field.options.front().first ? ": " : ", ") + code + " " + label;
  if (field.repeat > 1) text += ", up to " + std::to_string(field.repeat) + " times";
  return text;
}

}  // namespace

void print(std::ostream& out, const CareAnswer& answer) {
  print_entry(out, answer.entry);
}

void print(std::ostream& out, const std::vector<CareEntryView>& entries) {
  if (entries.empty()) out << "nothing was entered\n";
  for (const auto& entry : entries)
    print_entry(out, entry);
}

void print(std::ostream& out, const std::vector<Form>& forms) {
  Table table({"form", "title", "about", "fields"});
  for (const auto& form : forms)
    table.add({form.id, form.title.zh + " " + form.title.en, form.about.zh + " " + form.about.en,
               std::to_string(form.fields.size())});
  table.print(out);
}

void print(std::ostream& out, const Form& form) {
  fmt::print(out, "{}  {}  {}\n", form.id, printable(form.title.zh), printable(form.title.en));
  fmt::print(out, "about    {}  {}\n", printable(form.about.zh), printable(form.about.en));
  Table table({"field", "label", "", "type"});
  for (const auto& field : form.fields)
    table.add({field.item, field.label.zh + " " + field.label.en, field.required ? "required" : "",
               limits_text(field)});
  table.print(out);
  for (const auto& items : form.one_of)
    fmt::print(out, "one of   {}\n", fmt::join(items, ", "));
}

void print(std::ostream& out, const std::vector<SourceSummary>& sources) {
  Table table({"source", "connector", "isolation", "state", "received", "last received", "complete until"});
  auto time = [](const std::optional<std::int64_t>& utc_us) { return utc_us ? shanghai_time(*utc_us) : "-"; };
  for (const auto& source : sources)
    table.add({source.name, or_dash(source.connector), or_dash(source.isolation), source.state,
               std::to_string(source.received), time(source.last_received_at_us),
               time(source.complete_until_us)});
  table.print(out);
  if (!sources.empty())
    for (const auto& source : sources)
      if (!source.unprotected.empty()) {  // the same for all on one machine
        for (const auto& lack : source.unprotected)
          out << "connectors are not kept from " << lack << '\n';
        break;
      }
}

namespace {

/// "+590.00", "-12.50"
std::string more_yuan(std::int64_t fen) {
  return (fen < 0 ? "-" : "+") + yuan(std::abs(fen));
}

void print_adoption(std::ostream& out, const EvidenceRulesView::Adoption& one) {
  fmt::print(out, "{}  since {}  by {}{}  sha256 {}\n", printable(one.name), shanghai_time(one.since_us),
             printable(one.by), one.reason.empty() ? std::string() : ": " + printable(one.reason),
             one.digest.substr(0, 16));
}

/// Label of an entry's reason, as case workers say it.
std::string why_text(const std::string& why) {
  for (auto [english, chinese] : {std::pair{"likely", "很可能同一人"},
                                  {"doubtful", "可能同一人"},
                                  {"contradicted", "与他人矛盾"},
                                  {"tie", "几人相近"},
                                  {"too_many", "人数过多"}})
    if (why == english) return std::string(chinese) + " " + english;
  return why;
}
std::string state_text(const std::string& state) {
  for (auto [english, chinese] :
       {std::pair{"open", "待核实"}, {"same", "同一人"}, {"different", "不是同一人"}, {"gone", "已消除"}})
    if (state == english) return std::string(chinese) + " " + english;
  return state;
}

std::string person_text(const PersonView& person) {
  if (person.ref.empty()) return "-";
  return person.ref + " " + name(person) + " " + or_dash(person.citizen_id);
}

void print_scanned(std::ostream& out, const IdentityScanned& scanned) {
  fmt::print(out,
             "{} persons looked at, {} of them without a number that tells who they are, {} pairs compared\n"
             "{} pairs wait for a case worker ({} of them likely): {} came, {} left\n",
             scanned.people, scanned.probes, scanned.compared, scanned.waiting, scanned.likely,
             scanned.opened, scanned.left);
  if (scanned.blocks_skipped > 0)
    fmt::print(out, "{} keys are borne by more people than limits.block allows: they brought none together\n",
               scanned.blocks_skipped);
  if (scanned.names_skipped > 0)
    fmt::print(out, "{} names have too many bearers to look for a wrong digit in a valid number\n",
               scanned.names_skipped);
  if (scanned.beyond > 0)
    fmt::print(out, "{} more pairs are beyond the limit of the queue: answer the weightiest first\n",
               scanned.beyond);
  if (scanned.nameless > 0)
    fmt::print(out, "{} pairs bear nothing by which a form could tell the two apart\n", scanned.nameless);
  if (!scanned.complete)
    out << "NOT COMPLETE: another scan took over, or this one was stopped; what it wrote is right\n";
}

void print_pair(std::ostream& out, const IdentityPairView& pair) {
  fmt::print(out, "{}  {}  {}  {:.1f} bits\n", pair.id, state_text(pair.state), why_text(pair.why),
             pair.bits);
  fmt::print(out, "a        {}\nb        {}\n", person_text(pair.a), person_text(pair.b));
  fmt::print(out, "since    {}, changed {}, last found {}\n", shanghai_time(pair.since_us),
             shanghai_time(pair.changed_at_us), shanghai_time(pair.seen_at_us));
  if (!pair.decided.empty())
    fmt::print(out, "answered {}: 'kinhub identity undo {}' takes it back\n", pair.decided, pair.id);
}

std::string said_text(const std::vector<IdentityPairView::Said>& all) {
  std::string text;
  for (const auto& said : all) {
    std::string sources;
    for (const auto& source : said.sources)
      sources += (sources.empty() ? "" : ", ") + source;
    text += (text.empty() ? "" : "; ") + text_of(said.value) + " (" + printable(sources) + ")";
  }
  return or_dash(text);
}

}  // namespace

void print(std::ostream& out, const EvidenceRulesView& rules) {
  if (rules.adoptions.empty()) {
    out << "the rules that are built in count: none were adopted\n";
  } else {
    out << "these rules count\n";
    print_adoption(out, rules.adoptions.back());
  }
  if (rules.adoptions.size() > 1) out << "before\n";
  for (auto one = std::next(rules.adoptions.rbegin(), rules.adoptions.empty() ? 0 : 1);
       one != rules.adoptions.rend(); ++one)
    print_adoption(out, *one);
  fmt::print(out, "configured: {}\n", printable(rules.configured));
  if (!rules.differs.empty()) fmt::print(out, "NOTE: {}\n", printable(rules.differs));
  if (!rules.text.empty()) fmt::print(out, "\n{}", printable_lines(rules.text));
}

void print(std::ostream& out, const EvidenceComparisonView& compared) {
  fmt::print(out, "{}: of {} people {} change\n", printable(compared.file), compared.people,
             compared.changed);
  for (const auto& [field, count] : compared.fields)
    fmt::print(out, "  {}: {}\n", field, count);
  fmt::print(out, "to settle: {} more, {} no longer\n", compared.disputed, compared.undisputed);
  std::string leads;
  for (const auto& [what, count] : compared.leads)
    leads += fmt::format("{}{} {}", leads.empty() ? "" : ", ", count, what);
  fmt::print(out, "leads: {}\n", leads.empty() ? "none" : leads);
  fmt::print(out, "money: arrears {} yuan, overpaid {} yuan\n", more_yuan(compared.arrears_fen),
             more_yuan(compared.overpaid_fen));
  for (const auto& one : compared.examples) {
    fmt::print(out, "{}  {}  {}\n", one.person.ref, name(one.person), or_dash(one.person.citizen_id));
    for (const auto& change : one.changes)
      fmt::print(out, "  {} {}: {}{}\n", change.what == "learnt" ? "+" : "-", change.field,
                 text_of(change.value),
                 change.dispute.empty() ? std::string() : "  to settle: " + printable(change.dispute));
  }
  if (static_cast<std::int64_t>(compared.examples.size()) < compared.changed)
    fmt::print(out, "... and {} more people\n",
               compared.changed - static_cast<std::int64_t>(compared.examples.size()));
  Table table({"lead", "benefit", "person", "is", "becomes", "arrears", "overpaid"});
  for (const auto& lead : compared.lead_examples)
    table.add({lead.what, lead.benefit, lead.person.ref, or_dash(lead.before), or_dash(lead.after),
               more_yuan(lead.arrears_fen), more_yuan(lead.overpaid_fen)});
  if (!table.empty()) table.print(out);
  out << "nothing was changed: 'kinhub evidence adopt --reason TEXT' lets these rules count\n";
}

void print(std::ostream& out, const EvidenceAdoptedView& adopted) {
  out << "these rules count now\n";
  print_adoption(out, adopted.adoption);
  out << adopted.persons << " persons looked at, " << adopted.leads_changed.size() << " leads changed\n";
  for (const auto& id : adopted.leads_changed)
    out << id << '\n';
}

void print(std::ostream& out, const HubState& status) {
  fmt::print(out, "kinhub {}  data in {}\n", status.version, status.data);
  fmt::print(out, "configuration: {}\n", config_words(status.config, status.config_from));
  fmt::print(out, "node {}, log {}, store {}\n", status.node, printable(status.log), status.store);
  fmt::print(out, "{} persons, {} facts\n", status.persons, status.facts);
  if (!status.data_shared.empty()) fmt::print(out, "{}\n", printable(status.data_shared));
  for (const auto& source : status.plain_network)
    fmt::print(out, "source {} may do without TLS beyond this machine (plain_network)\n", printable(source));
  if (status.unreadable > 0)
    fmt::print(out, "{} records of persons cannot be read: docs/operators.md, An unreadable record\n",
               status.unreadable);
  if (status.damaged > 0)
    fmt::print(out, "{} damages are kept: 'kinhub doctor' names the rows\n", status.damaged);
  std::string leads;
  for (const auto& [kind, count] : status.open_leads)
    leads += fmt::format("{}{} {}", leads.empty() ? "" : ", ", kind_of(kind), count);
  fmt::print(out, "open leads: {}\n", leads.empty() ? "none" : leads);
  std::string pairs;
  for (const auto& [why, count] : status.identity_pairs)
    pairs += fmt::format("{}{} {}", pairs.empty() ? "" : ", ", why_text(why), count);
  fmt::print(out, "identity queue: {}\n", pairs.empty() ? "nothing waits" : pairs);
  fmt::print(out, "night round: rights {}, identity {}{}\n", or_dash(status.last_scan),
             or_dash(status.last_identity_scan),
             status.night_round.empty() ? std::string() : "; whole on " + status.night_round);
  for (const auto& alarm : status.night_alarms)
    fmt::print(out, "ALARM: {}\n", printable(alarm));
  for (const auto& run : status.runs)
    fmt::print(out, "reconciliation of {}: run {} {}, {} records, {} corrected{}\n", run.source, run.run,
               run.state, run.records, run.corrected,
               run.kept > 0 ? ", " + std::to_string(run.kept) + " kept back" : std::string());
  std::string sinks;
  for (const auto& sink : status.sinks)
    sinks += fmt::format(", {} waiting for {}", sink.waiting, sink.name);
  fmt::print(out, "notices: {} written{}\n", status.notices, sinks);
  if (!status.policies.empty()) fmt::print(out, "ALARM: {}\n", printable(status.policies));
  if (!status.evidence.empty()) fmt::print(out, "NOTE: {}\n", printable(status.evidence));
  for (const auto& [partition, why] : status.stopped)
    fmt::print(out, "STOPPED {}: {}\n", partition, printable(why));
  Table nodes({"node", "seen"});
  for (const auto& node : status.nodes)
    nodes.add({node.name, seconds(node.seen_ms_ago) + " s ago"});
  if (!nodes.empty()) nodes.print(out);
  Table leases({"owned", "by node", "for another"});
  for (const auto& lease : status.leases)
    leases.add({lease.name, lease.remaining_ms > 0 ? or_dash(lease.owner) : "nobody",
                lease.remaining_ms > 0 ? seconds(lease.remaining_ms) + " s" : "-"});
  if (!leases.empty()) leases.print(out);
  if (!status.log_away.empty())
    fmt::print(out, "THE LOG DOES NOT ANSWER, so the balance is not known: {}\n", printable(status.log_away));
  if (status.balance) print(out, *status.balance);
}

void print(std::ostream& out, const std::vector<PositionState>& positions) {
  Table table({"source", "partition", "start", "end", "processed", "waiting", "checkpoint", "stopped"});
  for (const auto& one : positions)
    table.add({one.source, one.partition, std::to_string(one.start), std::to_string(one.end),
               std::to_string(one.processed), std::to_string(one.waiting()), one.checkpoint ? "yes" : "no",
               or_dash(one.stopped)});
  table.print(out);
}

void print(std::ostream& out, const RewindView& rewind) {
  fmt::print(out, "{}\n{}\n", printable_lines(rewind.text),
             rewind.applied ? "done" : "nothing was changed: --apply does it");
}

namespace {

/// A difference: "+590", "-600.50", "0".
std::string difference(std::int64_t fen) {
  return (fen > 0 ? "+" : "") + yuan(fen);
}

void print_facts(std::ostream& out, const std::map<FactKind, Remapped::Facts>& facts) {
  if (facts.empty()) return;
  Table table({"fact", "added", "gone", "changed", "fields that differ"});
  for (const auto& [kind, of] : facts) {
    std::string fields;
    for (const auto& [field, count] : of.fields)
      fields += (fields.empty() ? "" : ", ") + field + " " + std::to_string(count);
    table.add({std::string(name_of(kind)), std::to_string(of.added), std::to_string(of.gone),
               std::to_string(of.changed), or_dash(fields)});
  }
  table.print(out);
}

}  // namespace

void print(std::ostream& out, const RemapView& remap) {
  const auto& what = remap.what;
  if (what.interrupted_at_us != 0)
    fmt::print(out,
               "the replay of {} did not come to its end: the events before it broke off are read anew\n",
               shanghai_time(what.interrupted_at_us));
  fmt::print(out, "{}{}: {} events read anew, {} say the same, {} something else\n", remap.source,
             remap.mapping.empty() ? "" : " by " + printable(remap.mapping), what.read, what.same(),
             what.changed);
  for (const auto& [code, of] : what.failing_by_code)
    fmt::print(out, "{} cannot be read now and stay as they were read, first event {}: {}\n", of.events,
               of.first_sequence, printable(describe(of.error)));
  if (what.held > 0)
    fmt::print(out, "{} wait in quarantine: kinhub quarantine replay --source {}\n", what.held, remap.source);
  if (what.discarded > 0) fmt::print(out, "{} were discarded from quarantine and stay so\n", what.discarded);
  if (what.unreadable > 0)
    fmt::print(out, "{} events of the log cannot be read any more: what they told stays\n", what.unreadable);
  if (what.facts_not_in_log > 0)
    fmt::print(out, "{} facts stay as they are: the log no longer has their events\n", what.facts_not_in_log);
  print_facts(out, what.facts);
  fmt::print(out, "people     {}\nleads      {} opened, {} updated, {} closed\n", what.people,
             what.leads_opened, what.leads_updated, what.leads_closed);
  if (!what.money.empty()) {
    Table table({"benefit", "arrears, yuan", "overpaid, yuan"});
    for (const auto& [benefit, of] : what.money)
      table.add({printable(benefit), difference(of.arrears_fen), difference(of.overpaid_fen)});
    table.print(out);
  }
  if (remap.applied)
    fmt::print(out, "done; what differs is known since {}\n", shanghai_time(what.at_us));
  else
    out << "nothing was changed: --apply --reason TEXT does it\n";
}

void print(std::ostream& out, const CheckpointView& checkpoint) {
  if (checkpoint.present.empty())
    return void(
        fmt::print(out, "{} has no checkpoint: its agency is read from the beginning\n", checkpoint.source));
  for (std::size_t i = 0; i < checkpoint.present.size(); ++i)
    fmt::print(out, "{} {}{}\n",
               checkpoint.applied ? "forgotten: checkpoint" : "would be forgotten: checkpoint",
               checkpoint.present[i],
               i < checkpoint.positions.size() ? ": " + printable(checkpoint.positions[i]) : "");
  fmt::print(out,
             "the agency of {} is read anew from the beginning; what was said before counts as duplicate\n",
             checkpoint.source);
  if (!checkpoint.applied) out << "nothing was changed: --apply does it\n";
}

void print(std::ostream& out, const CoverageView& coverage) {
  fmt::print(out, "{} was taken to be complete until {}; {} until {}\n", coverage.source,
             shanghai_time(coverage.was_us), coverage.applied ? "it is now" : "it would be",
             shanghai_time(coverage.now_us));
  if (!coverage.applied) out << "nothing was changed: --apply --reason TEXT does it\n";
}

void print(std::ostream& out, const std::vector<TopicState>& topics) {
  Table table({"topic", "state", "partitions", "replication", "settings"});
  for (const auto& topic : topics) {
    std::string settings;
    for (const auto& [name, value] : topic.settings)
      settings += (settings.empty() ? "" : " ") + name + "=" + value;
    table.add({topic.name, topic.done.empty() ? topic.state : topic.state + ", was " + topic.done,
               std::to_string(topic.partitions), std::to_string(topic.replication), or_dash(settings)});
  }
  table.print(out);
  for (const auto& topic : topics)
    for (const auto& wrong : topic.wrong)
      fmt::print(out, "{}: {} is {}, needed {}: {} ({})\n", topic.name, wrong.setting, printable(wrong.found),
                 wrong.wanted, wrong.why,
                 wrong.can_mend ? "kinhub topics apply mends it" : "a person must mend it");
}

void print(std::ostream& out, const KeysState& keys) {
  out << keys.file << '\n';
  Table table({"key", "suite", "created", "", "values", "events"});
  bool others = false;
  for (const auto& key : keys.keys) {
    const auto role = key.suite.empty() ? "missing in the key file"
                      : key.active      ? (key.first ? "first, active" : "active")
                                        : (key.first ? "first" : "");
    others = others || (!key.active && key.values + key.events > 0);
    table.add({key.id, or_dash(key.suite), key.created_us ? shanghai_time(*key.created_us) : "-", role,
               std::to_string(key.values), keys.log_counted ? std::to_string(key.events) : "-"});
  }
  table.print(out);
  if (!keys.log_counted) out << "Events in Kafka are not counted: a key they may carry stays in the file.\n";
  if (others) out << "kinhub key rotate seals anew what carries another key than the active one\n";
}

void print(std::ostream& out, const KeyChange& change) {
  const auto key = "key " + change.id + " (" + change.suite + ")";
  switch (change.what) {
    case KeyChange::What::added:
    case KeyChange::What::active:
      out << key << " seals from now on; kinhub key rotate seals anew what is there\n";
      break;
    case KeyChange::What::standby:
      out << key << " is in the key file, and seals from 'kinhub key use " << change.id << "' on\n";
      break;
    case KeyChange::What::removed:
      out << key << " is no longer in the key file\n";
      break;
  }
  if (!change.several_nodes) {
    out << "copy " << change.file << " to where its copy is kept\n";
  } else if (change.what == KeyChange::What::standby) {
    out << "copy " << change.file
        << " to every node and to where its copy is kept, then give 'kinhub key use " << change.id
        << "' on each\n";
  } else {
    out << "copy " << change.file
        << " to every node and to where its copy is kept: a node without it cannot read what others seal\n";
  }
}

void print(std::ostream& out, const RotationState& rotation) {
  if (rotation.resumed) out << "went on where an interrupted rotation had stopped\n";
  out << rotation.values << " values of the store";
  if (!rotation.log_in_kafka) out << " and " << rotation.events << " events";
  out << " sealed anew with key " << rotation.id << '\n';
  if (rotation.log_in_kafka)
    out << "Events in Kafka stay as they are: keep the older keys in the file as long as the topics are "
           "kept\n";
  if (rotation.unreadable > 0)
    out << rotation.unreadable
        << " cannot be opened and stay as they are; the first: " << printable(rotation.first_unreadable)
        << '\n';
  if (rotation.other_keys > 0)
    out << rotation.other_keys
        << " carry another key: what could not be opened, or what a node with an older key file seals "
           "meanwhile; copy the key file to every node and give the command again\n";
}

void print(std::ostream& out, const IngestView& ingested) {
  out << ingested.files << " files, " << ingested.events << " events, " << ingested.quarantined
      << " of them to quarantine\n";
  print(out, ingested.balance);
}

void print(std::ostream& out, const NightView& night) {
  out << "scan of " << night.today.text() << ": " << night.persons << " persons, "
      << night.leads_changed.size() << " leads changed\n";
  for (const auto& id : night.leads_changed)
    out << id << '\n';
  if (night.identity) print_scanned(out, *night.identity);
  if (const auto& agreed = night.agreement)
    fmt::print(
        out,
        "agreement: {} people compared, {} values of sources differ from what counts (kinhub agreement); "
        "{} people are reported dead and listed as living\n",
        agreed->people, agreed->differences, agreed->in_question);
}

void print(std::ostream& out, const IdentityScanView& scan) {
  out << "identity scan of " << scan.today.text() << (scan.dry_run ? ", a dry run: nothing is written" : "")
      << '\n';
  print_scanned(out, scan.found);
}

void print(std::ostream& out, const IdentityQueueView& queue) {
  fmt::print(out, "{} pairs wait for a case worker ({} of them likely); {}\n", queue.waiting, queue.likely,
             queue.last_scan.empty() ? "no scan was made yet: kinhub identity scan"
                                     : "last scan of " + queue.last_scan);
  Table table({"id", "state", "why", "bits", "a", "b", "since"});
  for (const auto& pair : queue.pairs)
    table.add({pair.id, state_text(pair.state), why_text(pair.why), fmt::format("{:.1f}", pair.bits),
               person_text(pair.a), person_text(pair.b), shanghai_time(pair.since_us)});
  if (!table.empty()) table.print(out);
  if (queue.left_out > 0) fmt::print(out, "and {} more: --limit NUMBER, 0 for all\n", queue.left_out);
}

void print(std::ostream& out, const IdentityPairView& pair) {
  print_pair(out, pair);
  for (auto [kind, title] : {std::pair{"for", "支持 for"},
                             {"against", "反对 against"},
                             {"hold", "须人工判断 a person must look"},
                             {"veto", "不是同一人 not one by matching"}}) {
    bool told = false;
    for (const auto& finding : pair.findings) {
      if (finding.kind != kind) continue;
      if (!told) out << title << '\n';
      told = true;
      fmt::print(out, "  {:+6.1f}  {} {}\n", finding.bits, finding.label, finding.word);
    }
  }
  if (pair.fields.empty()) return;
  Table table({"", "a", "b"});
  for (const auto& field : pair.fields)
    table.add({field.label + " " + field.field, said_text(field.a), said_text(field.b)});
  table.print(out);
}

void print(std::ostream& out, const IdentityAnswerView& answer) {
  print_pair(out, answer.pair);
  print_entry(out, answer.entry);
}

void print(std::ostream& out, const ReplayView& replayed) {
  out << replayed.replayed << " replayed, " << replayed.applied << " applied, " << replayed.quarantined_again
      << " in quarantine again\n";
}

void print(std::ostream& out, const DiscardView& discarded) {
  out << discarded.discarded << " discarded\n";
}

void print(std::ostream& out, const HubCheck& checked) {
  out << "configuration: " << config_words(checked.config, checked.config_from) << '\n'
      << "data: " << checked.data
      << (checked.hub ? "" : ", no hub there yet: 'kinhub init', 'run' or 'ingest' makes one") << '\n'
      << checked.sources << " sources, " << checked.mappings << " mappings, " << checked.benefits
      << " benefits, " << checked.problems.size() << " problems\n";
}

void print(std::ostream& out, const MadeHub& made) {
  const auto config = printable(made.config.string());
  out << "wrote " << config << ": every setting with a comment; all but 'data' are commented out\n";
  if (made.key_made)
    out << "made the key file " << printable(made.key.string())
        << " (mode 0600). Without it nothing in this data directory can be read again: keep a copy "
           "elsewhere\n";
  else
    out << "kept the hub that is in " << printable(made.data.string()) << " already\n";
  out << "next: kinhub check --config " << config << "\n";
}

}  // namespace kinhub::cli
