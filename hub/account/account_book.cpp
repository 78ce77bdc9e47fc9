#include "hub/account/account_book.hpp"

#include <algorithm>
#include <utility>

#include "hub/account/random_text.hpp"
#include "hub/base/bytes.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t minute_us = 60LL * 1'000'000, first_life_us = 15 * minute_us,
                       activation_life_us = 24 * 60 * minute_us;
constexpr const char* first_name = "first";
constexpr std::size_t accounts_per_page = 500;

Error wrong() {
  return {
      "SIGN_IN",
      "name or password is wrong, or it was tried too often: wait a while, or ask whoever keeps the accounts",
      ""};
}
Error void_link() {
  return {"NO_SUCH_PAGE", "this link is void: it was used, or its time is over", ""};
}
/// Makes the links of an account void that nobody has used yet.
void erase_links(AccountShelf& shelf, std::int64_t account) {
  for (const auto& slip : shelf.slips_of(SlipKind::link, account))
    shelf.erase_slip(SlipKind::link, slip.name);
}
/// Notes a hand on an account; 0: the command line's, which is nobody's.
void touch(UserAccount& account, std::int64_t by, std::int64_t now_us) {
  std::erase_if(account.hands, [&](const Hand& hand) { return now_us - hand.at_us >= hand_life_us; });
  if (account.hands.empty()) account.had.clear();
  std::erase_if(account.hands, [&](const Hand& hand) { return hand.account == by; });
  if (by != 0) account.hands.push_back({by, now_us});
}
Error no_such_account(const std::string& name) {
  return {"NO_SUCH_ACCOUNT", "there is no account of this name: kinhub account list", name};
}

}  // namespace

AccountBook::AccountBook(Store& store, const Keyring& keys, const Clock& clock, AccountRules rules,
                         PasswordCost cost)
    : store_(store), keys_(keys), clock_(clock), rules_(rules), hasher_(keys, cost) {}

std::string AccountBook::reference(std::int64_t id) const {
  return reference_of(keys_, 'A', id);
}

UserAccount AccountBook::from_row(const AccountRow& row) const {
  auto account = account_from(keys_.unseal(row.content, account_context(row.id)));
  account.id = row.id, account.revision = row.revision;
  return account;
}

std::optional<UserAccount> AccountBook::named_in(StoreTransaction& reading, const std::string& folded) const {
  const auto row = reading.accounts().find_named(keys_.token("account name", folded));
  return row ? std::optional(from_row(*row)) : std::nullopt;
}

/// Also raises the revision.
void AccountBook::save(StoreTransaction& writing, UserAccount& account) const {
  ++account.revision;
  writing.accounts().put({account.id, keys_.token("account name", account.name), account.revision,
                          keys_.seal(to_bytes(account), account_context(account.id))});
}

bool AccountBook::empty() {
  return store_.begin(Store::For::reading)->accounts().last_account() == 0;
}

std::vector<UserAccount> AccountBook::all() {
  std::vector<UserAccount> accounts;
  auto reading = store_.begin(Store::For::reading);
  for (;;) {
    const auto rows = reading->accounts().page(accounts.empty() ? 0 : accounts.back().id, accounts_per_page);
    for (const auto& row : rows)
      accounts.push_back(from_row(row));
    if (rows.size() < accounts_per_page) return accounts;
  }
}

std::optional<UserAccount> AccountBook::find(std::int64_t id) {
  const auto row = store_.begin(Store::For::reading)->accounts().find(id);
  return row ? std::optional(from_row(*row)) : std::nullopt;
}

std::optional<UserAccount> AccountBook::named(const std::string& name) {
  return named_in(*store_.begin(Store::For::reading), folded_name(name));
}

Result<UserAccount> AccountBook::add(const std::string& name, Grants grants, std::int64_t by) {
  const auto folded = account_name(name);
  if (!folded) return folded.error();
  auto writing = store_.begin(Store::For::writing);
  if (named_in(*writing, *folded))
    return Error{"ACCOUNT_EXISTS", "there is an account of this name already", "/name"};
  UserAccount account;
  account.id = writing->accounts().last_account() + 1, account.name = *folded;
  account.grants = std::move(grants), account.created_at_us = clock_.now_us();
  touch(account, by, account.created_at_us);
  save(*writing, account);
  writing->commit();
  return account;
}

Result<UserAccount> AccountBook::change(const std::string& name,
                                        const std::function<void(UserAccount&)>& work) {
  auto writing = store_.begin(Store::For::writing);
  auto account = named_in(*writing, folded_name(name));
  if (!account) return no_such_account(name);
  work(*account);
  save(*writing, *account);
  // A link in somebody's hands would open again what was locked.
  if (account->state == AccountState::locked) erase_links(writing->accounts(), account->id);
  for (const auto& session : writing->accounts().sessions_of(account->id))
    writing->accounts().end_session(session.digest);
  writing->commit();
  return std::move(*account);
}

Result<UserAccount> AccountBook::grant(const std::string& name, Grants grants, std::int64_t by) {
  return change(name, [&](UserAccount& account) {
    touch(account, by, clock_.now_us());
    account.had.push_back(std::exchange(account.grants, std::move(grants)));
  });
}

Result<UserAccount> AccountBook::lock(const std::string& name, std::int64_t by) {
  return change(name, [&](UserAccount& account) {
    touch(account, by, clock_.now_us());
    account.state = AccountState::locked;
  });
}

Result<Link> AccountBook::activate(const std::string& name, std::int64_t by) {
  const auto now_us = clock_.now_us();
  auto writing = store_.begin(Store::For::writing);
  auto account = named_in(*writing, folded_name(name));
  if (!account) return no_such_account(name);
  erase_links(writing->accounts(), account->id);
  touch(*account, by, now_us);
  save(*writing, *account);
  // A locked one stays locked until the link is used: until then nobody can sign in with the old password.
  const Link link{random_secret(), now_us + activation_life_us};
  const auto digest = hex(secret_digest(link.secret));
  writing->accounts().put_slip({SlipKind::link, digest, account->id, link.until_us,
                                keys_.seal("activation", slip_context(SlipKind::link, digest))});
  writing->commit();
  return link;
}

std::optional<Link> AccountBook::first_link() {
  const auto now_us = clock_.now_us();
  auto writing = store_.begin(Store::For::writing);
  if (writing->accounts().last_account() != 0) return std::nullopt;
  const Link link{random_secret(), now_us + first_life_us};
  writing->accounts().put_slip(
      {SlipKind::link, first_name, 0, link.until_us,
       keys_.seal(secret_digest(link.secret), slip_context(SlipKind::link, first_name))});
  writing->commit();
  return link;
}

bool AccountBook::is_first_link(StoreTransaction& reading, const std::string& secret) const {
  if (!is_secret(secret) || reading.accounts().last_account() != 0) return false;
  const auto slip = reading.accounts().find_slip(SlipKind::link, first_name);
  return slip && clock_.now_us() < slip->until_us &&
         same_secret(keys_.unseal(slip->content, slip_context(SlipKind::link, first_name)),
                     secret_digest(secret));
}

Result<UserAccount> AccountBook::make_first(const std::string& secret, const std::string& name,
                                            const std::string& password, Grants grants) {
  if (!is_first_link(*store_.begin(Store::For::reading), secret)) return void_link();
  const auto folded = account_name(name);
  if (!folded) return folded.error();
  if (auto fault = password_fault(password, *folded)) return *fault;
  UserAccount account;
  account.id = 1, account.name = *folded, account.state = AccountState::active;
  account.grants = std::move(grants), account.created_at_us = clock_.now_us();
  account.password = hasher_.hash(password);
  auto writing = store_.begin(Store::For::writing);
  if (!is_first_link(*writing, secret)) return void_link();  // used meanwhile
  save(*writing, account);
  writing->accounts().erase_slip(SlipKind::link, first_name);
  writing->commit();
  return account;
}

std::optional<std::int64_t> AccountBook::account_of_link(StoreTransaction& reading,
                                                         const std::string& secret) const {
  if (!is_secret(secret)) return std::nullopt;
  const auto slip = reading.accounts().find_slip(SlipKind::link, hex(secret_digest(secret)));
  if (!slip || clock_.now_us() >= slip->until_us) return std::nullopt;
  return slip->account;
}

Result<UserAccount> AccountBook::set_password(const std::string& secret, const std::string& password) {
  std::optional<UserAccount> account;
  {
    auto reading = store_.begin(Store::For::reading);
    if (const auto id = account_of_link(*reading, secret))
      if (const auto row = reading->accounts().find(*id)) account = from_row(*row);
  }
  if (!account) return void_link();
  if (auto fault = password_fault(password, account->name)) return *fault;
  const auto encoded = hasher_.hash(password);
  auto writing = store_.begin(Store::For::writing);
  if (account_of_link(*writing, secret) != account->id) return void_link();  // used meanwhile
  account = from_row(*writing->accounts().find(account->id));
  account->password = encoded, account->state = AccountState::active, account->door_closed = false;
  for (auto& hand : account->hands)  // whoever had the link may have chosen the password
    hand.at_us = clock_.now_us();
  save(*writing, *account);
  writing->accounts().erase_slip(SlipKind::link, hex(secret_digest(secret)));
  for (const auto& session : writing->accounts().sessions_of(account->id))
    writing->accounts().end_session(session.digest);
  writing->commit();
  return std::move(*account);
}

/// One try to sign in: what is known of the name, and of the name from this address. Whether there is such an
/// account shows neither in what is read nor in what is written.
struct AccountBook::Tried {
  std::string of_name, of_pair;
  Failures name, pair;

  Tried(const Keyring& keys, const std::string& folded, const std::string& from)
      : of_name(hex(keys.token("sign-in name", folded).view())),
        of_pair(hex(keys.token("sign-in pair", folded + "\n" + from).view())) {}
  void read(StoreTransaction& reading, const Keyring& keys, std::int64_t now_us) {
    const auto one = [&](const std::string& name) {
      const auto slip = reading.accounts().find_slip(SlipKind::failures, name);
      auto failures = slip && now_us < slip->until_us
                          ? Failures::read(keys.unseal(slip->content, slip_context(SlipKind::failures, name)))
                          : Failures();
      for (auto& at : failures.at_us)  // a clock that was set back closes for no longer than the rule
        at = std::min(at, now_us);
      return failures;
    };
    name = one(of_name), pair = one(of_pair);
  }
  void write(StoreTransaction& writing, const Keyring& keys, std::int64_t now_us) const {
    for (const auto& [key, failures] : {std::pair(of_name, name), std::pair(of_pair, pair)})
      writing.accounts().put_slip({SlipKind::failures, key, 0, now_us + failures_life_us,
                                   keys.seal(failures.bytes(), slip_context(SlipKind::failures, key))});
  }
};

Result<UserAccount> AccountBook::check(const std::string& name, const std::string& password,
                                       const std::string& from) {
  const auto folded = folded_name(name);
  Tried tried(keys_, folded, from);
  const auto known = named_in(*store_.begin(Store::For::reading), folded);
  const bool fits = hasher_.verify(password, known ? known->password : std::string());
  const auto now_us = clock_.now_us();
  auto writing = store_.begin(Store::For::writing);
  tried.read(*writing, keys_, now_us);
  auto account = named_in(*writing, folded);  // as it is now
  const bool open = now_us >= closed_until_us(tried.pair);
  const bool may = account && account->state == AccountState::active && !account->door_closed;
  if (fits && open && may && account->password == known->password) {
    tried.name = tried.pair = {};
    tried.write(*writing, keys_, now_us);
    account->signed_in_at_us = now_us;
    save(*writing, *account);
    writing->commit();
    return std::move(*account);
  }
  if (open) tried.name = with_failure(tried.name, now_us), tried.pair = with_failure(tried.pair, now_us);
  tried.write(*writing, keys_, now_us);
  if (account && closes_door(tried.name, now_us) && !account->door_closed) {
    account->door_closed = true;
    save(*writing, *account);
  }
  writing->accounts().forget_ended(now_us);
  writing->commit();
  return wrong();
}

AccountBook::SignedIn AccountBook::begin_session(StoreTransaction& writing, const UserAccount& account,
                                                 const std::string& from, const std::string& before,
                                                 std::optional<SessionRow> goes_on) const {
  const auto now_us = clock_.now_us();
  auto& shelf = writing.accounts();
  if (!before.empty()) shelf.end_session(secret_digest(before));
  for (const auto& digest : surplus(shelf.sessions_of(account.id), rules_.sessions))
    shelf.end_session(digest);
  SignedIn signed_in{account, {}, random_secret()};
  auto& session = signed_in.session;
  session.digest = secret_digest(signed_in.secret), session.account = account.id;
  session.since_us = goes_on ? goes_on->since_us : now_us;
  session.seen_us = session.fresh_us = now_us;
  session.ends_us = goes_on ? goes_on->ends_us : now_us + rules_.sessions.life_us;
  session.from = from;
  shelf.put_session(session);
  return signed_in;
}

AccountBook::SignedIn AccountBook::begin_session(const UserAccount& account, const std::string& from,
                                                 const std::string& before) {
  auto writing = store_.begin(Store::For::writing);
  auto signed_in = begin_session(*writing, account, from, before, std::nullopt);
  writing->commit();
  return signed_in;
}

Result<AccountBook::SignedIn> AccountBook::sign_in(const std::string& name, const std::string& password,
                                                   const std::string& from, const std::string& before) {
  const auto account = check(name, password, from);
  if (!account) return account.error();
  return begin_session(*account, from, before);
}

Result<AccountBook::SignedIn> AccountBook::renew(const std::string& secret, const std::string& password) {
  const auto living = session(secret);
  if (!living) return living.error();
  const auto account = check(living->account.name, password, living->session.from);
  if (!account) return account.error();
  auto writing = store_.begin(Store::For::writing);
  auto signed_in = begin_session(*writing, *account, living->session.from, secret, living->session);
  writing->commit();
  return signed_in;
}

Result<AccountBook::SignedIn> AccountBook::change_password(const std::string& secret,
                                                           const std::string& old_one,
                                                           const std::string& new_one) {
  const auto living = session(secret);
  if (!living) return living.error();
  if (auto fault = password_fault(new_one, living->account.name)) return *fault;
  const auto checked = check(living->account.name, old_one, living->session.from);
  if (!checked) return checked.error();
  const auto encoded = hasher_.hash(new_one);
  auto writing = store_.begin(Store::For::writing);
  auto account = named_in(*writing, living->account.name);
  if (!account || account->password != checked->password || account->state != AccountState::active)
    return wrong();  // changed meanwhile
  account->password = encoded;
  save(*writing, *account);
  erase_links(writing->accounts(), account->id);  // it would set another one
  for (const auto& session : writing->accounts().sessions_of(account->id))
    writing->accounts().end_session(session.digest);
  auto signed_in = begin_session(*writing, *account, living->session.from, secret, living->session);
  writing->commit();
  return signed_in;
}

Result<AccountBook::SignedIn> AccountBook::session(const std::string& secret) {
  const Error ended{"SESSION_ENDED", "sign in again: the session has ended", ""};
  if (!is_secret(secret)) return ended;
  const auto digest = secret_digest(secret);
  const auto now_us = clock_.now_us();
  const auto lives = [&](StoreTransaction& reading) -> std::optional<SignedIn> {
    auto row = reading.accounts().find_session(digest);
    if (!row || has_ended(*row, now_us, rules_.sessions)) return std::nullopt;
    const auto account = reading.accounts().find(row->account);
    if (!account) return std::nullopt;
    SignedIn signed_in{from_row(*account), std::move(*row), secret};
    if (signed_in.account.state != AccountState::active) return std::nullopt;
    return signed_in;
  };
  auto found = lives(*store_.begin(Store::For::reading));
  if (!found) return ended;
  if (should_note_use(found->session, now_us)) {
    auto writing = store_.begin(Store::For::writing);
    found = lives(*writing);  // not one that has ended meanwhile
    if (!found) return ended;
    found->session.seen_us = now_us;
    writing->accounts().put_session(found->session);
    writing->commit();
  }
  return std::move(*found);
}

void AccountBook::sign_out(const std::string& secret) {
  auto writing = store_.begin(Store::For::writing);
  writing->accounts().end_session(secret_digest(secret));
  writing->accounts().forget_ended(clock_.now_us());
  writing->commit();
}

std::string AccountBook::csrf_of(const std::string& secret) const {
  return hex(keys_.token("csrf", secret).view());
}

void AccountBook::open(const OpeningSlip& opening, const std::string& caller, const std::string& key,
                       std::optional<AnswerSlip> answer) {
  auto writing = store_.begin(Store::For::writing);
  writing->accounts().forget_ended(clock_.now_us());
  put(writing->accounts(), keys_, opening);
  if (answer) {
    answer->name = answer_name(keys_, caller, key);
    put(writing->accounts(), keys_, *answer);
  }
  writing->commit();
}

std::optional<OpeningSlip> AccountBook::opening(const std::string& id) {
  return find_opening(store_.begin(Store::For::reading)->accounts(), keys_, id);
}

std::vector<OpeningSlip> AccountBook::openings(std::int64_t account) {
  return openings_of(store_.begin(Store::For::reading)->accounts(), keys_, account);
}

void AccountBook::close(const std::string& opening) {
  auto writing = store_.begin(Store::For::writing);
  writing->accounts().erase_slip(SlipKind::opening, opening);
  writing->commit();
}

std::optional<AnswerSlip> AccountBook::answer(const std::string& caller, const std::string& key) {
  return find_answer(store_.begin(Store::For::reading)->accounts(), keys_, answer_name(keys_, caller, key));
}

void AccountBook::keep(const std::string& caller, const std::string& key, AnswerSlip answer) {
  auto writing = store_.begin(Store::For::writing);
  answer.name = answer_name(keys_, caller, key);
  put(writing->accounts(), keys_, answer);
  writing->commit();
}

std::int64_t AccountBook::sessions_of(std::int64_t account) {
  const auto now_us = clock_.now_us();
  const auto all = store_.begin(Store::For::reading)->accounts().sessions_of(account);
  return std::count_if(all.begin(), all.end(),
                       [&](const SessionRow& one) { return !has_ended(one, now_us, rules_.sessions); });
}

}  // namespace kinhub
