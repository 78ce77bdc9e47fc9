#include "hub/mapping/source.hpp"

#include <algorithm>
#include <cstring>

#include "hub/base/blanks.hpp"
#include "hub/mapping/charset.hpp"

namespace kinhub {
namespace {

constexpr std::string_view format_names[] = {"xml", "json", "csv", "hl7"};

Error unknown_charset(std::string_view name) {
  if (name.empty())
    return {"CHARSET_UNKNOWN",
            "neither the source nor the message says which charset this is: set it for the source",
            {}};
  // A charset name is ASCII, short and has few digits; anything else, such as a number in its place, is not
  // repeated.
  const auto digits = std::count_if(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
  auto shown = name.size() <= 32 && is_ascii(name) && digits <= 6 ? "'" + std::string(name) + "'"
                                                                  : std::string("of that name");
  return {"CHARSET_UNKNOWN",
          "charset " + shown +
              " is not known here (UTF-8, GB18030, GBK, GB2312, ASCII are): set the charset of the source",
          {}};
}

/// encoding="..." of an XML declaration at the very start; empty without one.
std::string_view declared_in_xml(std::string_view body) {
  if (!body.starts_with("<?xml")) return {};
  auto end = body.find("?>");
  if (end == std::string_view::npos || end > 256) return {};
  auto declaration = body.substr(0, end);
  auto at = declaration.find("encoding");
  if (at == std::string_view::npos) return {};
  auto open = declaration.find_first_of("'\"", at);
  if (open == std::string_view::npos) return {};
  auto close = declaration.find(declaration[open], open + 1);
  if (close == std::string_view::npos) return {};
  return declaration.substr(open + 1, close - open - 1);
}

/// MSH-18, first repetition. Read from undecoded bytes, so only when the segment is ASCII up to there.
std::string_view declared_in_hl7(std::string_view body) {
  if (!body.starts_with("MSH") || body.size() < 8) return {};
  auto segment = body.substr(0, body.find_first_of("\r\n"));
  const char separator = segment[3], repetition = segment.size() > 5 ? segment[5] : '~';
  std::size_t at = 3;
  for (int field = 2; field <= 18; ++field) {
    if (at == std::string_view::npos) return {};
    if (!is_ascii(segment.substr(0, at))) return {};
    at = field == 2 ? 3 : segment.find(separator, at + 1);
  }
  if (at == std::string_view::npos || !is_ascii(segment.substr(0, at))) return {};
  auto value = segment.substr(at + 1);
  value = value.substr(0, value.find(separator));
  return value.substr(0, value.find(repetition));
}

Result<Charset> charset_of(Format format, const RawEvent& event, bool has_mark) {
  std::string_view name = event.charset;
  if (name.empty()) {
    if (has_mark || format == Format::json) return Charset::utf8;
    if (format == Format::xml) name = declared_in_xml(event.body);
    if (format == Format::hl7) name = declared_in_hl7(event.body);
    // Pure ASCII reads the same in every charset known here.
    if (name.empty() && is_ascii(event.body)) return Charset::ascii;
  }
  if (auto known = charset_named(name)) return *known;
  return unknown_charset(name);
}

}  // namespace

std::string_view name_of(Format format) {
  return format_names[static_cast<std::size_t>(format)];
}

std::optional<Format> format_named(std::string_view name) {
  for (std::size_t i = 0; i < std::size(format_names); ++i)
    if (format_names[i] == name) return static_cast<Format>(i);
  return std::nullopt;
}

std::optional<Format> format_of_content(std::string_view content_type) {
  auto type = trimmed(content_type.substr(0, content_type.find(';')));
  std::string lower;
  for (char c : type)
    lower += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (lower == "application/xml" || lower == "text/xml") return Format::xml;
  if (lower == "application/json" || lower == "text/json") return Format::json;
  if (lower == "text/csv" || lower == "application/csv") return Format::csv;
  if (lower == "x-application/hl7-v2+er7" || lower == "application/hl7-v2+er7" ||
      lower == "application/hl7-v2")
    return Format::hl7;
  return std::nullopt;
}

std::uint32_t hash_of(std::string_view name) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (char c : name)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::string_view keep(Arena& arena, std::string_view text) {
  if (text.empty()) return {};
  auto* copy = static_cast<char*>(arena.allocate(text.size(), 1));
  std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

std::string_view trimmed(std::string_view text) {
  return without_blanks(text);
}

bool is_blank(std::string_view text) {
  return trimmed(text).empty();
}

Result<Path> compile_path(Format format, std::string_view text) {
  if (text.empty()) return Error{"MAP_PATH", "a path is empty", "0"};
  switch (format) {
    case Format::xml:
    case Format::json:
      return compile_tree_path(format, text);
    case Format::hl7:
      return compile_hl7_path(text);
    case Format::csv: {
      Path path;
      path.text = std::string(text);
      path.steps.emplace_back().name = path.text;
      return path;
    }
  }
  return Error{"MAP_PATH", "no such format", "0"};
}

Result<std::unique_ptr<Document>> open_document(Format format, const RawEvent& event) {
  if (event.body.size() > body_size_max)
    return Error{"BODY_SIZE",
                 "the message has " + std::to_string(event.body.size()) + " bytes, more than the " +
                     std::to_string(body_size_max) + " allowed: ask the source to send it in parts",
                 {}};
  const bool has_mark = event.body.starts_with("\xEF\xBB\xBF");
  auto charset = charset_of(format, event, has_mark);
  if (!charset) return charset.error();
  auto text = to_utf8(has_mark && *charset == Charset::utf8 ? event.body.substr(3) : event.body, *charset);
  if (!text) return text.error();
  switch (format) {
    case Format::xml:
      return open_xml(std::move(*text));
    case Format::json:
      return open_json(*text);
    case Format::csv:
      return open_csv(std::move(*text));
    case Format::hl7:
      return open_hl7(std::move(*text), *charset);
  }
  return Error{"FORMAT_UNKNOWN", "no reader for this format", {}};
}

}  // namespace kinhub
