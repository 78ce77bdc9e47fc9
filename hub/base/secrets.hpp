#pragma once
// Cryptography of one installation: the key file, keyed tokens instead of numbers, ciphertext
// instead of names and bodies.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace kinhub {

/// A keyed token (HMAC-SHA-256, first 16 bytes): equal values give equal tokens, and without the key nobody
/// gets the value back by trying all dates and serials.
struct Token {
  std::array<std::uint8_t, 16> bytes{};
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
  /// Throws std::runtime_error when they are not 16: they come from a file or a store, which may be damaged.
  static Token from(std::string_view bytes);
  friend auto operator<=>(const Token&, const Token&) = default;
};

/// The keys of one installation, immutable after creation. Safe from any thread: each has its own cipher
/// contexts. Losing the key file makes every name, number and body in the data directory unreadable, and
/// breaks every link from a new event to a known person: docs/operators.md says how to keep it.
class Keyring {
 public:
  enum class Created : bool { no, yes };
  struct Opened;

  /// Opens the key file (64 hex digits), or generates one with mode 0600 from the system's random source.
  /// Throws std::runtime_error when it cannot be read, is malformed, or others may read it.
  static Opened open(const std::filesystem::path& key_file);
  /// For tests: keys derived from a text.
  static Keyring from_passphrase(std::string_view text);

  /// Keyed hash with domain separation: token("citizen_number", x) never equals token("name", x).
  Token token(std::string_view domain, std::string_view value) const;
  /// Authenticated encryption, AES-256-GCM with a random nonce: nonce(12) | tag(16) | ciphertext. `context`
  /// is the associated data: opening under another fails.
  std::string seal(std::string_view plain, std::string_view context) const;
  /// Decrypts and authenticates. Throws std::runtime_error when the bytes were changed, cut, or sealed
  /// with another key or context.
  std::string unseal(std::string_view sealed, std::string_view context) const;

 private:
  explicit Keyring(const std::array<std::uint8_t, 32>& master);
  std::array<std::uint8_t, 32> token_key_{}, seal_key_{};
};

struct Keyring::Opened {
  Keyring keyring;
  Created created;
};

/// SHA-256 of bytes as 64 lower-case hex digits; for content identities, never for numbers or names.
std::string sha256_hex(std::string_view bytes);
/// SHA-256 of bytes, for deduplication digests.
std::array<std::uint8_t, 32> sha256(std::string_view bytes);
/// Crockford base32 (without i, l, o, u), lower-case, of the first 80 bits: F7f3kq2mzx9c4d.
std::string reference_text(char prefix, const Token& token);

/// Format-preserving encryption of a surrogate key into a public reference: it tells neither the number nor
/// the order, and is reversible with the key. 13 characters after the prefix.
std::string reference_of(const Keyring& keys, char prefix, std::int64_t number);
/// Decrypts a reference: the number, or nothing when it is none of this installation and kind
/// (to a chance of 1 in 2^24).
std::optional<std::int64_t> number_behind(const Keyring& keys, char prefix, std::string_view reference);

}  // namespace kinhub

template <>
struct std::hash<kinhub::Token> {
  std::size_t operator()(const kinhub::Token& token) const noexcept {
    std::size_t word;
    std::memcpy(&word, token.bytes.data(), sizeof word);
    return word;
  }
};
