#include "hub/reconcile/report.hpp"

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "hub/base/bytes.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/printable.hpp"
#include "hub/base/time_text.hpp"

namespace kinhub::reconcile {
namespace {

using Json = nlohmann::ordered_json;

std::string masked(const std::string& value, Privacy privacy) {
  switch (privacy) {
    case Privacy::plain:
      return mask_foreign(value);
    case Privacy::name:
      return value.empty() ? value : mask_name(value);
    case Privacy::number:
    case Privacy::contact:
      return value.empty() ? value : mask_number(value);
  }
  return "";
}

std::string dumped(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const RunRecord& run) {
  auto json = Json::parse(serialized(run));
  json.erase("contested_keys"), json.erase("fingerprint"), json.erase("signature");
  json["begun"] = iso_time(run.begun_us);
  json["ended"] = run.ended_us == 0 ? Json(nullptr) : Json(iso_time(run.ended_us));
  json["watermark"] = run.watermark_us ? Json(iso_time(*run.watermark_us)) : Json(nullptr);
  json["compare_seconds"] = static_cast<double>(run.compare_us / 1000) / 1000;
  for (const char* time : {"begun_us", "ended_us", "watermark_us", "report", "compare_us"})
    json.erase(time);
  return json;
}

std::string text_at(const Json& json, const char* name) {
  const auto at = json.find(name);
  if (at == json.end() || at->is_null()) return "";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

/// Visits each line of the table of differences: class, place, key, fact, what, field, ours, theirs,
/// versions.
template <class Visit>
void each_line(const Json& report, Visit visit) {
  for (const auto& finding : report.at("findings")) {
    std::vector<std::string> start{text_at(finding, "class"), text_at(finding, "place"),
                                   text_at(finding, "key")};
    const auto line = [&](std::vector<std::string> rest) {
      auto cells = start;
      cells.insert(cells.end(), rest.begin(), rest.end());
      visit(cells);
    };
    if (finding.at("facts").empty()) line({"", text_at(finding, "why"), "", "", "", "", "", ""});
    for (const auto& fact : finding.at("facts")) {
      const auto versions = [&](std::string field, std::string ours, std::string theirs) {
        line({text_at(fact, "fact"), text_at(fact, "what"), std::move(field), std::move(ours),
              std::move(theirs), text_at(fact, "version_ours"), text_at(fact, "version_theirs"),
              text_at(fact, "since")});
      };
      if (fact.at("fields").empty()) versions("", "", "");
      for (const auto& field : fact.at("fields"))
        versions(text_at(field, "field"), text_at(field, "ours"), text_at(field, "theirs"));
    }
  }
}

constexpr const char* columns[] = {"class", "place",  "key",          "fact",           "what",      "field",
                                   "here",  "agency", "version here", "version agency", "here since"};

/// The sum that the classes of records must come to, as an auditor adds it up.
std::string footing(const Json& counts) {
  std::string sum;
  std::int64_t total = 0;
  for (const auto* name :
       {"equal", "changed", "missing", "late", "duplicate", "unreadable", "filtered", "damaged"})
    if (const auto count = counts.value(name, std::int64_t{0});
        count != 0 || std::string_view(name) == "equal")
      sum += (sum.empty() ? "" : " + ") + std::to_string(count) + " " + name, total += count;
  return sum + " = " + std::to_string(total) + " of " + counts.at("records").dump() + " records read";
}

}  // namespace

std::string sign_report(const Keyring& keys, std::string_view json) {
  const auto digest = sha256_hex(json);
  return digest + ":" + hex(keys.token("report of reconciliation", digest).view());
}

std::string report_json(const RunRecord& run, const std::vector<Finding>& findings) {
  Json report = json_of(run);
  report["findings"] = Json::array();
  for (const auto& finding : findings) {
    Json one{{"class", finding.not_there ? "not there" : name_of(finding.what)},
             {"place", mask_foreign(finding.origin)},
             {"key", mask_key(finding.key)}};
    if (finding.contested) one["contested"] = true;
    if (!finding.error.code.empty())
      one["why"] = mask_foreign(finding.error.code + ": " + finding.error.text);
    one["facts"] = Json::array();
    for (const auto& difference : finding.facts) {
      Json fact{{"fact", name_of(difference.kind)},
                {"what", name_of(difference.what)},
                {"key", mask_key(difference.key)},
                {"version_ours", difference.version_ours},
                {"version_theirs", difference.version_theirs}};
      if (difference.ours_since_us > 0) fact["since"] = iso_time(difference.ours_since_us);
      fact["fields"] = Json::array();
      for (const auto& field : difference.fields)
        fact["fields"].push_back({{"field", field.field},
                                  {"ours", masked(field.ours, field.privacy)},
                                  {"theirs", masked(field.theirs, field.privacy)}});
      one["facts"].push_back(std::move(fact));
    }
    report["findings"].push_back(std::move(one));
  }
  return dumped(report, 1) + "\n";
}

std::string report_csv(const std::string& json) {
  std::string text(csv_mark);
  const auto add = [&](const std::vector<std::string>& cells) { text += csv_line(cells); };
  add({std::begin(columns), std::end(columns)});
  each_line(Json::parse(json), add);
  return text;
}

std::string report_html(const std::string& json) {
  const auto report = Json::parse(json);
  std::string page =
      html_begin("en", "Reconciliation " + text_at(report, "run") + ", " + text_at(report, "source"));
  page += "<h1>Reconciliation " + html_text(text_at(report, "run")) + " · " +
          html_text(text_at(report, "source")) + "</h1>\n<table>\n";
  for (const char* name : {"state", "begun", "ended", "watermark"})
    page += std::string("<tr><th>") + name + "</th><td>" + html_text(text_at(report, name)) + "</td></tr>\n";
  page += "</table>\n";
  for (const auto& reason : report.at("reasons"))
    page += "<p><strong>" + html_text(text_at(reason, "code")) + "</strong> " +
            html_text(text_at(reason, "text")) + "</p>\n";
  page += "<h2>Records</h2>\n<table>\n";
  for (const auto& [name, number] : report.at("counts").items())
    page += "<tr><th>" + html_text(name) + "</th><td class=\"n\">" + number.dump() + "</td></tr>\n";
  page +=
      "</table>\n<p>" + html_text(footing(report.at("counts"))) + "</p>\n<h2>Differences</h2>\n<table>\n<tr>";
  for (const char* column : columns)
    page += std::string("<th>") + column + "</th>";
  page += "</tr>\n";
  each_line(report, [&](const std::vector<std::string>& cells) {
    page += "<tr>";
    for (const auto& cell : cells)
      page += "<td>" + html_text(cell) + "</td>";
    page += "</tr>\n";
  });
  return page + "</table>\n" + std::string(html_end);
}

void write_report(const std::filesystem::path& folder, const std::string& json) {
  std::filesystem::create_directories(folder);
  write_durably(folder / "differences.csv", report_csv(json));
  write_durably(folder / "report.html", report_html(json));
  write_durably(folder / "report.json", json);  // last: whoever finds it finds the others
}

std::string read_report(const std::filesystem::path& folder) {
  std::ifstream in(folder / "report.json", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string with_run(const std::string& json, const RunRecord& run) {
  auto report = json_of(run);
  report["findings"] = Json::parse(json).at("findings");
  return dumped(report, 1) + "\n";
}

}  // namespace kinhub::reconcile
