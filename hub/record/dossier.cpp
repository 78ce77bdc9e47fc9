#include "hub/record/dossier.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>
#include <set>

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

std::vector<Token> own_tokens(const Keyring& keys, const Dossier& dossier) {
  const auto before = [](const Identifier* a, const Identifier* b) { return *a < *b; };
  std::set<const Identifier*, decltype(before)> said;  // each many times: a token costs more than to find it
  each_own_mention(dossier, [&](const Entry&, OwnMention, const Mention& mention) {
    for (const auto* identifiers : {&mention.identifiers, &mention.former})
      for (const auto& one : *identifiers)
        said.insert(&one);
  });
  std::vector<Token> tokens;
  tokens.reserve(said.size());
  for (const auto* one : said)
    tokens.push_back(identifier_token(keys, *one));
  std::sort(tokens.begin(), tokens.end());
  return tokens;
}

namespace {

std::size_t size_of(const Dossier& dossier) {
  constexpr std::size_t numbers_max = 64;  // what stands beside the texts of one version or entry
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

/// Number of the storage form. Form 1 had neither places within an event nor digests, and its versions stood
/// in another order; form 2 had no origins; form 3 had no facts with attributes; form 4 had nothing that was
/// read anew; form 5 had no absences, which a hub from before would take for something else. The earliest
/// form that can say a dossier, of 4 on, is the one it is written in, so that what it does not need costs
/// nothing.
constexpr std::uint64_t form_now = 6, form_without_absences = 5, form_without_readings = 4,
                        form_without_attributes = 3, form_without_origins = 2, form_without_places = 1;
constexpr std::size_t digest_size = sizeof(Statement::event_digest);

std::string_view bytes_of(const std::uint64_t& digest) {
  return {reinterpret_cast<const char*>(&digest), digest_size};
}

bool of_a_reading(const Statement& version) {
  return version.replaced_at_us != 0 || read_anew(version);
}

std::uint64_t form_of(const Dossier& dossier) {
  auto form = form_without_readings;
  for (const auto& entry : dossier.entries)
    for (const auto& version : entry.history.versions) {
      if (from_absence(version.fact.op)) return form_now;
      if (of_a_reading(version)) form = form_without_absences;
    }
  return form;
}

/// Place within the event; from form 5 on doubled, and odd where the times of readings follow.
void write_place(Packer& out, const Statement& version, std::uint64_t form) {
  if (form <= form_without_readings) return out.number(version.fact_index);
  const bool marked = of_a_reading(version);
  out.number(std::uint64_t{version.fact_index} << 1 | (marked ? 1u : 0u));
  if (marked) out.signed_number(version.replaced_at_us), out.signed_number(version.event_received_at_us);
}

void read_place(Unpacker& in, Statement& version, std::uint64_t form) {
  const auto place = in.number();
  version.fact_index = static_cast<std::uint32_t>(form <= form_without_readings ? place : place >> 1);
  if (form <= form_without_readings || (place & 1) == 0) return;
  version.replaced_at_us = in.signed_number();
  version.event_received_at_us = in.signed_number();
}

std::string_view skip_versions(Unpacker& in, std::uint64_t form) {
  const auto before = in.rest();
  Statement skipped;
  for (auto count = in.count(); count > 0; --count) {
    in.text(), in.number(), in.number();
    if (form != form_without_places) read_place(in, skipped, form), in.raw(digest_size);
    if (form >= form_without_attributes) in.raw(digest_size), in.number();
    in.text();
  }
  return before.substr(0, before.size() - in.rest().size());
}

std::vector<Statement> versions_from(std::string_view bytes, std::uint64_t form) {
  Unpacker in(bytes);
  const auto count = in.count();
  std::vector<Statement> versions;
  for (std::uint64_t i = 0; i < count; ++i) {
    auto& version = versions.emplace_back();
    version.source = in.text();
    version.received_at_us = in.signed_number();
    version.event_sequence = in.signed_number();
    if (form != form_without_places) {
      read_place(in, version, form);
      std::memcpy(&version.event_digest, in.raw(digest_size).data(), digest_size);
    }
    if (form >= form_without_attributes) {
      std::memcpy(&version.origin.mapping, in.raw(digest_size).data(), digest_size);
      version.origin.line = static_cast<std::uint32_t>(in.number());
    }
    version.content = in.text();
    Unpacker fact(version.content);
    version.fact = read_fact(fact);
  }
  return versions;
}

/// Brings versions of the earlier form into log order; where each of them went.
std::vector<std::uint32_t> into_log_order(std::vector<Statement>& versions) {
  std::vector<std::uint32_t> order(versions.size()), went(versions.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return log_before(versions[a], versions[b]); });
  std::vector<Statement> sorted;
  sorted.reserve(versions.size());
  for (auto from : order) {
    went[from] = static_cast<std::uint32_t>(sorted.size());
    sorted.push_back(std::move(versions[from]));
  }
  versions = std::move(sorted);
  return went;
}

/// Reads the versions of one entry; of the earlier form also where each of them went.
std::vector<std::uint32_t> read_versions(Unpacker& in, std::uint64_t form, History& history,
                                         HistoriesRead& histories) {
  const auto bytes = skip_versions(in, form);
  if (form == form_without_places) {
    auto versions = versions_from(bytes, form);
    auto went = into_log_order(versions);
    history.versions = Versions(std::move(versions));
    return went;
  }
  if (const auto* known = histories.find(history.key, form, bytes)) {
    history.versions = *known;
  } else {
    history.versions = Versions(versions_from(bytes, form));
    if (names_others(history)) histories.note(history.key, form, bytes, history.versions);
  }
  return {};
}

}  // namespace

const Versions* HistoriesRead::find(const Token& history, std::uint64_t form, std::string_view bytes) const {
  const auto known = read_.find(history);
  const bool same = known != read_.end() && known->second.form == form && known->second.bytes == bytes;
  return same ? &known->second.versions : nullptr;
}

void HistoriesRead::note(const Token& history, std::uint64_t form, std::string_view bytes,
                         const Versions& versions) {
  read_[history] = {form, std::string(bytes), versions};
}

std::string to_bytes(const Dossier& dossier) {
  Packer out(size_of(dossier));
  const auto form = form_of(dossier);
  out.number(form);
  out.number(dossier.entries.size());
  for (const auto& entry : dossier.entries) {
    out.raw(entry.history.key.view());
    out.number(entry.history.versions.size());
    for (const auto& version : entry.history.versions) {
      out.text(version.source);
      out.signed_number(version.received_at_us);
      out.signed_number(version.event_sequence);
      write_place(out, version, form);
      out.raw(bytes_of(version.event_digest));
      out.raw(bytes_of(version.origin.mapping));
      out.number(version.origin.line);
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
  const auto form = in.number();
  if (form < form_without_places || form > form_now)
    throw std::runtime_error("a dossier was written by a newer hub: use that one");
  Dossier dossier{person, {}};
  dossier.entries.resize(in.count());
  for (auto& entry : dossier.entries) {
    entry.history.key = Token::from(in.raw(16));
    const auto went = read_versions(in, form, entry.history, histories);
    entry.own.resize(in.count());
    for (auto& one : entry.own) {
      one.version = static_cast<std::uint32_t>(in.number());
      one.mention = static_cast<std::uint32_t>(in.number());
      if (one.version < went.size()) one.version = went[one.version];
      if (one.version >= entry.history.versions.size() ||
          one.mention >= entry.history.versions[one.version].fact.people.size())
        throw std::runtime_error("stored bytes are damaged: a mention that is not there");
    }
    if (!went.empty()) std::sort(entry.own.begin(), entry.own.end());
  }
  return dossier;
}

}  // namespace kinhub
