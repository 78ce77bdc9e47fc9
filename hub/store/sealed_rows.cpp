#include "hub/store/sealed_rows.hpp"

namespace kinhub {

std::string_view name_of(SealedShelf shelf) {
  switch (shelf) {
    case SealedShelf::dossiers:
      return "dossier";
    case SealedShelf::leads:
      return "lead";
    case SealedShelf::decided:
      return "decided";
    case SealedShelf::decisions:
      return "decision";
    case SealedShelf::quarantine:
      return "quarantine";
    case SealedShelf::disclosures:
      return "disclosure";
    case SealedShelf::lead_history:
      return "dated";
    case SealedShelf::values:
      return "value";
    case SealedShelf::payment_lists:
      return "payment_list";
    case SealedShelf::payment_lines:
      return "payment_line";
    case SealedShelf::payment_ledger:
      return "payment_ledger";
    case SealedShelf::accounts:
      return "account";
    case SealedShelf::slips:
      return "slip";
    case SealedShelf::issued:
      return "issued";
  }
  return "";
}

bool begins_with_header(SealedShelf shelf) {
  return shelf != SealedShelf::lead_history && shelf != SealedShelf::values;
}

}  // namespace kinhub
