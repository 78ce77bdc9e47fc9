#include "hub/desk/account_rights.hpp"

#include <algorithm>

#include "hub/base/nearest.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub {
namespace {

const AccountRole* role_of(std::string_view id) {
  const auto roles = account_roles();
  const auto found =
      std::find_if(roles.begin(), roles.end(), [&](const auto& role) { return role.id == id; });
  return found == roles.end() ? nullptr : &*found;
}

}  // namespace

Rights rights_of(const Grants& grants) {
  Rights rights;
  for (const auto& id : grants.roles)
    if (const auto* role = role_of(id)) rights.add(role->rights);
  for (const auto& name : grants.rights)
    if (const auto right = right_named(name)) rights.add(*right);
  return rights;
}

Scope scope_of(const Grants& grants) {
  Scope scope{grants.areas.empty(), {}};
  for (const auto& code : grants.areas)
    if (auto area = Area::read(code)) scope.areas.push_back(std::move(*area));
  return scope;
}

Result<Grants> read_grants(const AccountRequest& request) {
  std::vector<std::string_view> known;
  for (const auto& role : account_roles())
    known.push_back(role.id);
  Rights grantable;
  for (const auto& id : request.roles) {
    const auto* role = role_of(id);
    if (role == nullptr)
      return Error{"NO_SUCH_ROLE", "there is no role '" + id + "'" + did_you_mean(id, known), "/roles"};
    grantable.add(role->granted);
  }
  for (const auto& name : request.rights) {
    const auto right = right_named(name);
    if (!right) return Error{"NO_SUCH_RIGHT", "there is no right '" + name + "': docs/roles.md", "/rights"};
    if (!grantable.have(*right))
      return Error{"RIGHT_NOT_GRANTABLE",
                   "'" + name + "' is not granted one by one to holders of these roles: docs/roles.md",
                   "/rights"};
  }
  for (const auto& code : request.areas)
    if (const auto area = Area::read(code); !area) return area.error();
  return Grants{request.roles, request.rights, request.areas};
}

Grants trial_grants() {
  return {{"viewer", "case-worker", "operator", "security"}, {}, {}};
}

std::vector<std::string> names_of(const Rights& rights) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < right_count; ++i)
    if (rights.have(static_cast<Right>(i))) names.emplace_back(name_of(static_cast<Right>(i)));
  return names;
}

}  // namespace kinhub
