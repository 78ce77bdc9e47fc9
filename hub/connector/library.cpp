#include "hub/connector/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "hub/base/nearest.hpp"
#include "hub/base/secrets.hpp"
#include "hub/base/trusted_place.hpp"
#include "hub/connector/config_check.hpp"
#include "hub/connector/file_bytes.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view card_tail = ".connector.json";
constexpr std::uintmax_t card_size_max = 64u << 10;
constexpr std::uintmax_t object_size_max = 1u << 30;

bool good_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
             std::string::npos;
}

Error error(const char* code, const fs::path& place, std::string text) {
  return {code, std::move(text), place.string()};
}

std::string_view view(kinhub_str text) {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}

Result<ConnectorCard> read_card(const std::string& name, const fs::path& object, const fs::path& file) {
  std::error_code none;
  if (fs::file_size(file, none) > card_size_max || none)
    return error("CONNECTOR_CARD", file,
                 "cannot be read, or is too large for a connector card; build the connector anew");
  std::ifstream in(file);
  auto parsed = json::parse(std::string(std::istreambuf_iterator<char>(in), {}), nullptr, false);
  auto text = [&](const char* key) {
    auto found = parsed.find(key);
    return found != parsed.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (parsed.is_discarded() || !parsed.is_object())
    return error("CONNECTOR_CARD", file, "is not a JSON object; build the connector anew");
  ConnectorCard card{text("name"), text("version"), 0, text("sha256"), object};
  auto minor = parsed.find("minor");
  if (card.name.empty() || card.version.empty() || card.sha256.size() != 64 || minor == parsed.end() ||
      !minor->is_number_unsigned())
    return error("CONNECTOR_CARD", file,
                 "needs name, version, minor and sha256 (64 hex digits); build the connector anew");
  card.minor = minor->get<std::uint32_t>();
  if (card.name != name)
    return error("CONNECTOR_NAME", file,
                 fmt::format("names the connector `{}`, but the file is called {}", card.name, name));
  if (card.minor > KINHUB_PLUGIN_MINOR)
    return error(
        "CONNECTOR_MINOR", file,
        fmt::format(
            "needs plugin contract {}.{}, this hub has {}.{}; install a newer hub or an older connector",
            KINHUB_PLUGIN_MAJOR, card.minor, KINHUB_PLUGIN_MAJOR, KINHUB_PLUGIN_MINOR));
  return card;
}

/// Copies what both sides know of a struct; what the other lacks stays zero. Nothing: its size is impossible.
template <class T>
std::optional<T> copy_known(const T* theirs, std::size_t room) {
  std::size_t size = 0;
  if (room < sizeof size) return std::nullopt;
  std::memcpy(&size, theirs, sizeof size);
  if (size < sizeof size) return std::nullopt;
  T ours{};
  std::memcpy(static_cast<void*>(&ours), theirs, std::min({size, sizeof(T), room}));
  return ours;
}

}  // namespace

ConnectorLibrary::ConnectorLibrary(std::vector<fs::path> directories)
    : directories_(std::move(directories)) {}

std::vector<std::string> ConnectorLibrary::names() const {
  std::set<std::string> names;
  for (const auto& directory : directories_) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(directory, none)) {
      auto file = entry.path().filename().string();
      if (file.ends_with(card_tail)) {
        names.insert(file.substr(0, file.size() - card_tail.size()));
      } else if (file.ends_with(".so")) {
        names.insert(file.substr(0, file.size() - 3));
      }
    }
  }
  return {names.begin(), names.end()};
}

struct ConnectorLibrary::OpenObject {
  ConnectorCard card;
  int file = -1;
  OpenObject() = default;
  OpenObject(OpenObject&& other) noexcept
      : card(std::move(other.card)), file(std::exchange(other.file, -1)) {}
  OpenObject& operator=(OpenObject&&) = delete;
  ~OpenObject() {
    if (file >= 0) ::close(file);
  }
};

Result<ConnectorCard> ConnectorLibrary::card(const std::string& name) const {
  auto opened = open(name);
  if (!opened) return opened.error();
  return std::move(opened->card);
}

Result<ConnectorLibrary::OpenObject> ConnectorLibrary::open(const std::string& name) const {
  if (!good_name(name))
    return error("CONNECTOR_NAME", name, "is no connector name; letters, digits, _ and - are allowed");
  std::string searched;
  for (const auto& directory : directories_) {
    searched += (searched.empty() ? "" : ", ") + directory.string();
    auto object = directory / (name + ".so"), file = directory / (name + std::string(card_tail));
    std::error_code none;
    bool has_object = fs::is_regular_file(object, none), has_card = fs::is_regular_file(file, none);
    if (!has_object && !has_card) continue;
    if (!has_object)
      return error("CONNECTOR_MISSING", object,
                   "is missing, though its card is there; build or install the connector");
    if (!has_card)
      return error(
          "CONNECTOR_CARD", file,
          "is missing; the hub runs no code it cannot check. Build the connector with add_connector()");
    for (const auto& place : {directory, file})
      if (const auto why = distrust(place, Owners::us_and_root); !why.empty())
        return error("CONNECTOR_PLACE", place, "is no place to run code from: " + why);
    auto card = read_card(name, object, file);
    if (!card) return card.error();
    OpenObject opened;
    opened.file = ::open(object.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (opened.file < 0 || ::fstat(opened.file, &status) != 0)
      return error("FILE_UNREADABLE", object, "cannot be opened; look at its owner and mode");
    if (const auto why = distrust(status, Owners::us_and_root); !why.empty())
      return error("CONNECTOR_PLACE", object, "is no code to run: " + why);
    auto bytes = FileBytes::of(opened.file, object, object_size_max);
    if (!bytes) return bytes.error();
    auto found = sha256_hex(bytes->view());
    if (found != card->sha256)
      return error("CONNECTOR_SHA256", object,
                   fmt::format("is not the object its card speaks of (sha256 {}..., card {}...); build or "
                               "install both together",
                               found.substr(0, 12), card->sha256.substr(0, 12)));
    opened.card = std::move(*card);
    return opened;
  }
  const auto there = names();
  const std::vector<std::string_view> known(there.begin(), there.end());
  return error("CONNECTOR_MISSING", name + ".so",
               "was not found in " + (searched.empty() ? "any folder" : searched) +
                   did_you_mean(name, known) +
                   "; build or install it, or say in `directories: connectors:` where it is");
}

Result<std::shared_ptr<const Connector>> ConnectorLibrary::load(const std::string& name) {
  MutexLock lock(mutex_);
  if (auto found = loaded_.find(name); found != loaded_.end()) return found->second;
  auto opened = open(name);
  if (!opened) return opened.error();
  const auto* card = &opened->card;
  // By the descriptor that was read, which stays open: the loader knows libraries by their names, and a
  // number that is given again would be another library's.
  const auto by_descriptor = fmt::format("/proc/self/fd/{}", opened->file);
  void* object = ::dlopen(by_descriptor.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (object != nullptr) opened->file = -1;
  if (object == nullptr) {
    const char* said = ::dlerror();
    return error(
        "CONNECTOR_LOAD", card->object,
        fmt::format("cannot be loaded: {}. Build it for this machine", said == nullptr ? "unknown" : said));
  }
  auto entry = reinterpret_cast<kinhub_plugin_entry>(::dlsym(object, "kinhub_plugin_v1"));
  if (entry == nullptr)
    return error("CONNECTOR_ABI", card->object,
                 "has no kinhub_plugin_v1: it is no connector, or one for another major version of the "
                 "contract (this hub has 1)");
  const kinhub_plugin* theirs = entry();
  auto plugin = theirs == nullptr ? std::nullopt : copy_known(theirs, sizeof(kinhub_plugin));
  if (!plugin || plugin->struct_size < offsetof(kinhub_plugin, source) + sizeof(std::size_t))
    return error(
        "CONNECTOR_ABI", card->object,
        "gives no plugin description, or one too small to be one; build it against this hub's plugin.h");
  if (plugin->major != KINHUB_PLUGIN_MAJOR)
    return error(
        "CONNECTOR_ABI", card->object,
        fmt::format("is built for contract {}, this hub has {}", plugin->major, KINHUB_PLUGIN_MAJOR));
  if (view(plugin->name) != card->name || view(plugin->version) != card->version ||
      plugin->minor != card->minor)
    return error(
        "CONNECTOR_NAME", card->object,
        fmt::format(
            "says it is {} {} (minor {}), its card says {} {} (minor {}); build or install both together",
            view(plugin->name), view(plugin->version), plugin->minor, card->name, card->version,
            card->minor));
  auto source = copy_known(&theirs->source, plugin->struct_size - offsetof(kinhub_plugin, source));
  std::string lacking;
  if (!source) {
    lacking = "source";
  } else {
    if (source->create == nullptr) lacking += " create";
    if (source->destroy == nullptr) lacking += " destroy";
    if (source->poll == nullptr) lacking += " poll";
  }
  if (!lacking.empty())
    return error("CONNECTOR_ABI", card->object, "lacks what every connector needs:" + lacking);
  auto connector = std::make_shared<Connector>();
  connector->card_ = *card;
  connector->config_schema_ = view(plugin->config_schema);
  connector->source_ = *source;
  if (auto errors = check_schema(connector->config_schema_); !errors.empty()) {
    auto first = errors.front();
    first.place = card->object.string() + " schema " + first.place;
    return first;
  }
  loaded_[name] = connector;
  return std::shared_ptr<const Connector>(connector);
}

}  // namespace kinhub
