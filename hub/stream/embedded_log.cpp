#include "hub/stream/embedded_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <thread>

#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int application_id = 0x4b4c4f47;  // "KLOG"
constexpr int schema_version = 1;
constexpr auto probe_context = "kinhub log probe";
constexpr auto probe_text = "kinhub";
constexpr std::uintmax_t idle_wal_size_max = 1u << 20;

constexpr auto schema = R"sql(
CREATE TABLE event (sequence INTEGER PRIMARY KEY, key_token BLOB, sealed BLOB NOT NULL);
CREATE TABLE checkpoint (source TEXT PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE received (source TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE key_probe (fingerprint TEXT NOT NULL, sealed BLOB NOT NULL);
)sql";

std::string event_context(std::int64_t sequence) {
  std::string context = "kinhub log event ";
  for (int shift = 0; shift < 64; shift += 8) context.push_back(static_cast<char>(sequence >> shift));
  return context;
}

std::string checkpoint_context(const std::string& source) { return "kinhub log checkpoint " + source; }

std::string fingerprint(const Keyring& keyring) {
  return reference_text('k', keyring.token("key_fingerprint", "kinhub"));
}

// What SQLite says becomes one of the two failures, with what to do.
[[noreturn]] void fail(const fs::path& path, int result, const char* said) {
  auto file = path.string();
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      throw LogDamaged(fmt::format("{} is damaged or no event log ({}). Stop the hub, keep the file, and put back the "
                                   "last backup of the data directory with `kinhub restore`", file, said));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw LogUnavailable(fmt::format("{} has been held by another process for more than {} s. Look for a hub or "
                                       "ingest that hangs (fuser {})", file, EmbeddedLog::patience_ms / 1000, file));
    case SQLITE_FULL:
      throw LogUnavailable(fmt::format("{} cannot grow: the disk is full. Make room; nothing was lost and the sources "
                                       "go on by themselves", file));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw LogUnavailable(fmt::format("{} cannot be opened for writing ({}). The user of the hub needs to own the "
                                       "data directory", file, said));
    default:
      throw LogUnavailable(fmt::format("{} cannot be used: {} (SQLite {})", file, said, result));
  }
}

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Database = std::unique_ptr<sqlite3, Close>;

/// A prepared statement, reset after each use.
class Statement {
 public:
  Statement(const fs::path& path, sqlite3* database, const char* text) : path_(&path), database_(database) {
    sqlite3_stmt* statement = nullptr;
    int result = sqlite3_prepare_v3(database, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (result != SQLITE_OK) fail(path, result, sqlite3_errmsg(database));
    statement_.reset(statement);
  }

  void bind(int column, std::int64_t number) { check(sqlite3_bind_int64(statement_.get(), column, number)); }
  // The bytes stay where they are until reset().
  void bind_blob(int column, std::string_view bytes) {
    check(sqlite3_bind_blob64(statement_.get(), column, bytes.data(), bytes.size(), SQLITE_STATIC));
  }
  void bind_text(int column, std::string_view text) {
    check(sqlite3_bind_text64(statement_.get(), column, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  }
  void bind_null(int column) { check(sqlite3_bind_null(statement_.get(), column)); }

  /// True: there is a row.
  bool step() {
    int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    check(result);
    return false;
  }
  void run() {
    while (step()) {
    }
    reset();
  }
  void reset() { sqlite3_reset(statement_.get()); }

  std::int64_t number(int column) { return sqlite3_column_int64(statement_.get(), column); }
  std::string_view bytes(int column) {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
  }

 private:
  void check(int result) {
    if (result == SQLITE_OK) return;
    std::string said = sqlite3_errmsg(database_);
    reset();
    fail(*path_, result, said.c_str());
  }
  const fs::path* path_;
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
};

/// Resets a statement whatever happens: an open read would hold the WAL back.
struct Using {
  Statement& statement;
  explicit Using(Statement& used) : statement(used) {}
  ~Using() { statement.reset(); }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;
};

void execute(const fs::path& path, sqlite3* database, const char* text) {
  int result = sqlite3_exec(database, text, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) fail(path, result, sqlite3_errmsg(database));
}

Database connect(const fs::path& path) {
  sqlite3* raw = nullptr;
  int result = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (result != SQLITE_OK) fail(path, result, raw != nullptr ? sqlite3_errmsg(raw) : "out of memory");
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(EmbeddedLog::patience_ms));
  return database;
}

std::int64_t one_number(const fs::path& path, sqlite3* database, const char* text) {
  Statement statement(path, database, text);
  return statement.step() ? statement.number(0) : 0;
}

/// The write lock, given back on every way out.
class Transaction {
 public:
  Transaction(const fs::path& path, sqlite3* database) : path_(path), database_(database) {
    execute(path, database, "BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (sqlite3_get_autocommit(database_) == 0) sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { execute(path_, database_, "COMMIT"); }

 private:
  const fs::path& path_;
  sqlite3* database_;
};

// Going over to WAL needs the file alone for a moment and does not always ask the busy handler.
void use_wal(const fs::path& path, sqlite3* database) {
  auto give_up = steady_clock::now() + milliseconds(EmbeddedLog::patience_ms);
  for (;;) {
    int result = sqlite3_exec(database, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
    if (result == SQLITE_OK) return;
    bool held = (result & 0xff) == SQLITE_BUSY || (result & 0xff) == SQLITE_LOCKED;
    if (!held || steady_clock::now() >= give_up) fail(path, result, sqlite3_errmsg(database));
    std::this_thread::sleep_for(milliseconds(5));
  }
}

void make_schema(const fs::path& path, sqlite3* database, const Keyring& keyring) {
  execute(path, database, schema);
  execute(path, database, fmt::format("PRAGMA application_id={}", application_id).c_str());
  execute(path, database, fmt::format("PRAGMA user_version={}", schema_version).c_str());
  Statement probe(path, database, "INSERT INTO key_probe VALUES (?, ?)");
  auto mark = fingerprint(keyring);
  auto sealed = keyring.seal(probe_text, probe_context);
  probe.bind_text(1, mark);
  probe.bind_blob(2, sealed);
  probe.run();
}

void check_kind(const fs::path& path, sqlite3* database) {
  auto id = one_number(path, database, "PRAGMA application_id");
  if (id != application_id)
    throw LogDamaged(fmt::format("{} is a database, but no event log of Kinhub. Move it away, or choose another data "
                                 "directory with --data", path.string()));
  auto version = one_number(path, database, "PRAGMA user_version");
  if (version != schema_version)
    throw LogDamaged(fmt::format("{} has log version {}, this program knows version {}. Run the Kinhub that wrote it, "
                                 "or a newer one", path.string(), version, schema_version));
}

void check_key(const fs::path& path, sqlite3* database, const Keyring& keyring) {
  Statement probe(path, database, "SELECT fingerprint, sealed FROM key_probe");
  if (!probe.step()) fail(path, SQLITE_CORRUPT, "its key probe is missing");
  std::string needed(probe.bytes(0));
  bool opens = false;
  try {
    opens = keyring.unseal(probe.bytes(1), probe_context) == probe_text;
  } catch (const std::runtime_error&) {  // the answer is no
  }
  if (opens) return;
  auto given = fingerprint(keyring);
  if (needed == given) fail(path, SQLITE_CORRUPT, "its key probe was changed");
  throw LogDamaged(fmt::format("{} was sealed with key file {}, the key file given is {}. Put back the key file that "
                               "belongs to this data directory; without it the log cannot be read",
                               path.string(), needed, given));
}

}  // namespace

struct EmbeddedLog::Writer {
  explicit Writer(const fs::path& path)
      : database(connect(path)),
        last(path, ready(path), "SELECT max(sequence) FROM event"),
        insert(path, database.get(), "INSERT INTO event VALUES (?, ?, ?)"),
        count(path, database.get(),
              "INSERT INTO received VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"),
        mark(path, database.get(),
             "INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed") {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) fail(path, SQLITE_CANTOPEN, std::strerror(errno));
    device = status.st_dev, inode = status.st_ino;
  }
  sqlite3* ready(const fs::path& path) {
    // 512 pages of 32 KiB: the WAL stays near 16 MiB plus one batch; a larger one is cut back at the next checkpoint.
    execute(path, database.get(),
            "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=512; PRAGMA journal_size_limit=33554432;"
            "PRAGMA cache_size=-8192");
    return database.get();
  }

  // A log that was moved away under a running hub would swallow events unseen.
  void still_there(const fs::path& path) const {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || status.st_dev != device || status.st_ino != inode)
      throw LogUnavailable(path.string() + " was moved or replaced while the hub has it open. Start the hub anew");
  }

  Database database;
  Statement last, insert, count, mark;
  dev_t device = 0;
  ino_t inode = 0;
};

struct EmbeddedLog::Reader {
  explicit Reader(const fs::path& path)
      : database(connect(path)),
        after(path, database.get(), "SELECT sequence, sealed FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?"),
        last(path, database.get(), "SELECT max(sequence) FROM event"),
        mark(path, database.get(), "SELECT sealed FROM checkpoint WHERE source = ?"),
        counts(path, database.get(), "SELECT source, count FROM received ORDER BY source") {}
  Database database;
  Statement after, last, mark, counts;
};

std::unique_ptr<EmbeddedLog> EmbeddedLog::open(const fs::path& path, const Keyring& keyring) {
  std::error_code failed;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), failed);
  // Made here rather than by SQLite, so that it is never readable by others; SQLite gives the WAL the same mode.
  int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) fail(path, SQLITE_CANTOPEN, std::strerror(errno));
  ::close(file);
  {
    auto database = connect(path);
    // Large pages: events are a kilobyte and more, and SQLite's cost is per page (4.0 us an event against 7.1 at 4 KiB).
    execute(path, database.get(), "PRAGMA page_size=32768");
    if (one_number(path, database.get(), "SELECT count(*) FROM sqlite_schema") == 0) {
      use_wal(path, database.get());
      execute(path, database.get(), "PRAGMA synchronous=FULL");
      Transaction transaction(path, database.get());
      // Another process may have been first.
      if (one_number(path, database.get(), "SELECT count(*) FROM sqlite_schema") == 0)
        make_schema(path, database.get(), keyring);
      transaction.commit();
    }
    check_kind(path, database.get());
    use_wal(path, database.get());
    check_key(path, database.get(), keyring);
  }
  return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(path, keyring));
}

EmbeddedLog::EmbeddedLog(fs::path path, const Keyring& keyring)
    : path_(std::move(path)),
      keyring_(keyring),
      writer_(std::make_unique<Writer>(path_)),
      reader_(std::make_unique<Reader>(path_)) {
  // Counts and events are written in one step, so they tell on each other; and the last event must open.
  execute(path_, reader_->database.get(), "BEGIN");
  auto last = one_number(path_, reader_->database.get(), "SELECT max(sequence) FROM event");
  auto counted = one_number(path_, reader_->database.get(), "SELECT total(count) FROM received");
  if (last != counted)
    fail(path_, SQLITE_CORRUPT, fmt::format("it ends at event {}, but {} were received", last, counted).c_str());
  if (last > 0) read_now(last - 1, 1);
  execute(path_, reader_->database.get(), "COMMIT");
}

EmbeddedLog::~EmbeddedLog() = default;

void EmbeddedLog::append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) {
  if (events.empty() && !checkpoint) return;
  {
    std::lock_guard lock(writing_);
    write(events, checkpoint);
  }
  {
    std::lock_guard lock(news_mutex_);
    ++appends_;
  }
  news_.notify_all();
}

void EmbeddedLog::write(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) {
  auto& log = *writer_;
  log.still_there(path_);
  Transaction transaction(path_, log.database.get());
  std::int64_t sequence = 0;
  {
    Using last(log.last);
    if (log.last.step()) sequence = log.last.number(0);
  }
  std::map<std::string_view, std::int64_t> counts;
  std::string plain, business_key;
  for (const auto& event : events) {
    ++sequence;
    plain.clear();
    encode(event, plain);
    if (plain.size() > event_size_max)
      throw std::length_error(fmt::format("an event of {} bytes is larger than the log takes ({})", plain.size(),
                                          event_size_max));
    auto sealed = keyring_.seal(plain, event_context(sequence));
    Token token;
    log.insert.bind(1, sequence);
    if (event.key.empty()) {
      log.insert.bind_null(2);
    } else {
      business_key.assign(event.source).append(1, '\0').append(event.key);
      token = keyring_.token("event_key", business_key);
      log.insert.bind_blob(2, token.view());
    }
    log.insert.bind_blob(3, sealed);
    log.insert.run();
    ++counts[event.source];
  }
  for (const auto& [source, count] : counts) {
    log.count.bind_text(1, source);
    log.count.bind(2, count);
    log.count.run();
  }
  if (checkpoint) {
    auto sealed = keyring_.seal(checkpoint->position, checkpoint_context(checkpoint->source));
    log.mark.bind_text(1, checkpoint->source);
    log.mark.bind_blob(2, sealed);
    log.mark.run();
  }
  transaction.commit();
}

std::string EmbeddedLog::checkpoint(const std::string& source) {
  std::lock_guard lock(reading_);
  Using mark(reader_->mark);
  reader_->mark.bind_text(1, source);
  if (!reader_->mark.step()) return {};
  try {
    return keyring_.unseal(reader_->mark.bytes(0), checkpoint_context(source));
  } catch (const std::runtime_error& error) {
    fail(path_, SQLITE_CORRUPT, fmt::format("checkpoint of {}: {}", source, error.what()).c_str());
  }
}

void EmbeddedLog::set_checkpoint(const SourceCheckpoint& checkpoint) { append({}, checkpoint); }

std::vector<LoggedEvent> EmbeddedLog::read_now(std::int64_t after, std::size_t count_max) {
  std::vector<LoggedEvent> events;
  std::size_t size = 0;
  Using rows(reader_->after);
  reader_->after.bind(1, after);
  reader_->after.bind(2, static_cast<std::int64_t>(std::min<std::size_t>(count_max, 1u << 30)));
  while (size < read_size_max && reader_->after.step()) {
    auto sequence = reader_->after.number(0);
    if (sequence != after + 1) {
      auto what = after == 0 || !events.empty() ? fmt::format("events {} to {} are missing", after + 1, sequence - 1)
                                                : fmt::format("event {} is no longer in it, the next is {}", after + 1, sequence);
      fail(path_, SQLITE_CORRUPT, what.c_str());
    }
    auto sealed = reader_->after.bytes(1);
    std::optional<Event> event;
    std::string why = "its bytes are no event of a version this program knows";
    try {
      event = decode_event(keyring_.unseal(sealed, event_context(sequence)));
    } catch (const std::runtime_error& error) {
      why = error.what();
    }
    if (!event) fail(path_, SQLITE_CORRUPT, fmt::format("event {}: {}", sequence, why).c_str());
    size += sealed.size();
    events.push_back({{0, sequence}, std::move(*event)});
    after = sequence;
  }
  return events;
}

std::vector<LoggedEvent> EmbeddedLog::read(LogPosition after, std::size_t count_max, std::uint32_t timeout_ms,
                                           std::stop_token stop) {
  if (after.partition != 0 || after.sequence < 0)
    throw LogDamaged(fmt::format("{} has no position {}/{}: the embedded log has the single partition 0",
                                 path_.string(), after.partition, after.sequence));
  if (count_max == 0) return {};
  auto deadline = steady_clock::now() + milliseconds(timeout_ms);
  // Another process's appends are found by looking, first often, then less.
  auto pause = milliseconds(2);
  constexpr auto pause_max = milliseconds(20);
  for (;;) {
    std::uint64_t appends_seen = 0;
    {
      std::lock_guard lock(news_mutex_);
      appends_seen = appends_;
    }
    {
      std::lock_guard lock(reading_);
      auto events = read_now(after.sequence, count_max);
      if (!events.empty()) return events;
      Using last(reader_->last);
      auto end = reader_->last.step() ? reader_->last.number(0) : 0;
      if (end < after.sequence)
        throw LogDamaged(fmt::format("{} ends at event {}, but event {} has already been processed. The log was cut or "
                                     "replaced: put back the log that belongs to this store", path_.string(), end,
                                     after.sequence));
      if (end > after.sequence) continue;  // appended between the two looks
    }
    auto now = steady_clock::now();
    if (now >= deadline || stop.stop_requested()) break;
    auto wait = std::min<steady_clock::duration>(pause, deadline - now);
    std::unique_lock lock(news_mutex_);
    news_.wait_for(lock, stop, wait, [&] { return appends_ != appends_seen; });
    pause = std::min(pause * 2, pause_max);
  }
  if (timeout_ms > 0) truncate_wal_when_idle();
  return {};
}

void EmbeddedLog::truncate_wal_when_idle() {
  std::error_code none;
  auto size = fs::file_size(path_.string() + "-wal", none);
  if (none || size <= idle_wal_size_max) return;
  std::unique_lock lock(writing_, std::try_to_lock);
  if (!lock) return;  // not idle
  // Without patience: whoever uses the log goes first, the next idle moment comes.
  sqlite3_busy_timeout(writer_->database.get(), 0);
  sqlite3_wal_checkpoint_v2(writer_->database.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(writer_->database.get(), static_cast<int>(patience_ms));
}

LogPosition EmbeddedLog::end(std::int32_t partition) {
  if (partition != 0)
    throw LogDamaged(fmt::format("{} has no partition {}: the embedded log has the single partition 0", path_.string(),
                                 partition));
  std::lock_guard lock(reading_);
  Using last(reader_->last);
  return {0, reader_->last.step() ? reader_->last.number(0) : 0};
}

std::vector<std::pair<std::string, std::int64_t>> EmbeddedLog::received() {
  std::lock_guard lock(reading_);
  std::vector<std::pair<std::string, std::int64_t>> counts;
  Using rows(reader_->counts);
  while (reader_->counts.step()) counts.emplace_back(reader_->counts.bytes(0), reader_->counts.number(1));
  return counts;
}

}  // namespace kinhub
