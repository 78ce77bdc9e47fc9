#pragma once
// Base of the loaders of rule files: takes a YAML map apart key by key; every problem with file:line:column,
// all of them in one run.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/base/yaml.hpp"

namespace kinhub {

class YamlReader {
 public:
  /// `codes`: what the codes of its errors begin with (LINKAGE). REQUIRES: errors outlive the reader.
  YamlReader(std::string file, std::string_view codes, std::vector<Error>& errors)
      : file_(std::move(file)), codes_(codes), errors_(errors) {}

  /// Parses the text of one file: its map, or nothing after a problem (CODES_SIZE, CODES_SYNTAX).
  bool parse(const std::string& text, std::size_t bytes_max,
             const std::function<void(const YamlNode&)>& read);

 protected:
  using Take = std::function<void(const YamlNode&)>;

  /// Notes a problem with this code.
  void note(const YamlNode& node, std::string code, std::string words);
  /// The same; `code` without its beginning: KEY_UNKNOWN.
  void fail(const YamlNode& node, std::string_view code, std::string words);
  /// file:line:column
  std::string place(const YamlNode& node) const;
  /// Schema check of a map: every key known, once, and the required ones there.
  void each(const YamlNode& node, const std::vector<std::pair<std::string_view, Take>>& keys,
            const std::vector<std::string_view>& required = {});
  /// `least` after a problem.
  double number(const YamlNode& node, double least, double most);
  Take into(double& value, double least, double most);
  template <class Count>
  Take whole(Count& value, int least, int most) {
    return [this, &value, least, most](const YamlNode& node) {
      if (const auto read = whole_number(node, least, most)) value = static_cast<Count>(*read);
    };
  }
  /// Empty after a problem.
  std::string text(const YamlNode& node);

  const std::string file_;

 private:
  std::optional<int> whole_number(const YamlNode& node, int least, int most);

  const std::string codes_;
  std::vector<Error>& errors_;
};

}  // namespace kinhub
