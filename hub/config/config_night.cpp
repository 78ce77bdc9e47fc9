// Parser of the keys `night`, and `repair` of a source.

#include <algorithm>
#include <array>

#include "hub/base/nearest.hpp"
#include "hub/config/config_text.hpp"

namespace kinhub {
namespace {

constexpr std::array<std::string_view, night_steps.size()> step_names = {"reconcile", "rights", "identity",
                                                                         "agreement", "scrub"};
constexpr std::array<std::string_view, 3> policy_names = {"automatic", "ask", "never"};

/// "02:30" as a minute of the day.
std::optional<int> minute_of(std::string_view text) {
  const auto digit = [&](std::size_t at) { return text[at] - '0'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !is_digit(text[0]) || !is_digit(text[1]) || !is_digit(text[3]) ||
      !is_digit(text[4]))
    return std::nullopt;
  const int hour = digit(0) * 10 + digit(1), minute = digit(3) * 10 + digit(4);
  if (hour > 23 || minute > 59) return std::nullopt;
  return hour * 60 + minute;
}

void read_steps(const YamlNode& node, ConfigText& text, NightConfig& night) {
  if (!node.IsSequence())
    return text.refuse(node, "CONFIG_TYPE",
                       "steps is a list in the order in which they are done: [reconcile, rights, identity, "
                       "agreement, scrub]");
  std::vector<NightStep> steps;
  for (const auto& item : node) {
    const auto word = text.word(item, "a step of the night", step_names);
    if (!word) continue;
    const auto step = static_cast<NightStep>(*word);
    if (std::ranges::find(steps, step) != steps.end())
      text.refuse(item, "CONFIG_DUPLICATE", std::string(step_names.at(*word)) + " stands in the list twice");
    else
      steps.push_back(step);
  }
  // A hub that never looks at what the calendar changes leaves rights unpaid without a word.
  if (std::ranges::find(steps, NightStep::rights) == steps.end())
    text.refuse(
        node, "CONFIG_VALUE",
        "the step rights is missing: without it nobody is told of a right that begins by the calendar");
  night.steps = std::move(steps);
}

void read_night_sources(const YamlNode& node, ConfigText& text, const Config& config, NightConfig& night) {
  if (!node.IsSequence())
    return text.refuse(node, "CONFIG_TYPE",
                       "sources is a list in the order in which their snapshots are compared: "
                       "[public-security]");
  for (const auto& item : node) {
    const auto name = text.text(item, "a source of the night");
    if (!name) continue;
    if (!config.source(*name)) {
      std::vector<std::string_view> names;
      for (const auto& source : config.sources)
        names.push_back(source.name);
      text.refuse(item, "CONFIG_VALUE", "no source is named '" + *name + "'" + did_you_mean(*name, names));
    } else if (std::ranges::find(night.sources, *name) != night.sources.end()) {
      text.refuse(item, "CONFIG_DUPLICATE", "'" + *name + "' stands in the list twice");
    } else {
      night.sources.push_back(*name);
    }
  }
}

}  // namespace

std::string_view name_of(NightStep step) {
  return step_names.at(static_cast<std::size_t>(step));
}
std::string_view name_of(RepairPolicy policy) {
  return policy_names.at(static_cast<std::size_t>(policy));
}

bool NightConfig::has(NightStep step) const {
  return std::ranges::find(steps, step) != steps.end();
}

void read_night(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 4> known = {"at", "steps", "sources", "late_hours"};
  constexpr int late_hours_max = 23;
  text.each_key(node, "night", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
    auto& night = config.night;
    if (key == "at") {
      const auto word = text.text(value, key);
      if (!word) return;
      if (const auto minute = minute_of(*word))
        night.at_minute = *minute;
      else
        text.refuse(value, "CONFIG_VALUE",
                    "at is the time of day since which the round of that day is due, in quotes: \"02:30\"");
    } else if (key == "steps") {
      read_steps(value, text, night);
    } else if (key == "sources") {
      read_night_sources(value, text, config, night);
    } else {
      night.late_hours =
          static_cast<int>(text.number(value, key, 1, late_hours_max).value_or(night.late_hours));
    }
  });
}

void read_repair(const YamlNode& node, ConfigText& text, SourceConfig& source) {
  static constexpr std::array<std::string_view, 2> known = {"missing", "changed"};
  // Words of a report about which somebody may well ask, and the reason why no event follows from them.
  static constexpr std::array<std::string_view, 5> told_only = {"not_there", "late", "duplicate",
                                                                "unreadable", "older"};
  if (node.IsMap())
    for (const auto& item : node)
      if (item.first.IsScalar() && std::ranges::find(told_only, item.first.Scalar()) != told_only.end())
        return text.refuse(item.first, "CONFIG_VALUE",
                           "records that are '" + item.first.Scalar() +
                               "' are told and never repaired: no right ends by absence, and what is later "
                               "here or unclear there is the agency's to settle");
  text.each_key(node, "repair", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
    if (const auto word = text.word(value, key, policy_names))
      (key == known[0] ? source.repair.missing : source.repair.changed) = static_cast<RepairPolicy>(*word);
  });
}

}  // namespace kinhub
