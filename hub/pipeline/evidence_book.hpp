#pragma once
// The evidence rules that count, kept in the store with the time from which they do: every node and command
// works by the same, whatever its own file says.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/evidence/evidence_file.hpp"
#include "hub/store/store.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// One adoption of a file of evidence rules, kept for ever.
struct EvidenceAdoption {
  std::string digest;         ///< EvidenceFile::digest
  std::string name;           ///< of the file, without its folder
  std::int64_t since_us = 0;  ///< from when they count
  std::string by, reason;
};

/// Who is said to have adopted the rules that a hub began with.
inline constexpr std::string_view first_start = "first start";

/// Digest of the rules that count; empty: none were adopted, and those built in count.
std::string evidence_digest(ValueShelf& values);
/// Names the adoption that counts: another one each time rules come to count, also when they are those of
/// before.
std::string evidence_in_force(ValueShelf& values, const Keyring& keys);
/// All adoptions, the first one first; what counts is the last.
std::vector<EvidenceAdoption> evidence_adoptions(ValueShelf& values, const Keyring& keys);
/// Look-up of a text that was adopted once, by its digest.
std::optional<std::string> evidence_text(ValueShelf& values, const Keyring& keys, const std::string& digest);
/// Lets the rules of a file count from now on. The next scan reviews everybody.
void adopt_evidence(ValueShelf& values, const Keyring& keys, const EvidenceFile& file,
                    const EvidenceAdoption& adoption);
/// Adopts the configured rules where none are, as long as that changes nothing: they say what is built in, or
/// there is nobody yet.
void adopt_first_evidence(Store& store, const Keyring& keys, const EvidenceFile& file, std::int64_t now_us);

/// Whether everybody was reviewed by the rules that count.
bool evidence_reviewed(ValueShelf& values);
/// Notes that everybody was reviewed by the rules of this digest.
void note_evidence_reviewed(ValueShelf& values, const std::string& digest);

/// Cache of the rules that count and of those that once did: each text is parsed once. On one thread.
class EvidenceBook {
 public:
  explicit EvidenceBook(const Keyring& keys) : keys_(keys) {}
  /// The rules that count in this transaction. Throws StoreDamaged when this program cannot read them: a
  /// newer one adopted them.
  SharedEvidenceRules rules_in(ValueShelf& values);
  /// The rules that counted at a time: those of the latest adoption by then, before all of them those built
  /// in; of now where no time is given.
  SharedEvidenceRules rules_in(ValueShelf& values, std::optional<std::int64_t> known_at_us);

 private:
  SharedEvidenceRules read(ValueShelf& values, const EvidenceAdoption& adoption);

  const Keyring& keys_;
  std::string digest_;
  SharedEvidenceRules rules_ = built_in_evidence();
  std::map<std::pair<std::string, std::string>, SharedEvidenceRules> read_;  // by digest and name
};

}  // namespace kinhub
