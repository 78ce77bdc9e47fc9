#pragma once
// Command handlers: one function each, its request as a value. app.cpp makes the
// request out of the arguments.

#include "hub/cli/context.hpp"
#include "hub/desk/rule_check.hpp"

namespace kinhub::cli {

Exit run(const Context& context);
/// Request of `kinhub demo`; tests/agencies/demo does it.
struct DemoRequest {
  int families = 200;
  std::uint64_t seed = 1;
  bool keep = false;                 ///< its data directory stays
  std::optional<std::string> kafka;  ///< everything through Kafka, on these brokers; empty: one of its own
  /// The store in PostgreSQL, with this connection; empty: one of its own.
  std::optional<std::string> postgres;
};
Exit check(const Context& context);
/// Makes a hub in `folder`; nothing: where --config says, else in the working directory.
Exit init(const Context& context, const std::optional<std::filesystem::path>& folder);

struct IngestRequest {
  std::string source;
  std::vector<std::filesystem::path> paths;
};
Exit ingest(const Context& context, const IngestRequest& request);
Exit night(const Context& context, NightRound round);

Exit leads(const Context& context, const LeadFilter& filter);
struct LeadRequest {
  std::string id;
  std::string by;                           ///< who decides
  std::optional<std::int64_t> revision;     ///< that was seen, of a decision
  std::optional<std::int64_t> known_at_us;  ///< of show
};
Exit lead_show(const Context& context, const LeadRequest& request);
Exit lead_confirm(const Context& context, const LeadRequest& request);
Exit lead_dismiss(const Context& context, const LeadRequest& request);

struct FamilyRequest {
  std::string of;
  std::optional<Date> valid_at;
  std::optional<std::int64_t> known_at_us;
};
Exit family(const Context& context, const FamilyRequest& request);

struct FamilyChangesRequest {
  std::string of;
  std::int64_t from_us = 0, until_us = 0;
};
Exit family_changes(const Context& context, const FamilyChangesRequest& request);

struct EntitlementsRequest {
  std::string of;
  Interval when;
  std::optional<std::int64_t> known_at_us;
};
Exit entitlements(const Context& context, const EntitlementsRequest& request);

/// Either why a benefit is due, or where a field of the person comes from.
struct ExplainRequest {
  std::string of, benefit, field;
  std::optional<Date> on;
  std::optional<std::int64_t> known_at_us;
};
Exit explain(const Context& context, const ExplainRequest& request);

Exit quarantine_list(const Context& context, const QuarantineFilter& filter);
Exit quarantine_show(const Context& context, const std::string& id);
Exit quarantine_replay(const Context& context, const QuarantineFilter& filter);
Exit quarantine_discard(const Context& context, const std::vector<std::string>& ids);

Exit source_list(const Context& context);
Exit source_positions(const Context& context);
struct RewindRequest {
  std::string source;
  std::optional<std::int64_t> to;
  bool checkpoint = false;  ///< forget where the connector is, rather than where the processing is
  std::optional<std::int64_t> complete_until_us;  ///< take back what was claimed beyond
  Apply apply = Apply::no;
};
Exit source_rewind(const Context& context, const RewindRequest& request);

Exit topics_plan(const Context& context);
Exit topics_apply(const Context& context);

struct KeyCommand {
  std::string id;  ///< of use and remove
  Suite suite = Suite::aes_256_gcm;
  bool standby = false;  ///< of add: does not seal yet
};
Exit key_list(const Context& context, const KeyCommand& command);
Exit key_add(const Context& context, const KeyCommand& command);
Exit key_use(const Context& context, const KeyCommand& command);
Exit key_remove(const Context& context, const KeyCommand& command);
Exit key_rotate(const Context& context, const KeyCommand& command);

struct DoctorCommand {
  std::string settle;  ///< a damage that a person has put right: TABLE:KEY
};
/// Exit::found when anything is wrong.
Exit doctor(const Context& context, const DoctorCommand& command);
struct BackupCommand {
  std::filesystem::path folder;
  std::optional<std::filesystem::path> key;  ///< where a copy of it goes, or comes from
};
Exit backup(const Context& context, const BackupCommand& command);
Exit restore(const Context& context, const BackupCommand& command);
struct NoticesRestoreCommand {
  std::optional<std::int64_t> beyond;
  bool apply = false;
};
/// Exit::found when something has to be done.
Exit notices_restore(const Context& context, const NoticesRestoreCommand& command);

/// What an account shall be; its name alone to lock or activate it.
struct AccountCommand {
  std::string name;
  std::vector<std::string> roles, rights, areas;
};
Exit account_list(const Context& context, const AccountCommand& command);
Exit account_add(const Context& context, const AccountCommand& command);
Exit account_grant(const Context& context, const AccountCommand& command);
Exit account_lock(const Context& context, const AccountCommand& command);
Exit account_activate(const Context& context, const AccountCommand& command);

Exit care_forms(const Context& context);
Exit care_form(const Context& context, const std::string& id);
Exit care_test(const Context& context, const std::string& folder);
Exit care_services(const Context& context, const std::string& folder);
struct CareCommand {
  std::string form, of, corrects, id, who;
  std::vector<std::string> values;  ///< item=value
  bool dry_run = false, no_wait = false;
};
Exit care_add(const Context& context, const CareCommand& command);
/// `command.id`: the entry.
Exit care_retract(const Context& context, const CareCommand& command);
Exit care_list(const Context& context, const std::string& of);

struct PaylistCommand {
  std::string region, period;         ///< of draft and check
  std::string list, seen;             ///< number of a list, the digest that was looked at
  std::string who;                    ///< who signs; empty: the login name
  std::string csv, charset;           ///< also as a spreadsheet, there
  std::string out;                    ///< folder for the files of the banks
  std::vector<std::string> accept;    ///< a list, and a line whose answer was set aside
  std::string file;                   ///< of a bank's answers, of older books
  std::string entry, step, document;  ///< of the ledger of what was overpaid
};
Exit paylist_draft(const Context& context, const PaylistCommand& command);
Exit paylist_check(const Context& context, const PaylistCommand& command);
Exit paylist_sign(const Context& context, const PaylistCommand& command);
Exit paylist_close(const Context& context, const PaylistCommand& command);
Exit paylist_send(const Context& context, const PaylistCommand& command);
Exit paylist_returns(const Context& context, const PaylistCommand& command);
Exit paylist_list(const Context& context);
Exit paylist_show(const Context& context, const PaylistCommand& command);
Exit paylist_overpaid(const Context& context, const PaylistCommand& command);
Exit paylist_import(const Context& context, const PaylistCommand& command);
struct ReportCommand {
  ReportRequest request;
  std::string format = "text";  ///< text, csv, json, html
  bool issue = false;           ///< hand it out
  std::string number, region;   ///< of what was handed out
};
/// Exit::found when a check is red.
Exit report(const Context& context, const ReportCommand& command);
Exit issued_list(const Context& context, const ReportCommand& command);
Exit issued_show(const Context& context, const ReportCommand& command);
Exit issued_withdraw(const Context& context, const ReportCommand& command);
Exit worklist(const Context& context, const std::string& region, std::optional<Date> on);
Exit archive_list(const Context& context, const std::string& region, bool all);
Exit archive_show(const Context& context, const std::string& number);

Exit identity_scan(const Context& context, bool dry_run);
Exit identity_list(const Context& context, const IdentityFilter& filter);
Exit identity_show(const Context& context, const std::string& id);
/// The reason is that of the context, as is who signs where nobody is named.
Exit identity_answer(const Context& context, IdentityRequest request);

/// Lists the failpoints, in builds that have them.
Exit failpoints(const Context& context);

/// Each of `folders` is a folder of mapping files or the name of a source; none: those of all sources.
Exit map_check(const Context& context, const std::vector<std::string>& folders);
Exit map_test(const Context& context, const std::vector<std::string>& folders);
struct RemapCommand {
  std::string source, mapping;
  std::optional<std::int64_t> since_us;
  Apply apply = Apply::no;
  std::string by;  ///< who has it done
};
Exit map_replay(const Context& context, const RemapCommand& command);
/// `folder` empty: the configured one.
Exit policy_check(const Context& context, const std::string& folder);
Exit policy_test(const Context& context, const std::string& folder);
Exit policy_mutate(const Context& context, const std::string& folder);
Exit policy_words(const Context& context, const std::string& folder, bool page);

struct EvidenceCommand {
  std::string file;  ///< empty: the configured one
  std::string by;    ///< who adopts it
};
Exit evidence_show(const Context& context, const EvidenceCommand& command);
Exit evidence_check(const Context& context, const EvidenceCommand& command);
Exit evidence_test(const Context& context, const EvidenceCommand& command);
Exit evidence_compare(const Context& context, const EvidenceCommand& command);
Exit evidence_adopt(const Context& context, const EvidenceCommand& command);

/// Prints what checks of rules found; of `what` they are: mappings, benefits.
Exit report(const Context& context, const std::vector<RuleCheck>& all, std::string_view what, Tests tests);

Exit balance(const Context& context);
Exit status(const Context& context);

}  // namespace kinhub::cli
