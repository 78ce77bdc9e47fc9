#pragma once
// Difference of two readings of one event: what the record holds of it, told by an older mapping, against
// what a mended mapping tells.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "hub/record/statement.hpp"

namespace kinhub {

/// A statement that counts, and the history it stands in.
struct CountingStatement {
  Token history;
  Statement said;
};

/// What became of one fact.
struct FactChange {
  enum class What : std::uint8_t { added, gone, changed } what{};
  FactKind kind{};
  /// Of a changed one: the fields that differ, in stable order: "key", "version", "on", "person.name". No
  /// values.
  std::vector<std::string> fields = {};
  friend bool operator==(const FactChange&, const FactChange&) = default;
};

/// One difference. Either may be null, not both.
struct ReadingChange {
  const CountingStatement* gone = nullptr;
  const KeyedStatement* told = nullptr;
};

/// Compares, pure. What says the same stays as it is: the same content under the same key, whatever its place
/// in the event has become; of several under one key also in the same order. A withdrawal says the same as
/// the retraction that it was resolved to. The rest is paired: by key, else by kind and place, else by kind.
/// REQUIRES: all of one event; `told` in order of their places. Pointers into both.
std::vector<ReadingChange> compare_readings(std::span<const CountingStatement> counting,
                                            std::span<const KeyedStatement> told);

/// All that a fact says, by field: "key", "version", "on", "person.name", "person.citizen_number".
std::map<std::string, std::string> fields_told(const Fact& fact);

/// Names what a difference is, without values.
FactChange describe(const ReadingChange& change);

}  // namespace kinhub
