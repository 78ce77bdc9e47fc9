#include "hub/policy/proof.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hub/record/fact.hpp"

namespace kinhub {
namespace {

constexpr EvidenceClass weakest = EvidenceClass::insurance;

std::string words_of(const Proof& proof) {
  std::string text;
  for (unsigned i = 0; i <= static_cast<unsigned>(weakest); ++i)
    if (proof.alone >> i & 1u)
      text += fmt::format("{}{}", text.empty() ? "" : ", ", name_of(static_cast<EvidenceClass>(i)));
  if (proof.sources > 0) text += fmt::format("{}{} sources", text.empty() ? "" : "; or ", proof.sources);
  return text;
}

}  // namespace

bool proves(const Proof& proof, const SituationPerson::Died& died) {
  if (died.classes == 0 || (died.classes & proof.alone) != 0) return true;
  return proof.sources > 0 && died.sources >= proof.sources;
}

std::string describe(const ProofRules& rules) {
  return fmt::format("death: {}; own_death: {}", words_of(rules.death), words_of(rules.own_death));
}

std::optional<Situation> as_proven(const Situation& situation, const ProofRules& rules) {
  auto in_doubt = [&](std::size_t person) {
    const auto& died = situation.people[person].died;
    return died && died->certainty == Certainty::sure &&
           !proves(person == 0 ? rules.own_death : rules.death, *died);
  };
  std::vector<std::size_t> doubtful;
  for (std::size_t person = 0; person < situation.people.size(); ++person)
    if (in_doubt(person)) doubtful.push_back(person);
  if (doubtful.empty()) return std::nullopt;
  Situation seen = situation;
  for (auto person : doubtful)
    seen.people[person].died->certainty = Certainty::possible, seen.people[person].died->unproven = true;
  // A marriage that ended by such a death may go on, until a divorce or the death of the other.
  auto is_doubtful = [&](std::size_t person) {
    return std::find(doubtful.begin(), doubtful.end(), person) != doubtful.end();
  };
  for (const auto& marriage : situation.marriages) {
    if (marriage.ends < 0 || static_cast<std::size_t>(marriage.ends) >= situation.causes.size()) continue;
    const auto& end = situation.causes[static_cast<std::size_t>(marriage.ends)];
    if (end.what != Cause::What::death || !is_doubtful(static_cast<std::size_t>(end.person))) continue;
    auto rest = marriage;
    rest.when = {marriage.when.until, marriage.divorced};
    const auto other = static_cast<std::size_t>(end.person == 0 ? marriage.spouse : 0);
    const bool known = other < situation.people.size() && situation.people[other].died.has_value();
    if (known && situation.people[other].died->certainty == Certainty::sure && !is_doubtful(other))
      rest.when.until = std::min(rest.when.until, situation.people[other].died->on);
    rest.certainty = Certainty::possible, rest.starts = marriage.ends, rest.ends = no_cause;
    if (!rest.when.empty()) seen.marriages.push_back(rest);
  }
  return seen;
}

}  // namespace kinhub
