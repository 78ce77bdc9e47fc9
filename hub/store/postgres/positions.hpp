#pragma once
// The shelf of checkpoints on PostgreSQL.
// Included by postgres_store.cpp alone.

#include "hub/store/positions.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query get_position{"get position",
                                    "SELECT sequence, log_offset FROM place WHERE partition = $1::text"};
inline constexpr Query first_position{"first position",
                                      "INSERT INTO place VALUES ($1::text, 0, -1) ON CONFLICT DO NOTHING"};
inline constexpr Query first_lease{
    "first lease", "INSERT INTO lease VALUES ($1::text, '', 0, 'epoch') ON CONFLICT DO NOTHING"};
inline constexpr Query hold_lease{"hold lease",
                                  "SELECT epoch FROM lease WHERE partition = $1::text FOR KEY SHARE"};
inline constexpr Query move_position{
    "move position",
    "UPDATE place SET sequence = $3::bigint, log_offset = $4::bigint WHERE partition = $1::text AND sequence "
    "= $2::bigint "
    "AND $5::bigint = (SELECT epoch FROM lease WHERE lease.partition = $1::text)"};

}  // namespace sql

class Positions final : public PositionShelf {
 public:
  explicit Positions(Session& session) : session_(session) {}

  StoredPosition at(std::string_view partition) override {
    auto rows = session_.ask(sql::get_position, Parameters().add(partition));
    if (rows.size() == 0) return {};
    return {rows.number(0, 0), rows.number(0, 1)};
  }

  /// Fencing by row locks: a lease that changes hands and a batch under it cannot pass each other. This takes
  /// the lease's row FOR KEY SHARE, which whoever takes the lease over must wait for (lock_lease takes it FOR
  /// UPDATE) until this transaction has ended, however; and when the other one was first, this waits for it
  /// and sees the new epoch, because each query of READ COMMITTED sees what is committed when it begins.
  /// Prolonging a lease does not touch its key, so it goes by a batch that runs. A partition nobody ever
  /// leased gets a row of epoch 0 to meet at.
  bool advance(const Advance& move) override {
    session_.queue(sql::first_position, Parameters().add(move.partition));
    if (move.lease_epoch == 0) session_.queue(sql::first_lease, Parameters().add(move.partition));
    session_.queue(sql::hold_lease, Parameters().add(move.partition));
    return session_
               .ask(sql::move_position, Parameters()
                                            .add(move.partition)
                                            .add(move.from_sequence)
                                            .add(move.to_sequence)
                                            .add(move.to_offset)
                                            .add(move.lease_epoch))
               .changed() == 1;
  }

 private:
  Session& session_;
};

}  // namespace kinhub::postgres
