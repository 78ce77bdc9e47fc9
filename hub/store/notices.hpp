#pragma once
// The shelf of notices: a transactional outbox, numbered without gaps.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace kinhub {

struct NoticeRow {
  std::int64_t sequence = 0;  ///< from 1, no gaps
  std::string body;           ///< CloudEvents JSON, one line; holds references only, never names or numbers
};

class NoticeShelf {
 public:
  virtual ~NoticeShelf() = default;
  /// REQUIRES: row.sequence == last() + 1; after a restore it may be greater (notice_numbers.hpp).
  virtual void add(const NoticeRow& row) = 0;
  virtual std::int64_t last() = 0;
  /// Notices behind `after` in order of sequence.
  virtual std::vector<NoticeRow> page(std::int64_t after, std::size_t count_max) = 0;
};

}  // namespace kinhub
