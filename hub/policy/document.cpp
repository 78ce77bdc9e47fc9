// Loading of one policy file: size, UTF-8 and YAML are checked here, all else by the reader.

#include "hub/policy/document.hpp"

#include <fmt/format.h>

#include <cassert>

#include "hub/base/yaml.hpp"
#include "hub/policy/document_reader.hpp"

namespace kinhub::policy {

struct RawDocument::Tree {
  YamlNode root;
};

std::string Place::text() const {
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string yuan(std::int64_t fen) {
  auto cents = static_cast<unsigned long long>(fen < 0 ? -fen : fen);
  return fmt::format("{}{}.{:02}", fen < 0 ? "-" : "", cents / 100, cents % 100);
}

std::optional<std::int64_t> read_yuan(std::string_view text) {
  auto point = text.find('.');
  auto whole = text.substr(0, point);
  auto rest = point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  if (whole.empty() || whole.size() > 9 || rest.size() > 2) return std::nullopt;
  if (point != std::string_view::npos && rest.empty()) return std::nullopt;
  std::int64_t fen = 0;
  for (char c : whole) {
    if (c < '0' || c > '9') return std::nullopt;
    fen = fen * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < 2; ++i) {
    char c = i < rest.size() ? rest[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    fen = fen * 10 + (c - '0');
  }
  return fen;
}

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    std::size_t length = byte < 0x80                   ? 1
                         : byte >= 0xC2 && byte < 0xE0 ? 2
                         : byte >= 0xE0 && byte < 0xF0 ? 3
                         : byte >= 0xF0 && byte < 0xF5 ? 4
                                                       : 0;
    if (length == 0 || i + length > text.size()) return false;
    for (std::size_t k = 1; k < length; ++k)
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return false;
    i += length;
  }
  return true;
}

std::variant<RawDocument, Error> RawDocument::parse(const std::filesystem::path& file,
                                                    std::string_view text) {
  constexpr std::size_t size_max = 1 << 20;
  auto name = file.string();
  if (text.size() > size_max) return Error{"POLICY_SIZE", "a policy file is at most 1 MiB", name + ":1:1"};
  if (!valid_utf8(text)) return Error{"POLICY_SYNTAX", "a policy file is UTF-8 text", name + ":1:1"};
  RawDocument raw;
  auto tree = std::make_shared<Tree>();
  try {
    tree->root = read_yaml(text);
    if (!tree->root.IsMap())
      return Error{"POLICY_SYNTAX", "one file holds one policy, a map of 'key: value' lines", name + ":1:1"};
    for (const auto& entry : tree->root) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) continue;
      auto key = canonical(tidy(entry.first.Scalar()));
      if (key == "policy") raw.head_.id = tidy(entry.second.Scalar());
      if (key == "in_force") raw.head_.in_force = tidy(entry.second.Scalar());
      if (key == "parent") raw.head_.parent = tidy(entry.second.Scalar());
    }
  } catch (const YamlError& problem) {
    return Error{"POLICY_SYNTAX", problem.msg,
                 fmt::format("{}:{}:{}", name, problem.mark.line + 1, problem.mark.column + 1)};
  }
  raw.head_.file = file;
  raw.tree_ = std::move(tree);
  return raw;
}

Document RawDocument::read(const Document* parent, const IssuedTexts& issued, const Vocabulary& vocabulary,
                           std::vector<Error>& errors) const {
  assert(tree_ && "parse() before read()");
  return DocumentReader(head_, parent, issued, vocabulary, errors).read(tree_->root);
}

}  // namespace kinhub::policy
