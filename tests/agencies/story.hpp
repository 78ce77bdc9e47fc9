#pragma once
// Makes families: their past, what happens to them in the window, and every report the agencies give of it.

#include "tests/agencies/chance.hpp"
#include "tests/agencies/report.hpp"
#include "tests/agencies/world.hpp"

namespace kinhub::agencies {

struct Family {
  World world;
  std::vector<Report> reports;  ///< also those before the window: registers hold them
};

struct StoryOptions {
  std::uint64_t seed = 1;
  Window window;
  bool leave_open = false;      ///< one false death in ten stays unreversed at the end
  bool new_police_ids = false;  ///< who moves to another province gets a RYID of that province
  int strange = 0;              ///< percent of reports that are written as other senders do
};

/// Makes one family after another; the n-th family is a function of the seed and the ones before it.
class Storyteller {
 public:
  explicit Storyteller(const StoryOptions& options) : options_(options) {}
  /// `home`, `neighbour`: counties of the household and of the one it may move to.
  Family next(const std::string& home, const std::string& neighbour);

 private:
  friend class Telling;
  StoryOptions options_;
  NumberOffice numbers_;
  std::uint64_t family_ = 0, person_ = 0, serial_ = 0, order_ = 0;
};

}  // namespace kinhub::agencies
