#pragma once
// What is kept beside accounts, each until its time, sealed: openings of records, proposals that wait for a
// second person, whose a lead is, answers that were given.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/secrets.hpp"
#include "hub/store/accounts.hpp"

namespace kinhub {

/// An opening 调阅 of records by one session.
struct OpeningSlip {
  std::string id;  ///< O...
  std::int64_t account = 0, until_us = 0;
  std::string session;              ///< its digest: another session of the account has to open anew
  std::vector<std::string> covers;  ///< references
  std::string purpose, reason;
};
inline constexpr std::int64_t opening_life_us = 15 * 60LL * 1'000'000;
void put(AccountShelf& shelf, const Keyring& keys, const OpeningSlip& opening);
std::optional<OpeningSlip> find_opening(AccountShelf& shelf, const Keyring& keys, const std::string& id);
std::vector<OpeningSlip> openings_of(AccountShelf& shelf, const Keyring& keys, std::int64_t account);

/// A decision on a lead that a second person has to agree to. It is of one revision: once the lead has moved
/// on, there is none.
struct ProposalSlip {
  std::string lead;  ///< L...
  std::int64_t account = 0, at_us = 0, until_us = 0, revision = 0;
  bool confirms = true;
  std::string by, reason_code, reason;
  std::string id = {};  ///< V..., a keyed digest of all of it, as it was found: another proposal, another id
};
/// Until when a proposal waits: the end of the tenth day after this one that is neither Saturday nor Sunday.
Date proposal_lapses(Date made);
void put(AccountShelf& shelf, const Keyring& keys, const ProposalSlip& proposal);
std::vector<ProposalSlip> find_proposals(AccountShelf& shelf, const Keyring& keys,
                                         std::span<const std::string> leads);

/// Whose a lead is.
struct AssigneeSlip {
  std::string lead, name;
  std::int64_t account = 0, at_us = 0;
};
void put(AccountShelf& shelf, const Keyring& keys, const AssigneeSlip& assignee);
std::vector<AssigneeSlip> find_assignees(AccountShelf& shelf, const Keyring& keys,
                                         std::span<const std::string> leads);

/// An answer to an act, so that a request that comes again gets it again and nothing is done twice
/// (Idempotency-Key, IETF draft).
struct AnswerSlip {
  std::string name;    ///< answer_name()
  std::string digest;  ///< of method, path and body
  std::int64_t account = 0, until_us = 0, status = 0;
  std::string body, etag;
};
inline constexpr std::int64_t answer_life_us = 24 * 3600LL * 1'000'000;
std::string answer_name(const Keyring& keys, const std::string& account, const std::string& key);
void put(AccountShelf& shelf, const Keyring& keys, const AnswerSlip& answer);
std::optional<AnswerSlip> find_answer(AccountShelf& shelf, const Keyring& keys, const std::string& name);

}  // namespace kinhub
