// JSON, validated in full by simdjson; a key said twice is refused wherever it stands.
#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

/// The last integer that a double holds with all its neighbours: 2^53 - 1.
constexpr std::int64_t exact_max = (std::int64_t{1} << 53) - 1;

/// What Debezium writes in place of a long value that did not change, as a text and as base64 of a column of
/// bytes.
constexpr std::string_view unavailable_text = "__debezium_unavailable_value",
                           unavailable_base64 = "X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==";

/// Parsers keep their memory between messages; one that grew large is given back.
constexpr std::size_t parser_kept_max = 1u << 20;

/// Path for a diagnostic. A key of the message may be somebody's name or number, so one that is no plain word
/// is not repeated.
std::string shown_path(std::string_view path) {
  std::size_t digits = 0;
  bool plain = true;
  for (const char c : path) {
    digits = c >= '0' && c <= '9' ? digits + 1 : c == '[' || c == ']' || c == '.' ? 0 : digits;
    plain &= static_cast<unsigned char>(c) < 0x80 && c > ' ' && digits <= 6;
  }
  return plain ? std::string(path) : "a key of " + std::to_string(path.size()) + " bytes with its path";
}

class ParserLease {
 public:
  ParserLease() : parser_(spare() ? std::move(spare()) : std::make_unique<simdjson::dom::parser>()) {}
  ParserLease(const ParserLease&) = delete;
  ParserLease& operator=(const ParserLease&) = delete;
  ~ParserLease() {
    if (parser_->capacity() <= parser_kept_max) spare() = std::move(parser_);
  }
  simdjson::dom::parser& operator*() { return *parser_; }

 private:
  static std::unique_ptr<simdjson::dom::parser>& spare() {
    thread_local std::unique_ptr<simdjson::dom::parser> parser;
    return parser;
  }
  std::unique_ptr<simdjson::dom::parser> parser_;
};

/// The path of the first key that an object says twice; empty when none does. Depth is bounded by the parser.
std::string duplicate_key(const element& value) {
  if (value.type() == element_type::ARRAY) {
    std::size_t index = 0;
    for (auto item : simdjson::dom::array(value)) {
      if (item.is_object() || item.is_array())
        if (auto inner = duplicate_key(item); !inner.empty())
          return "[" + std::to_string(index) + "]" + (inner.front() == '[' ? "" : ".") + inner;
      ++index;
    }
    return {};
  }
  if (value.type() != element_type::OBJECT) return {};
  std::string_view few[48];
  std::vector<std::string_view> many;
  std::size_t count = 0;
  for (auto field : simdjson::dom::object(value)) {
    if (count < std::size(few)) {
      for (std::size_t i = 0; i < count; ++i)
        if (few[i] == field.key) return std::string(field.key);
      few[count] = field.key;
    } else {
      if (many.empty()) many.assign(std::begin(few), std::end(few));
      many.push_back(field.key);
    }
    ++count;
    if (field.value.is_object() || field.value.is_array())
      if (auto inner = duplicate_key(field.value); !inner.empty())
        return std::string(field.key) + (inner.front() == '[' ? "" : ".") + inner;
  }
  std::sort(many.begin(), many.end());
  auto twice = std::adjacent_find(many.begin(), many.end());
  return twice == many.end() ? std::string() : std::string(*twice);
}

class JsonDocument final : public Document {
 public:
  std::optional<Error> parse(const std::string& text) {
    auto& parser = *lease_;
    auto error = simdjson::SUCCESS;
    if (parser.capacity() < text.size() || parser.max_depth() != depth_max)
      error = parser.allocate(std::max<std::size_t>(text.size(), 4096), depth_max);
    if (!error) error = parser.parse(text.data(), text.size()).get(root_);
    if (error == simdjson::DEPTH_ERROR)
      return Error{"JSON_DEPTH",
                   "values lie more than " + std::to_string(depth_max) + " deep: this is no agency message",
                   {}};
    if (error == simdjson::NUMBER_ERROR)
      return Error{
          "JSON_NUMBER",
          "a number in it is not one of JSON, or needs more than 64 bits and could only be guessed: ask the "
          "source to send long numbers as texts",
          {}};
    if (error)
      return Error{"JSON_MALFORMED",
                   std::string("not valid JSON: ") + simdjson::error_message(error) +
                       "; was it cut? ask the source to send it again",
                   {}};
    if (auto path = duplicate_key(root_); !path.empty())
      return Error{"JSON_DUPLICATE_KEY",
                   "an object says this key twice, and which one counts would be a guess: ask the source to "
                   "correct it",
                   shown_path(path)};
    return std::nullopt;
  }

  std::optional<std::vector<RecordIndex>> records(const Path& each) override {
    element at = root_;
    for (const auto& step : each.steps) {
      if (!at.is_object() || at.at_key(step.name).get(at) != simdjson::SUCCESS) return std::nullopt;
    }
    std::vector<RecordIndex> found;
    auto add = [&](element value, std::string place) {
      found.push_back(static_cast<RecordIndex>(nodes_.size()));
      nodes_.push_back({value, std::move(place)});
    };
    auto name = each.text == "$"              ? std::string()
                : each.text.starts_with("$.") ? each.text.substr(2)
                                              : each.text;
    if (at.is_array()) {
      std::size_t index = 0;
      for (auto item : simdjson::dom::array(at)) {
        add(item, name + "[" + std::to_string(index++) + "]");
      }
    } else if (at.is_object()) {
      add(at, name);
    } else {
      return std::nullopt;
    }
    return found;
  }

  SourceValue read(const Path& path, RecordIndex record, Arena& arena, Error& error) const override {
    element at = path.absolute ? root_ : nodes_[record].value;
    for (const auto& step : path.steps) {
      if (!at.is_object() || at.at_key(step.name).get(at) != simdjson::SUCCESS) return {};
      if (step.index > 0 || !step.predicate.empty()) {
        if (!choose(at, step)) return {};
      }
    }
    switch (at.type()) {
      case element_type::STRING: {
        std::string_view text = at.get_string().value_unsafe();
        if (is_blank(text)) return {};
        if (text == unavailable_text || text == unavailable_base64) {
          error = {
              "VALUE_UNAVAILABLE",
              "the change does not hold this value, because it is long and did not change: have the agency "
              "publish whole rows (PostgreSQL: REPLICA IDENTITY FULL)",
              place(path, record)};
          return {SourceValue::State::fault, {}};
        }
        return {SourceValue::State::text, text};
      }
      case element_type::NULL_VALUE:
        return {SourceValue::State::null, {}};
      case element_type::INT64: {
        const auto value = at.get_int64().value_unsafe();
        return number(value, arena, value > exact_max || value < -exact_max);
      }
      case element_type::UINT64:
        return number(at.get_uint64().value_unsafe(), arena, true);
      case element_type::DOUBLE: {
        const auto value = at.get_double().value_unsafe();
        return number(value, arena, std::abs(value) > static_cast<double>(exact_max));
      }
      case element_type::BOOL:
        return {SourceValue::State::text, at.get_bool().value_unsafe() ? "true" : "false"};
      case element_type::OBJECT:
      case element_type::ARRAY:
        break;
    }
    error = {"FIELD_NOT_TEXT", "an object or a list stands where a text is expected", place(path, record)};
    return {SourceValue::State::fault, {}};
  }

  std::string place(RecordIndex record) const override { return nodes_[record].place; }
  std::string place(const Path& path, RecordIndex record) const override {
    if (path.absolute) return path.text.starts_with("$.") ? path.text.substr(2) : path.text;
    return nodes_[record].place.empty() ? path.text : nodes_[record].place + "." + path.text;
  }

  std::vector<std::string> fields(RecordIndex record) const override {
    std::vector<std::string> found;
    add_fields(nodes_[record].value, "", found);
    return found;
  }

 private:
  struct Node {
    element value;
    std::string place;
  };

  static bool choose(element& at, const PathStep& step) {
    if (!at.is_array()) return false;
    if (step.index > 0) return simdjson::dom::array(at).at(step.index - 1).get(at) == simdjson::SUCCESS;
    for (auto item : simdjson::dom::array(at)) {
      std::string_view text;
      if (item.is_object() && item.at_key(step.predicate).get(text) == simdjson::SUCCESS &&
          text == step.wanted) {
        at = item;
        return true;
      }
    }
    return false;
  }

  template <class Number>
  static SourceValue number(Number value, Arena& arena, bool beyond_exact) {
    char buffer[40];
    char* end = nullptr;
    // A number too large for its digits to be certain must not look as if they were: 3.2222e+17, never
    // 322220000000000000.
    if constexpr (std::is_floating_point_v<Number>)
      end = std::to_chars(std::begin(buffer), std::end(buffer), value,
                          std::abs(value) < 1e15 ? std::chars_format::general : std::chars_format::scientific)
                .ptr;
    else
      end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
    return {SourceValue::State::text, keep(arena, {buffer, static_cast<std::size_t>(end - buffer)}),
            beyond_exact};
  }

  static void add_fields(const element& value, const std::string& path, std::vector<std::string>& found) {
    if (value.is_object()) {
      for (auto field : simdjson::dom::object(value))
        add_fields(field.value, path.empty() ? std::string(field.key) : path + "." + std::string(field.key),
                   found);
    } else if (value.is_array()) {
      std::size_t index = 0;
      for (auto item : simdjson::dom::array(value))
        add_fields(item, path + "[" + std::to_string(index++) + "]", found);
    } else if (!value.is_null() && !(value.is_string() && is_blank(value.get_string().value_unsafe()))) {
      found.push_back(path);
    }
  }

  ParserLease lease_;
  element root_;
  std::vector<Node> nodes_;
};

}  // namespace

Result<std::unique_ptr<Document>> open_json(const std::string& text) {
  auto document = std::make_unique<JsonDocument>();
  if (auto error = document->parse(text)) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

}  // namespace kinhub
