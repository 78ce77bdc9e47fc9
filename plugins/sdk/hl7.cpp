#include "plugins/sdk/hl7.hpp"

#include <algorithm>
#include <cctype>

#include "hub/base/find_any.hpp"
#include "plugins/sdk/agency_time.hpp"

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr char start_byte = '\x0B', end_byte = '\x1C';

bool is_batch_segment(std::string_view line) {
  return line.starts_with("FHS") || line.starts_with("BHS") || line.starts_with("BTS") ||
         line.starts_with("FTS");
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\n") == npos;
}

/// A line with its break: "\r", "\n" or "\r\n".
std::string_view line_at(std::string_view bytes, std::size_t at) {
  auto end = at;
  while (end < bytes.size() && bytes[end] != '\r' && bytes[end] != '\n')
    ++end;
  if (end == bytes.size()) return bytes.substr(at);
  end += bytes.substr(end).starts_with("\r\n") ? 2 : 1;
  return bytes.substr(at, end - at);
}

std::string_view without_break(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
    line.remove_suffix(1);
  return line;
}

class Cutter {
 public:
  Cutter(std::string_view bytes, CutLimits limits) : bytes_(bytes), places_(bytes), limits_(limits) {}

  std::vector<Record> cut() {
    std::size_t at = bytes_.size() - skip_utf8_mark(bytes_).size();
    while (at <= bytes_.size()) {
      const auto end = std::min(find_any<'\x0B', '\x1C'>(bytes_, at), bytes_.size());
      cut_chunk(at, end);
      at = end + 1;
    }
    if (pieces_.empty())
      add(bytes_, Error{"HL7_NO_MSH", "no message: there is no segment MSH", places_.at(0)});
    return std::move(pieces_);
  }

 private:
  enum class State { nothing, garbage, message };

  // What stands between two framing bytes, or the whole file.
  void cut_chunk(std::size_t at, std::size_t end) {
    const auto chunk = bytes_.substr(0, end);
    begin_ = end_ = at;
    while (at < end) {
      const auto line = line_at(chunk, at);
      take(line, at);
      at += line.size();
    }
    close();
  }

  void take(std::string_view line, std::size_t at) {
    if (is_blank(line)) {
      blank_seen_ = state_ == State::message;
    } else if (line.starts_with("MSH") && without_break(line).size() > 3) {
      close();
      open(State::message, at, at + line.size());
    } else if (is_batch_segment(line)) {
      close();
    } else {
      if (state_ == State::nothing) open(State::garbage, at, at);
      blank_inside_ = blank_inside_ || blank_seen_;
      end_ = at + line.size();
    }
  }

  void open(State state, std::size_t begin, std::size_t end) {
    state_ = state;
    begin_ = begin;
    end_ = end;
  }

  void close() {
    const auto piece = bytes_.substr(begin_, end_ - begin_);
    if (state_ == State::garbage) {
      add(piece, Error{"HL7_NO_MSH",
                       "segments without a segment MSH before them; first bytes " + first_bytes_hex(piece),
                       places_.at(begin_)});
    } else if (state_ == State::message && blank_inside_) {
      add(piece,
          Error{"HL7_BLANK_LINE", "an empty line inside: the segments after it may belong to another message",
                places_.at(begin_)});
    } else if (state_ == State::message && piece.size() > limits_.record_bytes_max) {
      add(piece, Error{"HL7_TOO_LARGE",
                       "the message is larger than " + std::to_string(limits_.record_bytes_max) + " bytes",
                       places_.at(begin_)});
    } else if (state_ == State::message) {
      add(piece, std::nullopt);
    }
    state_ = State::nothing;
    blank_seen_ = blank_inside_ = false;
  }

  void add(std::string_view piece, std::optional<Error> error) {
    pieces_.push_back({piece, std::move(error)});
  }

  std::string_view bytes_;
  Places places_;
  CutLimits limits_;
  State state_ = State::nothing;
  bool blank_seen_ = false, blank_inside_ = false;
  std::size_t begin_ = 0, end_ = 0;
  std::vector<Record> pieces_;
};

// Splits at the separator, going by characters: in UTF-8 no byte of one equals it,
// in GB18030 a second byte may.
std::vector<std::string_view> split_characters(std::string_view text, char separator) {
  const bool utf8 = find_not_utf8(text) == npos;
  std::vector<std::string_view> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (!utf8 && c >= 0x81U && c <= 0xFEU && i + 1 < text.size() &&
        static_cast<unsigned char>(text[i + 1]) >= 0x30U) {
      ++i;
    } else if (text[i] == separator) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string_view component(std::string_view field, std::string_view encoding, std::size_t index) {
  const auto parts = split_characters(field, encoding.empty() ? '^' : encoding[0]);
  return index < parts.size() ? parts[index] : std::string_view{};
}

}  // namespace

std::vector<Record> cut_hl7(std::string_view bytes, CutLimits limits) {
  return Cutter(bytes, limits).cut();
}

std::string_view Hl7Header::trigger() const {
  return component(type, encoding, 1);
}

std::optional<Hl7Header> read_hl7_header(std::string_view message) {
  const auto line = without_break(line_at(message, 0));
  if (!line.starts_with("MSH") || line.size() < 4) return std::nullopt;
  Hl7Header header;
  header.separator = line[3];
  const auto fields = split_characters(line, header.separator);
  const auto field = [&](std::size_t number) {
    return number - 1 < fields.size() ? fields[number - 1] : std::string_view{};
  };
  header.encoding = field(2);
  header.sending_application = field(3);
  header.sending_facility = field(4);
  header.receiving_application = field(5);
  header.receiving_facility = field(6);
  header.time = field(7);
  header.type = field(9);
  header.control_id = field(10);
  header.processing_id = field(11);
  header.version = component(field(12), header.encoding, 0);
  header.charset = field(18);
  // Repetitions name further charsets of ISO 2022 switching; the first is the message's own.
  header.charset =
      split_characters(header.charset, header.encoding.size() > 1 ? header.encoding[1] : '~').front();
  return header;
}

std::string blank_hl7(std::string_view message, std::span<const std::string> segments) {
  std::string text;
  text.reserve(message.size());
  for (std::size_t at = 0; at < message.size();) {
    const auto line = line_at(message, at);
    at += line.size();
    const auto content = without_break(line);
    const auto named = [&](const std::string& name) {
      return content.size() > name.size() && content.starts_with(name) &&
             std::isalnum(static_cast<unsigned char>(content[name.size()])) == 0;
    };
    const auto found = std::find_if(segments.begin(), segments.end(), named);
    if (found == segments.end()) {
      text.append(line);
    } else {
      text.append(content.substr(0, found->size() + 1)).append(line.substr(content.size()));
    }
  }
  return text;
}

std::string hl7_ack(const Hl7Header& header, std::string_view code, std::int64_t now_us,
                    std::string_view own_control_id, const Hl7Refusal* refusal) {
  const char bar = header.separator;
  const char caret = header.encoding.empty() ? '^' : header.encoding[0];
  const std::string encoding(header.encoding.empty() ? std::string_view("^~\\&") : header.encoding);
  const std::string version(header.version.empty() ? std::string_view("2.5.1") : header.version);
  std::string type = "ACK";
  if (version >= "2.4" && !header.trigger().empty())
    type.append(1, caret).append(header.trigger()).append(1, caret).append("ACK");
  const auto join = [&](std::initializer_list<std::string_view> fields) {
    std::string line;
    for (const auto field : fields)
      line.append(field).append(1, bar);
    while (line.ends_with(bar))
      line.pop_back();
    return line + '\r';
  };
  const auto time = local_text(now_us) + "+0800";
  const auto processing = header.processing_id.empty() ? std::string_view("P") : header.processing_id;
  auto text = join({"MSH", encoding, header.receiving_application, header.receiving_facility,
                    header.sending_application, header.sending_facility, time, "", type, own_control_id,
                    processing, version, "", "", "", "", "", header.charset});
  text += join({"MSA", code, header.control_id});
  if (refusal != nullptr) {
    const auto condition =
        std::string(refusal->condition) + caret + std::string(refusal->condition_text) + caret + "HL70357";
    text += join({"ERR", "", "", condition, "E", "", "", "", refusal->text});
  }
  return text;
}

std::string mllp_frame(std::string_view message) {
  std::string frame(1, start_byte);
  return frame.append(message).append(1, end_byte).append(1, '\r');
}

void MllpDecoder::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto run = std::min(find_any<'\x0B', '\x1C'>(bytes), bytes.size());
    take_run(bytes.substr(0, run));
    if (run < bytes.size()) take_mark(bytes[run]);
    bytes.remove_prefix(std::min(run + 1, bytes.size()));
  }
}

// Bytes without a framing byte among them.
void MllpDecoder::take_run(std::string_view run) {
  if (state_ == State::outside && bytes_.empty())
    run.remove_prefix(std::min(run.find_first_not_of("\r\n"), run.size()));
  if (state_ == State::skipping || run.empty()) return;
  const auto room = message_bytes_max_ - bytes_.size();
  bytes_.append(run.substr(0, room));
  if (run.size() <= room) return;
  complete(MllpFrame::Kind::too_large);
  state_ = State::skipping;
}

void MllpDecoder::take_mark(char mark) {
  if (state_ == State::inside)
    complete(mark == end_byte ? MllpFrame::Kind::message : MllpFrame::Kind::no_end);
  if (state_ == State::outside && !bytes_.empty()) complete(MllpFrame::Kind::no_start);
  state_ = mark == start_byte ? State::inside : State::outside;
}

void MllpDecoder::complete(MllpFrame::Kind kind) {
  frames_.push_back({kind, std::move(bytes_)});
  bytes_.clear();
}

std::optional<MllpFrame> MllpDecoder::next() {
  if (frames_.empty()) return std::nullopt;
  auto frame = std::move(frames_.front());
  frames_.pop_front();
  return frame;
}

std::optional<MllpFrame> MllpDecoder::finish() {
  if (auto frame = next()) return frame;
  if (!unfinished()) return std::nullopt;
  const auto kind = state_ == State::inside ? MllpFrame::Kind::no_end : MllpFrame::Kind::no_start;
  complete(kind);
  state_ = State::outside;
  return next();
}

}  // namespace kinhub::sdk
