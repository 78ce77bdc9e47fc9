// HL7 v2: segments, fields, repetitions, components, escapes; delimiters as MSH says. Works on decoded text,
// because in GB18030 the bytes of | ^ ~ \ may be the second half of a character.
#include <algorithm>
#include <array>
#include <utility>

#include "hub/base/hl7_lines.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr std::size_t number_max = 999;

Error wrong(std::size_t offset, std::string text) {
  return {"MAP_PATH", std::move(text), std::to_string(offset)};
}

std::optional<std::size_t> read_number(std::string_view text, std::size_t& at) {
  std::size_t value = 0;
  const auto start = at;
  while (at < text.size() && text[at] >= '0' && text[at] <= '9' && value <= number_max)
    value = value * 10 + static_cast<std::size_t>(text[at++] - '0');
  if (at == start || value == 0 || value > number_max) return std::nullopt;
  return value;
}

/// "[2]", "[3.1='MTH']", "[5='NNCN']" from `at`, which stands on '['.
std::optional<Error> read_choice(std::string_view text, std::size_t& at, Hl7Choice& choice) {
  const auto start = at++;
  auto skip_blanks = [&] {
    while (at < text.size() && text[at] == ' ')
      ++at;
  };
  skip_blanks();
  auto first = read_number(text, at);
  if (!first) return wrong(start, "expected [2] or [5 = 'NNCN']");
  choice.second = 1;
  if (at < text.size() && text[at] == '.') {
    auto second = read_number(text, ++at);
    if (!second) return wrong(at, "a number is missing after the dot");
    choice.second = *second;
  }
  skip_blanks();
  if (at < text.size() && text[at] == ']') {
    choice.index = *first;
    ++at;
    return std::nullopt;
  }
  if (at >= text.size() || text[at] != '=') return wrong(start, "expected [2] or [5 = 'NNCN']");
  ++at;
  skip_blanks();
  if (at >= text.size() || text[at] != '\'')
    return wrong(at, "the value looked for stands in 'single quotes'");
  auto close = text.find('\'', at + 1);
  if (close == std::string_view::npos) return wrong(at, "the quote is not closed");
  choice.first = *first;
  choice.wanted = std::string(text.substr(at + 1, close - at - 1));
  at = close + 1;
  skip_blanks();
  if (at >= text.size() || text[at] != ']') return wrong(start, "the bracket is not closed");
  ++at;
  return std::nullopt;
}

/// The n-th part (from 1) of `text` cut at `separator`; empty when there are fewer.
std::string_view part(std::string_view text, char separator, std::size_t n) {
  for (; n > 1; --n) {
    auto at = text.find(separator);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + 1);
  }
  return text.substr(0, text.find(separator));
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

class Hl7Document final : public Document {
 public:
  Hl7Document(std::string text, Charset charset) : text_(std::move(text)), charset_(charset) {}

  std::optional<Error> parse() {
    bool header_seen = false;
    for (Hl7Lines lines(text_); !lines.ended();) {
      const auto line = without_line_break(lines.next());
      if (is_blank(line)) continue;
      auto name = line.substr(0, 3);
      if (name == "FHS" || name == "BHS" || name == "BTS" || name == "FTS") continue;
      if (name == "MSH") {
        if (auto error = start_message(line)) return error;
        header_seen = true;
        continue;
      }
      if (!header_seen)
        return Error{"HL7_NO_MSH",
                     "the message does not begin with an MSH segment, so its separators are unknown: ask the "
                     "sender for whole messages",
                     "segment 1"};
      if (!begins_hl7_segment(line, messages_.back().field))
        return Error{"HL7_MALFORMED",
                     "a line is no segment: three letters, then the field separator; a line break inside a "
                     "field must be sent as \\.br\\",
                     "segment " + std::to_string(messages_.back().segments.size() + 1)};
      messages_.back().segments.push_back(line);
    }
    for (std::size_t i = 0; i < messages_.size(); ++i)
      add_records(i);
    if (!header_seen)
      return Error{"HL7_NO_MSH", "there is no MSH segment in the message: it is empty or was cut",
                   "segment 1"};
    return std::nullopt;
  }

  std::optional<std::vector<RecordIndex>> records(const Path&) override {
    std::vector<RecordIndex> found;
    for (std::size_t i = 0; i < records_.size(); ++i)
      found.push_back(static_cast<RecordIndex>(i));
    return found;
  }

  SourceValue read(const Path& path, RecordIndex record, Arena& arena, Error& error) const override {
    const auto& message = message_of(record);
    auto segment = choose_segment(record, path);
    if (segment.empty()) return {};
    if (path.field == 0) return {SourceValue::State::text, segment.substr(0, 3)};
    if (path.segment == "MSH" && path.field <= 2)
      return {SourceValue::State::text,
              path.field == 1 ? segment.substr(3, 1) : part(segment.substr(4), message.field, 1)};
    auto field = field_of(segment, message, path.field);
    if (field.empty()) return {};
    if (field == "\"\"") return {SourceValue::State::null, {}};
    return value_of(choose_repetition(field, message, path), path, {1, path.component, path.subcomponent},
                    record, arena, error);
  }

  std::size_t repetitions(const Path& path, RecordIndex record) const override {
    const auto& message = message_of(record);
    const auto field = field_of(choose_segment(record, path), message, path.field);
    if (is_blank(field)) return 0;
    return static_cast<std::size_t>(std::count(field.begin(), field.end(), message.repetition)) + 1;
  }

  SourceValue read_part(const Path& path, const Hl7Part& wanted, RecordIndex record, Arena& arena,
                        Error& error) const override {
    const auto& message = message_of(record);
    const auto field = field_of(choose_segment(record, path), message, path.field);
    return value_of(part(field, message.repetition, wanted.repetition), path, wanted, record, arena, error);
  }

  std::string place(RecordIndex record) const override {
    std::string text;
    if (messages_.size() > 1) text = "message " + std::to_string(records_[record].message + 1);
    if (records_[record].group > 0)
      text += (text.empty() ? "" : ", ") + std::string("PID[") + std::to_string(records_[record].group) + "]";
    return text;
  }
  std::string place(const Path& path, RecordIndex record) const override {
    const auto text = place(record);
    return text.empty() ? path.text : text + ", " + path.text;
  }

  std::vector<std::string> fields(RecordIndex record) const override {
    std::vector<std::string> found;
    const auto& message = message_of(record);
    for (auto segment : records_[record].segments) {
      const bool header = segment.starts_with("MSH");
      for (std::size_t n = header ? 3 : 1;; ++n) {
        auto at = nth_separator(segment, message.field, header ? n - 1 : n);
        if (at == std::string_view::npos) break;
        if (!is_blank(field_of(segment, message, n))) {
          auto path = std::string(segment.substr(0, 3)) + "-" + std::to_string(n);
          if (std::find(found.begin(), found.end(), path) == found.end()) found.push_back(path);
        }
      }
    }
    return found;
  }

 private:
  struct Message {
    char field, component, repetition, escape, subcomponent;
    std::vector<std::string_view> segments;  ///< MSH first
  };

  /// One patient of a message. Messages that repeat a group of segments for several patients (PID MRG of A40)
  /// have a record for each: what stands before the first PID belongs to all of them, the rest to the PID
  /// before it.
  struct Record {
    std::size_t message = 0, group = 0;  ///< group: from 1; 0: the only one
    std::vector<std::string_view> segments;
  };

  const Message& message_of(RecordIndex record) const { return messages_[records_[record].message]; }

  void add_records(std::size_t number) {
    const auto& all = messages_[number].segments;
    const auto is_patient = [](std::string_view segment) { return segment.starts_with("PID"); };
    if (std::count_if(all.begin(), all.end(), is_patient) <= 1) {
      records_.push_back({number, 0, all});
      return;
    }
    const auto first = std::find_if(all.begin(), all.end(), is_patient);
    for (auto begin = first; begin != all.end();) {
      const auto end = std::find_if(begin + 1, all.end(), is_patient);
      Record record{number,
                    static_cast<std::size_t>(std::count_if(first, begin, is_patient)) + 1,
                    {all.begin(), first}};
      record.segments.insert(record.segments.end(), begin, end);
      records_.push_back(std::move(record));
      begin = end;
    }
  }

  /// A component of one repetition, escapes read.
  SourceValue value_of(std::string_view repetition, const Path& path, const Hl7Part& wanted,
                       RecordIndex record, Arena& arena, Error& error) const {
    const auto& message = message_of(record);
    auto value = part(part(repetition, message.component, wanted.component), message.subcomponent,
                      wanted.subcomponent);
    if (value == "\"\"") return {SourceValue::State::null, {}};
    if (value.find(message.escape) != std::string_view::npos) {
      auto plain = unescaped(value, message);
      if (!plain) {
        error = plain.error();
        error.place = place(path, record);
        return {SourceValue::State::fault, {}};
      }
      value = keep(arena, *plain);
    }
    if (is_blank(value)) return {};
    return {SourceValue::State::text, value};
  }

  std::optional<Error> start_message(std::string_view line) {
    if (line.size() < 8)
      return Error{"HL7_DELIMITERS", "MSH does not say the separators: expected MSH|^~\\&", "MSH-1"};
    Message message{line[3], line[4], line[5], line[6], line[7], {line}};
    // v2.3 senders may leave out the last ones: MSH|^~\|
    if (message.subcomponent == message.field) message.subcomponent = '&';
    const std::array all = {message.field, message.component, message.repetition, message.escape,
                            message.subcomponent};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const char c = all[i];
      const bool punctuation = c > 32 && c < 127 && c != '"' && !(c >= '0' && c <= '9') &&
                               !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
      if (!punctuation || std::count(all.begin(), all.end(), c) > 1)
        return Error{"HL7_DELIMITERS",
                     "the separators in MSH-1 and MSH-2 must be five different signs, as |^~\\&", "MSH-2"};
    }
    messages_.push_back(std::move(message));
    return std::nullopt;
  }

  static std::size_t nth_separator(std::string_view segment, char separator, std::size_t n) {
    std::size_t at = segment.find(separator, 3);
    for (; n > 1 && at != std::string_view::npos; --n)
      at = segment.find(separator, at + 1);
    return at;
  }

  /// MSH-1 is the separator itself, so its fields are counted one further.
  static std::string_view field_of(std::string_view segment, const Message& message, std::size_t n) {
    auto at = nth_separator(segment, message.field, segment.starts_with("MSH") ? n - 1 : n);
    if (at == std::string_view::npos) return {};
    auto rest = segment.substr(at + 1);
    return rest.substr(0, rest.find(message.field));
  }

  std::string_view choose_segment(RecordIndex record, const Path& path) const {
    const auto& message = message_of(record);
    std::size_t seen = 0;
    for (auto segment : records_[record].segments) {
      if (!segment.starts_with(path.segment)) continue;
      const auto& choice = path.of_segments;
      if (choice.index > 0 ? ++seen == choice.index
                           : choice.first == 0 ||
                                 part(part(field_of(segment, message, choice.first), message.repetition, 1),
                                      message.component, choice.second) == choice.wanted)
        return segment;
    }
    return {};
  }

  static std::string_view choose_repetition(std::string_view field, const Message& message,
                                            const Path& path) {
    const auto& choice = path.of_repetitions;
    if (choice.first == 0) return part(field, message.repetition, choice.index == 0 ? 1 : choice.index);
    for (;;) {
      auto end = field.find(message.repetition);
      auto repetition = field.substr(0, end);
      if (part(part(repetition, message.component, choice.first), message.subcomponent, choice.second) ==
          choice.wanted)
        return repetition;
      if (end == std::string_view::npos) return {};
      field.remove_prefix(end + 1);
    }
  }

  /// Text of a value whose escapes are read (chapter 2.7): the message's own signs, highlighting and
  /// formatting commands, bytes in hex of the message's charset, of one character perhaps over several
  /// escapes. Fails on what stands for other characters than it shows.
  Result<std::string> unescaped(std::string_view value, const Message& message) const {
    std::string out, bytes;
    const auto flush = [&] {
      if (bytes.empty()) return true;
      auto text = to_utf8(std::exchange(bytes, {}), charset_);
      if (text) out += *text;
      return text.has_value();
    };
    const Error no_text{
        "HL7_ESCAPE",
        "an \\X..\\ escape holds no text of the message's charset: ask the sender to correct it", ""};
    while (!value.empty()) {
      const auto open = value.find(message.escape);
      const auto plain = value.substr(0, open);
      if (!plain.empty() && !flush()) return no_text;
      out.append(plain);
      if (open == std::string_view::npos) break;
      const auto close = value.find(message.escape, open + 1);
      if (close == std::string_view::npos) {  // a lone escape sign is a sign
        if (!flush()) return no_text;
        out.append(value.substr(open));
        break;
      }
      const auto code = value.substr(open + 1, close - open - 1);
      value.remove_prefix(close + 1);
      if (is_hex_escape(code)) {
        if (!append_hex(code.substr(1), bytes)) return no_text;
        continue;
      }
      if (!flush()) return no_text;
      if (switches_charset(code))
        return Error{
            "HL7_ESCAPE",
            "an escape to another character set (\\C..\\, \\M..\\) or of the sender's own (\\Z..\\) stands "
            "in the text, so what it shows is not what it says: ask the sender for one charset",
            ""};
      append_sign(code, message, out);
    }
    if (!flush()) return no_text;
    return {boost::system::in_place_value, std::move(out)};
  }

  static bool is_hex_escape(std::string_view code) {
    return code.size() > 1 && (code.front() == 'X' || (code.front() == 'x' && is_hex(code[1])));
  }

  static bool append_hex(std::string_view digits, std::string& bytes) {
    if (digits.size() % 2 != 0 || !std::all_of(digits.begin(), digits.end(), is_hex)) return false;
    for (std::size_t i = 0; i < digits.size(); i += 2)
      bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return true;
  }

  /// \Cxxyy\ and \Mxxyyzz\ name a character set of ISO 2022, \Z..\ is the sender's own. \C2842\ is ASCII,
  /// where every text begins.
  static bool switches_charset(std::string_view code) {
    if (code == "C2842" || code.size() < 2) return false;
    const auto rest = code.substr(1);
    const bool hex = std::all_of(rest.begin(), rest.end(), is_hex);
    switch (code.front()) {
      case 'C':
        return hex && rest.size() == 4;
      case 'M':
        return hex && (rest.size() == 4 || rest.size() == 6);
      case 'Z':
        return hex;
      default:
        return false;
    }
  }

  static void append_sign(std::string_view code, const Message& message, std::string& out) {
    static constexpr std::string_view formats[] = {".br", ".sp", ".in", ".ti", ".fi", ".nf", ".sk", ".ce"};
    const bool formats_text =
        std::find(std::begin(formats), std::end(formats), code.substr(0, 3)) != std::end(formats);
    if (code == "F") {
      out += message.field;
    } else if (code == "S") {
      out += message.component;
    } else if (code == "T") {
      out += message.subcomponent;
    } else if (code == "R") {
      out += message.repetition;
    } else if (code == "E") {
      out += message.escape;
    } else if (formats_text) {
      out += ' ';
    } else if (code != "H" && code != "N" && code != "C2842") {  // highlighting, and ASCII, show nothing
      out += message.escape;
      out.append(code);
      out += message.escape;
    }
  }

  std::string text_;
  Charset charset_;
  std::vector<Message> messages_;
  std::vector<Record> records_;
};

}  // namespace

Result<Path> compile_hl7_path(std::string_view text) {
  Path path;
  path.text = std::string(text);
  std::size_t at = 0;
  while (at < text.size() && at < 3 &&
         ((text[at] >= 'A' && text[at] <= 'Z') || (at > 0 && text[at] >= '0' && text[at] <= '9')))
    ++at;
  if (at != 3) return wrong(0, "a path of HL7 begins with a segment: PID-3.1");
  path.segment = std::string(text.substr(0, 3));
  if (at < text.size() && text[at] == '[')
    if (auto error = read_choice(text, at, path.of_segments)) return *error;
  if (at >= text.size() || text[at] != '-') return wrong(at, "expected '-' and a field number: PID-3.1");
  if (text.substr(at + 1) == "0") {  // the segment's own name: whether it is there
    path.field = 0;
    return path;
  }
  auto field = read_number(text, ++at);
  if (!field) return wrong(at, "the field number is missing: PID-3.1");
  path.field = *field;
  if (at < text.size() && text[at] == '[')
    if (auto error = read_choice(text, at, path.of_repetitions)) return *error;
  for (auto* target : {&path.component, &path.subcomponent}) {
    if (at == text.size()) return path;
    if (text[at] != '.') return wrong(at, "expected '.' and a component number");
    auto number = read_number(text, ++at);
    if (!number) return wrong(at, "a number is missing after the dot");
    *target = *number;
  }
  if (at != text.size()) return wrong(at, "nothing follows the subcomponent");
  return path;
}

Result<std::unique_ptr<Document>> open_hl7(std::string text, Charset charset) {
  auto document = std::make_unique<Hl7Document>(std::move(text), charset);
  if (auto error = document->parse()) return *error;
  return std::unique_ptr<Document>(std::move(document));
}

}  // namespace kinhub
