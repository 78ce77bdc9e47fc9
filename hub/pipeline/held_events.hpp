#pragma once
// The quarantine (dead-letter queue) as one batch sees it: what is held as far as this batch
// can meet it, and what it adds.

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "hub/pipeline/mapped_event.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// Error code of head-of-line blocking: an event that is held only because an earlier one of its record is.
inline constexpr char waits_code[] = "WAITS_BEHIND";
/// Error code of an event that needs the record of a person that cannot be read.
inline constexpr char unreadable_code[] = "RECORD_UNREADABLE";
/// Text of the first: "waits behind quarantined event 42 of the same record: ..."
std::string waits_text(std::int64_t behind);

/// Sanitizes an error for the quarantine: the place with its file, digits masked. It stands unsealed, and an
/// agency may put a number anywhere: in a file's name, a key, a charset.
Error as_held(const Event& event, Error error);

/// The associated data under which a held event is sealed.
std::string quarantine_context(std::string_view source);

/// Cache over the store's quarantine, for one transaction and on its thread.
class HeldEvents {
 public:
  HeldEvents(QuarantineShelf& quarantine, const Keyring& keys) : quarantine_(quarantine), keys_(keys) {}

  /// Prefetch: asks the store once for all that has one of these digests or keys. Nothing else is seen.
  void prefetch(std::vector<std::string> digests, std::vector<Token> keys);

  bool holds(const Event& event) const;
  /// Index look-up: the first held event of this key, in order of arrival.
  std::optional<std::int64_t> first_of(const std::optional<Token>& key) const;
  /// All held events of this key, in order of arrival.
  std::vector<std::int64_t> all_of(const Token& key) const;

  /// Index keys of the citizen numbers that stand in an event: all that is known of whom an event speaks that
  /// could not be read. Of a file of thousands the first `mentions_max` of them.
  std::vector<Token> mentions_of(const Event& event) const;
  /// Quarantines an event: whole, sealed, with the reason. Returns whom it mentions.
  std::vector<Token> set_aside(const LoggedEvent& logged, const Rejected& rejected);
  /// Releases a held event in this state.
  void release(const QuarantineRow& row, QuarantineState state, const std::string& reason);

 private:
  void remember(std::int64_t id, const std::string& digest, const std::optional<Token>& key);

  QuarantineShelf& quarantine_;
  const Keyring& keys_;
  std::unordered_map<std::string, std::int64_t> digests_;  // event_digest -> quarantine id
  std::unordered_map<Token, std::vector<std::int64_t>> keys_held_;
};

}  // namespace kinhub
