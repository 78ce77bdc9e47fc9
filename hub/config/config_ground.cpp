// Parser of the infrastructure keys, what the hub stands on: the node, the event log,
// the store, where notices go.
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <memory>

#include "hub/config/config_text.hpp"

namespace kinhub {
namespace {

/// Character set of host names and of Kafka's topic names.
bool is_wide_name(std::string_view text, std::size_t size_max) {
  auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !text.empty() && text.size() <= size_max && std::ranges::all_of(text, good) && text[0] != '-' &&
         text[0] != '.';
}

bool is_broker(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  auto port = text.substr(colon + 1), host = text.substr(0, colon);
  bool digits = !port.empty() && port.size() <= 5 &&
                std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; });
  return digits && std::stoi(std::string(port)) > 0 && std::stoi(std::string(port)) < 65536 &&
         host.find_first_of(" \t/,@") == std::string_view::npos;
}

bool are_brokers(std::string_view text) {
  for (;;) {
    auto comma = text.find(',');
    if (!is_broker(text.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

/// Deferred cross-checks: what one key needs of another is checked when all were read.
struct KafkaKeys {
  std::map<std::string, YamlNode, std::less<>> nodes;
  bool has(std::string_view key) const { return nodes.contains(key); }
  const YamlNode& of(std::string_view key) const { return nodes.find(key)->second; }
};

void check_kafka(const YamlNode& node, const KafkaKeys& keys, const KafkaSettings& kafka, ConfigText& text) {
  using Security = KafkaSettings::Security;
  const bool tls = kafka.security == Security::tls || kafka.security == Security::sasl_tls;
  const bool sasl = kafka.security == Security::sasl_plaintext || kafka.security == Security::sasl_tls;
  if (!keys.has("brokers")) text.refuse(node, "CONFIG_MISSING", "kafka needs brokers: host:port,host:port");
  for (auto key : {"ca", "certificate", "key", "key_password", "check_host_name"})
    if (!tls && keys.has(key))
      text.refuse(keys.of(key), "CONFIG_VALUE", "'" + std::string(key) + "' needs security: tls or sasl-tls");
  for (auto key : {"mechanism", "user", "password"}) {
    if (!sasl && keys.has(key))
      text.refuse(keys.of(key), "CONFIG_VALUE",
                  "'" + std::string(key) + "' needs security: sasl-tls or sasl-plaintext");
    if (sasl && !keys.has(key))
      text.refuse(keys.of("security"), "CONFIG_MISSING", "sasl needs '" + std::string(key) + "'");
  }
  if (keys.has("certificate") != keys.has("key"))
    text.refuse(keys.of(keys.has("key") ? "key" : "certificate"), "CONFIG_MISSING",
                "a certificate and its key come together");
  if (keys.has("key_password") && !keys.has("key"))
    text.refuse(keys.of("key_password"), "CONFIG_MISSING", "there is no key that it opens");
}

void read_kafka(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 13> known = {
      "brokers",      "prefix",          "replication", "security", "ca",       "certificate",     "key",
      "key_password", "check_host_name", "mechanism",   "user",     "password", "patience_seconds"};
  static constexpr std::array<std::string_view, 4> securities = {"plaintext", "tls", "sasl-plaintext",
                                                                 "sasl-tls"};
  static constexpr std::array<std::string_view, 3> mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
  KafkaConfig kafka;
  kafka.place = text.place(node);
  auto& settings = kafka.settings;
  KafkaKeys keys;
  bool security_read = true;
  text.each_key(
      node, "kafka", known, [&](const std::string& key, const YamlNode& name, const YamlNode& value) {
        keys.nodes.emplace(key, name);
        if (key == "brokers") {
          settings.brokers = text.text(value, key).value_or("");
          if (!settings.brokers.empty() && !are_brokers(settings.brokers))
            text.refuse(value, "CONFIG_VALUE", "brokers are host:port,host:port, without blanks");
        } else if (key == "prefix") {
          settings.prefix = text.text(value, key).value_or(settings.prefix);
          if (!is_wide_name(settings.prefix, 100))
            text.refuse(value, "CONFIG_NAME", "a prefix has letters, digits, - _ and ., at most 100");
        } else if (key == "replication") {
          settings.replication =
              static_cast<int>(text.number(value, key, 1, 100).value_or(settings.replication));
        } else if (key == "security") {
          auto word = text.word(value, key, securities);
          if (word) settings.security = static_cast<KafkaSettings::Security>(*word);
          security_read = word.has_value();
        } else if (key == "ca") {
          settings.ca_file = text.file(value, key).value_or("");
        } else if (key == "certificate") {
          settings.certificate_file = text.file(value, key).value_or("");
        } else if (key == "key") {
          settings.key_file = text.file(value, key).value_or("");
        } else if (key == "key_password") {
          kafka.key_password = text.secret(name, value);
        } else if (key == "check_host_name") {
          settings.check_host_name = text.yes_or_no(value, key).value_or(true);
        } else if (key == "mechanism") {
          if (auto word = text.word(value, key, mechanisms))
            settings.sasl = static_cast<KafkaSettings::Sasl>(*word + 1);
        } else if (key == "user") {
          settings.user = text.text(value, key).value_or("");
        } else if (key == "password") {
          kafka.password = text.secret(name, value);
        } else {
          settings.patience_ms =
              static_cast<std::uint32_t>(text.number(value, key, 1, 3600).value_or(30) * 1000);
        }
      });
  if (!node.IsMap()) return;
  if (security_read) check_kafka(node, keys, settings, text);
  config.kafka = std::move(kafka);
}

/// Validates a connection string: only what libpq takes, and without a password, which
/// every process list would show.
void check_connection(const YamlNode& node, const std::string& connection, ConfigText& text) {
  char* why = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(connection.c_str(), &why), &PQconninfoFree);
  std::unique_ptr<char, decltype(&PQfreemem)> message(why,
                                                      &PQfreemem);  // not shown: it repeats what was written
  if (!options)
    return text.refuse(node, "CONFIG_VALUE",
                       "libpq cannot read this connection: write host=... port=... dbname=... user=..., or a "
                       "postgresql:// address");
  for (const auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "password")
      text.refuse(node, "CONFIG_SECRET",
                  "a password does not stand in the connection: write password: {file: PATH} or {env: "
                  "VARIABLE} beside it");
    if (keyword == "sslpassword")
      text.refuse(node, "CONFIG_SECRET",
                  "a password does not stand in the connection: use an sslkey without one, in a file that "
                  "only the hub may read");
  }
}

void read_postgres(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 4> known = {"connection", "password", "schema",
                                                            "connections"};
  PostgresConfig postgres;
  postgres.place = text.place(node);
  bool connection_given = false;
  text.each_key(
      node, "postgresql", known, [&](const std::string& key, const YamlNode& name, const YamlNode& value) {
        if (key == "connection") {
          connection_given = true;
          postgres.connection = text.text(value, key).value_or("");
          if (!postgres.connection.empty()) check_connection(value, postgres.connection, text);
        } else if (key == "password") {
          postgres.password = text.secret(name, value);
        } else if (key == "schema") {
          postgres.schema = text.text(value, key).value_or(postgres.schema);
          auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
          bool digit_first = postgres.schema[0] >= '0' && postgres.schema[0] <= '9';
          if (postgres.schema.size() > 63 || digit_first || !std::ranges::all_of(postgres.schema, good))
            text.refuse(value, "CONFIG_NAME",
                        "a schema is named by small letters, digits and _, a letter first, at most 63");
        } else {
          postgres.connections =
              static_cast<int>(text.number(value, key, 2, 100).value_or(postgres.connections));
        }
      });
  if (!node.IsMap()) return;
  if (!connection_given)
    text.refuse(node, "CONFIG_MISSING", "postgresql needs connection: host=... dbname=... user=...");
  config.postgres = std::move(postgres);
}

}  // namespace

void read_node(const YamlNode& node, ConfigText& text, Config& config) {
  config.node = text.text(node, "node").value_or("");
  if (!config.node.empty() && !is_wide_name(config.node, 64))
    text.refuse(node, "CONFIG_NAME", "a node is named by letters, digits, - _ and ., at most 64");
}

void read_lease(const YamlNode& node, ConfigText& text, Config& config) {
  config.lease_seconds =
      static_cast<int>(text.number(node, "lease_seconds", 2, 3600).value_or(config.lease_seconds));
}

void read_log(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 1> known = {"kafka"};
  text.each_key(node, "log", known, [&](const std::string&, const YamlNode&, const YamlNode& value) {
    read_kafka(value, text, config);
  });
}

void read_store(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 1> known = {"postgresql"};
  text.each_key(node, "store", known, [&](const std::string&, const YamlNode&, const YamlNode& value) {
    read_postgres(value, text, config);
  });
}

void read_notices(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 2> known = {"file", "kafka"};
  static constexpr std::array<std::string_view, 2> deliveries = {"exactly-once", "at-least-once"};
  std::optional<std::filesystem::path> file;
  text.each_key(node, "notices", known,
                [&](const std::string& key, const YamlNode& name, const YamlNode& value) {
                  if (key == "file") {
                    file = text.path(value, key);
                  } else if (key == "kafka") {
                    if (auto word = text.word(value, key, deliveries))
                      config.notices_to_kafka = static_cast<NoticesToKafka>(*word + 1);
                    if (!config.kafka)
                      text.refuse(name, "CONFIG_VALUE",
                                  "notices go to the cluster of log: kafka, and there is none: add it");
                  }
                });
  if (file)
    config.notices = *file;
  else if (config.notices_to_kafka != NoticesToKafka::no)
    config.notices.clear();
}

}  // namespace kinhub
