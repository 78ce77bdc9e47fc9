#include "hub/base/secrets.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace kinhub {
namespace {

constexpr std::size_t nonce_size = 12, tag_size = 16;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::array<std::uint8_t, 32> hmac(const std::array<std::uint8_t, 32>& key, std::string_view text) {
  std::array<std::uint8_t, 32> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), digest.data(), &size);
  return digest;
}

std::string hex(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned char byte : bytes) text += digits[byte >> 4], text += digits[byte & 15];
  return text;
}

struct FreeCipher {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeCipher>;

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);
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

Keyring Keyring::from_passphrase(std::string_view text) { return Keyring(sha256(text)); }

Keyring::Opened Keyring::open(const std::filesystem::path& key_file) {
  auto created = Created::no;
  if (!std::filesystem::exists(key_file)) {
    std::filesystem::create_directories(key_file.parent_path());
    std::array<std::uint8_t, 32> fresh{};
    require(RAND_bytes(fresh.data(), static_cast<int>(fresh.size())) == 1, "the system's random source failed");
    auto line = hex({reinterpret_cast<const char*>(fresh.data()), fresh.size()}) + "\n";
    // Written whole under another name, then linked: two processes starting at once agree on one key.
    auto draft = key_file.string() + "." + std::to_string(::getpid());
    int file = ::open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) throw std::system_error(errno, std::generic_category(), "cannot make key file " + draft);
    bool written = ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) && ::fsync(file) == 0;
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
  std::string line;
  std::getline(in, line);
  std::array<std::uint8_t, 32> master{};
  bool good = line.size() == 64 && line.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!good) throw std::runtime_error("key file " + key_file.string() + " is not 64 hex digits: restore it from its copy");
  for (std::size_t i = 0; i < 32; ++i) master[i] = static_cast<std::uint8_t>(std::stoi(line.substr(2 * i, 2), nullptr, 16));
  return {Keyring(master), created};
}

Token Keyring::token(std::string_view domain, std::string_view value) const {
  std::string text;
  text.reserve(domain.size() + 1 + value.size());
  text.append(domain).push_back('\0');
  text.append(value);
  auto digest = hmac(token_key_, text);
  Token token;
  std::memcpy(token.bytes.data(), digest.data(), token.bytes.size());
  return token;
}

std::string Keyring::seal(std::string_view plain, std::string_view context) const {
  std::string sealed(nonce_size + tag_size + plain.size(), '\0');
  auto* out = reinterpret_cast<unsigned char*>(sealed.data());
  require(RAND_bytes(out, nonce_size) == 1, "the system's random source failed");
  Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  bool ok = EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, seal_key_.data(), out) == 1 &&
            EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
            EVP_EncryptUpdate(cipher.get(), out + nonce_size + tag_size, &size, bytes_of(plain), static_cast<int>(plain.size())) == 1 &&
            EVP_EncryptFinal_ex(cipher.get(), out + nonce_size + tag_size + size, &size) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, tag_size, out + nonce_size) == 1;
  require(ok, "encryption failed");
  return sealed;
}

std::string Keyring::unseal(std::string_view sealed, std::string_view context) const {
  require(sealed.size() >= nonce_size + tag_size, "sealed bytes are cut short");
  const auto* in = bytes_of(sealed);
  std::string plain(sealed.size() - nonce_size - tag_size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  Cipher cipher(EVP_CIPHER_CTX_new());
  int size = 0;
  bool ok = EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, seal_key_.data(), in) == 1 &&
            EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(context), static_cast<int>(context.size())) == 1 &&
            EVP_DecryptUpdate(cipher.get(), out, &size, in + nonce_size + tag_size, static_cast<int>(plain.size())) == 1 &&
            EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, tag_size, const_cast<unsigned char*>(in + nonce_size)) == 1 &&
            EVP_DecryptFinal_ex(cipher.get(), out + size, &size) == 1;
  require(ok, "sealed bytes do not open: another key file, or they were changed");
  return plain;
}

std::array<std::uint8_t, 32> sha256(std::string_view bytes) {
  std::array<std::uint8_t, 32> digest{};
  SHA256(bytes_of(bytes), bytes.size(), digest.data());
  return digest;
}

std::string sha256_hex(std::string_view bytes) {
  auto digest = sha256(bytes);
  return hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string reference_text(char prefix, const Token& token) {
  static constexpr char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string text(1, prefix);
  unsigned buffer = 0, bits = 0;
  for (std::size_t i = 0; i < 10; ++i) {  // 80 bits: 16 characters
    buffer = buffer << 8 | token.bytes[i], bits += 8;
    while (bits >= 5) bits -= 5, text += alphabet[buffer >> bits & 31];
  }
  return text;
}

}  // namespace kinhub
