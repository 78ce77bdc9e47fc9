#pragma once
// HL7 v2 and MLLP framing on bytes: files cut into messages, the header read, segments emptied,
// acknowledgements written. Nothing is decoded: header fields are found by characters, because '|' may be the
// second byte of one in GB18030.

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// Cuts a file, or what one MLLP frame holds, into messages: segments ended by CR, LF or CRLF, with or
/// without MLLP framing, batch segments (FHS BHS BTS FTS), byte order marks, NUL between messages: all passed
/// over. Pieces that are no message carry their error: HL7_NO_MSH, HL7_BLANK_LINE (an empty line inside, so
/// that nobody knows whose segments follow), HL7_TOO_LARGE, HL7_BATCH_COUNT (a trailer that counts other than
/// what is there). Never empty.
std::vector<Record> cut_hl7(std::string_view bytes, CutLimits limits = {});

/// What the header of a message says; views into the message.
struct Hl7Header {
  char separator = '|';
  std::string_view encoding;  ///< MSH-2
  std::string_view sending_application, sending_facility, receiving_application,
      receiving_facility;                            ///< MSH-3..6
  std::string_view time;                             ///< MSH-7
  std::string_view type;                             ///< MSH-9: ADT^A03^ADT_A03
  std::string_view control_id;                       ///< MSH-10
  std::string_view processing_id, version, charset;  ///< MSH-11, 12, 18
  std::string_view accept_ack, application_ack;      ///< MSH-15, 16: AL NE ER SU, or empty

  /// "A03" of ADT^A03, or empty.
  std::string_view trigger() const;
  /// The separator of components.
  char component_separator() const { return encoding.empty() ? '^' : encoding[0]; }
};

/// Nothing when the message does not begin with MSH and a separator.
std::optional<Hl7Header> read_hl7_header(std::string_view message);

/// Business key of a patient: facility (MSH-4, else MSH-3) and the first chart of PID-3. Other types than ADT
/// stand beside it ("F|Z1|*"), so that a result that waits holds up no death, but what would take it back;
/// types that HL7 does not have (Z..) have keys of their own. Empty: the message names no patient.
std::string hl7_patient_key(std::string_view message, const Hl7Header& header);

/// The message with these segments reduced to their name and one field separator: "PDA|S06.900^..." becomes
/// "PDA|", whatever lines its text has. Every other byte stays, line ends too.
std::string blank_hl7(std::string_view message, std::span<const std::string> segments);

/// What became of a message, as far as its sender is concerned.
enum class Hl7Verdict {
  taken,     ///< durable
  wrong,     ///< its content: sending it again does not help
  unusable,  ///< no message, or not one for this receiver
  not_now,   ///< trouble of the receiver: send it again
};

/// The code of MSA-1 by HL7 table 0008, in the mode that MSH-15 and 16 ask for; empty: no answer is asked
/// for. Original mode: AA AE AR AR. Enhanced: CA CE CR CE where MSH-15 asks for it, else those of the
/// original mode where MSH-16 does.
std::string_view hl7_ack_code(const Hl7Header& header, Hl7Verdict verdict);

/// Why an answer is negative. The texts go into ERR in ASCII, which every charset can carry.
struct Hl7Refusal {
  std::string_view condition;  ///< HL7 table 0357: 100 segment sequence, 101 required field, 207 internal
  std::string_view condition_text;
  std::string_view text;
};

/// An acknowledgement for the message with this header: MSA-2 is its MSH-10, applications are swapped,
/// version and charset are its own. Before 2.5 the reason stands in MSA-3 and ERR-1, from then on in ERR-3
/// and ERR-8. Segments end with CR; no framing.
std::string hl7_ack(const Hl7Header& header, std::string_view code, std::int64_t now_us,
                    std::string_view own_control_id, const Hl7Refusal* refusal = nullptr);

/// The message between 0x0B and 0x1C 0x0D.
std::string mllp_frame(std::string_view message);

/// What arrived on one connection.
struct MllpFrame {
  enum class Kind { message, no_start, no_end, too_large, noise } kind = Kind::message;
  std::string bytes;  ///< without framing; of what is no message its beginning
};

/// Incremental framing: cuts a byte stream into frames. A frame ends with 1C 0D and nothing else; a 0B or 1C
/// inside is text, unless MSH follows the 0B. Between frames line ends, blanks, NUL, byte order marks, lone
/// marks and empty frames are passed over, up to noise_bytes_max in a row. Pure: knows no sockets and no
/// time. Buffers at most message_bytes_max bytes, and keeps 64 KiB of what is no message.
class MllpDecoder {
 public:
  static constexpr std::size_t noise_bytes_max = 4096;

  explicit MllpDecoder(std::size_t message_bytes_max) : message_bytes_max_(message_bytes_max) {}

  void feed(std::string_view bytes);
  /// The next complete frame, in order of arrival.
  std::optional<MllpFrame> next();
  /// The other side closed or fell silent: what is unfinished comes out as no_start or no_end.
  std::optional<MllpFrame> finish();
  /// A frame was begun and has not ended.
  bool inside() const { return state_ == State::inside; }
  /// Bytes wait for their end.
  bool unfinished() const { return state_ == State::inside || !bytes_.empty(); }

 private:
  enum class State { outside, inside, skipping };
  std::size_t take_outside(std::string_view bytes);
  std::size_t take_inside(std::string_view bytes);
  void begin();
  void end();
  void append(std::string_view run);
  void pass_over(std::size_t count);
  void complete(MllpFrame::Kind kind);

  std::size_t message_bytes_max_;
  State state_ = State::outside;
  bool end_begun_ = false;  ///< the last byte was a 1C: what follows says whether it is an end
  std::size_t noise_ = 0;   ///< bytes passed over since the last message
  std::string bytes_;
  std::deque<MllpFrame> frames_;
};

}  // namespace kinhub::sdk
