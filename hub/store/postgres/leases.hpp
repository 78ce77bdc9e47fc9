#pragma once
// Leases and nodes on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <optional>
#include <utility>
#include <vector>

#include "hub/store/leases.hpp"
#include "hub/store/postgres/postgres.hpp"

namespace kinhub::postgres {
namespace sql {

// Leases. A pipeline is one implicit transaction. Times are the server's, so no node's clock matters.
#define KINHUB_LEASE                                                                                     \
  "SELECT partition, owner, epoch, floor(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint " \
  "FROM lease WHERE epoch > 0 "
inline constexpr Query get_leases{"get leases", KINHUB_LEASE "ORDER BY partition"};
inline constexpr Query own_leases{"own leases", KINHUB_LEASE "AND owner = $1::text ORDER BY partition"};
#undef KINHUB_LEASE
inline constexpr Query lock_lease{"lock lease",
                                  "SELECT epoch FROM lease WHERE partition = $1::text FOR UPDATE"};
inline constexpr Query take_lease{
    "take lease",
    "INSERT INTO lease SELECT $1::text, $2::text, 1, clock_timestamp() + $4::bigint * interval '1 "
    "millisecond' "
    "WHERE $3::bigint = 0 OR EXISTS (SELECT FROM lease WHERE partition = $1::text) "
    "ON CONFLICT (partition) DO UPDATE SET owner = excluded.owner, epoch = lease.epoch + 1, until = "
    "excluded.until "
    "WHERE lease.epoch = $3::bigint AND (lease.until <= clock_timestamp() OR lease.owner = excluded.owner) "
    "RETURNING epoch"};
inline constexpr Query see_node{"see node",
                                "INSERT INTO node VALUES ($1::text, clock_timestamp()) ON CONFLICT (name) DO "
                                "UPDATE SET seen = excluded.seen"};
inline constexpr Query renew_leases{"renew leases",
                                    "UPDATE lease SET until = clock_timestamp() + $2::bigint * interval '1 "
                                    "millisecond' WHERE owner = $1::text"};
inline constexpr Query release_lease{
    "release lease",
    "UPDATE lease SET until = 'epoch', owner = '' WHERE partition = $1::text "
    "AND owner = $2::text AND epoch = $3::bigint"};
inline constexpr Query get_nodes{
    "get nodes",
    "SELECT name, floor(extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint FROM node "
    "WHERE seen > clock_timestamp() - interval '1 day' ORDER BY name"};
inline constexpr Query forget_node{"forget node", "DELETE FROM node WHERE name = $1::text"};

}  // namespace sql

class Leases {
 public:
  static constexpr int patience_ms = 5000;

  explicit Leases(Connection& connection) : connection_(connection) {}

  std::vector<LeaseRow> all() {
    connection_.queue(sql::get_leases);
    return leases_from(last_answer());
  }
  /// Throws Failed, lock_not_available, while a batch under the old lease has not ended.
  std::optional<std::int64_t> take(std::string_view partition, std::string_view owner,
                                   std::int64_t seen_epoch, std::int64_t duration_ms) {
    connection_.queue(sql::lock_lease, Parameters().add(partition));
    connection_.queue(sql::take_lease,
                      Parameters().add(partition).add(owner).add(seen_epoch).add(duration_ms));
    auto taken = last_answer();
    if (taken.size() == 0) return std::nullopt;
    return taken.number(0, 0);
  }
  std::vector<LeaseRow> renew(std::string_view owner, std::int64_t duration_ms) {
    connection_.queue(sql::see_node, Parameters().add(owner));
    connection_.queue(sql::renew_leases, Parameters().add(owner).add(duration_ms));
    connection_.queue(sql::own_leases, Parameters().add(owner));
    return leases_from(last_answer());
  }
  void release(std::string_view partition, std::string_view owner, std::int64_t epoch) {
    connection_.queue(sql::release_lease, Parameters().add(partition).add(owner).add(epoch));
    last_answer();
  }
  std::vector<NodeRow> nodes() {
    connection_.queue(sql::get_nodes);
    auto found = last_answer();
    std::vector<NodeRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1)});
    return rows;
  }
  void forget(std::string_view name) {
    connection_.queue(sql::forget_node, Parameters().add(name));
    last_answer();
  }

 private:
  Rows last_answer() { return std::move(connection_.exchange(patience_ms).back()); }
  static std::vector<LeaseRow> leases_from(const Rows& found) {
    std::vector<LeaseRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.text(row, 1), found.number(row, 2), found.number(row, 3)});
    return rows;
  }

  Connection& connection_;
};

}  // namespace kinhub::postgres
