#include "hub/record/standing.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>

#include "hub/base/name_form.hpp"

namespace kinhub {
namespace {

/// What one statement claims of some days.
struct Word {
  const Statement* said = nullptr;
  const Mention* own = nullptr;
  Interval when;  ///< as far as its own history goes
};

auto place_in_log(const Statement& one) {
  return std::tie(one.source, one.fact.key, one.event_sequence, one.fact_index);
}

/// Total order of words of one weight: by the day they begin, then by version, source and its own order.
bool begins_before(const Word& a, const Word& b) {
  if (a.when.from != b.when.from) return a.when.from < b.when.from;
  return std::tie(a.said->fact.version, a.said->source, a.said->event_sequence, a.said->fact_index) <
         std::tie(b.said->fact.version, b.said->source, b.said->event_sequence, b.said->fact_index);
}

Date first_day(const Fact& fact) {
  return fact.on ? fact.on->first : Date::beginning();
}

/// The words of one history: its current version, and the states that it succeeded, each until the next.
void add_words(std::vector<Word>& words, const Entry& entry, const KindTraits& kind,
               std::int64_t known_at_us) {
  // A history is of one kind, whatever its versions say.
  if (entry.history.versions.empty() || entry.history.versions[0].fact.kind != kind.kind) return;
  const auto* current = entry.history.current(known_at_us);
  if (!current) return;
  auto states = entry.history.states_before(known_at_us);
  if (asserts(current->fact.op)) states.push_back({current, nullptr});
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& [said, ended_by] = states[i];
    const auto* own = entry.mention_in(*said);
    const auto& fact = said->fact;
    if (!own || own->role != about(kind) || (kind.form == KindForm::occurrence && !fact.on)) continue;
    Interval when{first_day(fact), fact.until ? fact.until->last().plus_days(1) : Date::forever()};
    if (kind.form == KindForm::occurrence) when.until = when.from.plus_days(1);
    if (ended_by) when.until = std::min(when.until, ended_by->fact.on->first);
    if (i + 1 < states.size()) when.until = std::min(when.until, first_day(states[i + 1].said->fact));
    if (!when.empty()) words.push_back({said, own, when});
  }
}

bool same_value(const Word& a, const Word& b) {
  if (traits_of(a.said->fact.kind).tells_name)
    return same_name(a.own->name.value_or(""), b.own->name.value_or(""));
  return values_of(a.said->fact, *a.own) == values_of(b.said->fact, *b.own);
}

struct Piece {
  Interval when;
  const Word* word = nullptr;
};

/// The days of each class of evidence: every word until the next one of the class begins.
std::vector<Piece> within_class(std::vector<const Word*> words) {
  std::sort(words.begin(), words.end(), [](const Word* a, const Word* b) { return begins_before(*a, *b); });
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < words.size(); ++i) {
    auto when = words[i]->when;
    if (i + 1 < words.size()) when.until = std::min(when.until, words[i + 1]->when.from);
    if (!when.empty()) pieces.push_back({when, words[i]});
  }
  return pieces;
}

/// Adds what of `lighter` lies on days that `pieces`, sorted, leave free.
void fill_gaps(std::vector<Piece>& pieces, const std::vector<Piece>& lighter) {
  std::vector<Piece> filled;
  for (const auto& piece : lighter) {
    auto rest = piece;
    for (const auto& taken : pieces) {
      if (overlap(taken.when, rest.when).empty()) continue;
      if (rest.when.from < taken.when.from) filled.push_back({{rest.when.from, taken.when.from}, rest.word});
      rest.when.from = taken.when.until;
      if (rest.when.empty()) break;
    }
    if (!rest.when.empty()) filled.push_back(rest);
  }
  pieces.insert(pieces.end(), filled.begin(), filled.end());
  std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.when < b.when; });
}

/// The timeline of words of one part.
void settle(std::vector<Standing>& all, const std::string& part, const std::vector<Word>& words,
            const EvidenceOrder& order) {
  std::map<int, std::vector<const Word*>> classes;  // by rank
  for (const auto& word : words)
    classes[order.rank(word.said->fact.evidence)].push_back(&word);
  std::vector<Piece> pieces, said;  // said: also by words that others outweigh
  for (auto& [rank, of_class] : classes) {
    const auto by_class = within_class(std::move(of_class));
    fill_gaps(pieces, by_class);
    said.insert(said.end(), by_class.begin(), by_class.end());
  }
  const auto before = all.size();
  const Word* last = nullptr;
  for (const auto& piece : pieces) {
    if (last && all.back().when.until == piece.when.from && same_value(*last, *piece.word)) {
      all.back().when.until = piece.when.until;
    } else {
      all.push_back({part, piece.when, piece.word->said, piece.word->own});
      last = piece.word;
    }
  }
  for (auto i = before; i < all.size(); ++i) {
    auto& standing = all[i];
    for (const auto& piece : said)
      if (!overlap(piece.when, standing.when).empty() &&
          same_value(*piece.word, {standing.said, standing.own, {}}))
        standing.by.push_back(piece.word->said);
    std::sort(standing.by.begin(), standing.by.end(),
              [](const auto* a, const auto* b) { return place_in_log(*a) < place_in_log(*b); });
  }
}

}  // namespace

std::vector<ToldField> values_of(const Fact& fact, const Mention& own) {
  static constexpr FieldTraits name_borne{{}, "name", FieldType::name, Privacy::name};
  std::vector<ToldField> values;
  if (traits_of(fact.kind).tells_name && own.name) values.push_back({&name_borne, *own.name});
  for (const auto& use : traits_of(fact.kind).fields) {
    const auto field = use.field;
    if (use.need == FieldUse::Need::absent || field == FactField::on || field == FactField::until) continue;
    if (auto text = text_of(fact, field)) values.push_back({&traits_of(field), std::move(*text)});
  }
  return values;
}

std::string part_of(const Fact& fact) {
  const auto part = traits_of(fact.kind).part;
  return part ? text_of(fact, *part).value_or("") : std::string();
}

std::vector<Standing> standing_of(FactKind kind, const Dossier& dossier, std::int64_t known_at_us,
                                  const EvidenceRules& rules) {
  const auto& traits = traits_of(kind);
  assert(traits.form != KindForm::happening);
  std::map<std::string, std::vector<Word>> parts;
  std::vector<Word> words;
  for (const auto& entry : dossier.entries)
    add_words(words, entry, traits, known_at_us);
  for (const auto& word : words)
    parts[part_of(word.said->fact)].push_back(word);
  std::vector<Standing> all;
  for (const auto& [part, of_part] : parts) {
    if (traits.form == KindForm::state) {
      settle(all, part, of_part, rules.of(kind).order);
      continue;
    }
    for (const auto& word : of_part)
      all.push_back({part, word.when, word.said, word.own, {word.said}});
  }
  std::stable_sort(all.begin(), all.end(), [](const Standing& a, const Standing& b) {
    return std::tuple(std::string_view(a.part), a.when, place_in_log(*a.said)) <
           std::tuple(std::string_view(b.part), b.when, place_in_log(*b.said));
  });
  return all;
}

}  // namespace kinhub
