#include "hub/account/random_text.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "hub/base/secrets.hpp"

namespace kinhub {
namespace {

constexpr std::size_t secret_bytes = 32, secret_size = 43;
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

template <std::size_t size>
std::array<std::uint8_t, size> random_bytes() {
  std::array<std::uint8_t, size> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw std::system_error(errno, std::generic_category(), "no random bytes");
  return bytes;
}

}  // namespace

std::string random_secret() {
  const auto bytes = random_bytes<secret_bytes>();
  std::string text;
  unsigned bits = 0, held = 0;
  for (const auto byte : bytes) {
    held = held << 8 | byte, bits += 8;
    for (; bits >= 6; bits -= 6)
      text += alphabet[held >> (bits - 6) & 63];
  }
  text += alphabet[held << (6 - bits) & 63];
  return text;
}

std::string random_reference(char prefix) {
  Token chance;
  chance.bytes = random_bytes<16>();
  return reference_text(prefix, chance);
}

bool is_secret(std::string_view text) {
  return text.size() == secret_size &&
         std::all_of(text.begin(), text.end(), [](char c) { return alphabet.find(c) != alphabet.npos; });
}

std::string secret_digest(std::string_view secret) {
  const auto digest = sha256(secret);
  return {digest.begin(), digest.end()};
}

bool same_secret(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned differs = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    differs |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
  return differs == 0;
}

}  // namespace kinhub
