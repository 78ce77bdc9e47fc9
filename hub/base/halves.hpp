#pragma once
// One loop on two threads: for work on many things that do not look at each other, such as opening or sealing rows.

#include <cstddef>
#include <future>
#include <system_error>

namespace kinhub {

/// Calls work(half, begin, end) for half 0 and 1 of [0, count), one of them on a thread that lives as long as this call; both on
/// this thread when there are fewer than `count_min`, too few to be worth a thread. Returns when both are done; throws what either
/// threw, the first half's before the second's.
/// REQUIRES: two calls of work with another half may run at the same time.
template <class Work>
void in_halves(std::size_t count, std::size_t count_min, const Work& work) {
  const auto middle = count / 2;
  std::future<void> second;
  if (count >= count_min && middle > 0) {
    try {
      second = std::async(std::launch::async, [&] { work(std::size_t{1}, middle, count); });
    } catch (const std::system_error&) {  // no more threads: it takes longer
    }
  }
  work(std::size_t{0}, std::size_t{0}, middle);
  if (second.valid()) second.get();
  else work(std::size_t{1}, middle, count);
}

}  // namespace kinhub
