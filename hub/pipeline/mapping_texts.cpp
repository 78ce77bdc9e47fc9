#include "hub/pipeline/mapping_texts.hpp"

#include <fmt/format.h>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

std::string name_in_store(std::uint64_t digest) {
  return fmt::format("mapping {:016x}", digest);
}

}  // namespace

void keep_mapping_texts(const Rules& rules, const Keyring& keys, ValueShelf& values) {
  for (const auto& [source, mapping] : rules.mappings)
    for (const auto& text : mapping->texts()) {
      const auto name = name_in_store(text.digest);
      if (!values.get(name).empty()) continue;
      Packer out(text.text.size() + text.name.size() + 8);
      out.text(text.name), out.text(text.text);
      values.put(name, keys.seal(out.bytes(), name));
    }
}

std::optional<MappingText> kept_mapping_text(ValueShelf& values, const Keyring& keys, std::uint64_t digest) {
  const auto name = name_in_store(digest);
  const auto sealed = values.get(name);
  if (digest == 0 || sealed.empty()) return std::nullopt;
  const auto bytes = keys.unseal(sealed, name);
  Unpacker in(bytes);
  MappingText text;
  text.digest = digest;
  text.name = in.text(), text.text = in.text();
  return text;
}

const MappingArchive::Kept* MappingArchive::find(ValueShelf& values, std::uint64_t digest) {
  auto at = kept_.find(digest);
  if (at == kept_.end()) {
    auto file = kept_mapping_text(values, keys_, digest);
    if (!file) return nullptr;
    FieldLines lines(file->text);
    at = kept_.emplace(digest, Kept{std::move(*file), std::move(lines)}).first;
  }
  return &at->second;
}

}  // namespace kinhub
