#include "hub/base/secrets.hpp"

#include "hub/base/keyed_number.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/mman.h>
#include <time.h>

#include <atomic>
#include <cassert>
#include <deque>
#include <memory>
#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/base/ciphers.hpp"
#include "hub/base/clock.hpp"
#include "hub/base/key_file.hpp"
#include "hub/base/mutex.hpp"

namespace kinhub {
namespace {

using ciphers::Key;
using ciphers::nonce_size, ciphers::tag_size;

constexpr std::string_view magic = "K2";  // the second byte is the version of the form
constexpr std::size_t old_nonce_size = 12;
constexpr std::int64_t look_pause_ms = 200;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

/// Milliseconds of a clock that costs nothing to ask.
std::int64_t coarse_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

/// A key made ready for its suite.
struct SealKey {
  explicit SealKey(const RootKey& root) : id(root.id), suite(root.suite) {
    header = std::string(magic) + static_cast<char>(suite) +
             std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
    switch (suite) {
      case Suite::aes_256_gcm:
        aes = ciphers::expand_sha256(root.bytes, "kinhub seal v2 xaes-256-gcm");
        break;
      case Suite::sm4:
        sm4.encryption = ciphers::expand_sm3(root.bytes, "kinhub seal v2 sm4-ctr");
        sm4.authentication = ciphers::expand_sm3(root.bytes, "kinhub seal v2 hmac-sm3");
        break;
    }
  }

  void seal(const char* nonce, std::string_view context, std::string_view in, char* tag, char* out) const {
    switch (suite) {
      case Suite::aes_256_gcm:
        return ciphers::xaes_256_gcm_seal(aes, nonce, {header, context}, in, tag, out);
      case Suite::sm4:
        return ciphers::sm4_seal(sm4, nonce, {header, context}, in, tag, out);
    }
  }
  bool open(const char* nonce, std::string_view context, std::string_view in, const char* tag,
            char* out) const {
    switch (suite) {
      case Suite::aes_256_gcm:
        return ciphers::xaes_256_gcm_open(aes, nonce, {header, context}, in, tag, out);
      case Suite::sm4:
        return ciphers::sm4_open(sm4, nonce, {header, context}, in, tag, out);
    }
    return false;
  }

  KeyId id;
  Suite suite;
  std::string header;
  Key aes{};
  ciphers::Sm4Keys sm4{};
};

/// The keys of one state of the file; never changed.
struct Ring {
  explicit Ring(KeyFile keys) : file(std::move(keys)) {
    for (const auto& key : file.keys)
      ready.emplace_back(key);
    active = find(file.active);
    assert(active != nullptr);
    lock();
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  const SealKey* find(KeyId id) const {
    for (const auto& key : ready)
      if (key.id == id) return &key;
    return nullptr;
  }

  /// Locked in memory where the system allows it, so that no key is written to a swap file; overwritten at
  /// the end.
  void lock() const {
    for (const auto& key : file.keys)
      ::mlock(&key, sizeof key);
    for (const auto& key : ready)
      ::mlock(&key, sizeof key);
  }
  ~Ring() {
    for (auto& key : file.keys)
      OPENSSL_cleanse(key.bytes.data(), key.bytes.size());
    for (auto& key : ready) {
      OPENSSL_cleanse(key.aes.data(), key.aes.size());
      OPENSSL_cleanse(&key.sm4, sizeof key.sm4);
    }
  }

  KeyFile file;
  std::deque<SealKey> ready;
  const SealKey* active = nullptr;
};

}  // namespace

/// The keys that all copies of a keyring share. Safe from any thread.
class Keyring::Shared {
 public:
  Shared(std::filesystem::path file, KeyFile keys, KeyFile::Identity identity)
      : path(std::move(file)), seen_(identity) {
    rings_.emplace_back(std::move(keys));
    now_ = &rings_.back();
  }

  const Ring& ring() const { return *now_.load(std::memory_order_acquire); }

  /// Looks whether the file has changed, unless somebody did within look_pause_ms.
  void look_at_times() {
    if (path.empty()) return;
    const auto now = coarse_ms();
    auto at = next_look_ms_.load(std::memory_order_relaxed);
    if (now < at || !next_look_ms_.compare_exchange_strong(at, now + look_pause_ms)) return;
    look();
  }
  /// Reads the file anew when it has changed. One that is wrong changes nothing.
  void look() {
    if (path.empty()) return;
    MutexLock lock(mutex_);
    const auto there = KeyFile::identity_of(path);
    if (there == seen_) return;
    seen_ = there;
    try {
      auto keys = KeyFile::read(path, &seen_);
      if (keys.keys.front().bytes != ring().file.keys.front().bytes)
        throw std::runtime_error("key file " + path.string() +
                                 " begins with another key than before: it is of another installation; put "
                                 "back the one that was there");
      problem_.clear();
      rings_.emplace_back(std::move(keys));
      now_.store(&rings_.back(), std::memory_order_release);
    } catch (const std::exception& error) {
      problem_ = error.what();
      seen_ = {};  // looked at again: the next time it may be readable
    }
  }
  std::string problem() const {
    MutexLock lock(mutex_);
    return problem_;
  }

  const std::filesystem::path path;  ///< empty: there is no file

 private:
  mutable Mutex mutex_;
  /// Superseded ones stay: another thread may be sealing with one. They are few: a person adds keys.
  std::deque<Ring> rings_ KINHUB_GUARDED_BY(mutex_);
  KeyFile::Identity seen_ KINHUB_GUARDED_BY(mutex_);
  std::string problem_ KINHUB_GUARDED_BY(mutex_);
  std::atomic<const Ring*> now_{nullptr};
  std::atomic<std::int64_t> next_look_ms_{0};
};

std::string_view name_of(Suite suite) {
  switch (suite) {
    case Suite::aes_256_gcm:
      return "aes-256-gcm";
    case Suite::sm4:
      return "sm4";
  }
  return "";
}

std::optional<Suite> suite_named(std::string_view name) {
  for (auto suite : {Suite::aes_256_gcm, Suite::sm4})
    if (name == name_of(suite)) return suite;
  return std::nullopt;
}

std::string text_of(KeyId id) {
  return hex({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
}

std::optional<KeyId> key_id_from(std::string_view text) {
  KeyId id;
  if (text.size() != 2 * id.bytes.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    if (!digit && (c < 'a' || c > 'f')) return std::nullopt;
    id.bytes[i / 2] = static_cast<std::uint8_t>(id.bytes[i / 2] << 4 | (digit ? c - '0' : c - 'a' + 10));
  }
  return id;
}

Token Token::from(std::string_view bytes) {
  Token token;
  if (bytes.size() != token.bytes.size()) throw std::runtime_error("a token has 16 bytes");
  std::memcpy(token.bytes.data(), bytes.data(), bytes.size());
  return token;
}

Keyring::Keyring(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
  const auto& first = shared_->ring().file.keys.front().bytes;
  token_key_ = ciphers::hmac_sha256(first, "kinhub token v1");
  first_seal_key_ = ciphers::hmac_sha256(first, "kinhub seal v1");
}

Keyring Keyring::from_passphrase(std::string_view text) {
  RootKey key;
  key.bytes = sha256(text), key.id = id_of(key.bytes);
  return from_keys(KeyFile{{key}, key.id});
}

Keyring Keyring::from_keys(const KeyFile& keys) {
  return Keyring(std::make_shared<Shared>("", keys, KeyFile::Identity{}));
}

Keyring::Opened Keyring::open(const std::filesystem::path& key_file) {
  const auto created = KeyFile::make(key_file, SystemClock().now_us()) ? Created::yes : Created::no;
  KeyFile::Identity identity;
  auto keys = KeyFile::read(key_file, &identity);
  return {Keyring(std::make_shared<Shared>(key_file, std::move(keys), identity)), created};
}

Token Keyring::token(std::string_view domain, std::string_view value) const {
  // Domain separation: the zero byte ends the domain, so no domain with a value reads like
  // another domain with another value.
  std::string prefix(domain);
  prefix.push_back('\0');
  auto digest = ciphers::hmac_sha256(token_key_, prefix, value);
  Token token;
  std::memcpy(token.bytes.data(), digest.data(), token.bytes.size());
  return token;
}

std::string Keyring::seal(std::string_view plain, std::string_view context) const {
  shared_->look_at_times();
  const auto& key = *shared_->ring().active;
  std::string sealed(header_size + nonce_size + tag_size + plain.size(), '\0');
  char* nonce = sealed.data() + header_size;
  std::memcpy(sealed.data(), key.header.data(), header_size);
  ciphers::fresh_nonce(nonce);
  key.seal(nonce, context, plain, nonce + nonce_size, nonce + nonce_size + tag_size);
  return sealed;
}

std::string Keyring::unseal(std::string_view sealed, std::string_view context) const {
  constexpr auto front = header_size + nonce_size + tag_size;
  const auto open_with = [&](const SealKey& key) -> std::optional<std::string> {
    if (sealed.size() < front || !sealed.starts_with(key.header)) return std::nullopt;
    std::string plain(sealed.size() - front, '\0');
    const char* nonce = sealed.data() + header_size;
    if (!key.open(nonce, context, sealed.substr(front), nonce + nonce_size, plain.data()))
      return std::nullopt;
    return plain;
  };
  const auto* active = shared_->ring().active;  // of nearly everything
  if (auto plain = open_with(*active)) return std::move(*plain);
  const auto named = sealed.size() < front ? std::nullopt : key_named_by(sealed);
  bool unknown = false;
  if (named && *named != active->id) {
    const auto* key = shared_->ring().find(*named);
    if (key == nullptr) {
      shared_->look();
      key = shared_->ring().find(*named);
    }
    unknown = key == nullptr;
    if (key != nullptr)
      if (auto plain = open_with(*key)) return std::move(*plain);
  }
  // The form of 0.1.0 begins with its nonce, which may look like a header: its own tag decides.
  constexpr auto old_front = old_nonce_size + tag_size;
  require(sealed.size() >= old_front, "sealed bytes are cut short");
  std::string plain(sealed.size() - old_front, '\0');
  if (ciphers::aes_256_gcm_open(first_seal_key_, sealed.data(), context, sealed.substr(old_front),
                                sealed.data() + old_nonce_size, plain.data()))
    return plain;
  if (unknown) {
    const auto why = problem();
    throw UnknownKey("sealed with key " + text_of(*named) + ", which " +
                     (shared_->path.empty() ? "the key file" : "key file " + shared_->path.string()) +
                     " does not have: copy the key file here from the node where that key was made, or from "
                     "its latest copy" +
                     (why.empty() ? "" : " (it could not be read anew: " + why + ")"));
  }
  throw std::runtime_error("sealed bytes do not open: another key file, or they were changed");
}

std::string Keyring::active_header() const {
  shared_->look_at_times();
  return shared_->ring().active->header;
}

std::optional<KeyId> Keyring::key_named_by(std::string_view sealed) {
  if (sealed.size() < header_size || !sealed.starts_with(magic)) return std::nullopt;
  const auto suite = static_cast<Suite>(sealed[magic.size()]);
  if (name_of(suite).empty()) return std::nullopt;
  KeyId id;
  std::memcpy(id.bytes.data(), sealed.data() + magic.size() + 1, id.bytes.size());
  if (!is_key_id(id)) return std::nullopt;
  return id;
}

std::vector<Keyring::Listed> Keyring::keys() const {
  shared_->look_at_times();
  const auto& file = shared_->ring().file;
  std::vector<Listed> listed;
  for (const auto& key : file.keys)
    listed.push_back({key.id, key.suite, key.created_us, key.id == file.active});
  return listed;
}

std::string Keyring::problem() const {
  return shared_->problem();
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  static const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm(
      EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free);
  thread_local const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                                     &EVP_MD_CTX_free);
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

std::int64_t keyed_number(const Keyring& keys, char prefix, std::int64_t number) {
  auto value = static_cast<std::uint64_t>(number);
  auto left = static_cast<std::uint32_t>(value >> 32), right = static_cast<std::uint32_t>(value);
  for (int round = 0; round < 4; ++round) {
    auto next = left ^ round_value(keys, prefix, round, right);
    left = right, right = next;
  }
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(left) << 32 | right);
}

std::optional<std::int64_t> number_behind(const Keyring& keys, char prefix, std::int64_t keyed) {
  const auto value = static_cast<std::uint64_t>(keyed);
  auto left = static_cast<std::uint32_t>(value >> 32), right = static_cast<std::uint32_t>(value);
  for (int round = 3; round >= 0; --round) {
    auto before = right ^ round_value(keys, prefix, round, left);
    right = left, left = before;
  }
  auto number = static_cast<std::uint64_t>(left) << 32 | right;
  if (number == 0 || number >= std::uint64_t{1} << 40) return std::nullopt;  // no store gives such numbers
  return static_cast<std::int64_t>(number);
}

std::string reference_of(const Keyring& keys, char prefix, std::int64_t number) {
  const auto value = static_cast<std::uint64_t>(keyed_number(keys, prefix, number));
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
  return number_behind(keys, prefix, static_cast<std::int64_t>(value));
}

}  // namespace kinhub
