#include "hub/api/seats.hpp"

namespace kinhub::api {

std::optional<Seats::Entered> Seats::enter(const std::string& from) {
  std::size_t strangers = 0, of_address = 0;
  for (const auto& [id, seat] : seats_) {
    if (seat.known) continue;
    ++strangers;
    if (seat.from == from) ++of_address;
  }
  const bool address_full = of_address >= strangers_of_address_max;
  Entered entered{++last_};
  if (address_full || strangers >= strangers_max_ || seats_.size() >= seats_max_) {
    auto idlest = seats_.end();
    for (auto it = seats_.begin(); it != seats_.end(); ++it) {
      const auto& seat = it->second;
      if (seat.known || seat.busy || (address_full && seat.from != from)) continue;
      if (idlest == seats_.end() || seat.idle_since < idlest->second.idle_since) idlest = it;
    }
    if (idlest == seats_.end()) return std::nullopt;
    entered.gives_way = idlest->first;
    seats_.erase(idlest);
  }
  seats_.emplace(entered.id, Seat{from, last_});
  return entered;
}

void Seats::begin(Id id) {
  const auto found = seats_.find(id);
  if (found != seats_.end()) found->second.busy = true;
}

void Seats::end(Id id, bool known) {
  const auto found = seats_.find(id);
  if (found == seats_.end()) return;
  auto& seat = found->second;
  seat.busy = false, seat.idle_since = ++last_;
  seat.known = seat.known || known;
}

}  // namespace kinhub::api
