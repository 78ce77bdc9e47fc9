#pragma once
// Authenticated encryption and keyed hashes for Keyring: the two suites that values are sealed with, on
// OpenSSL. Only hub/base knows algorithms.

#include <array>
#include <cstdint>
#include <string_view>

namespace kinhub::ciphers {

using Key = std::array<std::uint8_t, 32>;
/// A nonce is a salt, random, and a counter of those with this salt.
constexpr std::size_t nonce_size = 24, salt_size = 20, tag_size = 16;

/// HMAC-SHA-256 (RFC 2104) of the parts in a row.
Key hmac_sha256(const Key& key, std::string_view first, std::string_view second = {});
/// HMAC-SM3 (GB/T 15852.2, GB/T 32905). Throws std::runtime_error when this OpenSSL has no SM3.
Key hmac_sm3(const Key& key, std::string_view first, std::string_view second = {},
             std::string_view third = {});
/// HKDF-Expand (RFC 5869) of one block, over HMAC-SHA-256 and HMAC-SM3: a key of its own for each `info`.
Key expand_sha256(const Key& key, std::string_view info);
Key expand_sm3(const Key& key, std::string_view info);

/// SM4 in counter mode (GB/T 32907, GB/T 17964); encryption and decryption are one. `key` and `counter` have
/// 16 bytes. Writes as many bytes as `in` has. Throws std::runtime_error when this OpenSSL has no SM4.
void sm4_ctr(const std::uint8_t* key, const std::uint8_t* counter, std::string_view in, char* out);

/// Fills in a nonce that no other call gets: not in this thread, not in another, not in a forked child.
void fresh_nonce(char* nonce);
/// Fills from the system's random source.
void random_bytes(std::uint8_t* bytes, std::size_t size);

/// What is authenticated beside the ciphertext, in a row: the header has one length, so the border is clear.
struct Associated {
  std::string_view header, context;
};

/// AES-256-GCM with a 96-bit nonce, as values of 0.1.0 are sealed. False: the tag does not fit.
bool aes_256_gcm_open(const Key& key, const char* nonce, std::string_view context, std::string_view in,
                      const char* tag, char* out);

/// XAES-256-GCM (C2SP): AES-256-GCM under a key derived from `key` and the first half of a 192-bit nonce.
/// `out` takes as many bytes as `in` has.
void xaes_256_gcm_seal(const Key& key, const char* nonce, const Associated& associated, std::string_view in,
                       char* tag, char* out);
bool xaes_256_gcm_open(const Key& key, const char* nonce, const Associated& associated, std::string_view in,
                       const char* tag, char* out);

/// SM4-CTR, then HMAC-SM3 of all of it (encrypt-then-MAC): its key is derived from keys.encryption and the
/// salt of the nonce, the nonce's counter begins the first counter block; the tag is the first half of the
/// code.
struct Sm4Keys {
  Key encryption, authentication;
};
void sm4_seal(const Sm4Keys& keys, const char* nonce, const Associated& associated, std::string_view in,
              char* tag, char* out);
bool sm4_open(const Sm4Keys& keys, const char* nonce, const Associated& associated, std::string_view in,
              const char* tag, char* out);

}  // namespace kinhub::ciphers
