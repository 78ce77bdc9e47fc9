#pragma once
// The history of leads: each version that was superseded is kept, so that it can be asked which leads stood
// at a past time, and with what content.

#include <optional>

#include "hub/store/leads.hpp"
#include "hub/store/store.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// Appends a version that is about to be overwritten. Of two of one microsecond the later one stays.
void keep_superseded(ValueShelf& values, const LeadRow& lead);

/// The version of a lead that held at a time; nothing if it had not been opened. `now` is the lead as it is
/// stored. What was superseded before versions were kept is not known: the oldest one known counts from the
/// opening on.
std::optional<LeadRow> lead_as_known(ValueShelf& values, const LeadRow& now, std::int64_t known_at_us);

/// All versions that are known, the oldest first, the one of now last.
std::vector<LeadRow> lead_versions(ValueShelf& values, const LeadRow& now);

/// The sealed part inside a superseded version, as the store keeps it; views of its bytes.
struct SupersededContent {
  LeadId lead;  ///< its content is sealed under lead_context
  std::string_view before, content;
};
/// Nothing when a dated value of this name is no version of a lead. Throws std::runtime_error on damage.
std::optional<SupersededContent> superseded_content(std::string_view name, std::string_view value);
/// The same version with its content sealed anew.
std::string with_content(const SupersededContent& of, std::string_view content);

}  // namespace kinhub
