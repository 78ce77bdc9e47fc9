#include "hub/api/cursor.hpp"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "hub/base/bytes.hpp"

namespace kinhub::api {
namespace {

constexpr std::int64_t life_us = 3600LL * 1'000'000;
constexpr std::size_t text_max = 512;

Keyring keys_of_this_process() {
  std::array<char, 32> chance{};
  if (::getrandom(chance.data(), chance.size(), 0) != static_cast<ssize_t>(chance.size()))
    throw std::system_error(errno, std::generic_category(), "no random bytes");
  return Keyring::from_passphrase({chance.data(), chance.size()});
}

std::string context_of(std::string_view list) {
  return "cursor " + sha256_hex(list);
}

int digit_of(char c) {
  return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Cursors::Cursors() : keys_(keys_of_this_process()) {}

std::string Cursors::write(std::int64_t after, std::string_view list, std::int64_t now_us) const {
  Packer plain;
  plain.signed_number(after);
  plain.signed_number(now_us + life_us);
  return hex(keys_.seal(plain.bytes(), context_of(list)));
}

Result<std::int64_t> Cursors::read(std::string_view cursor, std::string_view list,
                                   std::int64_t now_us) const {
  const Error invalid{"CURSOR_INVALID", "take the cursor of the page before, with the same filter", ""};
  if (cursor.size() > text_max || cursor.size() % 2 != 0) return invalid;
  std::string sealed;
  for (std::size_t i = 0; i < cursor.size(); i += 2) {
    const auto high = digit_of(cursor[i]), low = digit_of(cursor[i + 1]);
    if (high < 0 || low < 0) return invalid;
    sealed += static_cast<char>(high * 16 + low);
  }
  try {
    const auto plain = keys_.unseal(sealed, context_of(list));
    Unpacker in(plain);
    const auto after = in.signed_number(), until_us = in.signed_number();
    if (now_us >= until_us)
      return Error{"CURSOR_GONE", "the cursor is over an hour old: begin the list anew", ""};
    return after;
  } catch (const std::exception&) {
    return invalid;
  }
}

}  // namespace kinhub::api
