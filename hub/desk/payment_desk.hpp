#pragma once
// Payment lists as the desk answers about them: requests, views, and the service interface behind the guard.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/payment/list_record.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

struct Config;

/// Which list: of a payer region and period.
struct ListRequest {
  std::string region;   ///< a county, six digits
  std::string period;   ///< 2026Q3
  std::string by;       ///< who makes it, of check
  std::string account;  ///< filled in by the guard
};
/// A signature under a list.
struct SignRequest {
  std::string list_no;
  std::string by, account;
  std::string seen;  ///< the digest that was looked at
};
/// A step of an entry of the overpayment ledger.
struct LedgerRequest {
  std::string id;  ///< O..., as `overpaid` shows it
  LedgerState to{};
  std::string document, by, account;
};

/// An answer of a bank that was set aside and counts all the same.
struct AcceptRequest {
  std::string list_no;
  int line = 0;
  std::string by, account, reason;
};

struct PaymentListView {
  PaymentList list;
  std::string state;  ///< draft, checked, closed, sent, settled, imported
  std::string digest;
  std::vector<ListSignature> signatures;
  std::vector<ListFinding> findings;
  std::int64_t known_at_us = 0;
  std::optional<SentSums> answered;  ///< once it was sent
  std::vector<AnswerAside> aside;
};
struct PaymentSummary {
  std::string list_no, region, period, state, digest;
  bool as_signed = true;  ///< false: its rows are not those that were signed (F18)
  Date day;
  std::int64_t rows = 0, total_fen = 0, held_fen = 0, sent_fen = 0, paid_fen = 0, returned_fen = 0,
               unanswered_fen = 0, signatures = 0;
};
/// Files for the banks, whole: they are the one thing that leaves with full accounts, and only by an act that
/// is written down.
struct BankFilesView {
  struct File {
    std::string bank, name, text;  ///< UTF-8
    std::int64_t lines = 0, fen = 0;
  };
  std::string list_no;
  std::vector<File> files;
};
struct ReturnsView {
  std::string list_no, state;
  std::int64_t taken = 0, repeated = 0;
  SentSums sums;
  std::vector<AnswerAside> aside;  ///< of this file
};
struct OverpaidView {
  std::string id;
  LedgerEntry entry;
  std::string name;
};
struct ImportedView {
  std::string list_no;
  std::int64_t months = 0, fen = 0;
};

/// Use cases of payment lists. Errors of all: PAYMENTS_NOT_CONFIGURED, REGION_FORMAT, PERIOD_FORM,
/// NO_SUCH_LIST, LIST_NOT_AS_SIGNED, RECORD_UNREADABLE.
class Payments {
 public:
  virtual ~Payments() = default;
  /// Draws a list up, with its checks; writes nothing.
  virtual Result<PaymentListView> draft(const ListRequest& request) = 0;
  /// Freezes it and signs it as made, unless a check is red: then it is answered as a draft, and nothing is
  /// written.
  virtual Result<PaymentListView> check(const ListRequest& request) = 0;
  /// Signs it as reviewed. Errors: those of sign().
  virtual Result<PaymentListView> review(const SignRequest& request) = 0;
  /// Signs it as approved and closes it. What is known by now must come to the same list: LIST_CHANGED.
  virtual Result<PaymentListView> close(const SignRequest& request) = 0;
  /// The files of the banks. Errors: LIST_NOT_CLOSED.
  virtual Result<BankFilesView> send(const std::string& list_no) = 0;
  /// Takes a bank's answers. Errors: those of read_return_file(), RETURN_NAME, LIST_NOT_SENT.
  virtual Result<ReturnsView> returns(const std::string& name, const std::string& bytes) = 0;
  /// Takes the answer to a line that was set aside last as the one that counts: given back late, the months
  /// of the line are unpaid again. Errors: NOTHING_ASIDE, REASON_MISSING.
  virtual Result<ReturnsView> accept(const AcceptRequest& request) = 0;
  virtual std::vector<PaymentSummary> lists() = 0;
  virtual Result<PaymentListView> show(const std::string& list_no) = 0;
  /// The overpayment ledger.
  virtual std::vector<OverpaidView> overpaid() = 0;
  /// Errors: NO_SUCH_ENTRY, and those of ledger_step().
  virtual Result<OverpaidView> settle_overpaid(const LedgerRequest& request) = 0;
  /// Months of older books as settled: lines person,benefit,month,fen,list. Refused as a whole, with the
  /// line: IMPORT_HEADER, IMPORT_LINE, NO_SUCH_PERSON, NO_SUCH_BENEFIT.
  virtual Result<ImportedView> import(const std::string& name, const std::string& bytes) = 0;
};

/// What it works on; all outlive it.
struct PaymentMeans {
  const Config& config;
  Store& store;
  const Keyring& keys;
  std::function<const Rules&()> rules;
  EvidenceBook& evidence;
  const Clock& clock;
  Date today;
};
std::unique_ptr<Payments> make_payments(PaymentMeans means);

/// The list that the name of a bank's file tells, HP_LIST_BANK.csv; empty: it is none.
std::string list_of_return_file(const std::string& name);
/// The payer region that a list number names; empty: it is none.
std::string region_of_list(const std::string& list_no);

}  // namespace kinhub
