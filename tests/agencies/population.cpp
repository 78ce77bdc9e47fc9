#include "tests/agencies/population.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "tests/agencies/truth.hpp"

namespace kinhub::agencies {
namespace {

/// Pairs of neighbouring counties of one province; the first pair is where the samples live, next to another
/// province.
constexpr std::string_view county_codes[] = {
    "320812", "341523", "320803", "320813", "320826", "320830", "320102", "320104", "320105", "320106",
    "320111", "320113", "320114", "320115", "320116", "320117", "320205", "320206", "320211", "320213",
    "320302", "320303", "320305", "320311", "320312", "320321", "320402", "320404", "320411", "320412",
    "320505", "320506", "320507", "320508", "320602", "320611", "320703", "320706", "320902", "320903"};

bool registered_in_order(Agency agency) {
  return agency == Agency::civil_affairs || agency == Agency::medical_insurance;
}

}  // namespace

std::pair<std::string, std::string> counties_of_batch(std::size_t batch) {
  if (batch * 2 + 1 >= std::size(county_codes))
    throw std::runtime_error("the simulation has no more counties: ask for fewer families or events");
  return {std::string(county_codes[batch * 2]), std::string(county_codes[batch * 2 + 1])};
}

std::vector<Telegram> Batch::stream(Agency agency, const Window& window) const {
  std::vector<Telegram> out;
  for (const Report& report : reports)
    if (report.at >= window.start_at() && agency_of(report.kind) == agency)
      out.push_back({&report, &worlds[report.family]});
  const bool in_order = registered_in_order(agency);
  std::sort(out.begin(), out.end(), [&](const Telegram& left, const Telegram& right) {
    const Moment l = in_order ? left.report->at : left.report->delivered;
    const Moment r = in_order ? right.report->at : right.report->delivered;
    if (l != r) return l < r;
    if (agency == Agency::medical_insurance)
      return left.world->at(left.report->person).serial < right.world->at(right.report->person).serial;
    return left.report->order < right.report->order;
  });
  return out;
}

std::vector<Telegram> Batch::before(Agency agency, const Window& window) const {
  std::vector<Telegram> out;
  for (const Report& report : reports)
    if (report.at < window.start_at() && agency_of(report.kind) == agency)
      out.push_back({&report, &worlds[report.family]});
  std::sort(out.begin(), out.end(), [](const Telegram& left, const Telegram& right) {
    return std::pair(left.report->at, left.report->order) < std::pair(right.report->at, right.report->order);
  });
  return out;
}

Batch make_batch(Storyteller& teller, const Window& window, std::size_t batch, std::size_t families_max,
                 std::size_t reports_max) {
  const auto [home, neighbour] = counties_of_batch(batch);
  Batch made;
  made.county = home;
  std::size_t told = 0;
  while (made.worlds.size() < families_max && (reports_max == 0 || told < reports_max)) {
    Family family = teller.next(home, neighbour);
    for (Report& report : family.reports) {
      report.family = static_cast<std::uint32_t>(made.worlds.size());
      told += report.at >= window.start_at();
      made.reports.push_back(report);
    }
    made.worlds.push_back(std::move(family.world));
  }
  return made;
}

void TruthBook::add(const Batch& batch) {
  for (const Report& report : batch.reports)
    if (report.at >= window_.start_at() && agency_of(report.kind) == Agency::public_security)
      police_told_ = std::max(police_told_, report.delivered);
  for (const World& world : batch.worlds) {
    ++families_;
    people_ += world.people.size();
    for (const TrueSpan& span : true_spans(world)) {
      const auto& died =
          world.at(span.parent).died;  // the day of death counts, but nothing is opened for the dead
      const bool over = span.when.until <= window_.today || (died && *died <= window_.today);
      const bool later = span.when.from > window_.today;
      std::string& section = over ? past_ : later ? future_ : entitled_;
      ++(over ? past_count_ : later ? future_count_ : entitled_count_);
      if (!section.empty()) section += ",\n";
      const Date day = later  ? span.when.from
                       : over ? std::min(span.when.until.plus_days(-1), window_.today)
                              : window_.today;
      fmt::format_to(
          std::back_inserter(section),
          "  {{\"citizen_number\": \"{}\", \"benefit\": \"{}\", \"from\": \"{}\", \"until\": {}, "
          "\"fen_per_month\": {}, \"sure_expected\": {}, \"why\": \"{}\"}}",
          world.at(span.parent).number, benefit_of(span.right), span.when.from.text(),
          span.when.until == Date::forever() ? "null" : fmt::format("\"{}\"", span.when.until.text()),
          amount_fen(span.right, day), span.sure, span.why);
    }
  }
}

std::string TruthBook::text() const {
  auto section = [](const std::string& rows) {
    return rows.empty() ? std::string("[]") : "[\n" + rows + "\n ]";
  };
  return fmt::format(
      "{{\n \"seed\": {},\n \"start\": \"{}\",\n \"today\": \"{}\",\n \"families\": {},\n \"people\": {},\n"
      " \"told_until\": {{\"public-security\": \"{}\"}},\n \"entitled\": {},\n \"past\": {},\n \"future\": "
      "{}\n}}\n",
      seed_, window_.start.text(), window_.today.text(), families_, people_, day_of(police_told_).text(),
      section(entitled_), section(past_), section(future_));
}

}  // namespace kinhub::agencies
