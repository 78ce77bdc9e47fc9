#include "hub/desk/care_views.hpp"

#include <nlohmann/json.hpp>

#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}
Json day(std::optional<Date> date) {
  if (!date || *date == Date::beginning() || *date == Date::forever()) return Json();
  return date->text();
}
Json json(const PersonView& person) {
  return {{"ref", person.ref}, {"name", person.name}, {"citizen_id", person.citizen_id}};
}

Json json(const report::Cell& cell) {
  struct Writer {
    Json operator()(std::monostate) const { return Json(); }
    Json operator()(report::NotConnected) const { return {{"not_connected", true}}; }
    Json operator()(std::int64_t number) const { return number; }
    Json operator()(const std::string& text) const { return text; }
    Json operator()(const service::Rate& rate) const {
      const auto tenths = rate.tenths();
      return {{"num", rate.num}, {"den", rate.den}, {"permille", tenths ? Json(*tenths) : Json()}};
    }
    Json operator()(report::Money money) const { return {{"fen", money.fen}}; }
    Json operator()(Date date) const { return date.text(); }
  };
  return std::visit(Writer(), cell);
}

Json json(const report::Table& table) {
  Json columns = Json::array(), rows = Json::array();
  for (const auto& column : table.columns)
    columns.push_back({{"id", column.id},
                       {"title", column.title},
                       {"group", column.group.empty() ? Json() : Json(column.group)}});
  for (const auto& row : table.rows) {
    Json cells = Json::object();
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      cells[table.columns[i].id] = json(row.cells[i]);
    rows.push_back({{"total", row.total},
                    {"person", row.person.empty() ? Json() : Json(row.person)},
                    {"cells", std::move(cells)}});
  }
  return {
      {"id", table.id}, {"title", table.title}, {"columns", std::move(columns)}, {"rows", std::move(rows)}};
}

std::string_view name_of(report::Check::State state) {
  return state == report::Check::State::passed  ? "passed"
         : state == report::Check::State::amber ? "amber"
                                                : "red";
}

Json json(const WorklistView::Line& line) {
  return {
      {"state", line.state},         {"service", line.service.empty() ? Json() : Json(line.service)},
      {"name", line.name},           {"archive_no", line.archive_no.empty() ? Json() : Json(line.archive_no)},
      {"person", json(line.person)}, {"what", line.what},
      {"due", day(line.due)},        {"days_over", line.days_over},
      {"priority", line.priority}};
}

Json json(const ArchiveRowView& row) {
  return {{"archive_no", row.archive_no},
          {"cover", json(row.cover)},
          {"state", row.state},
          {"opened", day(row.opened)},
          {"closed", day(row.closed)},
          {"area", row.area.empty() ? Json() : Json(row.area)},
          {"kind", row.kind.empty() ? Json() : Json(row.kind)},
          {"members", row.members}};
}

std::string_view name_of(report::Audience audience) {
  return audience == report::Audience::open ? "public" : "duty";
}

Json json(const IssuedRowView& row) {
  return {{"number", row.number},
          {"report", row.report},
          {"region", row.region},
          {"period", row.period},
          {"audience", name_of(row.audience)},
          {"version", row.version},
          {"state", row.state},
          {"issued_at", iso_time(row.issued_at_us)},
          {"known_at", row.known_at_us ? Json(iso_time(*row.known_at_us)) : Json()},
          {"by", row.by},
          {"reason", row.reason},
          {"policies", row.policies.empty() ? Json() : Json(row.policies)},
          {"sha256", row.digest.empty() ? Json() : Json(row.digest)}};
}

template <class Rows>
Json list(const Rows& rows) {
  Json all = Json::array();
  for (const auto& row : rows)
    all.push_back(json(row));
  return all;
}

Json json(const ReportView& view) {
  const auto& report = view.report;
  Json checks = Json::array();
  for (const auto& check : report.checks)
    checks.push_back({{"id", check.id}, {"state", name_of(check.state)}, {"text", check.text}});
  return {{"report", report.name},
          {"title", report.title},
          {"region", report.question.region},
          {"period", report.question.period.text()},
          {"from", report.question.period.when.from.text()},
          {"until", report.question.period.when.until.text()},
          {"as_of", report.question.as_of().text()},
          {"known_at", iso_time(report.question.known_at_us)},
          {"audience", name_of(report.question.audience)},
          {"sha256", view.digest},
          {"tables", list(report.tables)},
          {"checks", std::move(checks)},
          {"notes", report.notes}};
}

}  // namespace

std::string to_json(const ReportView& view) {
  return document(json(view));
}

std::string to_json(const std::vector<IssuedRowView>& rows) {
  return document(list(rows));
}

std::string to_json(const IssuedView& view) {
  Json differences = Json::array();
  for (const auto& one : view.differences)
    differences.push_back({{"table", one.table},
                           {"row", one.row},
                           {"column", one.column},
                           {"before", one.before},
                           {"after", one.after}});
  auto issued = json(view.row);
  issued["is_new"] = view.is_new;
  issued["before"] = view.before.empty() ? Json() : Json(view.before);
  issued["differences"] = std::move(differences);
  issued["content"] = view.row.known_at_us ? json(view.report) : Json();
  return document(issued);
}

std::string to_json(const WorklistView& view) {
  return document({{"region", view.region}, {"on", view.on.text()}, {"lines", list(view.lines)}});
}

std::string to_json(const std::vector<ArchiveRowView>& rows) {
  return document(list(rows));
}

std::string to_json(const ArchiveView& view) {
  auto all = json(view.row);
  auto& members = all["people"] = Json::array();
  for (const auto& one : view.members)
    members.push_back({{"person", json(one.person)},
                       {"kind", one.kind},
                       {"area", one.area},
                       {"of_49", one.of_49},
                       {"contract", one.contract},
                       {"card", one.card}});
  auto& helpers = all["helpers"] = Json::array();
  for (const auto& one : view.helpers)
    helpers.push_back({{"role", one.role},
                       {"name", one.name},
                       {"unit", one.unit},
                       {"from", day(one.when.from)},
                       {"until", day(one.when.until)}});
  auto& events = all["events"] = Json::array();
  for (const auto& one : view.events)
    events.push_back({{"on", one.on.text()},
                      {"event", one.event},
                      {"unit", one.unit},
                      {"area", one.area},
                      {"reason", one.reason}});
  auto& acts = all["acts"] = Json::array();
  for (const auto& one : view.acts)
    acts.push_back({{"on", one.on.text()},
                    {"services", one.services},
                    {"channel", one.channel},
                    {"doers", one.doers},
                    {"reached", one.reached},
                    {"fen", one.fen}});
  all["owed"] = list(view.owed);
  return document(all);
}

}  // namespace kinhub
