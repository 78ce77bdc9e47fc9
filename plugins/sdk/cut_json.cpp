#include "plugins/sdk/cut_json.hpp"

#include <cstdint>

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::vector<std::string_view> steps_of(std::string_view path) {
  std::vector<std::string_view> steps;
  for (std::size_t at = 0;;) {
    const auto slash = path.find('/', at);
    steps.push_back(path.substr(at, slash == npos ? npos : slash - at));
    if (slash == npos) return steps;
    at = slash + 1;
  }
}

/// A structural scanner: follows brackets and strings of a document.
/// A failed step leaves `error_` set and returns false.
class Scanner {
 public:
  Scanner(std::string_view bytes, CutLimits limits) : bytes_(bytes), places_(bytes), limits_(limits) {
    at_ = bytes.size() - skip_utf8_mark(bytes).size();
  }

  std::size_t at() const { return at_; }
  char here() const { return at_ < bytes_.size() ? bytes_[at_] : '\0'; }
  bool ended() const { return at_ >= bytes_.size(); }
  std::string_view bytes() const { return bytes_; }
  Error take_error() { return std::move(*error_); }

  bool fail(const char* code, std::string text, std::size_t offset) {
    error_ = Error{code, std::move(text), places_.at(offset)};
    return false;
  }
  bool fail_here(const char* text) {
    if (ended())
      return fail("JSON_TRUNCATED", "the document ends before it is complete: ask for it again", at_);
    return fail("JSON_MALFORMED", text, at_);
  }
  std::string place(std::size_t offset) const { return places_.at(offset); }

  void skip_space() {
    while (at_ < bytes_.size() && is_space(bytes_[at_]))
      ++at_;
  }

  bool take(char c, const char* text) {
    skip_space();
    if (here() != c || ended()) return fail_here(text);
    ++at_;
    return true;
  }

  /// The string that begins here, with its quotes.
  bool string(std::string_view& raw) {
    const auto begin = at_;
    if (here() != '"') return fail_here("a string in double quotes is missing");
    for (++at_; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] == '\\') {
        ++at_;
      } else if (bytes_[at_] == '"') {
        ++at_;
        raw = bytes_.substr(begin, at_ - begin);
        return true;
      } else if (static_cast<unsigned char>(bytes_[at_]) < 0x20U) {
        return fail_here("a control character inside a string");
      }
    }
    at_ = bytes_.size();
    return fail_here("");
  }

  /// Passes over one value without reading it. `too_deep` tells whether it was nested deeper than the limit.
  bool value(bool& too_deep) {
    std::string open;
    do {
      skip_space();
      const char c = here();
      std::string_view raw;
      if (ended()) return fail_here("");
      if (c == '"') {
        if (!string(raw)) return false;
      } else if (c == '{' || c == '[') {
        open += c == '{' ? '}' : ']';
        if (open.size() > limits_.depth_max) too_deep = true;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (open.empty() || open.back() != c) return fail_here("a bracket closes what is not open");
        open.pop_back();
        ++at_;
      } else if (c == ',' || c == ':') {
        if (open.empty()) return fail_here("a value is missing");
        ++at_;
      } else {
        while (!ended() && !is_space(here()) && std::string_view(",:{}[]\"").find(here()) == npos)
          ++at_;
      }
    } while (!open.empty());
    return true;
  }

 private:
  std::string_view bytes_;
  Places places_;
  CutLimits limits_;
  std::size_t at_ = 0;
  std::optional<Error> error_;
};

class Cutter {
 public:
  Cutter(std::string_view bytes, std::string_view array_path, CutLimits limits)
      : scanner_(bytes, limits), limits_(limits), path_text_(array_path), path_(steps_of(array_path)) {}

  Result<Cut> cut() {
    const auto bytes = scanner_.bytes();
    scanner_.skip_space();
    if (scanner_.ended()) return Error{"JSON_EMPTY", "the document is empty", scanner_.place(0)};
    if (!object(0)) return scanner_.take_error();
    scanner_.skip_space();
    if (!scanner_.ended())
      return Error{"JSON_MALFORMED", "something follows the end of the document",
                   scanner_.place(scanner_.at())};
    if (!found_)
      return Error{"JSON_NO_RECORDS", "no array '" + std::string(path_text_) + "' in the document",
                   scanner_.place(0)};
    cut_.head = bytes;
    if (!cut_.records.empty()) {
      const auto last = cut_.records.back().bytes;
      cut_.head = bytes.substr(0, static_cast<std::size_t>(cut_.records.front().bytes.data() - bytes.data()));
      cut_.tail = bytes.substr(static_cast<std::size_t>(last.data() + last.size() - bytes.data()));
    }
    for (const auto part : {cut_.head, cut_.tail}) {
      const auto bad = find_not_utf8(part);
      if (bad != npos)
        return Error{"JSON_NOT_UTF8", "the document is not UTF-8",
                     scanner_.place(static_cast<std::size_t>(part.data() - bytes.data()) + bad)};
    }
    return std::move(cut_);
  }

 private:
  // The object that stands for path_[depth]'s parent; as deep as the path has steps, no deeper.
  bool object(std::size_t depth) {
    if (!scanner_.take('{', "the document is not an object here")) return false;
    scanner_.skip_space();
    if (scanner_.here() == '}') return scanner_.take('}', "");
    for (;;) {
      std::string_view key;
      scanner_.skip_space();
      if (!scanner_.string(key)) return false;
      if (!scanner_.take(':', "':' is missing after a name")) return false;
      scanner_.skip_space();
      if (!member(depth, key.substr(1, key.size() - 2))) return false;
      scanner_.skip_space();
      if (scanner_.here() == '}') return scanner_.take('}', "");
      if (!scanner_.take(',', "',' or '}' is missing")) return false;
    }
  }

  bool member(std::size_t depth, std::string_view key) {
    const auto begin = scanner_.at();
    const bool on_path = key == path_[depth];
    if (on_path && depth + 1 == path_.size() && scanner_.here() == '[') {
      if (found_)
        return scanner_.fail("JSON_DUPLICATE_KEY", "the array of records stands here a second time", begin);
      found_ = true;
      return elements();
    }
    if (on_path && depth + 1 < path_.size() && scanner_.here() == '{') return object(depth + 1);
    bool too_deep = false;
    if (!scanner_.value(too_deep)) return false;
    if (too_deep) return scanner_.fail("JSON_TOO_DEEP", deep_text(), begin);
    return true;
  }

  bool elements() {
    if (!scanner_.take('[', "")) return false;
    scanner_.skip_space();
    if (scanner_.here() == ']') return scanner_.take(']', "");
    for (;;) {
      scanner_.skip_space();
      const auto begin = scanner_.at();
      bool too_deep = false;
      if (!scanner_.value(too_deep)) return false;
      add(scanner_.bytes().substr(begin, scanner_.at() - begin), begin, too_deep);
      scanner_.skip_space();
      if (scanner_.here() == ']') return scanner_.take(']', "");
      if (!scanner_.take(',', "',' or ']' is missing between two records")) return false;
    }
  }

  void add(std::string_view element, std::size_t begin, bool too_deep) {
    std::optional<Error> error;
    const auto bad = find_not_utf8(element);
    if (bad != npos) error = Error{"JSON_NOT_UTF8", "the record is not UTF-8", scanner_.place(begin + bad)};
    if (too_deep) error = Error{"JSON_TOO_DEEP", deep_text(), scanner_.place(begin)};
    if (element.size() > limits_.record_bytes_max)
      error = Error{"JSON_TOO_LARGE",
                    "the record is larger than " + std::to_string(limits_.record_bytes_max) + " bytes",
                    scanner_.place(begin)};
    cut_.records.push_back({element, std::move(error)});
  }

  std::string deep_text() const {
    return "values are nested deeper than " + std::to_string(limits_.depth_max);
  }

  Scanner scanner_;
  CutLimits limits_;
  std::string_view path_text_;
  std::vector<std::string_view> path_;
  bool found_ = false;
  Cut cut_;
};

std::optional<std::string_view> member_of(std::string_view object, std::string_view name) {
  Scanner scanner(object, CutLimits{});
  std::string_view key;
  bool too_deep = false;
  if (!scanner.take('{', "")) return std::nullopt;
  for (;;) {
    scanner.skip_space();
    if (!scanner.string(key) || !scanner.take(':', "")) return std::nullopt;
    scanner.skip_space();
    const auto begin = scanner.at();
    if (!scanner.value(too_deep)) return std::nullopt;
    if (key.substr(1, key.size() - 2) == name) return object.substr(begin, scanner.at() - begin);
    if (!scanner.take(',', "")) return std::nullopt;
  }
}

void append_utf8(std::string& text, std::uint32_t point) {
  if (point < 0x80U) {
    text += static_cast<char>(point);
  } else if (point < 0x800U) {
    text += static_cast<char>(0xC0U | (point >> 6U));
    text += static_cast<char>(0x80U | (point & 63U));
  } else {
    text += static_cast<char>(0xE0U | (point >> 12U));
    text += static_cast<char>(0x80U | ((point >> 6U) & 63U));
    text += static_cast<char>(0x80U | (point & 63U));
  }
}

std::string unescape(std::string_view inside) {
  std::string text;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    if (inside[i] != '\\' || i + 1 == inside.size()) {
      text += inside[i];
      continue;
    }
    static constexpr std::string_view from = "bfnrt", to = "\b\f\n\r\t";
    const char c = inside[++i];
    const auto plain = from.find(c);
    if (c == 'u' && inside.size() - i > 4) {
      std::uint32_t point = 0;
      for (const char digit : inside.substr(i + 1, 4))
        point = point * 16U + (digit <= '9' ? static_cast<unsigned>(digit - '0')
                                            : (static_cast<unsigned>(digit | 0x20) - 'a' + 10U)) %
                                  16U;
      append_utf8(text, point);
      i += 4;
    } else {
      text += plain == npos ? c : to[plain];
    }
  }
  return text;
}

}  // namespace

Result<Cut> cut_json(std::string_view bytes, std::string_view array_path, CutLimits limits) {
  return Cutter(bytes, array_path, limits).cut();
}

std::optional<std::string_view> json_value(std::string_view object, std::string_view path) {
  std::optional<std::string_view> value = object;
  for (const auto& step : steps_of(path)) {
    value = member_of(*value, step);
    if (!value) return std::nullopt;
  }
  return value;
}

std::string json_text(std::string_view object, std::string_view path) {
  const auto value = json_value(object, path);
  if (!value || value->empty() || *value == "null" || value->front() == '{' || value->front() == '[')
    return {};
  if (value->front() == '"') return unescape(value->substr(1, value->size() - 2));
  return std::string(*value);
}

}  // namespace kinhub::sdk
