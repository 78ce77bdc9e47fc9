#pragma once
// Admission of connections: how many one address may hold before anybody has signed in on them, how many
// seats are kept for those who have, and who gives way. Knows no socket.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace kinhub::api {

/// Used by one thread.
class Seats {
 public:
  using Id = std::uint64_t;
  static constexpr std::size_t strangers_of_address_max = 64;

  /// A fifth is kept for connections that somebody has signed in on. Of one address only strangers are
  /// counted: a gateway on this machine brings everybody by one address.
  explicit Seats(std::size_t seats_max) : seats_max_(seats_max), strangers_max_(seats_max - seats_max / 5) {}

  struct Entered {
    Id id = 0;
    std::optional<Id> gives_way = {};  ///< the stranger who idled longest: to be closed, its seat is taken
  };
  /// A seat for one more, a stranger as yet; nothing: it is refused.
  std::optional<Entered> enter(const std::string& from);
  /// A request of it is being answered: meanwhile it does not give way.
  void begin(Id id);
  /// `known`: it came with a living session or the token; from then on it is no stranger.
  void end(Id id, bool known);
  void leave(Id id) { seats_.erase(id); }
  std::size_t size() const { return seats_.size(); }

 private:
  struct Seat {
    std::string from;
    std::uint64_t idle_since = 0;
    bool known = false, busy = false;
  };
  const std::size_t seats_max_, strangers_max_;
  std::map<Id, Seat> seats_;
  std::uint64_t last_ = 0;  ///< what happened so far, counted: names and order of time in one
};

}  // namespace kinhub::api
