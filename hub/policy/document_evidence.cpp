// Reading of `evidence`: how much proof a death needs before money moves by it.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {
namespace {

std::optional<EvidenceClass> class_of(std::string_view word) {
  constexpr std::array<std::pair<std::string_view, EvidenceClass>, 5> chinese{
      {{"公安", EvidenceClass::police_registration},
       {"证明", EvidenceClass::certificate},
       {"医院", EvidenceClass::hospital},
       {"殡葬", EvidenceClass::cremation},
       {"医保", EvidenceClass::insurance}}};
  for (const auto& [name, found] : chinese)
    if (word == name) return found;
  return evidence_class(word);
}

// "or 2 sources", "或2个来源"
std::optional<int> sources_of(std::string_view words) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> forms{
      {{"or ", " sources"}, {"或", "个来源"}}};
  for (const auto& [before, after] : forms) {
    if (!words.starts_with(before) || !words.ends_with(after)) continue;
    auto digits = words.substr(before.size(), words.size() - before.size() - after.size());
    int count = 0;
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (problem == std::errc() && end == digits.data() + digits.size() && count >= 2 && count <= 9)
      return count;
  }
  return std::nullopt;
}

}  // namespace

Proof DocumentReader::read_proof(const YamlNode& node) {
  Proof proof;
  auto written = tidy(scalar(node));
  auto semicolon = written.find(';'), wide = written.find("；");
  const std::size_t mark_size = wide < semicolon ? std::string_view("；").size() : 1;
  semicolon = std::min(semicolon, wide);
  auto list = tidy(std::string_view(written).substr(0, semicolon));
  while (!list.empty()) {
    auto comma = list.find(',');
    auto word = tidy(std::string_view(list).substr(0, comma));
    list = comma == std::string::npos ? std::string() : tidy(std::string_view(list).substr(comma + 1));
    const auto found = class_of(word);
    if (found == EvidenceClass::care_desk) {
      fail(node, "POLICY_EVIDENCE", "a case worker's word proves no death: name what does");
      continue;
    }
    if (found) {
      proof.alone |= static_cast<std::uint8_t>(1u << static_cast<unsigned>(*found));
      continue;
    }
    std::vector<std::string> names;
    for (unsigned i = 0; i <= static_cast<unsigned>(EvidenceClass::insurance); ++i)
      names.emplace_back(name_of(static_cast<EvidenceClass>(i)));
    auto hint = nearest(word, names);
    fail(node, "POLICY_EVIDENCE",
         fmt::format("unknown class of evidence '{}'; it knows: {}{}", word, fmt::join(names, " | "),
                     hint ? fmt::format("; is '{}' meant?", *hint) : ""));
  }
  if (semicolon != std::string::npos) {
    auto sources = sources_of(tidy(std::string_view(written).substr(semicolon + mark_size)));
    if (!sources)
      fail(node, "POLICY_EVIDENCE",
           "write 'police_registration, certificate, hospital; or 2 sources' (2 to 9 of them)");
    proof.sources = sources.value_or(0);
  }
  if (proof == Proof{} && written.empty())
    fail(node, "POLICY_EVIDENCE", "a death that nothing can prove never moves money: name what proves it");
  return proof;
}

void DocumentReader::read_evidence(const YamlNode& node, ProofRules& rules) {
  auto own = entries(node, keys_of(evidence_keys));
  if (own.contains("death")) rules.death = read_proof(own["death"]);
  if (own.contains("own_death")) rules.own_death = read_proof(own["own_death"]);
}

// What is not stated is inherited from the parent; a document without one states both.
void DocumentReader::read_document_evidence(Entries& top, const YamlNode& root, Document& document) {
  if (parent_) document.evidence = parent_->evidence;
  if (top.contains("evidence")) read_evidence(top["evidence"], document.evidence);
  if (document.evidence.death == Proof{} || document.evidence.own_death == Proof{})
    fail(top.contains("evidence") ? top["evidence"] : root, "POLICY_EVIDENCE",
         "'evidence' of 'death' and 'own_death' is missing, and there is no parent to inherit it from");
}

}  // namespace kinhub::policy
