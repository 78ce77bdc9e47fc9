#pragma once
// The shelf of accounts: who may sign in, who has, and the slips that the desk keeps of their work for a
// while: openings, proposals, answers given.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/secrets.hpp"

namespace kinhub {

struct AccountRow {
  std::int64_t id = 0;        ///< from 1
  Token name;                 ///< keyed: what an account is found by
  std::int64_t revision = 0;  ///< grows by one with each change
  std::string content;        ///< sealed: hub/account/account.hpp says of what
};

/// One sign-in. Its secret is with the browser alone.
struct SessionRow {
  std::string digest;  ///< SHA-256 of the secret: 32 bytes
  std::int64_t account = 0;
  std::int64_t since_us = 0, seen_us = 0;
  std::int64_t fresh_us = 0;  ///< when the password was given last
  std::int64_t ends_us = 0;
  std::string from;  ///< address
};

/// What is kept beside accounts, each until its time. Stored: numbers stay.
enum class SlipKind : std::uint8_t {
  opening = 1,   ///< of records, by its id
  proposal = 2,  ///< of a decision that waits for a second person, by the lead
  assignee = 3,  ///< whose a lead is, by the lead
  answer = 4,    ///< to an act, by account and the key of its request
  link = 5,      ///< to make or activate an account, by the digest of its secret
  failures = 6   ///< to sign in, by name or by name and address, keyed
};
struct SlipRow {
  SlipKind kind{};
  std::string name;          ///< unique within its kind
  std::int64_t account = 0;  ///< whose it is; 0: nobody's
  std::int64_t until_us = 0;
  std::string content;  ///< sealed
};

class AccountShelf {
 public:
  virtual ~AccountShelf() = default;
  virtual std::int64_t last_account() = 0;  ///< the greatest id; 0: there is none
  /// Upsert by id. REQUIRES: no other has the name.
  virtual void put(const AccountRow& row) = 0;
  virtual std::optional<AccountRow> find(std::int64_t id) = 0;
  virtual std::optional<AccountRow> find_named(const Token& name) = 0;
  /// Accounts behind `after` in order of id.
  virtual std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) = 0;

  /// Upsert by digest.
  virtual void put_session(const SessionRow& row) = 0;
  virtual std::optional<SessionRow> find_session(std::string_view digest) = 0;
  /// Of one account, the oldest first.
  virtual std::vector<SessionRow> sessions_of(std::int64_t account) = 0;
  virtual void end_session(std::string_view digest) = 0;

  /// Upsert by kind and name.
  virtual void put_slip(const SlipRow& row) = 0;
  /// Bulk read: those of these names there are, in order of name.
  virtual std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) = 0;
  std::optional<SlipRow> find_slip(SlipKind kind, const std::string& name);
  /// Of one kind and account, in order of name.
  virtual std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) = 0;
  virtual void erase_slip(SlipKind kind, std::string_view name) = 0;

  /// Forgets sessions and slips that have ended by then.
  virtual void forget_ended(std::int64_t now_us) = 0;
};

/// What contents are sealed under.
std::string account_context(std::int64_t id);
std::string slip_context(SlipKind kind, std::string_view name);

}  // namespace kinhub
