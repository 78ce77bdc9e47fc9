#include "tests/agencies/truth.hpp"

#include <algorithm>

namespace kinhub::agencies {
namespace {

/// N10: the scheme is of 2007; the document in hand names no day, so the year's first one stands for it.
const Date scheme_start(2007, 1, 1);

const Date both_born_since(1933, 1, 1);  // N01
constexpr int age_line = 49;             // N02

struct Answer {
  Right right = Right::none;
  bool sure = true;
  std::string why;
  bool same_right(const Answer& other) const { return right == other.right && sure == other.sure; }
};

/// Day of death counts as alive (N08: money ends after it).
bool parent_alive(const Person& person, Date day) {
  return !person.died || day <= *person.died;
}

/// The marriage this parent lives in on that day. It ends on the day of divorce or of either's death: a widow
/// or widower is judged by own age from that day on (N02).
const Marriage* marriage_on(const World& world, PersonIndex parent, Date day) {
  for (const Marriage& marriage : world.marriages) {
    if (marriage.husband != parent && marriage.wife != parent) continue;
    if (marriage.annulled != Date::forever()) continue;  // never was
    if (day < marriage.from || day >= marriage.divorced) continue;
    const auto &husband = world.at(marriage.husband), &wife = world.at(marriage.wife);
    if ((husband.died && day >= *husband.died) || (wife.died && day >= *wife.died)) continue;
    return &marriage;
  }
  return nullptr;
}

bool married_before(const World& world, PersonIndex parent, const Marriage& now) {
  return std::any_of(world.marriages.begin(), world.marriages.end(), [&](const Marriage& other) {
    return (other.husband == parent || other.wife == parent) && other.annulled == Date::forever() &&
           other.from < now.from;
  });
}

/// N02, N06: the wife's 49 decides for both in a first marriage; the single, divorced, widowed and remarried
/// are judged by their own age.
PersonIndex judged_by(const World& world, PersonIndex parent, Date day) {
  const Marriage* marriage = marriage_on(world, parent, day);
  if (!marriage || married_before(world, parent, *marriage)) return parent;
  return marriage->wife;
}

/// N03: one child only, or several of whom one was alive at a time. Children of one birth count together; a
/// dissolved adoption stands in the way only while it lasted, a void one never. Once two lived side by side,
/// the family is no only-child family any more, whatever comes later.
bool had_children_side_by_side(const World& world, PersonIndex parent, Date day) {
  std::vector<const ChildOf*> links;
  for (const ChildOf& link : world.children)
    if ((link.mother == parent || link.father == parent) && !link.is_void && link.until == Date::forever())
      links.push_back(&link);
  auto end_of = [&](const ChildOf* link) { return world.at(link->child).died.value_or(Date::forever()); };
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (std::size_t j = i + 1; j < links.size(); ++j) {
      const bool one_birth = links[i]->relation == Relation::born && links[j]->relation == Relation::born &&
                             links[i]->from == links[j]->from && links[i]->mother == links[j]->mother;
      const Date begin = std::max(links[i]->from, links[j]->from);
      if (!one_birth && begin < std::min(end_of(links[i]), end_of(links[j])) && begin <= day) return true;
    }
  }
  return false;
}

Answer answer_on(const World& world, PersonIndex parent, Date day) {
  if (!parent_alive(world.at(parent), day)) return {};  // N08
  if (world.at(parent).born < both_born_since) return {};
  if (const Marriage* marriage = marriage_on(world, parent, day))
    if (world.at(marriage->husband).born < both_born_since || world.at(marriage->wife).born < both_born_since)
      return {};  // N01

  if (day < scheme_start) return {};  // N10
  const PersonIndex judged = judged_by(world, parent, day);
  const Date reached = reaches(world.at(judged).born, age_line);
  if (day < reached) return {};  // N02, N07

  // N03, N04, N08: children born to or lawfully adopted by this parent, living on that day. The day a child
  // dies it no longer lives; the day one is born or adopted it does.
  std::vector<PersonIndex> living;
  Date last_death = Date::beginning();
  for (const ChildOf& link : world.children) {
    if (link.mother != parent && link.father != parent) continue;
    if (link.is_void || day < link.from || day >= link.until) continue;
    const Person& child = world.at(link.child);
    if (child.died && day >= *child.died)
      last_death = std::max(last_death, *child.died);
    else
      living.push_back(link.child);
  }
  if (had_children_side_by_side(world, parent, day)) return {};  // N03
  const bool by_self = judged == parent && world.at(parent).sex == Sex::male;
  const std::string age =
      " N02: " + reached.text() + (by_self || !marriage_on(world, parent, day) ? " own 49" : " wife 49");
  if (living.empty() && last_death != Date::beginning())
    return {Right::death, true, "N04: last child died " + last_death.text() + ";" + age};
  if (living.size() != 1) return {};

  const Certificate* newest = nullptr;
  for (const Certificate& certificate : world.certificates)
    if (certificate.person == living.front() && certificate.cert_date <= day &&
        (!newest || newest->cert_date <= certificate.cert_date))
      newest = &certificate;
  if (!newest || newest->grade > 3) return {};
  // Expiry is not recovery: from the day after the printed last day the answer is open.
  const bool expired = day > newest->valid_until;
  return {Right::disability, !expired,
          "N04: only child grade " + std::to_string(newest->grade) + " certified " +
              newest->cert_date.text() + (expired ? ", expired " + newest->valid_until.text() : "") + ";" +
              age};
}

/// Every day on which an answer may change.
std::vector<Date> days_of_change(const World& world) {
  std::vector<Date> days{scheme_start};
  for (const Person& person : world.people) {
    days.push_back(person.born);
    days.push_back(reaches(person.born, age_line));
    if (person.died) days.push_back(*person.died), days.push_back(person.died->plus_days(1));
  }
  for (const Marriage& marriage : world.marriages)
    days.push_back(marriage.from), days.push_back(marriage.divorced);
  for (const ChildOf& link : world.children)
    days.push_back(link.from), days.push_back(link.until);
  for (const Certificate& certificate : world.certificates)
    days.push_back(certificate.cert_date), days.push_back(certificate.valid_until.plus_days(1));
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  while (!days.empty() && days.back() >= Date::forever())
    days.pop_back();
  return days;
}

/// A right is sure when it holds in the world as it is and in the other possible one, where disputed deaths
/// are none and doubted ones are true; in one of them alone it is open.
Answer in_both(Right right, const Answer& as_it_is, const Answer& otherwise) {
  const bool here = as_it_is.right == right, there = otherwise.right == right;
  if (!here && !there) return {};
  Answer answer = here ? as_it_is : otherwise;
  answer.sure = here && there && as_it_is.sure && otherwise.sure;
  return answer;
}

}  // namespace

std::vector<TrueSpan> true_spans(const World& world) {
  std::vector<TrueSpan> spans;
  World otherwise = world;
  for (PersonIndex child : world.disputed)
    otherwise.at(child).died.reset();
  for (const auto& [person, on] : world.doubted)
    otherwise.at(person).died = std::min(on, otherwise.at(person).died.value_or(on));
  auto days = days_of_change(world);
  const auto more = days_of_change(otherwise);
  days.insert(days.end(), more.begin(), more.end());
  std::sort(days.begin(), days.end());
  days.erase(std::unique(days.begin(), days.end()), days.end());
  const bool one_world = world.disputed.empty() && world.doubted.empty();
  for (PersonIndex parent = 0; parent < static_cast<PersonIndex>(world.people.size()); ++parent) {
    const bool has_child =
        std::any_of(world.children.begin(), world.children.end(),
                    [&](const ChildOf& link) { return link.mother == parent || link.father == parent; });
    if (!has_child) continue;
    std::vector<Answer> here, there;
    for (Date day : days) {
      here.push_back(answer_on(world, parent, day));
      there.push_back(one_world ? here.back() : answer_on(otherwise, parent, day));
    }
    const auto first = static_cast<std::ptrdiff_t>(spans.size());
    for (Right right : {Right::disability, Right::death}) {
      Answer before;
      for (std::size_t i = 0; i < days.size(); ++i) {
        Answer now = in_both(right, here[i], there[i]);
        if (now.same_right(before)) continue;
        if (before.right != Right::none) spans.back().when.until = days[i];
        if (now.right != Right::none)
          spans.push_back({parent, now.right, {days[i], Date::forever()}, now.sure, now.why});
        before = std::move(now);
      }
    }
    std::stable_sort(spans.begin() + first, spans.end(),
                     [](const TrueSpan& a, const TrueSpan& b) { return a.when.from < b.when.from; });
  }
  return spans;
}

std::string_view benefit_of(Right right) {
  switch (right) {
    case Right::none:
      return "";
    case Right::disability:
      return "national-special-assistance/disability";
    case Right::death:
      return "national-special-assistance/death";
  }
  return "";
}

int amount_fen(Right right, Date day) {
  const bool raised = day >= Date(2022, 7, 1);  // N11
  switch (right) {
    case Right::none:
      return 0;
    case Right::disability:
      return raised ? 46000 : 35000;
    case Right::death:
      return raised ? 59000 : 45000;
  }
  return 0;
}

}  // namespace kinhub::agencies
