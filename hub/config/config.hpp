#pragma once
// Configuration values, read once from kinhub.yaml and validated as a whole: which sources there
// are, and where things stand.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/result.hpp"
#include "hub/config/night.hpp"
#include "hub/config/places.hpp"
#include "hub/connector/source_options.hpp"
#include "hub/stream/kafka_settings.hpp"

namespace kinhub {

/// Reference to a secret, which stands in a file or in the environment, never in the configuration itself.
struct SecretPlace {
  enum class In : std::uint8_t { file, environment } in{};
  std::string where;  ///< absolute file, or name of the variable
  std::string place;  ///< kinhub.yaml:12:5
};

/// How the configuration's file was found: hub/config/find.hpp.
enum class ConfigFrom : std::uint8_t { defaults, argument, variable, working_directory, system };
/// "--config", "KINHUB_CONFIG", ...
std::string_view name_of(ConfigFrom from);
/// In words: which file, and by whom it was named.
std::string config_words(const std::filesystem::path& file, ConfigFrom from);

/// Settings of the event log on a Kafka cluster.
struct KafkaConfig {
  KafkaSettings settings;  ///< without the secrets
  std::optional<SecretPlace> key_password, password;
  std::string place;
};

/// Settings of the store in PostgreSQL.
struct PostgresConfig {
  std::string connection;  ///< as libpq reads it, without a password
  std::optional<SecretPlace> password;
  std::string schema = "kinhub";
  int connections = 8;
  std::string place;
};

enum class NoticesToKafka : std::uint8_t { no, exactly_once, at_least_once };

/// Name of the built-in source: what case workers enter (hub/care). It has no connector and is in every
/// configuration.
inline constexpr std::string_view care_desk = "care-desk";

/// One configured instance of a connector, or the built-in source.
struct SourceConfig {
  std::string name;                ///< public-security
  std::string connector;           ///< public_security: CONNECTORS/public_security.so
  std::filesystem::path mappings;  ///< folder of this source's mapping files
  Isolation isolation = Isolation::process;
  std::int64_t clock_margin_us = 86'400'000'000;  ///< how far ahead of the receipt its times may be: a day
  /// First day of its register of marriages; nothing: as its connector has it (hub/ground/hub_rules.cpp).
  std::optional<Date> marriages_since;
  std::string settings = "{}";                        ///< one JSON object, given to the connector
  std::map<std::string, std::string> setting_places;  ///< JSON pointer of a setting (/port), where it is said
  std::map<std::string, SecretPlace> secrets;
  RepairConfig repair;  ///< which differences from its snapshot are brought in by themselves
  std::vector<std::filesystem::path>
      writes;                  ///< folders in which its connector may change files; others never
  bool plain_network = false;  ///< it may speak and listen beyond this machine without TLS; status shows it
  std::string place;           ///< where the configuration says it; "default" without one

  /// Whether it is entered at the hub's own doors: no connector delivers it.
  bool built_in() const { return name == care_desk; }
};

/// The HTTP API: where it listens, and how it works with accounts. A loopback address, as long as there is no
/// TLS.
struct ApiConfig {
  std::string address = "127.0.0.1";
  std::uint16_t port = 8632;
  std::filesystem::path console;  ///< built files of the web console; empty: the shipped ones
  bool trial = true;              ///< the first account gets four roles: docs/operators.md
  bool four_eyes_ended = false, four_eyes_overpaid = false;
  int session_idle_minutes = 15, session_hours = 8, sessions_per_account = 3;
};

/// How payment lists are drawn up: since when the hub keeps the books, for how long a list is, which banks
/// take files.
struct PaymentsConfig {
  Date ledger_start;               ///< the first month that is reckoned: older ones are imported as settled
  std::string period = "quarter";  ///< quarter, half, year
  std::vector<std::pair<std::string, std::string>> banks;  ///< code, as accounts and files name it; name
  std::string place;
  int cut_off_day = 25;  ///< of a period's last month: no list is made before it
};

/// Resource directories of the program; the shipped ones unless the configuration says otherwise.
struct Directories {
  std::filesystem::path mappings, policies, codes, connectors;
  std::filesystem::path forms;     ///< what case workers may enter: mappings/care/forms
  std::filesystem::path evidence;  ///< file of evidence rules: mappings/evidence/evidence.yaml
  std::filesystem::path identity;  ///< the rules of matching without numbers: mappings/identity
  std::filesystem::path care;      ///< services owed, a folder for each region: mappings/care
};

struct Config {
  std::filesystem::path file;  ///< empty: there is none, these are the defaults
  ConfigFrom from = ConfigFrom::defaults;
  std::filesystem::path data;
  std::string node;                        ///< empty: the name this data directory has (hub/ground)
  int lease_seconds = 10;                  ///< after so long without a word a node's work goes to the others
  std::optional<KafkaConfig> kafka;        ///< nothing: the embedded log, DATA/log.db
  std::optional<PostgresConfig> postgres;  ///< nothing: SQLite, DATA/kinhub.db
  std::filesystem::path notices;           ///< file that notices are appended to; empty: none
  NoticesToKafka notices_to_kafka = NoticesToKafka::no;
  std::optional<ApiConfig> api;            ///< nothing: no door but the command line
  std::optional<PaymentsConfig> payments;  ///< nothing: no lists are drawn up
  NightConfig night;
  Directories directories;
  std::vector<SourceConfig> sources;  ///< as written, the built-in one last; names are unique

  const SourceConfig* source(std::string_view name) const;
};

/// Defaults without a configuration file: civil-affairs, public-security, medical-insurance, hospital-his,
/// each with the connector and the mapping folder of its name, the built-in one, and data in ./kinhub-data.
Config default_config(const Places& places);

/// Parses and validates `file`. Unknown keys, keys given twice, wrong types and impossible values are
/// refused, all of them at once, each with file:line:column and what to do. Relative paths are relative to
/// the file's own folder. `settings` hold texts, lists and maps (the connector's schema says what is a
/// number); a text that starts with ./ or ../ is a path and becomes absolute.
std::variant<Config, std::vector<Error>> read_config(const std::filesystem::path& file, const Places& places);

/// Resolves the secrets of a source, now. Errors: SECRET_MISSING; SECRET_OPEN_TO_OTHERS for
/// a file that others may read.
Result<Secrets> read_secrets(const SourceConfig& source);
/// Resolves the settings with their secrets; the database's password (empty: none is
/// configured). Errors as above.
Result<KafkaSettings> read_secrets(const KafkaConfig& kafka);
Result<std::string> read_secrets(const PostgresConfig& postgres);

}  // namespace kinhub
