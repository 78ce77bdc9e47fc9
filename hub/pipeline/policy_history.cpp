#include "hub/pipeline/policy_history.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr char dated_name[] = "policies";

std::string name_in_store(const std::string& digest) {
  return "policies " + digest;
}

std::string to_bytes(const std::vector<PolicyText>& texts) {
  Packer out;
  out.number(texts.size());
  for (const auto& one : texts)
    out.text(one.file), out.text(one.text);
  return out.take();
}
std::vector<PolicyText> texts_from(std::string_view bytes) {
  Unpacker in(bytes);
  std::vector<PolicyText> texts(in.count());
  for (auto& one : texts)
    one.file = in.text(), one.text = in.text();
  return texts;
}

}  // namespace

void keep_policies(const Rules& rules, const Keyring& keys, ValueShelf& values, std::int64_t at_us) {
  const auto noted = values.dated(dated_name);
  if (!noted.empty() && noted.back().value == rules.policies_digest) return;
  const auto name = name_in_store(rules.policies_digest);
  if (values.get(name).empty()) values.put(name, keys.seal(to_bytes(rules.policy_texts), name));
  // In order of time, whatever the clocks of the nodes say: the latest noted is the one that counts.
  const auto since_us = noted.empty() ? at_us : std::max(at_us, noted.back().at_us + 1);
  values.put_dated({dated_name, since_us, rules.policies_digest});
}

std::string policies_since(ValueShelf& values) {
  const auto noted = values.dated(dated_name);
  return noted.empty() ? "" : noted.back().value + " since " + std::to_string(noted.back().at_us);
}

std::string policies_at(ValueShelf& values, std::int64_t at_us) {
  std::string digest;
  for (const auto& noted : values.dated(dated_name))
    if (noted.at_us <= at_us) digest = noted.value;
  return digest;
}

Result<std::shared_ptr<const PolicySet>> PolicyBook::as_known(ValueShelf& values, std::int64_t known_at_us) {
  const auto noted = values.dated(dated_name);
  if (noted.empty()) return std::shared_ptr<const PolicySet>();
  auto later =
      std::find_if(noted.begin(), noted.end(), [&](const DatedRow& row) { return row.at_us > known_at_us; });
  if (later != noted.begin()) --later;
  return of_digest(values, later->value);
}

Result<std::shared_ptr<const PolicySet>> PolicyBook::of_digest(ValueShelf& values,
                                                               const std::string& digest) {
  auto& kept = read_[digest];
  if (kept) return kept;
  const auto name = name_in_store(digest);
  const auto sealed = values.get(name);
  if (sealed.empty()) return std::shared_ptr<const PolicySet>();
  auto read = PolicySet::read(texts_from(keys_.unseal(sealed, name)));
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    return Error{
        "POLICIES_OF_THEN",
        "the policies that counted then are not read by this version of the program: " + errors->front().text,
        errors->front().place};
  return kept = std::make_shared<PolicySet>(std::move(std::get<PolicySet>(read)));
}

}  // namespace kinhub
