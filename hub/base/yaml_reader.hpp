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

namespace YAML {
class Node;
}

namespace kinhub {

class YamlReader {
 public:
  /// `codes`: what the codes of its errors begin with (LINKAGE). REQUIRES: errors outlive the reader.
  YamlReader(std::string file, std::string_view codes, std::vector<Error>& errors)
      : file_(std::move(file)), codes_(codes), errors_(errors) {}

  /// Parses the text of one file: its map, or nothing after a problem (CODES_SIZE, CODES_SYNTAX).
  bool parse(const std::string& text, std::size_t bytes_max,
             const std::function<void(const YAML::Node&)>& read);

 protected:
  using Take = std::function<void(const YAML::Node&)>;

  /// Notes a problem with this code.
  void note(const YAML::Node& node, std::string code, std::string words);
  /// The same; `code` without its beginning: KEY_UNKNOWN.
  void fail(const YAML::Node& node, std::string_view code, std::string words);
  /// file:line:column
  std::string place(const YAML::Node& node) const;
  /// Schema check of a map: every key known, once, and the required ones there.
  void each(const YAML::Node& node, const std::vector<std::pair<std::string_view, Take>>& keys,
            const std::vector<std::string_view>& required = {});
  /// `least` after a problem.
  double number(const YAML::Node& node, double least, double most);
  Take into(double& value, double least, double most);
  template <class Count>
  Take whole(Count& value, int least, int most) {
    return [this, &value, least, most](const YAML::Node& node) {
      if (const auto read = whole_number(node, least, most)) value = static_cast<Count>(*read);
    };
  }
  /// Empty after a problem.
  std::string text(const YAML::Node& node);

  const std::string file_;

 private:
  std::optional<int> whole_number(const YAML::Node& node, int least, int most);

  const std::string codes_;
  std::vector<Error>& errors_;
};

}  // namespace kinhub
