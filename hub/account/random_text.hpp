#pragma once
// Secrets that somebody carries: random, written in base64url, kept as a digest, compared in constant time.

#include <string>
#include <string_view>

namespace kinhub {

/// 256 bits of the system's random source as 43 characters of base64url. Throws std::system_error.
std::string random_secret();
/// 80 random bits with a prefix, as references are written: O7f3kq2mzx9c4d.
std::string random_reference(char prefix);
/// Whether a text has the form of a secret.
bool is_secret(std::string_view text);
/// SHA-256 of a secret: 32 bytes.
std::string secret_digest(std::string_view secret);
/// Constant-time comparison: its time tells only whether the lengths are equal.
bool same_secret(std::string_view a, std::string_view b);

}  // namespace kinhub
