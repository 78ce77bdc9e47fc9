#pragma once
// Serialization of upkeep to JSON: what the doctor found, backups, restores. Field names: docs/cli.md.

#include <string>

#include "hub/ground/backup.hpp"
#include "hub/ground/doctor.hpp"

namespace kinhub {

/// One JSON document, as those of json.hpp.
std::string to_json(const DoctorReport& report);
std::string to_json(const BackupState& backup);
std::string to_json(const RestoreState& restored);
std::string to_json(const NumbersPlan& plan);

}  // namespace kinhub
