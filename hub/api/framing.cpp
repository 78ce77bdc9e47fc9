#include "hub/api/framing.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace kinhub::api {
namespace {

constexpr std::string_view line_end = "\r\n", head_end = "\r\n\r\n";
constexpr std::string_view framing = "FRAMING";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}
bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') || others.find(c) != others.npos;
  });
}
std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// The lines of a head without their ends; none where an end is not CR LF.
std::vector<std::string_view> lines_of(std::string_view head) {
  std::vector<std::string_view> lines;
  while (!head.empty()) {
    const auto end = head.find(line_end);
    if (end == std::string_view::npos) return {};
    lines.push_back(head.substr(0, end));
    head.remove_prefix(end + line_end.size());
  }
  return lines;
}

bool has_control(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::string_view target_fault(std::string_view target) {
  if (target.size() > target_bytes_max) return "URI_TOO_LONG";
  if (!target.starts_with("/")) return framing;
  std::string small(target);
  std::transform(small.begin(), small.end(), small.begin(), lower);
  for (const std::string_view wrong : {"%00", "\\", "#"})
    if (small.find(wrong) != std::string::npos) return framing;
  small.resize(std::min(small.size(), small.find('?')));
  for (const std::string_view wrong : {"%2f", "%5c", "%2e", "%25", "..", "//"})
    if (small.find(wrong) != std::string::npos) return framing;
  const bool printable =
      std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  return printable ? std::string_view() : framing;
}

struct Fields {
  std::size_t hosts = 0, lengths = 0;
  std::string_view length;
};

std::string_view fields_fault(const std::vector<std::string_view>& lines, Fields& fields) {
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    const auto colon = lines[i].find(':');
    if (colon == std::string_view::npos) return framing;
    const auto name = lines[i].substr(0, colon);
    if (!is_token(name)) return framing;  // also a blank before the colon, and a folded line
    const auto value = without_blanks(lines[i].substr(colon + 1));
    if (same_word(name, "transfer-encoding") || same_word(name, "expect") || same_word(name, "upgrade"))
      return framing;
    if (same_word(name, "host")) fields.hosts += value.empty() ? 2 : 1;
    if (same_word(name, "content-length")) ++fields.lengths, fields.length = value;
  }
  return {};
}

bool is_length(std::string_view text) {
  constexpr std::size_t digits_max = 8;
  return !text.empty() && text.size() <= digits_max &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::optional<std::size_t> head_size(std::string_view bytes) {
  const auto end = bytes.find(head_end);
  if (end == std::string_view::npos) return std::nullopt;
  return end + head_end.size();
}

bool has_bare_line_feed(std::string_view bytes) {
  for (auto at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1))
    if (at == 0 || bytes[at - 1] != '\r') return true;
  return false;
}

std::string_view framing_fault(std::string_view head) {
  const auto lines = lines_of(head);
  if (lines.size() < 2 || std::any_of(lines.begin(), lines.end(), has_control)) return framing;
  if (lines.size() - 2 > header_fields_max) return "HEADERS_TOO_LARGE";
  const auto first = lines.front();
  const auto one = first.find(' '), two = first.rfind(' ');
  if (one == std::string_view::npos || two == one) return framing;
  const auto method = first.substr(0, one), target = first.substr(one + 1, two - one - 1);
  const auto version = first.substr(two + 1);
  if (!is_token(method)) return framing;
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return version.starts_with("HTTP/") ? std::string_view("HTTP_VERSION") : framing;
  const bool reads = method == "GET" || method == "HEAD";
  if (version == "HTTP/1.0" && !reads) return "HTTP_VERSION";
  if (const auto fault = target_fault(target); !fault.empty()) return fault;
  Fields fields;
  if (const auto fault = fields_fault(lines, fields); !fault.empty()) return fault;
  if (fields.hosts != 1) return framing;
  if (fields.lengths > 1 || (fields.lengths == 1 && !is_length(fields.length))) return framing;
  const bool no_body = reads || method == "DELETE";
  if (no_body && fields.lengths == 1 && fields.length.find_first_not_of('0') != std::string_view::npos)
    return framing;
  const bool wants_length = method == "POST" || method == "PUT" || method == "PATCH";
  if (wants_length && fields.lengths == 0) return "LENGTH_NEEDED";
  return {};
}

bool is_own_host(std::string_view host, unsigned port) {
  for (const std::string name : {"127.0.0.1", "localhost", "[::1]"})
    if (same_word(host, name + ":" + std::to_string(port))) return true;
  return false;
}

}  // namespace kinhub::api
