#pragma once
// Statement: an immutable fact with its source and arrival time. Append-only: statements are only ever added.

#include <cassert>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// One version of what a source says under one business key.
struct Statement {
  Fact fact;
  std::string source;               ///< configured source: public-security
  std::int64_t received_at_us = 0;  ///< known since: arrival of its event, or when that was read anew
  std::int64_t event_sequence = 0;  ///< where its bytes are in the event log
  std::uint32_t fact_index = 0;     ///< its place among the facts of that event
  std::uint64_t event_digest = 0;   ///< of the event's bytes: the same again are a redelivery; 0: not known
  RuleOrigin origin;  ///< who asks where a value comes from is told; no rule of the record reads it
  /// From when on another reading of its event counts instead, by a mended mapping; 0: it counts.
  std::int64_t replaced_at_us = 0;
  /// Of what a mended mapping told of an event taken before: arrival of that event; else 0.
  std::int64_t event_received_at_us = 0;
  std::string content;  ///< serialized fact

  Statement() = default;
  Statement(Fact fact, std::string source, std::int64_t received_at_us, std::int64_t event_sequence,
            std::uint32_t fact_index = 0, std::uint64_t event_digest = 0);
};

/// Three-way comparison of two versions as far as both go: a day against a second is compared by the day.
/// Not transitive, so versions are never sorted by it. < 0: `a` is earlier; 0: the log's order decides.
int compare_versions(std::string_view a, std::string_view b);

/// Whether it counts in a reading as of `known_at_us`: it had arrived, and no other reading of its event had
/// taken its place.
inline bool known_then(const Statement& said, std::int64_t known_at_us) {
  return said.received_at_us <= known_at_us &&
         (said.replaced_at_us == 0 || known_at_us < said.replaced_at_us);
}

/// Whether a mended mapping made it, of an event taken before: docs/decisions/0026-remapping.md.
inline bool read_anew(const Statement& said) {
  return said.event_received_at_us != 0;
}

/// When the event that said it arrived, read anew since or not.
inline std::int64_t arrival_of_event(const Statement& said) {
  return read_anew(said) ? said.event_received_at_us : said.received_at_us;
}

/// Log order: the source's own order of its statements, by event and place within the event. Of one place
/// read twice, by two mappings, by content and arrival.
bool log_before(const Statement& a, const Statement& b);

/// Whether its identifiers join people: a correction or merge that was taken back joins nobody.
bool joins_people(const Fact& fact);

/// Whether it is a case worker's word: weaker than any agency's, see docs/decisions/0022-care-desk.md.
inline bool by_desk(const Statement& said) {
  return said.fact.evidence == EvidenceClass::care_desk;
}

/// Index key of a version history: keyed token of source, kind and business key.
Token statement_key(const Keyring& keys, const std::string& source, const Fact& fact);

/// Index key of an identifier: its keyed token, so that no number stands in an index.
Token identifier_token(const Keyring& keys, const Identifier& identifier);

/// Statement with its precomputed index keys: computed once, before the batch that adds it begins.
struct KeyedStatement {
  Statement statement;
  Token history;
  std::vector<std::vector<Token>> identifiers;  ///< by mention: of the current ones, then of the former ones
};
/// `beside`: other statements of the event, whose tokens of the same identifiers are taken over.
KeyedStatement keyed(const Keyring& keys, Statement statement, std::span<const KeyedStatement> beside = {});
/// Index keys of one mention: of the current identifiers, then of the former ones.
std::vector<Token> identifier_tokens(const Keyring& keys, const Mention& mention);

/// Fold in log order over the versions that count: each statement supersedes the one before it unless its
/// version is earlier than the latest so far. An absence is current only where the version before it asserts;
/// else that one stays current.
struct LatestVersion {
  const Statement* current = nullptr;  ///< null: nothing counted, or absences alone
  const Statement* last = nullptr;     ///< the current one, or the absence after it that says nothing
  std::string_view version;            ///< the latest one
};

/// Copy-on-write sequence of versions: a value whose copies share storage until one is changed, and with it
/// what counts of them now, which is asked many times for each time they change.
class Versions {
 public:
  Versions() = default;
  explicit Versions(std::vector<Statement> all);

  std::size_t size() const { return kept_ ? kept_->all.size() : 0; }
  bool empty() const { return size() == 0; }
  const Statement* data() const { return kept_ ? kept_->all.data() : nullptr; }
  const Statement* begin() const { return data(); }
  const Statement* end() const { return data() + size(); }
  const Statement& operator[](std::size_t index) const {
    assert(index < size());
    return data()[index];
  }
  const Statement& back() const {
    assert(!empty());
    return kept_->all.back();
  }
  /// The fold over all that has arrived. Valid until they are changed.
  LatestVersion latest_now() const { return kept_ ? kept_->latest : LatestVersion{}; }
  /// REQUIRES: `before` is an element or end().
  void insert(const Statement* before, const Statement& statement);
  void erase(const Statement* element);
  /// Marks an element as replaced from then on. REQUIRES: it is none yet.
  void replace(const Statement* element, std::int64_t at_us);
  void push_back(const Statement& statement) { insert(end(), statement); }

 private:
  struct Kept {
    std::vector<Statement> all;
    LatestVersion latest;
  };
  template <class Change>
  void change(Change change);
  std::shared_ptr<Kept> kept_;
};

/// Version history of one business key, in log order. Every function of it is a function of the set of its
/// statements and their places in the log: docs/decisions/0015-order-of-versions.md.
struct History {
  Token key;
  Versions versions;  ///< sorted by log_before

  /// The fold over what counted at `known_at_us`.
  using Latest = LatestVersion;
  Latest latest(std::int64_t known_at_us) const;
  /// The version that counts; null if none had arrived, other readings took the place of all, or nothing but
  /// absences is told.
  const Statement* current(std::int64_t known_at_us) const { return latest(known_at_us).current; }

  /// A state that a later version succeeded or ended, instead of correcting it.
  struct State {
    const Statement* said = nullptr;
    const Statement* ended_by = nullptr;  ///< null: the next state, or the current version, follows it
  };
  /// The states before the current version, by the day from which each holds: until the next one's, the
  /// current one's last. Empty but for kinds of state.
  std::vector<State> states_before(std::int64_t known_at_us) const;

  /// The history as it counted then: what is replaced since is none yet in it.
  History as_known(std::int64_t known_at_us) const;

  /// Inserts a statement, idempotent. False: nothing is new. A redelivery of the same bytes and what is told
  /// again while it holds are repetitions; of these the earliest place and arrival are kept. What was read
  /// anew keeps its own arrival: nobody knew it before. Replaced statements take no part.
  bool add(const Statement& statement);

  /// Statements of one event that count now, in log order.
  std::vector<const Statement*> of_event(std::string_view source, std::int64_t event_sequence) const;

  /// Whether it was only ever taken back: a retraction that has met nothing. A denial need not meet anything.
  bool unmatched() const;
};

}  // namespace kinhub
