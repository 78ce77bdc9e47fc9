#include "hub/base/yaml_documents.hpp"

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml.h>

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <string_view>

namespace kinhub {
namespace {

YAML::Mark mark_of(const yaml_mark_t& place) {
  YAML::Mark mark;
  mark.pos = static_cast<int>(place.index);
  mark.line = static_cast<int>(place.line);
  mark.column = static_cast<int>(place.column);
  return mark;
}

/// Of a byte: the reader of libyaml knows no line yet.
YAML::Mark mark_at(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, std::min(offset, text.size()));
  const auto line_begin = before.rfind('\n') + 1;  // npos + 1 is 0
  YAML::Mark mark;
  mark.pos = static_cast<int>(before.size());
  mark.line = static_cast<int>(std::count(before.begin(), before.end(), '\n'));
  mark.column = static_cast<int>(
      std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_begin), before.end(),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  return mark;
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

/// libyaml on one text.
class StrictParser {
 public:
  explicit StrictParser(const std::string& text) : text_(text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  StrictParser(const StrictParser&) = delete;
  StrictParser& operator=(const StrictParser&) = delete;
  ~StrictParser() { yaml_parser_delete(&parser_); }

  /// Whether a further document begins; all before it were read to their end.
  bool next_document() {
    for (;;) {
      yaml_event_t event;
      if (yaml_parser_parse(&parser_, &event) == 0) fail();
      const auto type = event.type;
      const auto style = type == YAML_SCALAR_EVENT ? event.data.scalar.style : YAML_PLAIN_SCALAR_STYLE;
      const bool quoted =
          style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
      if (quoted && event.start_mark.line != event.end_mark.line)
        long_quote_ = event.start_mark, long_quote_ends_ = event.end_mark.line;
      yaml_event_delete(&event);
      if (type == YAML_DOCUMENT_START_EVENT) return true;
      if (type == YAML_STREAM_END_EVENT) return false;
    }
  }

 private:
  [[noreturn]] void fail() const {
    if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    if (parser_.error == YAML_READER_ERROR)
      throw YAML::ParserException(mark_at(text_, parser_.problem_offset),
                                  "a character that no text file holds: " + std::string(parser_.problem));
    const std::string context = parser_.context != nullptr ? parser_.context : "";
    const bool of_quote = context.find("quoted scalar") != std::string::npos;
    const auto at = of_quote ? parser_.context_mark : parser_.problem_mark;
    auto words = advice(at);
    // A quote that is closed by the next one, some lines further, is mostly one that was forgotten.
    if (!of_quote && long_quote_ && at.line <= long_quote_ends_ + 1)
      words +=
          " (or is the quote not closed that begins in line " + std::to_string(long_quote_->line + 1) + "?)";
    throw YAML::ParserException(mark_of(at), words);
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
      if (offset + 1 >= text_.size() || (static_cast<unsigned char>(text_[offset + 1]) & 0xC0U) != 0x80U)
        ++column;
    const char found = offset < text_.size() ? text_[offset] : '\0';
    if (found == '\t') return "a tab stands here: indent with blanks";
    return std::string("no text may begin with '") + found + "': put it in quotes";
  }

  const std::string& text_;
  yaml_parser_t parser_{};
  std::optional<yaml_mark_t> long_quote_;  ///< where the last quoted text of several lines began
  std::size_t long_quote_ends_ = 0;
};

}  // namespace

std::size_t count_yaml_documents(const std::string& text, std::size_t count_max) {
  StrictParser parser(text);
  std::size_t count = 0;
  while (parser.next_document())
    if (++count == count_max) break;
  return count;
}

}  // namespace kinhub
