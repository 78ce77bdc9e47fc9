#include "hub/desk/reconcile_views.hpp"

#include <nlohmann/json.hpp>

#include "hub/base/mask.hpp"
#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const reconcile::RunRecord& run) {
  auto json = Json::parse(reconcile::serialized(run));
  for (const char* inner :
       {"fingerprint", "contested_keys", "begun_us", "ended_us", "watermark_us", "compare_us"})
    json.erase(inner);
  for (auto& path : json["snapshot"])
    path = mask_foreign(path.get<std::string>());
  json["begun"] = iso_time(run.begun_us);
  json["ended"] = run.ended_us == 0 ? Json(nullptr) : Json(iso_time(run.ended_us));
  json["watermark"] = run.watermark_us ? Json(iso_time(*run.watermark_us)) : Json(nullptr);
  json["compare_seconds"] = static_cast<double>(run.compare_us / 1000) / 1000;
  // For a trend: how many of a thousand records differed.
  const auto& counts = run.counts;
  const auto differing = counts.of(reconcile::RowClass::changed) + counts.of(reconcile::RowClass::missing);
  json["differing_permille"] = counts.records == 0
                                   ? Json(nullptr)
                                   : Json(static_cast<double>(1'000'000 * differing / counts.records) / 1000);
  return json;
}

std::string document(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const reconcile::RunRecord& run) {
  return document(json_of(run));
}
std::string to_json(const std::vector<reconcile::RunRecord>& runs) {
  auto all = Json::array();
  for (const auto& run : runs)
    all.push_back(json_of(run));
  return document(all);
}
std::string to_json(const ReconcileView& view) {
  auto json = json_of(view.run);
  json["as_signed"] = view.as_signed ? Json(*view.as_signed) : Json(nullptr);
  json["findings"] = view.report.empty() ? Json(nullptr) : Json::parse(view.report).at("findings");
  return document(json);
}

}  // namespace kinhub
