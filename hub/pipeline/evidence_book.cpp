#include "hub/pipeline/evidence_book.hpp"

#include <algorithm>
#include <filesystem>

#include "hub/base/bytes.hpp"
#include "hub/store/people.hpp"

namespace kinhub {
namespace {

constexpr const char *current_name = "evidence rules", *adoptions_name = "evidence adoptions",
                     *reviewed_name = "evidence reviewed";

std::string text_name(const std::string& digest) {
  return "evidence " + digest;
}

}  // namespace

std::string evidence_digest(ValueShelf& values) {
  return values.get(current_name);
}

std::string evidence_in_force(ValueShelf& values, const Keyring& keys) {
  return evidence_digest(values) + " of adoption " + std::to_string(evidence_adoptions(values, keys).size());
}

std::vector<EvidenceAdoption> evidence_adoptions(ValueShelf& values, const Keyring& keys) {
  std::vector<EvidenceAdoption> all;
  const auto sealed = values.get(adoptions_name);
  if (sealed.empty()) return all;
  const auto bytes = keys.unseal(sealed, adoptions_name);
  Unpacker in(bytes);
  for (auto left = in.number(); left > 0; --left) {
    auto& one = all.emplace_back();
    one.digest = in.text(), one.name = in.text();
    one.since_us = static_cast<std::int64_t>(in.number());
    one.by = in.text(), one.reason = in.text();
  }
  return all;
}

std::optional<std::string> evidence_text(ValueShelf& values, const Keyring& keys, const std::string& digest) {
  const auto name = text_name(digest);
  const auto sealed = values.get(name);
  if (sealed.empty()) return std::nullopt;
  return keys.unseal(sealed, name);
}

void adopt_evidence(ValueShelf& values, const Keyring& keys, const EvidenceFile& file,
                    const EvidenceAdoption& adoption) {
  auto all = evidence_adoptions(values, keys);
  all.push_back(adoption);
  Packer out;
  out.number(all.size());
  for (const auto& one : all) {
    out.text(one.digest), out.text(one.name);
    out.number(static_cast<std::uint64_t>(one.since_us));
    out.text(one.by), out.text(one.reason);
  }
  const auto name = text_name(file.digest);
  values.put(name, keys.seal(file.text, name));
  values.put(adoptions_name, keys.seal(out.bytes(), adoptions_name));
  values.put(current_name, file.digest);
}

void adopt_first_evidence(Store& store, const Keyring& keys, const EvidenceFile& file, std::int64_t now_us) {
  if (!evidence_digest(store.begin(Store::For::reading)->values()).empty()) return;
  auto writing = store.begin(Store::For::writing);
  if (!evidence_digest(writing->values()).empty()) return;  // another node's first start
  if (!same_rules(file.rules, *built_in_evidence()) && writing->people().size().people > 0) return;
  adopt_evidence(writing->values(), keys, file,
                 {file.digest, std::filesystem::path(file.name).filename().string(), now_us,
                  std::string(first_start), ""});
  note_evidence_reviewed(writing->values(), file.digest);
  writing->commit();
}

bool evidence_reviewed(ValueShelf& values) {
  return values.get(reviewed_name) == evidence_digest(values);
}

void note_evidence_reviewed(ValueShelf& values, const std::string& digest) {
  values.put(reviewed_name, digest);
}

SharedEvidenceRules EvidenceBook::read(ValueShelf& values, const EvidenceAdoption& adoption) {
  auto& kept = read_[{adoption.digest, adoption.name}];
  if (kept) return kept;
  const auto text = evidence_text(values, keys_, adoption.digest);
  if (!text)
    throw StoreDamaged("evidence rules that were adopted are not in the store: restore it from a backup");
  auto read = parse_adopted_evidence(adoption.name, *text);
  if (const auto* errors = std::get_if<std::vector<Error>>(&read))
    throw StoreDamaged("this program cannot read evidence rules that were adopted by a newer one: " +
                       describe(errors->front()));
  auto rules = std::make_shared<EvidenceRules>(std::get<EvidenceFile>(read).rules);
  rules->file = adoption.name;
  return kept = std::move(rules);
}

SharedEvidenceRules EvidenceBook::rules_in(ValueShelf& values) {
  auto digest = evidence_digest(values);
  if (digest == digest_) return rules_;
  const auto adoptions = evidence_adoptions(values, keys_);
  if (adoptions.empty())
    throw StoreDamaged("the evidence rules that count are not in the store: restore it from a backup");
  rules_ = read(values, adoptions.back()), digest_ = std::move(digest);
  return rules_;
}

SharedEvidenceRules EvidenceBook::rules_in(ValueShelf& values, std::optional<std::int64_t> known_at_us) {
  if (!known_at_us) return rules_in(values);
  const auto adoptions = evidence_adoptions(values, keys_);
  const auto counted = std::find_if(adoptions.rbegin(), adoptions.rend(), [&](const EvidenceAdoption& one) {
    return one.since_us <= *known_at_us;
  });
  return counted == adoptions.rend() ? built_in_evidence() : read(values, *counted);
}

}  // namespace kinhub
