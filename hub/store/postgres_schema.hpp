#pragma once
// The tables of the hub in PostgreSQL, made and grown in numbered steps.

#include "hub/store/postgres.hpp"

namespace kinhub::postgres {

/// Names that need no quoting, so that none is ever quoted wrongly: a-z, digits and _, at most 63.
bool right_schema_name(std::string_view name);

/// The advisory lock that whoever writes holds, one for each schema of a database.
std::int64_t writer_lock_of(std::string_view schema);

/// Makes the schema and its tables or grows them to this version, in one transaction that other nodes wait
/// for. Throws StoreDamaged for a schema that is foreign, of a newer version, sealed with another key file,
/// or not permitted.
void prepare_schema(Connection& connection, const std::string& schema, const Keyring& keys);

}  // namespace kinhub::postgres
