#pragma once
// Schema migrations of the store in PostgreSQL.

#include <string>
#include <string_view>

#include "hub/base/secrets.hpp"
#include "hub/store/postgres/postgres.hpp"

namespace kinhub::postgres {

/// Whether a schema name needs no quoting, so that none is ever quoted wrongly:
/// a-z, digits and _, at most 63.
bool right_schema_name(std::string_view name);

/// Key of the advisory lock that whoever writes holds, one for each schema of a database.
std::int64_t writer_lock_of(std::string_view schema);

/// Creates the schema or migrates it to this version, in one transaction that other nodes wait
/// for. Throws StoreDamaged for a schema that is foreign, of a newer version, sealed with another
/// key file, or not permitted.
void prepare_schema(Connection& connection, const std::string& schema, const Keyring& keys);

}  // namespace kinhub::postgres
