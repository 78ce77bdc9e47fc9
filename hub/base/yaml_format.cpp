#include "hub/base/yaml_format.hpp"

#include <yaml.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace kinhub {
namespace {

/// Columns are of characters, as the parser counts them.
std::size_t bytes_of(std::string_view line, std::size_t column) {
  std::size_t at = 0;
  for (; at < line.size(); ++at)
    if ((static_cast<unsigned char>(line[at]) & 0xC0) != 0x80 && column-- == 0) break;
  return at;
}
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

struct Mark {
  std::size_t line = 0, column = 0;
  friend bool operator==(const Mark&, const Mark&) = default;
};

/// What the parser says of a text, without its layout.
struct Event {
  yaml_event_type_t type{};
  std::string value;  ///< of a scalar, with its tag and anchor
  bool block = false;
  bool literal = false;  ///< a scalar of lines of its own, behind | or >
  Mark start, end;
};

class Parser {
 public:
  explicit Parser(std::string_view text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  Result<std::vector<Event>> all() {
    std::vector<Event> events;
    while (events.empty() || events.back().type != YAML_STREAM_END_EVENT) {
      yaml_event_t raw;
      if (!yaml_parser_parse(&parser_, &raw))
        return Error{"FORMAT_SYNTAX", parser_.problem ? parser_.problem : "this is no YAML",
                     std::to_string(parser_.problem_mark.line + 1) + ":" +
                         std::to_string(parser_.problem_mark.column + 1)};
      events.push_back(event_of(raw));
      yaml_event_delete(&raw);
    }
    return events;
  }

 private:
  static std::string text_of(const unsigned char* text) {
    return text ? std::string(reinterpret_cast<const char*>(text)) + '\0' : std::string();
  }
  static Event event_of(const yaml_event_t& raw) {
    Event event;
    event.type = raw.type;
    event.start = {raw.start_mark.line, raw.start_mark.column};
    event.end = {raw.end_mark.line, raw.end_mark.column};
    switch (raw.type) {
      case YAML_SCALAR_EVENT: {
        const auto& scalar = raw.data.scalar;
        event.value = text_of(scalar.tag) + text_of(scalar.anchor) +
                      std::string(reinterpret_cast<const char*>(scalar.value), scalar.length);
        event.literal = scalar.style == YAML_LITERAL_SCALAR_STYLE || scalar.style == YAML_FOLDED_SCALAR_STYLE;
        break;
      }
      case YAML_ALIAS_EVENT:
        event.value = text_of(raw.data.alias.anchor);
        break;
      case YAML_MAPPING_START_EVENT:
        event.value = text_of(raw.data.mapping_start.tag) + text_of(raw.data.mapping_start.anchor);
        event.block = raw.data.mapping_start.style != YAML_FLOW_MAPPING_STYLE;
        break;
      case YAML_SEQUENCE_START_EVENT:
        event.value = text_of(raw.data.sequence_start.tag) + text_of(raw.data.sequence_start.anchor);
        event.block = raw.data.sequence_start.style != YAML_FLOW_SEQUENCE_STYLE;
        break;
      default:
        break;
    }
    return event;
  }

  yaml_parser_t parser_{};
};

/// A key and its value on one line of a map in block form.
struct Pair {
  std::size_t line = 0, key_end = 0, value = 0;  ///< columns
};

/// The layout of a text: which lines stand for themselves, and which values belong side by side.
struct Layout {
  std::vector<std::string> lines;
  enum class Line : std::uint8_t { own, part, raw };  ///< part: of the node above; raw: content of a literal
  std::vector<Line> kinds;
  std::vector<std::vector<Pair>> maps;
  std::vector<std::vector<std::pair<std::size_t, std::size_t>>> scalars;  ///< by line: columns [from, until)
};

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.emplace_back(line);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

/// Whether the parser breaks lines where lines_of() does not: at a carriage return alone, NEL, LS or PS.
bool has_other_line_breaks(std::string_view text) {
  for (std::size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1))
    if (text.substr(at + 1, 1) != "\n") return true;
  return std::ranges::any_of(std::array{"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"},
                             [&](const char* one) { return text.find(one) != std::string_view::npos; });
}

Error unsafe() {
  return {"FORMAT_UNSAFE", "this cannot be formatted and mean the same: it is left as it is", ""};
}

void mark_lines(Layout& layout, const Event& event, Layout::Line kind) {
  const auto last =
      event.end.column == 0 && event.end.line > event.start.line ? event.end.line - 1 : event.end.line;
  for (auto line = event.start.line + 1; line <= last && line < layout.kinds.size(); ++line)
    layout.kinds[line] = kind;
}

void note_scalar(Layout& layout, const Event& event) {
  for (auto line = event.start.line; line <= event.end.line && line < layout.lines.size(); ++line) {
    if (event.literal && line == event.start.line) continue;  // a comment may stand behind the bar
    const auto from = line == event.start.line ? event.start.column : 0;
    const auto until = line == event.end.line ? event.end.column : columns_of(layout.lines[line]);
    layout.scalars[line].emplace_back(from, until);
  }
}

Layout layout_of(std::string_view text, const std::vector<Event>& events) {
  Layout layout;
  layout.lines = lines_of(text);
  layout.kinds.assign(layout.lines.size(), Layout::Line::own);
  layout.scalars.resize(layout.lines.size());
  struct Open {
    bool map = false, block = false;
    std::optional<Event> key;
    bool has_key = false;
    std::vector<Pair> pairs;
    Event start;
  };
  std::vector<Open> open;
  const auto item = [&](const Event& event, bool whole) {  // a node begins in what is open
    if (open.empty() || !open.back().map) return;
    auto& map = open.back();
    if (!map.has_key) {
      map.has_key = true;
      map.key = whole ? std::optional(event) : std::nullopt;
      return;
    }
    map.has_key = false;
    const bool shown = event.start != event.end;  // an empty value stands nowhere
    const bool beside = map.key && map.block && shown && map.key->end.line == event.start.line &&
                        event.start.line < layout.lines.size();
    if (beside) map.pairs.push_back({event.start.line, map.key->end.column, event.start.column});
  };
  for (const auto& event : events) {
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        mark_lines(layout, event, event.literal ? Layout::Line::raw : Layout::Line::part);
        note_scalar(layout, event);
        item(event, true);
        break;
      case YAML_ALIAS_EVENT:
        item(event, true);
        break;
      case YAML_MAPPING_START_EVENT:
      case YAML_SEQUENCE_START_EVENT:
        // A block begins where its first entry does, on a line of its own.
        if (event.block && !open.empty() && open.back().map && open.back().has_key)
          open.back().has_key = false;
        else
          item(event, false);
        open.push_back({event.type == YAML_MAPPING_START_EVENT, event.block, {}, false, {}, event});
        break;
      case YAML_MAPPING_END_EVENT:
      case YAML_SEQUENCE_END_EVENT: {
        auto done = std::move(open.back());
        open.pop_back();
        if (!done.pairs.empty()) layout.maps.push_back(std::move(done.pairs));
        if (!done.block) {
          auto whole = done.start;
          whole.end = event.end;
          mark_lines(layout, whole, Layout::Line::part);
        }
        break;
      }
      default:
        break;
    }
  }
  return layout;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}
std::size_t indent_of(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  return first == std::string_view::npos ? line.size() : first;
}
std::string_view without_end(std::string_view line) {
  const auto last = line.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

/// The comments of a text, in order.
std::vector<std::string> comments_of(const Layout& layout) {
  std::vector<std::string> comments;
  for (std::size_t i = 0; i < layout.lines.size(); ++i) {
    if (layout.kinds[i] == Layout::Line::raw) continue;
    const auto& line = layout.lines[i];
    for (auto at = line.find('#'); at != std::string::npos; at = line.find('#', at + 1)) {
      if (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t') continue;
      const auto column = columns_of(std::string_view(line).substr(0, at));
      const bool inside = std::ranges::any_of(
          layout.scalars[i], [&](const auto& span) { return span.first <= column && column < span.second; });
      if (inside) continue;
      comments.emplace_back(without_end(std::string_view(line).substr(at)));
      break;
    }
  }
  return comments;
}

/// Puts the values of each map into one column, unless they stand in one, or one blank behind their keys.
void align(Layout& layout) {
  std::map<std::size_t, std::pair<std::size_t, std::size_t>> moves;  // line -> (column of the value, blanks)
  for (const auto& map : layout.maps) {
    const auto gap = [&](const Pair& pair) {
      const auto& line = layout.lines[pair.line];
      const auto from = bytes_of(line, pair.key_end), to = bytes_of(line, pair.value);
      return line.substr(from, to - from);
    };
    // ':' and blanks alone stand between; whatever else, such as an anchor, stays as it is.
    const bool plain = std::ranges::all_of(map, [&](const Pair& pair) {
      const auto between = gap(pair);
      return between.starts_with(':') && is_blank(std::string_view(between).substr(1));
    });
    if (!plain) continue;
    const auto width = [&](const Pair& pair) {  // of the key, from where it begins
      const auto& line = layout.lines[pair.line];
      auto begin = indent_of(line);
      while (line.substr(begin).starts_with("- "))
        begin += 2 + indent_of(std::string_view(line).substr(begin + 2));
      return pair.key_end - columns_of(std::string_view(line).substr(0, begin));
    };
    const auto behind = [&](const Pair& pair) { return pair.value - pair.key_end + width(pair); };
    const bool tight =
        std::ranges::all_of(map, [](const Pair& pair) { return pair.value == pair.key_end + 2; });
    const bool aligned =
        std::ranges::all_of(map, [&](const Pair& pair) { return behind(pair) == behind(map.front()); });
    if (tight || aligned) continue;
    std::size_t longest = 0;
    for (const auto& pair : map)
      longest = std::max(longest, width(pair));
    for (const auto& pair : map)
      moves[pair.line] = {pair.key_end, longest + 2 - width(pair)};
  }
  for (const auto& [line_number, move] : moves) {
    auto& line = layout.lines[line_number];
    const auto from = bytes_of(line, move.first);
    const auto to = line.find_first_not_of(" \t", from + 1);
    line = line.substr(0, from) + ":" + std::string(move.second - 1, ' ') + line.substr(to);
  }
}

/// Gives each line its indentation by the level it stands on.
class Indenter {
 public:
  explicit Indenter(const Layout& layout) : layout_(layout) {}

  std::string run() {
    for (std::size_t i = 0; i < layout_.lines.size(); ++i) {
      const auto& line = layout_.lines[i];
      switch (layout_.kinds[i]) {
        case Layout::Line::raw:
          add_shifted(line, false);
          break;
        case Layout::Line::part:
          if (is_blank(line))
            add_line("");
          else
            add_shifted(without_end(line), true);
          break;
        case Layout::Line::own:
          if (is_blank(line))
            add_line("");
          else if (line[indent_of(line)] == '#')
            comments_.emplace_back(line);
          else
            add_own(without_end(line));
          break;
      }
    }
    flush_comments(levels_.back());
    while (out_.ends_with("\n\n"))
      out_.pop_back();
    return out_;
  }

 private:
  struct Level {
    std::size_t was = 0, is = 0;
    bool list = false;
  };

  void add_line(std::string_view line) {
    if (!comments_.empty()) {  // an empty line among comments stays among them
      comments_.emplace_back(line);
      return;
    }
    put(line);
  }
  void put(std::string_view line) {
    if (line.empty() && (out_.empty() || out_.ends_with("\n\n"))) return;
    out_.append(line).append("\n");
  }

  /// Of a node that goes on: it moves as its first line did.
  void add_shifted(std::string_view line, bool fold_blank) {
    flush_comments(levels_.back());
    if (is_blank(line)) {
      if (fold_blank)
        put("");
      else
        out_.append(line.size() > indent_of(line) ? line : std::string_view()).append("\n");
      return;
    }
    const auto indent = static_cast<long>(indent_of(line));
    const auto moved = std::max<long>(0, indent + shift_);
    out_.append(std::string(static_cast<std::size_t>(moved), ' '))
        .append(line.substr(static_cast<std::size_t>(indent)));
    out_.append("\n");
  }

  /// The level of an entry that begins at a column; a list may begin at that of its key.
  Level& level(std::size_t column, bool list) {
    while (levels_.size() > 1 &&
           (levels_.back().was > column || (levels_.back().was == column && levels_.back().list && !list)))
      levels_.pop_back();
    if (first_) {
      first_ = false;
      levels_.back() = {column, 0, list};
    } else if (levels_.back().was < column || (list && !levels_.back().list)) {
      levels_.push_back({column, levels_.back().is + 2, list});
    }
    return levels_.back();
  }

  void add_own(std::string_view line) {
    auto column = indent_of(line);
    auto rest = line.substr(column);
    std::string text;
    bool begun = false;
    while (rest.starts_with("- ") || rest == "-") {
      const auto& dash = level(column, true);
      if (!begun) {
        flush_comments(dash);
        text.assign(dash.is, ' ');
      }
      begun = true;
      text += "-";
      shift_ = static_cast<long>(dash.is) - static_cast<long>(dash.was);
      const auto blanks = rest.size() > 1 ? 1 + indent_of(rest.substr(1)) : 1;
      const auto inner = dash.is + 2;
      column += blanks;
      rest = rest.substr(blanks);
      if (rest.empty()) break;
      text += " ";
      // What stands behind the dash is a level of its own: keys below it stand under it.
      while (levels_.back().was > column)
        levels_.pop_back();
      if (!(rest.starts_with("- ") || rest == "-")) {
        levels_.push_back({column, inner, false});
        shift_ = static_cast<long>(inner) - static_cast<long>(column);
      }
    }
    if (!begun) {
      const auto& mine = level(column, false);
      flush_comments(mine);
      text.assign(mine.is, ' ');
      shift_ = static_cast<long>(mine.is) - static_cast<long>(mine.was);
    }
    put(text + std::string(rest));
  }

  /// Comments before an entry stand where it does, or where one stands in which it is.
  void flush_comments(const Level& next) {
    const auto waiting = std::exchange(comments_, {});
    for (const auto& line : waiting) {
      if (is_blank(line)) {
        put("");
        continue;
      }
      const auto indent = indent_of(line);
      auto is = next.is;
      if (indent != next.was)
        for (const auto& other : levels_)
          if (other.was == indent) is = other.is;
      put(std::string(is, ' ') + std::string(without_end(std::string_view(line).substr(indent))));
    }
  }

  const Layout& layout_;
  std::vector<Level> levels_{{}};
  std::vector<std::string> comments_;
  std::string out_;
  long shift_ = 0;
  bool first_ = true;
};

bool same_meaning(const std::vector<Event>& a, const std::vector<Event>& b) {
  return std::ranges::equal(a, b, [](const Event& one, const Event& other) {
    return one.type == other.type && one.value == other.value;
  });
}

}  // namespace

Result<std::string> format_yaml(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (has_other_line_breaks(text)) return unsafe();
  const auto events = Parser(text).all();
  if (!events) return events.error();
  auto layout = layout_of(text, *events);
  const auto comments = comments_of(layout);
  align(layout);
  auto formatted = Indenter(layout).run();
  const auto after = Parser(formatted).all();
  if (!after || !same_meaning(*events, *after) || comments_of(layout_of(formatted, *after)) != comments)
    return unsafe();
  return Result<std::string>(boost::system::in_place_value, std::move(formatted));
}

}  // namespace kinhub
