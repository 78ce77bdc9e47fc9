#include "hub/lead/lead_desk.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "hub/lead/record_lead.hpp"
#include "hub/store/notices.hpp"

namespace kinhub {
namespace {

/// So many mentions in held events are read whole, once a batch, instead of being asked for by number.
constexpr std::size_t held_known_max = 500;

}  // namespace

std::string lead_context(LeadId id) {
  return "lead " + std::to_string(id.value);
}

DecisionRecord decision_record_from(std::string_view bytes) {
  Unpacker in(bytes);
  DecisionRecord record;
  record.by = in.text(), record.reason = in.text();
  record.content = lead_content_from(in.text());
  if (in.at_end()) return record;
  RestedOn rested_on;
  rested_on.policies = in.text(), rested_on.evidence = in.text(), rested_on.program = in.text();
  record.rested_on = std::move(rested_on);
  if (!in.at_end()) record.on = Date::from_days(static_cast<std::int32_t>(in.signed_number()));
  return record;
}

std::string decided_context(PersonId person, const std::string& benefit) {
  return "decided " + std::to_string(person.value) + " " + benefit;
}

namespace {

/// The identifier that leads and decisions of a person are about: the citizen number, else a police id, else
/// the first there is; nothing of one who has none.
Token anchor_of(PersonId person, Workspace& people, const Keyring& keys) {
  const auto& number = people.portrait(person).citizen_number;
  if (!number.empty()) return identifier_token(keys, {IdentifierKind::citizen_number, number});
  std::optional<Identifier> first;
  for (const auto& entry : people.dossier(person).entries) {
    const auto* said = entry.history.current(known_now);
    const auto* own = said ? entry.mention_in(*said) : nullptr;
    if (!own || !joins_people(said->fact)) continue;
    for (const auto* identifiers : {&own->identifiers, &own->former})
      for (const auto& one : *identifiers)
        if (!first || one < *first) first = one;
  }
  return first ? identifier_token(keys, *first) : Token{};
}

const LeadRow* about_death(const std::vector<LeadRow>& open) {
  const auto found =
      std::find_if(open.begin(), open.end(), [](const LeadRow& row) { return row.benefit == record_death; });
  return found == open.end() ? nullptr : &*found;
}

/// Who bears the identifier: whom it names best, whoever had it already before others; else whoever had it
/// already, else the first of several. Of an unknown one, and of one that nobody bears any more: `else_of`.
/// Two who were told to be one, and then not, may both bear a number that is one's own.
PersonId bearer_of(const Token& anchor, PersonId before, PersonId else_of, Workspace& people,
                   const Keyring& keys) {
  if (anchor == Token{}) return else_of;
  const auto bearers = people.bearers(anchor);
  if (bearers.empty()) return else_of;
  const bool bore = std::find(bearers.begin(), bearers.end(), before) != bearers.end();
  const auto named_best = [&](PersonId bearer) { return anchor_of(bearer, people, keys) == anchor; };
  if (bore && named_best(before)) return else_of;
  for (auto bearer : bearers)
    if (named_best(bearer)) return bearer;
  return bore ? else_of : bearers.front();
}

}  // namespace

LeadDesk::LeadDesk(const PolicySet& policies, const Keyring& keys, const Clock& clock)
    : policies_(policies), keys_(keys), clock_(clock) {}

std::vector<Token> numbers_of(const Kin& kin, People& people, const Keyring& keys) {
  std::set<std::int16_t> couple{0};
  for (const auto& marriage : kin.situation.marriages)
    couple.insert(marriage.spouse);
  for (const auto& child : kin.situation.children)
    couple.insert(child.other_parent);
  std::vector<Token> tokens;
  auto add = [&](const std::string& number) {
    tokens.push_back(identifier_token(keys, {IdentifierKind::citizen_number, number}));
  };
  for (auto index : couple) {
    const auto person = index < 0 ? PersonId{} : kin.people[static_cast<std::size_t>(index)];
    if (!person) continue;  // not known, or known by name alone
    const auto& portrait = people.portrait(person);
    if (!portrait.citizen_number.empty()) add(portrait.citizen_number);
    for (const auto& number : portrait.former_numbers)
      add(number);
  }
  return tokens;
}

void LeadDesk::begin(StoreTransaction& store, const SituationCoverage& coverage,
                     const std::vector<SourceCovers>& covers, Date today) {
  coverage_ = coverage;
  covers_ = covers;
  held_.clear();
  held_whole_.reset();
  held_changed_ = false;
  words_.reset();
  today_ = today;
  last_notice_ = store.notices().last();
  turn_page();
}

void LeadDesk::turn_page() {
  foreseen_.clear();
  references_.clear();
}

std::int64_t LeadDesk::reference_of(PersonId person) {
  const auto [at, fresh] = references_.try_emplace(person);
  if (fresh) at->second = case_reference(keys_, person);
  return at->second;
}

void LeadDesk::foresee(std::span<const PersonId> rights, Workspace& people, StoreTransaction& store) {
  std::vector<PersonId> known;
  std::vector<std::int64_t> references;
  std::unordered_map<std::int64_t, PersonId> by_reference;
  for (auto person : rights) {
    const auto marks = people.marks(person);
    if ((!marks.leads && !marks.cases) || !foreseen_.try_emplace(person).second) continue;
    known.push_back(person);
    if (!marks.cases) continue;
    references.push_back(reference_of(person));
    by_reference.emplace(references.back(), person);
  }
  if (known.empty()) return;
  for (auto& row : store.leads().open_of(known))
    foreseen_.at(row.person).open.push_back(std::move(row));
  for (auto& row : store.leads().decided(known))
    foreseen_.at(row.person).decided.push_back(std::move(row));
  for (auto person : known)
    if (store.leads().is_damaged(person)) foreseen_.erase(person);  // asked for again, and refused
  if (!references.empty())
    for (const auto& row : store.cases().of(references))
      if (const auto at = foreseen_.find(by_reference.at(row.key.person)); at != foreseen_.end())
        at->second.cases.push_back(row);
  if (knows_held(store.quarantine())) return;
  std::vector<Token> numbers;
  for (auto person : known)
    for (const auto& number : numbers_of(kin_of(person, people, coverage_), people, keys_))
      numbers.push_back(number);
  fetch_held(std::move(numbers), store.quarantine());
}

void LeadDesk::refresh_held(std::span<const Token> numbers, QuarantineShelf& quarantine) {
  held_changed_ |= !numbers.empty();
  for (const auto& number : numbers)
    held_.erase(number);
  ask_held({numbers.begin(), numbers.end()}, quarantine);
}

/// Whether held_ has all that is held: of whom nothing is found there, nothing has to be asked.
bool LeadDesk::knows_held(QuarantineShelf& quarantine) {
  if (held_whole_) return *held_whole_;
  auto all = quarantine.all_held_mentions(held_known_max);
  held_whole_ = all.has_value();
  if (all) {
    held_.clear();
    for (auto& mention : *all)
      held_[mention.identifier].push_back(std::move(mention));
  }
  return *held_whole_;
}

void LeadDesk::fetch_held(std::vector<Token> numbers, QuarantineShelf& quarantine) {
  if (!knows_held(quarantine)) ask_held(std::move(numbers), quarantine);
}

/// Asks for those that held_ does not have.
void LeadDesk::ask_held(std::vector<Token> numbers, QuarantineShelf& quarantine) {
  std::erase_if(numbers, [&](const Token& number) { return !held_.try_emplace(number).second; });
  if (numbers.empty()) return;
  for (auto& mention : quarantine.held_mentions(numbers))
    held_.at(mention.identifier).push_back(std::move(mention));
}

/// Of a person who has leads or cases, or is in foreseen_.
LeadDesk::Past LeadDesk::past_of(PersonId person, StoreTransaction& store) {
  auto foreseen = foreseen_.find(person);
  if (foreseen != foreseen_.end()) return foreseen->second;
  const auto reference = reference_of(person);
  Past past{store.leads().open_of(person), store.leads().decided(person), store.cases().of({&reference, 1})};
  require_whole(store.leads(), person);
  return past;
}

void LeadDesk::review(const std::vector<PersonId>& touched, Workspace& people, StoreTransaction& store) {
  std::vector<PersonId> concerned;
  for (auto person : touched) {
    auto more = concerned_by(person, people);
    concerned.insert(concerned.end(), more.begin(), more.end());
  }
  std::sort(concerned.begin(), concerned.end());
  concerned.erase(std::unique(concerned.begin(), concerned.end()), concerned.end());
  for (auto person : concerned)
    if (is_kept_of(person, people)) review_parent(person, people, store);
}

bool LeadDesk::is_kept_of(PersonId person, Workspace& people) {
  const auto marks = people.marks(person);
  return marks.leads || marks.cases || marks.next_change || people.ever_parent(person);
}

/// Evaluates policies, and once more with less silence where something is held about the parent. Of whom
/// nothing stands and never did, as of nearly everybody, is not asked.
PolicySet::Standing LeadDesk::standing_of(PersonId parent, Kin& kin, Workspace& people,
                                          StoreTransaction& store) {
  auto standing = policies_.stand(kin.situation);
  const auto marks = people.marks(parent);
  const bool nothing = standing.rights.empty() && standing.conditions.empty() && !marks.leads && !marks.cases;
  if (nothing && !held_changed_) return standing;                        // nearly always
  if (knows_held(store.quarantine()) && held_.empty()) return standing;  // as nearly always
  const auto numbers = numbers_of(kin, people, keys_);
  const bool asked = std::any_of(numbers.begin(), numbers.end(),
                                 [&](const Token& number) { return held_.contains(number); });
  if (nothing && !asked) return standing;
  fetch_held(numbers, store.quarantine());
  auto coverage = coverage_;
  for (const auto& number : numbers)
    if (const auto held = held_.find(number); held != held_.end())
      coverage = without_held(coverage, held->second, covers_);
  if (coverage == coverage_) return standing;
  kin.situation.coverage = coverage;
  return policies_.stand(kin.situation);
}

LeadDesk::Judged LeadDesk::judge(PersonId parent, Workspace& people, StoreTransaction& store) {
  Judged judged;
  judged.kin = kin_of(parent, people, coverage_);
  judged.standing = standing_of(parent, judged.kin, people, store);
  const auto marks = people.marks(parent);
  if (marks.leads || marks.cases) judged.past = past_of(parent, store);
  if (!marks.leads) judged.past.open.clear(), judged.past.decided.clear();
  judged.decisions = decisions_of(parent, judged.past.decided, policies_, keys_, today_);
  if (people.dossier(parent).entries.empty()) return judged;  // no one any more, whatever was decided
  const auto& situation = judged.kin.situation;
  judged.cases = cases_of(policies_, judged.standing, judged.decisions, today_);
  judged.area = area_on(situation, today_);
  if (!judged.cases.empty())
    judged.next = next_case_change(judged.standing, judged.decisions, situation, today_);
  return judged;
}

Decisions decisions_of(PersonId parent, const std::vector<DecidedRow>& decided, const PolicySet& policies,
                       const Keyring& keys, Date today) {
  std::map<BenefitIndex, std::vector<DecidedFor>> decided_for;
  for (const auto& row : decided)
    if (auto benefit = policies.find(row.benefit))
      decided_for[*benefit].push_back(
          {row.anchor, decided_from(keys.unseal(row.content, decided_context(parent, row.benefit)))});
  Decisions decisions;
  for (auto& [benefit, all] : decided_for)
    decisions[benefit] = merged(std::move(all), today);
  return decisions;
}

CaseWords& LeadDesk::words_in(StoreTransaction& store) {
  if (!words_) words_.emplace(store.values());
  return *words_;
}

/// Writes the rows of the table of cases, those alone that are otherwise, and the calendar.
void LeadDesk::keep_cases(PersonId parent, const Judged& judged, Workspace& people, StoreTransaction& store) {
  auto marks = people.marks(parent);
  if (judged.next || marks.next_change) store.people().set_next_change(parent, judged.next);
  marks.next_change = judged.next.has_value();
  if (!judged.cases.empty() || marks.cases) {
    const auto reference = reference_of(parent);
    std::vector<CaseRow> rows, changed;
    for (const auto& one : judged.cases)
      rows.push_back({{reference, one.kind, words_in(store).code_of(one.what)},
                      judged.area,
                      one.state,
                      one.run.from,
                      one.run.until,
                      one.fen});
    std::sort(rows.begin(), rows.end());
    const auto& before = judged.past.cases;
    std::set_difference(rows.begin(), rows.end(), before.begin(), before.end(), std::back_inserter(changed));
    std::vector<CaseKey> gone;
    for (const auto& row : before)
      if (std::none_of(rows.begin(), rows.end(), [&](const CaseRow& one) { return one.key == row.key; }))
        gone.push_back(row.key);
    if (!changed.empty()) store.cases().put(changed);
    if (!gone.empty()) store.cases().erase(gone);
    marks.cases = !rows.empty();
    if (!marks.leads) foreseen_.try_emplace(parent);  // this is all there is
    if (auto foreseen = foreseen_.find(parent); foreseen != foreseen_.end())
      foreseen->second.cases = std::move(rows);
  }
  people.set_marks(parent, marks);
}

/// Of somebody who is no one any more.
void LeadDesk::drop_cases(PersonId person, StoreTransaction& store) {
  const auto reference = reference_of(person);
  std::vector<CaseKey> gone;
  for (const auto& row : store.cases().of({&reference, 1}))
    gone.push_back(row.key);
  store.cases().erase(gone);
}

void LeadDesk::question_death(PersonId person, Workspace& people, StoreTransaction& store) {
  const auto open = people.marks(person).leads ? store.leads().open_of(person) : std::vector<LeadRow>();
  const auto* lead = about_death(open);
  keep(person, std::string(record_death), death_in_question(person, lead, people, store), lead, people,
       store);
}

/// `open`: the lead there is.
std::optional<LeadContent> LeadDesk::death_in_question(PersonId person, const LeadRow* open,
                                                       Workspace& people, StoreTransaction& store) {
  const auto& dossier = people.dossier(person);
  if (dossier.entries.empty()) return std::nullopt;
  const auto death = death_of(person, people);
  if (!death) return std::nullopt;
  const auto living =
      still_listed(living_against(*death, dossier, complete_until(store.balance()), people.evidence_rules()),
                   keys_, store.entries());
  if (living.empty()) return std::nullopt;
  std::vector<DecidedFor> decided;
  if (people.marks(person).leads)
    for (const auto& row : store.leads().decided(person))
      if (row.benefit == record_death)
        decided.push_back(
            {row.anchor, decided_from(keys_.unseal(row.content, decided_context(person, row.benefit)))});
  const auto opened_on = shanghai_date(open != nullptr ? open->opened_at_us : clock_.now_us());
  auto lead =
      kinhub::death_in_question(*death, living, person, merged(std::move(decided), today_), opened_on);
  if (lead) lead->family = family_reference(keys_, couple_of(person, people));
  return lead;
}

void LeadDesk::review_parent(PersonId parent, Workspace& people, StoreTransaction& store) {
  const auto judged = judge(parent, people, store);
  const bool known = people.marks(parent).leads;
  keep_cases(parent, judged, people, store);
  if (judged.standing.rights.empty() && !known) return;

  for (auto& found : findings(parent, judged, people))
    keep(parent, policies_.benefits()[found.benefit].id, std::move(found.content),
         found.open ? &*found.open : nullptr, people, store);
  if (const auto* open = about_death(judged.past.open))
    keep(parent, std::string(record_death), death_in_question(parent, open, people, store), open, people,
         store);
  // A lead of a policy that is no longer there stays until someone decides it; it is not silently closed.
}

std::vector<LeadDesk::Finding> LeadDesk::foretell(PersonId parent, Workspace& people,
                                                  StoreTransaction& store) {
  const auto judged = judge(parent, people, store);
  if (judged.standing.rights.empty() && !people.marks(parent).leads) return {};
  return findings(parent, judged, people);
}

std::vector<PersonId> LeadDesk::would_change(std::span<const PersonId> parents, Workspace& people,
                                             StoreTransaction& store) {
  std::vector<PersonId> dated, changing;
  for (auto parent : parents)
    if (people.marks(parent).next_change) dated.push_back(parent);
  std::unordered_map<PersonId, Date> days;
  for (const auto& row : store.people().next_changes(dated))
    days.emplace(row.person, row.day);
  for (auto parent : parents) {
    const auto at = days.find(parent);
    try {
      if (!is_kept_of(parent, people)) continue;
      const auto day = at == days.end() ? std::nullopt : std::optional(at->second);
      if (would_change(parent, day, people, store)) changing.push_back(parent);
    } catch (const DossierUnreadable&) {  // the review notes it
      changing.push_back(parent);
    }
  }
  return changing;
}

/// `day`: their entry of the calendar.
bool LeadDesk::would_change(PersonId parent, std::optional<Date> day, Workspace& people,
                            StoreTransaction& store) {
  const auto judged = judge(parent, people, store);
  const auto marks = people.marks(parent);
  if (judged.next.has_value() != marks.next_change || (judged.next && judged.next != day)) return true;
  if (judged.cases.empty() == marks.cases || judged.cases.size() != judged.past.cases.size()) return true;
  for (const auto& one : judged.cases) {
    const auto code = words_in(store).find(one.what);
    const auto as_stored = [&](const CaseRow& row) {
      return code && row.key.kind == one.kind && row.key.what == *code && row.area == judged.area &&
             row.state == one.state && row.since == one.run.from && row.until == one.run.until &&
             row.fen == one.fen;
    };
    if (std::none_of(judged.past.cases.begin(), judged.past.cases.end(), as_stored)) return true;
  }
  if (judged.standing.rights.empty() && !marks.leads) return false;
  const auto differs = [&](const std::optional<LeadContent>& content, const LeadRow* open) {
    if (!content || open == nullptr) return content.has_value() || open != nullptr;
    return !same_news(lead_content_from(keys_.unseal(open->content, lead_context(open->id))), *content);
  };
  if (const auto* open = about_death(judged.past.open))
    if (differs(death_in_question(parent, open, people, store), open)) return true;
  const auto found = findings(parent, judged, people);
  return std::any_of(found.begin(), found.end(), [&](const Finding& one) {
    return differs(one.content, one.open ? &*one.open : nullptr);
  });
}

std::vector<LeadDesk::Finding> LeadDesk::findings(PersonId parent, const Judged& judged, Workspace& people) {
  const auto& [kin, standing, past, decisions, cases, area, next] = judged;
  const auto& rights = standing.rights;
  const auto& open = past.open;
  std::string family;
  auto opened_on = shanghai_date(clock_.now_us());
  std::vector<Finding> found;
  const auto benefits = static_cast<BenefitIndex>(policies_.benefits().size());
  for (BenefitIndex benefit = 0; benefit < benefits; ++benefit) {
    const auto& id = policies_.benefits()[benefit].id;
    bool mine = std::any_of(rights.begin(), rights.end(),
                            [&](const auto& right) { return right.benefit == benefit; });
    auto lead = std::find_if(open.begin(), open.end(), [&](const auto& row) { return row.benefit == id; });
    if (!mine && lead == open.end() && !decisions.contains(benefit)) continue;
    if (family.empty()) family = family_reference(keys_, couple_of(parent, people));
    auto since = lead == open.end() ? opened_on : shanghai_date(lead->opened_at_us);
    found.push_back({benefit,
                     difference(policies_, benefit, rights, decisions, kin, family, today_, since,
                                people.evidence_rules()),
                     lead == open.end() ? std::nullopt : std::optional(*lead)});
  }
  return found;
}

void LeadDesk::keep(PersonId person, const std::string& benefit, std::optional<LeadContent> content,
                    const LeadRow* open, Workspace& people, StoreTransaction& store) {
  if (!content && !open) return;
  LeadRow row = open ? *open : LeadRow{};
  if (!open) {
    row.id = store.leads().new_lead();
    row.person = person;
    row.benefit = benefit;
    row.anchor = anchor_of(person, people, keys_);
    row.opened_at_us = clock_.now_us();
    auto marks = people.marks(person);
    marks.leads = true;
    people.set_marks(person, marks);
  }
  if (!content) {
    auto last = lead_content_from(keys_.unseal(open->content, lead_context(open->id)));
    row.state = LeadState::closed;
    tell(open, row, last, "closed", store);
    return note_change(row, &last, nullptr);
  }
  std::optional<LeadContent> last;
  if (open) {
    last = lead_content_from(keys_.unseal(open->content, lead_context(open->id)));
    if (same_news(*last, *content)) return;
  }
  row.kind = content->kind;
  tell(open, row, *content, open ? "updated" : "opened", store);
  note_change(row, last ? &*last : nullptr, &*content);
}

void LeadDesk::note_change(const LeadRow& lead, const LeadContent* before, const LeadContent* after) const {
  if (!watch_) return;
  const auto money = [](const LeadContent* content) {
    return content ? std::optional(MoneyDifference{content->arrears_fen, content->overpaid_fen})
                   : std::nullopt;
  };
  watch_({lead.id, lead.benefit, money(before), money(after)});
}

/// `before`: the lead as it is stored; null: a new one.
void LeadDesk::tell(const LeadRow* before, LeadRow& lead, const LeadContent& content, std::string_view what,
                    StoreTransaction& store) {
  if (before != nullptr) keep_superseded(store.values(), *before);
  lead.revision += 1;
  // Versions stand in order of time, whatever the clocks of the nodes say.
  lead.changed_at_us = std::max(clock_.now_us(), before != nullptr ? before->changed_at_us : 0);
  lead.content = keys_.seal(to_bytes(content), lead_context(lead.id));
  store.leads().put(lead);
  if (auto foreseen = foreseen_.find(lead.person); foreseen != foreseen_.end()) {
    auto& open = foreseen->second.open;
    std::erase_if(open, [&](const LeadRow& row) { return row.id == lead.id; });
    if (lead.state == LeadState::open) open.push_back(lead);
  }
  auto sequence = ++last_notice_;
  store.notices().add({sequence, notice_json(keys_, sequence, lead, content, what, lead.changed_at_us)});
}

void LeadDesk::rehome(const Workspace::Change& regrouped, Workspace& people, StoreTransaction& store) {
  for (auto person : regrouped.regrouped) {
    auto marks = people.marks(person);
    auto into = person;
    for (const auto& merged : regrouped.merged)
      if (merged.from == person) into = merged.into;
    if (marks.cases && (into != person || people.dossier(person).entries.empty())) {
      drop_cases(person, store);
      marks.cases = false;
      foreseen_.erase(person);
      people.set_marks(person, marks);
    }
    if (into != person) {
      people.set_marks(person, {});
      if (marks.next_change) store.people().set_next_change(person, std::nullopt);
    }
    if (!marks.leads) continue;
    bool any_stays = false;
    auto goes_to = [&](const Token& anchor) {
      const auto to = bearer_of(anchor, person, into, people, keys_);
      any_stays |= to == person;
      if (to == person) return to;
      foreseen_.erase(to);  // the store knows
      auto theirs = people.marks(to);
      theirs.leads = true;
      people.set_marks(to, theirs);
      return to;
    };
    auto leads = store.leads().of(person);
    auto decided = store.leads().decided(person);
    require_whole(store.leads(), person);
    for (auto& lead : leads)
      if (const auto to = goes_to(lead.anchor); to != person) move(std::move(lead), to, store);
    for (const auto& row : decided) {
      const auto to = goes_to(row.anchor);
      if (to == person) continue;
      // Sealed under their person: seal anew.
      auto plain = keys_.unseal(row.content, decided_context(person, row.benefit));
      for (const auto& theirs : store.leads().decided(to)) {
        if (theirs.benefit != row.benefit || theirs.anchor != row.anchor) continue;
        // Of one identifier, or of none, both are kept as one: neither is the later.
        auto other = keys_.unseal(theirs.content, decided_context(to, row.benefit));
        if (other < plain) std::swap(plain, other);
        plain =
            to_bytes(merged({{row.anchor, decided_from(plain)}, {row.anchor, decided_from(other)}}, today_));
      }
      store.leads().erase_decided(person, row.benefit, row.anchor);
      store.leads().put_decided(
          {to, row.benefit, keys_.seal(plain, decided_context(to, row.benefit)), row.anchor});
    }
    foreseen_.erase(person);
    if (into != person) continue;
    marks.leads = any_stays;
    people.set_marks(person, marks);
  }
}

/// An open one closes where the other has one of the same benefit: their rights are one.
void LeadDesk::move(LeadRow lead, PersonId to, StoreTransaction& store) {
  const auto before = lead;
  lead.person = to;
  if (lead.state != LeadState::open) return store.leads().put(lead);
  const auto theirs = store.leads().open_of(to);
  require_whole(store.leads(), to);
  const bool both =
      std::any_of(theirs.begin(), theirs.end(), [&](const auto& row) { return row.benefit == lead.benefit; });
  if (both) lead.state = LeadState::closed;
  const auto last = lead_content_from(keys_.unseal(lead.content, lead_context(lead.id)));
  tell(&before, lead, last, both ? "closed" : "updated", store);
  note_change(lead, &last, both ? nullptr : &last);
}

Result<LeadRow> LeadDesk::decide(LeadRow lead, LeadState verdict, const std::string& reason,
                                 const std::string& by, Workspace& people, StoreTransaction& store,
                                 std::optional<std::int64_t> seen_revision, const RestedOn& rested_on) {
  if (lead.state != LeadState::open)
    return Error{"LEAD_NOT_OPEN",
                 "this lead is " + std::string(name_of(lead.state)) + ": only an open one can be decided",
                 lead_reference(keys_, lead.id)};
  if (seen_revision && *seen_revision != lead.revision)
    return Error{"CHANGED",
                 "this lead is at revision " + std::to_string(lead.revision) + ", not " +
                     std::to_string(*seen_revision) + " any more: look at it again",
                 lead_reference(keys_, lead.id)};
  const auto stored = lead;
  if (lead.anchor == Token{}) lead.anchor = anchor_of(lead.person, people, keys_);
  auto content = lead_content_from(keys_.unseal(lead.content, lead_context(lead.id)));
  const auto context = decided_context(lead.person, lead.benefit);
  Decided before;
  Decided::Over over{{}, clock_.now_us()};
  const auto decided_before = store.leads().decided(lead.person);
  require_whole(store.leads(), lead.person);
  for (const auto& row : decided_before) {
    if (row.benefit != lead.benefit) continue;
    if (row.anchor == lead.anchor)
      before = decided_from(keys_.unseal(row.content, context));
    else
      over.anchors.push_back(row.anchor);
  }
  auto decided = decided_after(std::move(before), content, verdict, today_);
  (verdict == LeadState::confirmed ? decided.confirmed_over : decided.set_aside_over) = std::move(over);
  store.leads().put_decided({lead.person, lead.benefit, keys_.seal(to_bytes(decided), context), lead.anchor});
  Packer record;
  record.text(by);
  record.text(reason);
  record.text(to_bytes(content));
  record.text(rested_on.policies), record.text(rested_on.evidence), record.text(rested_on.program);
  record.signed_number(today_.days());
  store.leads().add_decision(
      {lead.id, verdict, clock_.now_us(), keys_.seal(record.bytes(), lead_context(lead.id))});
  foreseen_.erase(lead.person);
  lead.state = verdict;
  tell(&stored, lead, content, name_of(verdict), store);
  try {
    keep_cases(lead.person, judge(lead.person, people, store), people, store);
  } catch (const DossierUnreadable&) {  // reviewed when it is restored
  }
  return lead;
}

}  // namespace kinhub
