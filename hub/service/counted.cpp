#include "hub/service/counted.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

namespace kinhub::service {
namespace {

constexpr std::size_t town_digits = 9;

/// Union-find over indices.
class Joined {
 public:
  explicit Joined(std::size_t size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }
  std::size_t find(std::size_t one) {
    while (parent_[one] != one)
      one = parent_[one] = parent_[parent_[one]];
    return one;
  }
  void join(std::size_t a, std::size_t b) {
    a = find(a), b = find(b);
    if (a != b) parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

std::string area_on(const Person& person, Date day) {
  const auto* lives = lives_on(person, day);
  return lives ? lives->area : std::string();
}

const Wed* married_on(const Person& person, Date day) {
  for (const auto& wed : person.marriages)
    if (wed.spouse && wed.when.contains(day)) return &wed;
  return nullptr;
}

std::optional<Member> member_on(const Person& person, Date day) {
  const auto certainty = on(person.special, day);
  if (!certainty) return std::nullopt;
  Member member;
  member.person = &person, member.certainty = *certainty;
  member.bereaved = on(person.bereaved, day) == Certainty::sure;
  member.of_49 = on(person.of_age, day) == Certainty::sure;
  member.area = area_on(person, day);
  return member;
}

Household settled(std::vector<Member> members) {
  std::stable_sort(members.begin(), members.end(), [](const Member& a, const Member& b) {
    return a.person->sex == Sex::female && b.person->sex != Sex::female;
  });
  Household household;
  household.possible = true;
  for (const auto& member : members) {
    if (household.seat.empty()) household.seat = member.area;
    if (member.certainty != Certainty::sure) continue;
    household.possible = false;
    household.bereaved |= member.bereaved, household.of_49 |= member.of_49;
  }
  for (auto& member : members)
    if (member.area.empty()) member.area = household.seat;
  household.members = std::move(members);
  return household;
}

}  // namespace

bool Household::has(PersonId person) const {
  return std::any_of(members.begin(), members.end(),
                     [&](const Member& one) { return one.person->id == person; });
}

std::string town_of(std::string_view area) {
  return area.size() >= town_digits ? std::string(area.substr(0, town_digits)) : std::string();
}

std::vector<std::vector<const Person*>> groups_of(const Record& record) {
  Joined joined(record.people.size());
  for (std::size_t i = 0; i < record.people.size(); ++i)
    for (const auto& wed : record.people[i].marriages)
      if (const auto* spouse = wed.spouse ? record.find(wed.spouse) : nullptr)
        joined.join(i, static_cast<std::size_t>(spouse - record.people.data()));
  std::map<std::size_t, std::vector<const Person*>> groups;
  for (std::size_t i = 0; i < record.people.size(); ++i)
    groups[joined.find(i)].push_back(&record.people[i]);
  std::vector<std::vector<const Person*>> all;
  for (auto& [first, group] : groups)
    all.push_back(std::move(group));
  return all;
}

std::vector<Household> households_on(const std::vector<const Person*>& group, Date day) {
  std::vector<Member> members;
  for (const auto* person : group) {
    auto member = member_on(*person, day);
    if (!member) continue;
    // Of whom no residence is known: where the spouse is registered, a member or not.
    if (member->area.empty())
      if (const auto* wed = married_on(*person, day))
        for (const auto* other : group)
          if (other->id == wed->spouse) member->area = area_on(*other, day);
    members.push_back(std::move(*member));
  }
  Joined joined(members.size());
  for (std::size_t i = 0; i < members.size(); ++i)
    for (const auto& wed : members[i].person->marriages)
      if (wed.when.contains(day))
        for (std::size_t k = 0; k < members.size(); ++k)
          if (members[k].person->id == wed.spouse) joined.join(i, k);
  std::map<std::size_t, std::vector<Member>> together;
  for (std::size_t i = 0; i < members.size(); ++i)
    together[joined.find(i)].push_back(std::move(members[i]));
  std::vector<Household> households;
  for (auto& [first, of] : together)
    households.push_back(settled(std::move(of)));
  return households;
}

std::vector<Household> households_on(const Record& record, Date day) {
  std::vector<Household> all;
  for (const auto& group : groups_of(record))
    for (auto& household : households_on(group, day))
      all.push_back(std::move(household));
  return all;
}

std::vector<Date> changes_of(const std::vector<const Person*>& group, Interval range) {
  std::set<Date> days;
  const auto edge = [&](Date day) {
    if (range.contains(day)) days.insert(day);
  };
  for (const auto* person : group) {
    for (const auto* spans : {&person->special, &person->bereaved, &person->of_age})
      for (const auto& span : *spans)
        edge(span.when.from), edge(span.when.until);
    for (const auto& wed : person->marriages)
      edge(wed.when.from), edge(wed.when.until);
    for (const auto& lives : person->lives)
      edge(lives.when.from), edge(lives.when.until);
  }
  return {days.begin(), days.end()};
}

}  // namespace kinhub::service
