#include "hub/account/slips.hpp"

#include <limits>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr auto for_ever_us = std::numeric_limits<std::int64_t>::max();

void put_sealed(AccountShelf& shelf, const Keyring& keys, SlipRow row, const Packer& content) {
  row.content = keys.seal(content.bytes(), slip_context(row.kind, row.name));
  shelf.put_slip(row);
}
std::string plain_of(const Keyring& keys, const SlipRow& row) {
  return keys.unseal(row.content, slip_context(row.kind, row.name));
}

OpeningSlip opening_from(const Keyring& keys, const SlipRow& row) {
  OpeningSlip opening{row.name, row.account, row.until_us, "", {}, "", ""};
  const auto plain = plain_of(keys, row);
  Unpacker in(plain);
  opening.session = in.text();
  opening.covers.resize(in.count());
  for (auto& one : opening.covers)
    one = in.text();
  opening.purpose = in.text(), opening.reason = in.text();
  return opening;
}

}  // namespace

void put(AccountShelf& shelf, const Keyring& keys, const OpeningSlip& opening) {
  Packer out;
  out.text(opening.session);
  out.number(opening.covers.size());
  for (const auto& one : opening.covers)
    out.text(one);
  out.text(opening.purpose), out.text(opening.reason);
  put_sealed(shelf, keys, {SlipKind::opening, opening.id, opening.account, opening.until_us, ""}, out);
}

std::optional<OpeningSlip> find_opening(AccountShelf& shelf, const Keyring& keys, const std::string& id) {
  const auto row = shelf.find_slip(SlipKind::opening, id);
  return row ? std::optional(opening_from(keys, *row)) : std::nullopt;
}

std::vector<OpeningSlip> openings_of(AccountShelf& shelf, const Keyring& keys, std::int64_t account) {
  std::vector<OpeningSlip> openings;
  for (const auto& row : shelf.slips_of(SlipKind::opening, account))
    openings.push_back(opening_from(keys, row));
  return openings;
}

Date proposal_lapses(Date made) {
  constexpr int working_days = 10, week = 7, thursday_1970 = 4;
  int left = working_days;
  auto day = made;
  while (left > 0) {
    day = day.plus_days(1);
    const int weekday = ((day.days() + thursday_1970) % week + week) % week;  // 0: Sunday
    if (weekday != 0 && weekday != week - 1) --left;
  }
  return day.plus_days(1);
}

void put(AccountShelf& shelf, const Keyring& keys, const ProposalSlip& proposal) {
  Packer out;
  out.signed_number(proposal.at_us), out.signed_number(proposal.revision);
  out.number(proposal.confirms ? 1 : 0);
  out.text(proposal.by), out.text(proposal.reason_code), out.text(proposal.reason);
  put_sealed(shelf, keys, {SlipKind::proposal, proposal.lead, proposal.account, proposal.until_us, ""}, out);
}

std::vector<ProposalSlip> find_proposals(AccountShelf& shelf, const Keyring& keys,
                                         std::span<const std::string> leads) {
  std::vector<ProposalSlip> proposals;
  for (const auto& row : shelf.find_slips(SlipKind::proposal, leads)) {
    ProposalSlip proposal;
    proposal.lead = row.name, proposal.account = row.account, proposal.until_us = row.until_us;
    const auto plain = plain_of(keys, row);
    Unpacker in(plain);
    proposal.at_us = in.signed_number(), proposal.revision = in.signed_number();
    proposal.confirms = in.number() != 0;
    proposal.by = in.text(), proposal.reason_code = in.text(), proposal.reason = in.text();
    constexpr std::size_t id_digits = 20;
    const auto account = std::to_string(row.account);
    proposal.id =
        "V" +
        hex(keys.token("proposal", row.name + "\n" + account + "\n" + plain).view()).substr(0, id_digits);
    proposals.push_back(std::move(proposal));
  }
  return proposals;
}

void put(AccountShelf& shelf, const Keyring& keys, const AssigneeSlip& assignee) {
  Packer out;
  out.text(assignee.name);
  out.signed_number(assignee.at_us);
  put_sealed(shelf, keys, {SlipKind::assignee, assignee.lead, assignee.account, for_ever_us, ""}, out);
}

std::vector<AssigneeSlip> find_assignees(AccountShelf& shelf, const Keyring& keys,
                                         std::span<const std::string> leads) {
  std::vector<AssigneeSlip> assignees;
  for (const auto& row : shelf.find_slips(SlipKind::assignee, leads)) {
    const auto plain = plain_of(keys, row);
    Unpacker in(plain);
    AssigneeSlip assignee{row.name, std::string(in.text()), row.account, 0};
    assignee.at_us = in.signed_number();
    assignees.push_back(std::move(assignee));
  }
  return assignees;
}

std::string answer_name(const Keyring& keys, const std::string& account, const std::string& key) {
  return hex(keys.token("idempotency key", account + "\n" + key).view());
}

void put(AccountShelf& shelf, const Keyring& keys, const AnswerSlip& answer) {
  Packer out;
  out.text(answer.digest);
  out.signed_number(answer.status);
  out.text(answer.body), out.text(answer.etag);
  put_sealed(shelf, keys, {SlipKind::answer, answer.name, answer.account, answer.until_us, ""}, out);
}

std::optional<AnswerSlip> find_answer(AccountShelf& shelf, const Keyring& keys, const std::string& name) {
  const auto row = shelf.find_slip(SlipKind::answer, name);
  if (!row) return std::nullopt;
  AnswerSlip answer{row->name, "", row->account, row->until_us, 0, "", ""};
  const auto plain = plain_of(keys, *row);
  Unpacker in(plain);
  answer.digest = in.text(), answer.status = in.signed_number();
  answer.body = in.text(), answer.etag = in.text();
  return answer;
}

}  // namespace kinhub
