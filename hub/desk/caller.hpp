#pragma once
// The caller of the desk, a value and the first argument of every call: which account, its rights, its areas,
// by which door it came, and the opening it reads under.

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

/// What an account may do. One operation needs one right.
enum class Right : std::uint8_t {
  lead_read,
  lead_decide,
  lead_countersign,
  record_find,
  record_open,
  record_open_beyond,
  care_enter,
  identity_read,
  identity_decide,
  message_list,
  message_body,
  message_mend,
  message_replay,
  status_read,
  source_run,
  source_rewind,
  rules_read,
  rules_publish,
  night_run,
  notice_read,
  payment_read,
  payment_draft,
  payment_sign,
  payment_close,
  payment_bank,
  payment_settle,
  account_manage,
  audit_read,
  hub_run,
  report_read,
  archive_read,
  report_issue,
};
inline constexpr std::size_t right_count = static_cast<std::size_t>(Right::report_issue) + 1;
std::string_view name_of(Right right);  ///< "lead.decide"
std::optional<Right> right_named(std::string_view name);

/// A set of rights.
class Rights {
 public:
  Rights() = default;
  Rights(std::initializer_list<Right> rights) {
    for (const auto right : rights)
      set_.set(static_cast<std::size_t>(right));
  }
  static Rights all() {
    Rights rights;
    rights.set_.set();
    return rights;
  }
  bool have(Right right) const { return set_.test(static_cast<std::size_t>(right)); }
  void add(Right right) { set_.set(static_cast<std::size_t>(right)); }
  void add(const Rights& others) { set_ |= others.set_; }
  void remove(Right right) { set_.reset(static_cast<std::size_t>(right)); }

 private:
  std::bitset<right_count> set_;
};

/// An administrative area by its code of 2, 4, 6, 9 or 12 digits: a province down to a community.
class Area {
 public:
  /// Errors: AREA_FORM.
  static Result<Area> read(std::string_view code);
  const std::string& code() const { return code_; }
  /// Whether that code is of this area or of a part of it.
  bool contains(std::string_view code) const { return code.starts_with(code_); }
  friend bool operator==(const Area&, const Area&) = default;

 private:
  explicit Area(std::string code) : code_(std::move(code)) {}
  std::string code_;
};

/// Whose records a caller may see: everybody's, or those of people registered in some areas. Who is
/// registered nowhere that is known is seen by the whole scope alone.
struct Scope {
  bool whole = false;
  std::vector<Area> areas = {};

  bool covers(std::string_view area) const;
  /// Whether any of them is covered.
  bool covers(const std::vector<std::string>& areas) const;
};

/// The door a call came by.
enum class Channel : std::uint8_t { cli, api };
std::string_view name_of(Channel channel);

/// Why a record is opened: decide 认定, verify 核实, visit 走访, complaint 信访, mend 修报文, subject
/// 本人查询, urgent 紧急; stated: only in the words of the reason, as at the command line.
enum class Purpose : std::uint8_t { decide, verify, visit, complaint, mend, subject, urgent, stated };
std::string_view name_of(Purpose purpose);
std::optional<Purpose> purpose_named(std::string_view name);

/// An opening 调阅: for a while names and numbers of some people are shown in plain, for a stated reason.
struct Opening {
  std::string id;               ///< as the audit trail tells it; empty: of this call alone
  std::vector<std::string> on;  ///< references of people, leads, events; none: whatever this call answers
  Purpose purpose = Purpose::stated;
  std::string reason;
  std::optional<std::int64_t> until_us;  ///< nothing: ends with this call

  bool holds_at(std::int64_t now_us) const { return !until_us || now_us < *until_us; }
  bool covers(const std::string& reference) const;
};

struct Caller {
  std::string account;  ///< A..., or at the command line the login name of the process
  Rights rights;
  Scope scope;
  Channel channel = Channel::cli;
  std::string session;  ///< digest of its secret; empty at the command line
  std::string from;     ///< address, or the host at the command line
  std::string words;    ///< of the command line, numbers masked; sealed in the trail
  std::optional<Opening> opening;
  std::string name = {};        ///< who signs what is decided
  bool fresh = false;           ///< the password was given within the last minutes
  std::int64_t account_id = 0;  ///< as the store has it; 0: no account, but possession
};

}  // namespace kinhub
