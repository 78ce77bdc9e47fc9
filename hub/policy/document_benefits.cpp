// Reading of `benefits`: one draft for each, as its document states it.

#include <fmt/format.h>

#include <charconv>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"

namespace kinhub::policy {
namespace {

std::string slug_of(std::string_view name) {
  std::string slug;
  for (char c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    slug.push_back(c == ' ' || c == '_' ? '-' : c);
  }
  return slug;
}

}  // namespace

void DocumentReader::read_benefits(const YamlNode& node) {
  entries(node, {});
  if (!node.IsMap()) return;
  for (const auto& entry : node)
    if (entry.first.IsScalar()) read_benefit(entry.first, entry.second);
  if (document_->benefits.empty()) fail(node, "POLICY_EMPTY", "a policy needs at least one benefit");
}

void DocumentReader::read_benefit(const YamlNode& key, const YamlNode& node) {
  auto map = entries(node, keys_of(benefit_keys));
  Draft draft;
  draft.place = place(key);
  auto& benefit = draft.benefit;
  auto [name, chinese] = two_names(key.Scalar());
  benefit.name = name;
  benefit.issued = document_->title;
  benefit.title = chinese;
  auto slug = map.contains("id") ? tidy(scalar(map["id"])) : slug_of(name);
  if (!is_slug(slug))
    fail(key, "POLICY_ID", fmt::format("'{}' makes no id: add 'id:' in small letters, digits and '-'", name));
  benefit.id = document_->id + "/" + slug;
  benefit.policy = document_->id;
  benefit.region = document_->region;
  benefit.clause = text(map, "clause", key);
  if (!map.contains("quote"))
    fail(key, "POLICY_KEY_MISSING", "'quote' is missing: the sentence of the document");
  benefit.quote = read_quote(map);
  benefit.note = optional_text(map, "note");
  benefit.calendar = document_->calendar;
  benefit.evidence = document_->evidence;
  if (map.contains("evidence")) read_evidence(map["evidence"], benefit.evidence);
  read_whose(map, draft);
  if (map.contains("once on")) draft.event = read_phrase(map["once on"], tidy(scalar(map["once on"])), true);
  if (draft.event && (draft.event->op != Condition::Op::leaf || !is_event(draft.event->leaf.kind)))
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
  if (map.contains("excludes")) read_excludes(map["excludes"], draft);
  if (map.contains("wait")) read_wait(map["wait"], benefit);
  if (draft.replaces.empty() && (!draft.when || !draft.amount_given || !draft.whose_given))
    fail(key, "POLICY_KEY_MISSING", "'when', 'amount' and 'for' are needed, or 'replaces' to inherit them");
  for (const auto& other : document_->benefits)
    if (other.benefit.id == benefit.id)
      fail(key, "POLICY_KEY_TWICE", fmt::format("'{}' stands twice", benefit.id));
  document_->benefits.push_back(std::move(draft));
}

void DocumentReader::read_whose(const Entries& map, Draft& draft) {
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
  // After a divorce one household, that of the child's mother, or each parent's own.
  for (std::string_view ending : {", two after a divorce", ",离异后各为一户"})
    if (whose.ends_with(ending)) {
      whose = whose.substr(0, whose.size() - ending.size());
      draft.benefit.apart = true;
    }
  auto found = words.find(whose);
  if (found == words.end())
    fail(
        map.at("for"), "POLICY_WORD_UNKNOWN",
        fmt::format("unknown '{}'; write 'each parent, while alive', 'household' or 'couple', or 'household, "
                    "two after a divorce'",
                    whose));
  else if (draft.benefit.apart && found->second == Benefit::For::parent)
    fail(map.at("for"), "POLICY_WORD_UNKNOWN", "'two after a divorce' is said of a household or couple");
  else
    draft.benefit.whose = found->second;
}

void DocumentReader::read_mode(const YamlNode& node, Draft& draft) {
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

void DocumentReader::read_excludes(const YamlNode& node, Draft& draft) {
  if (node.IsSequence())
    for (const auto& one : node)
      draft.excludes.push_back(tidy(scalar(one)));
  else
    draft.excludes.push_back(tidy(scalar(node)));
}

void DocumentReader::read_wait(const YamlNode& node, Benefit& benefit) {
  auto written = tidy(scalar(node));
  int days = -1;
  auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), days);
  std::string_view rest(end, static_cast<std::size_t>(written.data() + written.size() - end));
  if (problem != std::errc() || (rest != " days" && rest != "天") || days < 0 || days > 3650)
    fail(node, "POLICY_WAIT", "write the waiting time as '14 days'");
  else
    benefit.wait_days = days;
}

}  // namespace kinhub::policy
