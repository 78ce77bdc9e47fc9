#pragma once
// A statement: one fact as one source made it, with when the hub came to know it. Statements are only ever
// added.

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
  std::int64_t received_at_us = 0;  ///< known since
  std::int64_t event_sequence = 0;  ///< where its bytes are in the event log
  std::string content;              ///< byte form of the fact: equal content is a repetition

  Statement() = default;
  Statement(Fact fact, std::string source, std::int64_t received_at_us, std::int64_t event_sequence);
};

/// The order of versions of one key: by the source's version, then by content, so that it never depends on
/// arrival.
bool version_before(const Statement& a, const Statement& b);

/// The keyed token under which all versions of a statement are found: source, kind and business key.
Token statement_key(const Keyring& keys, const std::string& source, const Fact& fact);

/// The keyed token of an identifier.
Token identifier_token(const Keyring& keys, const Identifier& identifier);

/// A statement with the tokens it is filed under: computed once, before the batch that adds it begins.
struct KeyedStatement {
  Statement statement;
  Token topic;
  std::vector<std::vector<Token>> identifiers;  ///< by mention: of the current ones, then of the former ones
};
KeyedStatement keyed(const Keyring& keys, Statement statement);
/// Of one mention, in that order.
std::vector<Token> identifier_tokens(const Keyring& keys, const Mention& mention);

/// Versions of one key, as a value: copies share them until one is changed.
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
  const Statement& operator[](std::size_t index) const { return data()[index]; }
  const Statement& back() const { return all_->back(); }
  void insert(const Statement* before, const Statement& statement);
  void push_back(const Statement& statement) { insert(end(), statement); }

 private:
  std::shared_ptr<std::vector<Statement>> all_;
};

/// All versions of one key, earliest version first. Every function of them is a function of the set.
struct Topic {
  Token key;
  Versions versions;  ///< sorted by version_before, no two of equal content

  /// The version that holds as far as was known at `known_at_us`; null if nothing was known.
  const Statement* current(std::int64_t known_at_us) const;
  /// Adds a version. False: it was there already (the earlier arrival time is kept).
  bool add(const Statement& statement);
};

}  // namespace kinhub
