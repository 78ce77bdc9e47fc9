#pragma once
// YAML as a tree with places: configuration, mappings, policies, vocabularies and forms are read from it.
// The parser is libyaml; decision 0048 says why.

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kinhub {

/// Position in the text: line and column from 0, the column in characters.
struct YamlMark {
  int line = -1;
  int column = -1;
  bool is_null() const { return line < 0; }
};

/// A text that is no YAML: where, and what to do.
class YamlError : public std::runtime_error {
 public:
  YamlError(YamlMark where, const std::string& words) : std::runtime_error(words), mark(where), msg(words) {}
  const YamlMark mark;
  const std::string msg;
};

struct YamlItem;

/// Node of a tree: a handle, cheap to copy, that keeps its tree alive. Immutable.
/// A scalar is text first, whatever it looks like; `~`, `null` and nothing at all, without quotes, are null.
class YamlNode {
 public:
  enum class Kind { undefined, null, scalar, sequence, map };
  class Tree;
  struct Value;
  class Iterator;

  /// A null node without a place.
  YamlNode();
  /// What a map answers for a key it does not have.
  static YamlNode undefined();
  static YamlNode empty_map();

  Kind kind() const;
  bool IsDefined() const { return kind() != Kind::undefined; }
  bool IsNull() const { return kind() == Kind::null; }
  bool IsScalar() const { return kind() == Kind::scalar; }
  bool IsSequence() const { return kind() == Kind::sequence; }
  bool IsMap() const { return kind() == Kind::map; }
  explicit operator bool() const { return IsDefined(); }

  /// The text of a scalar, without its quotes; empty of anything else.
  const std::string& Scalar() const;
  /// Whether a scalar stands in quotes, or as a block ('|', '>').
  bool is_quoted() const;
  /// Where it begins; of an alias: where what it names begins.
  YamlMark Mark() const;

  /// Entries of a map, items of a sequence; 0 of anything else.
  std::size_t size() const;
  Iterator begin() const;
  Iterator end() const;
  /// Value of the first entry with this key; undefined if there is none, or this is no map.
  YamlNode operator[](std::string_view key) const;
  /// Item of a sequence; undefined beyond its end.
  YamlNode operator[](std::size_t index) const;

 private:
  friend class YamlBuilder;
  YamlNode(std::shared_ptr<const Tree> tree, const Value* value);

  std::shared_ptr<const Tree> tree_;
  const Value* value_;
};

/// What iteration gives: of a sequence the item itself, of a map `first` and `second`.
struct YamlItem : YamlNode {
  YamlNode first, second;
};

class YamlNode::Iterator {
 public:
  using value_type = YamlItem;
  using difference_type = std::ptrdiff_t;
  using reference = YamlItem;
  using pointer = void;
  using iterator_category = std::input_iterator_tag;

  Iterator(const YamlNode& of, std::size_t at) : of_(&of), at_(at) {}
  YamlItem operator*() const;
  Iterator& operator++() { return ++at_, *this; }
  Iterator operator++(int) {
    auto before = *this;
    return ++at_, before;
  }
  bool operator==(const Iterator& other) const { return at_ == other.at_; }

 private:
  const YamlNode* of_;
  std::size_t at_;
};

/// Reads a text of one document: its root; undefined if there is none. Throws YamlError: a second document, a
/// quote that is never closed, a tab that indents, a line whose indentation fits nothing, a text that nests
/// deeper than yaml_depth_max, an alias that stands within what it names, or names nothing.
YamlNode read_yaml(std::string_view text);
inline constexpr std::size_t yaml_depth_max = 200;

/// A decimal number as YAML writes it: 12, -0.5, 1e3; nothing of anything else.
std::optional<double> yaml_number(const YamlNode& node);

}  // namespace kinhub
