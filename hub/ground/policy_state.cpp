#include "hub/ground/policy_state.hpp"

#include "hub/store/values.hpp"

namespace kinhub {
namespace {

std::string value_name(const std::string& node) {
  return "policies of node " + node;
}

}  // namespace

void note_policies_of(Store& store, const std::string& node, const std::string& digest) {
  if (store.begin(Store::For::reading)->values().get(value_name(node)) == digest) return;
  auto writing = store.begin(Store::For::writing);
  writing->values().put(value_name(node), digest);
  writing->commit();
}

std::vector<NodePolicies> policies_at_work(Store& store, std::int64_t gone_ms) {
  const auto nodes = store.nodes();
  auto reading = store.begin(Store::For::reading);
  std::vector<NodePolicies> at_work;
  for (const auto& node : nodes)
    if (node.seen_ms_ago < gone_ms)
      if (auto digest = reading->values().get(value_name(node.name)); !digest.empty())
        at_work.push_back({node.name, std::move(digest)});
  return at_work;
}

std::string policies_differ(const std::vector<NodePolicies>& at_work, const std::string& digest) {
  std::string others;
  for (const auto& one : at_work)
    if (one.digest != digest)
      others += (others.empty() ? "" : ", ") + one.node + " (" + one.digest.substr(0, 12) + ")";
  if (others.empty()) return "";
  return "the policies here (" + digest.substr(0, 12) +
         ") are not those by which nodes are at work: " + others +
         ". Nobody's rights are scanned until they are the same: give all nodes the same policy files and "
         "start "
         "them anew";
}

}  // namespace kinhub
