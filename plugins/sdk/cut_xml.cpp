#include "plugins/sdk/cut_xml.hpp"

#include <algorithm>

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_name(char c) {
  const auto u = static_cast<unsigned char>(c);
  return u >= 0x80U || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == ':' || c == '-' || c == '.';
}

bool is_gb(std::string_view charset) {
  return charset.size() >= 2 && (charset[0] | 0x20) == 'g' && (charset[1] | 0x20) == 'b';
}

/// A token of the file: [begin, end) in its bytes.
struct Token {
  enum class Kind { text, start, empty, finish, other } kind = Kind::text;
  std::size_t begin = 0, end = 0;
  std::string_view name;  // of start, empty, finish
};

class Cutter {
 public:
  Cutter(std::string_view bytes, std::string_view record_path, CutLimits limits)
      : bytes_(bytes), places_(bytes), limits_(limits) {
    for (std::size_t at = 0;;) {
      const auto slash = record_path.find('/', at);
      path_.push_back(record_path.substr(at, slash == npos ? npos : slash - at));
      if (slash == npos) break;
      at = slash + 1;
    }
  }

  Result<Cut> cut() {
    if (auto error = check_beginning()) return *error;
    while (at_ < bytes_.size()) {
      auto token = next();
      if (!token) return token.error();
      if (auto error = take(*token)) return *error;
    }
    if (!open_.empty())
      return failure("XML_TRUNCATED",
                     "the file ends inside <" + std::string(open_.back()) + ">: ask for it again",
                     bytes_.size());
    if (!root_seen_) return failure("XML_MALFORMED", "the file holds no element", bytes_.size());
    if (cut_.records.empty())
      return failure("XML_NO_RECORD", "no element " + path_text() + " in the file", 0);
    const auto* const first = cut_.records.front().bytes.data();
    const auto last = cut_.records.back().bytes;
    cut_.head = {bytes_.data(), static_cast<std::size_t>(first - bytes_.data())};
    cut_.tail = bytes_.substr(static_cast<std::size_t>(last.data() + last.size() - bytes_.data()));
    return std::move(cut_);
  }

 private:
  Error failure(std::string code, std::string text, std::size_t offset) const {
    return {std::move(code), std::move(text), places_.at(offset)};
  }

  std::string path_text() const {
    std::string text;
    for (const auto& step : path_)
      text.append("/").append(step);
    return text;
  }

  std::optional<Error> check_beginning() {
    const auto rest = skip_utf8_mark(bytes_);
    at_ = bytes_.size() - rest.size();
    if (rest.find_first_not_of(" \t\r\n") == npos) return failure("XML_EMPTY", "the file is empty", 0);
    if (rest.starts_with("\xFF\xFE") || rest.starts_with("\xFE\xFF") || rest.substr(0, 4).find('\0') != npos)
      return failure("XML_ENCODING", "the file is in UTF-16 or UTF-32: ask for GB18030 or UTF-8", 0);
    if (rest.starts_with("<?xml") && rest.size() > 5 && is_space(rest[5])) {
      const auto declaration = rest.substr(0, rest.find("?>"));
      auto value = declaration.find("encoding");
      if (value != npos) value = declaration.find_first_of("\"'", value);
      if (value != npos) {
        const auto close = declaration.find(declaration[value], value + 1);
        if (close != npos) cut_.charset = declaration.substr(value + 1, close - value - 1);
      }
    }
    return std::nullopt;
  }

  Error truncated(std::size_t from, const char* what) const {
    return failure("XML_TRUNCATED",
                   std::string(what) + " that begins here has no end: ask for the file again", from);
  }

  // The end of what begins at `from` and closes with `close`.
  Result<std::size_t> until(std::string_view close, std::size_t from, std::size_t begin,
                            const char* what) const {
    const auto end = bytes_.find(close, from);
    if (end == npos) return truncated(begin, what);
    return end + close.size();
  }

  // "]]>" in GB18030: ']' may be the second byte of a character, so the search goes by characters.
  Result<std::size_t> until_cdata_end(std::size_t from, std::size_t begin) const {
    if (!is_gb(cut_.charset)) return until("]]>", from, begin, "a CDATA section");
    for (std::size_t i = from; i < bytes_.size(); ++i) {
      const auto c = static_cast<unsigned char>(bytes_[i]);
      if (c >= 0x81U && c != 0xFFU) {
        ++i;
      } else if (bytes_.substr(i, 3) == "]]>") {
        return i + 3;
      }
    }
    return truncated(begin, "a CDATA section");
  }

  Result<Token> next() {
    const auto begin = at_;
    if (bytes_[begin] != '<') {
      at_ = std::min(bytes_.find('<', begin), bytes_.size());
      return Token{Token::Kind::text, begin, at_, {}};
    }
    const auto rest = bytes_.substr(begin);
    auto other = [&](Result<std::size_t> end) -> Result<Token> {
      if (!end) return end.error();
      at_ = *end;
      return Token{Token::Kind::other, begin, at_, {}};
    };
    if (rest.starts_with("<?")) return other(until("?>", begin + 2, begin, "a processing instruction"));
    if (rest.starts_with("<!--")) return other(until("-->", begin + 4, begin, "a comment"));
    if (rest.starts_with("<![CDATA[")) return other(until_cdata_end(begin + 9, begin));
    if (rest.starts_with("<!DOCTYPE"))
      return failure("XML_DOCTYPE",
                     "the file declares a DOCTYPE, which is never accepted: ask for it without", begin);
    if (rest.starts_with("<!")) {
      if (std::string_view("<!DOCTYPE").starts_with(rest) ||
          std::string_view("<![CDATA[").starts_with(rest) || std::string_view("<!--").starts_with(rest))
        return truncated(begin, "a declaration");
      return failure("XML_MALFORMED", "a declaration that is not allowed here", begin);
    }
    return tag(begin);
  }

  Result<Token> tag(std::size_t begin) {
    std::size_t i = begin + 1;
    const bool finish = i < bytes_.size() && bytes_[i] == '/';
    if (finish) ++i;
    const auto name_begin = i;
    while (i < bytes_.size() && is_name(bytes_[i]))
      ++i;
    if (i == bytes_.size()) return truncated(begin, "a tag");
    if (i == name_begin) return failure("XML_MALFORMED", "'<' is not followed by a name", begin);
    const auto name = bytes_.substr(name_begin, i - name_begin);
    while (i < bytes_.size()) {
      const char c = bytes_[i];
      if (c == '"' || c == '\'') {
        i = bytes_.find(c, i + 1);
        if (i == npos) return truncated(begin, "an attribute value of the tag");
      } else if (c == '<') {
        return failure("XML_MALFORMED", "a tag is not closed before the next one begins", begin);
      } else if (c == '>') {
        at_ = i + 1;
        const auto kind = finish                 ? Token::Kind::finish
                          : bytes_[i - 1] == '/' ? Token::Kind::empty
                                                 : Token::Kind::start;
        return Token{kind, begin, at_, name};
      }
      ++i;
    }
    return truncated(begin, "a tag");
  }

  bool is_record(std::string_view name) const {
    if (open_.size() + 1 != path_.size() || name != path_.back()) return false;
    return std::equal(open_.begin(), open_.end(), path_.begin());
  }

  std::optional<Error> take(const Token& token) {
    if (token.end - token.begin > limits_.record_bytes_max)
      return failure("XML_TOO_LARGE", "one piece of the file is larger than " + limit_text(), token.begin);
    switch (token.kind) {
      case Token::Kind::text:
        if (open_.empty() &&
            bytes_.substr(token.begin, token.end - token.begin).find_first_not_of(" \t\r\n") != npos)
          return failure("XML_MALFORMED", "text outside the root element", token.begin);
        return std::nullopt;
      case Token::Kind::other:
        return std::nullopt;
      case Token::Kind::start:
      case Token::Kind::empty:
        return take_start(token);
      case Token::Kind::finish:
        if (open_.empty() || open_.back() != token.name)
          return failure("XML_MALFORMED", "an end tag without its start tag", token.begin);
        open_.pop_back();
        return std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<Error> take_start(const Token& token) {
    if (open_.empty() && root_seen_) return failure("XML_MALFORMED", "a second root element", token.begin);
    root_seen_ = true;
    if (is_record(token.name)) {
      if (token.kind == Token::Kind::start) return take_record(token);
      cut_.records.push_back({bytes_.substr(token.begin, token.end - token.begin), std::nullopt});
      return std::nullopt;
    }
    if (token.kind == Token::Kind::empty) return std::nullopt;
    if (open_.size() >= limits_.depth_max)
      return failure("XML_TOO_DEEP", "elements are nested deeper than " + std::to_string(limits_.depth_max),
                     token.begin);
    open_.push_back(token.name);
    return std::nullopt;
  }

  // Inside a record only its own end matters: whatever else is wrong with it must not touch its neighbours.
  std::optional<Error> take_record(const Token& start) {
    std::size_t depth = open_.size() + 1;
    std::optional<Error> too_deep;
    while (at_ < bytes_.size()) {
      const auto before = at_;
      auto token = next();
      if (!token) {
        if (token.error().code == "XML_DOCTYPE") return token.error();
        return close_damaged_record(start, before, token.error());
      }
      if (token->kind == Token::Kind::start || token->kind == Token::Kind::empty) {
        if (token->name == start.name)
          return failure("XML_MALFORMED", "a record begins inside another: the end tag before it is missing",
                         before);
        if (token->kind == Token::Kind::start && ++depth > limits_.depth_max && !too_deep)
          too_deep = failure("XML_TOO_DEEP",
                             "elements are nested deeper than " + std::to_string(limits_.depth_max), before);
      } else if (token->kind == Token::Kind::finish) {
        if (token->name == start.name) {
          add_record(start, std::move(too_deep));
          return std::nullopt;
        }
        if (depth > 0) --depth;
      }
    }
    return failure("XML_TRUNCATED", "the file ends inside the record that begins here: ask for it again",
                   start.begin);
  }

  std::optional<Error> close_damaged_record(const Token& start, std::size_t from, Error why) {
    const auto close = "</" + std::string(start.name);
    auto end = bytes_.find(close, from);
    const auto again = bytes_.find("<" + std::string(start.name), from + 1);
    if (end == npos || again < end) return why;
    end = bytes_.find('>', end);
    if (end == npos) return truncated(start.begin, "the record");
    at_ = end + 1;
    add_record(start, std::move(why));
    return std::nullopt;
  }

  void add_record(const Token& start, std::optional<Error> error) {
    const auto record = bytes_.substr(start.begin, at_ - start.begin);
    if (record.size() > limits_.record_bytes_max)
      error = failure("XML_TOO_LARGE", "the record is larger than " + limit_text(), start.begin);
    cut_.records.push_back({record, std::move(error)});
  }

  std::string limit_text() const { return std::to_string(limits_.record_bytes_max) + " bytes"; }

  std::string_view bytes_;
  Places places_;
  CutLimits limits_;
  std::vector<std::string_view> path_, open_;
  std::size_t at_ = 0;
  bool root_seen_ = false;
  Cut cut_;
};

/// Where the element's content is: [begin, end), or npos when it is not there or empty by its tag.
struct Span {
  std::size_t begin = npos, end = npos;
};

Span content_of(std::string_view bytes, std::string_view element, std::size_t from) {
  const auto open = "<" + std::string(element);
  for (auto at = bytes.find(open, from); at != npos; at = bytes.find(open, at + 1)) {
    const auto after = at + open.size();
    if (after >= bytes.size() || is_name(bytes[after])) continue;
    const auto begin = bytes.find('>', after);
    if (begin == npos) return {};
    if (bytes[begin - 1] == '/') continue;
    const auto end = bytes.find("</" + std::string(element), begin);
    if (end == npos) return {};
    return {begin + 1, end};
  }
  return {};
}

}  // namespace

Result<Cut> cut_xml(std::string_view bytes, std::string_view record_path, CutLimits limits) {
  return Cutter(bytes, record_path, limits).cut();
}

std::string_view xml_text(std::string_view bytes, std::string_view element) {
  const auto span = content_of(bytes, element, 0);
  if (span.begin == npos) return {};
  auto text = bytes.substr(span.begin, span.end - span.begin);
  while (!text.empty() && is_space(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_space(text.back()))
    text.remove_suffix(1);
  return text;
}

std::string blank_xml(std::string_view record, std::initializer_list<std::string_view> elements) {
  std::string text(record);
  for (const auto& element : elements) {
    std::string kept;
    std::size_t from = 0;
    for (auto span = content_of(text, element, 0); span.begin != npos;
         span = content_of(text, element, from)) {
      kept.append(text, from, span.begin - from);
      from = span.end;
    }
    if (from > 0) text = kept.append(text, from);
  }
  return text;
}

}  // namespace kinhub::sdk
