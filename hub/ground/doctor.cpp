#include "hub/ground/doctor.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "hub/base/mask.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/make_hub.hpp"
#include "hub/ground/states.hpp"
#include "hub/pipeline/record_check.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notice_numbers.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/scrub.hpp"
#include "hub/store/sqlite/sqlite_schema.hpp"
#include "hub/stream/embedded_log.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t room_min = std::uint64_t{1} << 30;
constexpr std::int64_t clock_ahead_max_us = 5 * 60 * 1'000'000LL;
constexpr std::size_t findings_max = 10'000;
constexpr char repair_advice[] =
    "docs/operators.md, Damaged rows: restore the last backup, or read the source again with kinhub source "
    "rewind";

class Examination {
 public:
  Examination(const Config& config, const Clock& clock, const OnProgress& on_progress)
      : config_(config), clock_(clock), on_progress_(on_progress) {}

  DoctorReport run() {
    begin("permissions");
    permissions();
    begin("free space");
    free_space();
    if (!config_.postgres) {
      begin("store file");
      if (!file_is_whole(config_.data / "kinhub.db") || !schema_is_known()) return std::move(report_);
    }
    if (!config_.kafka && fs::exists(config_.data / "log.db")) {
      begin("log file");
      file_is_whole(config_.data / "log.db");
    }
    if (fs::exists(config_.data / "audit.db")) {
      begin("audit file");
      file_is_whole(config_.data / "audit.db");
    }
    const auto keys = open_key(config_.data).keyring;
    std::unique_ptr<Store> store;
    begin("store");
    try {
      store = open_store(config_, keys, TakeOlder::no, GiveCodes::no);
    } catch (const StoreDamaged& damaged) {
      find({"STORE_REFUSED", "", "", damaged.what(), "kinhub restore, or kinhub notices restore"});
      store = open_store(config_, keys, TakeOlder::yes, GiveCodes::no);
    }
    if (auto* coded = dynamic_cast<CodedStore*>(store.get());
        coded != nullptr && coded->has() == CodedStore::Codes::not_given)
      find({"CODES_NOT_GIVEN", "", "", "the rows of the store have no codes yet",
            "start the hub once: it gives them, when nobody has taken any out"});
    else
      rows(*store, keys);
    begin("records and indexes");
    records(*store, keys);
    begin("clock");
    clock(*store);
    begin("notices");
    notices(*store);
    begin("log against store");
    log_against_store(*store, keys);
    begin("damages that are known");
    known(*store);
    return std::move(report_);
  }

 private:
  void begin(std::string what) {
    on_progress_("looking at: " + what);
    report_.checked.push_back(std::move(what));
  }
  void find(DoctorFinding finding) {
    const bool told =
        std::any_of(report_.findings.begin(), report_.findings.end(), [&](const DoctorFinding& other) {
          return !finding.table.empty() && other.table == finding.table && other.key == finding.key;
        });
    if (!told && report_.findings.size() < findings_max) report_.findings.push_back(std::move(finding));
  }

  void permissions() {
    const auto look = [&](const fs::path& path, mode_t others, const char* code) {
      struct stat found {};
      if (::stat(path.c_str(), &found) != 0) return;
      if ((found.st_mode & others) != 0)
        find({code, "", "", fmt::format("{} has mode {:04o}", path.string(), found.st_mode & 07777),
              fmt::format("chmod go-rwx {}", path.string())});
      if (found.st_uid != ::geteuid() && ::geteuid() != 0)
        find({"OWNED_BY_ANOTHER", "", "", path.string() + " belongs to another user",
              "chown it to the user of the hub"});
    };
    look(config_.data, 0022, "DATA_OPEN_TO_OTHERS");
    for (const char* name : {"kinhub.key", "kinhub.db", "log.db", "store.anchor"})
      look(config_.data / name, 0077, "FILE_OPEN_TO_OTHERS");
    if (!config_.notices.empty()) look(config_.notices, 0077, "FILE_OPEN_TO_OTHERS");
  }

  void free_space() {
    struct statvfs room {};
    if (::statvfs(config_.data.c_str(), &room) != 0) return;
    const auto bytes = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
    if (bytes < room_min)
      find({"LITTLE_ROOM", "", "", fmt::format("{} MiB are left in {}", bytes >> 20, config_.data.string()),
            "make room: a full disk stops the hub, and loses nothing"});
  }

  bool file_is_whole(const fs::path& file) {
    constexpr int busy_ms = 10'000;
    try {
      auto database = sqlite::Database::open(file, sqlite::Database::Access::read_only, busy_ms);
      sqlite::Query check(database, "PRAGMA integrity_check(20)");
      bool whole = true;
      while (check.step()) {
        if (check.text(0) == "ok") continue;
        whole = false;
        find({"FILE_DAMAGED", "", "", file.filename().string() + ": " + check.text(0),
              "the file itself is damaged: look at the disk, then kinhub restore the last backup"});
      }
      return whole;
    } catch (const sqlite::Failed& failed) {
      find({"FILE_DAMAGED", "", "", failed.what(), "look at the disk, then kinhub restore the last backup"});
      return false;
    }
  }

  bool schema_is_known() {
    constexpr int busy_ms = 10'000;
    auto database =
        sqlite::Database::open(config_.data / "kinhub.db", sqlite::Database::Access::read_only, busy_ms);
    const auto version = database.number("PRAGMA user_version");
    if (version == sqlite::schema_version()) return true;
    find({"SCHEMA_VERSION", "", "",
          fmt::format("the store has schema {}, this program knows {}", version, sqlite::schema_version()),
          version < sqlite::schema_version() ? "start the hub once: it brings the store up to date"
                                             : "run the newer program"});
    return false;
  }

  void rows(Store& store, const Keyring& keys) {
    const auto older = [&](StoreTransaction& reading, std::int64_t first, std::int64_t until) {
      return older_people(reading, keys, first, until);
    };
    const auto found =
        check_rows(store, keys, older, [&](std::string_view table) { begin("table " + std::string(table)); });
    for (const auto& one : found)
      find({one.code, std::string(name_of(one.table)), one.text, damage_text(one.code), repair_advice});
  }

  void records(Store& store, const Keyring& keys) {
    const auto found = check_records(store, keys, [&](std::int64_t people) {
      on_progress_(fmt::format("looking at: records and indexes, {} people", people));
    });
    for (const auto& one : found)
      find({one.code, one.table, one.key, damage_text(one.code),
            one.code == "INDEX_DIFFERS" || one.code == "MARKS_DIFFER"
                ? "kinhub night: the scrub writes it anew from the record"
                : repair_advice});
  }

  void clock(Store& store) {
    auto reading = store.begin(Store::For::reading);
    const auto last = reading->notices().last();
    std::int64_t newest_us = 0;
    reading->leads().each(LeadState::open, [&](LeadRow& row) {
      newest_us = std::max({newest_us, row.opened_at_us, row.changed_at_us});
    });
    static_cast<void>(last);
    if (newest_us > clock_.now_us() + clock_ahead_max_us)
      find({"CLOCK_BEHIND", "", "",
            fmt::format("this machine's clock is {} s behind what the hub wrote",
                        (newest_us - clock_.now_us()) / 1'000'000),
            "set the clock, by NTP if there is one"});
  }

  /// The outbox without gaps, and the file line by line against it.
  void notices(Store& store) {
    auto reading = store.begin(Store::For::reading);
    constexpr std::size_t page = 1000;
    std::int64_t after = 0;
    const auto jumps = notice_jumps(reading->values());
    try {
      for (;;) {
        const auto rows = reading->notices().page(after, page);
        if (rows.empty()) break;
        for (const auto& row : rows) {
          if (!may_follow(jumps, after, row.sequence))
            find({"ROW_MISSING", "notice", std::to_string(after + 1), damage_text("ROW_MISSING"),
                  repair_advice});
          after = row.sequence;
        }
      }
    } catch (const std::runtime_error&) {  // a damaged row: said of the table
    }
    if (!config_.notices.empty() && fs::exists(config_.notices)) notices_file(*reading);
  }

  void notices_file(StoreTransaction& reading) {
    std::ifstream in(config_.notices, std::ios::binary);
    std::string line;
    std::int64_t number = 0, last = 0;
    constexpr std::string_view mark = "\"seq\":";
    while (std::getline(in, line)) {
      ++number;
      if (in.eof()) break;  // a torn end is written again
      const auto at = line.find(mark);
      std::int64_t sequence = 0;
      if (at != std::string::npos) sequence = std::strtoll(line.c_str() + at + mark.size(), nullptr, 10);
      std::string kept;
      try {
        for (const auto& row : reading.notices().page(sequence - 1, 1))
          if (row.sequence == sequence) kept = row.body;
      } catch (const std::runtime_error&) {  // that row is damaged, and said so
        last = sequence;
        continue;
      }
      if (is_given_up(notice_jumps(reading.values()), sequence)) {
        // Of the hub that was before a restore.
      } else if (kept != line)
        find({"NOTICE_DIFFERS", "", "",
              fmt::format("{}:{}: is not the notice {} of this store", config_.notices.string(), number,
                          sequence),
              "kinhub notices restore shows what to do"});
      else if (last != 0 && !may_follow(notice_jumps(reading.values()), last, sequence))
        find(
            {"NOTICE_GAP", "", "",
             fmt::format("{}:{}: notice {} comes after {}", config_.notices.string(), number, sequence, last),
             "lines were taken out of the file: move it away, and it is begun anew"});
      last = sequence;
    }
  }

  void log_against_store(Store& store, const Keyring& keys) {
    try {
      const auto log = open_log(config_, keys);
      for (const auto& one : positions_of(config_, *log, store)) {
        if (!one.stopped.empty())
          find({"SOURCE_STOPPED", "", "", one.source + ": " + one.stopped,
                "kinhub source rewind " + one.source + " shows a plan"});
        else if (one.processed > one.end || (one.processed < one.start && one.end > one.start))
          find({"POSITION_GONE", "", "",
                fmt::format("{}: processed up to {}, and the log has {} to {}", one.source, one.processed,
                            one.start + 1, one.end),
                "kinhub source rewind " + one.source + " shows a plan"});
      }
      if (!config_.kafka) events(*log);
      const auto balance = balance_of(config_, *log, store);
      if (!balance.closes())
        find({"BALANCE_OPEN", "", "",
              fmt::format("{} events are not accounted for", balance.total().residue()),
              "kinhub balance shows of which source"});
    } catch (const Unavailable& away) {
      report_.left_out.push_back("log against store: " + mask_numbers_in(away.what()));
    } catch (const LogDamaged& damaged) {
      find({"LOG_DAMAGED", "", "", damaged.what(), "kinhub source positions"});
    }
  }

  /// Opens every event that is kept.
  void events(EventLog& log) {
    constexpr std::size_t page = 2000;
    constexpr std::uint32_t look_ms = 1000;
    const auto end = log.end(0).sequence;
    for (auto at = log.start(0); at.sequence < end;)
      try {
        const auto read = log.read(at, page, look_ms);
        if (read.empty()) return;
        at = read.back().position;
      } catch (const LogDamaged& damaged) {
        find({"LOG_DAMAGED", "", "", damaged.what(),
              "what was processed is in the store; else kinhub source rewind shows how to go on behind it"});
        return;
      }
  }

  void known(Store& store) {
    for (const auto& one : damaged_rows(store.begin(Store::For::reading)->values()))
      find({one.code, one.table, one.key, damage_text(one.code) + " (found before)",
            "kinhub doctor --settle " + one.table + ":" + one.key + " once it is put right"});
  }

  const Config& config_;
  const Clock& clock_;
  const OnProgress& on_progress_;
  DoctorReport report_;
};

}  // namespace

DoctorReport examine(const Config& config, const Clock& clock, const OnProgress& on_progress) {
  if (auto none = no_hub(config)) throw ErrorThrown(*none);
  return Examination(config, clock, on_progress).run();
}

Result<bool> settle(const Config& config, const std::string& table, const std::string& key) {
  if (auto none = no_hub(config)) throw ErrorThrown(*none);
  const auto keys = open_key(config.data).keyring;
  const auto store = open_store(config, keys);
  auto writing = store->begin(Store::For::writing);
  if (!settle_damage(writing->values(), table, key))
    return Error{"NO_SUCH_DAMAGE", "no damage of this table and key is kept: kinhub doctor lists them",
                 table + ":" + key};
  writing->commit();
  return true;
}

NightStepDone summary_of(const NightScrub& scrubbed) {
  NightStepDone done{NightStep::scrub, "", true, ""};
  done.said = fmt::format("{} rows and {} people compared with their codes", scrubbed.rows, scrubbed.people);
  if (!scrubbed.found.empty()) done.trouble = fmt::format("{} damaged: kinhub doctor", scrubbed.found.size());
  return done;
}

NightScrub scrub_at_night(Store& store, const Keyring& keys, std::int64_t cpu_ms_max, std::stop_token stop) {
  // Rows first: what indexes know of a record that was put back must not be overwritten from it.
  NightScrub night;
  bool rows_are_known = true;
  if (auto* coded = dynamic_cast<CodedStore*>(&store)) {
    ScrubOptions options;
    options.cpu_ms_max = cpu_ms_max / 2, options.stop = stop;
    options.older = [&](StoreTransaction& reading, std::int64_t first, std::int64_t until) {
      return older_people(reading, keys, first, until);
    };
    const auto rows = scrub(*coded, options);
    night.rows = rows.rows;
    for (const auto& one : rows.found)
      night.found.push_back("table " + one.table + ", row " + one.key + ": " + damage_text(one.code));
    rows_are_known = rows.complete;
  }
  if (!rows_are_known) return night;
  const auto records = scrub_records(store, keys, cpu_ms_max / 2, stop);
  night.people = records.people;
  for (const auto& one : records.found)
    night.found.push_back("table " + one.table + ", row " + one.key + ": " + damage_text(one.code));
  return night;
}

}  // namespace kinhub
