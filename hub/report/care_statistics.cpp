// R04: acts of service by town, channel and service.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "hub/report/count.hpp"
#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

using service::Act;

constexpr std::string_view channels = "VPNGM";

/// Figures of acts: each act once.
struct Acts {
  std::array<std::int64_t, channels.size()> by_channel{};
  std::int64_t visits_reached = 0, not_reached = 0, without_channel = 0, fen = 0;
  std::set<std::string> households;
  std::set<PersonId> people;

  void add(const Act& act, const std::string& archive) {
    if (const auto at = channels.find(act.channel); at != std::string_view::npos && act.channel != 0)
      ++by_channel[at];
    else
      ++without_channel;
    if (!act.reached) ++not_reached;
    if (act.reached && act.channel == 'V') ++visits_reached;
    fen += act.fen;
    if (!archive.empty()) households.insert(archive);
    people.insert(act.person);
  }
  std::int64_t all() const {
    auto sum = without_channel;
    for (const auto count : by_channel)
      sum += count;
    return sum;
  }
};

std::vector<Column> act_columns(bool with_service) {
  std::vector<Column> columns = {{"unit", "单位"}};
  if (with_service) columns.push_back({"service", "服务"});
  for (const auto& [id, title] :
       std::initializer_list<std::pair<const char*, const char*>>{{"V", "登门走访"},
                                                                  {"V_reached", "其中见到"},
                                                                  {"P", "电话联络"},
                                                                  {"N", "网络沟通"},
                                                                  {"G", "集中活动"},
                                                                  {"M", "医疗机构"},
                                                                  {"none", "方式不详"},
                                                                  {"acts", "次数"},
                                                                  {"not_reached", "其中未联系到"},
                                                                  {"households", "户数"},
                                                                  {"people", "人数"},
                                                                  {"fen", "金额（元）"}})
    columns.push_back({id, title});
  return columns;
}

Row row_of(const std::string& unit, const std::string* service, const Acts& of) {
  Row row;
  row.cells.emplace_back(unit);
  if (service) row.cells.emplace_back(*service);
  row.cells.emplace_back(of.by_channel[0]), row.cells.emplace_back(of.visits_reached);
  for (std::size_t i = 1; i < channels.size(); ++i)
    row.cells.emplace_back(of.by_channel[i]);
  row.cells.emplace_back(of.without_channel), row.cells.emplace_back(of.all()),
      row.cells.emplace_back(of.not_reached);
  row.cells.emplace_back(static_cast<std::int64_t>(of.households.size()));
  row.cells.emplace_back(static_cast<std::int64_t>(of.people.size()));
  row.cells.emplace_back(Money{of.fen});
  return row;
}

}  // namespace

std::vector<Check> check_acts(const Table& acts) {
  Check check{Check::State::passed, "F9", ""};
  const auto wrong = [&](const std::string& text) {
    check.state = Check::State::red, check.text += (check.text.empty() ? "" : "；") + text;
  };
  std::int64_t sum = 0, fen = 0;
  const auto money = [&](const Row& row) {
    const auto* value = std::get_if<Money>(&row.cells[acts.index_of("fen")]);
    return value ? value->fen : 0;
  };
  for (std::size_t row = 0; row < acts.rows.size(); ++row) {
    std::int64_t channels_sum = 0;
    for (const auto* channel : {"V", "P", "N", "G", "M", "none"})
      channels_sum += acts.number(row, channel);
    if (channels_sum != acts.number(row, "acts"))
      wrong(std::get<std::string>(acts.rows[row].cells.front()) + "：次数不等于各方式之和");
    if (acts.rows[row].total) {
      if (sum != acts.number(row, "acts") || fen != money(acts.rows[row])) wrong("各行之和不等于合计");
      continue;
    }
    sum += acts.number(row, "acts"), fen += money(acts.rows[row]);
  }
  return {check};
}

Report care_statistics(const Means& means, const Question& question) {
  Report report{"care-statistics", "扶助关怀情况统计表", question, {}, {}, {}};
  std::map<std::string, Acts, std::less<>> towns;
  std::map<std::string, std::map<std::string, Acts, std::less<>>, std::less<>> services;  // by id, then town
  Acts all;
  for (const auto& act : means.ledger.record().acts) {
    if (!question.period.when.contains(act.on)) continue;
    const auto* archive = means.ledger.archive_of(act);
    std::string area;
    if (archive) {
      area = means.ledger.keeping().seat(*archive, act.on);
    } else if (const auto* person = means.ledger.record().find(act.person)) {
      if (const auto* lives = lives_on(*person, act.on)) area = lives->area;
    }
    const auto at = place_in(area, question.region);
    if (!at.inside) continue;
    const auto number = archive ? archive->number : std::string();
    towns[at.town].add(act, number), all.add(act, number);
    for (const auto& id : act.services)
      services[id][at.town].add(act, number);
  }
  Table table{"acts", report.title, act_columns(false), {}};
  for (const auto& town : towns_of(towns))
    table.rows.push_back(row_of(unit_name(town), nullptr, towns.at(town)));
  table.rows.push_back(row_of(std::string(all_towns), nullptr, all));
  table.rows.back().total = true;
  report.checks = check_acts(table);

  Table by_service{"services", "按服务", act_columns(true), {}};
  for (const auto& [id, of_towns] : services) {
    const auto* service = means.services.find(question.region, question.as_of(), id);
    const auto name = service ? id + " " + service->name : id;
    for (const auto& town : towns_of(of_towns))
      by_service.rows.push_back(row_of(unit_name(town), &name, of_towns.at(town)));
  }
  report.tables = {std::move(table), std::move(by_service)};
  report.notes.emplace_back("合计中一次服务只计一次，不论兼作几项");
  return report;
}

}  // namespace kinhub::report
