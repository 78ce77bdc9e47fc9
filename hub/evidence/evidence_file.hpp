#pragma once
// Evidence rules as a file: read, checked, and tried by the tests that stand in it. A site may change it; no
// file can change what docs/evidence.md lists as fixed.

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/record/evidence_rules.hpp"

namespace kinhub {

/// One word of a test: what a source of this class says.
struct EvidenceWord {
  EvidenceClass by{};
  std::string says;  ///< a day, a name, a region, a code; empty for parents and marriages
  std::optional<PartialDate> on;
};

/// One test of a file: words of one person, the later ones told later, and what becomes of them.
struct EvidenceTest {
  std::string name, place;
  std::variant<PersonWord, FactKind> of;
  std::vector<EvidenceWord> words;
  std::optional<PartialDate> seen_alive;
  std::string expect;     ///< the value that counts; of parents and marriages sure or possible
  bool disputed = false;  ///< of a death
};

struct EvidenceFile {
  std::string name;    ///< as its places name it
  std::string text;    ///< its bytes
  std::string digest;  ///< SHA-256 of them, hex
  EvidenceRules rules;
  std::vector<EvidenceTest> tests;
};

/// Parses a file and runs its tests; or all that is wrong, each with file:line:column. `name` is for places
/// only.
std::variant<EvidenceFile, std::vector<Error>> parse_evidence(std::string name, std::string text);
/// Parses a text that was adopted once, perhaps with an older program: kinds that it does not name, as there
/// were none, have the rules built in, and its tests are not run.
std::variant<EvidenceFile, std::vector<Error>> parse_adopted_evidence(std::string name, std::string text);
/// Reads a file and parses it.
std::variant<EvidenceFile, std::vector<Error>> read_evidence(const std::filesystem::path& path);

/// Runs the tests of a file: what failed, as place and sentence. Empty: all passed.
std::vector<Error> run_evidence_tests(const EvidenceFile& file);

}  // namespace kinhub
