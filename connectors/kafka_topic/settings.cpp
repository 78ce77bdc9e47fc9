#include "connectors/kafka_topic/settings.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>

namespace kinhub::kafka_topic {
namespace {

using namespace sdk;

[[noreturn]] void wrong(const char* name, const std::string& why) {
  throw Fatal("configuration: '" + std::string(name) + "' " + why);
}

// One of the words; their order is that of the enumeration.
template <class Choice>
Choice choice(const Config& config, const char* name, const std::vector<std::string>& words) {
  const auto word = config.text(name, words.front());
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    std::string all;
    for (const auto& one : words)
      all += (all.empty() ? "" : ", ") + one;
    wrong(name, "must be one of " + all);
  }
  return static_cast<Choice>(found - words.begin());
}

// A topic's name as Kafka allows it: so it cannot look like a part of a position either.
bool is_topic(const std::string& name) {
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '_' || c == '-';
         });
}

std::vector<std::string> topics_of(const Config& config) {
  auto topics = config.texts("topics", {});
  for (const auto& name : topics)
    if (!is_topic(name))
      wrong("topics", "holds '" + name + "', which is no topic's name (letters, digits, . _ -)");
  if (std::set<std::string>(topics.begin(), topics.end()).size() != topics.size())
    wrong("topics", "names a topic twice");
  return topics;
}

std::vector<std::string> key_of(const Config& config) {
  auto paths = config.texts("key", {});
  if (paths.size() > 8) wrong("key", "has more than 8 paths");
  for (auto& path : paths) {
    if (path.empty() || path.front() == '.' || path.back() == '.' ||
        path.find_first_of("/\"\\[]") != std::string::npos || path.find("..") != std::string::npos)
      wrong("key",
            "holds '" + path + "', which is no path: names with dots between them, as id or person.id");
    std::replace(path.begin(), path.end(), '.', '/');
  }
  return paths;
}

// "kafka-1:9092", "10.0.0.7:9092", "[::1]:9092", and without a port,
// which is 9092 then; a protocol may stand before it.
bool is_broker(std::string_view text) {
  for (const std::string_view protocol : {"PLAINTEXT://", "SSL://", "SASL_PLAINTEXT://", "SASL_SSL://"})
    if (text.starts_with(protocol)) text.remove_prefix(protocol.size());
  if (text.empty() || text.find_first_of(" \t/@") != std::string_view::npos) return false;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.back() == ']') return true;
  const auto host = text.substr(0, colon), digits = text.substr(colon + 1);
  int port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool bare = host.find(':') == std::string_view::npos || (host.front() == '[' && host.back() == ']');
  return !host.empty() && bare && error == std::errc{} && end == digits.data() + digits.size() && port > 0 &&
         port < 65536;
}

// What is wrong is not repeated: a password may stand there.
std::string brokers_of(const Config& config) {
  auto brokers = config.text("brokers");
  int number = 0;
  for (std::string_view rest = brokers; !rest.empty();) {
    auto one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    ++number;
    one.remove_prefix(std::min(one.size(), one.find_first_not_of(' ')));
    one = one.substr(0, one.find_last_not_of(' ') + 1);
    if (!is_broker(one))
      wrong("brokers", "has as number " + std::to_string(number) +
                           " what is no host:port: name them as kafka-1:9092,kafka-2:9092");
  }
  return brokers;
}

// A PEM file's name, or empty:
// what librdkafka says of one that cannot be read names neither setting nor file.
std::string file_of(const Config& config, const char* name) {
  const auto path = config.folder(name);
  if (path.empty()) return {};
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed))
    wrong(name, "is " + path.string() + ", which is a folder: name a PEM file");
  errno = 0;
  if (!std::ifstream(path, std::ios::binary))
    wrong(name, "is " + path.string() + ", which cannot be read (" + std::generic_category().message(errno) +
                    "): is it there, and may the hub read it?");
  return path.string();
}

enum class Security : std::uint8_t { plaintext, tls, sasl_plaintext, sasl_tls };

void add_security(const Host& host, const Config& config, Settings& settings) {
  auto& client = settings.client;
  const auto security =
      choice<Security>(config, "security", {"plaintext", "tls", "sasl-plaintext", "sasl-tls"});
  static constexpr const char* protocols[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};
  client.emplace_back("security.protocol", protocols[static_cast<int>(security)]);

  const bool tls = security == Security::tls || security == Security::sasl_tls;
  const bool check_host_name = config.flag("check_host_name", true);
  if (!tls) {
    for (const auto* const name : {"ca", "certificate", "key_file"})
      if (!config.folder(name).empty())
        wrong(name, "is set, but 'security' is without TLS: set it to tls or sasl-tls");
  } else {
    const auto ca = file_of(config, "ca"), certificate = file_of(config, "certificate"),
               key = file_of(config, "key_file");
    if (certificate.empty() != key.empty())
      wrong(certificate.empty() ? "certificate" : "key_file",
            "is missing: a client certificate needs both certificate and key_file");
    if (!ca.empty()) client.emplace_back("ssl.ca.location", ca);
    if (!certificate.empty()) client.emplace_back("ssl.certificate.location", certificate);
    if (!key.empty()) client.emplace_back("ssl.key.location", key);
    if (const auto password = host.secret("key_password"); !password.empty())
      client.emplace_back("ssl.key.password", std::string(password));
    client.emplace_back("ssl.endpoint.identification.algorithm", check_host_name ? "https" : "none");
  }

  enum class Mechanism : std::uint8_t { plain, scram_256, scram_512 };
  const std::vector<std::string> mechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
  const auto mechanism = choice<Mechanism>(config, "mechanism", mechanisms);
  const auto user = config.text("user");
  if (security == Security::sasl_plaintext || security == Security::sasl_tls) {
    if (user.empty()) wrong("user", "is missing: SASL needs one");
    const auto password = host.secret("password");
    if (password.empty()) throw Fatal("the secret 'password' is missing: name it under the source's secrets");
    client.emplace_back("sasl.mechanisms", mechanisms[static_cast<std::size_t>(mechanism)]);
    client.emplace_back("sasl.username", user);
    client.emplace_back("sasl.password", std::string(password));
  } else if (!user.empty()) {
    wrong("user", "is set, but 'security' is without SASL: set it to sasl-tls or sasl-plaintext");
  }
}

}  // namespace

Settings read_settings(const Host& host, const Config& config) {
  Settings settings;
  settings.brokers = brokers_of(config);
  settings.topics = topics_of(config);
  if (settings.brokers.empty() != settings.topics.empty())
    wrong(settings.brokers.empty() ? "brokers" : "topics",
          "is missing: what is read is named by brokers and topics");
  settings.group = config.text("group", "kinhub-reader");
  if (settings.group.empty()) wrong("group", "must not be empty");
  settings.rules.envelope = choice<Envelope>(config, "envelope", {"plain", "debezium"});
  settings.rules.key = key_of(config);
  settings.rules.charset = config.text("charset", "UTF-8");
  if (!is_known_charset(settings.rules.charset)) wrong("charset", "must be UTF-8 or GB18030");
  settings.rules.message_bytes_max =
      static_cast<std::size_t>(config.integer("message_bytes_max", 16 << 20, 1024, 16 << 20));
  settings.start = choice<Start>(config, "start", {"earliest", "latest"});
  settings.coverage = choice<Coverage>(config, "coverage", {"off", "caught_up", "message_time"});
  settings.lag_us = config.integer("lag_seconds", 60, 0, std::int64_t{30} * 86'400) * 1'000'000;
  settings.batch_messages = static_cast<std::size_t>(config.integer("batch_messages", 1000, 1, 100'000));
  settings.batch_bytes = static_cast<std::size_t>(config.integer("batch_bytes", 8 << 20, 1024, 64 << 20));
  settings.patience_ms = config.integer("patience_ms", 10'000, 100, 600'000);
  settings.look_every_ms = config.integer("look_every_ms", 60'000, 100, 86'400'000);

  enum class Isolation : std::uint8_t { committed, uncommitted };
  const auto isolation = choice<Isolation>(config, "isolation", {"read_committed", "read_uncommitted"});
  settings.client = {
      {"bootstrap.servers", settings.brokers},
      {"group.id", settings.group},
      {"client.id", settings.group},
      // Positions are the hub's: nothing is committed, and nobody guesses where to go on.
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},
      {"enable.partition.eof", "true"},
      {"allow.auto.create.topics", "false"},
      {"isolation.level", isolation == Isolation::committed ? "read_committed" : "read_uncommitted"},
      {"check.crcs", "true"},
      {"socket.nagle.disable", "true"},
      {"queued.max.messages.kbytes", "16384"},
      {"fetch.wait.max.ms", "100"},
      {"reconnect.backoff.max.ms", "2000"},
  };
  add_security(host, config, settings);
  return settings;
}

}  // namespace kinhub::kafka_topic
