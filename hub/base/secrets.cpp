#include "hub/base/secrets.hpp"

// SHA256_Update and its like are marked as deprecated in favour of EVP, which has no cheap way to go on from
// a kept state.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <climits>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::size_t nonce_size = 12, tag_size = 16;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

using Key = std::array<std::uint8_t, 32>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// Thread-local cache of cipher contexts: looking an algorithm up and expanding a key cost more than
// sealing a kilobyte. Each thread keeps its contexts with the key they were last used with; a second key
// only pays for its own set-up.

/// HMAC-SHA256 (RFC 2104) of this thread, keyed once: the two hash states after the padded key are kept, so
/// that a token costs two blocks. EVP_MAC copies a context with all its parameters for each message, which
/// costs more than the hash.
class ThreadMac {
 public:
  Key digest(const Key& key, std::string_view first, std::string_view second) {
    if (!keyed_ || key != key_) start(key);
    auto state = inner_;
    Key digest;
    bool ok = SHA256_Update(&state, first.data(), first.size()) == 1 &&
              SHA256_Update(&state, second.data(), second.size()) == 1 &&
              SHA256_Final(digest.data(), &state) == 1;
    state = outer_;
    ok = ok && SHA256_Update(&state, digest.data(), digest.size()) == 1 &&
         SHA256_Final(digest.data(), &state) == 1;
    require(ok, "HMAC-SHA256 failed");
    return digest;
  }

 private:
  void start(const Key& key) {
    keyed_ = false;  // until this call has gone well
    auto padded = [&](SHA256_CTX& state, std::uint8_t pad) {
      std::array<std::uint8_t, SHA256_CBLOCK> block;
      block.fill(pad);
      for (std::size_t i = 0; i < key.size(); ++i)
        block[i] ^= key[i];
      return SHA256_Init(&state) == 1 && SHA256_Update(&state, block.data(), block.size()) == 1;
    };
    require(padded(inner_, 0x36) && padded(outer_, 0x5C), "HMAC-SHA256 failed");
    key_ = key, keyed_ = true;
  }

  SHA256_CTX inner_{}, outer_{};
  Key key_{};
  bool keyed_ = false;
};

/// A reusable context for one direction of AES-256-GCM, of this thread.
class ThreadCipher {
 public:
  explicit ThreadCipher(int encrypts) : encrypts_(encrypts) {}

  /// Resets the context for one message under `key` and `nonce`.
  EVP_CIPHER_CTX* start(const Key& key, const unsigned char* nonce) {
    if (!context_) context_.reset(EVP_CIPHER_CTX_new());
    bool same = keyed_ && key == key_;
    keyed_ = false;
    bool ok = context_ && EVP_CipherInit_ex2(context_.get(), same ? nullptr : algorithm(),
                                             same ? nullptr : key.data(), nonce, encrypts_, nullptr) == 1;
    require(ok, "AES-256-GCM failed");
    key_ = key, keyed_ = true;
    return context_.get();
  }

 private:
  static EVP_CIPHER* algorithm() {
    static const Owned<EVP_CIPHER> cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    return cipher.get();
  }
  int encrypts_;
  Owned<EVP_CIPHER_CTX> context_;
  Key key_{};
  bool keyed_ = false;
};

std::atomic<unsigned> forks{0};  // a child process must not use up the nonces its parent also holds

/// Buffer of random nonces, fetched from the system's source many at a time.
class ThreadNonces {
 public:
  void next(unsigned char* nonce) {
    static const int watched = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
    require(watched == 0, "cannot watch for child processes");
    if (used_ == stock_.size() || forks_seen_ != forks.load()) {
      require(RAND_bytes(stock_.data(), static_cast<int>(stock_.size())) == 1,
              "the system's random source failed");
      used_ = 0, forks_seen_ = forks.load();
    }
    std::memcpy(nonce, stock_.data() + used_, nonce_size);
    used_ += nonce_size;
  }

 private:
  std::array<unsigned char, nonce_size * 64> stock_{};
  std::size_t used_ = stock_.size();
  unsigned forks_seen_ = 0;
};

Key hmac(const Key& key, std::string_view first, std::string_view second = {}) {
  thread_local ThreadMac mac;
  return mac.digest(key, first, second);
}

}  // namespace

Token Token::from(std::string_view bytes) {
  Token token;
  if (bytes.size() != token.bytes.size()) throw std::runtime_error("a token has 16 bytes");
  std::memcpy(token.bytes.data(), bytes.data(), bytes.size());
  return token;
}

Keyring::Keyring(const std::array<std::uint8_t, 32>& master)
    : token_key_(hmac(master, "kinhub token v1")), seal_key_(hmac(master, "kinhub seal v1")) {}

Keyring Keyring::from_passphrase(std::string_view text) {
  return Keyring(sha256(text));
}

Keyring::Opened Keyring::open(const std::filesystem::path& key_file) {
  auto created = Created::no;
  if (!std::filesystem::exists(key_file)) {
    std::filesystem::create_directories(key_file.parent_path());
    std::array<std::uint8_t, 32> fresh{};
    require(RAND_bytes(fresh.data(), static_cast<int>(fresh.size())) == 1,
            "the system's random source failed");
    auto line = hex({reinterpret_cast<const char*>(fresh.data()), fresh.size()}) + "\n";
    // Atomic creation: written whole under another name, then linked, so that two processes
    // starting at once agree on one key.
    auto draft = key_file.string() + "." + std::to_string(::getpid());
    int file = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot make key file " + draft);
    bool written =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
    ::close(file);
    require(written, "cannot write the key file: is the disk full?");
    if (::link(draft.c_str(), key_file.c_str()) == 0) created = Created::yes;
    ::unlink(draft.c_str());
  }
  struct stat status {};
  if (::stat(key_file.c_str(), &status) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot read key file " + key_file.string());
  if ((status.st_mode & 077) != 0)
    throw std::runtime_error("key file " + key_file.string() + " may be read by others: chmod 600 it");
  std::ifstream in(key_file);
  if (!in)
    throw std::system_error(errno, std::generic_category(), "cannot read key file " + key_file.string());
  std::string line;
  std::getline(in, line);
  std::array<std::uint8_t, 32> master{};
  bool good = line.size() == 64 && line.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!good)
    throw std::runtime_error("key file " + key_file.string() +
                             " is not 64 hex digits: restore it from its copy");
  for (std::size_t i = 0; i < 32; ++i)
    master[i] = static_cast<std::uint8_t>(std::stoi(line.substr(2 * i, 2), nullptr, 16));
  return {Keyring(master), created};
}

Token Keyring::token(std::string_view domain, std::string_view value) const {
  // Domain separation: the zero byte ends the domain, so no domain with a value reads like
  // another domain with another value.
  std::string prefix(domain);
  prefix.push_back('\0');
  auto digest = hmac(token_key_, prefix, value);
  Token token;
  std::memcpy(token.bytes.data(), digest.data(), token.bytes.size());
  return token;
}

std::string Keyring::seal(std::string_view plain, std::string_view context) const {
  thread_local ThreadNonces nonces;
  thread_local ThreadCipher encryption(1);
  require(plain.size() <= std::size_t{INT_MAX} && context.size() <= std::size_t{INT_MAX},
          "too long to seal at once");
  std::string sealed(nonce_size + tag_size + plain.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  nonces.next(out);
  auto* cipher = encryption.start(seal_key_, out);
  int size = 0;
  auto* text = out + nonce_size + tag_size;
  bool ok =
      EVP_EncryptUpdate(cipher, nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
      EVP_EncryptUpdate(cipher, text, &size, bytes_of(plain), static_cast<int>(plain.size())) == 1 &&
      EVP_EncryptFinal_ex(cipher, text + size, &size) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, tag_size, out + nonce_size) == 1;
  require(ok, "encryption failed");
  return sealed;
}

std::string Keyring::unseal(std::string_view sealed, std::string_view context) const {
  thread_local ThreadCipher decryption(0);
  require(sealed.size() >= nonce_size + tag_size, "sealed bytes are cut short");
  require(sealed.size() <= std::size_t{INT_MAX} && context.size() <= std::size_t{INT_MAX},
          "too long to unseal at once");
  const auto* in = bytes_of(sealed);
  std::string plain(sealed.size() - nonce_size - tag_size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  auto* cipher = decryption.start(seal_key_, in);
  int size = 0;
  const auto* text = in + nonce_size + tag_size;
  auto* tag = const_cast<unsigned char*>(in + nonce_size);
  bool ok =
      EVP_DecryptUpdate(cipher, nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
      EVP_DecryptUpdate(cipher, out, &size, text, static_cast<int>(plain.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, tag_size, tag) == 1 &&
      EVP_DecryptFinal_ex(cipher, out + size, &size) == 1;
  require(ok, "sealed bytes do not open: another key file, or they were changed");
  return plain;
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  static const Owned<EVP_MD> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  thread_local const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  std::array<std::uint8_t, 32> digest{};
  bool ok = EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()) == 1 &&
            EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  require(ok, "SHA-256 failed");
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  auto digest = sha256(bytes);
  return hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

namespace {

constexpr char crockford[] = "0123456789abcdefghjkmnpqrstvwxyz";

/// Four Feistel rounds with a keyed function: a permutation of 64-bit numbers (Luby and Rackoff 1988).
std::uint32_t round_value(const Keyring& keys, char prefix, int round, std::uint32_t half) {
  std::string text{prefix, static_cast<char>('0' + round)};
  for (int shift = 0; shift < 32; shift += 8)
    text += static_cast<char>(half >> shift & 0xFF);
  std::uint32_t value = 0;
  std::memcpy(&value, keys.token("reference", text).bytes.data(), sizeof value);
  return value;
}

}  // namespace

std::string reference_text(char prefix, const Token& token) {
  std::string text(1, prefix);
  unsigned buffer = 0, bits = 0;
  for (std::size_t i = 0; i < 10; ++i) {  // 80 bits: 16 characters
    buffer = buffer << 8 | token.bytes[i], bits += 8;
    while (bits >= 5)
      bits -= 5, text += crockford[buffer >> bits & 31];
  }
  return text;
}

std::string reference_of(const Keyring& keys, char prefix, std::int64_t number) {
  auto value = static_cast<std::uint64_t>(number);
  auto left = static_cast<std::uint32_t>(value >> 32), right = static_cast<std::uint32_t>(value);
  for (int round = 0; round < 4; ++round) {
    auto next = left ^ round_value(keys, prefix, round, right);
    left = right, right = next;
  }
  value = static_cast<std::uint64_t>(left) << 32 | right;
  std::string text(1, prefix);
  for (int shift = 60; shift >= 0; shift -= 5)
    text += crockford[value >> shift & 31];
  return text;
}

std::optional<std::int64_t> number_behind(const Keyring& keys, char prefix, std::string_view reference) {
  if (reference.size() != 14 || reference.front() != prefix) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : reference.substr(1)) {
    const char* digit = std::strchr(crockford, c);
    if (digit == nullptr || c == '\0') return std::nullopt;
    value = value << 5 | static_cast<std::uint64_t>(digit - crockford);
  }
  auto left = static_cast<std::uint32_t>(value >> 32), right = static_cast<std::uint32_t>(value);
  for (int round = 3; round >= 0; --round) {
    auto before = right ^ round_value(keys, prefix, round, left);
    right = left, left = before;
  }
  auto number = static_cast<std::uint64_t>(left) << 32 | right;
  if (number == 0 || number >= std::uint64_t{1} << 40) return std::nullopt;  // no store gives such numbers
  return static_cast<std::int64_t>(number);
}

}  // namespace kinhub
