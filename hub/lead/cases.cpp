#include "hub/lead/cases.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/base/keyed_number.hpp"

namespace kinhub {
namespace {

constexpr char words_name[] = "case words";
constexpr char reference_prefix = 'C';

struct Span {
  Interval when;
  bool sure = true;
  std::int64_t fen = 0;
};

/// The run of `spans`, which are in order and do not overlap, that a day is about. REQUIRES: not empty.
CaseFound run_on(const std::vector<Span>& spans, Date today) {
  auto first =
      std::find_if(spans.begin(), spans.end(), [&](const Span& one) { return one.when.until > today; });
  CaseFound found;
  if (first == spans.end())
    --first, found.state = CaseState::over;
  else if (first->when.from > today)
    found.state = CaseState::ahead;
  else
    found.state = first->sure ? CaseState::now : CaseState::possible;
  found.fen = first->fen;
  auto from = first, last = first;
  while (from != spans.begin() && std::prev(from)->when.until == from->when.from &&
         std::prev(from)->sure == from->sure)
    --from;
  while (std::next(last) != spans.end() && std::next(last)->when.from == last->when.until &&
         std::next(last)->sure == last->sure)
    ++last;
  found.run = {from->when.from, last->when.until};
  return found;
}

std::int64_t fen_of(const Amount& amount) {
  return amount.known ? amount.fen : -1;
}

/// Timelines by what they are of; spans that overlap, as several documents may tell, count as the first.
std::map<BenefitIndex, std::vector<Span>> spans_by(std::span<const Entitlement> timeline) {
  std::map<BenefitIndex, std::vector<Span>> all;
  for (const auto& one : timeline) {
    auto& spans = all[one.benefit];
    auto when = one.when;
    if (!spans.empty()) when.from = std::max(when.from, spans.back().when.until);
    if (when.from < when.until) spans.push_back({when, one.certainty == Certainty::sure, fen_of(one.amount)});
  }
  return all;
}

std::vector<Span> spans_of(std::vector<RightSpan> confirmed) {
  std::sort(confirmed.begin(), confirmed.end(),
            [](const RightSpan& a, const RightSpan& b) { return a.when.from < b.when.from; });
  std::vector<Span> spans;
  for (const auto& one : confirmed) {
    auto when = one.when;
    if (!spans.empty()) when.from = std::max(when.from, spans.back().when.until);
    if (when.from < when.until) spans.push_back({when, true, fen_of(one.amount)});
  }
  return spans;
}

}  // namespace

CaseWords::CaseWords(ValueShelf& values) : values_(values) {
  const auto kept = values.get(words_name);
  if (kept.empty()) return;
  Unpacker in(kept);
  words_.resize(in.count());
  for (auto& word : words_)
    word = in.text();
}

std::optional<std::uint16_t> CaseWords::find(const std::string& word) const {
  const auto at = std::find(words_.begin(), words_.end(), word);
  if (at == words_.end()) return std::nullopt;
  return static_cast<std::uint16_t>(at - words_.begin());
}

std::uint16_t CaseWords::code_of(const std::string& word) {
  if (const auto known = find(word)) return *known;
  if (words_.size() > 65'535)
    throw std::length_error("more than 65,536 benefits and conditions were ever met");
  words_.push_back(word);
  Packer out;
  out.number(words_.size());
  for (const auto& one : words_)
    out.text(one);
  values_.put(words_name, out.bytes());
  return static_cast<std::uint16_t>(words_.size() - 1);
}

std::string CaseWords::word_of(std::uint16_t code) const {
  return code < words_.size() ? words_[code] : "";
}

std::vector<CaseFound> cases_of(const PolicySet& policies, const PolicySet::Standing& standing,
                                const Decisions& decisions, Date today) {
  std::vector<CaseFound> all;
  const auto add = [&](CaseKind kind, const std::string& what, const std::vector<Span>& spans) {
    if (spans.empty()) return;
    auto found = run_on(spans, today);
    found.kind = kind, found.what = what;
    all.push_back(std::move(found));
  };
  for (const auto& [benefit, spans] : spans_by(standing.rights))
    add(CaseKind::right, policies.benefits()[benefit].id, spans);
  for (const auto& [benefit, decided] : decisions)
    add(CaseKind::decided, policies.benefits()[benefit].id, spans_of(decided.confirmed));
  for (const auto& [condition, spans] : spans_by(standing.conditions))
    add(CaseKind::condition, policies.conditions()[condition], spans);
  return all;
}

std::int64_t area_on(const Situation& situation, Date today) {
  for (const auto& span : situation.residences) {
    if (span.person != 0 || !span.when.contains(today)) continue;
    std::int64_t area = 0;
    const auto& text = span.region;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), area);
    if (problem != std::errc{} || end != text.data() + text.size() || text.size() > 12 || area < 0) return 0;
    for (auto digits = text.size(); digits < 12; ++digits)
      area *= 10;
    return area;
  }
  return 0;
}

std::optional<Date> next_case_change(const PolicySet::Standing& standing, const Decisions& decisions,
                                     const Situation& situation, Date today) {
  std::optional<Date> next;
  const auto edge = [&](Date day) {
    if (day > today && day < Date::forever() && (!next || day < *next)) next = day;
  };
  const auto edges = [&](Interval when) { edge(when.from), edge(when.until); };
  for (const auto* timeline : {&standing.rights, &standing.conditions})
    for (const auto& one : *timeline)
      edges(one.when);
  for (const auto& [benefit, decided] : decisions)
    for (const auto& one : decided.confirmed)
      edges(one.when);
  for (const auto& span : situation.residences)
    if (span.person == 0) edges(span.when);
  return next;
}

std::int64_t case_reference(const Keyring& keys, PersonId person) {
  return keyed_number(keys, reference_prefix, person.value);
}

std::optional<PersonId> person_of_case(const Keyring& keys, std::int64_t reference) {
  if (const auto number = number_behind(keys, reference_prefix, reference)) return PersonId{*number};
  return std::nullopt;
}

}  // namespace kinhub
