#pragma once
// Read model of the difference between two known times, for `family --diff`.

#include "hub/base/secrets.hpp"
#include "hub/desk/requests.hpp"
#include "hub/record/field_changes.hpp"
#include "hub/record/kin.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// What was learnt of the person and their close kin at both times. Errors: NO_SUCH_PERSON.
Result<FamilyChangesView> family_changes(StoreTransaction& reading, const Keyring& keys, const PersonName& of,
                                         std::int64_t from_us, std::int64_t until_us,
                                         SharedEvidenceRules evidence);

/// One person as the record tells of them, for changes_between(). Valid as long as the record.
PersonReading reading_of(PersonId person, RecordReader& people);
FamilyChangesView::Change view_of(const FieldChange& change);

}  // namespace kinhub
