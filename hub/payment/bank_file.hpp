#pragma once
// Files of the banks: what is sent (FK_<list>_<bank>.csv), what comes back (HP_<list>_<bank>.csv), and what
// an answer does to the lines of a list. Pure, in UTF-8.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/payment/list.hpp"

namespace kinhub {

std::string bank_file_name(std::string_view list_no, std::string_view bank);
/// The lines of one bank: number, account, holder, yuan, and a remark that tells nothing of why. The last
/// line has their number and sum.
std::string bank_file(const PaymentList& list, std::string_view bank);

/// One answer of a bank.
struct BankAnswer {
  int line_no = 0;
  std::string account_tail, code, words;  ///< 00 is paid; words as the bank writes them
  std::int64_t fen = 0;
  std::int64_t answered_at_us = 0;  ///< HPSJ
  std::int64_t known_at_us = 0;     ///< when the hub read it
  bool paid() const { return code == "00"; }
  /// Whether it says the same, whenever it was read.
  bool same_as(const BankAnswer& other) const {
    return line_no == other.line_no && code == other.code && fen == other.fen;
  }
  friend bool operator==(const BankAnswer&, const BankAnswer&) = default;
};
/// 户名不符, of a code; empty: the bank's code list has none such.
std::string_view reason_of(std::string_view code);

struct ReturnFile {
  std::string list_no;
  std::vector<BankAnswer> answers;
};
/// Parses a file of answers. The whole file is refused when anything in it is wrong: RETURN_TRAILER (the last
/// line is missing, or has another number or sum), RETURN_HEADER, RETURN_LINE, RETURN_LIST (lines of two
/// lists).
Result<ReturnFile> read_return_file(std::string_view text, std::string_view name);

/// An answer that counts for nothing until somebody has looked: kept whole.
struct AnswerAside {
  BankAnswer answer;
  std::string code, why;            ///< RETURN_UNKNOWN_LINE, RETURN_OTHER_BANK, RETURN_OTHER_SUM,
                                    ///< RETURN_OTHER_ACCOUNT, RETURN_TOO_EARLY, RETURN_DIFFERS
  std::int64_t accepted_at_us = 0;  ///< when somebody took it for the answer all the same; 0: it is aside
  std::string accepted_by, accepted_why;
  friend bool operator==(const AnswerAside&, const AnswerAside&) = default;
};
/// The answers of one list, by line.
using Answers = std::map<int, BankAnswer>;
struct AnswersRead {
  std::vector<BankAnswer> taken;
  std::vector<AnswerAside> aside;
  std::int64_t repeated = 0;  ///< said before
};
/// Which bank answers, and when the lines were sent to it.
struct AnswersOf {
  std::string bank;
  std::int64_t sent_at_us = 0;
};
AnswersRead match_answers(const std::vector<PaymentLine>& lines, const Answers& known,
                          const std::vector<BankAnswer>& answers, const AnswersOf& of);

/// 送盘 = 成功 + 退回 + 未回盘, and 应发 = 送盘 + 暂存.
struct SentSums {
  ListSums::Sum paid, returned, unanswered;
};
SentSums sent_sums(const std::vector<PaymentLine>& lines, const Answers& answers);

}  // namespace kinhub
