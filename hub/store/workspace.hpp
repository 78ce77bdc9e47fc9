#pragma once
// Unit of work of one batch on the record: the dossiers it touches, read once, changed in memory, written
// once at the end. Decisions are the record's; this reads and writes.

#include <array>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/base/keyed_digest.hpp"
#include "hub/record/identity.hpp"
#include "hub/record/kin.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/people.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// Damage of one person's row: a dossier that cannot be deserialized. Whoever needs it stops, everyone else
/// goes on.
class DossierUnreadable : public std::runtime_error {
 public:
  DossierUnreadable(PersonId whose, const std::string& why);
  PersonId person() const { return person_; }

 private:
  PersonId person_;
};

/// The people whose dossiers were found unreadable and not yet found readable again; sorted.
std::vector<PersonId> unreadable_people(ValueShelf& values);
void note_unreadable(ValueShelf& values, PersonId person);
void note_readable(ValueShelf& values, PersonId person);

/// Throws DossierUnreadable when a row of theirs was left out of an answer of this shelf: nothing may be
/// concluded from the rest.
void require_whole(LeadShelf& leads, PersonId person);

/// Identity map and write-back cache over one transaction, on its thread. References to portraits stay
/// valid until the next add(). Whatever needs a dossier that cannot be read throws DossierUnreadable, but for
/// prefetch() and marks(). After add() threw it nothing may be saved; reading leaves nothing half done.
class Workspace final : public RecordReader {
 public:
  Workspace(PeopleShelf& people, const Keyring& keys, SharedEvidenceRules evidence);

  /// Effect of adding a statement.
  struct Change {
    bool repetition = false;        ///< the very same was said before
    int unmatched = 0;              ///< by how many keys that were taken back and never said there are more
    std::vector<PersonId> touched;  ///< whose dossiers changed
    struct Merged {
      PersonId from, into;
    };
    std::vector<Merged> merged;       ///< persons found to be others
    std::vector<PersonId> regrouped;  ///< who were grouped anew: what was theirs may be another's now
  };
  Change add(const KeyedStatement& keyed);
  Change add(const Statement& statement) { return add(keyed(keys_, statement)); }

  /// Puts another reading of one event under a business key: from `at_us` on `gone`, which count under it
  /// now, do not, and `told` are added, in the order of their places. Either may be empty. Nothing changes
  /// where nothing is gone and all that is told is a repetition.
  Change read_anew(const Token& key, std::span<const Statement> gone,
                   std::span<const KeyedStatement* const> told, std::int64_t at_us);

  /// Prefetch: asks the store at once for all that adding these statements and reviewing the rights they
  /// touch will most likely read: everyone they mention, and the kin of those. What is not foreseen is asked
  /// for when it is needed. Returns those whose rights may be looked at, sorted.
  std::vector<PersonId> prefetch(std::span<const KeyedStatement* const> statements);
  /// Prefetch of the histories of a source under these keys, each with one of the people it mentions.
  void prefetch_histories(const std::string& source, const std::vector<Token>& keys);

  /// Prefetch of a walk over many: one question for all of them.
  void prefetch(std::vector<PersonId> people) { fetch_people(std::move(people)); }

  /// Prefetch of what reviewing the rights of these people will read: them, their spouses and children, and
  /// the other parents of these.
  void prefetch_rights(std::vector<PersonId> people);

  /// Flushes what changed into the transaction, in the order of the tables' keys.
  void save();
  /// Deaths that reach nobody, as save() found them: by how many there are more of each source, and the ones
  /// that are new.
  struct Unnamed {
    struct Death {
      std::string source;
      std::int64_t event_sequence = 0;
      std::string key;  ///< of the source; may hold a person's number, so it is shown nowhere
    };
    std::map<std::string, std::int64_t> change;
    std::vector<Death> news;
  };
  const Unnamed& unnamed() const { return unnamed_; }
  /// Flushes and clears the cache, so that a long walk over many people stays small.
  void turn_page();

  const Dossier& dossier(PersonId person) override;
  /// The versions of one business key of a source; null when nothing is stored under it.
  const History* history(const std::string& source, const Token& key);
  /// Flags of the dossier's row. A person nothing mentions any more keeps a row as long as one is set.
  PersonMarks marks(PersonId person);
  void set_marks(PersonId person, PersonMarks marks);
  const Portrait& portrait(PersonId person) override;
  PersonId whose(const Tie& tie) override;
  const EvidenceRules& evidence_rules() const override { return *evidence_; }
  /// Index look-up: everyone who bears an identifier now or bore it.
  const std::vector<PersonId>& holders(const Token& identifier) override;
  /// Who bears an identifier by what counts now: superseded words and corrections taken back tell nothing.
  std::vector<PersonId> bearers(const Token& identifier);
  /// Everyone connected with who bears these identifiers by identifiers in common, in any version. Sorted.
  std::vector<PersonId> connected(std::vector<Token> identifiers);
  /// Whether any statement makes this person somebody's parent, or did.
  bool ever_parent(PersonId person);

 private:
  struct Loaded {
    Dossier dossier;
    PersonMarks marks;
    std::optional<Portrait> portrait;
    bool changed = false;
    std::vector<Unnamed::Death> unnamed;    ///< as the store counts them
    std::optional<std::string> unreadable;  ///< why
  };
  struct Holding {
    std::vector<PersonId> now, stored;
  };
  Loaded& row_of(PersonId person);
  Loaded& loaded(PersonId person);
  void read(Loaded& of, const DossierRow& row);
  void count_unnamed(Loaded& of);
  void save_histories();
  Holding& holding(const Token& identifier);
  PersonId home(const std::string& source, const Token& history);
  PersonId home_of(const KeyedStatement& keyed);
  const History* history_at_home(const Token& key);
  void fetch_holdings(std::vector<Token> identifiers);
  void fetch_homes(const std::string& source, std::vector<Token> histories);
  void fetch_people(std::vector<PersonId> people);
  template <class Wanted>
  std::vector<PersonId> fetch_tied(std::vector<PersonId>& people, Wanted wanted);
  std::vector<Token> tokens_of(const Mention& mention) { return identifier_tokens(keys_, mention); }
  void hold(const Token& identifier, PersonId person);
  bool add_to_known(const History& history, const KeyedStatement& keyed, Change& change);
  bool add_version(PersonId home, const KeyedStatement& keyed, Change& change);
  bool replace_alike(const History& before, const History& now, Change& change);
  void regroup_around(const History& history, Change& change);

  PeopleShelf& shelf_;
  const Keyring& keys_;
  const SharedEvidenceRules evidence_;
  std::unordered_map<PersonId, Loaded> loaded_;
  std::unordered_map<Token, Holding> holdings_;
  /// Direct-mapped caches before the two: what is asked for was nearly always asked for just before.
  std::array<std::pair<PersonId, Loaded*>, 256> loaded_before_{};
  std::array<std::pair<Token, Holding*>, 512> held_before_{};
  std::unordered_map<Token, PersonId> homes_;  ///< 0: nothing is stored under it
  HistoriesRead histories_read_;
  Unnamed unnamed_;
  std::vector<Token> histories_changed_;  ///< some more than once; each has a home
};

/// The index row of a history, as of now. REQUIRES: it has a version.
EntryRow entry_of(const History& history, const KeyedDigest& digest, PersonId home);
/// The digest of entries under these keys.
KeyedDigest entry_digest(const Keyring& keys);

/// Opens a sealed dossier, for those who may conclude nothing where one is missing. Throws DossierUnreadable,
/// UnknownKey.
Dossier dossier_from(const DossierRow& row, const Keyring& keys, HistoriesRead& histories);

/// The associated data under which dossiers are sealed.
std::string dossier_context(PersonId person);

}  // namespace kinhub
