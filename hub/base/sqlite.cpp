#include "hub/base/sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace kinhub::sqlite {

void Database::make(const std::filesystem::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) == 0) return;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  const auto fail = [&] {
    throw std::system_error(errno, std::generic_category(), "cannot make " + file.string());
  };
  // Made beside it and linked: closing a file drops all locks of this process on it (POSIX), also those by
  // which another thread's connection tells other processes that the database is open. Without them the next
  // process that ends takes itself for the last one and removes the write-ahead log under the others.
  auto beside = file.string() + ".XXXXXX";
  const int handle = ::mkostemp(beside.data(), O_CLOEXEC);
  if (handle < 0) fail();
  ::close(handle);
  const bool made = ::link(beside.c_str(), file.c_str()) == 0 || errno == EEXIST;
  const int why = errno;
  ::unlink(beside.c_str());
  errno = why;
  if (!made) fail();
}

Database Database::open(const std::filesystem::path& file, Access access, int busy_ms) {
  // Memory statistics off: nobody reads them, and they are kept under a lock that all connections share.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  static_cast<void>(uncounted);  // another library of the process was faster: then they are counted
  sqlite3* raw = nullptr;
  int flags = access == Access::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  int code = sqlite3_open_v2(file.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw, file.string());
  if (code != SQLITE_OK) database.fail(code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, busy_ms);
  return database;
}

void Database::fail(int code) const {
  std::string text = file_ + ": " + (handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory");
  if ((code & 0xFF) == SQLITE_FULL) text += ": the disk is full; make room, the hub goes on by itself";
  if ((code & 0xFF) == SQLITE_BUSY) text += ": another process holds it";
  if ((code & 0xFF) == SQLITE_CORRUPT) text += ": restore the last backup of the data directory";
  Failed failed(text, code);
  if (translate_ != nullptr) translate_(failed);
  throw failed;
}

void Database::run(const char* sql) {
  int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

std::int64_t Database::number(const char* sql) {
  Query query(*this, sql);
  return query.step() ? query.number(0) : 0;
}

Query::Query(const Database& database, const char* sql) : database_(&database) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v3(database.handle(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) database.fail(code);
  handle_.reset(raw);
}

Query& Query::bind(int column, std::int64_t number) {
  check(sqlite3_bind_int64(handle_.get(), column, number));
  return *this;
}
Query& Query::bind_blob(int column, std::string_view bytes) {
  check(sqlite3_bind_blob64(handle_.get(), column, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}
Query& Query::bind_text(int column, std::string_view text) {
  check(sqlite3_bind_text64(handle_.get(), column, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Query& Query::bind_null(int column) {
  check(sqlite3_bind_null(handle_.get(), column));
  return *this;
}

bool Query::step() {
  int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  reset();
  if (code != SQLITE_DONE) database_->fail(code);
  return false;
}

void Query::run() {
  while (step()) {
  }
}

std::string_view Query::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

void Query::check(int code) {
  if (code == SQLITE_OK) return;
  reset();
  database_->fail(code);
}

}  // namespace kinhub::sqlite
