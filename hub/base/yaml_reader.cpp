#include "hub/base/yaml_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/base/nearest.hpp"

namespace kinhub {

bool YamlReader::parse(const std::string& text, std::size_t bytes_max,
                       const std::function<void(const YamlNode&)>& read) {
  const auto note = [&](std::string_view code, std::string words, int line, int column) {
    errors_.push_back(
        {fmt::format("{}_{}", codes_, code), std::move(words), fmt::format("{}:{}:{}", file_, line, column)});
    return false;
  };
  if (text.size() > bytes_max)
    return note("SIZE", fmt::format("the file is larger than {} KiB", bytes_max / 1024), 1, 1);
  try {
    const auto root = read_yaml(text);
    if (!root.IsMap()) return note("SYNTAX", "one file holds one map of 'key: value' lines", 1, 1);
    read(root);
    return true;
  } catch (const YamlError& problem) {
    return note("SYNTAX", problem.msg, problem.mark.line + 1, problem.mark.column + 1);
  }
}

std::string YamlReader::place(const YamlNode& node) const {
  const auto mark = node.Mark();
  return fmt::format("{}:{}:{}", file_, mark.line + 1, mark.column + 1);
}

void YamlReader::note(const YamlNode& node, std::string code, std::string words) {
  errors_.push_back({std::move(code), std::move(words), place(node)});
}

void YamlReader::fail(const YamlNode& node, std::string_view code, std::string words) {
  note(node, fmt::format("{}_{}", codes_, code), std::move(words));
}

void YamlReader::each(const YamlNode& node, const std::vector<std::pair<std::string_view, Take>>& keys,
                      const std::vector<std::string_view>& required) {
  if (!node.IsMap()) return fail(node, "SHAPE", "here stands a map of 'key: value' lines");
  std::vector<std::string_view> known;
  for (const auto& key : keys)
    known.push_back(key.first);
  std::vector<std::string> seen;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) {
      fail(entry.first, "KEY", "a key is plain text");
      continue;
    }
    const auto key = entry.first.Scalar();
    const auto found = std::find(known.begin(), known.end(), key);
    if (found == known.end()) {
      fail(entry.first, "KEY_UNKNOWN", fmt::format("unknown key '{}'{}", key, did_you_mean(key, known)));
    } else if (std::find(seen.begin(), seen.end(), key) != seen.end()) {
      fail(entry.first, "KEY_TWICE", fmt::format("'{}' stands twice; keep one", key));
    } else {
      seen.push_back(key);
      keys[static_cast<std::size_t>(found - known.begin())].second(entry.second);
    }
  }
  for (auto key : required)
    if (std::find(seen.begin(), seen.end(), key) == seen.end())
      fail(node, "KEY_MISSING", fmt::format("'{}' is missing", key));
}

double YamlReader::number(const YamlNode& node, double least, double most) {
  const auto value = yaml_number(node);
  if (!value || !std::isfinite(*value)) {
    fail(node, "NUMBER", "here stands a number");
    return least;
  }
  if (*value < least || *value > most) {
    fail(node, "RANGE", fmt::format("{} is out of range: from {} to {}", *value, least, most));
    return least;
  }
  return *value;
}

YamlReader::Take YamlReader::into(double& value, double least, double most) {
  return [this, &value, least, most](const YamlNode& node) { value = number(node, least, most); };
}

std::optional<int> YamlReader::whole_number(const YamlNode& node, int least, int most) {
  const auto read = number(node, least, most);
  if (read == std::floor(read)) return static_cast<int>(read);
  fail(node, "NUMBER", "here stands a whole number");
  return std::nullopt;
}

std::string YamlReader::text(const YamlNode& node) {
  if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  fail(node, "TEXT", "here stands text");
  return {};
}

}  // namespace kinhub
