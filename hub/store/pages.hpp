#pragma once
// Pages: how a list of the store that has no bound is read. A page is asked for by the key of the row before
// it (keyset pagination), so that each costs the same wherever in the list it stands; a key that says
// "nothing yet" begins. What is written between two pages is met if it stands behind the key.

#include <cstddef>

namespace kinhub {

/// Rows a walk reads at a time.
inline constexpr std::size_t rows_per_page = 1000;

/// Visits the rows of a list in order, a page at a time. `page(after, count_max)`: the rows behind that key.
/// `key_of(row)`: the key of a row. `visit(row)` may keep the row, and may read and write the store.
template <class Key, class Page, class KeyOf, class Visit>
void walk_pages(Key after, Page page, KeyOf key_of, Visit visit) {
  for (;;) {
    auto rows = page(after, rows_per_page);
    if (rows.empty()) return;
    after = key_of(rows.back());
    for (auto& row : rows)
      visit(row);
    if (rows.size() < rows_per_page) return;
  }
}

}  // namespace kinhub
