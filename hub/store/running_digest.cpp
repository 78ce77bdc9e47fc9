#include "hub/store/running_digest.hpp"

#include <cassert>

#include "hub/base/bytes.hpp"
#include "hub/store/row_code.hpp"

namespace kinhub {
namespace {

constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1;

std::uint64_t reduced(std::uint64_t value) {
  value = (value & prime) + (value >> 61);
  return value >= prime ? value - prime : value;
}
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  return reduced(a + b);
}
std::uint64_t difference(std::uint64_t a, std::uint64_t b) {
  return a >= b ? a - b : a + prime - b;
}
std::uint64_t product(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const auto wide = static_cast<Wide>(a) * b;
  return sum(static_cast<std::uint64_t>(wide & prime), static_cast<std::uint64_t>(wide >> 61));
}
/// Fermat: a^(p-2).
std::uint64_t inverse(std::uint64_t a) {
  std::uint64_t result = 1;
  for (auto exponent = prime - 2; exponent > 0; exponent >>= 1, a = product(a, a))
    if (exponent & 1) result = product(result, a);
  return result;
}
/// From 1: a weight of 0 would locate nothing.
std::uint64_t weight(std::int64_t number) {
  return reduced(static_cast<std::uint64_t>(number) + 1);
}

}  // namespace

void RowSum::add(std::int64_t number, std::uint64_t term) {
  ++rows;
  term = reduced(term);
  plain = sum(plain, term);
  weighed = sum(weighed, product(weight(number), term));
}

void RowSum::remove(std::int64_t number, std::uint64_t term) {
  --rows;
  term = reduced(term);
  plain = difference(plain, term);
  weighed = difference(weighed, product(weight(number), term));
}

RowSum& RowSum::operator+=(const RowSum& other) {
  rows += other.rows;
  plain = sum(plain, other.plain);
  weighed = sum(weighed, other.weighed);
  return *this;
}

std::optional<std::int64_t> differing_row(const RowSum& found, const RowSum& kept) {
  const auto plain = difference(found.plain, kept.plain);
  if (plain == 0) return std::nullopt;
  const auto at = product(difference(found.weighed, kept.weighed), inverse(plain));
  return static_cast<std::int64_t>(at) - 1;
}

RowSum& TableDigest::part_of(std::int64_t number) {
  assert(number >= 0);
  while (number >> shift_ >= parts_max) {  // two neighbours become one
    for (std::size_t i = 0; 2 * i < sums_.size(); ++i) {
      auto merged = sums_[2 * i];
      if (2 * i + 1 < sums_.size()) merged += sums_[2 * i + 1];
      sums_[i] = merged;
    }
    sums_.resize((sums_.size() + 1) / 2);
    ++shift_;
  }
  const auto part = static_cast<std::size_t>(number >> shift_);
  if (part >= sums_.size()) sums_.resize(part + 1);
  return sums_[part];
}

RowSum TableDigest::sum(std::int64_t part) const {
  return part < parts() ? sums_[static_cast<std::size_t>(part)] : RowSum{};
}

void TableDigest::put(std::int64_t part, const RowSum& sum) {
  if (part >= parts()) sums_.resize(static_cast<std::size_t>(part) + 1);
  sums_[static_cast<std::size_t>(part)] = sum;
}

std::int64_t number_in(std::string_view key) {
  std::uint64_t value = 0;
  for (unsigned char c : key.substr(0, 8))
    value = value << 8 | c;
  return static_cast<std::int64_t>(value ^ (std::uint64_t{1} << 63));
}

void RunningDigests::add(Coded table, std::string_view key, std::uint64_t code, RowCodes& codes) {
  auto& digest = tables[table];
  const auto term = codes.term(table, key, code);
  if (has_parts(table)) return digest.add(number_in(key), term);
  auto sum = digest.sum(0);
  sum.add(codes.number_of(key), term);
  digest.put(0, sum);
}

void RunningDigests::remove(Coded table, std::string_view key, std::uint64_t code, RowCodes& codes) {
  auto& digest = tables[table];
  const auto term = codes.term(table, key, code);
  if (has_parts(table)) return digest.remove(number_in(key), term);
  auto sum = digest.sum(0);
  sum.remove(codes.number_of(key), term);
  digest.put(0, sum);
}

std::string RunningDigests::bytes() const {
  Packer out(4096);
  out.number(1);  // form
  out.text(store);
  out.signed_number(generation);
  out.signed_number(last_person), out.signed_number(last_lead), out.signed_number(last_notice);
  out.number(broken ? 1 : 0);
  out.number(tables.size());
  for (const auto& [table, digest] : tables) {
    out.number(static_cast<std::uint64_t>(table));
    out.number(static_cast<std::uint64_t>(digest.shift_));
    out.number(digest.sums_.size());
    for (const auto& sum : digest.sums_)
      out.signed_number(sum.rows), out.number(sum.plain), out.number(sum.weighed);
  }
  return out.take();
}

RunningDigests RunningDigests::read(std::string_view bytes) {
  Unpacker in(bytes);
  RunningDigests all;
  if (in.number() != 1) throw std::runtime_error("running digests of a newer program");
  all.store = in.text();
  all.generation = in.signed_number();
  all.last_person = in.signed_number(), all.last_lead = in.signed_number();
  all.last_notice = in.signed_number();
  all.broken = in.number() != 0;
  for (auto tables = in.count(); tables > 0; --tables) {
    auto& digest = all.tables[static_cast<Coded>(in.number())];
    digest.shift_ = static_cast<int>(in.number());
    digest.sums_.resize(in.count());
    for (auto& sum : digest.sums_)
      sum.rows = in.signed_number(), sum.plain = in.number(), sum.weighed = in.number();
  }
  return all;
}

bool has_parts(Coded table) {
  switch (table) {
    case Coded::dossier:
    case Coded::lead:
    case Coded::decided:
    case Coded::decision:
    case Coded::notice:
    case Coded::quarantine:
    case Coded::open_lead:
      return true;
    case Coded::position:
    case Coded::counter:
    case Coded::coverage:
    case Coded::value:
    case Coded::dated:
    case Coded::payment_list:
    case Coded::payment_line:
    case Coded::payment_ledger:
    case Coded::account:
    case Coded::session:
    case Coded::slip:
    case Coded::issued:
    case Coded::line_of:
    case Coded::held_digest:
    case Coded::held_key:
      return false;
  }
  return false;
}

}  // namespace kinhub
