// The report of a what-if: a page with charts to print, a table for spreadsheets, JSON. Nothing from
// elsewhere, no scripts.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hub/base/printable.hpp"
#include "hub/desk/json.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t small = 5;
constexpr const char* others = "*";

std::string yuan_of(std::int64_t fen) {
  const auto cents = fen < 0 ? -fen : fen;
  return fmt::format("{}{}.{:02}", fen < 0 ? "-" : "", cents / 100, cents % 100);
}
std::string signed_yuan(std::int64_t fen) {
  return (fen > 0 ? "+" : "") + yuan_of(fen);
}
std::string month_text(Date month) {
  return month.text().substr(0, 7);
}

using Row = std::vector<std::string>;

/// A table whose first `texts` columns are words, all others figures.
std::string table(const Row& headings, const std::vector<Row>& rows, std::size_t texts) {
  std::string out = "<table>\n<tr>";
  for (const auto& heading : headings)
    out += "<th>" + html_text(heading) + "</th>";
  out += "</tr>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i)
      out += (i < texts ? "<td>" : "<td class=\"n\">") + html_text(row[i]) + "</td>";
    out += "</tr>\n";
  }
  return out + "</table>\n";
}

/// Bars of a month beside one another: before light, after dark.
std::string month_chart(const std::map<Date, CellSums>& months) {
  constexpr double width = 680, height = 220, left = 70, top = 10, bottom = 30;
  std::int64_t most = 1;
  for (const auto& [month, sums] : months)
    most = std::max({most, sums.fen_before, sums.fen_after});
  const double step = (width - left) / static_cast<double>(std::max<std::size_t>(1, months.size()));
  const double bar = step * 0.36, base = height - bottom;
  const auto tall = [&](std::int64_t fen) {
    return (base - top) * static_cast<double>(std::max<std::int64_t>(0, fen)) / static_cast<double>(most);
  };
  auto svg =
      fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"yuan by month\">\n", width, height);
  for (int i = 0; i <= 4; ++i) {
    const double y = base - (base - top) * i / 4;
    svg += fmt::format(
        "<line x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\" class=\"grid\"/><text x=\"{3}\" "
        "y=\"{4:.1f}\" "
        "text-anchor=\"end\">{5}</text>\n",
        left, y, width, left - 6, y + 4, most / 100 * i / 4);
  }
  const auto every = static_cast<int>(months.size() / 14 + 1);
  int number = 0;
  for (const auto& [month, sums] : months) {
    const double x = left + step * number;
    const auto title =
        fmt::format("{}: {} → {}", month_text(month), yuan_of(sums.fen_before), yuan_of(sums.fen_after));
    svg += fmt::format(
        "<g><title>{}</title><rect class=\"before\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"{:.1f}\"/>"
        "<rect class=\"after\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/></g>\n",
        title, x + step * 0.12, base - tall(sums.fen_before), bar, tall(sums.fen_before),
        x + step * 0.12 + bar, base - tall(sums.fen_after), bar, tall(sums.fen_after));
    if (number % every == 0)
      svg += fmt::format("<text x=\"{:.1f}\" y=\"{}\" text-anchor=\"middle\">{}</text>\n", x + step / 2,
                         base + 16, month_text(month));
    ++number;
  }
  return svg + "</svg>\n";
}

/// Bars to the right for more, to the left for less.
std::string difference_chart(const std::vector<std::pair<std::string, std::int64_t>>& rows) {
  constexpr double width = 680, middle = 460, line = 24;
  std::int64_t most = 1;
  for (const auto& [name, fen] : rows)
    most = std::max(most, fen < 0 ? -fen : fen);
  const double height = line * static_cast<double>(rows.size()) + 8;
  auto svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"difference by benefit\">\n<line x1=\"{2}\" "
      "y1=\"0\" "
      "x2=\"{2}\" y2=\"{1}\" class=\"grid\"/>\n",
      width, height, middle);
  double y = 4;
  for (const auto& [name, fen] : rows) {
    const double wide = 110.0 * static_cast<double>(fen < 0 ? -fen : fen) / static_cast<double>(most);
    svg += fmt::format(
        "<text x=\"0\" y=\"{:.1f}\">{}</text><rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
        "height=\"14\"/><text x=\"{}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
        y + 14, html_text(name), fen < 0 ? "less" : "after", fen < 0 ? middle - wide : middle, y + 2, wide,
        width, y + 14, signed_yuan(fen));
    y += line;
  }
  return svg + "</svg>\n";
}

std::string explained(const ExplanationView& why) {
  std::string out = "<li><b>" + html_text(why.value) + "</b> " + html_text(why.condition);
  if (!why.clause.empty()) out += " · " + html_text(why.clause);
  if (!why.quote.empty()) out += " <q>" + html_text(why.quote) + "</q>";
  for (const auto& cause : why.causes)
    out += "<br>" + html_text(cause);
  if (!why.parts.empty()) {
    out += "<ul>";
    for (const auto& part : why.parts)
      out += explained(part);
    out += "</ul>";
  }
  return out + "</li>";
}

std::string spans_text(const std::vector<SpanView>& spans) {
  std::string out;
  for (const auto& span : spans)
    out +=
        fmt::format("{}{} .. {} {} {}", out.empty() ? "" : "; ", month_text(span.when.from),
                    span.when.until < Date::forever() ? month_text(span.when.until.plus_days(-1)) : "",
                    span.amount ? yuan_of(span.amount->fen) + "/" + span.amount->per : "?", span.certainty);
  return out.empty() ? "—" : out;
}

std::string sample_html(const WhatIfView::Sample& sample) {
  auto out = fmt::format("<section><h3>{} · {} · {} → {}</h3>\n<p>{} {} {}</p>\n", html_text(sample.benefit),
                         html_text(sample.what), yuan_of(sample.fen_before), yuan_of(sample.fen_after),
                         html_text(sample.person.ref), html_text(sample.person.name),
                         html_text(sample.person.citizen_id));
  const auto side = [&](const char* name, const std::vector<SpanView>& spans,
                        const std::optional<ExplanationView>& why) {
    out += fmt::format("<h4>{}</h4><p>{}</p>", name, html_text(spans_text(spans)));
    if (why) out += fmt::format("<p>{}</p><ul>{}</ul>\n", month_text(sample.on), explained(*why));
  };
  side("现行 before", sample.before, sample.why_before);
  side("试算 after", sample.after, sample.why_after);
  return out + "</section>\n";
}

Row sums_row(const ChangeSums& sums) {
  return {std::to_string(sums.people_before),
          std::to_string(sums.people_after),
          yuan_of(sums.fen_before),
          yuan_of(sums.fen_after),
          signed_yuan(sums.fen_after - sums.fen_before),
          std::to_string(sums.winners),
          yuan_of(sums.won_fen),
          std::to_string(sums.losers),
          yuan_of(sums.lost_fen),
          std::to_string(sums.moved),
          std::to_string(sums.pending)};
}

Row joined(Row first, const Row& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

std::int64_t people_of(const CellSums& sums) {
  return std::max(sums.people_before + sums.pending_before, sums.people_after + sums.pending_after);
}
bool is_small(const CellSums& sums) {
  return people_of(sums) > 0 && people_of(sums) < small;
}

/// The areas of a benefit that are told together: those with a small cell, and as many others, the smallest
/// first, as hide them among at least five people.
std::set<std::string> folded_areas(const std::map<std::string, std::map<Date, CellSums>>& areas) {
  std::set<std::string> folded;
  std::map<Date, CellSums> together;
  const auto fold = [&](const std::string& area) {
    folded.insert(area);
    for (const auto& [month, sums] : areas.at(area))
      together[month].add(sums);
  };
  const auto fullest = [](const std::map<Date, CellSums>& months) {
    std::int64_t people = 0;
    for (const auto& [month, sums] : months)
      people = std::max(people, people_of(sums));
    return people;
  };
  std::vector<std::pair<std::int64_t, std::string>> others_by_size;
  for (const auto& [area, months] : areas)
    if (std::ranges::any_of(months, [](const auto& one) { return is_small(one.second); }))
      fold(area);
    else
      others_by_size.emplace_back(fullest(months), area);
  if (folded.empty()) return folded;
  std::ranges::sort(others_by_size);
  for (const auto& [people, area] : others_by_size)
    if (folded.size() < 2 || fullest(together) < small) fold(area);
  return folded;
}

/// Everybody of whom anything is told; months and benefits do not count the same person twice.
std::int64_t people_told(const WhatIfView& view) {
  auto people = std::max(view.all.people_before, view.all.people_after);
  for (const auto& [key, sums] :
       sums_by(view.cells, [](const auto& cell) { return std::pair(cell.benefit, cell.month); }))
    people = std::max(people, people_of(sums));
  return people;
}

/// A text with months in place of its days: 2020-11-11 becomes 2020-11.
std::string with_months(std::string text) {
  constexpr std::string_view form = "dddd-dd-dd";
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t at = 0; at + form.size() <= text.size(); ++at) {
    const auto here = std::string_view(text).substr(at, form.size());
    const bool day =
        std::ranges::equal(here, form, [&](char c, char f) { return f == 'd' ? digit(c) : c == f; });
    if (day) text.erase(at + 7, 3);
  }
  return text;
}
void tell_months(ExplanationView& why) {
  for (auto& cause : why.causes)
    cause = with_months(std::move(cause));
  for (auto& part : why.parts)
    tell_months(part);
}
void tell_months(std::vector<SpanView>& spans) {
  for (auto& span : spans) {
    if (span.when.from > Date::beginning()) span.when.from = span.when.from.month_start();
    if (span.when.until < Date::forever())
      span.when.until = span.when.until.plus_days(-1).month_start().plus_months(1);
  }
}
void tell_months(WhatIfView::Sample& sample) {
  sample.on = sample.on.month_start();
  tell_months(sample.before), tell_months(sample.after);
  for (auto* why : {&sample.why_before, &sample.why_after})
    if (*why) tell_months(**why);
}

}  // namespace

WhatIfView without_small_areas(WhatIfView view) {
  for (auto& sample : view.samples)
    tell_months(sample);
  if (people_told(view) < small) {
    view.withheld = static_cast<std::int64_t>(view.cells.size());
    view.cells.clear(), view.samples.clear();
    return view;
  }
  std::map<std::string, std::map<std::string, std::map<Date, CellSums>>> benefits;
  for (const auto& cell : view.cells)
    benefits[cell.benefit][cell.area][cell.month].add(cell.sums);
  std::map<std::string, std::set<std::string>> folded;
  for (const auto& [benefit, areas] : benefits)
    folded[benefit] = folded_areas(areas);
  std::map<std::tuple<std::string, std::string, Date>, CellSums> cells;
  std::vector<WhatIfView::Cell> kept;
  for (auto& cell : view.cells)
    if (folded[cell.benefit].contains(cell.area))
      cells[{others, cell.benefit, cell.month}].add(cell.sums);
    else
      kept.push_back(std::move(cell));
  for (const auto& [key, sums] : cells)
    if (is_small(sums))
      ++view.withheld;
    else
      kept.push_back({std::get<1>(key), std::get<0>(key), std::get<2>(key), sums});
  view.cells = std::move(kept);
  std::erase_if(view.samples, [&](const WhatIfView::Sample& sample) {
    return std::ranges::any_of(sample.areas,
                               [&](const auto& area) { return folded[sample.benefit].contains(area); });
  });
  return view;
}

std::string what_if_csv(const WhatIfView& view) {
  std::string text(csv_mark);
  text += csv_line({"待遇 benefit", "地区 area", "月份 month", "现行人数 people before",
                    "试算人数 people after", "现行元 yuan before", "试算元 yuan after", "差额元 difference",
                    "现行待定人数 pending before", "试算待定人数 pending after"});
  for (const auto& cell : view.cells)
    text +=
        csv_line({cell.benefit, cell.area, month_text(cell.month), std::to_string(cell.sums.people_before),
                  std::to_string(cell.sums.people_after), yuan_of(cell.sums.fen_before),
                  yuan_of(cell.sums.fen_after), yuan_of(cell.sums.fen_after - cell.sums.fen_before),
                  std::to_string(cell.sums.pending_before), std::to_string(cell.sums.pending_after)});
  return text;
}

std::string what_if_html(const WhatIfView& view) {
  const auto last = view.months.until.plus_months(-1);
  const auto period = month_text(view.months.from) + " .. " + month_text(last);
  auto page =
      html_begin("zh", "政策试算 What-if " + period,
                 "svg{width:100%;max-width:680px;height:auto;font:11px sans-serif;display:block}"
                 ".grid{stroke:#ccc}.before{fill:#ddd;stroke:#888}.after{fill:#245a8d}.less{fill:#b5482f}"
                 "h2,h3{break-after:avoid}section,tr,svg{break-inside:avoid}q{color:#555}"
                 "@page{size:A4;margin:15mm}@media print{table{font-size:11px}}");
  page += "<h1>政策试算 What-if</h1>\n";
  page +=
      table({"试算的政策 policies", "地区 area", "月份 months", "人数 people looked at", "读不出 unreadable"},
            {{view.named, view.region.empty() ? "全部 all" : view.region, period, std::to_string(view.people),
              std::to_string(view.unreadable)}},
            3);
  page += view.repriced ? "<p>只有金额或发放规则不同。Only sums and payment rules differ.</p>\n" : "";
  page += "<h2>按月 By month (元 yuan)</h2>\n<p>浅色：现行 light: before. 深色：试算 dark: after.</p>\n";
  page += month_chart(sums_by(view.cells, [](const auto& cell) { return cell.month; }));
  page += "<h2>按待遇 By benefit (元 yuan)</h2>\n";
  std::vector<std::pair<std::string, std::int64_t>> differences;
  const Row headings{"待遇 benefit",    "人数 before",     "人数 after",       "元 before",
                     "元 after",        "差额 difference", "得益人数 winners", "得益元 won",
                     "受损人数 losers", "受损元 lost",     "换月 moved",       "待定变化 pending"};
  std::vector<Row> rows;
  for (const auto& benefit : view.benefits) {
    const auto name = benefit.title + " " + benefit.id + (benefit.household ? " (户 households)" : "");
    if (benefit.sums.fen_after != benefit.sums.fen_before)
      differences.emplace_back(benefit.title.empty() ? benefit.id : benefit.title,
                               benefit.sums.fen_after - benefit.sums.fen_before);
    rows.push_back(joined({name}, sums_row(benefit.sums)));
  }
  rows.push_back(joined({"合计，每人一次 all, each person once"}, sums_row(view.all)));
  if (!differences.empty()) page += difference_chart(differences);
  page += table(headings, rows, 1);
  page += "<h2>按地区 By area</h2>\n";
  rows.clear();
  for (const auto& [area, sums] : sums_by(view.cells, [](const auto& cell) { return cell.area; }))
    rows.push_back({area == others ? "合并的地区 areas told together"
                    : area.empty() ? "不详 not known"
                                   : area,
                    yuan_of(sums.fen_before), yuan_of(sums.fen_after),
                    signed_yuan(sums.fen_after - sums.fen_before)});
  if (std::ranges::any_of(view.cells, [](const auto& cell) { return cell.area == others; }))
    page +=
        "<p>一项待遇在某地区不足5人的，该地区此项并入合并的地区。Where fewer than five people of an area "
        "have "
        "a benefit, it is told together with others there.</p>\n";
  page += table({"地区 area", "元 before", "元 after", "差额 difference"}, rows, 1);
  if (view.withheld > 0)
    page += fmt::format("<p>不足5人的{}格未列出。{} cells of fewer than five people are not shown.</p>\n",
                        view.withheld, view.withheld);
  if (!view.samples.empty()) page += "<h2>举例 Examples</h2>\n";
  for (const auto& sample : view.samples)
    page += sample_html(sample);
  return page + std::string(html_end);
}

WhatIfReport::WhatIfReport(std::filesystem::path folder) : folder_(std::move(folder)) {
  for (auto missing = std::filesystem::absolute(folder_); !std::filesystem::exists(missing);
       missing = missing.parent_path())
    made_.push_back(missing);
  std::filesystem::create_directories(folder_);
  const auto probe = folder_ / "what-if.probe";
  write_durably(probe, "");
  std::filesystem::remove(probe);
}

WhatIfReport::~WhatIfReport() {
  std::error_code failed;  // a folder in which anything stands stays
  for (const auto& folder : made_)
    std::filesystem::remove(folder, failed);
}

void WhatIfReport::write(const WhatIfView& view) const {
  const auto report = without_small_areas(view);
  write_durably(folder_ / "what-if.csv", what_if_csv(report));
  write_durably(folder_ / "what-if.html", what_if_html(report));
  write_durably(folder_ / "what-if.json", to_json(report));  // last: whoever finds it finds the others
}

}  // namespace kinhub
