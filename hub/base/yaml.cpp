#include "hub/base/yaml.hpp"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <map>
#include <new>
#include <utility>
#include <vector>

namespace kinhub {

struct YamlNode::Value {
  Kind kind = Kind::null;
  bool quoted = false;
  YamlMark mark;
  std::string text;
  std::vector<const Value*> items;  ///< of a map: key, value, key, value
};

/// Arena: owns the values of one document.
class YamlNode::Tree {
 public:
  Value* add(Kind kind, YamlMark mark) {
    auto& value = values_.emplace_back();
    value.kind = kind, value.mark = mark;
    return &value;
  }

 private:
  std::deque<Value> values_;
};

namespace {

YamlMark mark_of(const yaml_mark_t& place) {
  return {static_cast<int>(place.line), static_cast<int>(place.column)};
}

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Of a byte: the reader of libyaml knows no line yet.
YamlMark mark_at(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  return {static_cast<int>(std::ranges::count(before, '\n')),
          static_cast<int>(std::ranges::count_if(line, begins_character))};
}

/// What to do about a problem that libyaml names by these words.
struct Advice {
  std::string_view context, problem, words;
};
constexpr std::array advices = {
    Advice{"while scanning a quoted scalar", "unexpected end of stream",
           "the quote that begins here is never closed: close it"},
    Advice{"while scanning a quoted scalar", "unexpected document indicator",
           "the quote that begins here is never closed: close it"},
    Advice{"while parsing a quoted scalar", "",
           "in \"...\" a backslash is written \\\\; or use '...', where it stands for itself"},
    Advice{"while scanning for the next token", "cannot start any token", ""},  // by the character, below
    Advice{
        "while parsing a block mapping", "did not find expected key",
        "this line fits no line above: keys of one map begin in one column, and what stands behind a closed "
        "quote or bracket belongs to nothing"},
    Advice{"while parsing a block collection", "did not find expected '-' indicator",
           "this line fits no item of the list above: items begin with '- ' in one column"},
    Advice{"while scanning a simple key", "could not find expected ':'",
           "this line is no 'key: value': give the key a value, or indent the line if it belongs to the one "
           "above"},
    Advice{"", "mapping values are not allowed",
           "no 'key:' can stand here: put a text that holds ': ' in quotes, and look at the indentation"},
    Advice{"", "block sequence entries are not allowed",
           "no list can begin here: begin it on a line of its own"},
    Advice{"while parsing a flow node", "",
           "a list that begins with '[' or a map that begins with '{' is not closed, or has a ',' too many"},
    Advice{"while parsing a block node", "",
           "a value is missing here, or nothing that could be one stands here"},
    Advice{"while parsing a flow sequence", "",
           "the list that begins with '[' is not closed, or lacks a ','"},
    Advice{"while parsing a flow mapping", "", "the map that begins with '{' is not closed, or lacks a ','"},
    Advice{"while scanning an alias", "", "a text that begins with * stands in quotes"},
    Advice{"while scanning an anchor", "", "a text that begins with & stands in quotes"},
    Advice{"", "violates indentation", "a tab stands here: indent with blanks"},
    Advice{"", "expected <document start>",
           "the text has ended before this: what follows belongs to nothing, as after a comma too many"},
};

bool names(const char* said, std::string_view words) {
  return words.empty() || (said != nullptr && std::string_view(said).find(words) != std::string_view::npos);
}

/// One event of libyaml, freed when it goes.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* get() { return &event_; }
  yaml_event_t* operator->() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string_view text_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// Null in YAML 1.1 (https://yaml.org/type/null.html).
bool is_null_word(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

}  // namespace

/// Builds the tree of one text from the events of libyaml, as they come.
class YamlBuilder {
 public:
  explicit YamlBuilder(std::string_view text) : text_(text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  YamlBuilder(const YamlBuilder&) = delete;
  YamlBuilder& operator=(const YamlBuilder&) = delete;
  ~YamlBuilder() { yaml_parser_delete(&parser_); }

  YamlNode build() {
    for (;;) {
      Event event;
      if (yaml_parser_parse(&parser_, event.get()) == 0) fail();
      if (event->type == YAML_STREAM_END_EVENT) return root_ ? YamlNode(tree_, root_) : YamlNode::undefined();
      take(event);
    }
  }

 private:
  using Kind = YamlNode::Kind;
  using Value = YamlNode::Value;

  void take(Event& event) {
    const auto mark = mark_of(event->start_mark);
    switch (event->type) {
      case YAML_DOCUMENT_START_EVENT:
        if (root_ != nullptr) throw YamlError(mark, "a second document begins here: one file holds one");
        return;
      case YAML_SCALAR_EVENT:
        return add(scalar(event), event->data.scalar.anchor);
      case YAML_SEQUENCE_START_EVENT:
        return open(Kind::sequence, mark, event->data.sequence_start.anchor);
      case YAML_MAPPING_START_EVENT:
        return open(Kind::map, mark, event->data.mapping_start.anchor);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        return open_.pop_back();
      case YAML_ALIAS_EVENT:
        return put(named(text_of(event->data.alias.anchor), mark));
      default:
        return;
    }
  }

  Value* scalar(Event& event) {
    const auto& read = event->data.scalar;
    const bool plain = read.style == YAML_PLAIN_SCALAR_STYLE;
    const bool on_several_lines = event->start_mark.line != event->end_mark.line;
    if (on_several_lines &&
        (read.style == YAML_SINGLE_QUOTED_SCALAR_STYLE || read.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE))
      long_quote_ = event->start_mark, long_quote_ends_ = event->end_mark.line;
    const std::string_view text(reinterpret_cast<const char*>(read.value), read.length);
    const bool null = plain && read.tag == nullptr && is_null_word(text);
    auto* value = tree_->add(null ? Kind::null : Kind::scalar, mark_of(event->start_mark));
    value->quoted = !plain;
    if (!null) value->text = text;
    return value;
  }

  void open(Kind kind, YamlMark mark, const yaml_char_t* anchor) {
    auto* value = tree_->add(kind, mark);
    add(value, anchor);
    open_.push_back(value);
    if (open_.size() > yaml_depth_max) throw YamlError(mark, "this nests too deep");
  }

  void add(const Value* value, const yaml_char_t* anchor) {
    if (anchor != nullptr) anchors_[std::string(text_of(anchor))] = value;
    put(value);
  }

  void put(const Value* value) {
    if (open_.empty())
      root_ = value;
    else
      open_.back()->items.push_back(value);
  }

  const Value* named(std::string_view anchor, YamlMark mark) const {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end())
      throw YamlError(mark, "nothing above is named &" + std::string(anchor) +
                                "; a text that begins with * stands in quotes");
    if (std::ranges::find(open_, found->second) != open_.end())
      throw YamlError(mark, "this stands within what it names: it would never end");
    return found->second;
  }

  [[noreturn]] void fail() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    if (parser_.error == YAML_READER_ERROR)
      throw YamlError(mark_at(text_, parser_.problem_offset),
                      "a character that no text file holds: " + std::string(parser_.problem));
    const std::string context = parser_.context != nullptr ? parser_.context : "";
    const bool of_quote = context.find("quoted scalar") != std::string::npos;
    const auto at = of_quote ? parser_.context_mark : parser_.problem_mark;
    auto words = advice(at);
    // A quote that is closed by the next one, some lines further, is mostly one that was forgotten.
    if (!of_quote && long_quote_ && at.line <= long_quote_ends_ + 1)
      words +=
          " (or is the quote not closed that begins in line " + std::to_string(long_quote_->line + 1) + "?)";
    throw YamlError(mark_of(at), words);
  }

  std::string advice(const yaml_mark_t& at) const {
    if (names(parser_.problem, "cannot start any token")) return of_character(at);
    for (const auto& known : advices)
      if (names(parser_.context, known.context) && names(parser_.problem, known.problem))
        return std::string(known.words);
    std::string words = parser_.problem;
    if (parser_.context != nullptr) words += std::string(", ") + parser_.context;
    return words;
  }

  std::string of_character(const yaml_mark_t& at) const {
    std::size_t offset = 0;
    for (std::size_t line = 0; line < at.line; ++line)
      offset = text_.find('\n', offset) + 1;
    for (std::size_t column = 0; column < at.column && offset < text_.size(); ++offset)
      if (offset + 1 >= text_.size() || begins_character(text_[offset + 1])) ++column;
    const char found = offset < text_.size() ? text_[offset] : '\0';
    if (found == '\t') return "a tab stands here: indent with blanks";
    return std::string("no text may begin with '") + found + "': put it in quotes";
  }

  const std::string_view text_;
  yaml_parser_t parser_{};
  std::shared_ptr<YamlNode::Tree> tree_ = std::make_shared<YamlNode::Tree>();
  const Value* root_ = nullptr;
  std::vector<Value*> open_;  ///< the collections around the next event, outermost first
  std::map<std::string, const Value*, std::less<>> anchors_;
  std::optional<yaml_mark_t> long_quote_;  ///< where the last quoted text of several lines began
  std::size_t long_quote_ends_ = 0;
};

YamlNode read_yaml(std::string_view text) {
  return YamlBuilder(text).build();
}

YamlNode::YamlNode() : YamlNode(nullptr, nullptr) {
  static const Value null;
  value_ = &null;
}

YamlNode::YamlNode(std::shared_ptr<const Tree> tree, const Value* value)
    : tree_(std::move(tree)), value_(value) {}

YamlNode YamlNode::undefined() {
  static const Value none{Kind::undefined, false, {}, {}, {}};
  return {nullptr, &none};
}

YamlNode YamlNode::empty_map() {
  static const Value empty{Kind::map, false, {}, {}, {}};
  return {nullptr, &empty};
}

YamlNode::Kind YamlNode::kind() const {
  return value_->kind;
}
const std::string& YamlNode::Scalar() const {
  return value_->text;
}
bool YamlNode::is_quoted() const {
  return value_->quoted;
}
YamlMark YamlNode::Mark() const {
  return value_->mark;
}

std::size_t YamlNode::size() const {
  return IsMap() ? value_->items.size() / 2 : value_->items.size();
}
YamlNode::Iterator YamlNode::begin() const {
  return {*this, 0};
}
YamlNode::Iterator YamlNode::end() const {
  return {*this, size()};
}

YamlItem YamlNode::Iterator::operator*() const {
  const auto& items = of_->value_->items;
  if (of_->IsMap())
    return {undefined(), YamlNode(of_->tree_, items[2 * at_]), YamlNode(of_->tree_, items[2 * at_ + 1])};
  return {YamlNode(of_->tree_, items[at_]), undefined(), undefined()};
}

YamlNode YamlNode::operator[](std::string_view key) const {
  if (IsMap())
    for (std::size_t i = 0; i < value_->items.size(); i += 2)
      if (value_->items[i]->kind == Kind::scalar && value_->items[i]->text == key)
        return {tree_, value_->items[i + 1]};
  return undefined();
}

YamlNode YamlNode::operator[](std::size_t index) const {
  return IsSequence() && index < value_->items.size() ? YamlNode(tree_, value_->items[index]) : undefined();
}

std::optional<double> yaml_number(const YamlNode& node) {
  std::string_view text = node.Scalar();
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!node.IsScalar() || wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace kinhub
