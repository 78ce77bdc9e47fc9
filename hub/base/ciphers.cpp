#include "hub/base/ciphers.hpp"

// SHA256_Update and its like are marked as deprecated in favour of EVP, which has no cheap way to go on from
// a kept state.
#define OPENSSL_SUPPRESS_DEPRECATED

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace kinhub::ciphers {
namespace {

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_of(char* text) {
  return reinterpret_cast<unsigned char*>(text);
}
const unsigned char* bytes_of(const char* text) {
  return reinterpret_cast<const unsigned char*>(text);
}
int size_of(std::string_view text) {
  require(text.size() <= std::size_t{INT_MAX}, "too long to seal at once");
  return static_cast<int>(text.size());
}

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

// Thread-local cache of cipher contexts: looking an algorithm up and expanding a key cost more than
// sealing a kilobyte. Each thread keeps its contexts with the key they were last used with; a second key
// only pays for its own set-up.

/// Fills the block of a key for HMAC (RFC 2104).
std::array<std::uint8_t, 64> padded(const Key& key, std::uint8_t pad) {
  std::array<std::uint8_t, 64> block;
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i)
    block[i] ^= key[i];
  return block;
}

/// HMAC-SHA256 of this thread, keyed once: the two hash states after the padded key are kept, so
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
    auto begin = [&](SHA256_CTX& state, std::uint8_t pad) {
      const auto block = padded(key, pad);
      return SHA256_Init(&state) == 1 && SHA256_Update(&state, block.data(), block.size()) == 1;
    };
    require(begin(inner_, 0x36) && begin(outer_, 0x5C), "HMAC-SHA256 failed");
    key_ = key, keyed_ = true;
  }

  SHA256_CTX inner_{}, outer_{};
  Key key_{};
  bool keyed_ = false;
};

/// HMAC-SM3 of this thread, in the same way; OpenSSL shows SM3 through EVP only.
class ThreadSm3Mac {
 public:
  Key digest(const Key& key, std::string_view first, std::string_view second, std::string_view third) {
    if (!keyed_ || key != key_) start(key);
    Key digest;
    bool ok = EVP_MD_CTX_copy_ex(state_.get(), inner_.get()) == 1;
    for (auto part : {first, second, third})
      ok = ok && EVP_DigestUpdate(state_.get(), part.data(), part.size()) == 1;
    ok = ok && EVP_DigestFinal_ex(state_.get(), digest.data(), nullptr) == 1 &&
         EVP_MD_CTX_copy_ex(state_.get(), outer_.get()) == 1 &&
         EVP_DigestUpdate(state_.get(), digest.data(), digest.size()) == 1 &&
         EVP_DigestFinal_ex(state_.get(), digest.data(), nullptr) == 1;
    require(ok, "HMAC-SM3 failed");
    return digest;
  }

 private:
  void start(const Key& key) {
    static const Owned<EVP_MD> algorithm(EVP_MD_fetch(nullptr, "SM3", nullptr));
    require(algorithm != nullptr, "this OpenSSL has no SM3: keys of the suite sm4 cannot be used with it");
    keyed_ = false;
    auto begin = [&](EVP_MD_CTX* state, std::uint8_t pad) {
      const auto block = padded(key, pad);
      return EVP_DigestInit_ex2(state, algorithm.get(), nullptr) == 1 &&
             EVP_DigestUpdate(state, block.data(), block.size()) == 1;
    };
    require(begin(inner_.get(), 0x36) && begin(outer_.get(), 0x5C), "HMAC-SM3 failed");
    key_ = key, keyed_ = true;
  }

  Owned<EVP_MD_CTX> inner_{EVP_MD_CTX_new()}, outer_{EVP_MD_CTX_new()}, state_{EVP_MD_CTX_new()};
  Key key_{};
  bool keyed_ = false;
};

/// A reusable context for one direction of AES-256-GCM, of this thread.
class ThreadGcm {
 public:
  explicit ThreadGcm(int encrypts) : encrypts_(encrypts) {}

  /// Resets the context for one message under `key` and `nonce` (96 bits).
  EVP_CIPHER_CTX* start(const Key& key, const char* nonce) {
    if (!context_) context_.reset(EVP_CIPHER_CTX_new());
    const bool same = keyed_ && key == key_, made = made_;
    keyed_ = made_ = false;  // until this call has gone well
    bool ok =
        context_ && EVP_CipherInit_ex2(context_.get(), made ? nullptr : algorithm(),
                                       same ? nullptr : key.data(), bytes_of(nonce), encrypts_, nullptr) == 1;
    require(ok, "AES-256-GCM failed");
    key_ = key, keyed_ = made_ = true;
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
  bool keyed_ = false, made_ = false;
};

/// The key derivation of XAES-256-GCM, of this thread: CMAC (NIST SP 800-38B) in counter mode (NIST SP
/// 800-108) of one block each, so two blocks of AES once the key is expanded. The last derived key is kept:
/// what one thread sealed in a row has one.
class ThreadXaes {
 public:
  const Key& derive(const Key& key, const char* nonce) {
    const bool same = keyed_ && key == key_;
    if (same && derived_ && std::memcmp(nonce, nonce_.data(), nonce_.size()) == 0) return derived_key_;
    derived_ = false;
    if (!same) start(key);
    std::array<std::uint8_t, 32> blocks{0, 1, 'X', 0};
    std::memcpy(blocks.data() + 4, nonce, 12);
    std::memcpy(blocks.data() + 16, blocks.data(), 16);
    blocks[17] = 2;
    for (std::size_t i = 0; i < blocks.size(); ++i)
      blocks[i] ^= subkey_[i % 16];
    encrypt(blocks.data(), derived_key_.data(), 32);
    std::memcpy(nonce_.data(), nonce, nonce_.size());
    derived_ = true;
    return derived_key_;
  }

 private:
  void start(const Key& key) {
    static const Owned<EVP_CIPHER> cipher(EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr));
    keyed_ = false;
    if (!context_) context_.reset(EVP_CIPHER_CTX_new());
    require(context_ &&
                EVP_EncryptInit_ex2(context_.get(), cipher.get(), key.data(), nullptr, nullptr) == 1 &&
                EVP_CIPHER_CTX_set_padding(context_.get(), 0) == 1,
            "AES-256 failed");
    std::array<std::uint8_t, 16> zero{};
    encrypt(zero.data(), subkey_.data(), 16);
    // Doubled in GF(2^128): the subkey K1 of CMAC.
    const bool carry = (subkey_[0] & 0x80) != 0;
    for (std::size_t i = 0; i < subkey_.size(); ++i)
      subkey_[i] = static_cast<std::uint8_t>(subkey_[i] << 1 | (i + 1 < 16 ? subkey_[i + 1] >> 7 : 0));
    if (carry) subkey_[15] ^= 0x87;
    key_ = key, keyed_ = true;
  }
  /// Whole blocks, so the buffering of EVP_EncryptUpdate is not needed.
  void encrypt(const std::uint8_t* in, std::uint8_t* out, unsigned size) {
    require(EVP_Cipher(context_.get(), out, in, size) == static_cast<int>(size), "AES-256 failed");
  }

  Owned<EVP_CIPHER_CTX> context_;
  std::array<std::uint8_t, 16> subkey_{};
  Key key_{}, derived_key_{};
  std::array<char, 12> nonce_{};
  bool keyed_ = false, derived_ = false;
};

std::atomic<unsigned> forks{0};  // a child process must not use up the nonces its parent also holds

/// The nonces of this thread: a random part, drawn anew every 1,024 and in a forked child, and a counter. So
/// none can come twice from one thread, and the key that is derived from the random part is derived once.
class ThreadNonces {
 public:
  void next(char* nonce) {
    static const int watched = ::pthread_atfork(nullptr, nullptr, [] { forks.fetch_add(1); });
    require(watched == 0, "cannot watch for child processes");
    if (used_ == nonces_of_one_salt || forks_seen_ != forks.load()) {
      used_ = nonces_of_one_salt;  // until this call has gone well
      const auto seen = forks.load();
      random_bytes(salt_.data(), salt_.size());
      used_ = 0, forks_seen_ = seen;
    }
    std::memcpy(nonce, salt_.data(), salt_.size());
    for (std::size_t i = 0; i < nonce_size - salt_size; ++i)
      nonce[salt_size + i] = static_cast<char>(used_ >> 8 * i & 0xFF);
    ++used_;
  }

 private:
  static constexpr std::uint32_t nonces_of_one_salt = 1024;
  std::array<std::uint8_t, salt_size> salt_{};
  std::uint32_t used_ = nonces_of_one_salt;
  unsigned forks_seen_ = 0;
};

/// Adds the associated data in one piece: each piece costs a call and a part of a block.
bool associate(EVP_CIPHER_CTX* cipher, const Associated& associated) {
  int size = 0;
  auto add = [&](std::string_view bytes) {
    return bytes.empty() || EVP_CipherUpdate(cipher, nullptr, &size, bytes_of(bytes), size_of(bytes)) == 1;
  };
  std::array<char, 256> both;
  const auto& [header, context] = associated;
  if (header.size() + context.size() > both.size()) return add(header) && add(context);
  std::copy(context.begin(), context.end(), std::copy(header.begin(), header.end(), both.begin()));
  return add({both.data(), header.size() + context.size()});
}

bool gcm_open(EVP_CIPHER_CTX* cipher, const Associated& associated, std::string_view in, const char* tag,
              char* out) {
  int size = 0;
  auto* end = bytes_of(out);
  return associate(cipher, associated) &&
         EVP_DecryptUpdate(cipher, end, &size, bytes_of(in), size_of(in)) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_SET_TAG, tag_size, const_cast<char*>(tag)) == 1 &&
         EVP_DecryptFinal_ex(cipher, end + size, &size) == 1;
}

/// SM4-CTR under the key that belongs to the salt of the nonce; its rest is the first counter block's front.
void sm4_text(const Key& key, const char* nonce, std::string_view in, char* out) {
  struct Derived {
    Key from{}, key{};
    std::array<char, salt_size> salt{};
    bool there = false;
  };
  thread_local Derived last;
  const bool same = last.there && last.from == key && std::memcmp(last.salt.data(), nonce, salt_size) == 0;
  if (!same) {
    last.there = false;
    last.key = expand_sm3(key, {nonce, salt_size});
    last.from = key;
    std::memcpy(last.salt.data(), nonce, salt_size);
    last.there = true;
  }
  std::array<std::uint8_t, 16> counter{};
  std::memcpy(counter.data(), nonce + salt_size, nonce_size - salt_size);
  sm4_ctr(last.key.data(), counter.data(), in, out);
}

/// The tag over header, nonce, length of the context, context and ciphertext: each part's place is clear.
Key sm4_code(const Key& key, const char* nonce, const Associated& associated, std::string_view text) {
  std::string front;
  front.reserve(associated.header.size() + nonce_size + 8 + associated.context.size());
  front.append(associated.header).append(nonce, nonce_size);
  for (int shift = 0; shift < 64; shift += 8)
    front.push_back(static_cast<char>(static_cast<std::uint64_t>(associated.context.size()) >> shift & 0xFF));
  front.append(associated.context);
  return hmac_sm3(key, front, text);
}

}  // namespace

Key hmac_sha256(const Key& key, std::string_view first, std::string_view second) {
  thread_local ThreadMac mac;
  return mac.digest(key, first, second);
}

Key hmac_sm3(const Key& key, std::string_view first, std::string_view second, std::string_view third) {
  thread_local ThreadSm3Mac mac;
  return mac.digest(key, first, second, third);
}

Key expand_sha256(const Key& key, std::string_view info) {
  return hmac_sha256(key, info, std::string_view("\x01", 1));
}

Key expand_sm3(const Key& key, std::string_view info) {
  return hmac_sm3(key, info, std::string_view("\x01", 1));
}

void sm4_ctr(const std::uint8_t* key, const std::uint8_t* counter, std::string_view in, char* out) {
  static const Owned<EVP_CIPHER> algorithm(EVP_CIPHER_fetch(nullptr, "SM4-CTR", nullptr));
  require(algorithm != nullptr, "this OpenSSL has no SM4: keys of the suite sm4 cannot be used with it");
  thread_local const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool ok = EVP_EncryptInit_ex2(context.get(), algorithm.get(), key, counter, nullptr) == 1 &&
            EVP_EncryptUpdate(context.get(), bytes_of(out), &size, bytes_of(in), size_of(in)) == 1 &&
            size == size_of(in);
  require(ok, "SM4-CTR failed");
}

void random_bytes(std::uint8_t* bytes, std::size_t size) {
  require(RAND_bytes(bytes, static_cast<int>(size)) == 1, "the system's random source failed");
}

void fresh_nonce(char* nonce) {
  thread_local ThreadNonces nonces;
  nonces.next(nonce);
}

bool aes_256_gcm_open(const Key& key, const char* nonce, std::string_view context, std::string_view in,
                      const char* tag, char* out) {
  thread_local ThreadGcm decryption(0);
  return gcm_open(decryption.start(key, nonce), {{}, context}, in, tag, out);
}

void xaes_256_gcm_seal(const Key& key, const char* nonce, const Associated& associated, std::string_view in,
                       char* tag, char* out) {
  thread_local ThreadXaes derivation;
  thread_local ThreadGcm encryption(1);
  auto* cipher = encryption.start(derivation.derive(key, nonce), nonce + 12);
  int size = 0;
  auto* end = bytes_of(out);
  bool ok = associate(cipher, associated) &&
            EVP_EncryptUpdate(cipher, end, &size, bytes_of(in), size_of(in)) == 1 &&
            EVP_EncryptFinal_ex(cipher, end + size, &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_GCM_GET_TAG, tag_size, tag) == 1;
  require(ok, "encryption failed");
}

bool xaes_256_gcm_open(const Key& key, const char* nonce, const Associated& associated, std::string_view in,
                       const char* tag, char* out) {
  // A derivation of its own: re-sealing opens with one key and seals with another.
  thread_local ThreadXaes derivation;
  thread_local ThreadGcm decryption(0);
  return gcm_open(decryption.start(derivation.derive(key, nonce), nonce + 12), associated, in, tag, out);
}

void sm4_seal(const Sm4Keys& keys, const char* nonce, const Associated& associated, std::string_view in,
              char* tag, char* out) {
  sm4_text(keys.encryption, nonce, in, out);
  const auto code = sm4_code(keys.authentication, nonce, associated, {out, in.size()});
  std::memcpy(tag, code.data(), tag_size);
}

bool sm4_open(const Sm4Keys& keys, const char* nonce, const Associated& associated, std::string_view in,
              const char* tag, char* out) {
  const auto code = sm4_code(keys.authentication, nonce, associated, in);
  if (CRYPTO_memcmp(code.data(), tag, tag_size) != 0) return false;
  sm4_text(keys.encryption, nonce, in, out);
  return true;
}

}  // namespace kinhub::ciphers
