#include "hub/ground/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "hub/base/bytes.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/base/time_text.hpp"
#include "hub/base/version.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/make_hub.hpp"
#include "hub/ground/states.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/notice_numbers.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/stream/embedded_log.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char manifest_name[] = "manifest.json", notices_name[] = "notices.jsonl";
constexpr int busy_ms = 30'000;
/// Given up where nobody can say how far the hub before had published.
constexpr std::int64_t notices_passed_over = 1'000'000;
constexpr std::string_view sequence_mark = "\"seq\":";

[[noreturn]] void fail(const fs::path& file, const char* what) {
  throw std::system_error(errno, std::generic_category(), std::string(what) + " " + file.string());
}

/// A file of this process alone, synced before it counts.
class NewFile {
 public:
  explicit NewFile(const fs::path& file)
      : path_(file),
        handle_(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) {
    if (handle_ < 0) fail(path_, "cannot make");
  }
  ~NewFile() { ::close(handle_); }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto written = ::write(handle_, bytes.data(), bytes.size());
      if (written < 0 && errno != EINTR) fail(path_, "cannot write");
      if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void sync() {
    if (::fsync(handle_) != 0) fail(path_, "cannot sync");
  }

 private:
  const fs::path path_;
  const int handle_;
};

void sync_folder(const fs::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) fail(folder, "cannot open");
  const auto synced = ::fsync(handle);
  ::close(handle);
  if (synced != 0) fail(folder, "cannot sync");
}

/// Size and digest of a file, read in pieces; each piece also goes to `see`.
template <class See>
BackupFile read_through(const fs::path& file, See see) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(file, "cannot read");
  // A digest over the digests of pieces: no file is held in memory.
  constexpr std::size_t piece = 1 << 20;
  std::string bytes(piece, '\0'), digests;
  BackupFile read;
  read.name = file.filename().string();
  while (in) {
    in.read(bytes.data(), static_cast<std::streamsize>(piece));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got == 0) break;
    const std::string_view part(bytes.data(), got);
    const auto digest = sha256(part);
    digests.append(reinterpret_cast<const char*>(digest.data()), digest.size());
    read.bytes += static_cast<std::int64_t>(got);
    see(part);
  }
  if (in.bad()) fail(file, "cannot read");
  read.digest = sha256_hex(digests);
  return read;
}
BackupFile describe_file(const fs::path& file) {
  return read_through(file, [](std::string_view) {});
}
void copy_whole(const fs::path& from, const fs::path& to) {
  NewFile out(to);
  read_through(from, [&](std::string_view part) { out.write(part); });
  out.sync();
}

/// SQLite's online backup in one step: one read transaction, whatever writes beside it.
void copy_database(const fs::path& from, const fs::path& to) {
  auto source = sqlite::Database::open(from, sqlite::Database::Access::read_only, busy_ms);
  sqlite::Database::make(to);
  auto copy = sqlite::Database::open(to, sqlite::Database::Access::read_write, busy_ms);
  auto* backup = sqlite3_backup_init(copy.handle(), "main", source.handle(), "main");
  if (backup == nullptr) copy.fail(sqlite3_errcode(copy.handle()));
  const int done = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (done != SQLITE_DONE) copy.fail(done);
  if (finished != SQLITE_OK) copy.fail(finished);
  copy.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

std::int64_t sequence_in(std::string_view line) {
  const auto at = line.find(sequence_mark);
  if (at == std::string_view::npos) return 0;
  return std::strtoll(std::string(line.substr(at + sequence_mark.size(), 20)).c_str(), nullptr, 10);
}

/// The whole lines of a notices file.
template <class See>
void each_line(const fs::path& file, See see) {
  std::ifstream in(file, std::ios::binary);
  std::string line;
  while (std::getline(in, line)) {
    if (in.eof()) return;  // torn: it is written again
    see(line);
  }
}

std::string text_of(const BackupState& backup) {
  Json files = Json::array();
  for (const auto& file : backup.files)
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"digest", file.digest}});
  return Json{{"format", 1},
              {"program", program_version()},
              {"made_at_us", backup.made_at_us},
              {"notices", backup.notices},
              {"persons", backup.persons},
              {"files", std::move(files)}}
      .dump();
}
/// The manifest's second line: only who has the key can write it.
std::string seal_of(const Keyring& keys, std::string_view manifest) {
  return hex(keys.token("backup manifest", manifest).view());
}

Error postgres_error() {
  return {"BACKUP_POSTGRES",
          "the store is in PostgreSQL, whose own tools make its backups: pg_dump or pg_basebackup, then the "
          "data directory of each node without kinhub.key, which goes apart; docs/operators.md, Backups",
          ""};
}

/// The last notice of a file, and where it is not what this store gave.
void compare_file(const fs::path& file, StoreTransaction& reading, NumbersPlan& plan) {
  const auto jumps = notice_jumps(reading.values());
  each_line(file, [&](const std::string& line) {
    const auto sequence = sequence_in(line);
    plan.file_last = std::max(plan.file_last.value_or(0), sequence);
    if (plan.differs_at || is_given_up(jumps, sequence)) return;
    std::string kept;
    try {
      for (const auto& row : reading.notices().page(sequence - 1, 1))
        if (row.sequence == sequence) kept = row.body;
    } catch (const std::runtime_error&) {  // a damaged one is not compared
      return;
    }
    if (kept != line) plan.differs_at = sequence;
  });
}

NumbersPlan plan_of(const Config& config, Store& store, std::optional<std::int64_t> beyond) {
  NumbersPlan plan;
  auto reading = store.begin(Store::For::reading);
  plan.store_last = reading->notices().last();
  for (const auto& jump : notice_jumps(reading->values()))
    plan.store_last = std::max(plan.store_last, jump.up_to);
  if (!config.notices.empty() && fs::exists(config.notices)) compare_file(config.notices, *reading, plan);
  const auto last = std::max({plan.store_last, plan.file_last.value_or(0), beyond.value_or(0)});
  plan.next = last + 1;
  plan.needed = last > plan.store_last || plan.differs_at.has_value();
  return plan;
}

void apply(Store& store, NumbersPlan& plan) {
  auto writing = store.begin(Store::For::writing);
  give_up_numbers(*writing, plan.next - 1, plan.differs_at);
  writing->commit();
  plan.applied = true;
}

}  // namespace

Result<BackupState> make_backup(const Config& config, const Clock& clock, const BackupRequest& request,
                                const OnProgress& on_progress) {
  if (auto none = no_hub(config)) return *none;
  if (config.postgres) return postgres_error();
  const auto& folder = request.folder;
  if (fs::exists(folder) && !fs::is_empty(folder))
    return Error{"BACKUP_FOLDER", "a backup goes into a folder that is new or empty", folder.string()};
  if (request.key_to) {
    const auto beside = fs::weakly_canonical(*request.key_to).parent_path();
    if (fs::exists(*request.key_to))
      return Error{"BACKUP_KEY", "there is a file of this name already", request.key_to->string()};
    if (beside == fs::weakly_canonical(folder))
      return Error{"BACKUP_KEY", "the key does not go into the backup: who finds one would have both",
                   request.key_to->string()};
  }
  const auto keys = open_key(config.data).keyring;
  fs::create_directories(folder);
  fs::permissions(folder, fs::perms::owner_all);
  BackupState made;
  made.folder = folder.string(), made.made_at_us = clock.now_us();
  // The store first: what it has processed is in the log that is copied after it.
  on_progress("copying the store");
  copy_database(config.data / "kinhub.db", folder / "kinhub.db");
  made.files.push_back(describe_file(folder / "kinhub.db"));
  if (!config.kafka && fs::exists(config.data / "log.db")) {
    on_progress("copying the event log");
    copy_database(config.data / "log.db", folder / "log.db");
    made.files.push_back(describe_file(folder / "log.db"));
  }
  if (fs::exists(config.data / "audit.db")) {
    on_progress("copying the audit trail");
    copy_database(config.data / "audit.db", folder / "audit.db");
    made.files.push_back(describe_file(folder / "audit.db"));
  }
  {
    // The copy is as old as the store or older than its anchor, and gets no code that the store has not.
    const auto store = CodedStore::over(SqliteStore::open(folder / "kinhub.db", keys), keys,
                                        {config.data / "store.anchor", true, true});
    if (store->has() == CodedStore::Codes::taken_out)
      return Error{"BACKUP_CODES_REMOVED",
                   "the codes of the store's rows were taken out, and a backup would hide it: kinhub doctor",
                   config.data.string()};
    auto reading = store->begin(Store::For::reading);
    made.notices = reading->notices().last();
    made.persons = reading->people().size().people;
    if (!config.kafka && fs::exists(folder / "log.db")) {
      const auto log = EmbeddedLog::open(folder / "log.db", keys);
      const auto at = reading->positions().at(log->partition_name(0)).sequence;
      if (at > log->end(0).sequence || at < log->start(0).sequence)
        return Error{"BACKUP_TORN", "the log went on without what the store has not processed: try again",
                     folder.string()};
    }
  }
  for (auto& file : made.files) {
    for (const char* rest : {"-wal", "-shm"})
      fs::remove(folder / (file.name + rest));
    file = describe_file(folder / file.name);
  }
  if (!config.notices.empty() && fs::exists(config.notices)) {
    on_progress("copying the notices");
    NewFile out(folder / notices_name);
    each_line(config.notices, [&](const std::string& line) {
      if (sequence_in(line) <= made.notices) out.write(line + "\n");
    });
    out.sync();
    made.files.push_back(describe_file(folder / notices_name));
  }
  if (fs::exists(config.data / "node")) {
    copy_whole(config.data / "node", folder / "node");
    made.files.push_back(describe_file(folder / "node"));
  }
  if (!config.file.empty() && fs::exists(config.file)) {
    copy_whole(config.file, folder / "kinhub.yaml");
    made.files.push_back(describe_file(folder / "kinhub.yaml"));
  }
  const auto manifest = text_of(made);
  {
    NewFile out(folder / manifest_name);  // last: without it there is no backup
    out.write(manifest + "\n" + seal_of(keys, manifest) + "\n");
    out.sync();
  }
  sync_folder(folder);
  if (request.key_to) {
    copy_whole(config.data / "kinhub.key", *request.key_to);
    made.key_to = request.key_to->string();
  }
  return made;
}

namespace {

/// The manifest of a backup; its seal is checked when there is a key.
Result<BackupState> read_manifest(const fs::path& folder, std::string& text, std::string& seal) {
  std::ifstream in(folder / manifest_name);
  if (!in) return Error{"RESTORE_FOLDER", "this folder holds no backup: it has no manifest", folder.string()};
  std::getline(in, text), std::getline(in, seal);
  const auto parsed = Json::parse(text, nullptr, false);
  const auto wrong = [&] {
    return Error{"RESTORE_MANIFEST", "the manifest cannot be read: take another backup",
                 (folder / manifest_name).string()};
  };
  try {
    if (!parsed.is_object() || parsed.at("format").get<int>() != 1) return wrong();
    BackupState backup;
    backup.folder = folder.string();
    backup.made_at_us = parsed.at("made_at_us").get<std::int64_t>();
    backup.notices = parsed.at("notices").get<std::int64_t>();
    backup.persons = parsed.at("persons").get<std::int64_t>();
    for (const auto& file : parsed.at("files")) {
      BackupFile one{file.at("name").get<std::string>(), file.at("digest").get<std::string>(),
                     file.at("bytes").get<std::int64_t>()};
      if (one.name.find('/') != std::string::npos || one.name.starts_with(".")) return wrong();
      backup.files.push_back(std::move(one));
    }
    return backup;
  } catch (const Json::exception&) {
    return wrong();
  }
}

std::optional<Error> differing_file(const BackupState& backup) {
  for (const auto& file : backup.files) {
    const auto path = fs::path(backup.folder) / file.name;
    if (!fs::is_regular_file(fs::symlink_status(path)))
      return Error{"RESTORE_FILE", "a file of the backup is missing: take another backup", path.string()};
    const auto found = describe_file(path);
    if (found.digest != file.digest || found.bytes != file.bytes)
      return Error{"RESTORE_FILE", "this file is not as it was backed up: take another backup",
                   path.string()};
  }
  return std::nullopt;
}

/// What a restore found before it began, as its mark keeps it: one that was stopped is begun anew, and must
/// not take for the readers' or the operator's what it had copied itself.
struct Beginning {
  bool readers_file = false;  ///< a notices file was there
  bool own_key = false;       ///< the key was there
};
constexpr std::string_view mark_readers = "the notices file was there\n", mark_key = "the key was there\n";

std::optional<Beginning> stopped_restore(const fs::path& data) {
  std::ifstream in(data / restoring_name);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (text.find("begun\n") == std::string::npos) {  // torn itself: nothing was copied yet
    fs::remove(data / restoring_name);
    return std::nullopt;
  }
  return Beginning{text.find(mark_readers) != std::string::npos, text.find(mark_key) != std::string::npos};
}
void put_mark(const fs::path& data, const Beginning& beginning) {
  NewFile mark(data / restoring_name);
  mark.write(std::string(beginning.readers_file ? mark_readers : "") +
             std::string(beginning.own_key ? mark_key : "") + "begun\n");
  mark.sync();
  sync_folder(data);
}

constexpr const char* databases[]{"kinhub.db", "log.db", "audit.db"};
constexpr const char* beside_databases[]{"", "-wal", "-shm", "-journal"};

/// A file that a restored store would meet: SQLite would play what a log of another database holds into it.
std::optional<fs::path> leftover(const fs::path& data) {
  for (const char* name : databases)
    for (const char* rest : beside_databases)
      if (fs::exists(data / (std::string(name) + rest))) return data / (std::string(name) + rest);
  if (fs::exists(data / "store.anchor")) return data / "store.anchor";
  return std::nullopt;
}
/// Removes what a restore that was stopped had made.
void remove_copies(const Config& config, const Beginning& beginning) {
  while (const auto file = leftover(config.data))
    fs::remove(*file);
  if (!beginning.own_key) fs::remove(config.data / "kinhub.key");
}

/// The readers' file appears whole or not at all.
void copy_notices(const fs::path& from, const fs::path& to) {
  if (to.has_parent_path()) fs::create_directories(to.parent_path());
  const fs::path copy = to.string() + ".restoring";
  fs::remove(copy);
  copy_whole(from, copy);
  fs::rename(copy, to);
}

}  // namespace

Result<RestoreState> restore_backup(const Config& config, const RestoreRequest& request,
                                    const OnProgress& on_progress) {
  if (config.postgres) return postgres_error();
  std::string text, seal;
  auto backup = read_manifest(request.folder, text, seal);
  if (!backup) return backup.error();
  const auto stopped = stopped_restore(config.data);
  if (const auto file = leftover(config.data); file && !stopped)
    return Error{"RESTORE_NOT_EMPTY",
                 "a backup is restored into a new place: move this data directory away, or name another "
                 "one with --data",
                 file->string()};
  const auto key_there = config.data / "kinhub.key";
  const bool has_key = fs::exists(key_there) && (!stopped || stopped->own_key);
  if (!request.key && !has_key)
    return Error{"RESTORE_KEY",
                 "the key is not in the backup: name the copy of kinhub.key with --key, or put it there",
                 key_there.string()};
  if (request.key && has_key)
    return Error{"RESTORE_KEY", "there is a key file already: it is not replaced", key_there.string()};
  on_progress("checking the files of the backup");
  if (auto wrong = differing_file(*backup)) return *wrong;
  {
    const auto key_file = request.key.value_or(key_there);
    if (!fs::exists(key_file)) return Error{"RESTORE_KEY", "there is no such file", key_file.string()};
    const auto keys = Keyring::open(key_file).keyring;
    if (seal_of(keys, text) != seal)
      return Error{"RESTORE_KEY",
                   "the manifest was not made with this key: it is another installation's, or somebody "
                   "changed the backup",
                   key_file.string()};
  }
  on_progress("copying");
  // A file that readers have tells how far the hub before had published; without one nobody can.
  const Beginning beginning =
      stopped.value_or(Beginning{!config.notices.empty() && fs::exists(config.notices), has_key});
  fs::create_directories(config.data);
  fs::permissions(config.data, fs::perms::owner_all);
  if (stopped) {
    remove_copies(config, beginning);
  } else {
    put_mark(config.data, beginning);
  }
  if (request.key) copy_whole(*request.key, key_there);
  for (const auto& file : backup->files) {
    const auto from = request.folder / file.name;
    if (file.name == notices_name) {
      if (config.notices.empty() || fs::exists(config.notices)) continue;  // what readers have is kept
      copy_notices(from, config.notices);
    } else if (file.name == "kinhub.yaml") {
      continue;  // for people: settings are not taken from a backup unseen
    } else if (file.name == "node" && fs::exists(config.data / "node")) {
      continue;
    } else {
      copy_whole(from, config.data / file.name);
    }
  }
  sync_folder(config.data);
  on_progress("opening what was restored");
  RestoreState done;
  done.backup = std::move(*backup), done.data = config.data.string();
  {
    const auto keys = Keyring::open(key_there).keyring;
    const auto store = open_store(config, keys, TakeOlder::yes);
    done.numbers = plan_of(config, *store, std::nullopt);
    if (!beginning.readers_file && !sink_names(config).empty())
      done.numbers.next = done.numbers.store_last + notices_passed_over + 1;
    apply(*store, done.numbers);
  }
  fs::remove(config.data / restoring_name);
  sync_folder(config.data);
  return done;
}

Result<NumbersPlan> restore_notices(const Config& config, std::optional<std::int64_t> beyond, bool doing) {
  if (auto none = no_hub(config)) return *none;
  const auto keys = open_key(config.data).keyring;
  const auto store = open_store(config, keys, TakeOlder::yes);
  auto plan = plan_of(config, *store, beyond);
  if (doing) apply(*store, plan);
  return plan;
}

}  // namespace kinhub
