#include "hub/desk/audit_trail.hpp"

#include <nlohmann/json.hpp>
#include <system_error>

#include "hub/base/bytes.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/base/time_text.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::json;  // sorted by name: canonical

constexpr int busy_ms = 10'000;
constexpr auto sealed_context = "audit";

[[noreturn]] void throw_away(const sqlite::Failed& failed) {
  throw AuditAway(std::string("the audit trail takes no entry, so nothing is shown and nothing done: ") +
                  failed.what());
}

/// RFC 6962 leaf hash.
std::string leaf_hash(std::string_view line) {
  return sha256_hex(std::string(1, '\0').append(line));
}

std::string line_of(const AuditEntry& entry, std::int64_t number, const std::string& previous,
                    const std::string& node, const Keyring& keys) {
  Json who = {{"account", entry.account}, {"channel", entry.channel}, {"from", entry.from}};
  if (!entry.session.empty()) who["session8"] = entry.session.substr(0, 8);
  Json line = {{"v", 1},
               {"n", number},
               {"at", iso_time(entry.at_us)},
               {"at_us", entry.at_us},
               {"node", node},
               {"who", std::move(who)},
               {"op", entry.operation},
               {"result", name_of(entry.outcome)},
               {"prev", previous}};
  if (!entry.on.empty()) line["on"] = entry.on;
  if (!entry.subjects.empty()) line["subjects"] = entry.subjects;
  if (!entry.code.empty()) line["code"] = entry.code;
  if (!entry.purpose.empty()) line["purpose"] = entry.purpose;
  if (!entry.opening.empty()) line["opening"] = entry.opening;
  if (!entry.revision.empty()) line["revision"] = entry.revision;
  if (entry.count) line["count"] = *entry.count;
  if (entry.begun) line["begun"] = *entry.begun;
  if (!entry.reason.empty() || !entry.words.empty()) {
    Packer text;
    text.text(entry.reason);
    text.text(entry.words);
    line["sealed"] = hex(keys.seal(text.bytes(), sealed_context));
  }
  return line.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string bytes_of_hex(const std::string& text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  return bytes;
}

}  // namespace

std::string_view name_of(AuditEntry::Outcome outcome) {
  switch (outcome) {
    case AuditEntry::Outcome::shown:
      return "shown";
    case AuditEntry::Outcome::begun:
      return "begun";
    case AuditEntry::Outcome::done:
      return "done";
    case AuditEntry::Outcome::refused:
      return "refused";
    case AuditEntry::Outcome::failed:
      return "failed";
  }
  return "";
}

struct AuditFile::Database {
  sqlite::Database handle;

  explicit Database(const std::filesystem::path& file) : handle(open(file)) {}

  static sqlite::Database open(const std::filesystem::path& file) try {
    sqlite::Database::make(file);
    auto opened = sqlite::Database::open(file, sqlite::Database::Access::read_write, busy_ms);
    opened.on_failure(throw_away);
    // A rollback journal: entries are few and small, and the file can be copied while nobody writes.
    opened.run("PRAGMA journal_mode=TRUNCATE");
    opened.run("PRAGMA synchronous=FULL");
    opened.run("CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, line TEXT NOT NULL)");
    return opened;
  } catch (const std::system_error& error) {
    throw AuditAway(std::string("the audit trail cannot be opened: ") + error.what());
  } catch (const sqlite::Failed& failed) {
    throw_away(failed);
  }

  /// The number of the next line, and the hash of the last one.
  std::pair<std::int64_t, std::string> end() {
    sqlite::Query last(handle, "SELECT n, line FROM entry ORDER BY n DESC LIMIT 1");
    if (!last.step()) return {0, std::string(64, '0')};
    return {last.number(0) + 1, leaf_hash(last.bytes(1))};
  }
};

AuditFile::AuditFile(const std::filesystem::path& file, Keyring keys, std::string node)
    : keys_(std::move(keys)), node_(std::move(node)), database_(std::make_unique<Database>(file)) {}
AuditFile::~AuditFile() = default;

std::int64_t AuditFile::append(const std::vector<AuditEntry>& entries) {
  MutexLock hold(mutex_);
  auto& database = database_->handle;
  database.run("BEGIN IMMEDIATE");
  try {
    auto [number, previous] = database_->end();
    const auto first = number;
    sqlite::Query insert(database, "INSERT INTO entry (n, line) VALUES (?1, ?2)");
    for (const auto& entry : entries) {
      const auto line = line_of(entry, number, previous, node_, keys_);
      insert.bind(1, number).bind_text(2, line).run();
      previous = leaf_hash(line), ++number;
    }
    database.run("COMMIT");
    return first;
  } catch (...) {
    if (sqlite3_get_autocommit(database.handle()) == 0)
      sqlite3_exec(database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

std::vector<std::string> AuditFile::lines(std::int64_t from, std::size_t count_max) {
  MutexLock hold(mutex_);
  sqlite::Query page(database_->handle, "SELECT line FROM entry WHERE n >= ?1 ORDER BY n LIMIT ?2");
  page.bind(1, from).bind(2, static_cast<std::int64_t>(count_max));
  std::vector<std::string> found;
  while (page.step())
    found.push_back(page.text(0));
  return found;
}

std::vector<std::string> AuditFile::newest(std::int64_t before, std::size_t count_max) {
  MutexLock hold(mutex_);
  sqlite::Query page(database_->handle, "SELECT line FROM entry WHERE n < ?1 ORDER BY n DESC LIMIT ?2");
  page.bind(1, before).bind(2, static_cast<std::int64_t>(count_max));
  std::vector<std::string> found;
  while (page.step())
    found.push_back(page.text(0));
  return found;
}

std::optional<std::int64_t> AuditFile::first_wrong() {
  MutexLock hold(mutex_);
  sqlite::Query all(database_->handle, "SELECT n, line FROM entry ORDER BY n");
  std::int64_t expected = 0;
  std::string previous(64, '0');
  for (; all.step(); ++expected) {
    const auto line = all.bytes(1);
    const auto json = Json::parse(line, nullptr, false);
    if (all.number(0) != expected || json.is_discarded() || json.value("n", std::int64_t{-1}) != expected ||
        json.value("prev", "") != previous)
      return expected;
    previous = leaf_hash(line);
  }
  return std::nullopt;
}

AuditFile::Words AuditFile::words_of(const std::string& line) const {
  const auto sealed = Json::parse(line).value("sealed", "");
  if (sealed.empty()) return {};
  const auto plain = keys_.unseal(bytes_of_hex(sealed), sealed_context);
  Unpacker in(plain);
  Words words;
  words.reason = in.text(), words.words = in.text();
  return words;
}

}  // namespace kinhub
