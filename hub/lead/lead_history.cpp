#include "hub/lead/lead_history.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

std::string dated_name(LeadId id) {
  return "lead " + std::to_string(id.value);
}

/// What changes of a lead; the content stays sealed as it is.
std::string to_bytes(const LeadRow& lead) {
  Packer out(lead.content.size() + 48);
  out.signed_number(lead.person.value);
  out.number(static_cast<std::uint64_t>(lead.kind)), out.number(static_cast<std::uint64_t>(lead.state));
  out.signed_number(lead.revision);
  out.raw(lead.anchor.view());
  out.text(lead.content);
  return out.take();
}
LeadRow version_of(const LeadRow& lead, const DatedRow& row) {
  auto version = lead;
  Unpacker in(row.value);
  version.person.value = in.signed_number();
  version.kind = static_cast<LeadKind>(in.number()), version.state = static_cast<LeadState>(in.number());
  version.revision = in.signed_number();
  version.anchor = Token::from(in.raw(version.anchor.bytes.size()));
  version.content = in.text();
  version.changed_at_us = row.at_us;
  return version;
}

}  // namespace

void keep_superseded(ValueShelf& values, const LeadRow& lead) {
  values.put_dated({dated_name(lead.id), lead.changed_at_us, to_bytes(lead)});
}

std::optional<LeadRow> lead_as_known(ValueShelf& values, const LeadRow& now, std::int64_t known_at_us) {
  if (now.opened_at_us > known_at_us) return std::nullopt;
  if (now.changed_at_us <= known_at_us) return now;
  const auto dated = values.dated(dated_name(now.id));
  if (dated.empty()) return now;
  const auto later =
      std::find_if(dated.begin(), dated.end(), [&](const DatedRow& row) { return row.at_us > known_at_us; });
  return version_of(now, later == dated.begin() ? *later : *std::prev(later));
}

std::vector<LeadRow> lead_versions(ValueShelf& values, const LeadRow& now) {
  std::vector<LeadRow> versions;
  for (const auto& row : values.dated(dated_name(now.id)))
    versions.push_back(version_of(now, row));
  versions.push_back(now);
  return versions;
}

std::optional<SupersededContent> superseded_content(std::string_view name, std::string_view value) {
  constexpr std::string_view prefix = "lead ";
  SupersededContent found;
  if (!name.starts_with(prefix)) return std::nullopt;
  const auto digits = name.substr(prefix.size());
  if (std::from_chars(digits.data(), digits.data() + digits.size(), found.lead.value).ptr != name.end())
    return std::nullopt;
  Unpacker in(value);
  in.signed_number(), in.number(), in.number(), in.signed_number();
  in.raw(Token{}.bytes.size());
  found.before = value.substr(0, value.size() - in.rest().size());
  found.content = in.text();
  return found;
}

std::string with_content(const SupersededContent& of, std::string_view content) {
  Packer out(of.before.size() + content.size() + 8);
  out.raw(of.before);
  out.text(content);
  return out.take();
}

}  // namespace kinhub
