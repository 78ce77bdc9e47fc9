#include "hub/ground/ground.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <system_error>
#include <thread>

#include "hub/base/bytes.hpp"
#include "hub/notice/kafka_relay.hpp"
#include "hub/notice/notice_file.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/postgres/postgres_store.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/stream/embedded_log.hpp"
#include "hub/stream/kafka_log.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

std::string host_name() {
  char name[256] = {};
  if (::gethostname(name, sizeof name - 1) != 0 || name[0] == '\0') return "node";
  return std::string(name).substr(0, 57);
}

std::string six_hex_digits() {
  char bytes[3];
  if (::getentropy(bytes, sizeof bytes) != 0)
    throw std::system_error(errno, std::generic_category(), "no randomness");
  return hex({bytes, sizeof bytes});
}

std::string first_line(const fs::path& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

/// Generates the node's name, once: the host's with six hex digits.
std::string line_of_node_file(const fs::path& data) {
  const auto file = data / "node";
  if (!fs::exists(file)) {
    fs::create_directories(data);
    // Atomic creation: whole or not at all, and the first of two that make it at once wins.
    auto made = data / ("node." + std::to_string(::getpid()));
    std::ofstream out(made);
    out << host_name() << '-' << six_hex_digits() << '\n';
    out.close();
    if (!out) throw std::runtime_error("cannot write " + made.string());
    // Owner-only permissions, like everything in this directory.
    fs::permissions(made, fs::perms::owner_read | fs::perms::owner_write);
    std::error_code there_already;
    fs::create_hard_link(made, file, there_already);
    fs::remove(made);
  }
  auto line = first_line(file);
  if (line.empty()) throw std::runtime_error(file.string() + " is empty: remove it, and it is made anew");
  return line;
}

std::string mark_name(const std::string& node) {
  return "data directory of node " + node;
}

template <class Secret>
Secret value_of(Result<Secret> secret) {
  if (!secret) throw ErrorThrown(secret.error());
  return std::move(*secret);
}

KafkaSettings settings_of(const KafkaConfig& kafka) {
  return value_of(read_secrets(kafka));
}

}  // namespace

namespace {

bool is_of_this_process(gid_t group) {
  std::vector<gid_t> groups(static_cast<std::size_t>(std::max(0, ::getgroups(0, nullptr))));
  const int count = ::getgroups(static_cast<int>(groups.size()), groups.data());
  groups.resize(static_cast<std::size_t>(std::max(0, count)));
  return group == ::getegid() || std::find(groups.begin(), groups.end(), group) != groups.end();
}

/// A volume that was given to a group of this process, and to nobody else (fsGroup of Kubernetes): it cannot
/// be closed further by who is not its owner, and who is leaves it as it was meant.
bool is_given_to_our_group(const struct stat& status) {
  const bool meant = (status.st_mode & S_ISGID) != 0 || (status.st_uid != ::geteuid() && ::geteuid() != 0);
  return meant && (status.st_mode & S_IRWXO) == 0 && is_of_this_process(status.st_gid);
}

bool holds_hub(const fs::path& data) {
  for (const char* part : {"kinhub.key", "kinhub.db", "log.db"})
    if (fs::exists(fs::symlink_status(data / part))) return true;
  return false;
}

/// Takes the hub's own key file back from the group: whoever mounts such a volume opens its files to it anew.
void close_key(const fs::path& key, gid_t group) {
  struct stat status {};
  if (::lstat(key.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_uid != ::geteuid() ||
      status.st_gid != group || (status.st_mode & S_IRWXO) != 0 || (status.st_mode & S_IRWXG) == 0)
    return;
  if (::chmod(key.c_str(), S_IRUSR | S_IWUSR) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot close " + key.string() + " to its group");
}

/// Owner-only permissions of the data directory: everybody's data and the key stand in it. One that holds a
/// hub, or nothing at all, is closed where it is wider. One that holds something else may be anybody's
/// (/srv), so it stays as it is and is refused.
void close_to_others(const fs::path& data) {
  constexpr mode_t others = S_IRWXG | S_IRWXO;
  if (fs::create_directories(data)) fs::permissions(data, fs::perms::owner_all);
  struct stat status {};
  if (::stat(data.c_str(), &status) != 0 || (status.st_mode & others) == 0) return;
  if (is_given_to_our_group(status)) return close_key(data / "kinhub.key", status.st_gid);
  const auto refuse = [&](const std::string& why) {
    throw std::runtime_error("data directory " + data.string() + " " + why);
  };
  const auto below = "name one below it that is not there yet, which is then made (--data " +
                     (data / "kinhub-data").string() + ")";
  if ((status.st_mode & S_ISVTX) != 0) refuse("is shared between users: " + below);
  if (status.st_uid != ::geteuid() && ::geteuid() != 0)
    refuse("may be entered by others and belongs to user " + std::to_string(status.st_uid) +
           ": have it given to user " + std::to_string(::geteuid()) +
           " with mode 700 (in Kubernetes: set fsGroup), or, where this user may write, " + below);
  if (!holds_hub(data) && !fs::is_empty(data))
    refuse(
        "may be entered by others and holds something else than a hub: if nobody else uses it, chmod 700 it; "
        "otherwise " +
        below);
  if (::chmod(data.c_str(), status.st_mode & S_IRWXU) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot close " + data.string() + " to others");
}

}  // namespace

std::string shared_data_directory(const fs::path& data) {
  struct stat status {};
  if (::stat(data.c_str(), &status) != 0 || (status.st_mode & S_IRWXG) == 0 || !is_given_to_our_group(status))
    return {};
  return "data directory " + data.string() + " belongs to user " + std::to_string(status.st_uid) +
         " and is open to group " + std::to_string(status.st_gid) +
         ", of which the hub is one: whoever else is in that group can remove and replace its files";
}

Keyring::Opened open_key(const fs::path& data) {
  close_to_others(data);
  if (fs::exists(data / restoring_name))
    throw std::runtime_error("a backup was being restored into " + data.string() +
                             ", and that did not end: run the same kinhub restore once more");
  auto key = data / "kinhub.key";
  if (!fs::exists(key) && (fs::exists(data / "kinhub.db") || fs::exists(data / "log.db")))
    throw std::runtime_error(key.string() + " is missing, and " + data.string() +
                             " holds data sealed with it: put the key file back from its copy");
  return Keyring::open(key);
}

std::string node_name(const Config& config) {
  return config.node.empty() ? line_of_node_file(config.data) : config.node;
}

std::string data_directory_mark(const fs::path& data) {
  auto line = line_of_node_file(data);
  struct stat found = {};
  if (::stat((data / "node").c_str(), &found) != 0)
    throw std::system_error(errno, std::generic_category(), "cannot look at " + (data / "node").string());
  return line + "/" + std::to_string(found.st_ino);  // a copy of the directory has the same line
}

std::unique_ptr<EventLog> open_log(const Config& config, const Keyring& keys) {
  if (!config.kafka) return EmbeddedLog::open(config.data / "log.db", keys);
  std::vector<std::string> sources;
  for (const auto& source : config.sources)
    sources.push_back(source.name);
  return KafkaLog::open(settings_of(*config.kafka), sources, keys);
}

std::unique_ptr<Store> open_bare_store(const Config& config, const Keyring& keys) {
  if (!config.postgres) return SqliteStore::open(config.data / "kinhub.db", keys);
  PostgresSettings settings;
  settings.connection = config.postgres->connection;
  settings.password = value_of(read_secrets(*config.postgres));
  settings.schema = config.postgres->schema;
  settings.connections_max = config.postgres->connections;
  settings.idle_transaction_ms = std::min(settings.idle_transaction_ms, config.lease_seconds * 1000 / 2);
  return PostgresStore::open(settings, keys);
}

std::unique_ptr<Store> open_store(const Config& config, const Keyring& keys, TakeOlder take_older,
                                  GiveCodes give_codes) {
  return CodedStore::over(
      open_bare_store(config, keys), keys,
      {config.data / "store.anchor", take_older == TakeOlder::yes, give_codes == GiveCodes::no});
}

std::vector<std::string> sink_names(const Config& config) {
  std::vector<std::string> names;
  if (!config.notices.empty()) names.emplace_back("file");
  if (config.notices_to_kafka != NoticesToKafka::no) names.emplace_back("kafka");
  return names;
}

std::vector<std::unique_ptr<NoticeSink>> open_sinks(const Config& config) {
  std::vector<std::unique_ptr<NoticeSink>> sinks;
  if (!config.notices.empty()) sinks.push_back(std::make_unique<NoticeFile>(config.notices));
  if (config.notices_to_kafka != NoticesToKafka::no)
    sinks.push_back(std::make_unique<KafkaRelay>(settings_of(*config.kafka),
                                                 config.notices_to_kafka == NoticesToKafka::exactly_once
                                                     ? KafkaRelay::Delivery::exactly_once
                                                     : KafkaRelay::Delivery::at_least_once));
  return sinks;
}

void expect_long_import(Store& store) {
  auto* coded = dynamic_cast<CodedStore*>(&store);
  if (auto* sqlite = dynamic_cast<SqliteStore*>(coded ? &coded->inner() : &store)) sqlite->be_generous();
}

ProcessorLock::ProcessorLock(const fs::path& data)
    : handle_(::open((data / "processor.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  if (handle_ < 0)
    throw std::system_error(errno, std::generic_category(),
                            "cannot open " + (data / "processor.lock").string());
}
ProcessorLock::~ProcessorLock() {
  ::close(handle_);
}
bool ProcessorLock::take() {
  constexpr int tries = 5;
  for (int i = 0; i < tries; ++i) {
    if (::flock(handle_, LOCK_EX | LOCK_NB) == 0) return true;
    if (i + 1 < tries) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}
bool ProcessorLock::is_held(const fs::path& data) {
  const int handle = ::open((data / "processor.lock").c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return errno != ENOENT;
  const bool held = ::flock(handle, LOCK_SH | LOCK_NB) != 0;
  ::close(handle);
  return held;
}
void ProcessorLock::let_go() {
  ::flock(handle_, LOCK_UN);
}

bool shares_store(const Config& config) {
  return config.postgres.has_value();
}

void claim_node_name(Store& store, const std::string& node, const std::string& mark, std::int64_t alive_ms) {
  std::int64_t seen_ms_ago = alive_ms;
  for (const auto& one : store.nodes())
    if (one.name == node) seen_ms_ago = one.seen_ms_ago;
  auto writing = store.begin(Store::For::writing);
  auto known = writing->values().get(mark_name(node));
  if (known == mark) return;
  if (!known.empty() && seen_ms_ago < alive_ms)
    throw std::runtime_error(
        "another data directory works as node " + node + ", last seen " + std::to_string(seen_ms_ago / 1000) +
        " seconds ago: give this one another name (node: in its configuration; if the data directory was "
        "copied, also "
        "remove the file 'node' in the copy). If that hub is gone for good, start again in " +
        std::to_string((alive_ms - seen_ms_ago) / 1000 + 1) + " seconds");
  writing->values().put(mark_name(node), mark);
  writing->commit();
}

bool has_node_name(ValueShelf& values, const std::string& node, const std::string& mark) {
  return values.get(mark_name(node)) == mark;
}

void require_own_log(const Config& config, Store& store, const std::string& node) {
  if (config.kafka || !config.postgres) return;
  constexpr char name[] = "node of the embedded log";
  auto writing = store.begin(Store::For::writing);
  auto known = writing->values().get(name);
  if (known == node) return;
  if (!known.empty())
    throw std::runtime_error(
        "this database belongs to the embedded event log of node " + known + ", and this is node " + node +
        ": several nodes need log: kafka. If that node's data directory was moved here, name this node '" +
        known + "'");
  writing->values().put(name, node);
  writing->commit();
}

}  // namespace kinhub
