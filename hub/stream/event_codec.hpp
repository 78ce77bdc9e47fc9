#pragma once
// An event as bytes: what is sealed into one row of the log, or sent from a connector's process to the hub.

#include <optional>
#include <string>
#include <string_view>

#include "hub/stream/event.hpp"

namespace kinhub {

/// All fields, compact, with a leading version byte.
void encode(const Event& event, std::string& out);
/// Nothing when the bytes are no event of a version this program knows, cut short, or have something after the end.
std::optional<Event> decode_event(std::string_view bytes);

/// Building blocks of such encodings.
void put_number(std::string& out, std::uint64_t number);  ///< 7 bits a byte, at most 10 bytes
void put_text(std::string& out, std::string_view text);   ///< length, bytes

/// Reads what put_number and put_text wrote. After anything went wrong `ok()` is false and all reads give empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number();
  std::string_view text();
  std::uint8_t byte();
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace kinhub
