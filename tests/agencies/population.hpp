#pragma once
// A batch of families with all their reports in order of delivery, and the truth about them as JSON.

#include <string>
#include <vector>

#include "tests/agencies/formats.hpp"
#include "tests/agencies/story.hpp"

namespace kinhub::agencies {

/// Families of one pair of counties. Telegrams point into `worlds` and `reports`.
struct Batch {
  std::string county;  ///< where its registers are kept
  std::vector<World> worlds;
  std::vector<Report> reports;

  /// Reports of one agency delivered in the window, in order of delivery (registers and cursors: of writing).
  std::vector<Telegram> stream(Agency agency, const Window& window) const;
  /// Register rows written before the window.
  std::vector<Telegram> before(Agency agency, const Window& window) const;
};

/// The n-th pair of counties a batch lives in; throws when there are no more.
std::pair<std::string, std::string> counties_of_batch(std::size_t batch);

/// Makes families until there are `families_max`, or their reports in the window reach `reports_max` (0: no
/// limit).
Batch make_batch(Storyteller& teller, const Window& window, std::size_t batch, std::size_t families_max,
                 std::size_t reports_max);

/// Collects the truth batch by batch and writes it as truth.json.
class TruthBook {
 public:
  TruthBook(std::uint64_t seed, const Window& window)
      : seed_(seed), window_(window), police_told_(window.start_at()) {}
  void add(const Batch& batch);
  std::string text() const;
  std::size_t entitled() const { return entitled_count_; }
  std::size_t past() const { return past_count_; }
  std::size_t future() const { return future_count_; }
  std::size_t people() const { return people_; }

 private:
  std::uint64_t seed_;
  Window window_;
  Moment police_told_;  ///< their last word: the snapshot, or a file sent later
  std::string entitled_, past_, future_;
  std::size_t entitled_count_ = 0, past_count_ = 0, future_count_ = 0, families_ = 0, people_ = 0;
};

}  // namespace kinhub::agencies
