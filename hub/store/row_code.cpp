#include "hub/store/row_code.hpp"

namespace kinhub {
namespace {

void append_word(std::string& out, std::uint64_t value) {
  char bytes[8];
  for (int i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(value >> (8 * i) & 0xFF);
  out.append(bytes, sizeof bytes);
}

}  // namespace

CellWriter& CellWriter::number(std::int64_t number) {
  out_ += 'n';
  append_word(out_, static_cast<std::uint64_t>(number));
  return *this;
}
CellWriter& CellWriter::bytes(std::string_view bytes) {
  out_ += 'b';
  append_word(out_, bytes.size());
  out_.append(bytes);
  return *this;
}
CellWriter& CellWriter::null() {
  out_ += '0';
  return *this;
}

RowCodes::RowCodes(const Keyring& keys)
    : codes_(keys.token("row codes", "")), terms_(keys.token("running digests", "")) {}

std::uint64_t RowCodes::of(Coded table, std::span<const Cell> cells) {
  auto writer = begin();
  for (const auto& cell : cells)
    switch (cell.kind) {
      case Cell::Kind::null:
        writer.null();
        break;
      case Cell::Kind::number:
        writer.number(cell.number);
        break;
      case Cell::Kind::bytes:
        writer.bytes(cell.bytes);
        break;
    }
  return code(table);
}

std::uint64_t RowCodes::of_dossier(std::int64_t person, std::int64_t marks, std::string_view sealed) {
  begin()
      .number(person)
      .number(marks)
      .number(static_cast<std::int64_t>(sealed.size()))
      .bytes(sealed.substr(0, 47));
  return code(Coded::dossier);
}

std::uint64_t RowCodes::term(Coded table, std::string_view key, std::uint64_t code) {
  buffer_.assign(1, static_cast<char>(table));
  buffer_.append(key);
  return terms_.of(buffer_, code);
}

std::int64_t RowCodes::number_of(std::string_view key) const {
  return static_cast<std::int64_t>(terms_.of(key, ~std::uint64_t{0}) >> 8);
}

}  // namespace kinhub
