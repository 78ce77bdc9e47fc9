#include "hub/config/config_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <set>

#include "hub/base/nearest.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t file_size_max = 1 << 20;
constexpr std::size_t nodes_max = 10000;  // aliases of aliases grow without end otherwise
constexpr std::size_t depth_max = 32;

}  // namespace

bool is_config_name(std::string_view text) {
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, good) && text[0] != '-';
}

std::optional<YamlNode> ConfigText::load() {
  std::ifstream in(file_, std::ios::binary);
  std::string text(file_size_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (!in.eof() && in.fail()) || !fs::is_regular_file(file_))
    return refuse_file("CONFIG_UNREADABLE",
                       "the configuration cannot be read: is it there, a file, and yours to read?");
  if (text.size() > file_size_max) return refuse_file("CONFIG_SIZE", "a configuration has at most 1 MiB");
  try {
    auto root = read_yaml(text);
    if (!root) return YamlNode::empty_map();
    if (!size_is_bounded(root, 0)) return refuse_file("CONFIG_SIZE", "too many or too deeply nested values");
    return root;
  } catch (const YamlError& broken) {
    problems_.push_back({"CONFIG_SYNTAX", "this is no YAML: " + broken.msg, place(broken.mark)});
    return std::nullopt;
  }
}

std::optional<YamlNode> ConfigText::refuse_file(std::string code, std::string text) {
  problems_.push_back({std::move(code), std::move(text), file_.string()});
  return std::nullopt;
}

bool ConfigText::size_is_bounded(const YamlNode& node, std::size_t depth) {
  if (++nodes_ > nodes_max || depth > depth_max) return false;
  if (node.IsSequence())
    return std::all_of(node.begin(), node.end(),
                       [&](const auto& item) { return size_is_bounded(item, depth + 1); });
  if (node.IsMap())
    return std::all_of(node.begin(), node.end(), [&](const auto& item) {
      return size_is_bounded(item.first, depth + 1) && size_is_bounded(item.second, depth + 1);
    });
  return true;
}

std::string ConfigText::place(const YamlMark& mark) const {
  if (mark.is_null()) return file_.string();
  return file_.string() + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
}
std::string ConfigText::place(const YamlNode& node) const {
  return place(node.Mark());
}

void ConfigText::refuse(const YamlNode& node, std::string code, std::string text) {
  problems_.push_back({std::move(code), std::move(text), place(node)});
}

void ConfigText::each_key(const YamlNode& map, std::string_view what, Keys known, const EachKey& each) {
  if (!map.IsMap()) return refuse(map, "CONFIG_TYPE", std::string(what) + " is a map: key: value");
  std::set<std::string> seen;
  for (const auto& item : map) {
    if (!item.first.IsScalar()) {
      refuse(item.first, "CONFIG_TYPE", "a key is one word");
      continue;
    }
    const auto& key = item.first.Scalar();
    if (!seen.insert(key).second)
      refuse(item.first, "CONFIG_DUPLICATE", "'" + key + "' is given twice: keep one");
    else if (!known.empty() && std::ranges::find(known, key) == known.end())
      refuse(item.first, "CONFIG_KEY",
             std::string(what) + " has no '" + key + "'" + did_you_mean(key, known));
    else if (item.second.IsNull())  // placed at the key: YAML places nothing at whatever comes next
      refuse(
          item.first, "CONFIG_VALUE",
          "'" + key + "' has no value: give one, indent the lines that belong to it, or leave the key out");
    else
      each(key, item.first, item.second);
  }
}

std::optional<std::string> ConfigText::text(const YamlNode& node, std::string_view key) {
  if (node.IsScalar() && !node.Scalar().empty()) {
    refuse_unexpanded(node);
    return node.Scalar();
  }
  refuse(node, "CONFIG_TYPE", "'" + std::string(key) + "' is one text");
  return std::nullopt;
}

void ConfigText::refuse_unexpanded(const YamlNode& node) {
  const auto& text = node.Scalar();
  const auto variable = text.find("${");
  if (variable != std::string::npos && text.find('}', variable) != std::string::npos)
    refuse(node, "CONFIG_EXPANSION",
           "variables are not expanded here: write what " +
               text.substr(variable, text.find('}', variable) + 1 - variable) +
               " stands for; of secrets {env: VARIABLE} takes one");
  else if (text == "~" || text.starts_with("~/"))
    refuse(node, "CONFIG_EXPANSION", "~ is not expanded here: write the whole path");
}

std::optional<fs::path> ConfigText::path(const YamlNode& node, std::string_view key) {
  auto written = text(node, key);
  if (!written) return std::nullopt;
  return absolute(*written);
}

std::optional<fs::path> ConfigText::file(const YamlNode& node, std::string_view key) {
  auto found = path(node, key);
  std::error_code failed;
  if (!found || fs::is_regular_file(*found, failed)) return found;
  refuse(node, "CONFIG_FILE", "there is no file " + found->string());
  return std::nullopt;
}

std::optional<std::int64_t> ConfigText::number(const YamlNode& node, std::string_view key, std::int64_t min,
                                               std::int64_t max) {
  auto written = text(node, key);
  if (!written) return std::nullopt;
  std::int64_t value = 0;
  auto [end, wrong] = std::from_chars(written->data(), written->data() + written->size(), value);
  if (wrong == std::errc() && end == written->data() + written->size() && value >= min && value <= max)
    return value;
  refuse(node, "CONFIG_VALUE",
         "'" + std::string(key) + "' is a whole number from " + std::to_string(min) + " to " +
             std::to_string(max));
  return std::nullopt;
}

std::optional<bool> ConfigText::yes_or_no(const YamlNode& node, std::string_view key) {
  static constexpr std::array<std::string_view, 2> words = {"true", "false"};
  auto chosen = word(node, key, words);
  if (!chosen) return std::nullopt;
  return *chosen == 0;
}

std::optional<std::size_t> ConfigText::word(const YamlNode& node, std::string_view key, Keys words) {
  auto written = text(node, key);
  if (!written) return std::nullopt;
  if (auto found = std::ranges::find(words, *written); found != words.end())
    return static_cast<std::size_t>(found - words.begin());
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i)
    all += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + std::string(words[i]);
  refuse(node, "CONFIG_VALUE",
         std::string(key) + " is " + all + ", not '" + *written + "'" + did_you_mean(*written, words));
  return std::nullopt;
}

std::optional<SecretPlace> ConfigText::secret(const YamlNode& name, const YamlNode& value) {
  static constexpr std::array<std::string_view, 2> known = {"file", "env"};
  if (value.IsScalar()) {
    refuse(value, "CONFIG_SECRET",
           "a secret does not stand in the configuration: write '" + name.Scalar() +
               ": {file: PATH}' or '{env: VARIABLE}'");
    return std::nullopt;
  }
  std::optional<SecretPlace> secret;
  std::size_t ways = 0;
  each_key(value, "a secret", known, [&](const std::string& key, const YamlNode&, const YamlNode& where) {
    ++ways;
    auto written = text(where, key);
    if (!written) return;
    auto in = key == "file" ? SecretPlace::In::file : SecretPlace::In::environment;
    secret = SecretPlace{in, key == "file" ? absolute(*written).string() : *written, place(where)};
  });
  if (value.IsMap() && ways != 1)
    refuse(name, "CONFIG_SECRET", "a secret comes from one place: {file: PATH} or {env: VARIABLE}");
  return secret;
}

fs::path ConfigText::absolute(const fs::path& written) const {
  return (fs::absolute(file_).parent_path() / written).lexically_normal();
}

}  // namespace kinhub
