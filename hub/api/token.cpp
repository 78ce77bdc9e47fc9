#include "hub/api/token.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "hub/base/bytes.hpp"

namespace kinhub::api {
namespace {

constexpr std::string_view prefix = "khm_";
constexpr std::size_t random_bytes = 32, text_size = prefix.size() + 2 * random_bytes;

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
}

}  // namespace

std::string mint_token(const std::filesystem::path& file) {
  std::array<char, random_bytes> chance{};
  if (::getrandom(chance.data(), chance.size(), 0) != static_cast<ssize_t>(chance.size())) fail(file);
  const auto token = std::string(prefix) + hex({chance.data(), chance.size()});
  // Beside it and renamed: a reader sees the old one or the new one whole.
  const auto beside = file.string() + ".new";
  ::unlink(beside.c_str());
  const int handle = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (handle < 0) fail(file);
  const auto line = token + "\n";
  const bool written = ::write(handle, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (::close(handle) != 0 || !written || ::rename(beside.c_str(), file.c_str()) != 0) fail(file);
  return token;
}

Result<std::string> read_token(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (handle < 0) return Error{"TOKEN_MISSING", "there is no token yet: kinhub run makes one", file.string()};
  struct stat found {};
  std::array<char, text_size + 2> text{};
  const bool read = ::fstat(handle, &found) == 0;
  const auto size = ::read(handle, text.data(), text.size());
  ::close(handle);
  if (!read || (found.st_mode & 077) != 0)
    return Error{"TOKEN_OPEN_TO_OTHERS", "others may read the token: remove it, kinhub run makes a new one",
                 file.string()};
  std::string_view token(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (token.ends_with("\n")) token.remove_suffix(1);
  if (token.size() != text_size || !token.starts_with(prefix))
    return Error{"TOKEN_FORM", "this is no token: remove it, kinhub run makes a new one", file.string()};
  return Result<std::string>(boost::system::in_place_value, token);
}

bool carries(std::string_view authorization, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  const bool bearer = authorization.starts_with(scheme);
  if (bearer) authorization.remove_prefix(scheme.size());
  unsigned differs = authorization.size() == token.size() ? 0 : 1;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const char given = i < authorization.size() ? authorization[i] : '\0';
    differs |= static_cast<unsigned char>(given) ^ static_cast<unsigned char>(token[i]);
  }
  return bearer && differs == 0;
}

}  // namespace kinhub::api
