// R03 and R05: whether each family has its helpers, is spoken to, has a doctor and a card, by town.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "hub/report/count.hpp"
#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

using service::Owed;
using service::Rate;
using service::Service;

/// A rate by town, or that nothing is known of it.
struct ByTownRate {
  std::map<std::string, Rate, std::less<>> towns;
  bool connected = true;
};

/// One column group of a table: what it is called, and its rates.
struct Part {
  std::string id, title;
  ByTownRate rates;
};

constexpr std::size_t county_digits = 6;

/// What is owed under a service of this id: of each archive as the file of its own county has it, in force
/// and used there; of one whose county is not known, as that of the region asked for.
struct OwedHere {
  std::vector<Owed> all;
  bool connected = false;
};
OwedHere owed(const Means& means, std::string_view id, const Question& question) {
  const auto day = question.as_of();
  std::map<std::string, const Service*> by_county;
  const auto service_in = [&](const std::string& county) {
    const auto [found, fresh] = by_county.try_emplace(county);
    if (fresh) {
      found->second = means.services.find(county, day, id);
      if (found->second && !found->second->used) found->second = nullptr;
    }
    return found->second;
  };
  OwedHere here;
  if (const auto* own = service_in(question.region))
    here.connected = is_connected(*own, means.ledger.record());
  std::map<const Service*, std::vector<const service::Archive*>> archives;
  for (const auto& archive : means.ledger.archives()) {
    const auto seat = means.ledger.keeping().seat(archive, day);
    if (const auto* service =
            service_in(seat.size() < county_digits ? question.region : seat.substr(0, county_digits)))
      archives[service].push_back(&archive);
  }
  for (const auto& [service, of] : archives) {
    if (!is_connected(*service, means.ledger.record())) continue;
    for (auto& one : means.ledger.owed(*service, of, question.period.when, day)) {
      here.connected = here.connected || place_in(means.ledger.area(one), question.region).inside;
      here.all.push_back(std::move(one));
    }
  }
  return here;
}

enum class Which : std::uint8_t { met, met_otherwise, without_declined };
ByTownRate rates_of(const Means& means, const std::vector<Owed>& all, const Question& question, Which which) {
  ByTownRate rates;
  for (const auto& one : all) {
    const auto at = place_in(means.ledger.area(one), question.region);
    if (!at.inside || (which == Which::without_declined && one.declined)) continue;
    auto& rate = rates.towns[at.town];
    ++rate.den;
    rate.num += (which == Which::met_otherwise ? one.met_otherwise : one.met) ? 1 : 0;
  }
  return rates;
}

Part part(const Means& means, const Question& question, const std::string& id, const std::string& suffix,
          const std::string& title, Which which = Which::met) {
  const auto* service = means.services.find(question.region, question.as_of(), id);
  Part part{id + suffix, title.empty() && service ? service->name : title, {}};
  const auto here = owed(means, id, question);
  if (here.connected) part.rates = rates_of(means, here.all, question, which);
  part.rates.connected = here.connected;
  if (part.title.empty()) part.title = id;
  return part;
}

/// The contact services of a region: monthly, or weekly with a visit a month, as its file says (K1).
std::vector<std::string> contact_services(const Means& means, const Question& question) {
  std::vector<std::string> ids;
  const auto day = question.as_of();
  for (const auto* id : {"S02", "S03", "S04"}) {
    const auto used = [&](std::string_view region) {
      const auto* one = means.services.find(region, day, id);
      return one && one->used;
    };
    bool any = used(question.region);
    for (const auto& archive : means.ledger.archives()) {
      if (any) break;
      const auto seat = means.ledger.keeping().seat(archive, day);
      any = archive.is_open(day) && place_in(seat, question.region).inside &&
            used(std::string_view(seat).substr(0, county_digits));
    }
    if (any) ids.emplace_back(id);
  }
  return ids;
}

/// Towns that have an archive open on the day, or any figure.
std::vector<std::string> all_units(const std::vector<Part>& parts,
                                   const std::map<std::string, std::int64_t, std::less<>>& more) {
  std::map<std::string, int, std::less<>> towns;
  for (const auto& [town, count] : more)
    towns[town];
  for (const auto& part : parts)
    for (const auto& [town, rate] : part.rates.towns)
      towns[town];
  return towns_of(towns);
}

std::map<std::string, std::int64_t, std::less<>> open_archives(const Means& means, const Question& question) {
  std::map<std::string, std::int64_t, std::less<>> towns;
  for (const auto& archive : means.ledger.archives())
    if (archive.is_open(question.as_of()))
      if (const auto at = place_in(means.ledger.keeping().seat(archive, question.as_of()), question.region);
          at.inside)
        ++towns[at.town];
  return towns;
}

void add_columns(Table& table, const Part& part) {
  table.columns.push_back({part.id + "_owed", "应", part.title});
  table.columns.push_back({part.id + "_met", "已", part.title});
  table.columns.push_back({part.id + "_rate", "率（%）", part.title});
}
void add_cells(Row& row, const Part& part, const Rate& rate) {
  if (!part.rates.connected) {
    row.cells.insert(row.cells.end(), 3, NotConnected{});
    return;
  }
  row.cells.emplace_back(rate.den), row.cells.emplace_back(rate.num), row.cells.emplace_back(rate);
}
Rate rate_in(const Part& part, const std::string& town) {
  const auto found = part.rates.towns.find(town);
  return found == part.rates.towns.end() ? Rate{} : found->second;
}

/// Fills rows town by town, and their sum. `head`: columns before the rates, of each town.
void fill(Table& table, const std::vector<Part>& parts, const std::vector<std::string>& towns,
          const std::vector<std::map<std::string, std::int64_t, std::less<>>>& head) {
  std::vector<Rate> sums(parts.size());
  std::vector<std::int64_t> heads(head.size());
  for (const auto& town : towns) {
    Row row;
    row.cells.emplace_back(unit_name(town));
    for (std::size_t i = 0; i < head.size(); ++i) {
      const auto found = head[i].find(town);
      const auto value = found == head[i].end() ? 0 : found->second;
      row.cells.emplace_back(value), heads[i] += value;
    }
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto rate = rate_in(parts[i], town);
      add_cells(row, parts[i], rate), sums[i] += rate;
    }
    table.rows.push_back(std::move(row));
  }
  Row total;
  total.total = true;
  total.cells.emplace_back(std::string(all_towns));
  for (const auto value : heads)
    total.cells.emplace_back(value);
  for (std::size_t i = 0; i < parts.size(); ++i)
    add_cells(total, parts[i], sums[i]);
  table.rows.push_back(std::move(total));
}

std::string months_title(const std::string& name, std::size_t count) {
  return count > 1 ? name + "（各月之和）" : name;
}

}  // namespace

std::vector<Check> check_rates(const Table& table, std::string_view id) {
  Check check{Check::State::passed, std::string(id), ""};
  const auto wrong = [&](const std::string& text) {
    check.state = Check::State::red, check.text += (check.text.empty() ? "" : "；") + text;
  };
  const auto last = table.rows.size() - 1;
  for (std::size_t column = 1; column < table.columns.size(); ++column) {
    const auto& name = table.columns[column].id;
    if (name.ends_with("_rate")) {
      const auto stem = name.substr(0, name.size() - 5);
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        const auto num = table.number(row, stem + "_met"), den = table.number(row, stem + "_owed");
        const auto& unit = std::get<std::string>(table.rows[row].cells.front());
        if (num > den) wrong(unit + "：" + table.columns[column].group + "已完成多于应完成");
        if (const auto* rate = std::get_if<Rate>(&table.rows[row].cells[column]);
            rate && (rate->num != num || rate->den != den))
          wrong(unit + "：" + table.columns[column].group + "的率不是由应、已算出");
      }
      continue;
    }
    std::int64_t sum = 0;
    for (std::size_t row = 0; row < last; ++row)
      sum += table.number(row, name);
    if (sum != table.number(last, name))
      wrong(table.columns[column].group + table.columns[column].title + "：各行之和不等于合计");
  }
  return {check};
}

Report contact_system(const Means& means, const Question& question) {
  Report report{"contact-system", "联系人制度落实情况表", question, {}, {}, {}};
  std::vector<Part> parts = {part(means, question, "S01", "", "双岗齐全")};
  std::vector<std::map<std::string, std::int64_t, std::less<>>> head = {open_archives(means, question)};
  Table table{"contacts", report.title, {{"unit", "单位"}, {"households", "在档户数"}}, {}};
  if (const auto* contacts = means.services.find(question.region, question.as_of(), "S01"))
    for (const auto& role : contacts->roles) {
      std::map<std::string, std::int64_t, std::less<>> lacking;
      for (const auto& one : owed(means, contacts->id, question).all)
        if (const auto at = place_in(means.ledger.area(one), question.region);
            at.inside && ("、" + one.what + "、").find("、" + role + "、") != std::string::npos)
          ++lacking[at.town];
      table.columns.push_back({"lacks_" + role, role == "town_leader" ? "缺乡镇（街道）领导干部"
                                                : role == "village_cadre" ? "缺村（居）委会干部"
                                                                          : "缺" + role});
      head.push_back(std::move(lacking));
    }
  const bool quarter = question.period.kind != service::Period::Kind::month;
  for (const auto& id : contact_services(means, question)) {
    auto one = part(means, question, id, "", "");
    one.title = months_title(one.title, quarter ? 3 : 1);
    parts.push_back(std::move(one));
  }
  parts.push_back(part(means, question, "S05", "", ""));
  parts.push_back(part(means, question, "S34", "", "知晓率"));
  for (const auto& one : parts)
    add_columns(table, one);
  fill(table, parts, all_units(parts, head.front()), head);
  report.checks = check_rates(table, "F8");
  report.tables.push_back(std::move(table));
  return report;
}

Report three_coverages(const Means& means, const Question& question) {
  Report report{"three-coverages", "三个全覆盖落实情况", question, {}, {}, {}};
  std::vector<Part> parts = {part(means, question, "S01", "", "双岗联系人")};
  for (const auto& id : contact_services(means, question))
    parts.push_back(part(means, question, id, "", ""));
  parts.push_back(part(means, question, "S09", "a", "家庭医生签约（全部成员）"));
  parts.push_back(part(means, question, "S09", "b", "家庭医生签约（有意愿的成员）", Which::without_declined));
  parts.push_back(part(means, question, "S10", "", ""));
  parts.push_back(part(means, question, "S14", "card", "就医卡"));
  parts.push_back(part(means, question, "S14", "any", "就医凭证（任一）", Which::met_otherwise));
  parts.push_back(part(means, question, "S15", "", "定点医院"));
  parts.push_back(part(means, question, "S34", "", "知晓率"));
  Table table{"coverages", report.title, {{"unit", "单位"}, {"households", "在档户数"}}, {}};
  for (const auto& one : parts)
    add_columns(table, one);
  const auto open = open_archives(means, question);
  fill(table, parts, all_units(parts, open), {open});
  report.checks = check_rates(table, "F8");
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace kinhub::report
