#include "hub/config/config.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "hub/base/nearest.hpp"
#include "hub/config/config_text.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> default_sources = {"civil-affairs", "public-security",
                                                             "medical-insurance", "hospital-his"};

/// Rules that a site may replace one folder at a time; the shipped ones where its own folder of mappings has
/// none.
constexpr const char* evidence_rules = "evidence/evidence.yaml";
// A site's own services take the place of the shipped ones as a whole.
constexpr const char* shipped_services = "care/000000";

fs::path own_or_shipped(const fs::path& own, const Places& places, const char* part) {
  std::error_code failed;
  return fs::exists(own / part, failed) ? own / part : places.mappings / part;
}

SourceConfig built_in_source(const Directories& directories, const Places& places) {
  SourceConfig source;
  source.name = care_desk;
  source.mappings = own_or_shipped(directories.mappings, places, "care_desk");
  source.place = "built in";
  return source;
}

std::string connector_of(std::string_view source) {
  std::string name(source);
  std::ranges::replace(name, '-', '_');
  return name;
}

/// Parser of one file. Collects problems and goes on, so that all of them are said.
class Reader {
 public:
  Reader(const fs::path& file, const Places& places)
      : text_(file), places_(places), config_(default_config(places)) {
    config_.file = file;
  }

  std::variant<Config, std::vector<Error>> read() {
    if (auto root = text_.load()) top(*root);
    if (text_.problems().empty()) return std::move(config_);
    return std::move(text_.problems());
  }

 private:
  std::string place(const YamlNode& node) const { return text_.place(node); }
  void refuse(const YamlNode& node, std::string code, std::string why) {
    text_.refuse(node, std::move(code), std::move(why));
  }
  void each_key(const YamlNode& map, std::string_view what, ConfigText::Keys known,
                const ConfigText::EachKey& each) {
    text_.each_key(map, what, known, each);
  }
  std::optional<std::string> text(const YamlNode& node, std::string_view key) {
    return text_.text(node, key);
  }
  std::optional<fs::path> path(const YamlNode& node, std::string_view key) { return text_.path(node, key); }

  void top(const YamlNode& root) {
    if (root.IsNull()) return;  // nothing but comments
    static constexpr std::array<std::string_view, 11> known = {
        "data",        "node",    "lease_seconds", "log",      "store", "notices",
        "directories", "sources", "api",           "payments", "night"};
    // Deferred keys: some rest on what others say, wherever they stand.
    std::map<std::string, YamlNode, std::less<>> later;
    each_key(root, "the configuration", known,
             [&](const std::string& key, const YamlNode&, const YamlNode& value) {
               if (key == "data") {
                 if (auto data = path(value, key))
                   config_.data = *data, config_.notices = *data / "notices.jsonl";
               } else if (key == "node") {
                 read_node(value, text_, config_);
               } else if (key == "lease_seconds") {
                 read_lease(value, text_, config_);
               } else if (key == "log") {
                 read_log(value, text_, config_);
               } else if (key == "store") {
                 read_store(value, text_, config_);
               } else if (key == "api") {
                 api(value);
               } else if (key == "payments") {
                 read_payments(value, text_, config_);
               } else if (key == "directories") {
                 directories(value);
               } else {
                 later.emplace(key, value);
               }
             });
    if (auto notices = later.find("notices"); notices != later.end())
      read_notices(notices->second, text_, config_);
    const auto& mappings = config_.directories.mappings;
    config_.directories.forms = own_or_shipped(mappings, places_, "care/forms");
    config_.directories.care = own_or_shipped(mappings, places_, shipped_services).parent_path();
    config_.directories.evidence = own_or_shipped(mappings, places_, evidence_rules);
    config_.directories.identity = own_or_shipped(mappings, places_, "identity");
    config_.sources.pop_back();  // the built-in one, which is made anew behind them
    for (auto& source : config_.sources)
      source.mappings = mappings / source.connector;
    if (auto list = later.find("sources"); list != later.end()) sources(list->second);
    if (auto night = later.find("night"); night != later.end()) read_night(night->second, text_, config_);
    config_.sources.push_back(built_in_source(config_.directories, places_));
  }

  /// api: { listen: 127.0.0.1:8632, four_eyes: [lead.ended] }
  void api(const YamlNode& node) {
    static constexpr std::array<std::string_view, 5> known = {"listen", "console", "profile", "four_eyes",
                                                              "session"};
    config_.api.emplace();
    config_.api->console = places_.console;
    each_key(node, "api", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      if (key == "four_eyes") return four_eyes(value);
      if (key == "session") return session(value);
      const auto word = key == "console" ? std::nullopt : text(value, key);
      if (key == "console") {
        if (auto folder = path(value, key)) config_.api->console = *folder;
      } else if (key == "listen") {
        if (word) read_listen(*word, value);
      } else if (word && *word != "trial") {
        refuse(value, "API_PROFILE",
               "the profile is trial: production needs TLS and a second factor, which this version does not "
               "have");
      }
    });
  }

  void four_eyes(const YamlNode& node) {
    static constexpr std::array<std::string_view, 2> known = {"lead.ended", "lead.overpaid"};
    if (!node.IsSequence())
      return refuse(node, "CONFIG_TYPE", "four_eyes is a list: [lead.ended, lead.overpaid]");
    for (const auto& item : node) {
      const auto word = text(item, "four_eyes");
      if (!word) continue;
      if (*word == known[0]) {
        config_.api->four_eyes_ended = true;
      } else if (*word == known[1]) {
        config_.api->four_eyes_overpaid = true;
      } else {
        refuse(item, "CONFIG_VALUE",
               "a second person is asked of lead.ended and lead.overpaid, not of '" + *word + "'" +
                   did_you_mean(*word, known));
      }
    }
  }

  void session(const YamlNode& node) {
    static constexpr std::array<std::string_view, 3> known = {"idle_minutes", "hours", "per_account"};
    constexpr int idle_max = 60, hours_max = 12, sessions_max = 10;
    each_key(node, "session", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      auto& api = *config_.api;
      const int most = key == known[0] ? idle_max : key == known[1] ? hours_max : sessions_max;
      auto& into = key == known[0]   ? api.session_idle_minutes
                   : key == known[1] ? api.session_hours
                                     : api.sessions_per_account;
      const auto word = text(value, key);
      if (!word) return;
      int number = 0;
      const auto* end = word->data() + word->size();
      const auto read = std::from_chars(word->data(), end, number);
      if (read.ec != std::errc() || read.ptr != end || number < 1 || number > most)
        return refuse(value, "CONFIG_VALUE", key + " is a number from 1 to " + std::to_string(most));
      into = number;
    });
  }

  void read_listen(const std::string& listen, const YamlNode& node) {
    constexpr int port_max = 65535;
    const auto colon = listen.rfind(':');
    const auto host = listen.substr(0, colon);
    const auto digits = colon == std::string::npos ? std::string() : listen.substr(colon + 1);
    int port = -1;
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (failed != std::errc() || end != digits.data() + digits.size() || port < 0 || port > port_max)
      return refuse(node, "CONFIG_VALUE", "listen is an address and a port: 127.0.0.1:8632");
    if (host != "127.0.0.1" && host != "[::1]" && host != "localhost")
      return refuse(node, "API_ADDRESS",
                    "the API listens on this machine alone, as it has no TLS yet: 127.0.0.1:8632");
    config_.api->address = host == "[::1]" ? "::1" : "127.0.0.1";
    config_.api->port = static_cast<std::uint16_t>(port);
  }

  void directories(const YamlNode& node) {
    static constexpr std::array<std::string_view, 4> known = {"mappings", "policies", "codes", "connectors"};
    std::optional<fs::path> mappings, policies, codes, connectors;
    each_key(node, "directories", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      auto folder = path(value, key);
      if (!folder) return;
      if (!fs::is_directory(*folder))
        return refuse(value, "CONFIG_FOLDER", "there is no folder " + folder->string());
      (key == "mappings"   ? mappings
       : key == "policies" ? policies
       : key == "codes"    ? codes
                           : connectors) = folder;
    });
    auto& found = config_.directories;
    if (mappings)
      found.mappings = *mappings, found.policies = *mappings / "policies", found.codes = *mappings / "codes";
    if (policies) found.policies = *policies;
    if (codes) found.codes = *codes;
    if (connectors) found.connectors = *connectors;
  }

  void sources(const YamlNode& node) {
    config_.sources.clear();
    if (!node.IsSequence() || node.size() == 0)
      return refuse(node, "CONFIG_TYPE",
                    "sources is a list: - name: ... (leave it out for the four shipped ones)");
    for (const auto& item : node)
      source(item);
  }

  void source(const YamlNode& node) {
    static constexpr std::array<std::string_view, 11> known = {
        "name",     "connector", "mappings", "isolation",     "clock_margin", "marriages_since",
        "settings", "secrets",   "writes",   "plain_network", "repair"};
    SourceConfig source;
    source.place = place(node);
    std::optional<YamlNode> name_node;
    bool mappings_given = false;
    each_key(node, "a source", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
      if (key == "name") {
        name_node = value;
        source.name = text(value, key).value_or("");
      } else if (key == "connector") {
        source.connector = text(value, key).value_or("");
        if (!source.connector.empty() && !is_config_name(source.connector))
          refuse(value, "CONFIG_NAME",
                 "a connector is named by small letters, digits, - and _, without folder or .so");
      } else if (key == "mappings") {
        mappings_given = true;
        if (auto folder = path(value, key)) source.mappings = *folder;
        // Shorthand: a bare word is a folder beside the shipped ones.
        if (value.IsScalar() && is_config_name(value.Scalar()))
          source.mappings = config_.directories.mappings / value.Scalar();
        if (!source.mappings.empty() && !fs::is_directory(source.mappings))
          refuse(value, "CONFIG_FOLDER", "there is no folder of mappings " + source.mappings.string());
      } else if (key == "isolation") {
        isolation(value, source);
      } else if (key == "clock_margin") {
        clock_margin(value, source);
      } else if (key == "marriages_since") {
        source.marriages_since = Date::parse(text(value, key).value_or(""));
        if (!source.marriages_since)
          refuse(value, "CONFIG_VALUE",
                 "marriages_since is the first day of this source's register of marriages, as 2003-10-01");
      } else if (key == "writes") {
        writes(value, source);
      } else if (key == "plain_network") {
        source.plain_network = text_.yes_or_no(value, key).value_or(false);
      } else if (key == "settings") {
        settings(value, source);
      } else if (key == "repair") {
        read_repair(value, text_, source);
      } else {
        secrets(value, source);
      }
    });
    if (!node.IsMap()) return;
    if (!name_node) {
      refuse(node, "CONFIG_MISSING", "a source needs a name");
    } else if (!source.name.empty()) {
      if (!is_config_name(source.name))
        refuse(*name_node, "CONFIG_NAME", "a source is named by small letters, digits, - and _");
      if (source.built_in())
        refuse(*name_node, "CONFIG_RESERVED",
               "'care-desk' is the built-in source of what case workers enter, and is there without being "
               "configured: give this source another name");
      if (config_.source(source.name))
        refuse(*name_node, "CONFIG_DUPLICATE",
               "two sources are named '" + source.name + "': give each a name of its own");
    }
    if (source.connector.empty()) source.connector = connector_of(source.name);
    if (!mappings_given) source.mappings = config_.directories.mappings / source.connector;
    config_.sources.push_back(std::move(source));
  }

  void isolation(const YamlNode& node, SourceConfig& source) {
    static constexpr std::array<std::string_view, 2> known = {"process", "in-process"};
    auto word = text(node, "isolation");
    if (!word) return;
    if (*word == known[0]) return void(source.isolation = Isolation::process);
    if (*word == known[1]) return void(source.isolation = Isolation::in_process);
    refuse(node, "CONFIG_VALUE",
           "isolation is process or in-process, not '" + *word + "'" + did_you_mean(*word, known));
  }

  /// "90s", "10m", "8h", "2d".
  void clock_margin(const YamlNode& node, SourceConfig& source) {
    constexpr std::int64_t second_us = 1'000'000, days_max = 366;
    auto word = text(node, "clock_margin");
    if (!word) return;
    std::int64_t count = -1;
    const auto* end = word->data() + word->size();
    const auto read = std::from_chars(word->data(), end, count);
    const std::int64_t unit = read.ec != std::errc() || read.ptr + 1 != end ? 0
                              : *read.ptr == 's'                            ? 1
                              : *read.ptr == 'm'                            ? 60
                              : *read.ptr == 'h'                            ? 3'600
                              : *read.ptr == 'd'                            ? 86'400
                                                                            : 0;
    if (unit == 0 || count < 0 || count > days_max * 86'400 / unit)
      return refuse(node, "CONFIG_VALUE",
                    "clock_margin is a number with s, m, h or d, a year at most: 10m, 1d");
    source.clock_margin_us = count * unit * second_us;
  }

  void writes(const YamlNode& node, SourceConfig& source) {
    if (!node.IsSequence())
      return refuse(node, "CONFIG_TYPE",
                    "writes is a list of folders in which the connector may change files");
    for (const auto& item : node)
      if (auto folder = path(item, "writes")) source.writes.push_back(*folder);
  }

  void settings(const YamlNode& node, SourceConfig& source) {
    if (!node.IsMap()) return refuse(node, "CONFIG_TYPE", "settings is a map: key: value");
    source.settings = json(node, "", source.setting_places).dump();
  }

  /// As JSON; `places` gets the place of each value by its JSON pointer.
  Json json(const YamlNode& node, const std::string& pointer, std::map<std::string, std::string>& places) {
    places.emplace(pointer, place(node));
    if (node.IsSequence()) {
      auto list = Json::array();
      for (const auto& item : node)
        list.push_back(json(item, pointer + "/" + std::to_string(list.size()), places));
      return list;
    }
    if (node.IsMap()) {
      auto map = Json::object();
      each_key(node, "settings", {}, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
        map[key] = json(value, pointer + "/" + key, places);
      });
      return map;
    }
    if (!node.IsScalar()) {
      refuse(node, "CONFIG_VALUE", "a setting in a list has no value");
      return Json();
    }
    text_.refuse_unexpanded(node);
    return scalar(node);
  }

  /// Scalars stay text, whatever they look like: the connector's schema says what is a number.
  Json scalar(const YamlNode& node) const {
    const auto& word = node.Scalar();
    if (word.starts_with("./") || word.starts_with("../")) return text_.absolute(word).string();
    return word;
  }

  void secrets(const YamlNode& node, SourceConfig& source) {
    each_key(node, "secrets", {},
             [&](const std::string& name, const YamlNode& name_node, const YamlNode& value) {
               if (auto secret = text_.secret(name_node, value)) source.secrets.emplace(name, *secret);
             });
  }

  ConfigText text_;
  const Places& places_;
  Config config_;
};

}  // namespace

const SourceConfig* Config::source(std::string_view name) const {
  auto found = std::ranges::find(sources, name, &SourceConfig::name);
  return found == sources.end() ? nullptr : &*found;
}

Config default_config(const Places& places) {
  Config config;
  config.data = fs::absolute("kinhub-data");
  config.notices = config.data / "notices.jsonl";
  config.directories = {places.mappings, places.policies, places.codes, places.connectors, {}, {}, {}, {}};
  for (auto name : default_sources) {
    SourceConfig source;
    source.name = name;
    source.connector = connector_of(name);
    source.mappings = places.mappings / source.connector;
    source.place = "default";
    config.sources.push_back(std::move(source));
  }
  config.directories.forms = places.mappings / "care/forms";
  config.directories.care = places.mappings / "care";
  config.directories.evidence = places.mappings / evidence_rules;
  config.directories.identity = places.mappings / "identity";
  config.sources.push_back(built_in_source(config.directories, places));
  return config;
}

std::variant<Config, std::vector<Error>> read_config(const fs::path& file, const Places& places) {
  return Reader(file, places).read();
}

Result<std::string> read_secret(const SecretPlace& secret, std::string_view name) {
  auto holds = ": it holds the secret '" + std::string(name) + "'";
  std::string value;
  if (secret.in == SecretPlace::In::environment) {
    const char* found = std::getenv(secret.where.c_str());
    if (!found || !*found)
      return Error{"SECRET_MISSING", "the variable " + secret.where + " is not set" + holds, secret.place};
    return Result<std::string>(boost::system::in_place_value, found);
  }
  struct stat status {};
  std::ifstream in(secret.where, std::ios::binary);
  if (!in || ::stat(secret.where.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return Error{"SECRET_MISSING", "cannot read " + secret.where + holds, secret.place};
  if ((status.st_mode & 077) != 0)
    return Error{"SECRET_OPEN_TO_OTHERS", "others may read " + secret.where + ": chmod 600 it", secret.place};
  if (status.st_size > 65536)
    return Error{"SECRET_SIZE", secret.where + " is too large for a secret", secret.place};
  value.assign(std::istreambuf_iterator<char>(in), {});
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r'))
    value.pop_back();
  return Result<std::string>(boost::system::in_place_value, std::move(value));
}

Result<Secrets> read_secrets(const SourceConfig& source) {
  Secrets values;
  for (const auto& [name, secret] : source.secrets) {
    auto value = read_secret(secret, name);
    if (!value) return value.error();
    values.emplace(name, std::move(*value));
  }
  return values;
}

Result<KafkaSettings> read_secrets(const KafkaConfig& kafka) {
  auto settings = kafka.settings;
  if (kafka.key_password) {
    auto value = read_secret(*kafka.key_password, "key_password");
    if (!value) return value.error();
    settings.key_password = std::move(*value);
  }
  if (kafka.password) {
    auto value = read_secret(*kafka.password, "password");
    if (!value) return value.error();
    settings.password = std::move(*value);
  }
  return settings;
}

Result<std::string> read_secrets(const PostgresConfig& postgres) {
  if (!postgres.password) return Result<std::string>(boost::system::in_place_value, "");
  return read_secret(*postgres.password, "password");
}

}  // namespace kinhub
