// Hospitals: HL7 v2 pushed over MLLP and acknowledged once it is durable,
// and daily death certificates as CSV files.

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_csv.hpp"
#include "plugins/sdk/folder_config.hpp"
#include "plugins/sdk/hl7.hpp"
#include "plugins/sdk/mllp_server.hpp"

namespace kinhub {
namespace {

using namespace sdk;

constexpr std::string_view hl7_content_type = "x-application/hl7-v2+er7";

std::string key_of(const Hl7Header& header) {
  if (header.control_id.empty()) return {};
  return std::string(header.sending_application)
      .append("|")
      .append(header.sending_facility)
      .append("|")
      .append(header.control_id);
}

/// Captured files of HL7 messages.
class Hl7File final : public FileFormat {
 public:
  /// `charset` overrides what MSH-18 declares; `blanked` names the segments that are not carried further.
  Hl7File(std::string charset, std::vector<std::string> blanked)
      : charset_(std::move(charset)), blanked_(std::move(blanked)) {}

  std::string_view content_type() const override { return hl7_content_type; }
  Result<Cut> cut(std::string_view bytes) const override { return Cut{{}, {}, cut_hl7(bytes), {}}; }

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
    return header ? key_of(*header) : std::string();
  }
  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    const auto header = read_hl7_header(cut.records[index].bytes);
    return header ? local_time_us(header->time) : std::nullopt;
  }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }

 private:
  std::string charset_;
  std::vector<std::string> blanked_;
};

/// Daily death certificates. Causes of death (A_ to D_, GBSY_: names and ICD codes) are emptied.
class CertificateFile final : public FileFormat {
 public:
  explicit CertificateFile(std::string charset) : charset_(std::move(charset)) {}

  std::string_view content_type() const override { return "text/csv"; }
  Result<Cut> cut(std::string_view bytes) const override { return cut_csv(bytes); }

  std::string charset(const Cut& cut, std::size_t) const override {
    return skip_utf8_mark(cut.head).size() < cut.head.size() ? "UTF-8" : charset_;
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

  /// Whether a file begins like one of these: a line of at least two column names.
  static bool begins(std::string_view bytes) {
    bytes = skip_utf8_mark(bytes);
    const auto line = bytes.substr(0, bytes.find_first_of("\r\n"));
    const auto names = csv_fields(line);
    return names.size() >= 2 && std::all_of(names.begin(), names.end(), [](std::string_view raw) {
             const auto name = csv_text(raw);
             return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return c == '_' || std::isalnum(c) != 0;
             });
           });
  }

 private:
  static std::vector<std::string> columns(const Cut& cut) {
    std::vector<std::string> names;
    for (const auto field : csv_fields(skip_utf8_mark(cut.head)))
      names.push_back(csv_text(field));
    return names;
  }
  static bool is_cause(const std::string& column) {
    static constexpr std::array<std::string_view, 5> lines{"A_", "B_", "C_", "D_", "GBSY_"};
    return std::any_of(lines.begin(), lines.end(), [&](auto line) { return column.starts_with(line); }) ||
           column.ends_with("_ICD");
  }
  static std::string field(const Cut& cut, std::size_t index, std::string_view column) {
    const auto names = columns(cut);
    const auto fields = csv_fields(cut.records[index].bytes);
    const auto at = static_cast<std::size_t>(std::find(names.begin(), names.end(), column) - names.begin());
    return at < names.size() && at < fields.size() ? csv_text(fields[at]) : std::string();
  }

  std::string charset_;
};

/// Why a frame gets no AA: what quarantine is told, and what the hospital is.
struct Refusal {
  Error error;
  std::string_view acknowledgement;  ///< AE or AR
  std::string_view condition, condition_text;
};

std::optional<Refusal> check(const MllpArrival& arrival, const std::optional<Hl7Header>& header) {
  const auto& bytes = arrival.frame.bytes;
  const auto begins = "; first bytes " + first_bytes_hex(bytes);
  const auto unusable = [&](const char* code, std::string text) {
    return Refusal{{code, std::move(text) + begins, "byte 1"}, "AR", "207", "Application internal error"};
  };
  switch (arrival.frame.kind) {
    case MllpFrame::Kind::no_start:
      return unusable("MLLP_NO_START", "no start byte 0B before the message: set the sender to MLLP framing");
    case MllpFrame::Kind::too_large:
      return unusable("MLLP_TOO_LARGE",
                      "the message is larger than message_bytes_max; what follows was not read");
    case MllpFrame::Kind::no_end:
      return arrival.timed_out ? unusable("MLLP_TIMEOUT", "the end of the message did not come in time")
                               : unusable("MLLP_NO_END", "the message broke off before its end bytes 1C 0D");
    case MllpFrame::Kind::message:
      break;
  }
  if (!header) return unusable("HL7_NO_MSH", "the message does not begin with a segment MSH");
  const auto pieces = cut_hl7(bytes);
  if (pieces.size() > 1)
    return unusable("HL7_SEVERAL_MESSAGES", "one frame holds " + std::to_string(pieces.size()) + " messages");
  if (pieces[0].error) return Refusal{*pieces[0].error, "AE", "100", "Segment sequence error"};
  if (header->type.empty())
    return Refusal{{"HL7_NO_TYPE", "MSH-9 is empty: the message has no type", "MSH-9"},
                   "AE",
                   "101",
                   "Required field missing"};
  if (header->control_id.empty())
    return Refusal{{"HL7_NO_CONTROL_ID", "MSH-10 is empty: the message cannot be acknowledged", "MSH-10"},
                   "AE",
                   "101",
                   "Required field missing"};
  return std::nullopt;
}

class HospitalHis final : public Connector {
 public:
  HospitalHis(Host& host, const Config& config)
      : host_(host),
        folders_(config, {".csv", ".CSV"}),
        messages_(config.text("charset"), config.texts("blank_segments", {"DG1", "DRG", "PDA", "PRB"})),
        certificates_(config.text("csv_charset", "GB18030")),
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
        } catch (const HostDeclined&) {
          throw;
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
    if (CertificateFile::begins(bytes)) {
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
    if (declined != KINHUB_OK) throw HostDeclined{declined};
  }

  // Gives all frames to the host, makes them durable in one go, and only then answers.
  std::vector<MllpReply> answer(const std::vector<MllpArrival>& arrivals, kinhub_status& declined) {
    std::vector<bool> taken(arrivals.size());
    for (std::size_t i = 0; i < arrivals.size() && declined == KINHUB_OK; ++i) {
      try {
        give(arrivals[i]);
        taken[i] = true;
      } catch (const HostDeclined& refusal) {
        declined = refusal.status;
      }
    }
    const bool durable = host_.commit();
    std::vector<MllpReply> replies;
    for (std::size_t i = 0; i < arrivals.size(); ++i)
      replies.push_back(reply(arrivals[i], taken[i] && durable));
    return replies;
  }

  static bool is_acknowledgement(const std::optional<Hl7Header>& header) {
    return header && header->type.starts_with("ACK");
  }

  void give(const MllpArrival& arrival) {
    const auto& bytes = arrival.frame.bytes;
    const auto header = read_hl7_header(bytes);
    const auto origin = "mllp " + arrival.peer;
    if (const auto refusal = check(arrival, header)) {
      host_.reject({bytes,
                    hl7_content_type,
                    header ? messages_.charset_of(*header) : std::string(),
                    {},
                    origin,
                    refusal->error});
    } else if (is_acknowledgement(header)) {
      host_.log(KINHUB_LOG_WARNING,
                "an acknowledgement came from " + arrival.peer + ", where nothing was sent to");
    } else {
      const auto key = key_of(*header);
      const auto body = messages_.carried(bytes);
      const auto charset = messages_.charset_of(*header);
      host_.emit({key, body, hl7_content_type, charset, {}, origin, local_time_us(header->time)});
    }
  }

  MllpReply reply(const MllpArrival& arrival, bool durable) {
    const auto header = read_hl7_header(arrival.frame.bytes);
    const auto refusal = check(arrival, header);
    const bool close = arrival.frame.kind != MllpFrame::Kind::message;
    if (!refusal && is_acknowledgement(header)) return {};
    auto said = header.value_or(Hl7Header{});
    // A header that broke off may hold half a control id, which would acknowledge another message.
    if (arrival.frame.bytes.find_first_of("\r\n") == std::string::npos) said.control_id = {};
    if (refusal) {
      const auto& error = refusal->error;
      const auto text = error.code + ": " + error.text.substr(0, error.text.find("; first bytes"));
      const Hl7Refusal why{refusal->condition, refusal->condition_text, text};
      return {hl7_ack(said, refusal->acknowledgement, host_.now_us(), control_id(), &why), close};
    }
    if (durable) return {hl7_ack(said, "AA", host_.now_us(), control_id()), close};
    const Hl7Refusal why{"207", "Application internal error",
                         "the event log does not take messages now: send it again"};
    return {hl7_ack(said, "AE", host_.now_us(), control_id(), &why), close};
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
    "port": {"type": "integer", "default": 2575, "minimum": 0, "maximum": 65535},
    "charset": {"type": "string", "default": "",
      "description": "Overrides what MSH-18 declares, for this source"},
    "csv_charset": {"type": "string", "default": "GB18030",
      "description": "Of death certificate files without a UTF-8 mark"},
    "blank_segments": {"type": "array", "default": ["DG1", "DRG", "PDA", "PRB"],
      "description": "HL7 segments reduced to their name: diagnoses and causes of death are not carried )"
                                    R"(further"},
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
