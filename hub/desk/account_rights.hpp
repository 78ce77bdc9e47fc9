#pragma once
// What the roles and rights of an account allow, by the table of roles.

#include "hub/account/account.hpp"
#include "hub/desk/caller.hpp"
#include "hub/desk/requests.hpp"

namespace kinhub {

/// Names that are not known any more allow nothing.
Rights rights_of(const Grants& grants);
Scope scope_of(const Grants& grants);
/// Errors: NO_SUCH_ROLE, NO_SUCH_RIGHT, RIGHT_NOT_GRANTABLE: no role of the account allows to grant it,
/// AREA_FORM.
Result<Grants> read_grants(const AccountRequest& request);
/// Of the account that tries a hub out: viewer, case worker, operator and security.
Grants trial_grants();
/// By name, in the order of the enumeration.
std::vector<std::string> names_of(const Rights& rights);

}  // namespace kinhub
