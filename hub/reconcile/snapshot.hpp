#pragma once
// An agency's snapshot, record by record, through its connector: never through the event log.

#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/result.hpp"
#include "hub/connector/library.hpp"
#include "hub/connector/source_options.hpp"
#include "hub/stream/event.hpp"

namespace kinhub::reconcile {

/// Takes one record, or bytes that are none; `source` is still empty. May throw.
using TakeRecord = std::function<void(Event&&)>;

struct SnapshotRead {
  std::optional<std::int64_t> watermark_us;  ///< as the connector told it
  std::vector<Error> faults;                 ///< why it is not whole
};
/// Reads all of one snapshot, each time from its beginning. An error: it could not be read.
using ReadSnapshot = std::function<Result<SnapshotRead>(const TakeRecord&)>;

/// Whether rejected bytes are a file, or what stands around its records, and not one record of it.
bool is_of_a_file(const Event& rejected);

/// Captured files, and folders in the order of the names in them. Where some files of a folder have a flag
/// file beside them, those without one are not whole. `library`, `clock` outlive it.
ReadSnapshot snapshot_in_files(SourceOptions options, ConnectorLibrary& library, const Clock& clock,
                               std::vector<std::filesystem::path> paths, std::stop_token stop = {});
/// What the connector delivers from the agency.
ReadSnapshot snapshot_of_agency(SourceOptions options, ConnectorLibrary& library, const Clock& clock,
                                std::stop_token stop = {});

}  // namespace kinhub::reconcile
