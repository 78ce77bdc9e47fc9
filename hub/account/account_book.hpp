#pragma once
// The book of accounts: who there is, one-time links, signing in and sessions, on the store. Decides by
// rules.hpp; passwords are hashed outside of transactions.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/account/account.hpp"
#include "hub/account/password.hpp"
#include "hub/account/rules.hpp"
#include "hub/account/slips.hpp"
#include "hub/base/clock.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// A one-time link, which makes the first account or gives an account its password.
struct Link {
  std::string secret;
  std::int64_t until_us = 0;
};

/// Used by one thread at a time; several may work on one store.
class AccountBook {
 public:
  /// References outlive the book.
  AccountBook(Store& store, const Keyring& keys, const Clock& clock, AccountRules rules,
              PasswordCost cost = {});

  const AccountRules& rules() const { return rules_; }
  /// The public reference of an account: A...
  std::string reference(std::int64_t id) const;

  bool empty();
  std::vector<UserAccount> all();
  std::optional<UserAccount> find(std::int64_t id);
  std::optional<UserAccount> named(const std::string& name);
  /// Errors: ACCOUNT_NAME, ACCOUNT_EXISTS.
  Result<UserAccount> add(const std::string& name, Grants grants, std::int64_t by = 0);
  /// Changes what an account may; its sessions end. Errors: NO_SUCH_ACCOUNT.
  Result<UserAccount> grant(const std::string& name, Grants grants, std::int64_t by = 0);
  /// Its sessions end. Errors: NO_SUCH_ACCOUNT.
  Result<UserAccount> lock(const std::string& name, std::int64_t by = 0);
  /// Opens a locked or closed account; a new link gives it a password, the old one is void. Errors:
  /// NO_SUCH_ACCOUNT.
  Result<Link> activate(const std::string& name, std::int64_t by = 0);

  /// A link that makes the first account; the one before is void. Nothing: there is an account already.
  std::optional<Link> first_link();
  /// Errors: NO_SUCH_PAGE of a link that is void, and what `add` and password_fault refuse. Nothing but the
  /// link's success uses it up.
  Result<UserAccount> make_first(const std::string& secret, const std::string& name,
                                 const std::string& password, Grants grants);
  Result<UserAccount> set_password(const std::string& secret, const std::string& password);

  struct SignedIn {
    UserAccount account;
    SessionRow session;
    std::string secret;  ///< of the cookie
  };
  /// One answer for whatever is wrong: name, password, a closed door. `before`: the secret of a session that
  /// this one takes the place of. Errors: SIGN_IN.
  Result<SignedIn> sign_in(const std::string& name, const std::string& password, const std::string& from,
                           const std::string& before);
  /// The password again: the session goes on under another secret, and is fresh. Errors: SIGN_IN.
  Result<SignedIn> renew(const std::string& secret, const std::string& password);
  /// A new password for the old one; all sessions end but this one, which goes on under another secret.
  /// Errors: SIGN_IN, and those of password_fault.
  Result<SignedIn> change_password(const std::string& secret, const std::string& old_one,
                                   const std::string& new_one);
  /// Without a password: whoever has just set it.
  SignedIn begin_session(const UserAccount& account, const std::string& from, const std::string& before);
  /// Errors: SESSION_ENDED.
  Result<SignedIn> session(const std::string& secret);
  void sign_out(const std::string& secret);
  std::int64_t sessions_of(std::int64_t account);
  /// What a browser has to send beside its cookie with whatever acts: derived, so that nothing is kept.
  std::string csrf_of(const std::string& secret) const;

  /// Keeps an opening; with an answer also that, in one transaction.
  void open(const OpeningSlip& opening, const std::string& caller, const std::string& key,
            std::optional<AnswerSlip> answer);
  std::optional<OpeningSlip> opening(const std::string& id);
  std::vector<OpeningSlip> openings(std::int64_t account);
  void close(const std::string& opening);
  /// The answer that `caller` got under a key.
  std::optional<AnswerSlip> answer(const std::string& caller, const std::string& key);
  void keep(const std::string& caller, const std::string& key, AnswerSlip answer);

 private:
  struct Tried;
  Result<UserAccount> check(const std::string& name, const std::string& password, const std::string& from);
  Result<UserAccount> change(const std::string& name, const std::function<void(UserAccount&)>& work);
  void save(StoreTransaction& writing, UserAccount& account) const;
  UserAccount from_row(const AccountRow& row) const;
  std::optional<UserAccount> named_in(StoreTransaction& reading, const std::string& folded) const;
  std::optional<std::int64_t> account_of_link(StoreTransaction& reading, const std::string& secret) const;
  bool is_first_link(StoreTransaction& reading, const std::string& secret) const;
  SignedIn begin_session(StoreTransaction& writing, const UserAccount& account, const std::string& from,
                         const std::string& before, std::optional<SessionRow> goes_on) const;

  Store& store_;
  const Keyring& keys_;
  const Clock& clock_;
  const AccountRules rules_;
  const PasswordHasher hasher_;
};

}  // namespace kinhub
