#include "hub/base/ciphers.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "hub/base/bytes.hpp"

namespace kinhub::ciphers {
namespace {

std::string bytes(std::string_view digits) {
  std::string made;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    made += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return made;
}

Key key_of(std::string_view digits) {
  const auto made = bytes(digits);
  Key key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(made.at(i));
  return key;
}

Key filled(std::uint8_t with) {
  Key key;
  key.fill(with);
  return key;
}

std::string hex_of(const Key& key) {
  return hex({reinterpret_cast<const char*>(key.data()), key.size()});
}

const std::uint8_t* raw(const std::string& text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

// C2SP, XAES-256-GCM: "Test vectors".
TEST(Xaes256Gcm, GivesWhatTheSpecificationGives) {
  const struct {
    std::uint8_t key;
    const char *context, *sealed;
  } vectors[] = {
      {0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
      {0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
  };
  const std::string nonce = "ABCDEFGHIJKLMNOPQRSTUVWX", plain = "XAES-256-GCM";
  for (const auto& [key, context, sealed] : vectors) {
    std::string text(plain.size(), '\0'), tag(tag_size, '\0'), back(plain.size(), '\0');
    xaes_256_gcm_seal(filled(key), nonce.data(), {"", context}, plain, tag.data(), text.data());
    EXPECT_EQ(hex(text + tag), sealed);
    EXPECT_TRUE(xaes_256_gcm_open(filled(key), nonce.data(), {"", context}, text, tag.data(), back.data()));
    EXPECT_EQ(back, plain);
  }
}

// RFC 4868, 2.7.1: test case PRF-1.
TEST(HmacSha256, GivesWhatTheStandardGives) {
  EXPECT_EQ(hex_of(hmac_sha256(filled(0x0b), "Hi There")),
            "198a607eb44bfbc69903a0f1cf2bbdc5ba0aa3f3d9ae3c1c7a3b1696a0b68cf7");
  EXPECT_EQ(hmac_sha256(filled(1), "Hi ", "There"), hmac_sha256(filled(1), "Hi There"));
}

// GM/T 0042-2015, appendix D.3.
TEST(HmacSm3, GivesWhatTheStandardGives) {
  const auto key = key_of("0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20");
  const std::string half = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  const auto code = "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a";
  EXPECT_EQ(hex_of(hmac_sm3(key, half + half)), code);
  EXPECT_EQ(hex_of(hmac_sm3(key, half, half)), code);
  EXPECT_NE(hex_of(hmac_sm3(filled(1), half + half)), code);
  EXPECT_EQ(hex_of(hmac_sm3(key, half, "", half)), code) << "after another key";
}

// GB/T 32907-2016, appendix A.1: the block that the cipher makes of the first counter is the key stream.
TEST(Sm4Ctr, GivesWhatTheStandardGives) {
  const auto block = bytes("0123456789abcdeffedcba9876543210");
  std::string stream(16, '\0');
  sm4_ctr(raw(block), raw(block), std::string(16, '\0'), stream.data());
  EXPECT_EQ(hex(stream), "681edf34d206965e86b3e94f536e4246");
}

// RFC 8998 names SM4 and SM3 for TLS, RFC 5869 the derivation; HKDF-Expand of one block is one HMAC.
TEST(HkdfExpand, IsOneBlockOfRfc5869) {
  const auto pseudorandom = key_of("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
  const auto expanded = expand_sha256(pseudorandom, bytes("f0f1f2f3f4f5f6f7f8f9"));
  EXPECT_EQ(hex_of(expanded), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_NE(expand_sm3(pseudorandom, "a"), expand_sm3(pseudorandom, "b"));
}

TEST(Nonces, CountUpUnderOneSaltAndThenTakeAnother) {
  std::set<std::string> nonces, salts;
  for (int i = 0; i < 5000; ++i) {
    std::string nonce(nonce_size, '\0');
    fresh_nonce(nonce.data());
    EXPECT_TRUE(nonces.insert(nonce).second);
    salts.insert(nonce.substr(0, salt_size));
  }
  EXPECT_GE(salts.size(), 4u);
  EXPECT_LE(salts.size(), 6u);
}

/// What may be changed of a sealed value, for both suites.
template <class Seal, class Open>
void expect_everything_is_authenticated(Seal seal, Open open) {
  const std::string plain = "王试男 3222****0246", header = "K2 head", context = "person 7";
  std::string nonce(nonce_size, '\0'), tag(tag_size, '\0'), text(plain.size(), '\0'), out = text;
  fresh_nonce(nonce.data());
  seal(nonce, Associated{header, context}, plain, tag, text);
  EXPECT_NE(text, plain);
  EXPECT_TRUE(open(nonce, Associated{header, context}, text, tag, out));
  EXPECT_EQ(out, plain);
  for (std::size_t bit : {0u, 9u, 63u, 127u}) {
    auto turned = [&](std::string bytes) {
      bytes[bit / 8 % bytes.size()] = static_cast<char>(bytes[bit / 8 % bytes.size()] ^ 1 << bit % 8);
      return bytes;
    };
    EXPECT_FALSE(open(turned(nonce), Associated{header, context}, text, tag, out)) << bit;
    EXPECT_FALSE(open(nonce, Associated{turned(header), context}, text, tag, out)) << bit;
    EXPECT_FALSE(open(nonce, Associated{header, turned(context)}, text, tag, out)) << bit;
    EXPECT_FALSE(open(nonce, Associated{header, context}, turned(text), tag, out)) << bit;
    EXPECT_FALSE(open(nonce, Associated{header, context}, text, turned(tag), out)) << bit;
  }
  EXPECT_FALSE(open(nonce, Associated{header, context}, text.substr(1), tag, out));
  EXPECT_FALSE(open(nonce, Associated{header, context + text.front()}, text.substr(1), tag, out))
      << "the border between context and text is authenticated";
  EXPECT_TRUE(open(nonce, Associated{header, context}, text, tag, out)) << "goes on after failures";
}

TEST(Sealing, AuthenticatesEveryPart) {
  expect_everything_is_authenticated(
      [](const auto& nonce, const auto& associated, const auto& in, auto& tag, auto& out) {
        xaes_256_gcm_seal(filled(7), nonce.data(), associated, in, tag.data(), out.data());
      },
      [](const auto& nonce, const auto& associated, const auto& in, const auto& tag, auto& out) {
        return xaes_256_gcm_open(filled(7), nonce.data(), associated, in, tag.data(), out.data());
      });
  const Sm4Keys keys{filled(7), filled(8)};
  expect_everything_is_authenticated(
      [&](const auto& nonce, const auto& associated, const auto& in, auto& tag, auto& out) {
        sm4_seal(keys, nonce.data(), associated, in, tag.data(), out.data());
      },
      [&](const auto& nonce, const auto& associated, const auto& in, const auto& tag, auto& out) {
        return sm4_open(keys, nonce.data(), associated, in, tag.data(), out.data());
      });
}

}  // namespace
}  // namespace kinhub::ciphers
