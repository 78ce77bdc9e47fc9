#include "hub/account/account.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::uint64_t version = 2;  // 2: hands, and what it had
constexpr std::size_t name_bytes_max = 60, digits_max = 8;

void put(Packer& out, const std::vector<std::string>& texts) {
  out.number(texts.size());
  for (const auto& text : texts)
    out.text(text);
}
std::vector<std::string> texts_from(Unpacker& in) {
  std::vector<std::string> texts(in.count());
  for (auto& text : texts)
    text = in.text();
  return texts;
}

}  // namespace

std::string_view name_of(AccountState state) {
  switch (state) {
    case AccountState::invited:
      return "invited";
    case AccountState::active:
      return "active";
    case AccountState::locked:
      return "locked";
  }
  return "";
}

bool UserAccount::in_hand_of(std::int64_t who, std::int64_t now_us) const {
  return std::any_of(hands.begin(), hands.end(), [&](const Hand& hand) {
    return hand.account == who && now_us - hand.at_us < hand_life_us;
  });
}

std::string to_bytes(const UserAccount& account) {
  Packer out;
  out.number(version);
  out.text(account.name);
  out.number(static_cast<std::uint64_t>(account.state));
  out.number(account.door_closed ? 1 : 0);
  put(out, account.grants.roles), put(out, account.grants.rights), put(out, account.grants.areas);
  out.text(account.password);
  out.signed_number(account.created_at_us), out.signed_number(account.signed_in_at_us);
  out.number(account.hands.size());
  for (const auto& hand : account.hands)
    out.signed_number(hand.account), out.signed_number(hand.at_us);
  out.number(account.had.size());
  for (const auto& grants : account.had)
    put(out, grants.roles), put(out, grants.rights), put(out, grants.areas);
  return out.take();
}

UserAccount account_from(std::string_view bytes) {
  Unpacker in(bytes);
  const auto written = in.number();
  if (written == 0 || written > version)
    throw std::runtime_error("an account was written by a newer Kinhub: run that one");
  UserAccount account;
  account.name = in.text();
  account.state = static_cast<AccountState>(in.number());
  account.door_closed = in.number() != 0;
  account.grants.roles = texts_from(in), account.grants.rights = texts_from(in);
  account.grants.areas = texts_from(in);
  account.password = in.text();
  account.created_at_us = in.signed_number(), account.signed_in_at_us = in.signed_number();
  if (written == 1) return account;
  account.hands.resize(in.count());
  for (auto& hand : account.hands)
    hand.account = in.signed_number(), hand.at_us = in.signed_number();
  account.had.resize(in.count());
  for (auto& grants : account.had)
    grants.roles = texts_from(in), grants.rights = texts_from(in), grants.areas = texts_from(in);
  return account;
}

std::string folded_name(std::string_view name) {
  while (!name.empty() && name.front() == ' ')
    name.remove_prefix(1);
  while (!name.empty() && name.back() == ' ')
    name.remove_suffix(1);
  std::string folded(name);
  std::transform(folded.begin(), folded.end(), folded.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return folded;
}

Result<std::string> account_name(std::string_view name) {
  auto folded = folded_name(name);
  const bool plain = std::all_of(folded.begin(), folded.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte > 0x7F || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
  const auto digits =
      std::count_if(folded.begin(), folded.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (folded.size() < 2 || folded.size() > name_bytes_max || !plain || digits > static_cast<long>(digits_max))
    return Error{"ACCOUNT_NAME",
                 "an account is named by 2 to 20 letters, digits, . - and _, with 8 digits at most: "
                 "it is seen by others",
                 "/name"};
  return Result<std::string>(boost::system::in_place_value, std::move(folded));
}

}  // namespace kinhub
