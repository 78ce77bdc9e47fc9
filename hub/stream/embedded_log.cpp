#include "hub/stream/embedded_log.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cassert>
#include <chrono>
#include <exception>
#include <map>
#include <system_error>
#include <thread>

#include "hub/base/failpoint.hpp"
#include "hub/base/key_fingerprint.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using sqlite::Database;
using sqlite::Query;
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
  for (int shift = 0; shift < 64; shift += 8)
    context.push_back(static_cast<char>(sequence >> shift));
  return context;
}

std::string checkpoint_context(const std::string& source) {
  return "kinhub log checkpoint " + source;
}

[[noreturn]] void damaged(const fs::path& path, const std::string& what) {
  throw LogDamaged(
      fmt::format("{} is damaged or no event log ({}). Stop the hub, keep the file, and put back the last "
                  "backup of the data directory",
                  path.string(), what));
}

// Translates SQLite's error codes into the two failures of a log, with what to do.
[[noreturn]] void fail(const fs::path& path, int code) {
  auto file = path.string();
  const char* said = sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      damaged(path, said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw LogUnavailable(
          fmt::format("{} has been held by another process for more than {} s. Look for a hub or "
                      "ingest that hangs (fuser {})",
                      file, EmbeddedLog::patience_ms / 1000, file));
    case SQLITE_FULL:
      throw LogUnavailable(
          fmt::format("{} cannot grow: the disk is full. Make room; nothing was lost and the sources "
                      "go on by themselves",
                      file));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      throw LogUnavailable(
          fmt::format("{} cannot be opened for writing ({}). The user of the hub needs to own the "
                      "data directory",
                      file, said));
    default:
      throw LogUnavailable(fmt::format("{} cannot be used: {} (SQLite {})", file, said, code));
  }
}

/// Runs work on the database and translates the exceptions of SQLite into those of an EventLog.
template <class Work>
auto with_log(const fs::path& path, Work work) {
  try {
    return work();
  } catch (const sqlite::Failed& failed) {
    fail(path, failed.code());
  }
}

/// Scope guard that resets a prepared query: an open read would keep the WAL from shrinking.
struct Using {
  Query& query;
  explicit Using(Query& used) : query(used) {}
  ~Using() { query.reset(); }
  Using(const Using&) = delete;
  Using& operator=(const Using&) = delete;
};

Database connect(const fs::path& path) {
  return Database::open(path, Database::Access::read_write, static_cast<int>(EmbeddedLog::patience_ms));
}

/// A write transaction, rolled back unless it is committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) { database.run("BEGIN IMMEDIATE"); }
  ~Transaction() {
    auto* handle = database_.handle();
    if (sqlite3_get_autocommit(handle) == 0) sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit() { database_.run("COMMIT"); }

 private:
  Database& database_;
};

// Switching to WAL needs an exclusive lock for a moment and does not
// always ask the busy handler: retried here.
void use_wal(Database& database) {
  auto give_up = steady_clock::now() + milliseconds(EmbeddedLog::patience_ms);
  for (;;) {
    try {
      return database.run("PRAGMA journal_mode=WAL");
    } catch (const sqlite::Failed& failed) {
      bool busy = failed.kind() == SQLITE_BUSY || failed.kind() == SQLITE_LOCKED;
      if (!busy || steady_clock::now() >= give_up) throw;
    }
    std::this_thread::sleep_for(milliseconds(5));
  }
}

void make_schema(Database& database, const Keyring& keyring) {
  database.run(schema);
  database.run(fmt::format("PRAGMA application_id={}", application_id));
  database.run(fmt::format("PRAGMA user_version={}", schema_version));
  auto mark = key_fingerprint(keyring);
  auto sealed = keyring.seal(probe_text, probe_context);
  Query(database, "INSERT INTO key_probe VALUES (?, ?)").bind_text(1, mark).bind_blob(2, sealed).run();
}

void check_kind(const fs::path& path, Database& database) {
  if (database.number("PRAGMA application_id") != application_id)
    throw LogDamaged(
        fmt::format("{} is a database, but no event log of Kinhub. Move it away, or choose another data "
                    "directory with --data",
                    path.string()));
  auto version = database.number("PRAGMA user_version");
  if (version != schema_version)
    throw LogDamaged(
        fmt::format("{} has log version {}, this program knows version {}. Run the Kinhub that wrote it, "
                    "or a newer one",
                    path.string(), version, schema_version));
}

void check_key(const fs::path& path, Database& database, const Keyring& keyring) {
  Query probe(database, "SELECT fingerprint, sealed FROM key_probe");
  if (!probe.step()) damaged(path, "its key probe is missing");
  auto needed = probe.text(0);
  bool opens = false;
  std::string unknown;
  try {
    opens = keyring.unseal(probe.bytes(1), probe_context) == probe_text;
  } catch (const UnknownKey& missing) {
    unknown = missing.what();
  } catch (const std::runtime_error&) {  // the answer is no
  }
  auto given = key_fingerprint(keyring);
  // The fingerprint is of the first key, with which tokens are made; the probe is sealed with the active one.
  if (opens && needed == given) return;
  if (needed == given && !unknown.empty()) throw LogDamaged(fmt::format("{}: {}", path.string(), unknown));
  if (needed == given) damaged(path, "its key probe was changed");
  throw LogDamaged(
      fmt::format("{} was sealed with key file {}, the key file given is {}. Put back the key file that "
                  "belongs to this data directory; without it the log cannot be read",
                  path.string(), needed, given));
}

}  // namespace

struct EmbeddedLog::Writer {
  explicit Writer(const fs::path& path)
      : database(set_up(connect(path))),
        last(database, "SELECT max(sequence) FROM event"),
        insert(database, "INSERT INTO event VALUES (?, ?, ?)"),
        count(database,
              "INSERT INTO received VALUES (?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count"),
        mark(database,
             "INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed"),
        stored_mark(database, "SELECT sealed FROM checkpoint WHERE source = ?") {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) fail(path, SQLITE_CANTOPEN);
    device = status.st_dev, inode = status.st_ino;
  }
  static Database set_up(Database database) {
    // 512 pages of 32 KiB: the WAL stays near 16 MiB plus one batch;
    // a larger one is cut back at the next checkpoint.
    database.run(
        "PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=512; PRAGMA journal_size_limit=33554432;"
        "PRAGMA cache_size=-8192");
    return database;
  }

  // Same device and inode: a log that was moved away under a running hub would swallow events unseen.
  void still_there(const fs::path& path) const {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || status.st_dev != device || status.st_ino != inode)
      throw LogUnavailable(path.string() +
                           " was moved or replaced while the hub has it open. Start the hub anew");
  }

  Database database;
  Query last, insert, count, mark, stored_mark;
  dev_t device = 0;
  ino_t inode = 0;
};

struct EmbeddedLog::Reader {
  explicit Reader(const fs::path& path)
      : database(connect(path)),
        after(database, "SELECT sequence, sealed FROM event WHERE sequence > ? ORDER BY sequence LIMIT ?"),
        last(database, "SELECT max(sequence) FROM event"),
        mark(database, "SELECT sealed FROM checkpoint WHERE source = ?"),
        counts(database, "SELECT source, count FROM received ORDER BY source") {}
  Database database;
  Query after, last, mark, counts;
};

std::unique_ptr<EmbeddedLog> EmbeddedLog::open(const fs::path& path, const Keyring& keyring) {
  // Made here rather than by SQLite, so that it is never readable by others;
  // SQLite gives the WAL the same mode.
  try {
    Database::make(path);
  } catch (const std::system_error& error) {
    throw LogUnavailable(
        fmt::format("{}. The user of the hub needs to own the data directory", error.what()));
  }
  return with_log(path, [&] {
    {
      auto database = connect(path);
      // Large pages: events are a kilobyte and more, and SQLite's cost is per page (4.0 us an event
      // against 7.1 at 4 KiB).
      database.run("PRAGMA page_size=32768");
      if (database.number("SELECT count(*) FROM sqlite_schema") == 0) {
        use_wal(database);
        database.run("PRAGMA synchronous=FULL");
        Transaction transaction(database);
        // Another process may have been first.
        if (database.number("SELECT count(*) FROM sqlite_schema") == 0) make_schema(database, keyring);
        transaction.commit();
      }
      check_kind(path, database);
      use_wal(database);
      check_key(path, database, keyring);
    }
    return std::unique_ptr<EmbeddedLog>(new EmbeddedLog(path, keyring));
  });
}

EmbeddedLog::EmbeddedLog(fs::path path, const Keyring& keyring)
    : path_(std::move(path)),
      keyring_(keyring),
      writer_(std::make_unique<Writer>(path_)),
      reader_(std::make_unique<Reader>(path_)) {
  // Integrity check: counts and events are written in one transaction,
  // so they must agree; the last event must open.
  auto& database = reader_->database;
  database.run("BEGIN");
  auto last = database.number("SELECT max(sequence) FROM event");
  auto counted = database.number("SELECT total(count) FROM received");
  if (last != counted)
    damaged(path_, fmt::format("it ends at event {}, but {} were received", last, counted));
  if (last > 0) read_now(last - 1, 1);
  database.run("COMMIT");
}

EmbeddedLog::~EmbeddedLog() = default;

struct EmbeddedLog::Request {
  const std::vector<Event>& events;
  const std::optional<SourceCheckpoint>& checkpoint;
  bool replaces = false;  ///< the checkpoint, whoever set it
  bool done = false;
  std::exception_ptr failure;
};

void EmbeddedLog::append(const std::vector<Event>& events,
                         const std::optional<SourceCheckpoint>& checkpoint) {
  if (events.empty() && !checkpoint) return;
  Request mine{events, checkpoint};
  append(mine);
}

void EmbeddedLog::append(Request& mine) {
  {
    MutexLock lock(waiting_mutex_);
    waiting_.push_back(&mine);
    while (!mine.done && leading_)
      written_.wait(lock);
    if (!mine.done) {
      // Group commit, leader and followers: nobody writes, so this thread does for all that have gathered.
      leading_ = true;
      auto requests = std::exchange(waiting_, {});
      lock.unlock();
      write_together(requests);
      lock.lock();
      leading_ = false;
      for (auto* request : requests)
        request->done = true;
      written_.notify_all();
    }
  }
  if (mine.failure) std::rethrow_exception(mine.failure);
  failpoint("append.committed");
  {
    MutexLock lock(news_mutex_);
    ++appends_;
  }
  news_.notify_all();
}

void EmbeddedLog::write_together(const std::vector<Request*>& requests) {
  const auto write_now = [&](const std::vector<Request*>& some) {
    with_log(path_, [&] {
      MutexLock lock(writing_);
      write(some);
    });
  };
  try {
    return write_now(requests);
  } catch (...) {
    if (requests.size() == 1) {
      requests.front()->failure = std::current_exception();
      return;
    }
  }
  // Retried one by one: an append must not fail for another's sake.
  for (auto* request : requests) {
    try {
      write_now({request});
    } catch (...) {
      request->failure = std::current_exception();
    }
  }
}

void EmbeddedLog::write(const std::vector<Request*>& requests) {
  auto& log = *writer_;
  log.still_there(path_);
  Transaction transaction(log.database);
  failpoint("append.begun");
  for (const auto* request : requests)
    if (request->checkpoint && !request->replaces) expect_not_overtaken(request->checkpoint->source);
  std::int64_t sequence = 0;
  {
    Using last(log.last);
    if (log.last.step()) sequence = log.last.number(0);
  }
  std::map<std::string_view, std::int64_t> counts;
  std::string business_key;
  for (const auto* request : requests) {
    for (const auto& event : request->events) {
      ++sequence;
      auto plain = encode(event);
      if (plain.size() > event_size_max)
        throw std::length_error(fmt::format("an event of {} bytes is larger than the log takes ({})",
                                            plain.size(), event_size_max));
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
  }
  for (const auto& [source, count] : counts) {
    log.count.bind_text(1, source);
    log.count.bind(2, count);
    log.count.run();
  }
  std::map<std::string, std::string> marks;
  for (const auto* request : requests) {
    const auto& checkpoint = request->checkpoint;
    if (!checkpoint) continue;
    auto& sealed = marks[checkpoint->source] =
        keyring_.seal(checkpoint->position, checkpoint_context(checkpoint->source));
    log.mark.bind_text(1, checkpoint->source);
    log.mark.bind_blob(2, sealed);
    log.mark.run();
  }
  failpoint("append.sent");
  // Cache and commit change under one lock: a checkpoint read before and told after would look to the next
  // append as if another process had moved it.
  MutexLock lock(told_mutex_);
  transaction.commit();
  for (auto& [source, sealed] : marks)
    told_[source] = std::move(sealed);
}

/// Optimistic concurrency check: the checkpoint must be the one this process was told last. Whoever has not
/// asked knows none that could have moved. REQUIRES: a transaction of the writer.
void EmbeddedLog::expect_not_overtaken(const std::string& source) {
  assert(sqlite3_get_autocommit(writer_->database.handle()) == 0);
  auto& stored = writer_->stored_mark;
  Using using_stored(stored);
  stored.bind_text(1, source);
  const std::string now = stored.step() ? std::string(stored.bytes(0)) : std::string();
  MutexLock lock(told_mutex_);
  auto told = told_.find(source);
  if (told == told_.end() || told->second == now) return;
  // The same position under another key: it was sealed anew.
  const auto context = checkpoint_context(source);
  if (told->second.empty() || now.empty() ||
      keyring_.unseal(told->second, context) != keyring_.unseal(now, context))
    throw LogOvertaken(fmt::format(
        "{}: another process has moved the checkpoint {} on; this one reads it anew and goes on from there",
        path_.string(), source));
}

std::string EmbeddedLog::checkpoint(const std::string& source) {
  return with_log(path_, [&]() -> std::string {
    MutexLock lock(reading_);
    std::string sealed;
    {
      MutexLock told(told_mutex_);
      Using mark(reader_->mark);
      reader_->mark.bind_text(1, source);
      if (reader_->mark.step()) sealed = reader_->mark.bytes(0);
      told_[source] = sealed;
    }
    if (sealed.empty()) return {};
    try {
      return keyring_.unseal(sealed, checkpoint_context(source));
    } catch (const UnknownKey&) {
      throw;
    } catch (const std::runtime_error& error) {
      damaged(path_, fmt::format("checkpoint of {}: {}", source, error.what()));
    }
  });
}

void EmbeddedLog::set_checkpoint(const SourceCheckpoint& checkpoint) {
  const std::vector<Event> none;
  const std::optional<SourceCheckpoint> wanted = checkpoint;
  Request mine{none, wanted, true};
  append(mine);
}

std::vector<LoggedEvent> EmbeddedLog::read_now(std::int64_t after, std::size_t count_max) {
  assert(after >= 0 && count_max > 0);
  std::vector<LoggedEvent> events;
  std::size_t size = 0;
  Using rows(reader_->after);
  reader_->after.bind(1, after);
  reader_->after.bind(2, static_cast<std::int64_t>(std::min<std::size_t>(count_max, 1u << 30)));
  while (size < read_size_max && reader_->after.step()) {
    auto sequence = reader_->after.number(0);
    if (sequence != after + 1) {
      auto what = after == 0 || !events.empty()
                      ? fmt::format("events {} to {} are missing", after + 1, sequence - 1)
                      : fmt::format("event {} is no longer in it, the next is {}", after + 1, sequence);
      damaged(path_, what);
    }
    auto sealed = reader_->after.bytes(1);
    std::optional<Event> event;
    std::string why = "its bytes are no event of a version this program knows";
    try {
      event = decode_event(keyring_.unseal(sealed, event_context(sequence)));
    } catch (const UnknownKey&) {  // no damage: the key file is behind
      throw;
    } catch (const std::runtime_error& error) {
      why = error.what();
    }
    if (!event) damaged(path_, fmt::format("event {}: {}", sequence, why));
    size += sealed.size();
    events.push_back({{0, sequence}, std::move(*event)});
    after = sequence;
  }
  return events;
}

std::vector<LoggedEvent> EmbeddedLog::read(std::span<const LogPosition> positions, std::size_t count_max,
                                           std::uint32_t timeout_ms, std::stop_token stop) {
  if (positions.empty()) return {};
  auto after = positions.front();
  if (positions.size() > 1) after.partition = 1;  // refused below, as the second of them would be
  if (after.partition != 0 || after.sequence < 0)
    throw LogDamaged(fmt::format("{} has no position {}/{}: the embedded log has the single partition 0",
                                 path_.string(), after.partition, after.sequence));
  if (count_max == 0) return {};
  return with_log(path_, [&] { return wait_and_read(after, count_max, timeout_ms, std::move(stop)); });
}

std::vector<LoggedEvent> EmbeddedLog::wait_and_read(LogPosition after, std::size_t count_max,
                                                    std::uint32_t timeout_ms, std::stop_token stop) {
  auto deadline = steady_clock::now() + milliseconds(timeout_ms);
  // Another process's appends are found by polling with back-off.
  auto pause = milliseconds(2);
  constexpr auto pause_max = milliseconds(20);
  for (;;) {
    std::uint64_t appends_seen = 0;
    {
      MutexLock lock(news_mutex_);
      appends_seen = appends_;
    }
    {
      MutexLock lock(reading_);
      auto events = read_now(after.sequence, count_max);
      if (!events.empty()) return events;
      Using last(reader_->last);
      auto end = reader_->last.step() ? reader_->last.number(0) : 0;
      if (end < after.sequence)
        throw LogDamaged(
            fmt::format("{} ends at event {}, but event {} has already been processed. The log was cut or "
                        "replaced: put back the log that belongs to this store",
                        path_.string(), end, after.sequence));
      if (end > after.sequence) continue;  // appended between the two looks
    }
    auto now = steady_clock::now();
    if (now >= deadline || stop.stop_requested()) break;
    auto wait = std::min<steady_clock::duration>(pause, deadline - now);
    MutexLock lock(news_mutex_);
    news_.wait_for(lock, stop, wait, [&]() KINHUB_REQUIRES(news_mutex_) { return appends_ != appends_seen; });
    pause = std::min(pause * 2, pause_max);
  }
  if (timeout_ms > 0) truncate_wal_when_idle();
  return {};
}

void EmbeddedLog::truncate_wal_when_idle() {
  std::error_code none;
  auto size = fs::file_size(path_.string() + "-wal", none);
  if (none || size <= idle_wal_size_max) return;
  if (!writing_.try_lock()) return;  // not idle
  MutexLock lock(writing_, std::adopt_lock);
  // No lock timeout: whoever uses the log goes first, the next idle moment comes.
  auto* database = writer_->database.handle();
  sqlite3_busy_timeout(database, 0);
  sqlite3_wal_checkpoint_v2(database, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  sqlite3_busy_timeout(database, static_cast<int>(patience_ms));
}

LogPosition EmbeddedLog::start(std::int32_t partition) {
  end(partition);  // refuses a partition that is not
  return with_log(path_, [&] {
    MutexLock lock(reading_);
    auto first = reader_->database.number("SELECT coalesce(min(sequence), 1) FROM event");
    return LogPosition{0, first - 1};
  });
}

LogPosition EmbeddedLog::end(std::int32_t partition) {
  if (partition != 0)
    throw LogDamaged(fmt::format("{} has no partition {}: the embedded log has the single partition 0",
                                 path_.string(), partition));
  return with_log(path_, [&] {
    MutexLock lock(reading_);
    Using last(reader_->last);
    return LogPosition{0, reader_->last.step() ? reader_->last.number(0) : 0};
  });
}

std::vector<std::pair<std::string, std::int64_t>> EmbeddedLog::received() {
  return with_log(path_, [&] {
    MutexLock lock(reading_);
    std::vector<std::pair<std::string, std::int64_t>> counts;
    Using rows(reader_->counts);
    while (reader_->counts.step())
      counts.emplace_back(reader_->counts.text(0), reader_->counts.number(1));
    return counts;
  });
}

std::vector<std::pair<std::string, std::int64_t>> EmbeddedLog::sealed_with() {
  return with_log(path_, [&] {
    auto database = connect(path_);  // of its own: it reads for long
    std::map<std::string, std::int64_t, std::less<>> found;
    for (const char* table : {"event", "checkpoint", "key_probe"}) {
      const auto sql = fmt::format("SELECT substr(sealed, 1, {}) FROM {}", Keyring::header_size, table);
      Query headers(database, sql.c_str());
      while (headers.step())
        ++found[Keyring::key_named_by(headers.bytes(0)) ? headers.text(0) : std::string()];
    }
    std::vector<std::pair<std::string, std::int64_t>> counts(found.begin(), found.end());
    return counts;
  });
}

std::optional<EmbeddedLog::ResealedPage> EmbeddedLog::reseal(std::int64_t after, std::size_t count_max) {
  constexpr std::size_t size_max = 8u << 20;
  struct Change {
    std::int64_t sequence;
    std::string before, after;
  };
  return with_log(path_, [&]() -> std::optional<ResealedPage> {
    const auto header = keyring_.active_header();
    std::vector<Change> changes;
    {
      auto database = connect(path_);
      const auto sql = fmt::format(
          "SELECT sequence, sealed FROM event WHERE sequence > ? AND substr(sealed, 1, {}) <> ? ORDER BY "
          "sequence LIMIT ?",
          Keyring::header_size);
      Query page(database, sql.c_str());
      page.bind(1, after).bind_blob(2, header).bind(3, static_cast<std::int64_t>(count_max));
      std::size_t size = 0;
      while (size < size_max && page.step()) {
        const auto sequence = page.number(0);
        const auto before = page.text(1);
        const auto context = event_context(sequence);
        try {
          changes.push_back({sequence, before, keyring_.seal(keyring_.unseal(before, context), context)});
        } catch (const UnknownKey&) {
          throw;
        } catch (const std::runtime_error& error) {
          damaged(path_, fmt::format("event {}: {}", sequence, error.what()));
        }
        size += before.size();
      }
    }
    MutexLock lock(writing_);
    auto& database = writer_->database;
    writer_->still_there(path_);
    Transaction transaction(database);
    // The key it was sealed with may have been replaced, and taken out of the file, while we waited.
    if (keyring_.active_header() != header) return ResealedPage{after, 0};
    Query put(database, "UPDATE event SET sealed = ? WHERE sequence = ? AND sealed = ?");
    for (const auto& change : changes)
      put.bind_blob(1, change.after).bind(2, change.sequence).bind_blob(3, change.before).run();
    if (changes.empty()) reseal_marks();
    transaction.commit();
    if (changes.empty()) return std::nullopt;
    return ResealedPage{changes.back().sequence, static_cast<std::int64_t>(changes.size())};
  });
}

/// Seals checkpoints and probe anew, which are few. REQUIRES: a transaction of the writer.
void EmbeddedLog::reseal_marks() {
  auto& database = writer_->database;
  const auto header = keyring_.active_header();
  std::vector<std::pair<std::string, std::string>> marks;
  Query checkpoints(database, "SELECT source, sealed FROM checkpoint");
  while (checkpoints.step())
    if (!checkpoints.bytes(1).starts_with(header))
      marks.emplace_back(checkpoints.text(0), checkpoints.text(1));
  Query put(database, "UPDATE checkpoint SET sealed = ? WHERE source = ?");
  for (const auto& [source, before] : marks) {
    const auto context = checkpoint_context(source);
    try {
      const auto sealed = keyring_.seal(keyring_.unseal(before, context), context);
      put.bind_blob(1, sealed).bind_text(2, source).run();
    } catch (const UnknownKey&) {
      throw;
    } catch (const std::runtime_error& error) {
      damaged(path_, fmt::format("checkpoint of source {}: {}", source, error.what()));
    }
  }
  const auto probe = keyring_.seal(probe_text, probe_context);
  Query(database, "UPDATE key_probe SET sealed = ?").bind_blob(1, probe).run();
}

}  // namespace kinhub
