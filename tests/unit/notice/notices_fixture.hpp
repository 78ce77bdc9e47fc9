#pragma once
// A store with as many notices as a test wants, and nothing else.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "hub/store/notices.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"

namespace kinhub::test {

class Notices : public ::testing::Test {
 protected:
  Notices() {
    std::string name = (std::filesystem::temp_directory_path() / "kinhub-notices-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    store_ = open_store("kinhub.db");
  }
  ~Notices() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<SqliteStore> open_store(const std::string& name) {
    return SqliteStore::open(folder_ / name, Keyring::from_passphrase("notices"));
  }

  static std::string body(std::int64_t sequence, const std::string& id) {
    return fmt::format(R"({{"specversion":"1.0","id":"{}","source":"kinhub","type":"kinhub.lead.opened",)"
                       R"("subject":"L{:013}","seq":{},"data":{{}}}})",
                       id, sequence % 7, sequence);
  }
  /// Adds `count` notices, in one transaction.
  static void add(Store& store, std::int64_t count, const std::string& id = "L") {
    auto writing = store.begin(Store::For::writing);
    for (auto last = writing->notices().last(), until = last + count; last < until;) {
      ++last;
      writing->notices().add({last, body(last, id + std::to_string(last))});
    }
    writing->commit();
  }
  void add(std::int64_t count) { add(*store_, count); }

  static std::vector<std::string> lines(const std::filesystem::path& file) {
    std::vector<std::string> found;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);)
      found.push_back(line);
    return found;
  }
  static std::vector<std::string> bodies(Store& store) {
    std::vector<std::string> found;
    for (const auto& row : store.begin(Store::For::reading)->notices().page(0, 1'000'000))
      found.push_back(row.body);
    return found;
  }

  std::filesystem::path folder_;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace kinhub::test
