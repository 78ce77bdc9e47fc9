// R06: the members of a region one by one, beside those of the list before.
#include <algorithm>
#include <cassert>
#include <map>
#include <tuple>

#include "hub/report/count.hpp"
#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

using service::Household;
using service::Member;

/// A member with where it is listed.
struct Listed {
  Member member;
  std::string town, community;
};
using List = std::map<PersonId, Listed>;

List list_of(const std::vector<Household>& households, std::string_view region) {
  List list;
  for (const auto& household : households)
    for (const auto& member : household.members)
      if (const auto at = place_in(member.area, region); at.inside)
        list.emplace(member.person->id,
                     Listed{member, at.town, member.area.size() == 12 ? member.area : std::string()});
  return list;
}

/// The card of the green channel in force; empty: none.
std::string card_of(const service::Person& person, Date day) {
  for (const auto& paper : person.credentials)
    if (paper.type == "medical_card" && paper.state == "valid" && paper.when.contains(day))
      return paper.number;
  return {};
}

std::string kind_of(const Member& member) {
  return member.certainty != Certainty::sure ? "待核实" : member.bereaved ? "失独" : "伤残";
}

/// Why somebody is on the list who was not on the one before: a member on its day as well came from
/// elsewhere, or was told of later; another is new, by what became of the child.
std::string came_because(const Member& member, Date before_day) {
  const auto& person = *member.person;
  if (const auto* lives = lives_on(person, before_day);
      service::on(person.special, before_day) && lives && lives->area != member.area)
    return "迁入";
  if (service::on(person.special, before_day)) return "补报";
  return member.certainty != Certainty::sure ? "待核实" : member.bereaved ? "子女死亡" : "子女伤残";
}

/// 变动 and 原因 of one who is on the list now.
std::pair<std::string, std::string> change_of(const Listed& now, const Listed* then, Date before_day) {
  if (!then) return {"新增", came_because(now.member, before_day)};
  if (then->town != now.town) return {"变更", "迁移 " + unit_name(then->town) + "->" + unit_name(now.town)};
  if (kind_of(then->member) != kind_of(now.member))
    return {"变更", kind_of(then->member) + "->" + kind_of(now.member)};
  return {"无", ""};
}

struct Counts {
  std::int64_t then = 0, came = 0, gone = 0, now = 0;
};
Row row_of(const std::string& unit, const Counts& of) {
  return {{unit, of.then, of.came, of.gone, of.now}};
}

/// Sorted by town, community, number of the archive, number of the person.
std::vector<const Listed*> in_order(const List& list, const std::map<PersonId, std::string>& archives) {
  std::vector<const Listed*> order;
  for (const auto& [id, listed] : list)
    order.push_back(&listed);
  const auto key = [&](const Listed* one) {
    const auto archive = archives.find(one->member.person->id);
    return std::tuple(one->town.empty(), one->town, one->community,
                      archive == archives.end() ? "" : archive->second, one->member.person->number,
                      one->member.person->id);
  };
  std::sort(order.begin(), order.end(), [&](const Listed* a, const Listed* b) { return key(a) < key(b); });
  return order;
}

std::map<PersonId, std::string> archives_on(const Means& means, Date day) {
  std::map<PersonId, std::string> archives;
  for (const auto& archive : means.ledger.archives())
    if (archive.is_open(day))
      if (const auto household = means.ledger.keeping().household(archive, day))
        for (const auto& member : household->members)
          archives.emplace(member.person->id, archive.number);
  return archives;
}

}  // namespace

std::vector<Check> check_members(const Table& summary, const Table& members, const Table& basic) {
  Check check{Check::State::passed, "F10", ""};
  const auto wrong = [&](const std::string& text) {
    check.state = Check::State::red, check.text += (check.text.empty() ? "" : "；") + text;
  };
  for (std::size_t row = 0; row < summary.rows.size(); ++row) {
    const auto& unit = std::get<std::string>(summary.rows[row].cells.front());
    const auto now = summary.number(row, "now");
    if (summary.number(row, "then") + summary.number(row, "came") - summary.number(row, "gone") != now)
      wrong(unit + "：上期加新增减退出不等于本期");
    const auto* same = basic.find(unit);
    const auto figure = [&](std::string_view column) {
      const auto* value = same ? std::get_if<std::int64_t>(&same->cells[basic.index_of(column)]) : nullptr;
      return value ? *value : 0;
    };
    if (figure("people") + figure("possible_people") != now) wrong(unit + "：本期不等于基本情况统计表");
  }
  const auto last = summary.rows.size() - 1;
  if (static_cast<std::int64_t>(members.rows.size()) != summary.number(last, "now"))
    wrong("名单行数不等于本期人数");
  return {check};
}

Report member_list(const Means& means, const Question& question) {
  assert(means.then && "what was known when the period before was reported");
  Report report{"member-list", "计划生育特殊家庭成员信息汇总", question, {}, {}, {}};
  const auto day = question.as_of(), opening_day = question.period.when.from.plus_days(-1);
  const auto then = list_of(households_on(*means.then, opening_day), question.region);
  const auto now = list_of(households_on(means.ledger.record(), day), question.region);
  const auto archives = archives_on(means, day);

  Table members{"members",
                report.title,
                {{"serial", "序号"},
                 {"name", "姓名", "", Privacy::name},
                 {"number", "身份证号", "", Privacy::number},
                 {"town", "镇（街道）"},
                 {"community", "村（居）"},
                 {"phone", "电话", "", Privacy::contact},
                 {"card", "卡号", "", Privacy::number},
                 {"archive", "档案号", "", Privacy::number},
                 {"kind", "类别"},
                 {"change", "变动"},
                 {"reason", "原因"}},
                {}};
  std::map<std::string, Counts, std::less<>> towns;
  for (const auto* listed : in_order(now, archives)) {
    const auto& person = *listed->member.person;
    const auto before = then.find(person.id);
    const auto [change, reason] =
        change_of(*listed, before == then.end() ? nullptr : &before->second, opening_day);
    const auto archive = archives.find(person.id);
    members.rows.push_back({{static_cast<std::int64_t>(members.rows.size() + 1), person.name, person.number,
                             unit_name(listed->town), listed->community, person.phone, card_of(person, day),
                             archive == archives.end() ? std::string() : archive->second,
                             kind_of(listed->member), change, reason},
                            false,
                            person.ref});
    ++towns[listed->town].now;
    if (before == then.end() || before->second.town != listed->town) ++towns[listed->town].came;
  }
  Table gone{"gone",
             "退出",
             {{"name", "姓名", "", Privacy::name},
              {"number", "身份证号", "", Privacy::number},
              {"town", "镇（街道）"},
              {"reason", "原因"}},
             {}};
  Counts all;
  for (const auto* listed : in_order(then, archives)) {
    const auto& person = *listed->member.person;
    ++towns[listed->town].then;
    const auto after = now.find(person.id);
    if (after != now.end() && after->second.town == listed->town) continue;
    ++towns[listed->town].gone;
    if (after != now.end()) continue;  // moved within the region
    const auto* known = means.ledger.record().find(person.id);
    const bool moved = known && service::on(known->special, day).has_value();
    gone.rows.push_back(
        {{person.name, person.number, unit_name(listed->town),
          moved ? std::string("迁出") : std::string(name_of(exit_of(known ? *known : person, day)))},
         false,
         person.ref});
    ++all.gone;
  }
  Table summary{"summary",
                "人数核对",
                {{"unit", "单位"},
                 {"then", "上期"},
                 {"came", "新增（含迁入）"},
                 {"gone", "退出（含迁出）"},
                 {"now", "本期"}},
                {}};
  for (const auto& town : towns_of(towns)) {
    summary.rows.push_back(row_of(unit_name(town), towns.at(town)));
    all.then += towns.at(town).then, all.now += towns.at(town).now;
  }
  for (const auto& [id, listed] : now)
    all.came += then.contains(id) ? 0 : 1;
  summary.rows.push_back(row_of(std::string(all_towns), all));
  summary.rows.back().total = true;
  report.checks = check_members(summary, members, basic_statistics(means, question).tables.front());
  report.tables = {std::move(members), std::move(gone), std::move(summary)};
  return report;
}

}  // namespace kinhub::report
