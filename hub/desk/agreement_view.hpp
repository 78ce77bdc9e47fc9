#pragma once
// Agreement of the agencies at the desk: the question, and the answer as a value, masked by the guard.

#include <cstdint>
#include <string>
#include <vector>

#include "hub/desk/views.hpp"
#include "hub/reconcile/agreement.hpp"

namespace kinhub {

struct AgreementView {
  std::string region;
  std::int64_t at_us = 0;
  std::int64_t people = 0;      ///< looked at, in the region
  std::int64_t unreadable = 0;  ///< records that could not be read: in no figure
  std::vector<AgreementFigure> figures;
  struct Difference {
    PersonView person;
    std::string source, field, key;  ///< the agency's business key
    std::int64_t event_sequence = 0;
    FieldOriginView::Value says, settled;
    std::vector<std::string> settled_by;
    std::string rule;        ///< why the other counts
    std::string rule_place;  ///< evidence.yaml:41, where the evidence rules say so; else empty
    std::int64_t since_us = 0;
  };
  std::vector<Difference> differences;  ///< in the order of the people
  std::int64_t differences_all = 0;     ///< there are, asked for; more than are told above the most
  std::vector<AgreementRun> runs;       ///< kept ones before this, the newest first; of a region none
};

/// One line for each difference, for a spreadsheet: the agency's key, what it says, what counts and why.
std::string agreement_csv(const AgreementView& view);

}  // namespace kinhub
