#pragma once
// The plugin loader: finds connectors in plugin folders,
// checks digest and contract before their code runs, and never unloads one.

#include <kinhub/plugin.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/base/mutex.hpp"
#include "hub/base/result.hpp"

namespace kinhub {

/// The manifest of a plugin, NAME.connector.json beside NAME.so; read without running any of its code.
struct ConnectorCard {
  std::string name, version;
  std::uint32_t minor = 0;
  std::string sha256;            ///< of the shared object, lower-case hex
  std::filesystem::path object;  ///< the shared object
};

/// A loaded connector. Immutable; safe from any thread. It stays in memory until the process ends.
class Connector {
 public:
  const ConnectorCard& card() const { return card_; }
  const std::string& config_schema() const { return config_schema_; }
  /// Members the connector lacks are null; create, destroy and poll never are.
  const kinhub_source& source() const { return source_; }

 private:
  friend class ConnectorLibrary;
  ConnectorCard card_;
  std::string config_schema_;
  kinhub_source source_{};
};

/// Safe from any thread.
class ConnectorLibrary {
 public:
  /// Earlier directories win; one that does not exist is empty.
  explicit ConnectorLibrary(std::vector<std::filesystem::path> directories);

  /// Names for which a shared object or a card is there, sorted; not yet checked.
  std::vector<std::string> names() const;
  /// The card, after the object's bytes were compared with it. Nothing of the object has run. Both come from
  /// places that only their owner can write to, and that is this user or root.
  Result<ConnectorCard> card(const std::string& name) const;
  /// Loads and checks the contract. Once loaded the same Connector is given again.
  Result<std::shared_ptr<const Connector>> load(const std::string& name);

  const std::vector<std::filesystem::path>& directories() const { return directories_; }

 private:
  /// A shared object that is open: what was compared is what is loaded, whatever its name leads to meanwhile.
  struct OpenObject;
  Result<OpenObject> open(const std::string& name) const;

  const std::vector<std::filesystem::path> directories_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const Connector>> loaded_ KINHUB_GUARDED_BY(mutex_);
};

}  // namespace kinhub
