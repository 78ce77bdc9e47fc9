#pragma once
// A payment list (特扶金发放表) as a value: its lines, who left it, what was found overpaid; and how it is
// drawn up out of what is due. Pure: who reads the record and the books stands in hub/desk/payment_desk.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/secrets.hpp"
#include "hub/base/texts.hpp"
#include "hub/payment/due.hpp"

namespace kinhub {

/// The account that money is paid to, as the record has it on a day.
struct PayAccount {
  std::string bank, account, holder;
  Date on = Date::beginning();  ///< since when
  std::int64_t told_at_us = 0;  ///< when the hub learned of it last
  friend bool operator==(const PayAccount&, const PayAccount&) = default;
};

/// What a sum of a line is. Stored: numbers stay.
enum class PaidAs : std::uint8_t {
  regular = 0,  ///< 本期应发
  arrears = 1,  ///< 补发
  again = 2,    ///< 重发: a bank gave it back before
  offset = 3    ///< 扣回: agreed to be taken from this line; below 0
};
struct PaidPeriod {
  std::string benefit;
  Date period;
  Per per = Per::month;
  std::int64_t fen = 0;
  PaidAs as = PaidAs::regular;
  friend bool operator==(const PaidPeriod&, const PaidPeriod&) = default;
};

/// Why a line is in the total and not in the bank file (暂存). Stored: numbers stay.
enum class Held : std::uint8_t {
  no = 0,
  no_account = 1,  ///< none is known
  no_bank = 2,     ///< its bank is none of those configured
  returned = 3,    ///< a bank gave it back, and it was not mended since
  dead = 4         ///< months up to the death: until a payee is named
};
std::string_view name_of(Held held);  ///< "no_account"; "": it is not held
std::string_view words_of(Held held, Language language);

/// What changed against the last closed list (变动). Bit positions; stored.
enum class ListChange : std::uint8_t {
  joined = 0,    ///< 新增
  goes_on = 1,   ///< 续发
  last = 2,      ///< 末次
  altered = 3,   ///< 变更
  arrears = 4,   ///< 补发
  again = 5,     ///< 重发
  moved = 6,     ///< 迁移
  account = 7,   ///< 账户变更
  held = 8,      ///< 暂存
  released = 9,  ///< 解除
  pending = 10,  ///< 待核实
  stopped = 11   ///< 停发, on the second page
};
inline constexpr std::size_t list_change_count = 12;
std::string_view name_of(ListChange change);
std::string_view words_of(ListChange change, Language language);
/// A set of changes.
class ListChanges {
 public:
  void add(ListChange change) { bits_ |= 1u << static_cast<unsigned>(change); }
  bool has(ListChange change) const { return (bits_ >> static_cast<unsigned>(change) & 1u) != 0; }
  bool empty() const { return bits_ == 0; }
  std::uint32_t bits() const { return bits_; }
  static ListChanges of(std::uint32_t bits) {
    ListChanges all;
    all.bits_ = bits;
    return all;
  }
  std::vector<ListChange> all() const;
  friend bool operator==(const ListChanges&, const ListChanges&) = default;

 private:
  std::uint32_t bits_ = 0;
};

/// Why and by whom the right stands as it does (原因).
struct WhyPaid {
  std::vector<std::string> reasons;  ///< of the lead that was confirmed last
  Date on = Date::beginning();
  std::string by;
  friend bool operator==(const WhyPaid&, const WhyPaid&) = default;
};

/// One row: a person and a benefit.
struct PaymentLine {
  int line_no = 0;
  Token payee;      ///< keyed: of the identifier that the decision is about
  std::string ref;  ///< P...
  std::string name, number;
  Sex sex = Sex::unknown;
  std::string area, archive_no;
  std::string benefit, title;
  PayAccount account;
  std::int64_t standard_fen = 0;  ///< 月标准: of the last month paid
  std::vector<PaidPeriod> periods;
  std::string offset_document;
  ListChanges changes;
  std::string moved_from;  ///< the town of the last list
  WhyPaid why;
  Held held = Held::no;

  std::int64_t sum(PaidAs as) const;
  /// Regular sums of one kind: yearly and one-off ones stand in columns of their own.
  std::int64_t regular(Per per) const;
  std::int64_t regular() const { return sum(PaidAs::regular); }
  std::int64_t arrears() const { return sum(PaidAs::arrears) + sum(PaidAs::again); }
  std::int64_t offset() const { return sum(PaidAs::offset); }
  std::int64_t total() const;
  bool sent() const { return held == Held::no && total() > 0; }
  std::string town() const { return area.size() >= 9 ? area.substr(0, 9) : ""; }
  friend bool operator==(const PaymentLine&, const PaymentLine&) = default;
};

/// Who was paid regularly on the last list and is not on this one (停发): the second page.
struct StoppedPayee {
  Token payee;
  std::string ref, name, area;
  std::int64_t regular_fen = 0;  ///< of the last list
  WhyPaid why;
  friend bool operator==(const StoppedPayee&, const StoppedPayee&) = default;
};

/// What closed lists paid and is not due: the overpayment ledger's, never netted by itself.
struct OverpaidSum {
  Token payee;
  std::string ref, name, area, benefit;
  Date period;
  std::int64_t fen = 0;  ///< above 0
  friend bool operator==(const OverpaidSum&, const OverpaidSum&) = default;
};

/// Whoever should be paid and stands on no list: nobody knows where they were registered, or how much is due.
struct LeftOut {
  std::string ref, benefit;
  Date period;
  enum class Why : std::uint8_t { no_residence, no_amount } why{};
  friend bool operator==(const LeftOut&, const LeftOut&) = default;
};

struct PaymentList {
  std::string list_no;  ///< TF-320812-2026Q3-01
  std::string region;   ///< the payer: a county, six digits
  std::string period_name;
  Interval period;
  Date day;              ///< the closing day, by which towns and accounts are looked up
  std::string previous;  ///< the last closed list; empty: none
  std::vector<PaymentLine> lines;
  std::vector<StoppedPayee> stopped;
  std::vector<OverpaidSum> overpaid;
  std::vector<LeftOut> left_out;
  friend bool operator==(const PaymentList&, const PaymentList&) = default;
};

/// Periods of lists by name: 2026Q3, 2026H2, 2026. Nothing: it is none.
enum class PaymentPeriod : std::uint8_t { quarter, half, year };
std::string_view name_of(PaymentPeriod period);
std::optional<Interval> period_named(std::string_view name, PaymentPeriod kind);
/// The first day a list of a period may be made: so many days into its last month, or that one's last.
Date cut_off_of(Interval period, int day);
/// TF-320812-2026Q3-01.
std::string list_number(std::string_view region, std::string_view period, int serial);

/// A sum that closed lists took too much, and what became of it. Stored: numbers stay.
enum class LedgerState : std::uint8_t {
  found = 0,
  told = 1,
  agreed = 2,  ///< to be taken from a later line (协议抵扣)
  paid_back = 3,
  waived = 4,
  lapsed = 5  ///< the right came back, so that nothing is overpaid
};
std::string_view name_of(LedgerState state);
struct LedgerEntry {
  std::int64_t id = 0;  ///< 0: not stored yet
  Token payee;
  std::string ref, benefit;
  std::string region;  ///< the county that booked it
  Date period;
  std::int64_t fen = 0;  ///< above 0
  LedgerState state{};
  std::string found_by;  ///< the list that found it
  std::string taken_by;  ///< agreed: the list whose line took it; empty: none yet
  int taken_line = 0;
  std::string document, by;  ///< of the last step
  std::int64_t at_us = 0;
  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

/// Everything about one person that a list is drawn of.
struct Payee {
  Token anchor;
  std::string ref, name, number;
  Sex sex = Sex::unknown;
  std::string area, archive_no;
  struct Place {
    Interval when;
    std::string area;
  };
  std::vector<Place> places;  ///< registered where and when
  std::optional<Date> died;   ///< surely
  std::optional<PayAccount> account;
  std::vector<std::string> spouses;  ///< references
  DecidedRights rights;
  std::map<BenefitIndex, WhyPaid> why;
  bool exit_open = false;  ///< an `ended` lead is open past its wait

  // Of the books.
  Settled settled;  ///< of all lists of all counties
  std::map<PaymentKey, std::string>
      settled_in;  ///< the county of the last list that paid it, offsets aside; imported: none
  std::vector<PaymentKey> given_back;  ///< that stood on lines a bank gave back
  std::vector<PaymentLine> last;       ///< their lines on the last closed list
  struct Return {
    std::string list_no, account;
    std::int64_t at_us = 0;
  };
  std::vector<Return> returns;
  std::vector<LedgerEntry> ledger;  ///< all of theirs
};

/// The county where somebody was registered on a day, six digits; empty: not known.
std::string county_on(const Payee& payee, Date day);

/// Draws up a list: pure. `list` has number, region, period, day and previous filled in. Lines in order of
/// town, community, archive number, person, benefit.
struct DrawOptions {
  Date ledger_start;
  std::vector<std::string> banks;  ///< codes of the banks that take files
};
PaymentList draw_up(const PolicySet& policies, PaymentList list, const std::vector<Payee>& payees,
                    const DrawOptions& options);

/// The entries of the ledger after a list was closed, those that are new or changed: what was found and
/// stands in none, what lapsed since, what its lines took.
std::vector<LedgerEntry> ledger_after(const std::vector<LedgerEntry>& ledger, const PaymentList& list,
                                      std::int64_t at_us);
/// Whether a line has taken it. Of one whose line a bank gave back `taken_by` is emptied: agreed as before.
bool taken_and_stands(const LedgerEntry& entry);

/// A step of an entry by hand: found -> told -> agreed | paid back | waived. Errors: LEDGER_STEP,
/// DOCUMENT_MISSING.
Result<LedgerEntry> ledger_step(LedgerEntry entry, LedgerState to, std::string document, std::string by,
                                std::int64_t at_us);

/// Sums of lines, as a list ends with them.
struct ListSums {
  struct Sum {
    std::string what;  ///< a town, a community, a benefit, a bank
    std::int64_t rows = 0, regular_fen = 0, arrears_fen = 0, offset_fen = 0, total_fen = 0;
    friend bool operator==(const Sum&, const Sum&) = default;
  };
  Sum all;
  std::vector<Sum> towns, communities, benefits, banks;
  Sum held;  ///< 暂存
  Sum sent;  ///< 送盘
};
ListSums sums_of(const std::vector<PaymentLine>& lines);

// Serialization, at rest.
/// `attempt` tells the check that a line is of, so that a line of an earlier one is known for what it is.
std::string to_bytes(const PaymentLine& line, std::string_view attempt = {});
PaymentLine payment_line_from(std::string_view bytes, std::string* attempt = nullptr);
std::string to_bytes(const LedgerEntry& entry);
LedgerEntry ledger_entry_from(std::string_view bytes);

}  // namespace kinhub
