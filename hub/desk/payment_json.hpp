#pragma once
// Serialization of payment lists to JSON. Field names: docs/payments.md.

#include <string>
#include <vector>

#include "hub/desk/payment_desk.hpp"

namespace kinhub {

std::string to_json(const PaymentListView& view);
std::string to_json(const std::vector<PaymentSummary>& lists);
/// Names and sums of the files; what stands in them is not repeated.
std::string to_json(const BankFilesView& view);
std::string to_json(const ReturnsView& view);
std::string to_json(const std::vector<OverpaidView>& entries);
std::string to_json(const OverpaidView& entry);
std::string to_json(const ImportedView& view);

}  // namespace kinhub
