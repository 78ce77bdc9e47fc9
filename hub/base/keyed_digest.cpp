#include "hub/base/keyed_digest.hpp"

#include <bit>
#include <cstring>

namespace kinhub {
namespace {

std::uint64_t word_at(const char* bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// The state of SipHash.
struct Sip {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1, v1 = std::rotl(v1, 13), v1 ^= v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16), v3 ^= v2;
    v0 += v3, v3 = std::rotl(v3, 21), v3 ^= v0;
    v2 += v1, v1 = std::rotl(v1, 17), v1 ^= v2, v2 = std::rotl(v2, 32);
  }
  void take(std::uint64_t word) {
    v3 ^= word;
    round(), round();
    v0 ^= word;
  }
};

}  // namespace

KeyedDigest::KeyedDigest(const Token& key)
    : k0_(word_at(reinterpret_cast<const char*>(key.bytes.data()))),
      k1_(word_at(reinterpret_cast<const char*>(key.bytes.data()) + 8)) {}

std::uint64_t KeyedDigest::of(std::string_view bytes, std::uint64_t context) const {
  Sip sip{k0_ ^ 0x736f6d6570736575u, k1_ ^ 0x646f72616e646f6du, k0_ ^ 0x6c7967656e657261u,
          k1_ ^ 0x7465646279746573u};
  sip.take(context);
  auto rest = bytes;
  for (; rest.size() >= 8; rest.remove_prefix(8))
    sip.take(word_at(rest.data()));
  std::uint64_t last = static_cast<std::uint64_t>(bytes.size() + 8) << 56;
  for (std::size_t i = 0; i < rest.size(); ++i)
    last |= static_cast<std::uint64_t>(static_cast<unsigned char>(rest[i])) << (8 * i);
  sip.take(last);
  sip.v2 ^= 0xff;
  for (int i = 0; i < 4; ++i)
    sip.round();
  const auto digest = sip.v0 ^ sip.v1 ^ sip.v2 ^ sip.v3;
  return digest == 0 ? 1 : digest;
}

}  // namespace kinhub
