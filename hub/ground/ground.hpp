#pragma once
// Opens the infrastructure of a hub, as the configuration says: data directory, key,
// event log, store and sinks.

#include <memory>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/config/config.hpp"
#include "hub/notice/notice_sink.hpp"
#include "hub/store/values.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// Mark in a data directory while a backup is restored into it: written first, removed last.
inline constexpr char restoring_name[] = "restore.unfinished";

/// Opens the key file, or generates it for an empty data directory only: a new key
/// could not open what is there. Closes the data directory to others; throws where that is not the hub's to
/// do, and where a restore into it did not end.
Keyring::Opened open_key(const std::filesystem::path& data);
/// What an operator should know of a data directory that a group of this process shares; empty: nobody does.
std::string shared_data_directory(const std::filesystem::path& data);

/// Node name: the configured one, or the host's with six hex digits, made once and kept in DATA/node.
std::string node_name(const Config& config);
/// Fingerprint of this data directory, different from every other, also from a copy of it; the
/// same after any end of its hub.
std::string data_directory_mark(const std::filesystem::path& data);

/// Opens the event log; open_store the store. Throws Unavailable when waiting may help; LogDamaged,
/// StoreDamaged and ErrorThrown (a secret) when it does not.
std::unique_ptr<EventLog> open_log(const Config& config, const Keyring& keys);
/// Whether a store may be older than DATA/store.anchor says: only a person knows that it was restored.
enum class TakeOlder : bool { no, yes };
/// Whether rows of a store that never had codes get them: not from whoever only looks.
enum class GiveCodes : bool { no, yes };
std::unique_ptr<Store> open_store(const Config& config, const Keyring& keys,
                                  TakeOlder take_older = TakeOlder::no,
                                  GiveCodes give_codes = GiveCodes::yes);
/// Opens the sinks of the configuration, in the order of sink_names().
std::vector<std::unique_ptr<NoticeSink>> open_sinks(const Config& config);
std::vector<std::string> sink_names(const Config& config);

/// Hints a bulk import to the store: it reads much, while an idle hub should be small.
void expect_long_import(Store& store);

/// File lock of a data directory: the one process that may process it, and so the
/// node. Others append and wait.
class ProcessorLock {
 public:
  explicit ProcessorLock(const std::filesystem::path& data);
  ~ProcessorLock();
  ProcessorLock(const ProcessorLock&) = delete;
  ProcessorLock& operator=(const ProcessorLock&) = delete;
  bool take();
  void let_go();
  /// Probe: whether a process holds it now. Shared and only for a moment, which take() waits out; makes no
  /// file. A lock that may not be read is held.
  static bool is_held(const std::filesystem::path& data);

 private:
  int handle_;
};

/// Whether the store is shared between nodes. A SQLite store is copied with its data directory.
bool shares_store(const Config& config);
/// Claims a node's name, which belongs to one data directory as long as its hub lives. Throws
/// std::runtime_error that says so when a hub of another data directory was seen under this name within
/// alive_ms; else the name is this one's from now on.
void claim_node_name(Store& store, const std::string& node, const std::string& mark, std::int64_t alive_ms);
/// Verifies the claim: two may have claimed it in the same moment, or one slept while the other came.
bool has_node_name(ValueShelf& values, const std::string& node, const std::string& mark);

/// Refuses a shared store with several embedded logs, as an embedded log serves one node. Throws
/// std::runtime_error that says so when another node's embedded log was processed into this store.
void require_own_log(const Config& config, Store& store, const std::string& node);

}  // namespace kinhub
