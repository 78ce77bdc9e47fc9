#pragma once
// Statement: an immutable fact with its source and arrival time. Append-only: statements are only ever added.

#include <cassert>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// One version of what a source says under one business key.
struct Statement {
  Fact fact;
  std::string source;               ///< configured source: public-security
  std::int64_t received_at_us = 0;  ///< arrival time: known since
  std::int64_t event_sequence = 0;  ///< where its bytes are in the event log
  std::string content;              ///< serialized fact: equal content is a repetition

  Statement() = default;
  Statement(Fact fact, std::string source, std::int64_t received_at_us, std::int64_t event_sequence);
};

/// Total order of versions of one key: by the source's version, of equal ones retractions last, then by
/// content. Never by arrival.
bool version_before(const Statement& a, const Statement& b);

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
KeyedStatement keyed(const Keyring& keys, Statement statement);
/// Index keys of one mention: of the current identifiers, then of the former ones.
std::vector<Token> identifier_tokens(const Keyring& keys, const Mention& mention);

/// Copy-on-write sequence of versions: a value whose copies share storage until one is changed.
class Versions {
 public:
  Versions() = default;
  explicit Versions(std::vector<Statement> all)
      : all_(std::make_shared<std::vector<Statement>>(std::move(all))) {}

  std::size_t size() const { return all_ ? all_->size() : 0; }
  bool empty() const { return size() == 0; }
  const Statement* data() const { return all_ ? all_->data() : nullptr; }
  const Statement* begin() const { return data(); }
  const Statement* end() const { return data() + size(); }
  const Statement& operator[](std::size_t index) const {
    assert(index < size());
    return data()[index];
  }
  const Statement& back() const {
    assert(!empty());
    return all_->back();
  }
  /// REQUIRES: `before` is an element or end().
  void insert(const Statement* before, const Statement& statement);
  void push_back(const Statement& statement) { insert(end(), statement); }

 private:
  std::shared_ptr<std::vector<Statement>> all_;
};

/// Version history of one business key, earliest version first. Every function of
/// it is a function of the set.
struct History {
  Token key;
  Versions versions;  ///< sorted by version_before, no two of equal content

  /// Latest version that had arrived by `known_at_us`; null if none had.
  const Statement* current(std::int64_t known_at_us) const;
  /// Inserts a version, idempotent. False: it was there already (the earlier arrival time is kept).
  bool add(const Statement& statement);
};

}  // namespace kinhub
