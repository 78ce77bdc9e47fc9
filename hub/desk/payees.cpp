#include "hub/desk/payees.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "hub/lead/cases.hpp"
#include "hub/record/standing.hpp"
#include "hub/store/cases.hpp"
#include "hub/store/payments.hpp"

namespace kinhub {
namespace {

constexpr std::size_t page_size = 2'000, people_at_once = 500;

/// Where somebody is registered on a day, else where they were last.
std::string area_by(const std::vector<Payee::Place>& places, Date day) {
  std::string area;
  for (const auto& place : places)
    if (place.when.from <= day) area = place.area;
  return area;
}

/// When a statement was told: read anew by a mended mapping it is not told anew.
std::int64_t told_at_us(const Statement& said) {
  return said.event_received_at_us != 0 ? said.event_received_at_us : said.received_at_us;
}

/// The account of a day: of those in force then the one told last, since whichever day it says that it is
/// held. A standing would let the one that begins last count, and so lose a correction with an earlier day.
std::optional<PayAccount> account_on(const Dossier& dossier, const EvidenceRules& rules, Date day) {
  std::optional<PayAccount> found;
  std::tuple<std::int64_t, std::int64_t, std::uint32_t> last;
  for (const auto& entry : dossier.entries) {
    const auto& versions = entry.history.versions;
    if (versions.empty() || versions[0].fact.kind != FactKind::account) continue;
    Dossier alone;  // each history by itself, with what succeeds and what takes back within it
    alone.person = dossier.person, alone.entries.push_back(entry);
    for (const auto& standing : standing_of(FactKind::account, alone, known_now, rules)) {
      if (!standing.when.contains(day) || standing.said == nullptr) continue;
      const auto& said = *standing.said;
      const std::tuple told(told_at_us(said), said.event_sequence, said.fact_index);
      if (found && told < last) continue;
      PayAccount account;
      account.bank = text_of(said.fact, FactField::bank).value_or("");
      account.account = text_of(said.fact, FactField::account).value_or("");
      account.holder = text_of(said.fact, FactField::holder).value_or("");
      if (said.fact.on) account.on = said.fact.on->first;
      account.told_at_us = told_at_us(said);
      found = std::move(account), last = told;
    }
  }
  return found;
}

/// The archive told of last about a person, by the days of what was told; empty: none is known.
std::string archive_of(const Dossier& dossier, const EvidenceRules& rules, Date day) {
  std::string number;
  Date last = Date::beginning();
  for (const auto& standing : standing_of(FactKind::archive, dossier, known_now, rules)) {
    if (standing.said == nullptr || !standing.said->fact.on) continue;
    const auto on = standing.said->fact.on->first;
    if (on < last || on > day) continue;
    last = on, number = text_of(standing.said->fact, FactField::archive_no).value_or(number);
  }
  return number;
}

}  // namespace

PayeeReader::PayeeReader(Means means) : means_(std::move(means)) {
  people_.emplace(means_.reading.people(), means_.keys, means_.evidence);
}

Result<std::vector<PayeeFound>> PayeeReader::all() {
  std::set<Token> nobody;
  const auto people = candidates(nobody);
  std::vector<PayeeFound> found;
  std::size_t read_here = 0;
  for (const auto person : people) {
    if (++read_here % people_at_once == 0)  // so that a long walk stays small
      people_.emplace(means_.reading.people(), means_.keys, means_.evidence);
    try {
      found.push_back(read(person));
    } catch (const DossierUnreadable&) {
      return Error{
          "RECORD_UNREADABLE",
          "the record of " + person_reference(means_.keys, person) +
              " or of their kin cannot be read, so nobody knows what is due: restore it first (kinhub "
              "status)",
          person_reference(means_.keys, person)};
    }
  }
  // Lines of whom no identifier names anybody any more: what was paid to them stands, nothing is due.
  for (const auto& token : nobody) {
    PayeeFound one;
    one.payee.anchor = token, one.payee.ref = reference_text('N', token), one.anchors = {token};
    found.push_back(std::move(one));
  }
  return found;
}

std::set<PersonId> PayeeReader::candidates(std::set<Token>& nobody) {
  std::set<PersonId> people;
  const CaseWords words(means_.reading.values());
  for (const auto& benefit : means_.policies.benefits()) {
    const auto code = words.find(benefit.id);
    if (!code) continue;
    for (const auto state : {CaseState::now, CaseState::possible, CaseState::ahead, CaseState::over}) {
      const CaseFilter filter{CaseKind::decided, *code, state};
      CasePlace after;
      for (;;) {
        const auto page = means_.reading.cases().page(filter, after, page_size);
        if (page.empty()) break;
        after = {page.back().area, page.back().key.person};
        for (const auto& row : page)
          if (const auto person = person_of_case(means_.keys, row.key.person)) people.insert(*person);
      }
    }
  }
  Token after;
  for (;;) {
    const auto page = means_.reading.payments().payees(after, page_size);
    if (page.empty()) return people;
    after = page.back();
    for (const auto& token : page) {
      const auto& holders = people_->holders(token);
      if (holders.empty()) nobody.insert(token);
      people.insert(holders.begin(), holders.end());
    }
  }
}

Token PayeeReader::anchor(PersonId person) {
  const auto& number = people_->portrait(person).citizen_number;
  if (!number.empty()) return identifier_token(means_.keys, {IdentifierKind::citizen_number, number});
  for (const auto& lead : means_.reading.leads().of(person))
    if (lead.anchor != Token{}) return lead.anchor;
  return means_.keys.token("payee without a number", std::to_string(person.value));
}

std::vector<Token> PayeeReader::anchors(PersonId person) {
  return anchors_of(person, means_.reading.leads().of(person), means_.reading.leads().decided(person));
}

std::vector<Token> PayeeReader::anchors_of(PersonId person, const std::vector<LeadRow>& leads,
                                           const std::vector<DecidedRow>& decided) {
  std::set<Token> anchors{anchor(person)};
  for (const auto& number : people_->portrait(person).former_numbers)
    anchors.insert(identifier_token(means_.keys, {IdentifierKind::citizen_number, number}));
  for (const auto& lead : leads)
    if (lead.anchor != Token{}) anchors.insert(lead.anchor);
  for (const auto& row : decided)
    if (row.anchor != Token{}) anchors.insert(row.anchor);
  return {anchors.begin(), anchors.end()};
}

PayeeFound PayeeReader::read(PersonId person) {
  PayeeFound found;
  const auto leads = means_.reading.leads().of(person);
  const auto decided = means_.reading.leads().decided(person);
  require_whole(means_.reading.leads(), person);
  found.payee.ref = person_reference(means_.keys, person);
  found.payee.anchor = anchor(person);
  found.anchors = anchors_of(person, leads, decided);
  read_decisions(person, leads, decided, found.payee);
  read_record(person, found.payee);
  return found;
}

/// The decided timelines, each with the confirmations it came of.
void PayeeReader::read_decisions(PersonId person, const std::vector<LeadRow>& leads,
                                 const std::vector<DecidedRow>& decided, Payee& payee) {
  for (auto& [benefit, one] : decisions_of(person, decided, means_.policies, means_.keys, means_.today)) {
    auto stands = std::move(one.confirmed);
    std::sort(stands.begin(), stands.end(), [](const auto& a, const auto& b) { return a.when < b.when; });
    payee.rights[benefit].stands = std::move(stands);
  }
  struct Dated {
    std::int64_t at_us;
    BenefitIndex benefit;
    DecisionRecord record;
  };
  std::vector<Dated> confirmations;
  for (const auto& lead : leads) {
    const auto benefit = means_.policies.find(lead.benefit);
    if (lead.state == LeadState::open) {
      const auto content = lead_content_from(means_.keys.unseal(lead.content, lead_context(lead.id)));
      if (lead.kind == LeadKind::ended && content.not_before <= means_.today) payee.exit_open = true;
    }
    if (!benefit) continue;
    for (const auto& row : means_.reading.leads().decisions(lead.id))
      if (row.verdict == LeadState::confirmed)
        confirmations.push_back(
            {row.at_us, *benefit,
             decision_record_from(means_.keys.unseal(row.content, lead_context(lead.id)))});
  }
  std::stable_sort(confirmations.begin(), confirmations.end(),
                   [](const Dated& a, const Dated& b) { return a.at_us < b.at_us; });
  for (auto& one : confirmations) {
    const auto on = one.record.on.value_or(shanghai_date(one.at_us));
    payee.why[one.benefit] = {one.record.content.reasons, on, one.record.by};
    payee.rights[one.benefit].confirmations.push_back({on, std::move(one.record.content.computed)});
  }
}

void PayeeReader::read_record(PersonId person, Payee& payee) {
  const auto& portrait = people_->portrait(person);
  payee.name = portrait.name, payee.number = portrait.citizen_number, payee.sex = portrait.sex;
  const auto& dossier = people_->dossier(person);
  for (const auto& registered : residence_by_area(dossier, known_now, people_->evidence_rules()))
    payee.places.push_back({registered.when, registered.region});
  payee.area = area_by(payee.places, means_.today);
  payee.account = account_on(dossier, people_->evidence_rules(), means_.today);
  const auto kin = kin_of(person, *people_, {});
  const auto& died = kin.situation.people.front().died;
  const bool proven = died && std::any_of(payee.rights.begin(), payee.rights.end(), [&](const auto& right) {
                        return proves(means_.policies.benefits()[right.first].evidence.own_death, *died);
                      });
  if (proven && died->certainty == Certainty::sure && died->on <= means_.today) payee.died = died->on;
  payee.archive_no = archive_of(dossier, people_->evidence_rules(), means_.today);
  for (const auto& marriage : kin.situation.marriages) {
    const auto spouse = kin.people[static_cast<std::size_t>(marriage.spouse)];
    if (!spouse || !marriage.when.contains(means_.today)) continue;
    payee.spouses.push_back(person_reference(means_.keys, spouse));
    // A couple has one archive, kept under one of them.
    if (payee.archive_no.empty())
      payee.archive_no = archive_of(people_->dossier(spouse), people_->evidence_rules(), means_.today);
  }
}

}  // namespace kinhub
