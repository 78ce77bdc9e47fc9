#pragma once
// YAML reader with error collection: values out of a configuration file, and all that is wrong
// with them, each with its place.

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/yaml.hpp"
#include "hub/config/config.hpp"

namespace kinhub {

/// Error-collecting reader. What cannot be read is reported with its place and comes back as nothing, so that
/// all problems are said at once.
class ConfigText {
 public:
  using Keys = std::span<const std::string_view>;
  using EachKey = std::function<void(const std::string& key, const YamlNode& name, const YamlNode& value)>;

  explicit ConfigText(std::filesystem::path file) : file_(std::move(file)) {}

  /// Loads the whole file as one node, of bounded size and depth.
  std::optional<YamlNode> load();

  /// Iterates over the known keys of a map: calls each(key, value); unknown, doubled and non-text keys are
  /// refused. `known` empty: every key is good.
  void each_key(const YamlNode& map, std::string_view what, Keys known, const EachKey& each);

  std::optional<std::string> text(const YamlNode& node, std::string_view key);
  std::optional<std::filesystem::path> path(const YamlNode& node, std::string_view key);
  /// Path of a file that must exist.
  std::optional<std::filesystem::path> file(const YamlNode& node, std::string_view key);
  std::optional<std::int64_t> number(const YamlNode& node, std::string_view key, std::int64_t min,
                                     std::int64_t max);
  std::optional<bool> yes_or_no(const YamlNode& node, std::string_view key);
  /// Enumeration value: the index of one of these words.
  std::optional<std::size_t> word(const YamlNode& node, std::string_view key, Keys words);
  /// Reference to a secret: {file: PATH} or {env: VARIABLE}; `name` is the node that
  /// problems with it are placed at.
  std::optional<SecretPlace> secret(const YamlNode& name, const YamlNode& value);

  /// Refuses a text with ${VAR} in it, or that begins with ~/: shells expand these, the hub does not, and a
  /// folder of such a name would be made or missed in silence.
  void refuse_unexpanded(const YamlNode& node);

  /// Resolves a path against the configuration's own folder.
  std::filesystem::path absolute(const std::filesystem::path& written) const;
  std::string place(const YamlNode& node) const;
  void refuse(const YamlNode& node, std::string code, std::string text);

  const std::filesystem::path& file() const { return file_; }
  std::vector<Error>& problems() { return problems_; }

 private:
  std::string place(const YamlMark& mark) const;
  std::optional<YamlNode> refuse_file(std::string code, std::string text);
  bool size_is_bounded(const YamlNode& node, std::size_t depth);

  std::filesystem::path file_;
  std::vector<Error> problems_;
  std::size_t nodes_ = 0;
};

/// Identifier syntax of sources and connectors: small letters, digits, - and _, at most 64.
bool is_config_name(std::string_view text);

// Readers of the infrastructure keys (config_ground.cpp), of payments (config_payments.cpp), and of the night
// round (config_night.cpp).
void read_node(const YamlNode& node, ConfigText& text, Config& config);
void read_lease(const YamlNode& node, ConfigText& text, Config& config);
void read_log(const YamlNode& node, ConfigText& text, Config& config);
void read_store(const YamlNode& node, ConfigText& text, Config& config);
void read_payments(const YamlNode& node, ConfigText& text, Config& config);
/// REQUIRES: the sources were read.
void read_night(const YamlNode& node, ConfigText& text, Config& config);
void read_repair(const YamlNode& node, ConfigText& text, SourceConfig& source);
/// REQUIRES: read_log was called if there is a log.
void read_notices(const YamlNode& node, ConfigText& text, Config& config);

}  // namespace kinhub
