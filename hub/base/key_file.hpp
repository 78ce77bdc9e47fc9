#pragma once
// The key file of one installation: read, checked, written whole or not at all.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/ciphers.hpp"
#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

/// One key as it stands in the file.
struct RootKey {
  KeyId id;  ///< derived from the bytes: a miswritten digit shows
  Suite suite = Suite::aes_256_gcm;
  std::optional<std::int64_t> created_us;  ///< not known of a file of one line
  ciphers::Key bytes{};
};

/// The identifier of these bytes: 3 derived ones and a check byte.
KeyId id_of(const ciphers::Key& bytes);
/// Whether the check byte fits: a damaged header is then told apart from a key that is missing.
bool is_key_id(KeyId id);
/// Generates a key from the system's random source.
RootKey make_key(Suite suite, std::int64_t now_us);

/// What stands in a key file, in the order of creation. The first key is never removed: keyed tokens are made
/// with it, and what 0.1.0 sealed.
struct KeyFile {
  std::vector<RootKey> keys;
  KeyId active;  ///< seals; all of them open

  const RootKey* find(KeyId id) const;

  /// Reads a file of either form: 64 hex digits in one line (one key, AES-256-GCM), or the form that text()
  /// writes. Errors name file and line: KEY_FILE.
  static Result<KeyFile> parse(std::string_view text, const std::string& file);
  /// The form for several keys, one a line: id, suite, time of creation, 64 hex digits.
  std::string text() const;

  /// Reads the file, and when `identity` is given tells which file it read. Throws std::runtime_error when it
  /// cannot be read, is malformed, or others may read it.
  struct Identity {
    std::uint64_t device = 0, inode = 0;
    std::int64_t changed_ns = 0, size = -1;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  static KeyFile read(const std::filesystem::path& file, Identity* identity = nullptr);
  /// The identity of what stands there now; a default one when there is nothing.
  static Identity identity_of(const std::filesystem::path& file);

  /// Generates a file with one key and mode 0600, unless there is one. True: it was made.
  static bool make(const std::filesystem::path& file, std::int64_t now_us);
  /// Edits the file under a lock, so that of two who do it at once neither is lost, and replaces it
  /// atomically: temporary file, fsync, rename, fsync of the folder. `change` gets what stands there, and an
  /// Error it returns leaves the file as it is. Mode and owner stay.
  static std::optional<Error> edit(const std::filesystem::path& file,
                                   const std::function<std::optional<Error>(KeyFile&)>& change);
};

}  // namespace kinhub
