#pragma once
// Serialization primitives: varints and length-prefixed strings, without a version of their own.
// Readers refuse bytes that are cut.

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kinhub {

/// Appends hexadecimal, two lower-case digits a byte.
inline void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  for (unsigned char byte : bytes)
    out += digits[byte >> 4], out += digits[byte & 15];
}
inline std::string hex(std::string_view bytes) {
  std::string text;
  append_hex(text, bytes);
  return text;
}

class Packer {
 public:
  Packer() = default;
  /// Reserves memory for about `size` bytes.
  explicit Packer(std::size_t size) { bytes_.reserve(size); }

  void number(std::uint64_t value) {
    while (value >= 0x80)
      bytes_ += static_cast<char>(value | 0x80), value >>= 7;
    bytes_ += static_cast<char>(value);
  }
  /// Zigzag encoding: small negative numbers stay small.
  void signed_number(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void text(std::string_view value) {
    number(value.size());
    bytes_.append(value);
  }
  void raw(std::string_view value) { bytes_.append(value); }
  std::string take() { return std::move(bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Deserializes what Packer wrote. Throws std::runtime_error on bytes that end too early: stored bytes are
/// authenticated, so that is damage, not input.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto byte = static_cast<unsigned char>(raw(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    throw std::runtime_error("stored bytes are damaged: a number does not end");
  }
  /// A count of elements that follow, of a byte at least: more than there are bytes is damage, and no memory
  /// is asked for.
  std::size_t count() {
    const auto value = number();
    if (value > rest_.size()) throw std::runtime_error("stored bytes are damaged: they end too early");
    return static_cast<std::size_t>(value);
  }
  std::int64_t signed_number() {
    auto value = number();
    return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1);
  }
  std::string_view text() { return raw(number()); }
  std::string_view raw(std::size_t size) {
    if (size > rest_.size()) throw std::runtime_error("stored bytes are damaged: they end too early");
    auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace kinhub
