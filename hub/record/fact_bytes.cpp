#include "hub/record/fact_bytes.hpp"

#include <stdexcept>

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

/// Added to the operation's number where attributes follow the rest: facts without them keep the bytes that
/// they had before there were any.
constexpr std::uint64_t with_attributes = 16;

bool is_number(FactField field) {
  const auto type = traits_of(field).type;
  return type == FieldType::integer || type == FieldType::money;
}

void write_attributes(Packer& out, const std::vector<Attribute>& attributes) {
  out.number(attributes.size());
  for (const auto& one : attributes) {
    out.number(static_cast<std::uint64_t>(one.field));
    is_number(one.field) ? out.signed_number(one.number) : out.text(one.text);
  }
}
std::vector<Attribute> read_attributes(Unpacker& in) {
  std::vector<Attribute> attributes(in.count());
  for (auto& one : attributes) {
    const auto field = in.number();
    if (field >= fact_fields().size())
      throw std::runtime_error(
          "stored bytes are damaged, or a newer hub wrote them: a field that is not known");
    one.field = static_cast<FactField>(field);
    if (is_number(one.field))
      one.number = in.signed_number();
    else
      one.text = in.text();
  }
  return attributes;
}

}  // namespace

void write(Packer& out, const Fact& fact) {
  out.number(static_cast<std::uint64_t>(fact.kind));
  out.number(static_cast<std::uint64_t>(fact.op) + (fact.attributes.empty() ? 0 : with_attributes));
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
  if (!fact.attributes.empty()) write_attributes(out, fact.attributes);
}

Fact read_fact(Unpacker& in) {
  Fact fact;
  const auto kind = in.number(), op = in.number();
  if (kind >= fact_kinds().size())
    throw std::runtime_error("stored bytes are damaged, or a newer hub wrote them: a kind that is not known");
  fact.kind = static_cast<FactKind>(kind);
  fact.op = static_cast<Op>(op % with_attributes);
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
  if (op >= with_attributes) fact.attributes = read_attributes(in);
  return fact;
}

}  // namespace kinhub
