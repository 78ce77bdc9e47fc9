#pragma once
// Reports as values: typed tables with their checks (specification of care 0.7, 4.2). Pure functions make
// them of what is known; write.hpp writes them.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/record/fact.hpp"
#include "hub/service/period.hpp"

namespace kinhub::report {

/// A column whose source was never loaded: 未接入, which is no 0 and in no sum.
struct NotConnected {
  friend bool operator==(NotConnected, NotConnected) = default;
};
/// Money in fen.
struct Money {
  std::int64_t fen = 0;
  friend bool operator==(Money, Money) = default;
};
using Cell =
    std::variant<std::monostate, NotConnected, std::int64_t, std::string, service::Rate, Money, Date>;

struct Column {
  std::string id;                    ///< stable, of JSON and tests
  std::string title;                 ///< 户数
  std::string group = {};            ///< what stands above several columns: 其中49岁以上
  Privacy privacy = Privacy::plain;  ///< as what its cells are masked
};

struct Row {
  std::vector<Cell> cells;  ///< one for each column
  bool total = false;       ///< 合计
  std::string person = {};  ///< public reference of whom it tells; empty: of nobody alone
};

struct Table {
  std::string id, title;
  std::vector<Column> columns;
  std::vector<Row> rows;

  std::size_t index_of(std::string_view column) const;  ///< REQUIRES: there is such a column
  const Cell& at(std::size_t row, std::string_view column) const;
  /// A whole number; 0 of anything else.
  std::int64_t number(std::size_t row, std::string_view column) const;
  /// The row whose first cell says this; null: none.
  const Row* find(std::string_view unit) const;
};

/// A cross-footing check. A red one forbids issuing; an amber one is shown and signed for.
struct Check {
  enum class State : std::uint8_t { passed, amber, red } state = State::passed;
  std::string id;    ///< F1
  std::string text;  ///< what it found, in Chinese; empty: nothing
  friend bool operator==(const Check&, const Check&) = default;
};

/// To whom an output goes: to those on duty, or to whoever wants to see it. Stored: numbers stay.
enum class Audience : std::uint8_t { duty = 0, open = 1 };

/// What is asked of a report.
struct Question {
  std::string region;  ///< 6 or 9 digits
  service::Period period;
  std::int64_t known_at_us = 0;    ///< K
  std::int64_t opening_at_us = 0;  ///< as known when the period before was reported
  Audience audience = Audience::duty;
  Date as_of() const { return period.last(); }
};

struct Report {
  std::string name, title;  ///< basic-statistics; 特殊家庭基本情况统计表
  Question question;
  std::vector<Table> tables;
  std::vector<Check> checks;
  std::vector<std::string> notes;

  bool red() const;
};

/// The unit of rows without a town, and of sums.
inline constexpr std::string_view no_town = "未落实乡镇", all_towns = "合计";

}  // namespace kinhub::report
