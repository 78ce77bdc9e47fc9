#include "hub/account/password.hpp"

#include <argon2.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "hub/account/account.hpp"
#include "hub/base/mutex.hpp"

namespace kinhub {
namespace {

constexpr std::size_t characters_min = 12, characters_max = 128, salt_size = 16, hash_size = 32;

/// SHA-256, first 8 bytes, of those of the 10,000 most common passwords (zxcvbn 4.4, MIT) that are long
/// enough to be asked about. As digests, because such a list is no reading matter.
constexpr std::array<std::string_view, 56> common = {
    "015000f4b58ce402", "01f71c9a2bab2c14", "032cc11fe7a57e7d", "09fba7943e22ac2e", "0a67248b9ae06468",
    "0da0b943f322ad72", "1c312dd6426a1667", "1c699d06d9663a03", "27eecf97f30dd4cf", "2943a567bc05bc66",
    "319bae28fe4e645c", "35f91566a687c0b3", "36aa15a88e7ab360", "395f2910731c508f", "3a5745a05f87ddee",
    "40f598cc76550d29", "4346ff92f5b575ea", "439087482d21d575", "46a281cd35498ad6", "5d5a70a2d7887983",
    "5e4ff8ebb5fe84d8", "5f3b3b6149571008", "5ffed2e1bd56b37e", "617034c22db68a3a", "6265db0c8c5db161",
    "62d9b56b23a9ee18", "6ae217164a1e3bfe", "6c5f285a9edbdabd", "74305616b2bc16c0", "765ad9f4c7e62e31",
    "775b9c200002c4cc", "7fd06f0e2a61fec4", "81d06fe91661eb55", "837035490f08cb65", "84ebc1bac7879f8a",
    "8907a499b54ae0c5", "89b00a2edf6d5d55", "8c6e96f7ab6a0294", "925b13a7ef9b4b49", "95b3af3099261695",
    "9edd7412fe65ff08", "a91f0cc24ff68bd7", "acf45488978d9ff4", "ae5deb865d391af1", "b108fdf8c7b6bdd4",
    "c8c38b9c87345d73", "cacfd524400344de", "cb5e0fac75c921ae", "ce6428728f8ac349", "d8aafc4b847c351d",
    "dbdcf01bf52ceac1", "de6278ab9ed1292c", "e4005e2c1578a1e8", "f1fa5d6c26426f37", "f587d4d586606138",
    "f7bcd2d4e37276f4"};

std::size_t characters_in(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// What is left of a password without these words: the rest is what somebody has to guess.
std::size_t rest_without(std::string password, std::string_view own_name) {
  for (const std::string_view word : {std::string_view("kinhub"), std::string_view("weijian"),
                                      std::string_view("shandong"), std::string_view("zibo"), own_name}) {
    if (word.size() < 2) continue;
    for (auto at = password.find(word); at != std::string::npos; at = password.find(word))
      password.erase(at, word.size());
  }
  return characters_in(password);
}

/// One hash at a time in this process: each takes 64 MiB.
Mutex& hashing() {
  static Mutex mutex;
  return mutex;
}

}  // namespace

std::optional<Error> password_fault(std::string_view password, std::string_view account_name) {
  constexpr std::size_t rest_min = 8, kinds_min = 5;
  const auto characters = characters_in(password);
  if (characters < characters_min)
    return Error{"PASSWORD_SHORT", "a password has 12 characters at least; a sentence is a good one",
                 "/password"};
  if (characters > characters_max || password.size() > 4 * characters_max)
    return Error{"PASSWORD_LONG", "a password has 128 characters at most", "/password"};
  const auto small = folded_name(password);
  const auto digest = sha256_hex(small).substr(0, common.front().size());
  std::string kinds(small);
  std::sort(kinds.begin(), kinds.end());
  const auto different = std::unique(kinds.begin(), kinds.end()) - kinds.begin();
  if (std::find(common.begin(), common.end(), digest) != common.end() ||
      different < static_cast<std::ptrdiff_t>(kinds_min))
    return Error{"PASSWORD_COMMON", "this password is among those that are tried first: take another",
                 "/password"};
  if (rest_without(small, folded_name(account_name)) < rest_min)
    return Error{"PASSWORD_OWN", "the password is little more than a name that others know: take another",
                 "/password"};
  return std::nullopt;
}

std::string PasswordHasher::peppered(std::string_view password) const {
  const auto token = keys_.token("password", password);
  return std::string(token.view());
}

std::string PasswordHasher::hash(std::string_view password) const {
  std::array<char, salt_size> salt{};
  if (::getrandom(salt.data(), salt.size(), 0) != static_cast<ssize_t>(salt.size()))
    throw std::system_error(errno, std::generic_category(), "no random bytes");
  const auto plain = peppered(password);
  std::string encoded(
      argon2_encodedlen(cost_.passes, cost_.memory_kib, cost_.lanes, salt_size, hash_size, Argon2_id), '\0');
  MutexLock one_at_a_time(hashing());
  const int failed =
      argon2id_hash_encoded(cost_.passes, cost_.memory_kib, cost_.lanes, plain.data(), plain.size(),
                            salt.data(), salt.size(), hash_size, encoded.data(), encoded.size());
  if (failed != ARGON2_OK) throw std::runtime_error(std::string("argon2: ") + argon2_error_message(failed));
  encoded.resize(encoded.find('\0'));
  return encoded;
}

bool PasswordHasher::verify(std::string_view password, const std::string& encoded) const {
  // Of nobody: a hash of the same cost that no password has, because its salt and tag are made up.
  const auto nobody = "$argon2id$v=19$m=" + std::to_string(cost_.memory_kib) +
                      ",t=" + std::to_string(cost_.passes) + ",p=" + std::to_string(cost_.lanes) + "$" +
                      std::string(22, 'A') + "$" + std::string(43, 'A');
  const auto plain = peppered(password);
  MutexLock one_at_a_time(hashing());
  const int answer =
      argon2id_verify((encoded.empty() ? nobody : encoded).c_str(), plain.data(), plain.size());
  if (answer != ARGON2_OK && answer != ARGON2_VERIFY_MISMATCH)
    throw std::runtime_error(std::string("argon2: ") + argon2_error_message(answer));
  return answer == ARGON2_OK && !encoded.empty();
}

}  // namespace kinhub
