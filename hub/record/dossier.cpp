#include "hub/record/dossier.hpp"

#include <algorithm>

#include "hub/record/fact_bytes.hpp"

namespace kinhub {

const Mention* Entry::mention_in(const Statement& version) const {
  auto index = static_cast<std::size_t>(&version - topic.versions.data());
  for (const auto& one : own)
    if (one.version == index) return &version.fact.people[one.mention];
  return nullptr;
}

const Entry* Dossier::find(const Token& key) const {
  auto at = std::lower_bound(entries.begin(), entries.end(), key,
                             [](const Entry& entry, const Token& token) { return entry.topic.key < token; });
  return at != entries.end() && at->topic.key == key ? &*at : nullptr;
}

Entry* Dossier::find(const Token& key) {
  return const_cast<Entry*>(static_cast<const Dossier*>(this)->find(key));
}

std::string to_bytes(const Dossier& dossier) {
  Packer out;
  out.number(1);  // version of this form
  out.number(dossier.entries.size());
  for (const auto& entry : dossier.entries) {
    out.raw(entry.topic.key.view());
    out.number(entry.topic.versions.size());
    for (const auto& version : entry.topic.versions) {
      out.text(version.source);
      out.signed_number(version.received_at_us);
      out.signed_number(version.event_sequence);
      out.text(version.content);
    }
    out.number(entry.own.size());
    for (const auto& one : entry.own) out.number(one.version), out.number(one.mention);
  }
  return out.take();
}

Dossier dossier_from(PersonId person, std::string_view bytes) {
  Unpacker in(bytes);
  if (in.number() != 1) throw std::runtime_error("a dossier was written by a newer hub: use that one");
  Dossier dossier{person, {}};
  dossier.entries.resize(in.number());
  for (auto& entry : dossier.entries) {
    entry.topic.key = Token::from(in.raw(16));
    std::vector<Statement> versions(in.number());
    for (auto& version : versions) {
      version.source = in.text();
      version.received_at_us = in.signed_number();
      version.event_sequence = in.signed_number();
      version.content = in.text();
      Unpacker fact(version.content);
      version.fact = read_fact(fact);
    }
    entry.topic.versions = Versions(std::move(versions));
    entry.own.resize(in.number());
    for (auto& one : entry.own) {
      one.version = static_cast<std::uint32_t>(in.number());
      one.mention = static_cast<std::uint32_t>(in.number());
      if (one.version >= entry.topic.versions.size() ||
          one.mention >= entry.topic.versions[one.version].fact.people.size())
        throw std::runtime_error("stored bytes are damaged: a mention that is not there");
    }
  }
  return dossier;
}

}  // namespace kinhub
