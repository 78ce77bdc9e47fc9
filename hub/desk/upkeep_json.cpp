#include "hub/desk/upkeep_json.hpp"

#include <nlohmann/json.hpp>

#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}
Json text_or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}
template <class Number>
Json or_null(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

Json json(const BackupState& backup) {
  auto files = Json::array();
  for (const auto& file : backup.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"digest", file.digest}});
  return {{"folder", backup.folder},   {"made", iso_time(backup.made_at_us)},
          {"persons", backup.persons}, {"notices", backup.notices},
          {"files", std::move(files)}, {"key_to", text_or_null(backup.key_to)}};
}

Json json(const NumbersPlan& plan) {
  return {{"store_last", plan.store_last},
          {"file_last", or_null(plan.file_last)},
          {"differs_at", or_null(plan.differs_at)},
          {"next", plan.next},
          {"needed", plan.needed},
          {"applied", plan.applied}};
}

}  // namespace

std::string to_json(const DoctorReport& report) {
  auto findings = Json::array();
  for (const auto& one : report.findings)
    findings.push_back({{"code", one.code},
                        {"table", text_or_null(one.table)},
                        {"key", text_or_null(one.key)},
                        {"text", one.text},
                        {"advice", one.advice}});
  return document({{"clean", report.clean()},
                   {"checked", report.checked},
                   {"left_out", report.left_out},
                   {"findings", std::move(findings)}});
}
std::string to_json(const BackupState& backup) {
  return document(json(backup));
}
std::string to_json(const RestoreState& restored) {
  return document(
      {{"backup", json(restored.backup)}, {"data", restored.data}, {"numbers", json(restored.numbers)}});
}
std::string to_json(const NumbersPlan& plan) {
  return document(json(plan));
}

}  // namespace kinhub
