#include "hub/record/fact_bytes.hpp"

namespace kinhub {
namespace {

template <class T, class Write>
void optional(Packer& out, const std::optional<T>& value, Write write) {
  out.number(value ? 1 : 0);
  if (value) write(*value);
}

template <class Read>
auto optional(Unpacker& in, Read read) -> std::optional<decltype(read())> {
  if (in.number() == 0) return std::nullopt;
  return read();
}

void write_text(Packer& out, const std::optional<std::string>& value) {
  optional(out, value, [&](const std::string& text) { out.text(text); });
}
std::optional<std::string> read_text(Unpacker& in) {
  return optional(in, [&] { return std::string(in.text()); });
}

void write_date(Packer& out, const std::optional<PartialDate>& value) {
  optional(out, value, [&](const PartialDate& date) {
    out.signed_number(date.first.days());
    out.number(static_cast<std::uint64_t>(date.precision));
  });
}
std::optional<PartialDate> read_date(Unpacker& in) {
  return optional(in, [&] {
    auto first = Date::from_days(static_cast<std::int32_t>(in.signed_number()));
    return PartialDate{first, static_cast<Precision>(in.number())};
  });
}

void write_identifiers(Packer& out, const std::vector<Identifier>& identifiers) {
  out.number(identifiers.size());
  for (const auto& identifier : identifiers) {
    out.number(static_cast<std::uint64_t>(identifier.kind));
    out.text(identifier.value);
  }
}
std::vector<Identifier> read_identifiers(Unpacker& in) {
  std::vector<Identifier> identifiers;
  auto count = in.count();
  identifiers.reserve(count);
  for (; count > 0; --count) {
    auto kind = static_cast<IdentifierKind>(in.number());
    identifiers.push_back({kind, std::string(in.text())});
  }
  return identifiers;
}

}  // namespace

void write(Packer& out, const Fact& fact) {
  out.number(static_cast<std::uint64_t>(fact.kind));
  out.number(static_cast<std::uint64_t>(fact.op));
  out.number(static_cast<std::uint64_t>(fact.evidence));
  out.text(fact.key);
  out.text(fact.version);
  out.number(fact.people.size());
  for (const auto& mention : fact.people) {
    out.number(static_cast<std::uint64_t>(mention.role));
    write_identifiers(out, mention.identifiers);
    write_identifiers(out, mention.former);
    write_text(out, mention.name);
    optional(out, mention.sex, [&](Sex sex) { out.number(static_cast<std::uint64_t>(sex)); });
    write_date(out, mention.born);
  }
  write_date(out, fact.on);
  write_date(out, fact.until);
  optional(out, fact.registered, [&](Date date) { out.signed_number(date.days()); });
  optional(out, fact.grade, [&](int grade) { out.signed_number(grade); });
  optional(out, fact.category, [&](int category) { out.signed_number(category); });
  for (const auto* text : {&fact.region, &fact.region_to, &fact.status, &fact.household_number,
                           &fact.relation, &fact.certificate})
    write_text(out, *text);
}

Fact read_fact(Unpacker& in) {
  Fact fact;
  fact.kind = static_cast<FactKind>(in.number());
  fact.op = static_cast<Op>(in.number());
  fact.evidence = static_cast<EvidenceClass>(in.number());
  fact.key = in.text();
  fact.version = in.text();
  fact.people.resize(in.count());
  for (auto& mention : fact.people) {
    mention.role = static_cast<Role>(in.number());
    mention.identifiers = read_identifiers(in);
    mention.former = read_identifiers(in);
    mention.name = read_text(in);
    mention.sex = optional(in, [&] { return static_cast<Sex>(in.number()); });
    mention.born = read_date(in);
  }
  fact.on = read_date(in);
  fact.until = read_date(in);
  fact.registered =
      optional(in, [&] { return Date::from_days(static_cast<std::int32_t>(in.signed_number())); });
  fact.grade = optional(in, [&] { return static_cast<int>(in.signed_number()); });
  fact.category = optional(in, [&] { return static_cast<int>(in.signed_number()); });
  for (auto* text : {&fact.region, &fact.region_to, &fact.status, &fact.household_number, &fact.relation,
                     &fact.certificate})
    *text = read_text(in);
  return fact;
}

}  // namespace kinhub
