#pragma once
// The audit trail: who asked what of the desk, by which door, and what came of it, one entry after the other,
// each bound to the one before (hash chain).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/mutex.hpp"
#include "hub/base/secrets.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/desk/caller.hpp"

namespace kinhub {

/// The trail takes no entry, so nothing is shown and nothing done.
class AuditAway : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

struct AuditEntry {
  /// shown, begun, done, refused, failed.
  enum class Outcome : std::uint8_t { shown, begun, done, refused, failed };
  std::int64_t at_us = 0;
  std::string account, channel, from, session;
  std::string operation;              ///< lead.decide
  std::vector<std::string> on;        ///< references of what the request names: L..., P..., 42
  std::vector<std::string> subjects;  ///< references of those shown in plain
  Outcome outcome{};
  std::string code;     ///< of the error; empty: none
  std::string purpose;  ///< of the opening; empty: nothing was shown in plain
  std::string opening;
  std::string revision;               ///< that was seen, of a decision
  std::optional<std::int64_t> count;  ///< of a list: how many were shown
  std::optional<std::int64_t> begun;  ///< the entry that this is the outcome of
  std::string reason, words;          ///< free text: sealed
};
std::string_view name_of(AuditEntry::Outcome outcome);

class AuditTrail {
 public:
  virtual ~AuditTrail() = default;
  /// Appends entries in one step, durable when this returns. Returns the number of the first; they count from
  /// 0. Throws AuditAway.
  virtual std::int64_t append(const std::vector<AuditEntry>& entries) = 0;
  std::int64_t append(AuditEntry entry) { return append(std::vector{std::move(entry)}); }
  /// Lines before a number, the newest first, at most so many. Throws AuditAway.
  virtual std::vector<std::string> newest(std::int64_t before, std::size_t count_max) = 0;
};

/// The trail in DATA/audit.db: one line of canonical JSON (sorted names, no blanks) an entry. `prev` is the
/// leaf hash (RFC 6962) of the line before, so a line changed, removed or moved is found. Safe from any
/// thread, and several processes may append.
class AuditFile final : public AuditTrail {
 public:
  /// Makes the file with mode 0600, if there is none. Throws AuditAway.
  AuditFile(const std::filesystem::path& file, Keyring keys, std::string node);
  ~AuditFile() override;
  std::int64_t append(const std::vector<AuditEntry>& entries) override;
  using AuditTrail::append;
  std::vector<std::string> newest(std::int64_t before, std::size_t count_max) override;

  /// Lines from a number on, at most so many.
  std::vector<std::string> lines(std::int64_t from, std::size_t count_max);
  /// The number of the first line that does not follow from the one before; nothing: all do.
  std::optional<std::int64_t> first_wrong();
  /// What `append` sealed of a line: reason and words of the command.
  struct Words {
    std::string reason, words;
  };
  Words words_of(const std::string& line) const;

 private:
  struct Database;
  const Keyring keys_;
  const std::string node_;
  Mutex mutex_;
  std::unique_ptr<Database> database_;
};

}  // namespace kinhub
