#pragma once
// Dossier: the aggregate of all version histories that mention one person, stored as one row. What a person
// is, is derived from it on reading.

#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/record/statement.hpp"

namespace kinhub {

/// Latest known-at time: everything that has arrived counts.
inline constexpr std::int64_t known_now = std::numeric_limits<std::int64_t>::max();

/// Index of a mention within a history: which mention of which version is about the dossier's person.
struct OwnMention {
  std::uint32_t version = 0;  ///< index into History::versions
  std::uint32_t mention = 0;  ///< index into Fact::people
  friend auto operator<=>(const OwnMention&, const OwnMention&) = default;
};

/// A denormalised copy of a history in one person's dossier. Everyone it mentions has the whole of it, so
/// that one read gives all that is said of them.
struct Entry {
  History history;
  std::vector<OwnMention> own;  ///< sorted

  /// The person's own mention in a version, or null. REQUIRES: `version` is an element of history.versions.
  const Mention* mention_in(const Statement& version) const;
};

struct Dossier {
  PersonId person;
  std::vector<Entry> entries;  ///< sorted by history key

  Entry* find(const Token& key);
  const Entry* find(const Token& key) const;
};

/// Visits the person's own mentions in all versions, superseded ones too: see(entry, own, mention).
template <class See>
void each_own_mention(const Dossier& dossier, See see) {
  for (const auto& entry : dossier.entries)
    for (auto own : entry.own)
      see(entry, own, entry.history.versions[own.version].fact.people[own.mention]);
}

/// Index keys of all identifiers that any version gives the person, current and former ones: sorted, each
/// once.
std::vector<Token> own_tokens(const Keyring& keys, const Dossier& dossier);

/// Cache of deserialized histories, by key and bytes. A history stands in the dossier of everyone it
/// mentions: dossiers read with one cache share what was read once. Not safe from several threads.
class HistoriesRead {
 public:
  /// Cache look-up: the versions these bytes of a form were read as; null when they were not read yet.
  const Versions* find(const Token& history, std::uint64_t form, std::string_view bytes) const;
  void note(const Token& history, std::uint64_t form, std::string_view bytes, const Versions& versions);
  void clear() { read_.clear(); }

 private:
  struct Read {
    std::uint64_t form = 0;
    std::string bytes;
    Versions versions;
  };
  std::unordered_map<Token, Read> read_;
};

/// Serializes a dossier; the person's number is the row's and is not part of it.
std::string to_bytes(const Dossier& dossier);
/// Deserializes one. Throws std::runtime_error on damaged bytes, and on a form that a newer hub wrote.
Dossier dossier_from(PersonId person, std::string_view bytes, HistoriesRead& histories);
Dossier dossier_from(PersonId person, std::string_view bytes);

}  // namespace kinhub
