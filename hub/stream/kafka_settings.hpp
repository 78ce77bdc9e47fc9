#pragma once
// The connection settings of a Kafka cluster, and the names of Kinhub's own topics on it.

#include <cstdint>
#include <filesystem>
#include <string>

namespace kinhub {

/// Secrets are values here; the configuration only says where they are.
struct KafkaSettings {
  enum class Security : std::uint8_t { plaintext, tls, sasl_plaintext, sasl_tls };
  enum class Sasl : std::uint8_t { none, plain, scram_sha_256, scram_sha_512 };

  std::string brokers;            ///< host:port,host:port
  std::string prefix = "kinhub";  ///< of topics and transactional ids; hubs that share a cluster differ in it
  int replication = 3;            ///< of topics that `kinhub topics apply` makes
  Security security = Security::plaintext;
  std::filesystem::path ca_file;  ///< trusted CAs, with intermediates (librdkafka 2.0.2 sends no chain)
  std::filesystem::path certificate_file, key_file;  ///< of this client: mutual TLS
  std::string key_password;
  bool check_host_name = true;
  Sasl sasl = Sasl::none;
  std::string user, password;
  std::uint32_t patience_ms = 30'000;  ///< how long one operation waits for the brokers before LogUnavailable
  /// transaction.timeout.ms: after this a broker aborts the open transaction of a client that vanished.
  std::uint32_t transaction_ms = 10'000;
};

inline std::string events_topic(const KafkaSettings& kafka, const std::string& source) {
  return kafka.prefix + ".events." + source;
}
inline std::string notices_topic(const KafkaSettings& kafka) {
  return kafka.prefix + ".notices";
}
inline std::string progress_topic(const KafkaSettings& kafka) {
  return kafka.prefix + ".progress";
}

}  // namespace kinhub
