#pragma once
// What a hub stands on: its data directory, key, event log, store and sinks, opened as the configuration
// says.

#include <memory>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/config/config.hpp"
#include "hub/notice/notice_sink.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// A key is made only for a data directory that has nothing yet: a new key could not open what is there.
Keyring::Opened open_key(const std::filesystem::path& data);

/// The name of this node: the configured one, or the host's with six hex digits, made once and kept in
/// DATA/node.
std::string node_name(const Config& config);
/// What tells this data directory from every other, also from a copy of it; the same after any end of its
/// hub.
std::string data_directory_mark(const std::filesystem::path& data);

/// Throws Unavailable when waiting may help; LogDamaged, StoreDamaged and ErrorThrown (a secret) when it does
/// not.
std::unique_ptr<EventLog> open_log(const Config& config, const Keyring& keys);
std::unique_ptr<Store> open_store(const Config& config, const Keyring& keys);
/// The sinks of the configuration, in the order of sink_names().
std::vector<std::unique_ptr<NoticeSink>> open_sinks(const Config& config);
std::vector<std::string> sink_names(const Config& config);

/// A long import reads much, an idle hub should be small.
void expect_long_import(Store& store);

/// The one process that may process a data directory: what holds it is the node. Others append and wait.
class ProcessorLock {
 public:
  explicit ProcessorLock(const std::filesystem::path& data);
  ~ProcessorLock();
  ProcessorLock(const ProcessorLock&) = delete;
  ProcessorLock& operator=(const ProcessorLock&) = delete;
  bool take();
  void let_go();

 private:
  int handle_;
};

/// Whether other nodes can reach the store at all. A SQLite store is copied with its data directory.
bool shares_store(const Config& config);
/// A node's name belongs to one data directory as long as its hub lives. Throws std::runtime_error that says
/// so when a hub of another data directory was seen under this name within alive_ms; else the name is this
/// one's from now on.
void claim_node_name(Store& store, const std::string& node, const std::string& mark, std::int64_t alive_ms);
/// Whether it still is: two may have claimed it in the same moment, or one slept while the other came.
bool has_node_name(StoreTransaction& reading, const std::string& node, const std::string& mark);

/// An embedded log serves one node: with a store that others reach it must be the only one. Throws
/// std::runtime_error that says so when another node's embedded log was processed into this store.
void require_own_log(const Config& config, Store& store, const std::string& node);

}  // namespace kinhub
