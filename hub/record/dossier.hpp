#pragma once
// A dossier: everything any source ever said that mentions one person. What a person is, is derived from it.

#include <limits>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/record/statement.hpp"

namespace kinhub {

inline constexpr std::int64_t known_now = std::numeric_limits<std::int64_t>::max();

/// Which mention of which version is about the dossier's person.
struct OwnMention {
  std::uint32_t version = 0;  ///< index into Topic::versions
  std::uint32_t mention = 0;  ///< index into Fact::people
  friend auto operator<=>(const OwnMention&, const OwnMention&) = default;
};

/// One topic in one person's dossier. The whole topic is kept with each person it mentions, so that one read
/// gives all that is said of them.
struct Entry {
  Topic topic;
  std::vector<OwnMention> own;  ///< sorted

  /// The person's own mention in a version, or null.
  const Mention* mention_in(const Statement& version) const;
};

struct Dossier {
  PersonId person;
  std::vector<Entry> entries;  ///< sorted by topic key

  Entry* find(const Token& key);
  const Entry* find(const Token& key) const;
};

/// Topics as they were read, by their bytes. A topic stands in the dossier of everyone it mentions: those
/// that are read with the same one of these share what was read once.
class TopicsRead {
 public:
  /// What these bytes, those of all versions, were read as; null when they were not read yet.
  const Versions* find(const Token& topic, std::string_view bytes) const;
  void note(const Token& topic, std::string_view bytes, const Versions& versions);
  void clear() { read_.clear(); }

 private:
  struct Read {
    std::string bytes;
    Versions versions;
  };
  std::unordered_map<Token, Read> read_;
};

std::string to_bytes(const Dossier& dossier);
/// Throws std::runtime_error on damaged bytes.
Dossier dossier_from(PersonId person, std::string_view bytes, TopicsRead& topics);
Dossier dossier_from(PersonId person, std::string_view bytes);

}  // namespace kinhub
