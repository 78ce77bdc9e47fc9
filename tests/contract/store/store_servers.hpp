#pragma once
// Stores for tests: fresh and empty each time, gone afterwards, and opened as often as a test likes.

#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "hub/base/sqlite.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/postgres/postgres_store.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"

namespace kinhub {

/// A file of its own.
struct SqliteForTest {
  SqliteForTest()
      : folder(std::filesystem::temp_directory_path() /
               ("kinhub-store-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directories(folder);
  }
  ~SqliteForTest() { std::filesystem::remove_all(folder); }
  SqliteForTest(const SqliteForTest&) = delete;
  SqliteForTest& operator=(const SqliteForTest&) = delete;

  std::filesystem::path file() const { return folder / "kinhub.db"; }
  std::unique_ptr<Store> open() { return open_with(keyring); }
  std::unique_ptr<Store> open_with(const Keyring& keys) { return SqliteStore::open(file(), keys); }

  /// Runs it as somebody who has the file and not the key.
  void change(const std::string& text) const {
    auto database = sqlite::Database::open(file(), sqlite::Database::Access::read_write, 10'000);
    database.run(text);
  }

  std::filesystem::path folder;
  Keyring keyring = Keyring::from_passphrase("store contract");
};

/// A schema of its own on the server that KINHUB_TEST_POSTGRES names.
struct PostgresForTest {
  PostgresForTest() {
    const char* given = std::getenv("KINHUB_TEST_POSTGRES");
    if (given == nullptr || *given == 0)
      throw std::runtime_error(
          "KINHUB_TEST_POSTGRES is not set: start a server with `docker/postgres-local start DIR`, which "
          "prints "
          "what to set, or run the tests with ctest, which does it");
    settings.connection = given;
    settings.schema = "test_" + std::to_string(::getpid()) + "_" + std::to_string(std::random_device{}());
  }
  ~PostgresForTest() {
    try {
      sql("DROP SCHEMA IF EXISTS " + settings.schema + " CASCADE");
    } catch (const std::exception& error) {
      std::fprintf(stderr, "the schema %s of this test stays behind: %s\n", settings.schema.c_str(),
                   error.what());
    }
  }
  PostgresForTest(const PostgresForTest&) = delete;
  PostgresForTest& operator=(const PostgresForTest&) = delete;

  std::unique_ptr<Store> open() { return open_with(keyring); }
  std::unique_ptr<Store> open_with(const Keyring& keys) { return PostgresStore::open(settings, keys); }

  /// Runs it on a connection of its own; the first column of the first row.
  std::string sql(const std::string& text) const {
    std::unique_ptr<PGconn, void (*)(PGconn*)> connection(PQconnectdb(settings.connection.c_str()), PQfinish);
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection.get(), text.c_str()), PQclear);
    auto status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
      throw std::runtime_error(PQerrorMessage(connection.get()));
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

  /// Runs it as somebody who has the database and not the key.
  void change(const std::string& text) const { sql("SET search_path TO " + settings.schema + "; " + text); }

  PostgresSettings settings;
  Keyring keyring = Keyring::from_passphrase("store contract");
};

/// Either with codes of its rows.
template <class Base>
struct CodedForTest : Base {
  std::unique_ptr<Store> open() { return open_with(this->keyring); }
  std::unique_ptr<Store> open_with(const Keyring& keys) {
    return CodedStore::over(Base::open_with(keys), keys);
  }
  std::unique_ptr<Store> open_bare() { return Base::open(); }
};

}  // namespace kinhub
