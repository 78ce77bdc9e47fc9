#include "hub/record/dossier.hpp"

#include <algorithm>
#include <cassert>

#include "hub/record/fact_bytes.hpp"

namespace kinhub {

const Mention* Entry::mention_in(const Statement& version) const {
  assert(history.versions.begin() <= &version && &version < history.versions.end());
  auto index = static_cast<std::size_t>(&version - history.versions.data());
  for (const auto& one : own)
    if (one.version == index) return &version.fact.people[one.mention];
  return nullptr;
}

const Entry* Dossier::find(const Token& key) const {
  auto at = std::lower_bound(entries.begin(), entries.end(), key, [](const Entry& entry, const Token& token) {
    return entry.history.key < token;
  });
  return at != entries.end() && at->history.key == key ? &*at : nullptr;
}

Entry* Dossier::find(const Token& key) {
  return const_cast<Entry*>(static_cast<const Dossier*>(this)->find(key));
}

namespace {

std::size_t size_of(const Dossier& dossier) {
  constexpr std::size_t numbers_max = 32;  // what stands beside the texts of one version or entry
  std::size_t size = numbers_max;
  for (const auto& entry : dossier.entries) {
    size += numbers_max + 2 * entry.own.size();
    for (const auto& version : entry.history.versions)
      size += numbers_max + version.source.size() + version.content.size();
  }
  return size;
}

/// Whether it stands in other people's dossiers, too.
bool names_others(const History& history) {
  return std::any_of(history.versions.begin(), history.versions.end(),
                     [](const Statement& version) { return version.fact.people.size() > 1; });
}

std::string_view skip_versions(Unpacker& in) {
  const auto before = in.rest();
  for (auto count = in.number(); count > 0; --count)
    in.text(), in.number(), in.number(), in.text();
  return before.substr(0, before.size() - in.rest().size());
}

Versions versions_from(std::string_view bytes) {
  Unpacker in(bytes);
  const auto count = in.number();
  std::vector<Statement> versions;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& version = versions.emplace_back();
    version.source = in.text();
    version.received_at_us = in.signed_number();
    version.event_sequence = in.signed_number();
    version.content = in.text();
    Unpacker fact(version.content);
    version.fact = read_fact(fact);
  }
  return Versions(std::move(versions));
}

}  // namespace

const Versions* HistoriesRead::find(const Token& history, std::string_view bytes) const {
  auto known = read_.find(history);
  return known != read_.end() && known->second.bytes == bytes ? &known->second.versions : nullptr;
}

void HistoriesRead::note(const Token& history, std::string_view bytes, const Versions& versions) {
  read_[history] = {std::string(bytes), versions};
}

std::string to_bytes(const Dossier& dossier) {
  Packer out(size_of(dossier));
  out.number(1);  // version of this form
  out.number(dossier.entries.size());
  for (const auto& entry : dossier.entries) {
    out.raw(entry.history.key.view());
    out.number(entry.history.versions.size());
    for (const auto& version : entry.history.versions) {
      out.text(version.source);
      out.signed_number(version.received_at_us);
      out.signed_number(version.event_sequence);
      out.text(version.content);
    }
    out.number(entry.own.size());
    for (const auto& one : entry.own)
      out.number(one.version), out.number(one.mention);
  }
  return out.take();
}

Dossier dossier_from(PersonId person, std::string_view bytes) {
  HistoriesRead histories;
  return dossier_from(person, bytes, histories);
}

Dossier dossier_from(PersonId person, std::string_view bytes, HistoriesRead& histories) {
  Unpacker in(bytes);
  if (in.number() != 1) throw std::runtime_error("a dossier was written by a newer hub: use that one");
  Dossier dossier{person, {}};
  dossier.entries.resize(in.number());
  for (auto& entry : dossier.entries) {
    entry.history.key = Token::from(in.raw(16));
    const auto versions = skip_versions(in);
    if (const auto* known = histories.find(entry.history.key, versions)) {
      entry.history.versions = *known;
    } else {
      entry.history.versions = versions_from(versions);
      if (names_others(entry.history)) histories.note(entry.history.key, versions, entry.history.versions);
    }
    entry.own.resize(in.number());
    for (auto& one : entry.own) {
      one.version = static_cast<std::uint32_t>(in.number());
      one.mention = static_cast<std::uint32_t>(in.number());
      if (one.version >= entry.history.versions.size() ||
          one.mention >= entry.history.versions[one.version].fact.people.size())
        throw std::runtime_error("stored bytes are damaged: a mention that is not there");
    }
  }
  return dossier;
}

}  // namespace kinhub
