#pragma once
// Agreement over the whole population: what each source says of everybody, beside the settled record. Reads
// people in reading transactions; writes the figures of a run over everybody, and nothing else.

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"
#include "hub/record/agreement.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// Whose words are compared with the settled record.
struct AgreementQuestion {
  std::string source;                ///< differences of one source only; empty: of all
  std::optional<PersonField> field;  ///< only of this field; nothing: of all
  std::string region;                ///< only people registered there, 2 to 12 digits; empty: everybody
  std::size_t differences_max = 10'000;
  bool over_everything() const { return source.empty() && !field && region.empty(); }
};

/// How one source stands to the settled record in one field: people by their worst word.
struct AgreementFigure {
  std::string source;
  PersonField field{};
  std::int64_t alone = 0;      ///< no other source speaks of it
  std::int64_t confirmed = 0;  ///< another source says the same
  std::int64_t differs = 0;    ///< what counts is something else
  std::int64_t people() const { return alone + confirmed + differs; }
  friend bool operator==(const AgreementFigure&, const AgreementFigure&) = default;
};

/// The figures of one run over everybody, as they are kept.
struct AgreementRun {
  std::int64_t at_us = 0;
  std::int64_t people = 0;
  std::vector<AgreementFigure> figures;  ///< by source and field
};

/// What it reads; all outlive it.
struct AgreementMeans {
  Store& store;
  const Keyring& keys;
  SharedEvidenceRules evidence;
  Date today;
  std::int64_t now_us = 0;
};

/// How many runs are kept, for trends.
inline constexpr std::size_t agreement_runs_kept = 30;

/// One value of a source that is not what counts.
struct AgreementDifference {
  PersonId person;
  std::string source;
  PersonField field{};
  std::string key;  ///< the agency's business key
  std::int64_t event_sequence = 0;
  FieldValue says, settled;
  std::vector<std::string> settled_by;  ///< weightiest first
  std::string rule;                     ///< why the other counts
  std::uint32_t rule_line = 0;          ///< of the evidence rules, where they say so; else 0
  std::int64_t since_us = 0;
};

struct AgreementFound {
  std::int64_t people = 0;      ///< looked at, in the region
  std::int64_t unreadable = 0;  ///< records that could not be read: in no figure
  std::vector<AgreementFigure> figures;
  std::vector<AgreementDifference> differences;  ///< in the order of the people
  std::int64_t differences_all = 0;              ///< there are, asked for; more than are told above the most
  /// Who is reported dead and listed as living (living_against()), in order; of the field `died` alone.
  std::vector<PersonId> in_question;
  std::vector<AgreementRun> runs;  ///< kept ones before this, the newest first; of a region none
};

/// What the agreement of a night came to.
struct NightAgreement {
  std::int64_t people = 0, differences = 0;
  std::int64_t in_question = 0;  ///< people reported dead and listed as living
};

/// Compares page by page, in parallel. The figures of a run over all sources, fields and regions are kept.
/// Errors: STOPPED.
Result<AgreementFound> find_agreement(const AgreementMeans& means, const AgreementQuestion& question,
                                      std::stop_token stop, const OnProgress& on_progress);

/// The runs that are kept, the newest first. Throws std::runtime_error when they cannot be read.
std::vector<AgreementRun> agreement_runs(ValueShelf& values);

}  // namespace kinhub
