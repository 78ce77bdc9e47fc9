#pragma once
// Cryptography of one installation: the key file, keyed tokens instead of numbers, ciphertext
// instead of names and bodies.

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/unavailable.hpp"

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

/// How values are sealed. Stored: numbers stay.
enum class Suite : std::uint8_t {
  aes_256_gcm = 1,  ///< XAES-256-GCM (C2SP)
  sm4 = 2           ///< SM4-CTR, then HMAC-SM3 (GB/T 32907, GB/T 32905)
};
std::string_view name_of(Suite suite);  ///< "aes-256-gcm", "sm4"
std::optional<Suite> suite_named(std::string_view name);

/// Public name of a key, derived from it. Tells nothing of the key.
struct KeyId {
  std::array<std::uint8_t, 4> bytes{};
  friend auto operator<=>(const KeyId&, const KeyId&) = default;
};
std::string text_of(KeyId id);  ///< 8 hex digits
std::optional<KeyId> key_id_from(std::string_view text);

/// Thrown for a value that is sealed with a key the key file does not have. Waiting may help: the file of the
/// node where the key was made has to be copied here, and a running hub reads it anew.
class UnknownKey : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

struct KeyFile;

/// The keys of one installation: one seals, all of them open, tokens are made with the first. Copies share
/// their keys, which are read anew when the key file has changed: before sealing, some times a second at
/// most, and when a value names a key that is not known. A file that cannot be read, or that begins with
/// another key, changes nothing: problem() says so. Safe from any thread: each has its own cipher contexts.
/// Losing the key file makes every name, number and body in the data directory unreadable, and breaks every
/// link from a new event to a known person: docs/operators.md says how to keep it.
class Keyring {
 public:
  enum class Created : bool { no, yes };
  struct Opened;

  /// Opens the key file, or generates one with mode 0600 from the system's random source.
  /// Throws std::runtime_error when it cannot be read, is malformed, or others may read it.
  static Opened open(const std::filesystem::path& key_file);
  /// For tests: keys derived from a text, and keys of a file that is not there.
  static Keyring from_passphrase(std::string_view text);
  static Keyring from_keys(const KeyFile& keys);

  /// Keyed hash with domain separation: token("citizen_number", x) never equals token("name", x).
  Token token(std::string_view domain, std::string_view value) const;
  /// Authenticated encryption with the active key: header(7) | nonce(24) | tag(16) | ciphertext, where the
  /// header says version, suite and key. `context` is, after the header, the associated data: opening under
  /// another fails. No nonce comes twice.
  std::string seal(std::string_view plain, std::string_view context) const;
  /// Decrypts and authenticates, also what 0.1.0 sealed without a header: the tag decides which it is. Throws
  /// std::runtime_error when the bytes were changed, cut, or sealed with another key or context; UnknownKey
  /// when they name a key that is not in the file.
  std::string unseal(std::string_view sealed, std::string_view context) const;

  static constexpr std::size_t header_size = 7;
  /// The header of what is sealed with the active key.
  std::string active_header() const;
  /// The key that the header of sealed bytes names, which 7 bytes of them tell; nothing when they have none:
  /// 0.1.0 sealed them, with the first key.
  static std::optional<KeyId> key_named_by(std::string_view sealed);
  struct Listed {
    KeyId id;
    Suite suite{};
    std::optional<std::int64_t> created_us;
    bool active = false;
  };
  std::vector<Listed> keys() const;  ///< in the order of the file
  /// Why the key file could not be read anew; empty when nothing is wrong.
  std::string problem() const;

 private:
  class Shared;
  explicit Keyring(std::shared_ptr<Shared> shared);
  std::array<std::uint8_t, 32> token_key_{}, first_seal_key_{};
  std::shared_ptr<Shared> shared_;
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
