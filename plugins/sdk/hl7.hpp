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

/// Cuts a file of one or many messages, segments ended by CR, LF or CRLF, with or without MLLP
/// framing and batch segments (FHS BHS BTS FTS, passed over). Pieces that are no message carry their
/// error: HL7_NO_MSH, HL7_BLANK_LINE (an empty line inside, so that nobody knows whose segments
/// follow), HL7_TOO_LARGE. Never empty.
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

  /// "A03" of ADT^A03, or empty.
  std::string_view trigger() const;
};

/// Nothing when the message does not begin with MSH and a separator.
std::optional<Hl7Header> read_hl7_header(std::string_view message);

/// The message with these segments reduced to their name and one field separator: "PDA|S06.900^..." becomes
/// "PDA|". Every other byte stays, line ends too.
std::string blank_hl7(std::string_view message, std::span<const std::string> segments);

/// Why an answer is not AA. `code` and `text` go into ERR in ASCII, which every charset can carry.
struct Hl7Refusal {
  std::string_view condition;  ///< HL7 table 0357: 100 segment sequence, 101 required field, 207 internal
  std::string_view condition_text;
  std::string_view text;
};

/// An acknowledgement (AA, AE, AR) for the message with this header: MSA-2 is its MSH-10, applications are
/// swapped, version and charset are its own. Segments end with CR; no framing.
std::string hl7_ack(const Hl7Header& header, std::string_view code, std::int64_t now_us,
                    std::string_view own_control_id, const Hl7Refusal* refusal = nullptr);

/// The message between 0x0B and 0x1C 0x0D.
std::string mllp_frame(std::string_view message);

/// What arrived on one connection.
struct MllpFrame {
  enum class Kind { message, no_start, no_end, too_large } kind = Kind::message;
  std::string bytes;  ///< without framing; of too_large: as much as fitted
};

/// Incremental framing: cuts a byte stream into frames. Pure: knows no sockets and no time. Buffers at most
/// message_bytes_max bytes.
class MllpDecoder {
 public:
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
  void take_run(std::string_view run);
  void take_mark(char mark);
  void complete(MllpFrame::Kind kind);

  std::size_t message_bytes_max_;
  State state_ = State::outside;
  std::string bytes_;
  std::deque<MllpFrame> frames_;
};

}  // namespace kinhub::sdk
