// Hospitals: HL7 v2 pushed over MLLP and acknowledged once it is durable,
// and daily death certificates as CSV files.

#include <algorithm>
#include <array>
#include <cctype>
#include <deque>
#include <exception>
#include <functional>
#include <set>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_csv.hpp"
#include "plugins/sdk/folder_config.hpp"
#include "plugins/sdk/hl7.hpp"
#include "plugins/sdk/mllp_server.hpp"

namespace kinhub {
namespace {

using namespace sdk;

constexpr std::size_t refused_bytes_max = 64u << 10;  // of what is refused and will be sent again
constexpr std::string_view hl7_content_type = "x-application/hl7-v2+er7";

/// Why a message that is not meant for real people is set aside; nothing: it is meant so (P, or an old HIS
/// says nothing).
std::optional<Error> wrong_processing_id(const Hl7Header& header) {
  const auto id = header.processing_id.substr(0, header.processing_id.find(header.component_separator()));
  if (id.empty() || id == "P" || id == "p") return std::nullopt;
  const bool known = id == "T" || id == "D" || id == "t" || id == "d";
  return Error{
      "HL7_PROCESSING_ID",
      known ? "a message for training or debugging (MSH-11 is T or D): if this source is a test system "
              "itself, set "
              "test_messages"
            : "MSH-11 is none of P, T, D: ask the sender whether this is a message about a real patient",
      "MSH-11"};
}

/// Captured files of HL7 messages.
class Hl7File final : public FileFormat {
 public:
  /// `charset` overrides what MSH-18 declares; `blanked` names the segments that are not carried further; of
  /// a test system messages for training and debugging are taken.
  Hl7File(std::string charset, std::vector<std::string> blanked, bool test_messages)
      : charset_(std::move(charset)), blanked_(std::move(blanked)), test_messages_(test_messages) {}

  std::string_view content_type() const override { return hl7_content_type; }
  Result<Cut> cut(std::string_view bytes) const override {
    auto messages = cut_hl7(bytes);
    for (auto& message : messages)
      if (const auto header = read_hl7_header(message.bytes); header && !message.error)
        message.error = not_meant(*header);
    return Cut{{}, {}, std::move(messages), {}};
  }
  std::optional<Error> not_meant(const Hl7Header& header) const {
    return test_messages_ ? std::nullopt : wrong_processing_id(header);
  }

  std::string charset(const Cut& cut, std::size_t index) const override {
    const auto header = read_hl7_header(cut.records[index].bytes);
    return header ? charset_of(*header) : charset_;
  }
  std::string charset_of(const Hl7Header& header) const {
    return charset_.empty() ? std::string(header.charset) : charset_;
  }

  std::string body(const Cut& cut, std::size_t index) const override {
    return carried(cut.records[index].bytes);
  }
  std::string carried(std::string_view message) const { return blank_hl7(message, blanked_); }

  std::string key(const Cut& cut, std::size_t index) const override {
    const auto header = read_hl7_header(cut.records[index].bytes);
    return header ? hl7_patient_key(cut.records[index].bytes, *header) : std::string();
  }
  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    const auto header = read_hl7_header(cut.records[index].bytes);
    return header ? local_time_us(header->time) : std::nullopt;
  }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }

 private:
  std::string charset_;
  std::vector<std::string> blanked_;
  bool test_messages_;
};

/// Daily death certificates. Causes of death (A_ to D_, GBSY_: names and ICD codes) are emptied.
class CertificateFile final : public FileFormat {
 public:
  explicit CertificateFile(std::string charset) : charset_(std::move(charset)) {}

  std::string_view content_type() const override { return "text/csv"; }
  Result<Cut> cut(std::string_view bytes) const override {
    auto cut = cut_csv(bytes);
    if (!cut || !cut->records.empty()) return cut;
    if (auto error = no_header(*cut, bytes)) return *error;
    return cut;
  }

  std::string charset(const Cut& cut, std::size_t) const override {
    return cut.charset.empty() ? charset_ : std::string(cut.charset);
  }

  std::string body(const Cut& cut, std::size_t index) const override {
    const auto names = columns(cut);
    std::vector<bool> causes;
    std::transform(names.begin(), names.end(), std::back_inserter(causes), is_cause);
    return std::string(cut.head).append(blank_csv(cut.records[index].bytes, causes));
  }

  std::string key(const Cut& cut, std::size_t index) const override {
    const auto issuer = field(cut, index, "QFJG_USCC"), number = field(cut, index, "DEATHCERT_NO");
    return issuer.empty() && number.empty() ? std::string() : issuer + "|" + number;
  }
  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    return local_time_us(field(cut, index, "GXSJ"));
  }
  /// The day in the file's name tells it.
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }

 private:
  /// Why a file of one line is no empty delivery: the line may be a certificate that lost its header. Where
  /// rows follow, the mapping judges the header with each of them.
  std::optional<Error> no_header(const Cut& cut, std::string_view bytes) const {
    static constexpr std::array<std::string_view, 7> needed{"DEATHCERT_NO", "ZJHM", "SWSJ", "QFJG_USCC",
                                                            "QFRQ",         "ZT",   "GXSJ"};
    const auto names = columns(cut);
    std::string missing;
    for (const auto column : needed)
      if (std::find(names.begin(), names.end(), column) == names.end())
        missing.append(missing.empty() ? "" : ", ").append(column);
    if (missing.empty()) return std::nullopt;
    return Error{"CSV_NO_HEADER",
                 "the only line of the file is no header of death certificates, it lacks " + missing +
                     ": ask for the file again, with the names of its columns in the first line",
                 Places(bytes).at(static_cast<std::size_t>(cut.head.data() - bytes.data()))};
  }

  // The names as the mapping reads them, so that no column escapes by a blank before its name.
  std::vector<std::string> columns(const Cut& cut) const {
    return csv_columns(cut.head, charset(cut, 0) == "UTF-8" ? BlankCoding::utf8 : BlankCoding::gb18030);
  }
  static bool is_cause(std::string column) {
    static constexpr std::array<std::string_view, 5> lines{"A_", "B_", "C_", "D_", "GBSY_"};
    for (char& c : column)
      c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return std::any_of(lines.begin(), lines.end(), [&](auto line) { return column.starts_with(line); }) ||
           column.ends_with("_ICD");
  }
  std::string field(const Cut& cut, std::size_t index, std::string_view column) const {
    const auto names = columns(cut);
    const auto fields = csv_fields(cut.records[index].bytes);
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), column) - names.begin());
    return at < names.size() && at < fields.size() ? std::string(without_blanks(csv_text(fields[at])))
                                                   : std::string();
  }

  std::string charset_;
};

/// Why a frame is not taken: what quarantine is told, and what the hospital is.
struct Refusal {
  Error error;
  Hl7Verdict verdict;
  std::string_view condition, condition_text;  ///< HL7 table 0357
};

/// A frame looked at: the message in it, and why it is refused, if it is.
struct Look {
  std::string_view message;
  std::optional<Hl7Header> header;
  std::optional<Refusal> refusal;
};

std::optional<Refusal> refusal_of(const MllpArrival& arrival) {
  const auto unusable = [&](const char* code, const std::string& text) {
    return Refusal{{code, text + "; first bytes " + first_bytes_hex(arrival.frame.bytes), "byte 1"},
                   Hl7Verdict::unusable,
                   "100",
                   "Segment sequence error"};
  };
  switch (arrival.frame.kind) {
    case MllpFrame::Kind::no_start:
      return unusable("MLLP_NO_START", "no start byte 0B before the message: set the sender to MLLP framing");
    case MllpFrame::Kind::too_large:
      return unusable("MLLP_TOO_LARGE",
                      "the message is larger than message_bytes_max; its first 4 KiB are kept here");
    case MllpFrame::Kind::noise:
      return unusable("MLLP_NOISE", "thousands of bytes without a message: set the sender to MLLP framing");
    case MllpFrame::Kind::no_end:
      return arrival.timed_out
                 ? unusable("MLLP_TIMEOUT", "the end of the message, 1C 0D, did not come in time")
                 : unusable("MLLP_NO_END", "the message broke off before its end bytes 1C 0D");
    case MllpFrame::Kind::message:
      break;
  }
  return std::nullopt;
}

Refusal field_missing(const char* code, const char* text, const char* place) {
  return {{code, text, place}, Hl7Verdict::wrong, "101", "Required field missing"};
}

/// What a frame holds is read as a captured file is: a mark, empty lines and batch segments are passed over.
Look look_at(const MllpArrival& arrival, const Hl7File& messages) {
  const std::string_view bytes = arrival.frame.bytes;
  Look look{bytes, read_hl7_header(bytes), refusal_of(arrival)};
  if (look.refusal) return look;
  const auto pieces = cut_hl7(bytes);
  std::size_t found = 0;
  for (const auto& piece : pieces)
    if (auto header = read_hl7_header(piece.bytes); header && ++found == 1)
      look.header = header, look.message = piece.bytes;
  const auto wrong =
      std::find_if(pieces.begin(), pieces.end(), [](const auto& piece) { return piece.error; });
  if (found == 0) {
    look.refusal = Refusal{
        {"HL7_NO_MSH", "the message does not begin with a segment MSH; first bytes " + first_bytes_hex(bytes),
         "byte 1"},
        Hl7Verdict::unusable,
        "100",
        "Segment sequence error"};
  } else if (found > 1) {
    look.refusal = Refusal{
        {"HL7_SEVERAL_MESSAGES",
         "one frame holds " + std::to_string(found) + " messages; first bytes " + first_bytes_hex(bytes),
         "message 2"},
        Hl7Verdict::unusable,
        "100",
        "Segment sequence error"};
  } else if (wrong != pieces.end()) {
    look.refusal = Refusal{*wrong->error, Hl7Verdict::wrong, "100", "Segment sequence error"};
  } else if (look.header->type.empty()) {
    look.refusal = field_missing("HL7_NO_TYPE", "MSH-9 is empty: the message has no type", "MSH-9");
  } else if (look.header->control_id.empty()) {
    look.refusal =
        field_missing("HL7_NO_CONTROL_ID", "MSH-10 is empty: the message cannot be acknowledged", "MSH-10");
  } else if (auto error = messages.not_meant(*look.header)) {
    look.refusal = Refusal{std::move(*error), Hl7Verdict::unusable, "202", "Unsupported processing id"};
  }
  if (look.refusal) look.message = bytes;
  return look;
}

/// Bounded memory of what was refused, so that a sender that tries again and again is logged once.
class Refused {
 public:
  static std::size_t digest_of(std::string_view code, std::string_view bytes) {
    return std::hash<std::string>()(std::string(code).append(bytes));
  }
  bool knows(std::size_t digest) const {
    return std::find(recent_.begin(), recent_.end(), digest) != recent_.end();
  }
  void remember(std::size_t digest) {
    if (recent_.size() == recent_max) recent_.pop_front();
    recent_.push_back(digest);
  }

 private:
  static constexpr std::size_t recent_max = 256;
  std::deque<std::size_t> recent_;
};

class HospitalHis final : public Connector {
 public:
  HospitalHis(Host& host, const Config& config)
      : host_(host),
        folders_(config, {".csv", ".CSV"}),
        messages_(config.charset("charset"), config.texts("blank_segments", {"DG1", "DRG", "PDA", "PRB"}),
                  config.flag("test_messages", false)),
        certificates_(config.charset("csv_charset", "GB18030")),
        inbox_(folders_.inbox),
        listening_(config.flag("mllp", true)),
        next_control_id_(static_cast<std::uint32_t>(host.now_us() / 1000)) {
    using std::chrono::seconds;
    mllp_.host = config.text("host", "127.0.0.1");
    mllp_.port = static_cast<std::uint16_t>(config.integer("port", 2575, 0, 65535));
    mllp_.connections_max = static_cast<std::size_t>(config.integer("connections_max", 64, 1, 1024));
    mllp_.message_bytes_max =
        static_cast<std::size_t>(config.integer("message_bytes_max", 4 << 20, 1024, 16 << 20));
    mllp_.idle_timeout = seconds{config.integer("idle_seconds", 600, 1, 86400)};
    mllp_.frame_timeout = seconds{config.integer("frame_seconds", 30, 1, 3600)};
  }

  void poll(std::string_view position, std::chrono::milliseconds timeout) override {
    if (!listening_ && folders_.inbox.folder.empty())
      throw Fatal("configuration: neither 'mllp' nor 'inbox': there is nothing this source could read");
    if (listening_ && !server_) listen();
    using std::chrono::milliseconds;
    const auto until = std::chrono::steady_clock::now() + timeout;
    auto left = timeout;
    // Hospitals wait for their answer: they are served between two files,
    // and also when the folder is out of reach.
    std::exception_ptr trouble;
    do {
      bool more = false;
      if (!folders_.inbox.folder.empty() && !trouble) {
        try {
          more = inbox_.step(host_, position, certificates_);
          position = inbox_.position();
        } catch (const HostDeclined& refusal) {
          // The log is away: hospitals are told so for the rest of this call.
          if (refusal.status != KINHUB_RETRY || !listening_) throw;
          trouble = std::current_exception();
        } catch (...) {
          trouble = std::current_exception();
        }
      }
      const auto pause = more ? milliseconds{0} : std::min(left, milliseconds{100});
      if (server_) {
        serve(pause);
      } else {
        host_.wait(pause);
      }
      left = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    } while (!host_.stop_requested() && left > left.zero());
    if (trouble) std::rethrow_exception(trouble);
  }

  void snapshot(std::string_view cursor) override {
    read_snapshot(host_, folders_.wanted_snapshot(), cursor, certificates_);
  }

  void read_capture(std::string_view origin, std::string_view bytes) override {
    if (begins_like_csv(bytes)) {
      emit_capture(host_, certificates_, origin, bytes);
    } else {
      emit_capture(host_, messages_, origin, bytes);
    }
  }

 private:
  void listen() {
    server_ = std::make_unique<MllpServer>(mllp_);
    host_.log(KINHUB_LOG_INFO, "listening for MLLP on " + mllp_.host + ":" + std::to_string(server_->port()));
  }

  void serve(std::chrono::milliseconds timeout) {
    kinhub_status declined = KINHUB_OK;
    server_->serve(timeout,
                   [&](const std::vector<MllpArrival>& arrivals) { return answer(arrivals, declined); });
    for (const auto& note : server_->notes())
      tell(note);
    // A log that is away for a while closes no port: whoever sends is answered "not now".
    if (declined != KINHUB_OK && declined != KINHUB_RETRY) throw HostDeclined{declined};
  }

  void tell(const MllpNote& note) {
    const auto all =
        "all " + std::to_string(mllp_.connections_max) + " connections (connections_max) are taken: ";
    if (note.kind == MllpNote::Kind::displaced) {
      host_.metric("mllp_connections_displaced", 1);
      host_.log(KINHUB_LOG_WARNING,
                all + "the one of " + note.peer + ", silent for longest, was closed for a new one");
    } else {
      host_.metric("mllp_connections_waiting", 1);
      host_.log(KINHUB_LOG_WARNING, all + "a further sender waits, and none of them is idle");
    }
  }

  // Gives all frames to the host, makes them durable in one go, and only then answers.
  std::vector<MllpReply> answer(const std::vector<MllpArrival>& arrivals, kinhub_status& declined) {
    std::vector<Look> looks;
    std::vector<bool> taken(arrivals.size()), behind(arrivals.size());
    std::vector<std::size_t> refused;
    std::set<std::string_view>
        closed;  // what stands behind an unusable frame is not looked at: it is sent again
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
      looks.push_back(look_at(arrivals[i], messages_));
      behind[i] = closed.contains(arrivals[i].peer);
      if (closes(looks[i])) closed.insert(arrivals[i].peer);
      if (behind[i] || declined != KINHUB_OK) continue;
      try {
        give(arrivals[i], looks[i], refused);
        taken[i] = true;
      } catch (const HostDeclined& refusal) {
        declined = refusal.status;
      }
    }
    const bool durable = host_.commit();
    if (!durable || declined != KINHUB_OK) tell_of_trouble();
    if (durable)
      for (const auto digest : refused)
        refused_.remember(digest);
    std::vector<MllpReply> replies;
    for (std::size_t i = 0; i < arrivals.size(); ++i)
      replies.push_back(behind[i] ? MllpReply{{}, true} : reply(arrivals[i], looks[i], taken[i] && durable));
    return replies;
  }

  /// Rate limit: one line a minute, however many hospitals send again.
  void tell_of_trouble() {
    host_.metric("mllp_not_taken", 1);
    constexpr std::int64_t minute_us = 60'000'000;
    if (host_.now_us() - trouble_told_us_ < minute_us) return;
    trouble_told_us_ = host_.now_us();
    host_.log(KINHUB_LOG_WARNING,
              "the event log does not take messages: hospitals are told to send them again");
  }

  static bool is_acknowledgement(const std::optional<Hl7Header>& header) {
    return header && header->type.starts_with("ACK");
  }

  /// After what is no message at all, nothing on the connection can be trusted.
  static bool closes(const Look& look) {
    return look.refusal && look.refusal->verdict == Hl7Verdict::unusable &&
           look.refusal->error.place == "byte 1";
  }

  void give(const MllpArrival& arrival, const Look& look, std::vector<std::size_t>& refused) {
    const auto origin = "mllp " + arrival.peer;
    const auto charset = look.header ? messages_.charset_of(*look.header) : std::string();
    if (look.refusal) {
      const auto digest = Refused::digest_of(look.refusal->error.code, arrival.frame.bytes);
      host_.metric("mllp_refused", 1);
      if (refused_.knows(digest) || std::find(refused.begin(), refused.end(), digest) != refused.end())
        return;
      const auto kept = messages_.carried(look.message.substr(0, refused_bytes_max));
      host_.reject({kept, hl7_content_type, charset, {}, origin, look.refusal->error});
      refused.push_back(digest);
    } else if (is_acknowledgement(look.header)) {
      host_.log(KINHUB_LOG_WARNING,
                "an acknowledgement came from " + arrival.peer + ", where nothing was sent to");
    } else {
      const auto key = hl7_patient_key(look.message, *look.header);
      const auto body = messages_.carried(look.message);
      host_.emit({key, body, hl7_content_type, charset, {}, origin, local_time_us(look.header->time)});
    }
  }

  MllpReply reply(const MllpArrival& arrival, const Look& look, bool durable) {
    if (!look.refusal && is_acknowledgement(look.header)) return {};
    auto said = look.header.value_or(Hl7Header{});
    // A header that broke off may hold half a control id, which would acknowledge another message.
    if (arrival.frame.kind != MllpFrame::Kind::message &&
        look.message.find_first_of("\r\n") == std::string::npos)
      said.control_id = {};
    const auto verdict = look.refusal ? look.refusal->verdict
                         : durable    ? Hl7Verdict::taken
                                      : Hl7Verdict::not_now;
    const auto code = hl7_ack_code(said, verdict);
    // Where no answer is asked for, only a closed connection can say that the message was not taken.
    if (code.empty()) return {{}, closes(look) || verdict == Hl7Verdict::not_now};
    if (verdict == Hl7Verdict::taken) return {hl7_ack(said, code, host_.now_us(), control_id()), false};
    Hl7Refusal why{"207", "Application internal error",
                   "the event log does not take messages now: send it again"};
    std::string text;
    if (look.refusal) {
      const auto& error = look.refusal->error;
      text = error.code + ": " + error.text.substr(0, error.text.find("; first bytes"));
      why = {look.refusal->condition, look.refusal->condition_text, text};
    }
    return {hl7_ack(said, code, host_.now_us(), control_id(), &why), closes(look)};
  }

  // HUB20261118-0a1b2c3d: 20 characters, the most that HL7 2.3 allows.
  std::string control_id() {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "HUB" + local_text(host_.now_us()).substr(0, 8) + "-";
    const auto number = next_control_id_++;
    for (int shift = 28; shift >= 0; shift -= 4)
      text += digits[(number >> shift) & 15U];
    return text;
  }

  Host& host_;
  FolderConfig folders_;
  Hl7File messages_;
  CertificateFile certificates_;
  Inbox inbox_;
  MllpSettings mllp_;
  bool listening_;
  std::uint32_t next_control_id_;
  std::unique_ptr<MllpServer> server_;
  Refused refused_;
  std::int64_t trouble_told_us_ = 0;
};

constexpr std::string_view schema = R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {},
  "properties": {
    )" KINHUB_FOLDER_SCHEMA R"(,
    "mllp": {"type": "boolean", "default": true, "description": "Whether to listen for HL7 over MLLP"},
    "host": {"type": "string", "default": "127.0.0.1",
      "description": "Address to listen on; 0.0.0.0 for all"},
    "port": {"type": "integer", "default": 2575, "minimum": 0, "maximum": 65535,
      "format": "port", "used_with": "mllp"},
    "charset": {"type": "string", "default": "",
      "description": "Overrides what MSH-18 declares, for this source"},
    "csv_charset": {"type": "string", "default": "GB18030",
      "description": "Of death certificate files without a UTF-8 mark"},
    "blank_segments": {"type": "array", "default": ["DG1", "DRG", "PDA", "PRB"],
      "description": "HL7 segments reduced to their name: diagnoses and causes of death are not carried )"
                                    R"(further"},
    "test_messages": {"type": "boolean", "default": false,
      "description": "Whether messages for training and debugging (MSH-11) are taken: for a test system"},
    "connections_max": {"type": "integer", "default": 64, "minimum": 1, "maximum": 1024},
    "message_bytes_max": {"type": "integer", "default": 4194304, "minimum": 1024, "maximum": 16777216},
    "idle_seconds": {"type": "integer", "default": 600, "minimum": 1, "maximum": 86400,
      "description": "A connection that says nothing for so long is closed"},
    "frame_seconds": {"type": "integer", "default": 30, "minimum": 1, "maximum": 3600,
      "description": "A message that was begun must end within this time"}
  }
})";

}  // namespace
}  // namespace kinhub

KINHUB_CONNECTOR(kinhub::HospitalHis, kinhub::schema)
