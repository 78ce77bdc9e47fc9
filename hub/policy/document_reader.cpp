// Head of a policy file, and what the readers of all its parts share: keys, texts,
// quotes, places of problems.

#include "hub/policy/document_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "hub/policy/keys.hpp"

namespace kinhub::policy {
namespace {

// Aliases: every key of the language with its Chinese form.
const std::map<std::string, std::string, std::less<>>& key_aliases() {
  static const auto aliases = [] {
    std::map<std::string, std::string, std::less<>> all;
    for (const auto& table : policy_tables)
      for (const auto& rule : table.keys)
        if (!rule.alias.empty()) all.emplace(rule.alias, rule.key);
    return all;
  }();
  return aliases;
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

}  // namespace

std::string canonical(std::string_view key) {
  auto found = key_aliases().find(key);
  return found == key_aliases().end() ? std::string(key) : found->second;
}

bool is_slug(std::string_view text) {
  if (text.empty() || text.size() > 80 || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

Document DocumentReader::read(const YamlNode& root) {
  assert(!document_ && "a reader reads one document");
  Document document;
  document.place = place(root);
  auto top = entries(root, keys_of(document_keys));
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
  read_document_evidence(top, root, document);
  calendar_ = &document.calendar;
  document_ = &document;
  if (parent_) {
    document.inherited = parent_->definitions;
    document.inherited.insert(document.inherited.end(), parent_->inherited.begin(), parent_->inherited.end());
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

Place DocumentReader::place(const YamlNode& node) const {
  auto mark = node.Mark();
  return {file_.string(), mark.line + 1, mark.column + 1};
}

void DocumentReader::fail(const YamlNode& node, std::string code, std::string words) {
  errors_.push_back({std::move(code), std::move(words), place(node).text()});
}

// Schema check of a map: its entries under their English keys; refuses duplicates, unknown keys and keys that
// are no text.
DocumentReader::Entries DocumentReader::entries(const YamlNode& node,
                                                const std::vector<std::string>& allowed) {
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

std::string DocumentReader::scalar(const YamlNode& node) {
  if (node.IsScalar()) return node.Scalar();
  fail(node, "POLICY_SHAPE", "here stands plain text");
  return {};
}

std::string DocumentReader::text(const Entries& from, std::string_view key, const YamlNode& around) {
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

std::string DocumentReader::optional_text(const Entries& from, std::string_view key) {
  auto found = from.find(key);
  return found == from.end() ? std::string{} : tidy(scalar(found->second));
}

void DocumentReader::read_in_force(const Entries& top, const YamlNode& root, Document& document) {
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

// The issued text beside the policy, in which every quote must stand.
void DocumentReader::read_text(const Entries& top) {
  auto name = optional_text(top, "document");
  if (name.empty()) return;
  if (name.find('/') != std::string::npos || name.find('\\') != std::string::npos) {
    fail(top.at("document"), "POLICY_DOCUMENT",
         "the document's text stands in the same folder as the policy");
    return;
  }
  const auto text = issued_.find((file_.parent_path() / name).string());
  if (text == issued_.end()) {
    fail(top.at("document"), "POLICY_DOCUMENT",
         fmt::format("cannot read '{}' beside the policy: it must be there, and end in .txt", name));
    return;
  }
  document_text_ = without_blanks(text->second);
}

namespace {

/// A quote on one line: runs of blanks are one blank, and none beside Chinese. Its punctuation stays.
std::string without_breaks(std::string_view written) {
  std::string out;
  bool blank = false;
  for (char c : written) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      blank = true;
      continue;
    }
    const bool ascii =
        static_cast<unsigned char>(c) < 0x80 && !out.empty() && static_cast<unsigned char>(out.back()) < 0x80;
    if (blank && ascii) out.push_back(' ');
    blank = false;
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string DocumentReader::read_quote(const Entries& from, std::string_view key) {
  auto found = from.find(key);
  if (found == from.end()) return {};
  auto written = scalar(found->second);
  const auto quote = without_breaks(written);  // with its own punctuation
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

std::pair<std::string, std::string> DocumentReader::two_names(std::string_view written) {
  auto name = tidy(written);
  auto open = name.find('(');
  if (open == std::string::npos || !name.ends_with(')') || open == 0) return {name, name};
  return {tidy(name.substr(0, open)), tidy(name.substr(open + 1, name.size() - open - 2))};
}

}  // namespace kinhub::policy
