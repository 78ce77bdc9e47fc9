#include "hub/api/call.hpp"

#include <algorithm>

namespace kinhub::api {
namespace {

int hex_digit(char c) {
  return c >= '0' && c <= '9'   ? c - '0'
         : c >= 'a' && c <= 'f' ? c - 'a' + 10
         : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                : -1;
}

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += size;
  }
  return true;
}

}  // namespace

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const auto high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low), i += 2;
  }
  const bool control = std::any_of(plain.begin(), plain.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (control || !is_utf8(plain)) return std::nullopt;
  return plain;
}

std::string session_secret(std::string_view cookie_header) {
  constexpr std::string_view name = "kinhub=";
  std::string secret;
  int found = 0;
  while (!cookie_header.empty()) {
    const auto end = std::min(cookie_header.find(';'), cookie_header.size());
    auto one = cookie_header.substr(0, end);
    cookie_header.remove_prefix(std::min(end + 1, cookie_header.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    if (one.starts_with(name)) ++found, secret = one.substr(name.size());
  }
  return found == 1 ? secret : std::string();
}

Result<Query> Query::read(std::string_view text) {
  const Error malformed{"MALFORMED", "write parameters as name=value, each once, percent-encoded as UTF-8",
                        ""};
  Query query;
  while (!text.empty()) {
    const auto end = std::min(text.find('&'), text.size());
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto sign = one.find('=');
    if (sign == std::string_view::npos || sign == 0) return malformed;
    auto name = decoded(one.substr(0, sign)), value = decoded(one.substr(sign + 1));
    if (!name || !value || query.get(*name)) return malformed;
    query.all_.emplace_back(std::move(*name), std::move(*value));
  }
  return query;
}

std::optional<std::string> Query::get(std::string_view name) const {
  for (const auto& [key, value] : all_)
    if (key == name) return value;
  return std::nullopt;
}

}  // namespace kinhub::api
