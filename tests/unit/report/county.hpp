#pragma once
// The worked example in a store of its own, lived once for all tests, and its record as known at the end of a
// day.

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>

#include "hub/desk/care_record.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/report/reports.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/care/shixian.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/pipeline/fake_log.hpp"
#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {

class County {
 public:
  static County& whole() {
    static County county(shixian::Life::last_day());
    return county;
  }
  /// `seed`: in which order the log gives what sources told.
  explicit County(Date until, unsigned seed = 1)
      : config_(shixian::config(tests_program(), folder_.path)),
        log_({"care-desk", "civil-affairs", "public-security"}, seed) {
    life_.until(until);
    today_ = until;
  }

  /// The record as known at the end of a day; nothing: as of now.
  const service::Record& record(std::optional<Date> known = std::nullopt) {
    auto& kept = records_[known ? *known : Date::forever()];
    if (!kept) {
      auto reading = store_->begin(Store::For::reading);
      PolicyBook policies(keys_);
      EvidenceBook evidence(keys_);
      auto read = read_care_record({*reading, keys_, rules_, policies, evidence, services_, today_},
                                   known ? std::optional(shixian::end_of_day_us(*known)) : std::nullopt);
      if (!read) throw std::runtime_error(describe(read.error()));
      kept = std::make_unique<service::Record>(std::move(*read));
    }
    return *kept;
  }
  service::Ledger& ledger(std::optional<Date> known = std::nullopt) {
    auto& kept = ledgers_[known ? *known : Date::forever()];
    if (!kept) kept = std::make_unique<service::Ledger>(record(known), services_.festivals());
    return *kept;
  }
  const service::ServiceSet& services() const { return services_; }

  /// Redelivery: every event once more, the last one first.
  void tell_again() {
    auto events = shixian::events(shixian::forms(config_));
    std::reverse(events.begin(), events.end());
    for (const auto& event : events)
      log_.append({event}, std::nullopt);
    OwnsAll all(log_);
    Pipeline(log_, *store_, keys_, rules_, clock_, all, {}).drain();
  }

  report::Report report(std::string_view name, std::string_view period, Date known) {
    const auto of = service::Period::read(period).value();
    report::Question question{std::string(shixian::county), of, shixian::end_of_day_us(known), 0};
    const auto before = of.when.from.plus_days(-1);
    question.opening_at_us = shixian::end_of_day_us(before);
    auto made = report::make_report(name, {ledger(known), services_, &record(before)}, question);
    if (!made) throw std::runtime_error(describe(made.error()));
    return std::move(*made);
  }

 private:
  static std::string tests_program() { return kinhub::tests::binary_dir() + "/bin/kinhub"; }
  static service::ServiceSet shipped_services(const Config& config) {
    const auto mappings = config.directories.mappings;
    auto read = service::ServiceSet::read(mappings / "care", config.directories.codes);
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      throw std::runtime_error(describe(errors->front()));
    return std::move(std::get<service::ServiceSet>(read));
  }

  TemporaryFolder folder_;
  Config config_;
  Keyring keys_ = Keyring::from_passphrase("worked example");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  FakeLog log_;
  FixedClock clock_{shixian::noon_us(Date(2012, 1, 1))};
  Rules rules_ = shixian::rules(config_);
  service::ServiceSet services_ = shipped_services(config_);
  shixian::Life life_{{log_, *store_, keys_, rules_, clock_}, shixian::forms(config_)};
  Date today_;
  std::map<Date, std::unique_ptr<service::Record>> records_;
  std::map<Date, std::unique_ptr<service::Ledger>> ledgers_;
};

/// A row of a table as text, its cells with blanks between.
inline std::string text_of(const report::Row& row) {
  std::string text;
  for (const auto& cell : row.cells) {
    if (!text.empty()) text += ' ';
    std::visit(
        [&](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, report::NotConnected>)
            text += "未接入";
          else if constexpr (std::is_same_v<T, std::int64_t>)
            text += std::to_string(value);
          else if constexpr (std::is_same_v<T, std::string>)
            text += value;
          else if constexpr (std::is_same_v<T, service::Rate> || std::is_same_v<T, Date>)
            text += value.text();
          else if constexpr (std::is_same_v<T, report::Money>)
            text += std::to_string(value.fen);
        },
        cell);
  }
  return text;
}
inline std::string row_of(const report::Table& table, std::string_view unit) {
  const auto* row = table.find(unit);
  return row ? text_of(*row) : "no row " + std::string(unit);
}
/// Checks that did not pass.
inline std::string failed(const report::Report& report) {
  std::string all;
  for (const auto& check : report.checks)
    if (check.state != report::Check::State::passed) all += check.id + " " + check.text + "\n";
  return all;
}

}  // namespace kinhub::test
