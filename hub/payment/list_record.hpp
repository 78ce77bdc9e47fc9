#pragma once
// What is kept of a list beside its lines: who signed it over which digest, what it was checked with, what
// the banks answered.

#include "hub/payment/bank_file.hpp"
#include "hub/payment/check.hpp"

namespace kinhub {

/// 制表, 复核, 批准. Stored: numbers stay.
enum class SignedAs : std::uint8_t { made = 0, reviewed = 1, approved = 2 };
std::string_view name_of(SignedAs role);
std::string_view words_of(SignedAs role, Language language);
struct ListSignature {
  SignedAs role{};
  std::string by;       ///< who signs, as they say
  std::string account;  ///< of the door it came by
  std::int64_t at_us = 0;
  friend bool operator==(const ListSignature&, const ListSignature&) = default;
};

struct ListRecord {
  PaymentList list;  ///< without lines at rest
  std::string digest;
  std::string attempt;  ///< the check that its lines are of, sealed in each of them
  std::vector<ListSignature> signatures;
  std::vector<ListFinding> findings;  ///< amber ones that were signed for
  std::int64_t known_at_us = 0, closed_at_us = 0, sent_at_us = 0;
  Answers answers;
  std::vector<AnswerAside> aside;
  friend bool operator==(const ListRecord&, const ListRecord&) = default;
};

/// Signs over the digest: three different people, made before reviewed before approved. Errors:
/// SIGNED_BY_SAME, SIGNED_OUT_OF_ORDER, LIST_CHANGED (another digest was seen), SIGNER_MISSING.
Result<ListRecord> sign(ListRecord record, ListSignature signature, std::string_view seen_digest);

std::string to_bytes(const ListRecord& record);
ListRecord list_record_from(std::string_view bytes);

}  // namespace kinhub
