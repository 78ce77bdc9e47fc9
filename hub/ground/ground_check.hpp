#pragma once
// Preflight checks of the infrastructure that the configuration names: the cluster, its topics,
// the database, the key file.

#include "hub/config/config.hpp"
#include "hub/ground/states.hpp"

namespace kinhub {

/// Runs the preflight checks: all that is wrong. Waits a few seconds for broker and database at most, and
/// changes nothing but a database that has no schema of Kinhub's yet.
std::vector<Error> check_ground(const Config& config);

/// Describes Kinhub's own topics as they are. REQUIRES: config.kafka. Throws Unavailable and ErrorThrown.
std::vector<TopicState> look_at_topics(const Config& config);
/// Reconciles the topics: creates what is missing, alters what can be; as they are afterwards, with what was
/// done. REQUIRES: the same.
std::vector<TopicState> apply_topics(const Config& config);

}  // namespace kinhub
