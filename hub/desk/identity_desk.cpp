#include "hub/desk/identity_desk.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "hub/desk/person_views.hpp"

namespace kinhub {
namespace {

using Said = IdentityPairView::Said;

constexpr std::pair<PersonField, const char*> shown_fields[] = {
    {PersonField::name, "姓名"},       {PersonField::sex, "性别"},         {PersonField::born, "出生日期"},
    {PersonField::number, "身份证号"}, {PersonField::parents, "父母"},     {PersonField::marriage, "婚姻"},
    {PersonField::household, "户"},    {PersonField::residence, "户籍地"}, {PersonField::died, "死亡"}};

/// Values with the sources that say them, each value once.
class Collected {
 public:
  void add(const FieldValue& value, const std::string& source) { sources_[value].insert(source); }
  std::vector<Said> all() const {
    std::vector<Said> all;
    for (const auto& [value, sources] : sources_)
      all.push_back({{value.text, value.name, value.number}, {sources.begin(), sources.end()}});
    return all;
  }

 private:
  std::map<FieldValue, std::set<std::string>> sources_;
};

std::string kind_text(linkage::WordKind kind) {
  switch (kind) {
    case linkage::WordKind::for_it:
      return "for";
    case linkage::WordKind::against_it:
      return "against";
    case linkage::WordKind::hold:
      return "hold";
    case linkage::WordKind::veto:
      return "veto";
  }
  return "";
}

/// The item by which a form of the care desk names the other of two.
std::string other_item(IdentifierKind kind) {
  return kind == IdentifierKind::citizen_number ? "other_number" : "other_" + std::string(name_of(kind));
}

double bits_of(std::int64_t weight) {
  return static_cast<double>(weight) / 64;
}

}  // namespace

Result<IdentityPairRow> IdentityDesk::row(const std::string& id) {
  const auto number = number_behind(keys_, 'I', id);
  auto found = number ? reading_.identity_pairs().find({*number}) : std::nullopt;
  if (!found)
    return Error{"NO_SUCH_PAIR", "the identity queue has no entry of this id: kinhub identity list --all",
                 id};
  return std::move(*found);
}

Result<std::vector<PersonId>> IdentityDesk::people_of(const std::string& id) {
  const auto found = row(id);
  if (!found) return found.error();
  const auto now = queue_.resolve(*found);
  std::vector<PersonId> people;
  for (const auto person : {now.a, now.b})
    if (person) people.push_back(person);
  return people;
}

IdentityPairView IdentityDesk::view(const IdentityPairRow& row) {
  IdentityPairView view;
  view.id = pair_reference(keys_, row.id);
  view.state = name_of(row.state), view.why = name_of(row.why), view.bits = bits_of(row.weight);
  view.since_us = row.since_us, view.changed_at_us = row.changed_at_us, view.seen_at_us = row.seen_at_us;
  try {
    const auto now = queue_.resolve(row);
    view.decided = now.entry;
    if (now.a) view.a = person_view(people_, keys_, now.a);
    if (now.b && now.b != now.a) view.b = person_view(people_, keys_, now.b);
  } catch (const DossierUnreadable&) {  // the others are shown; `status` tells of the damage
  }
  return view;
}

IdentityQueueView IdentityDesk::list(const IdentityFilter& filter) {
  IdentityQueueView queue;
  queue.last_scan = reading_.values().get(last_identity_scan);
  for (const auto& [why, count] : reading_.identity_pairs().waiting())
    queue.waiting += count, queue.likely += why == PairWhy::likely ? count : 0;
  std::vector<IdentityPairRow> rows;
  reading_.identity_pairs().each(filter.all ? std::nullopt : std::optional(PairState::open),
                                 [&](IdentityPairRow& row) { rows.push_back(std::move(row)); });
  std::stable_sort(rows.begin(), rows.end(), [](const IdentityPairRow& x, const IdentityPairRow& y) {
    const auto rank = [](const IdentityPairRow& row) {
      return std::pair(static_cast<int>(row.state), row.why == PairWhy::likely ? 0 : 1);
    };
    return rank(x) != rank(y) ? rank(x) < rank(y) : x.weight > y.weight;
  });
  const auto shown = filter.limit == 0 ? rows.size() : std::min(rows.size(), filter.limit);
  queue.left_out = static_cast<std::int64_t>(rows.size() - shown);
  for (std::size_t i = 0; i < shown; ++i)
    queue.pairs.push_back(view(rows[i]));
  return queue;
}

Result<IdentityPairView> IdentityDesk::show(const std::string& id) {
  const auto found = row(id);
  if (!found) return found.error();
  auto shown = view(*found);
  add_evidence(queue_.resolve(*found), shown);
  return shown;
}

void IdentityDesk::add_evidence(const IdentityQueue::Resolved& now, IdentityPairView& view) {
  if (!now.a || !now.b || now.a == now.b) return;
  const auto found = queue_.compare(now.a, now.b);
  view.bits = found.score;
  for (const auto& finding : found.findings)
    view.findings.push_back({std::string(name_of(finding.word)), std::string(label_of(finding.word)),
                             kind_text(kind_of(finding.word)), finding.bits});
  const auto add = [&](std::string field, std::string label, std::vector<Said> a, std::vector<Said> b) {
    if (!a.empty() || !b.empty())
      view.fields.push_back({std::move(field), std::move(label), std::move(a), std::move(b)});
  };
  for (const auto& [field, label] : shown_fields)
    add(std::string(name_of(field)), label, said(now.a, field), said(now.b, field));
  add("children", "子女", children(now.a), children(now.b));
  add("identifiers", "其他编号", identifiers(now.a), identifiers(now.b));
}

/// Whatever any source says, also what lost: matching compares it, too.
std::vector<Said> IdentityDesk::said(PersonId person, PersonField field) {
  const auto origin =
      origin_of(field, people_.dossier(person), people_.portrait(person), known_now, *evidence_);
  Collected all;
  for (const auto& settled : origin.settled)
    for (const auto& word : settled.by)
      all.add(word.value, word.said->source);
  for (const auto& word : origin.lost)
    if (asserts(word.said->fact.op)) all.add(word.value, word.said->source);
  return all.all();
}

std::vector<Said> IdentityDesk::identifiers(PersonId person) {
  Collected all;
  for (const auto& entry : people_.dossier(person).entries) {
    const auto* said = entry.history.current(known_now);
    const auto* own = said && joins_people(said->fact) ? entry.mention_in(*said) : nullptr;
    if (!own) continue;
    for (const auto& one : own->identifiers)
      if (one.kind != IdentifierKind::citizen_number)
        all.add({std::string(name_of(one.kind)), "", one.value}, said->source);
  }
  return all.all();
}

std::vector<Said> IdentityDesk::children(PersonId person) {
  Collected all;
  for (const auto& tie : people_.portrait(person).ties) {
    if ((tie.kind != Tie::Kind::parent_of && tie.kind != Tie::Kind::adopts) || !tie.mention) continue;
    FieldValue value;
    if (tie.mention->born) value.text = tie.mention->born->text();
    value.name = tie.mention->name.value_or("");
    for (const auto& one : tie.mention->identifiers)
      if (one.kind == IdentifierKind::citizen_number) value.number = one.value;
    all.add(value, tie.evidence->source);
  }
  return all.all();
}

Result<CareRequest> IdentityDesk::answer(const IdentityRequest& request) {
  const auto found = row(request.id);
  if (!found) return found.error();
  const auto now = queue_.resolve(*found);
  switch (now.standing) {
    case PairStanding::nobody:
      return Error{"PAIR_GONE",
                   "nobody bears one of its identifiers any more: the next scan finds whom it is about now",
                   request.id};
    case PairStanding::one:
      return Error{"PAIR_GONE", "the two are one person already, by an identifier that they have in common",
                   request.id};
    case PairStanding::one_by_word:
    case PairStanding::apart_by_word:
      return Error{"PAIR_ANSWERED",
                   std::string("it was answered already: ") +
                       (now.standing == PairStanding::one_by_word ? "the same" : "not the same") +
                       "; 'kinhub identity undo " + request.id + "' takes the answer back first",
                   request.id};
    case PairStanding::two:
      break;
  }
  auto one = queue_.identifier_behind(found->a, now.a), other = queue_.identifier_behind(found->b, now.b);
  if (!one || !other) throw std::runtime_error("an identifier of the identity queue cannot be found again");
  if (*other < *one) std::swap(*one, *other);
  CareRequest entry;
  entry.form = request.answer == IdentityRequest::Answer::same ? "identity-same" : "identity-different";
  entry.named = {*one};
  entry.values = {{other_item(other->kind), other->value}, {"seen", request.seen}};
  entry.who = request.who, entry.why = request.why, entry.wait = request.wait;
  return entry;
}

Result<std::string> IdentityDesk::answered_by(const std::string& id) {
  const auto found = row(id);
  if (!found) return found.error();
  auto now = queue_.resolve(*found);
  if (!now.entry.empty()) return Result<std::string>(boost::system::in_place_value, std::move(now.entry));
  const bool by_agency = now.standing == PairStanding::apart_by_word || now.standing == PairStanding::one;
  return Error{"PAIR_NOT_ANSWERED",
               by_agency
                   ? "what agencies say makes it so, and no answer of a case worker: there is nothing to "
                     "take back here"
                   : "nobody has answered it yet: kinhub identity same|different " + id,
               id};
}

}  // namespace kinhub
