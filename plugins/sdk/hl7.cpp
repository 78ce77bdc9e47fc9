#include "plugins/sdk/hl7.hpp"

#include <algorithm>
#include <cctype>

#include "hub/base/find_any.hpp"
#include "hub/base/hl7_lines.hpp"
#include "hub/base/key_beside.hpp"
#include "plugins/sdk/agency_time.hpp"

namespace kinhub::sdk {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr char start_byte = '\x0B', end_byte = '\x1C';
constexpr std::size_t kept_of_too_large = 4u << 10, kept_of_no_message = 64u << 10;

bool is_batch_segment(std::string_view line) {
  return line.starts_with("FHS") || line.starts_with("BHS") || line.starts_with("BTS") ||
         line.starts_with("FTS");
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(std::string_view(" \t\r\n\0", 5)) == npos;
}

/// The first line of a message, without its break.
std::string_view first_line(std::string_view message) {
  return message.substr(0, find_any<'\r', '\n'>(message));
}

constexpr std::string_view utf8_mark = "\xEF\xBB\xBF";

/// Bytes in front of a line that belong to none: NUL that pads, byte order marks of files put together.
std::size_t padding(std::string_view bytes) {
  std::size_t at = 0;
  for (;;) {
    if (bytes.substr(at).starts_with('\0'))
      ++at;
    else if (bytes.substr(at).starts_with(utf8_mark))
      at += utf8_mark.size();
    else
      return at;
  }
}

/// Whether the byte at `at` frames a message, and is not a part of its text.
bool is_framing(std::string_view bytes, std::size_t at) {
  const auto behind = bytes.substr(at + 1);
  if (bytes[at] == end_byte)
    return behind.empty() || behind.front() == '\r' || behind.front() == '\n' || behind.front() == start_byte;
  const char before = at == 0 ? '\n' : bytes[at - 1];
  return before == '\r' || before == '\n' || before == end_byte || before == start_byte || before == '\0' ||
         behind.starts_with("MSH");
}

class Cutter {
 public:
  Cutter(std::string_view bytes, CutLimits limits) : bytes_(bytes), places_(bytes), limits_(limits) {}

  std::vector<Record> cut() {
    for (std::size_t at = 0; at <= bytes_.size();) {
      auto end = find_any<start_byte, end_byte>(bytes_, at);
      while (end != npos && !is_framing(bytes_, end))
        end = find_any<start_byte, end_byte>(bytes_, end + 1);
      end = std::min(end, bytes_.size());
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
    for (Hl7Lines lines(chunk, at); !lines.ended();) {
      lines.skip(padding(chunk.substr(lines.at())));
      if (lines.ended()) break;
      const auto where = lines.at();
      take(lines.next(), where);
    }
    close();
  }

  void take(std::string_view line, std::size_t at) {
    if (is_blank(line)) {
      blank_seen_ = state_ == State::message;
    } else if (line.starts_with("MSH") && without_line_break(line).size() > 3) {
      close();
      open(State::message, at, at + line.size());
      ++messages_in_batch_;
    } else if (is_batch_segment(line)) {
      close();
      count(line, at);
    } else {
      if (state_ == State::nothing) open(State::garbage, at, at);
      blank_inside_ = blank_inside_ || blank_seen_;
      end_ = at + line.size();
    }
  }

  // A trailer says how many messages (BTS) or batches (FTS) there are.
  void count(std::string_view line, std::size_t at) {
    auto& counted = line.starts_with("BTS") ? messages_in_batch_ : batches_;
    if (line.starts_with("BHS")) ++batches_, messages_in_batch_ = 0;
    if (!line.starts_with("BTS") && !line.starts_with("FTS")) return;
    const auto said =
        line.size() > 4 ? without_line_break(line.substr(4, line.find(line[3], 4) - 4)) : line.substr(0, 0);
    const bool number = !said.empty() && said.size() < 10 && said.find_first_not_of("0123456789") == npos;
    const bool no_batches = line.starts_with("FTS") && batches_ == 0;  // a file may do without them
    if (number && !no_batches && std::stoul(std::string(said)) != counted)
      add(without_line_break(line),
          Error{"HL7_BATCH_COUNT",
                "the trailer says " + std::string(said) +
                    (line.starts_with("BTS") ? " messages" : " batches") + ", there are " +
                    std::to_string(counted) + ": the file was cut; ask for it again",
                places_.at(at)});
    counted = 0;
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
  std::size_t messages_in_batch_ = 0, batches_ = 0;
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
  const auto line = first_line(message);
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
  const auto asked = [&](std::size_t number) {
    const auto value = field(number);
    return value == "\"\"" ? std::string_view{} : value;
  };
  header.accept_ack = asked(15);
  header.application_ack = asked(16);
  // Repetitions name further charsets of ISO 2022 switching; the first is the message's own.
  header.charset =
      split_characters(header.charset, header.encoding.size() > 1 ? header.encoding[1] : '~').front();
  return header;
}

std::string hl7_patient_key(std::string_view message, const Hl7Header& header) {
  std::string_view patient;
  for (Hl7Lines lines(message); patient.empty() && !lines.ended();) {
    const auto line = without_line_break(lines.next());
    if (line.starts_with("PID") && begins_hl7_segment(line, header.separator)) patient = line;
  }
  const auto fields = split_characters(patient, header.separator);
  if (fields.size() < 4) return {};
  const char repeat = header.encoding.size() > 1 ? header.encoding[1] : '~';
  std::string_view chart;
  int best = 0;  // by its type: the internal number, a medical record, the first of all
  for (const auto identifier : split_characters(fields[3], repeat)) {
    const auto value = component(identifier, header.encoding, 0),
               type = component(identifier, header.encoding, 4);
    const int rank = type == "PI" ? 3 : type == "MR" ? 2 : 1;
    if (!value.empty() && rank > best) best = rank, chart = value;
  }
  if (chart.empty()) return {};
  const auto facility = component(header.sending_facility, header.encoding, 0);
  const auto application = component(header.sending_application, header.encoding, 0);
  auto key = std::string(facility.empty() ? application : facility).append("|").append(chart);
  const auto type = component(header.type, header.encoding, 0);
  if (type.starts_with("Z"))
    key.append("|").append(type);
  else if (type != "ADT")
    key.append(key_beside_mark);
  return key;
}

std::string blank_hl7(std::string_view message, std::span<const std::string> segments) {
  std::string text;
  text.reserve(message.size());
  const char separator = message.starts_with("MSH") && message.size() > 3 ? message[3] : '|';
  bool emptying = false;  // lines that are no segment belong to the text of the one before
  for (Hl7Lines lines(message); !lines.ended();) {
    const auto line = lines.next();
    const auto content = without_line_break(line);
    const auto start = std::min(content.find_first_not_of(" \t"), content.size());
    const auto named = [&](const std::string& name) {
      const auto rest = content.substr(start);
      return rest.size() > name.size() &&
             std::equal(name.begin(), name.end(), rest.begin(),
                        [](char wanted, char c) { return wanted == (c >= 'a' && c <= 'z' ? c - 32 : c); }) &&
             std::isalnum(static_cast<unsigned char>(rest[name.size()])) == 0;
    };
    const auto found = std::find_if(segments.begin(), segments.end(), named);
    if (found != segments.end()) {
      emptying = true;
      text.append(content.substr(0, start + found->size() + 1)).append(line.substr(content.size()));
    } else if (!emptying || begins_hl7_segment(content.substr(start), separator)) {
      emptying = false;
      text.append(line);
    }
  }
  return text;
}

std::string_view hl7_ack_code(const Hl7Header& header, Hl7Verdict verdict) {
  const bool taken = verdict == Hl7Verdict::taken;
  const auto asks = [&](std::string_view condition) {
    return condition == "AL" || (condition == "ER" && !taken) || (condition == "SU" && taken);
  };
  const bool original = header.accept_ack.empty() && header.application_ack.empty();
  const bool accept = !original && asks(header.accept_ack);
  if (!original && !accept && !asks(header.application_ack)) return {};
  switch (verdict) {
    case Hl7Verdict::taken:
      return accept ? "CA" : "AA";
    case Hl7Verdict::wrong:
      return accept ? "CE" : "AE";
    case Hl7Verdict::unusable:
      return accept ? "CR" : "AR";
    case Hl7Verdict::not_now:
      return accept ? "CE" : "AR";
  }
  return {};
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
  if (refusal == nullptr) return text + join({"MSA", code, header.control_id});
  std::string why(refusal->text);
  std::replace(why.begin(), why.end(), bar, ' ');
  const auto condition = [&](char between) {
    return std::string(refusal->condition) + between + std::string(refusal->condition_text) + between +
           "HL70357";
  };
  if (version < "2.5") {
    const char ampersand = header.encoding.size() > 3 ? header.encoding[3] : '&';
    text += join({"MSA", code, header.control_id, why});
    return text + join({"ERR", std::string(3, caret) + condition(ampersand)});
  }
  text += join({"MSA", code, header.control_id});
  return text + join({"ERR", "", "", condition(caret), "E", "", "", "", why});
}

std::string mllp_frame(std::string_view message) {
  std::string frame(1, start_byte);
  return frame.append(message).append(1, end_byte).append(1, '\r');
}

void MllpDecoder::feed(std::string_view bytes) {
  while (!bytes.empty())
    bytes.remove_prefix(state_ == State::inside ? take_inside(bytes) : take_outside(bytes));
}

// Between frames, or behind what was refused: everything up to the next start byte.
std::size_t MllpDecoder::take_outside(std::string_view bytes) {
  if (bytes.front() == start_byte) {
    begin();
    return 1;
  }
  const auto run = bytes.substr(0, find_any<start_byte>(bytes));
  if (state_ == State::skipping) return run.size();
  const std::string_view passed_over("\0 \t\r\n\x1C\xEF\xBB\xBF", 9);
  const auto text = bytes_.empty() ? std::min(run.find_first_not_of(passed_over), run.size()) : 0;
  pass_over(text);
  if (state_ == State::outside) append(run.substr(text));
  return run.size();
}

std::size_t MllpDecoder::take_inside(std::string_view bytes) {
  if (end_begun_) {
    end_begun_ = false;
    if (bytes.front() == '\r') {
      end();
      return 1;
    }
    append(std::string_view(&end_byte, 1));
    return 0;
  }
  if (bytes_.empty() && bytes.front() == start_byte) {
    pass_over(1);
    return 1;
  }
  const auto run = bytes.substr(0, find_any<end_byte>(bytes));
  append(run);
  if (run.size() == bytes.size()) return run.size();
  end_begun_ = state_ == State::inside;
  return run.size() + 1;
}

// A start byte. What stands before it was no frame; only what may be a message is told of.
void MllpDecoder::begin() {
  if (state_ == State::outside && !bytes_.empty()) {
    if (bytes_.find("MSH") != npos)
      complete(MllpFrame::Kind::no_start);
    else
      pass_over(bytes_.size()), bytes_.clear();
  }
  end_begun_ = false;
  if (noise_ <= noise_bytes_max) state_ = State::inside;
}

void MllpDecoder::end() {
  state_ = State::outside;
  if (bytes_.find_first_not_of(std::string_view("\0 \t\r\n", 5)) == npos) {
    pass_over(bytes_.size() + 3);
    bytes_.clear();
    return;
  }
  // A message that began while the one before it had not ended.
  const auto again = bytes_.rfind("\x0BMSH");
  if (again != npos) {
    auto last = bytes_.substr(again + 1);
    bytes_.resize(again);
    complete(MllpFrame::Kind::no_end);
    bytes_ = std::move(last);
  }
  noise_ = 0;
  complete(MllpFrame::Kind::message);
}

void MllpDecoder::append(std::string_view run) {
  const auto room = message_bytes_max_ - bytes_.size();
  bytes_.append(run.substr(0, room));
  if (run.size() <= room) return;
  complete(state_ == State::inside ? MllpFrame::Kind::too_large : MllpFrame::Kind::no_start);
  state_ = State::skipping;
}

void MllpDecoder::pass_over(std::size_t count) {
  const bool bearable = noise_ <= noise_bytes_max;
  noise_ += count;
  if (!bearable || noise_ <= noise_bytes_max) return;
  bytes_.clear();
  complete(MllpFrame::Kind::noise);
  state_ = State::skipping;
}

void MllpDecoder::complete(MllpFrame::Kind kind) {
  if (kind == MllpFrame::Kind::too_large) bytes_.resize(std::min(bytes_.size(), kept_of_too_large));
  if (kind != MllpFrame::Kind::message) bytes_.resize(std::min(bytes_.size(), kept_of_no_message));
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
  if (bytes_.empty()) return std::nullopt;
  const auto kind = state_ == State::inside ? MllpFrame::Kind::no_end : MllpFrame::Kind::no_start;
  complete(kind);
  state_ = State::outside;
  return next();
}

}  // namespace kinhub::sdk
