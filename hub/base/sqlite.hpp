#pragma once
// RAII wrappers of SQLite's handles: queries that reset themselves, and one
// exception for a database that fails.

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "hub/base/unavailable.hpp"

namespace kinhub::sqlite {

/// Any SQLite failure. `code` is SQLite's extended result code; its low byte tells busy, full,
/// corrupt and the like apart.
class Failed : public Unavailable {
 public:
  Failed(const std::string& what, int code) : Unavailable(what), code_(code) {}
  int code() const { return code_; }
  int kind() const { return code_ & 0xFF; }

 private:
  int code_;
};

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* query) const { sqlite3_finalize(query); }
};

/// One connection. Used by one thread at a time.
class Database {
 public:
  enum class Access { read_write, read_only };
  /// Opens an existing file (mode 0600 when made by make()). Waits up to busy_ms for another writer.
  static Database open(const std::filesystem::path& file, Access access, int busy_ms);
  /// Creates an empty file with mode 0600, if there is none.
  static void make(const std::filesystem::path& file);

  void run(const char* sql);
  void run(const std::string& sql) { run(sql.c_str()); }
  std::int64_t number(const char* sql);  ///< first column of the first row, 0 without one
  sqlite3* handle() const { return handle_.get(); }
  /// Translates failures: throws in place of Failed, in the words of whoever uses this
  /// database; returns when it has none.
  void on_failure(void (*translate)(const Failed& failed)) { translate_ = translate; }
  [[noreturn]] void fail(int code) const;

 private:
  explicit Database(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
  void (*translate_)(const Failed&) = nullptr;
  std::unique_ptr<sqlite3, Close> handle_;
  std::string file_;
};

/// A prepared query. Bound bytes must stay where they are until the run ends.
class Query {
 public:
  Query(const Database& database, const char* sql);

  Query& bind(int column, std::int64_t number);
  Query& bind_blob(int column, std::string_view bytes);
  Query& bind_text(int column, std::string_view text);
  Query& bind_null(int column);

  /// Steps to the next row. False: there is none, and the query is reset.
  bool step();
  /// Executes to the end and resets.
  void run();
  void reset() { sqlite3_reset(handle_.get()); }

  std::int64_t number(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  std::string_view bytes(int column) const;
  std::string text(int column) const { return std::string(bytes(column)); }

 private:
  void check(int code);
  const Database* database_;
  std::unique_ptr<sqlite3_stmt, Close> handle_;
};

}  // namespace kinhub::sqlite
