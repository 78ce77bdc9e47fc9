#pragma once
// The identity review queue: pairs of persons who may be one, each waiting until a person says so or not.
// What becomes of an entry is decided here; the record alone says who is who.

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/linkage/compare.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {

/// What the record says of the two persons of an entry.
enum class PairStanding : std::uint8_t {
  nobody,         ///< one of the two bears no identifier of the entry any more
  one,            ///< they are one person, by an identifier in common
  one_by_word,    ///< they are one person, and a case worker has said so
  apart_by_word,  ///< they are two persons, and a statement says so
  two             ///< they are two persons
};

/// What matching asks about a pair.
struct PairQuestion {
  PairWhy why{};
  std::int64_t weight = 0;  ///< 64ths of a bit
  std::string digest;       ///< of the findings: 32 bytes
  friend bool operator==(const PairQuestion&, const PairQuestion&) = default;
};

/// State of an entry by what the record says and whether matching asks; pure. A person's word outlives what
/// matching thinks of it.
PairState state_of(PairStanding standing, bool asked);
/// The entry afterwards; equal to before where nothing changed. Pure.
IdentityPairRow settled(IdentityPairRow before, PairStanding standing,
                        const std::optional<PairQuestion>& question, std::int64_t now_us);
bool same_row(const IdentityPairRow& a, const IdentityPairRow& b);

/// The question of a comparison; nothing if the two are different. `why` where the scan knows better than the
/// two alone tell: a tie, a contradiction.
std::optional<PairQuestion> question_of(const linkage::Comparison& found,
                                        std::optional<PairWhy> why = std::nullopt);

/// Whether a statement is a decision about who is who.
bool decides_identity(const Fact& fact);

/// Reads and writes entries within one transaction, over the workspace of its batch; on its thread.
class IdentityQueue {
 public:
  IdentityQueue(IdentityPairShelf& pairs, Workspace& people, const Keyring& keys,
                const linkage::LinkageRules& rules)
      : pairs_(pairs), people_(people), keys_(keys), rules_(rules) {}

  struct Resolved {
    PersonId a, b;  ///< who bears the anchors now; one person: both the same; 0: nobody
    PairStanding standing = PairStanding::nobody;
    std::string entry;  ///< of the care desk, that decided; empty: none, or an agency
  };
  Resolved resolve(const IdentityPairRow& row);

  linkage::Features features(PersonId person);
  linkage::Comparison compare(PersonId a, PersonId b);

  /// The keyed tokens that an entry names two persons by, the smaller first: of each the weightiest
  /// identifier that nobody else bears, else the weightiest. Nothing: they do not name just these two,
  /// because others bear them, too; so no statement could tell them apart either.
  std::optional<std::pair<Token, Token>> anchors(PersonId a, PersonId b);
  /// The identifier of this person behind an anchor.
  std::optional<Identifier> identifier_behind(const Token& anchor, PersonId person);

  /// Settles all entries about these people, after somebody has decided about them: who is one now, or was
  /// told apart, leaves the queue; of whom that was taken back, comes back.
  void settle(const std::vector<PersonId>& people, std::int64_t now_us);

 private:
  IdentityPairRow settled_now(const IdentityPairRow& row, std::int64_t now_us);
  std::vector<Identifier> current_identifiers(PersonId person);
  std::optional<std::string> told_apart(PersonId a, PersonId b);
  std::optional<std::string> told_one(PersonId person, const Token& a, const Token& b);

  IdentityPairShelf& pairs_;
  Workspace& people_;
  const Keyring& keys_;
  const linkage::LinkageRules& rules_;
};

/// The hub's own reference of an entry: I7f3kq2mzx9c4d.
std::string pair_reference(const Keyring& keys, PairId id);

}  // namespace kinhub
