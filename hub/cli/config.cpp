#include "hub/cli/config.hpp"

#include <sys/stat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "hub/base/nearest.hpp"
#include "hub/base/yaml_documents.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Keys = std::span<const std::string_view>;

constexpr std::size_t file_size_max = 1 << 20;
constexpr std::size_t nodes_max = 10000;  // aliases of aliases grow without end otherwise
constexpr std::size_t depth_max = 32;

constexpr std::array<std::string_view, 4> default_sources = {"civil-affairs", "public-security", "medical-insurance",
                                                             "hospital-his"};

std::string connector_of(std::string_view source) {
  std::string name(source);
  std::ranges::replace(name, '-', '_');
  return name;
}

bool is_name(std::string_view text) {
  auto good = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, good) && text[0] != '-';
}

/// Reads one file. Collects problems and goes on, so that all of them are said.
class Reader {
 public:
  Reader(fs::path file, const Places& places) : file_(std::move(file)), config_(default_config(places)) {
    config_.file = file_;
  }

  std::variant<Config, std::vector<Error>> read() {
    auto root = load();
    if (root) top(*root);
    if (problems_.empty()) return std::move(config_);
    return std::move(problems_);
  }

 private:
  std::optional<YAML::Node> load() {
    std::ifstream in(file_, std::ios::binary);
    std::string text(file_size_max + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (in.bad() || (!in.eof() && in.fail()) || !fs::is_regular_file(file_))
      return refuse_file("CONFIG_UNREADABLE", "the configuration cannot be read: is it there, a file, and yours to read?");
    if (text.size() > file_size_max) return refuse_file("CONFIG_SIZE", "a configuration has at most 1 MiB");
    try {
      const auto documents = count_yaml_documents(text, 2);
      if (documents > 1) return refuse_file("CONFIG_SYNTAX", "holds several documents (---): one is read");
      if (documents == 0) return YAML::Node(YAML::NodeType::Map);
      auto root = YAML::Load(text);
      if (!size_is_bounded(root, 0)) return refuse_file("CONFIG_SIZE", "too many or too deeply nested values");
      return root;
    } catch (const YAML::Exception& broken) {
      problems_.push_back({"CONFIG_SYNTAX", "this is no YAML: " + broken.msg, place(broken.mark)});
      return std::nullopt;
    }
  }

  std::nullopt_t refuse_file(std::string code, std::string text) {
    problems_.push_back({std::move(code), std::move(text), file_.string()});
    return std::nullopt;
  }

  bool size_is_bounded(const YAML::Node& node, std::size_t depth) {
    if (++nodes_ > nodes_max || depth > depth_max) return false;
    if (node.IsSequence())
      return std::all_of(node.begin(), node.end(), [&](const auto& item) { return size_is_bounded(item, depth + 1); });
    if (node.IsMap())
      return std::all_of(node.begin(), node.end(), [&](const auto& item) {
        return size_is_bounded(item.first, depth + 1) && size_is_bounded(item.second, depth + 1);
      });
    return true;
  }

  std::string place(const YAML::Mark& mark) const {
    if (mark.is_null()) return file_.string();
    return file_.string() + ":" + std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1);
  }
  void refuse(const YAML::Node& node, std::string code, std::string text) {
    problems_.push_back({std::move(code), std::move(text), place(node.Mark())});
  }

  /// Calls each(key, value) for every known key of a map; unknown, doubled and non-text keys are refused.
  /// `known` empty: every key is good.
  template <class Each>
  void each_key(const YAML::Node& map, std::string_view what, Keys known, Each each) {
    if (!map.IsMap()) return refuse(map, "CONFIG_TYPE", std::string(what) + " is a map: key: value");
    std::set<std::string> seen;
    for (const auto& item : map) {
      if (!item.first.IsScalar()) {
        refuse(item.first, "CONFIG_TYPE", "a key is one word");
        continue;
      }
      const auto& key = item.first.Scalar();
      if (!seen.insert(key).second)
        refuse(item.first, "CONFIG_DUPLICATE", "'" + key + "' is given twice: keep one");
      else if (!known.empty() && std::ranges::find(known, key) == known.end())
        refuse(item.first, "CONFIG_KEY", std::string(what) + " has no '" + key + "'" + did_you_mean(key, known));
      else if (item.second.IsNull())  // YAML places nothing at whatever comes next: the key is what one looks for
        refuse(item.first, "CONFIG_VALUE", "'" + key + "' has no value: give one, or leave the key out");
      else
        each(key, item.first, item.second);
    }
  }

  std::optional<std::string> text(const YAML::Node& node, std::string_view key) {
    if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
    refuse(node, "CONFIG_TYPE", "'" + std::string(key) + "' is one text");
    return std::nullopt;
  }
  std::optional<fs::path> path(const YAML::Node& node, std::string_view key) {
    auto written = text(node, key);
    if (!written) return std::nullopt;
    return absolute(*written);
  }
  fs::path absolute(const fs::path& written) const {
    return (fs::absolute(file_).parent_path() / written).lexically_normal();
  }

  void top(const YAML::Node& root) {
    if (root.IsNull()) return;  // nothing but comments
    static constexpr std::array<std::string_view, 4> known = {"data", "notices", "directories", "sources"};
    std::optional<YAML::Node> sources_node;  // read last: mapping folders depend on `directories`
    each_key(root, "the configuration", known, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
      if (key == "data") {
        if (auto data = path(value, key)) data_ = *data;
      } else if (key == "notices") {
        notices(value);
      } else if (key == "directories") {
        directories(value);
      } else {
        sources_node = value;
      }
    });
    if (data_) {
      config_.data = *data_;
      config_.notices = *data_ / "notices.jsonl";
    }
    if (notices_) config_.notices = *notices_;
    for (auto& source : config_.sources) source.mappings = config_.directories.mappings / source.connector;
    if (sources_node) sources(*sources_node);
  }

  void notices(const YAML::Node& node) {
    static constexpr std::array<std::string_view, 1> known = {"file"};
    each_key(node, "notices", known, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
      notices_ = path(value, key);
    });
  }

  void directories(const YAML::Node& node) {
    static constexpr std::array<std::string_view, 4> known = {"mappings", "policies", "codes", "connectors"};
    std::optional<fs::path> mappings, policies, codes, connectors;
    each_key(node, "directories", known, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
      auto folder = path(value, key);
      if (!folder) return;
      if (!fs::is_directory(*folder))
        return refuse(value, "CONFIG_FOLDER", "there is no folder " + folder->string());
      (key == "mappings" ? mappings : key == "policies" ? policies : key == "codes" ? codes : connectors) = folder;
    });
    auto& found = config_.directories;
    if (mappings) found.mappings = *mappings, found.policies = *mappings / "policies", found.codes = *mappings / "codes";
    if (policies) found.policies = *policies;
    if (codes) found.codes = *codes;
    if (connectors) found.connectors = *connectors;
  }

  void sources(const YAML::Node& node) {
    config_.sources.clear();
    if (!node.IsSequence() || node.size() == 0)
      return refuse(node, "CONFIG_TYPE", "sources is a list: - name: ... (leave it out for the four shipped ones)");
    for (const auto& item : node) source(item);
  }

  void source(const YAML::Node& node) {
    static constexpr std::array<std::string_view, 6> known = {"name",      "connector", "mappings",
                                                              "isolation", "settings",  "secrets"};
    SourceConfig source;
    source.place = place(node.Mark());
    std::optional<YAML::Node> name_node;
    bool mappings_given = false;
    each_key(node, "a source", known, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
      if (key == "name") {
        name_node = value;
        source.name = text(value, key).value_or("");
      } else if (key == "connector") {
        source.connector = text(value, key).value_or("");
        if (!source.connector.empty() && !is_name(source.connector))
          refuse(value, "CONFIG_NAME", "a connector is named by small letters, digits, - and _, without folder or .so");
      } else if (key == "mappings") {
        mappings_given = true;
        if (auto folder = path(value, key)) source.mappings = *folder;
        // A bare word is a folder beside the shipped ones.
        if (value.IsScalar() && is_name(value.Scalar())) source.mappings = config_.directories.mappings / value.Scalar();
        if (!source.mappings.empty() && !fs::is_directory(source.mappings))
          refuse(value, "CONFIG_FOLDER", "there is no folder of mappings " + source.mappings.string());
      } else if (key == "isolation") {
        isolation(value, source);
      } else if (key == "settings") {
        settings(value, source);
      } else {
        secrets(value, source);
      }
    });
    if (!node.IsMap()) return;
    if (!name_node) {
      refuse(node, "CONFIG_MISSING", "a source needs a name");
    } else if (!source.name.empty()) {
      if (!is_name(source.name)) refuse(*name_node, "CONFIG_NAME", "a source is named by small letters, digits, - and _");
      if (config_.source(source.name)) refuse(*name_node, "CONFIG_DUPLICATE", "two sources are named '" + source.name + "'");
    }
    if (source.connector.empty()) source.connector = connector_of(source.name);
    if (!mappings_given) source.mappings = config_.directories.mappings / source.connector;
    config_.sources.push_back(std::move(source));
  }

  void isolation(const YAML::Node& node, SourceConfig& source) {
    static constexpr std::array<std::string_view, 2> known = {"process", "in-process"};
    auto word = text(node, "isolation");
    if (!word) return;
    if (*word == known[0]) return void(source.isolation = Isolation::process);
    if (*word == known[1]) return void(source.isolation = Isolation::in_process);
    refuse(node, "CONFIG_VALUE", "isolation is process or in-process, not '" + *word + "'" + did_you_mean(*word, known));
  }

  void settings(const YAML::Node& node, SourceConfig& source) {
    if (!node.IsMap()) return refuse(node, "CONFIG_TYPE", "settings is a map: key: value");
    source.settings = json(node).dump();
  }

  Json json(const YAML::Node& node) {
    if (node.IsSequence()) {
      auto list = Json::array();
      for (const auto& item : node) list.push_back(json(item));
      return list;
    }
    if (node.IsMap()) {
      auto map = Json::object();
      each_key(node, "settings", {}, [&](const std::string& key, const YAML::Node&, const YAML::Node& value) {
        map[key] = json(value);
      });
      return map;
    }
    if (!node.IsScalar()) {
      refuse(node, "CONFIG_VALUE", "a setting in a list has no value");
      return Json();
    }
    return scalar(node);
  }

  /// Text, whatever it looks like: the connector's schema says what is a number.
  Json scalar(const YAML::Node& node) const {
    const auto& word = node.Scalar();
    if (word.starts_with("./") || word.starts_with("../")) return absolute(word).string();
    return word;
  }

  void secrets(const YAML::Node& node, SourceConfig& source) {
    static constexpr std::array<std::string_view, 2> known = {"file", "env"};
    each_key(node, "secrets", {}, [&](const std::string& name, const YAML::Node& name_node, const YAML::Node& value) {
      if (value.IsScalar())
        return refuse(value, "CONFIG_SECRET",
                      "a secret does not stand in the configuration: write '" + name + ": {file: PATH}' or '{env: VARIABLE}'");
      std::optional<SecretPlace> secret;
      std::size_t ways = 0;
      each_key(value, "a secret", known, [&](const std::string& key, const YAML::Node&, const YAML::Node& where) {
        ++ways;
        auto written = text(where, key);
        if (!written) return;
        auto in = key == "file" ? SecretPlace::In::file : SecretPlace::In::environment;
        secret = SecretPlace{in, key == "file" ? absolute(*written).string() : *written, place(where.Mark())};
      });
      if (value.IsMap() && ways != 1)
        refuse(name_node, "CONFIG_SECRET", "a secret comes from one place: {file: PATH} or {env: VARIABLE}");
      if (secret) source.secrets.emplace(name, *secret);
    });
  }

  fs::path file_;
  Config config_;
  std::optional<fs::path> data_, notices_;
  std::vector<Error> problems_;
  std::size_t nodes_ = 0;
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
  config.directories = {places.mappings, places.policies, places.codes, places.connectors};
  for (auto name : default_sources) {
    SourceConfig source;
    source.name = name;
    source.connector = connector_of(name);
    source.mappings = places.mappings / source.connector;
    source.place = "default";
    config.sources.push_back(std::move(source));
  }
  return config;
}

std::variant<Config, std::vector<Error>> read_config(const fs::path& file, const Places& places) {
  return Reader(file, places).read();
}

Result<Secrets> read_secrets(const SourceConfig& source) {
  Secrets values;
  for (const auto& [name, secret] : source.secrets) {
    std::string value;
    if (secret.in == SecretPlace::In::environment) {
      const char* found = std::getenv(secret.where.c_str());
      if (!found || !*found)
        return Error{"SECRET_MISSING", "the variable " + secret.where + " is not set: it holds the secret '" + name + "'",
                     secret.place};
      value = found;
    } else {
      struct stat status {};
      std::ifstream in(secret.where, std::ios::binary);
      if (!in || ::stat(secret.where.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return Error{"SECRET_MISSING", "cannot read " + secret.where + ": it holds the secret '" + name + "'", secret.place};
      if ((status.st_mode & 077) != 0)
        return Error{"SECRET_OPEN_TO_OTHERS", "others may read " + secret.where + ": chmod 600 it", secret.place};
      if (status.st_size > 65536)
        return Error{"SECRET_SIZE", secret.where + " is too large for a secret", secret.place};
      value.assign(std::istreambuf_iterator<char>(in), {});
      while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.pop_back();
    }
    values.emplace(name, std::move(value));
  }
  return values;
}

}  // namespace kinhub::cli
