#pragma once
// The demo's judgement: leads found, beside what the simulator knows to be true.

#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/desk/views.hpp"

namespace kinhub::demo {

/// A right that a simulated parent has, had or will have.
struct TrueRight {
  std::string citizen_id, benefit;
  Interval when;
  std::int64_t fen_per_month = 0;
  bool sure = true;  ///< false: neither yes nor no can be expected (an expired certificate)
};

struct Truth {
  std::vector<TrueRight> entitled;  ///< today
  std::vector<TrueRight> past;      ///< over before today
};

/// Reads the simulator's truth.json. Error: TRUTH.
Result<Truth> read_truth(std::string_view json);

enum class Finding : std::uint8_t { found, missed, wrong };
struct Judged {
  Finding finding{};
  std::string citizen_id, benefit;
  const TrueRight* truth = nullptr;  ///< null: nothing is true of it
  const LeadView* lead = nullptr;    ///< null: there is no lead
  std::string why;                   ///< of a wrong one
};

/// Each right of today that is sure, and each open lead, judged once. Found: a lead of the same person,
/// benefit, first day and amount, and sure. Wrong: a lead that says otherwise, or of what was never true;
/// one about a right that is over is not wrong (its last month may be owed), nor is a pending one where
/// neither yes nor no can be expected. The pointers are into the arguments.
std::vector<Judged> judge(const Truth& truth, const std::vector<LeadView>& leads);

}  // namespace kinhub::demo
