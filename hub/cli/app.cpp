#include "hub/cli/app.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <ostream>

#include "hub/base/mask.hpp"
#include "hub/base/nearest.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/base/trusted_place.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/base/version.hpp"
#include "hub/cli/agreement.hpp"
#include "hub/cli/commands.hpp"
#include "hub/cli/map_try.hpp"
#include "hub/cli/policy_tools.hpp"
#include "hub/cli/reconcile.hpp"
#include "hub/desk/operations.hpp"
#include "hub/desk/rule_schema.hpp"

namespace kinhub::cli {
namespace {

using Action = std::function<Exit(const Context&)>;

/// Raw arguments of one run as they were written; parsed into values where a command is chosen.
struct Written {
  std::string config, data, today, since, valid_at, known_at, diff, from, until, on, lang, region, period;
};

/// The locale for messages, in the order of POSIX.
Language language_of_environment() {
  for (const auto* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const auto* said = std::getenv(name); said && *said) return language_of_locale(said);
  return Language::zh;
}

/// "viewer, case-worker, ..."
std::string role_names() {
  std::string names;
  for (const auto& role : account_roles())
    names += (names.empty() ? "" : ", ") + std::string(role.id);
  return names;
}

/// Grammar of the command line: what may be written, and the action that comes of it.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.fallthrough();  // global options also after the command; commands inherit it
    app_.set_version_flag("--version", "kinhub " + std::string(program_version()));
    app_.set_help_all_flag("--help-all", "Help of every command");
    app_.footer(
        "The configuration: --config, else the file KINHUB_CONFIG names, else kinhub.yaml of the working "
        "directory,\nelse /etc/kinhub/kinhub.yaml, else the defaults. 'kinhub check' and 'kinhub status' say "
        "which was "
        "read.\nExit codes: 0 done, 1 found something wrong, 2 used wrongly, 3 could not run.\n'kinhub "
        "COMMAND "
        "--help' has examples.");
    global_options();
    whole_hub();
    lead_commands();
    record_commands();
    care_commands();
    paylist_commands();
    report_commands();
    identity_commands();
    quarantine_commands();
    rule_commands();
    evidence_commands();
  }

  /// Throws CLI::ParseError.
  void parse(std::vector<std::string> arguments) {
    for (const auto& word : arguments)
      options_.command += (options_.command.empty() ? "" : " ") + mask_numbers_in(word);
    for (std::size_t i = 0; i + 1 < arguments.size(); ++i)
      if (arguments[i] == "--of") arguments[i + 1] = said_elsewhere(std::move(arguments[i + 1]));
    std::ranges::reverse(arguments);  // as CLI11 wants a vector
    app_.parse(std::move(arguments));
    refuse_empty(app_);
    options_.config = path(written_.config);
    options_.data = path(written_.data);
    options_.today = day("--today", written_.today);
    options_.language = written_.lang.empty() ? language_of_environment() : language_of_locale(written_.lang);
    if (options_.reveal && options_.reason.find_first_not_of(" \t") == std::string::npos)
      throw wrong("--reveal", "needs --reason TEXT: opening a record is written down");
  }

  /// Throws CLI::ParseError for a value that is none.
  Action action() { return choose_(); }
  const Options& options() const { return options_; }
  CLI::App& app() { return app_; }
  /// REQUIRES: parsed.
  std::string chosen() const { return app_.get_subcommands().front()->get_name(); }

  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto* command : app_.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(command->get_name());
    return names;
  }

 private:
  /// The value of --of that stands on standard input (-) or in a file (@FILE), and so in no list of
  /// processes: its first line.
  static std::string said_elsewhere(std::string value) {
    std::string line;
    if (value == "-") {
      if (!std::getline(std::cin, line))
        throw wrong("--of", "nothing came on standard input: write the number there");
    } else if (value.starts_with('@')) {
      std::ifstream file(value.substr(1));
      if (!std::getline(file, line)) throw wrong("--of", "its file cannot be read, or is empty");
    } else {
      return value;
    }
    while (!line.empty() && (line.back() == '\r' || line.back() == ' '))
      line.pop_back();
    return line;
  }

  static CLI::ParseError wrong(const std::string& option, const std::string& why) {
    return CLI::ValidationError(option, why);
  }
  /// An option that was given without a value, as by a script whose variable is not set, means nothing that
  /// could be done instead. Reasons have a message of their own.
  static void refuse_empty(const CLI::App& app) {
    for (const auto* option : app.get_options()) {
      const bool wants_value = option->get_type_size() != 0 && option->get_expected_min() > 0;
      if (!wants_value || option->get_name() == "--reason") continue;
      for (const auto& value : option->results())
        if (value.find_first_not_of(" \t") == std::string::npos)
          throw wrong(option->get_name(), "is empty: say a value, or leave it out");
    }
    for (const auto* chosen : app.get_subcommands())
      refuse_empty(*chosen);
  }
  static std::optional<std::filesystem::path> path(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return std::filesystem::path(text);
  }
  /// The value of an option that may be given without one: then it is empty.
  std::optional<std::string> server(const std::string& option, const std::vector<std::string>& written) {
    if (app_.get_subcommand("demo")->count(option) == 0) return std::nullopt;
    return written.empty() || written.front() == "true" ? "" : written.front();
  }
  /// Why it is no number of an event, as CLI11 asks for it; empty: it is one.
  static std::string no_event_number(const std::string& text) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max() / 2;
    std::int64_t number = -1;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_one =
        failed == std::errc() && end == text.data() + text.size() && number >= 0 && number <= most;
    return is_one ? "" : "'" + text + "' is no number of an event: write 0 or a later one";
  }
  static std::optional<Date> day(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto date = Date::parse(text);
    if (!date) throw wrong(option, "'" + text + "' is no day: write 2026-11-18");
    return date;
  }
  static std::optional<std::int64_t> time(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto time = read_time(text);
    if (!time) throw wrong(option, time.error().text);
    return *time;
  }

  /// "T1..T2"
  static std::pair<std::int64_t, std::int64_t> two_times(const std::string& option, const std::string& text) {
    const auto dots = text.find("..");
    const auto from = time(option, text.substr(0, dots));
    const auto until = dots == std::string::npos ? std::nullopt : time(option, text.substr(dots + 2));
    if (!from || !until) throw wrong(option, "wants two times: 2026-06-01..2026-07-01");
    return {*from, *until};
  }

  void global_options() {
    const char* group = "Every command takes";
    app_.add_option("--config", written_.config,
                    "Configuration; without it KINHUB_CONFIG, ./kinhub.yaml, /etc/kinhub/kinhub.yaml")
        ->type_name("FILE")
        ->group(group);
    app_.add_option("--data", written_.data, "Where the hub keeps everything; ./kinhub-data")
        ->type_name("DIR")
        ->group(group);
    app_.add_flag("--json", options_.json, "One JSON document on stdout")->group(group);
    app_.add_option("--today", written_.today, "As if today were DATE")->type_name("DATE")->group(group);
    app_.add_option("--lang", written_.lang, "zh or en: what case workers read; the locale's, else Chinese")
        ->check(CLI::IsMember({"zh", "en"}))
        ->group(group);
    app_.add_flag("--reveal", options_.reveal, "Names and numbers unmasked; needs --reason")->group(group);
    app_.add_option("--reason", options_.reason, "Why: for --reveal and for decisions; is written down")
        ->type_name("TEXT")
        ->group(group);
  }

  /// Registers a command under `parent` that does what `choose` makes of its arguments.
  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& what,
                    const std::string& examples, std::function<Action()> choose) {
    auto* made = parent.add_subcommand(name, what);
    made->footer(
        "Also --config, --data, --json, --today, --reveal, --reason: see 'kinhub --help'.\n\nExamples:\n" +
        examples);
    made->callback([this, choose = std::move(choose)] { choose_ = choose; });
    return made;
  }
  CLI::App* group(const std::string& name, const std::string& what) {
    auto* made = app_.add_subcommand(name, what);
    made->require_subcommand(1);
    return made;
  }
  static void of(CLI::App* command, std::string& who) {
    command->add_option("--of", who, "Citizen number, or a reference of the hub")
        ->type_name("ID")
        ->required();
  }

  void whole_hub() {
    command(app_, "run", "The hub: sources, processor, notices, night round; until SIGTERM",
            "  kinhub run\n  kinhub run --config /etc/kinhub/kinhub.yaml", [] { return Action(run); });
    auto* init_command = command(
        app_, "init", "Makes a hub: a commented configuration, the data directory, the key file",
        "  kinhub init /srv/kinhub\n  kinhub init --config /etc/kinhub/kinhub.yaml --data /var/lib/kinhub",
        [this] {
          return Action([folder = path(init_)](const Context& context) { return init(context, folder); });
        });
    init_command->add_option("DIR", init_, "Where kinhub.yaml goes; the working directory if not said");
    auto* demo_command = command(
        app_, "demo", "Simulated agencies through the whole hub; leads beside the truth, and the balance",
        "  kinhub demo\n  kinhub demo --families 1000 --seed 7\n  kinhub demo --kafka                     # "
        "a broker of its own\n"
        "  kinhub demo --kafka 127.0.0.1:9092 --postgres 'host=127.0.0.1 dbname=kinhub user=kinhub'",
        [this] {
          demo_.kafka = server("--kafka", demo_kafka_);
          demo_.postgres = server("--postgres", demo_postgres_);
          return Action([this](const Context& context) { return context.parts.demo(context, demo_); });
        });
    demo_command->add_option("--families", demo_.families, "How many families live in it")
        ->check(CLI::Range(1, 1000000))
        ->capture_default_str();
    demo_command->add_option("--seed", demo_.seed, "Another seed, another population")->capture_default_str();
    demo_command
        ->add_option("--kafka", demo_kafka_, "Everything through Kafka: these brokers, or one of its own")
        ->type_name("[HOST:PORT,...]")
        ->expected(0, 1);
    demo_command
        ->add_option("--postgres", demo_postgres_,
                     "The store in PostgreSQL: this connection, or a server of its own")
        ->type_name("[CONNECTION]")
        ->expected(0, 1);
    demo_command->add_flag("--keep", demo_.keep, "Leave its data directory, to look around in");
    command(app_, "check", "Configuration, mappings, policies, connectors: all that is wrong, with places",
            "  kinhub check\n  kinhub check --config kinhub.yaml --json", [] { return Action(check); });
    auto* ingest_command = command(
        app_, "ingest", "Captured agency files through the same journey; returns when all is processed",
        "  kinhub ingest public-security inbox/SWZX_*.xml\n  kinhub ingest hospital-his messages.hl7 "
        "SWZM_320812_20261118.csv",
        [this] { return Action([this](const Context& context) { return ingest(context, ingest_); }); });
    ingest_command->add_option("SOURCE", ingest_.source, "Whose files these are: see 'kinhub source list'")
        ->required();
    ingest_command->add_option("PATH", ingest_.paths, "Files and folders in that agency's formats")
        ->required();
    auto* night_command = command(
        app_, "night",
        "The night round now: snapshots, rights, identities, agreement; exit 1 if somebody has to look",
        "  kinhub night\n  kinhub night --only scan --today 2027-03-14\n"
        "  kinhub night --only reconcile               # the snapshots alone",
        [this] {
          const auto round = night_only_ == "scan"        ? NightRound::rights
                             : night_only_ == "identity"  ? NightRound::identity
                             : night_only_ == "reconcile" ? NightRound::reconcile
                             : night_only_ == "agreement" ? NightRound::agreement
                                                          : NightRound::all;
          return Action([round](const Context& context) { return night(context, round); });
        });
    night_command
        ->add_option("--only", night_only_,
                     "One part of the round: rights, or who may be one; or the snapshots of all sources")
        ->check(CLI::IsMember({"scan", "identity", "reconcile", "agreement", "scrub"}));
    command(
        app_, "balance",
        "received = applied + filtered + duplicate + quarantined + in flight; exit 1 if it does not close",
        "  kinhub balance\n  kinhub balance --json", [] { return Action(balance); });
    command(app_, "status", "What the hub holds, and what waits", "  kinhub status --json",
            [] { return Action(status); });
    reconcile_commands();
    agreement_command();
    source_commands();
    auto* topics = group("topics", "Kinhub's own topics on the Kafka cluster");
    command(*topics, "plan",
            "What is missing or not as the promises need it; changes nothing; exit 1 if anything is",
            "  kinhub topics plan\n  kinhub topics plan --json", [] { return Action(topics_plan); });
    command(*topics, "apply",
            "Makes what is missing, mends the settings that can be mended, shows what it did",
            "  kinhub topics apply", [] { return Action(topics_apply); });
    key_commands();
    upkeep_commands();
    account_commands();
    app_.add_subcommand("failpoints", "Names of the failpoints of a test build")->group("")->callback([this] {
      choose_ = [] { return Action(failpoints); };
    });
  }

  /// One command with a source, and three that stand behind its name.
  void reconcile_commands() {
    CLI::App* all = nullptr;
    all = command(
        app_, "reconcile",
        "An agency's snapshot against what is held from that agency; what differs is corrected; exit 1 "
        "if somebody has to look",
        "  kinhub reconcile public-security                        # what the connector delivers\n"
        "  kinhub reconcile public-security --snapshot CZRK_20261118 --dry-run\n"
        "  kinhub reconcile list\n  kinhub reconcile show 17\n"
        "  kinhub reconcile repair 17 --expected 1200              # goes on with one that was braked\n"
        "  kinhub reconcile repair 17 --class changed --expected 40  # what its policies keep back",
        [this] { return reconcile_; });
    const auto chosen = [this](auto act) {
      reconcile_ = [act](const Context& context) { return act(context); };
    };
    all->callback([this, all, chosen] {
      if (all->get_subcommands().empty()) {
        if (reconcile_resume_ > 0)
          reconcile_question_.run = reconcile_resume_;
        else if (reconcile_question_.source.empty())
          throw wrong("SOURCE", "whose snapshot? See 'kinhub source list'; or list, show, repair");
        chosen([this](const Context& context) { return reconcile_run(context, reconcile_question_); });
      }
      choose_ = [this] { return reconcile_; };
    });
    all->require_subcommand(0, 1);
    auto& question = reconcile_question_;
    all->add_option("SOURCE", question.source, "Whose snapshot it is: see 'kinhub source list'");
    all->add_option("--snapshot", question.paths,
                    "Files and folders of one; what the connector delivers if none is said")
        ->type_name("PATH");
    all->add_flag("--dry-run", question.dry_run, "Only compare");
    all->add_option("--resume", reconcile_resume_, "Goes on with this run, which was interrupted")
        ->excludes(all->get_option("--snapshot"))
        ->type_name("RUN");
    all->add_flag("--again", question.again,
                  "Also the very snapshot of the last run, or one that is much smaller");
    all->add_option("--report", question.reports, "Where the report goes; DATA/reconcile if not said")
        ->type_name("DIR");
    all->add_option("--changes-max", question.limits.changes_max,
                    "Stops before it would correct more records")
        ->capture_default_str();
    all->add_option("--share-max", question.limits.share_max, "Stops before it would correct a larger share")
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str();
    auto* list = all->add_subcommand("list", "The runs, the newest first");
    list->add_option("--source", source_, "Of one source");
    list->callback([this, chosen] {
      chosen([this](const Context& context) { return reconcile_list(context, source_); });
    });
    auto* show = all->add_subcommand("show", "One run; with --json also what it found");
    show->add_option("RUN", reconcile_id_, "Its number")->required();
    show->callback([this, chosen] {
      chosen([this](const Context& context) { return reconcile_show(context, reconcile_id_); });
    });
    auto* repair = all->add_subcommand("repair", "Goes on with a run that was braked, or keeps records back");
    repair->add_option("RUN", reconcile_id_, "Its number")->required();
    repair->add_option("--expected", reconcile_expected_, "How many records it may correct")->required();
    repair->add_option("--class", reconcile_class_, "Only records of this class, also where the policy asks")
        ->check(CLI::IsMember({"missing", "changed"}));
    repair->callback([this, chosen] {
      if (!reconcile_class_.empty())
        reconcile_question_.only =
            reconcile_class_ == "missing" ? reconcile::RowClass::missing : reconcile::RowClass::changed;
      reconcile_question_.run = reconcile_id_, reconcile_question_.expected = reconcile_expected_;
      chosen([this](const Context& context) { return reconcile_run(context, reconcile_question_); });
    });
  }

  void agreement_command() {
    auto& question = agreement_.question;
    auto* all = command(
        app_, "agreement",
        "What each source says of everybody, beside the record settled from all; exit 1 if one differs",
        "  kinhub agreement                                        # all sources, all fields\n"
        "  kinhub agreement --source medical-insurance --field died --csv died.csv\n"
        "  kinhub agreement --region 320812 --json",
        [this] {
          agreement_.question.field.reset();
          if (!agreement_field_.empty()) agreement_.question.field = person_field(agreement_field_);
          return Action([this](const Context& context) { return agreement(context, agreement_); });
        });
    all->add_option("--source", question.source, "Differences of one source: see 'kinhub source list'");
    std::vector<std::string> fields;
    for (const auto field : compared_fields())
      fields.emplace_back(name_of(field));
    all->add_option("--field", agreement_field_, "Only of one field")->check(CLI::IsMember(fields));
    all->add_option("--region", question.region, "Only people registered there today: 2 to 12 digits")
        ->check([](const std::string& region) {
          const bool digits = std::ranges::all_of(region, [](char c) { return c >= '0' && c <= '9'; });
          return digits && region.size() >= 2 && region.size() <= 12 ? std::string()
                                                                     : "a region has 2 to 12 digits";
        });
    all->add_option("--csv", agreement_.csv, "Writes every difference there, for the agency")
        ->type_name("FILE");
  }

  void source_commands() {
    auto* source = group("source", "The configured sources");
    command(*source, "list", "Each source, its connector, and how far it is", "  kinhub source list",
            [] { return Action(source_list); });
    command(*source, "positions",
            "How far each source's events are kept and processed; exit 1 if one is stopped",
            "  kinhub source positions\n  kinhub source positions --json",
            [] { return Action(source_positions); });
    auto* rewind = command(
        *source, "rewind",
        "Process from an earlier or later event on; shows its plan, and does it with --apply",
        "  kinhub source rewind police-320812                  # to the nearest event that can be read\n"
        "  kinhub source rewind police-320812 --to 0 --apply   # everything that is kept, once more\n"
        "  kinhub source rewind police-320812 --checkpoint     # read the agency anew\n"
        "  kinhub source rewind police-320812 --complete-until 2026-11-18   # a claim was wrong",
        [this] {
          if (rewind_to_ >= 0) rewind_.to = rewind_to_;
          rewind_.complete_until_us = time("--complete-until", written_.until);
          rewind_.apply = apply_ ? Apply::yes : Apply::no;
          return Action([this](const Context& context) { return source_rewind(context, rewind_); });
        });
    rewind->add_option("SOURCE", rewind_.source, "As 'kinhub source list' shows it")->required();
    auto* to =
        rewind->add_option("--to", rewind_to_, "Go on behind the event with this number; 0: before the first")
            ->check(no_event_number, "NUMBER");
    auto* checkpoint = rewind
                           ->add_flag("--checkpoint", rewind_.checkpoint,
                                      "Forget where the connector is, so that its agency is read anew")
                           ->excludes(to);
    rewind
        ->add_option("--complete-until", written_.until,
                     "Take back what the source claimed of its completeness beyond this time")
        ->type_name("TIME")
        ->excludes(to, checkpoint);
    rewind->add_flag("--apply", apply_, "Do it");
  }

  void lead_commands() {
    auto* list = command(app_, "leads", "Leads: what a case worker should look at",
                         "  kinhub leads --open\n  kinhub leads --kind ended --since 2026-11-01 --json",
                         [this] { return choose_leads(); });
    list->add_option("--kind", kind_, "new, changed, ended or verify")
        ->check(CLI::IsMember({"new", "changed", "ended", "verify"}));
    auto* state = list->add_option("--state", state_, "open, confirmed, dismissed or closed")
                      ->check(CLI::IsMember({"open", "confirmed", "dismissed", "closed"}));
    list->add_flag("--open", open_, "The same as --state open")->excludes(state);
    list->add_option("--benefit", benefit_, "national-special-assistance/death");
    list->add_option("--since", written_.since, "Opened on or after this day or time")->type_name("TIME");
    list->add_option("--of", of_, "Of one person: citizen number, or a reference of the hub")
        ->type_name("ID");
    list->add_option("--valid-at", written_.valid_at, "Whose days contain this one")->type_name("DATE");
    known_at(list, "As they stood then, with what had been decided");

    auto* lead = group("lead", "One lead: show, confirm, dismiss");
    auto add = [&](const char* name, const char* what, const char* examples, auto act) {
      auto* made = command(*lead, name, what, examples, [this, act] {
        lead_.known_at_us = time("--known-at", written_.known_at);
        return Action([this, act](const Context& context) { return act(context, lead_); });
      });
      made->add_option("ID", lead_.id, "As 'kinhub leads' shows it")->required();
      return made;
    };
    auto* show = add("show", "The lead with its evidence and decisions",
                     "  kinhub lead show L7f3kq2mzx9c4d\n"
                     "  kinhub lead show L7f3kq2mzx9c4d --known-at 2026-06-01",
                     lead_show);
    known_at(show, "As it stood then, with what had been decided");
    for (auto* made :
         {add("confirm", "It is so: the computed timeline becomes the decided one",
              "  kinhub lead confirm L7f3kq2mzx9c4d --revision 2 --reason '已入户核实' --by zhang",
              lead_confirm),
          add("dismiss", "It is not so, or not due",
              "  kinhub lead dismiss L7f3kq2mzx9c4d --revision 2 --reason '已享受其他待遇'", lead_dismiss)}) {
      made->add_option("--by", lead_.by, "Who decides; the login name if not said");
      made->add_option("--revision", lead_.revision,
                       "Which revision of the lead was seen: 'kinhub lead show'")
          ->type_name("NUMBER");
    }
  }

  Action choose_leads() {
    LeadFilter filter;
    auto given = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); };
    filter.kind = given(kind_);
    filter.state = open_ ? std::optional<std::string>("open") : given(state_);
    filter.benefit = given(benefit_);
    filter.opened_since_us = time("--since", written_.since);
    filter.valid_at = day("--valid-at", written_.valid_at);
    filter.known_at_us = time("--known-at", written_.known_at);
    if (!of_.empty()) {
      auto who = read_person(of_);
      if (!who) throw wrong("--of", who.error().text);
      filter.of = *who;
    }
    return [filter](const Context& context) { return leads(context, filter); };
  }

  CLI::Option* known_at(CLI::App* made, const char* what) {
    return made->add_option("--known-at", written_.known_at, what)->type_name("TIME");
  }

  void record_commands() {
    auto* family_command = command(
        app_, "family", "The family record, as of any day and as known at any time",
        "  kinhub family --of 322228197503120246\n  kinhub family --of P7f3kq2mzx9c4d --valid-at "
        "2026-01-01 --known-at 2026-06-01\n  kinhub family --of P7f3kq2mzx9c4d --diff "
        "2026-06-01..2026-07-01",
        [this] {
          if (!written_.diff.empty()) {
            const auto [from_us, until_us] = two_times("--diff", written_.diff);
            FamilyChangesRequest request{of_, from_us, until_us};
            return Action([request](const Context& context) { return family_changes(context, request); });
          }
          FamilyRequest request{of_, day("--valid-at", written_.valid_at),
                                time("--known-at", written_.known_at)};
          return Action([request](const Context& context) { return family(context, request); });
        });
    of(family_command, of_);
    auto* valid_at =
        family_command->add_option("--valid-at", written_.valid_at, "As the family was on this day")
            ->type_name("DATE");
    auto* known = known_at(family_command, "As the hub knew it then");
    family_command
        ->add_option("--diff", written_.diff,
                     "What was learnt between two times, value by value, with the event that told it")
        ->type_name("T1..T2")
        ->excludes(known)
        ->excludes(valid_at);

    auto* entitlements_command = command(
        app_, "entitlements", "What a person is entitled to, past and future, each edge with its cause",
        "  kinhub entitlements --of 322228197503120246 --from 2026-01-01\n"
        "  kinhub entitlements --of 322228197503120246 --known-at 2026-06-01\n"
        "  kinhub entitlements --as-decided L7f3kq2mzx9c4d",
        [this] {
          if (as_decided_.empty() == of_.empty())
            throw wrong("--of", "say whose rights, or --as-decided with a lead");
          if (!as_decided_.empty())
            return Action([this](const Context& context) { return as_decided(context, as_decided_); });
          EntitlementsRequest request{of_, {}, time("--known-at", written_.known_at)};
          request.when.from = day("--from", written_.from).value_or(Date::beginning());
          request.when.until = day("--until", written_.until).value_or(Date::forever());
          return Action([request](const Context& context) { return entitlements(context, request); });
        });
    auto* whose = entitlements_command->add_option("--of", of_, "Citizen number, or a reference of the hub")
                      ->type_name("ID");
    entitlements_command
        ->add_option(
            "--as-decided", as_decided_,
            "What a lead was decided on, computed again by the facts and rules of then; exit 1 if it "
            "comes to something else")
        ->type_name("LEAD")
        ->excludes(whose);
    entitlements_command->add_option("--from", written_.from, "First day")->type_name("DATE");
    entitlements_command->add_option("--until", written_.until, "First day that no longer counts")
        ->type_name("DATE");
    known_at(entitlements_command, "By the record, the completeness of sources and the policies of then");

    auto* explain_command = command(
        app_, "explain", "Why a benefit is due on a day, or why not; or where a field of a person comes from",
        "  kinhub explain --of 322228197503120246 --benefit national-special-assistance/death\n"
        "  kinhub explain --of P7f3kq2mzx9c4d --benefit national-special-assistance/death --on 2027-03-14\n"
        "  kinhub explain --of 322228197503120246 --field residence --known-at 2026-06-01",
        [this] {
          ExplainRequest request{of_, benefit_, field_, day("--on", written_.on),
                                 time("--known-at", written_.known_at)};
          return Action([request](const Context& context) { return explain(context, request); });
        });
    of(explain_command, of_);
    auto* benefit = explain_command->add_option("--benefit", benefit_, "national-special-assistance/death");
    explain_command->add_option("--field", field_, origin_fields())->excludes(benefit);
    known_at(explain_command, "As the hub knew it then");
    explain_command->add_option("--on", written_.on, "The day; that of --known-at, or today, if not said")
        ->type_name("DATE");
  }

  /// --region, checked.
  void region(CLI::App* made) {
    made->add_option("--region", written_.region, "An area of 2, 4, 6, 9 or 12 digits: a county, a town")
        ->type_name("AREA")
        ->required();
  }
  std::string region_said() const {
    const auto area = Area::read(written_.region);
    if (!area) throw wrong("--region", area.error().text);
    return area->code();
  }

  void report_commands() {
    auto* report = command(
        app_, "report", "A report of care, as it was known at a time; exit code 1 when it does not foot",
        "  kinhub report basic-statistics --region 320812 --period 2026Q3\n"
        "  kinhub report movement --region 320812 --period 2026Q3 --known-at 2026-10-01 --format csv\n"
        "  kinhub report member-list --region 320812901 --period 2026Q3 --format html --reveal --reason "
        "'季度上报'\n"
        "  kinhub report basic-statistics --region 320812 --period 2026Q3 --issue\n"
        "  kinhub report basic-statistics --region 320812 --period 2026Q3 --public --format html",
        [this] {
          const auto period = service::Period::read(written_.period);
          if (!period) throw wrong("--period", period.error().text);
          report_.request.region = region_said(), report_.request.period = *period;
          report_.request.known_at_us = time("--known-at", written_.known_at);
          return Action([this](const Context& context) { return cli::report(context, report_); });
        });
    report
        ->add_option(
            "NAME", report_.request.name,
            "basic-statistics, movement, member-list, contact-system, care-statistics or three-coverages")
        ->required();
    region(report);
    report
        ->add_option("--period", written_.period, "2026-09, 2026Q3, 2026H2, 2026, SY2022; as of its last day")
        ->type_name("PERIOD")
        ->required();
    known_at(report, "As it was known then; now if not said");
    report
        ->add_option(
            "--format", report_.format,
            "text, csv (UTF-8 with a mark), json, html that prints on A4, or xlsx for spreadsheet programs")
        ->check(CLI::IsMember({"text", "csv", "json", "html", "xlsx"}))
        ->capture_default_str();

    report->add_flag("--issue", report_.issue,
                     "Hand it out: keep it as its next version; the first reason is --reason, where a check "
                     "has a remark");
    report->add_flag_callback(
        "--public", [this] { report_.request.audience = report::Audience::open; },
        "As it may be published: small units merged, small figures hidden");

    auto* issued = group("issued", "Reports that were handed out: their versions, and what differs");
    auto* handed = command(
        *issued, "list", "What was handed out of an area", "  kinhub issued list --region 320812", [this] {
          report_.region = region_said();
          return Action([this](const Context& context) { return issued_list(context, report_); });
        });
    region(handed);
    const auto number = [&](CLI::App* of) {
      of->add_option("NUMBER", report_.number, "basic-statistics.320812.2026Q3.1")->required();
    };
    auto* one = command(
        *issued, "show", "A report as it was handed out, and the cells that differ",
        "  kinhub issued show basic-statistics.320812.2026Q3.2\n"
        "  kinhub issued show member-list.320812.2026Q3.1 --format csv --reveal --reason 上报",
        [this] { return Action([this](const Context& context) { return issued_show(context, report_); }); });
    number(one);
    one->add_option("--format", report_.format, "text, csv, json, html or xlsx")
        ->check(CLI::IsMember({"text", "csv", "json", "html", "xlsx"}))
        ->capture_default_str();
    number(
        command(*issued, "withdraw", "Says that a public report is public no more",
                "  kinhub issued withdraw public.basic-statistics.320812.2026Q3.1 --reason 数字有误", [this] {
                  return Action([this](const Context& context) { return issued_withdraw(context, report_); });
                }));

    auto* list = command(
        app_, "worklist", "What is owed to the families of an area: open, due, overdue",
        "  kinhub worklist --region 320812903\n  kinhub worklist --region 320812 --on 2026-10-01 --json",
        [this] {
          const auto area = region_said();
          const auto on = day("--on", written_.on);
          return Action([area, on](const Context& context) { return worklist(context, area, on); });
        });
    region(list);
    list->add_option("--on", written_.on, "As of this day; today if not said")->type_name("DATE");

    auto* archive = group("archive", "Care archives: whose are open, and what is in one");
    auto* all = command(
        *archive, "list", "The open archives of an area",
        "  kinhub archive list --region 320812\n  kinhub archive list --region 320812903 --all --json",
        [this] {
          const auto area = region_said();
          return Action([area, this](const Context& context) { return archive_list(context, area, all_); });
        });
    region(all);
    all->add_flag("--all", all_, "Also those that are closed");
    auto* show =
        command(*archive, "show", "One archive: people, helpers, what happened to it, acts, what is owed",
                "  kinhub archive show 320812-903-2023-00001 --reveal --reason '走访前核对'", [this] {
                  return Action([this](const Context& context) { return archive_show(context, archive_); });
                });
    show->add_option("NUMBER", archive_, "As 'kinhub archive list' shows it")->required();
  }

  void care_commands() {
    auto* care =
        group("care", "What a case worker knows: entered with a form, signed, an event like any agency's");
    command(*care, "forms", "The forms there are", "  kinhub care forms", [] { return Action(care_forms); });
    auto* form = command(*care, "form", "The fields of one form", "  kinhub care form death-seen", [this] {
      return Action([this](const Context& context) { return care_form(context, care_.form); });
    });
    form->add_option("FORM", care_.form, "As 'kinhub care forms' shows it")->required();
    auto* test = command(
        *care, "test", "Reads the forms and runs the tests in them; all problems, with places",
        "  kinhub care test\n  kinhub care test ./forms",
        [this] { return Action([this](const Context& context) { return care_test(context, folder_); }); });
    test->add_option("FOLDER", folder_, "A folder of forms; the configured one if none is named");
    auto* services =
        command(*care, "services",
                "Reads the files of services owed and runs the tests in them; all problems, with places",
                "  kinhub care services\n  kinhub care services ./care", [this] {
                  return Action([this](const Context& context) { return care_services(context, folder_); });
                });
    services->add_option("FOLDER", folder_, "A folder of regions; the configured one if none is named");
    auto* add = command(
        *care, "add", "Enters a form about a person; waits for what becomes of it",
        "  kinhub care add death-seen --of 322228200005210171 on=2026-11-18 told_by=committee --reason "
        "'11月走访' --as zhang\n"
        "  kinhub care add death-seen --corrects e01m8n-3xq2m-7h3kd-mw4t9 on=2026-11-17 --reason '日期记错'",
        [this] { return Action([this](const Context& context) { return care_add(context, care_); }); });
    add->add_option("FORM", care_.form, "As 'kinhub care forms' shows it")->required();
    add->add_option("FIELD=VALUE", care_.values,
                    "What is known; an item may come several times where the form says so");
    add->add_option("--of", care_.of, "Whom it is about: citizen number, or a reference of the hub")
        ->type_name("ID");
    auto* corrects =
        add->add_option("--corrects", care_.corrects, "The entry that this corrects; what is not said stays")
            ->type_name("EVENT");
    add->add_option("--id", care_.id, "Repeats a request with the id that it had: it is entered once")
        ->type_name("EVENT")
        ->excludes(corrects);
    add->add_flag("--dry-run", care_.dry_run, "Shows the event and the facts it would make; enters nothing");
    auto* list = command(
        *care, "list", "What was entered about a person: when, by whom, why, and what became of it",
        "  kinhub care list --of 322228200005210171",
        [this] { return Action([this](const Context& context) { return care_list(context, care_.of); }); });
    of(list, care_.of);
    auto* retract = command(
        *care, "retract", "Takes an entry back: it was never so",
        "  kinhub care retract e01m8n-3xq2m-7h3kd-mw4t9 --reason '认错人' --as zhang",
        [this] { return Action([this](const Context& context) { return care_retract(context, care_); }); });
    retract->add_option("EVENT", care_.id, "As 'kinhub care list' shows it")->required();
    for (auto* signing : {add, retract}) {
      signing->add_option("--as", care_.who, "Who signs it; the login name if not said")->type_name("USER");
      signing->add_flag("--no-wait", care_.no_wait, "Returns when it is durable in the log");
    }
  }

  /// A command of payment lists, its options in paylist_.
  CLI::App* paylist(CLI::App& parent, const std::string& name, const std::string& what,
                    const std::string& examples, Exit (*handler)(const Context&, const PaylistCommand&)) {
    return command(parent, name, what, examples, [this, handler] {
      return Action([this, handler](const Context& context) { return handler(context, paylist_); });
    });
  }

  void paylist_commands() {
    auto* lists =
        group("paylist", "Payment lists: what was decided, paid by quarter, and what the banks answered");
    auto* draft = paylist(
        *lists, "draft", "Draws a list up, with its checks; writes nothing",
        "  kinhub paylist draft --region 320812 --period 2026Q3\n"
        "  kinhub paylist draft --region 320812 --period 2026Q3 --csv list.csv --reveal --reason 核对",
        paylist_draft);
    auto* check =
        paylist(*lists, "check", "Freezes a list and signs it as made (制表), unless a check is red",
                "  kinhub paylist check --region 320812 --period 2026Q3 --as zhang", paylist_check);
    for (auto* drawn : {draft, check}) {
      drawn->add_option("--region", paylist_.region, "The payer: a county, six digits")
          ->type_name("R")
          ->required();
      drawn->add_option("--period", paylist_.period, "2026Q3; 2026H2 or 2026 where lists are so")
          ->type_name("P")
          ->required();
    }
    auto* sign = paylist(*lists, "sign", "Signs a checked list as reviewed (复核)",
                         "  kinhub paylist sign TF-320812-2026Q3-01 --seen 6b1f... --as li", paylist_sign);
    auto* close =
        paylist(*lists, "close", "Signs a list as approved (批准) and closes it for ever",
                "  kinhub paylist close TF-320812-2026Q3-01 --seen 6b1f... --as wang", paylist_close);
    for (auto* signing : {sign, close})
      signing->add_option("--seen", paylist_.seen, "The digest of the list that was looked at, whole")
          ->type_name("DIGEST")
          ->required();
    auto* send = paylist(*lists, "send", "Writes the files of the banks, with full accounts",
                         "  kinhub paylist send TF-320812-2026Q3-01 --out ./bank --reason '第三季度发放'",
                         paylist_send);
    send->add_option("--out", paylist_.out, "Folder for FK_LIST_BANK.csv")->type_name("DIR")->required();
    auto* returns =
        paylist(*lists, "returns", "Takes in what a bank answered: a file of it, whole or not at all",
                "  kinhub paylist returns HP_TF-320812-2026Q3-01_A.csv\n"
                "  kinhub paylist returns --accept TF-320812-2026Q3-01 4 --reason '银行来函：已退回' --as li",
                paylist_returns);
    auto* answers = returns->add_option("FILE", paylist_.file, "HP_LIST_BANK.csv");
    returns
        ->add_option("--accept", paylist_.accept,
                     "Takes the answer to a line that was set aside as the one that counts")
        ->type_name("LIST LINE")
        ->expected(2)
        ->excludes(answers);
    returns->add_option("--as", paylist_.who, "Who accepts it; the login name if not said")
        ->type_name("USER");
    command(*lists, "list", "All lists with their sums", "  kinhub paylist list",
            [] { return Action(paylist_list); });
    auto* show = paylist(*lists, "show", "A list with its lines, sums, signatures and answers",
                         "  kinhub paylist show TF-320812-2026Q3-01\n"
                         "  kinhub paylist show TF-320812-2026Q3-01 --csv list.csv --reveal --reason 打印",
                         paylist_show);
    for (auto* named : {sign, close, send, show})
      named->add_option("LIST", paylist_.list, "As 'kinhub paylist list' shows it")->required();
    for (auto* signing : {check, sign, close})
      signing->add_option("--as", paylist_.who, "Who signs; the login name if not said")->type_name("USER");
    for (auto* listing : {draft, check, sign, close, show})
      listing->add_option("--csv", paylist_.csv, "Also writes the list there, as a spreadsheet reads it")
          ->type_name("FILE");
    for (auto* writing : {draft, check, sign, close, show, send})
      writing
          ->add_option("--charset", paylist_.charset, "utf-8 or gb18030; of bank files gb18030 if not said")
          ->check(CLI::IsMember({"utf-8", "gb18030"}));
    auto* overpaid =
        paylist(*lists, "overpaid", "What was overpaid, or one step of it: told, agreed, paid_back, waived",
                "  kinhub paylist overpaid\n"
                "  kinhub paylist overpaid O7f3kq2mzx9c4 told --reason '9月20日入户' --as zhang\n"
                "  kinhub paylist overpaid O7f3kq2mzx9c4 agreed --document 协议3号 --reason 本人同意抵扣",
                paylist_overpaid);
    auto* entry = overpaid->add_option("ID", paylist_.entry, "As the list of them shows it");
    auto* step = overpaid->add_option("STEP", paylist_.step, "told, agreed, paid_back or waived")
                     ->check(CLI::IsMember({"told", "agreed", "paid_back", "waived"}));
    entry->needs(step);
    overpaid->add_option("--document", paylist_.document, "On what agreed, paid_back or waived rests")
        ->type_name("TEXT");
    overpaid->add_option("--as", paylist_.who, "Who writes it down; the login name if not said")
        ->type_name("USER");
    auto* import = paylist(*lists, "import", "Months that older books settled: person,benefit,month,fen,list",
                           "  kinhub paylist import older.csv --reason '旧台账'", paylist_import);
    import->add_option("FILE", paylist_.file, "CSV")->required();
  }

  void identity_commands() {
    using Answer = IdentityRequest::Answer;
    auto* identity = group("identity", "Who may be one person: found by matching, decided by a person");
    auto* scan = command(
        *identity, "scan", "Looks for persons who may be one, and puts them into the review queue",
        "  kinhub identity scan\n  kinhub identity scan --dry-run", [this] {
          return Action([this](const Context& context) { return identity_scan(context, identity_dry_run_); });
        });
    scan->add_flag("--dry-run", identity_dry_run_, "Counts, and writes nothing");
    auto* list = command(
        *identity, "list", "What waits for an answer, the likeliest first",
        "  kinhub identity list\n  kinhub identity list --all --limit 0 --json", [this] {
          return Action([this](const Context& context) { return identity_list(context, identity_filter_); });
        });
    list->add_flag("--all", identity_filter_.all, "Also what is answered, or gone");
    identity_filter_.limit = 100;
    list->add_option("--limit", identity_filter_.limit, "At most so many; 0: all")
        ->check(CLI::NonNegativeNumber)
        ->capture_default_str()
        ->type_name("NUMBER");
    auto* show = command(
        *identity, "show", "One pair: the evidence for and against, and both, field by field",
        "  kinhub identity show I7f3kq2mzx9c4d --reveal --reason '核实身份'", [this] {
          return Action([this](const Context& context) { return identity_show(context, identity_.id); });
        });
    show->add_option("ID", identity_.id, "As 'kinhub identity list' shows it")->required();
    auto answer = [&](const char* name, const char* what, const char* examples, Answer given) {
      auto* made = command(*identity, name, what, examples, [this, given] {
        identity_.answer = given;
        identity_.wait = identity_no_wait_ ? Wait::no : Wait::yes;
        return Action([this](const Context& context) { return identity_answer(context, identity_); });
      });
      made->add_option("ID", identity_.id, "As 'kinhub identity list' shows it")->required();
      made->add_option("--as", identity_.who, "Who signs it; the login name if not said")->type_name("USER");
      made->add_flag("--no-wait", identity_no_wait_, "Returns when it is durable in the log");
      return made;
    };
    identity_.seen = "records";
    for (auto* made :
         {answer("same", "The two are one person: makes one of them, as long as it is not taken back",
                 "  kinhub identity same I7f3kq2mzx9c4d --seen visit --reason '已入户核实' --as zhang",
                 Answer::same),
          answer(
              "different", "The two are not one person: nothing joins them, as long as it is not taken back",
              "  kinhub identity different I7f3kq2mzx9c4d --reason '双胞胎' --as zhang", Answer::different)})
      made->add_option("--seen", identity_.seen,
                       "By what it is known: card, book, certificate, visit, agency or records")
          ->capture_default_str()
          ->type_name("CODE");
    answer("undo", "Takes the answer back: the pair waits again, if it still may be one",
           "  kinhub identity undo I7f3kq2mzx9c4d --reason '认错人' --as zhang", Answer::undo);
  }

  void quarantine_commands() {
    auto* quarantine = group("quarantine", "Events that could not be read: whole, with the reason");
    auto filter = [this](CLI::App* made) {
      made->add_option("--source", source_, "Of this source only");
      made->add_option("--code", code_, "With this code only: CITIZEN_ID_CHECK");
    };
    auto chosen = [this] {
      QuarantineFilter made;
      made.ids = ids_;
      if (!source_.empty()) made.source = source_;
      if (!code_.empty()) made.code = code_;
      return made;
    };
    auto* list = command(
        *quarantine, "list", "What waits there",
        "  kinhub quarantine list\n  kinhub quarantine list --source hospital-his --code CHARSET_UNKNOWN "
        "--json",
        [chosen] {
          return Action([made = chosen()](const Context& context) { return quarantine_list(context, made); });
        });
    filter(list);
    auto* show = command(
        *quarantine, "show", "One, with all that is known of it; its body with --reveal",
        "  kinhub quarantine show 42 --reveal --reason '核对原始报文'", [this] {
          return Action([this](const Context& context) { return quarantine_show(context, ids_.at(0)); });
        });
    show->add_option("ID", ids_, "As 'kinhub quarantine list' shows it")->required()->expected(1);
    auto* replay =
        command(*quarantine, "replay", "Run again, after a mapping or a setting was mended",
                "  kinhub quarantine replay 42\n  kinhub quarantine replay --all\n  kinhub quarantine "
                "replay --code NO_MAPPING",
                [this, chosen] {
                  auto made = chosen();
                  bool narrowed = !made.ids.empty() || made.source || made.code;
                  if (!narrowed && !all_)
                    throw wrong("replay", "say which: ID..., --source, --code, or --all");
                  return Action([made](const Context& context) { return quarantine_replay(context, made); });
                });
    replay->add_option("ID", ids_, "These only");
    filter(replay);
    replay->add_flag("--all", all_, "All of them");
    auto* discard =
        command(*quarantine, "discard", "Give up on some, with a reason; they stay counted",
                "  kinhub quarantine discard 42 --reason '测试报文'", [this] {
                  return Action([this](const Context& context) { return quarantine_discard(context, ids_); });
                });
    discard->add_option("ID", ids_, "These")->required();
  }

  void account_commands() {
    auto* account = group("account", "Who may sign in at the HTTP API, with which roles, for which areas");
    auto add = [&](const char* name, const char* what, const char* examples, auto act) {
      return command(*account, name, what, examples, [this, act] {
        return Action([this, act](const Context& context) { return act(context, account_); });
      });
    };
    add("list", "Accounts, and what they may", "  kinhub account list --json", account_list);
    auto* made = add("add", "Makes an account, and prints a link: there, once, its password is chosen",
                     "  kinhub account add zhang --role case-worker --area 370306001\n"
                     "  kinhub account add li --role case-worker --right lead.countersign",
                     account_add);
    auto* granted = add("grant", "Says anew what an account may, and where; its sessions end",
                        "  kinhub account grant zhang --role viewer --area 370306", account_grant);
    auto* locked =
        add("lock", "Locks an account; its sessions end", "  kinhub account lock zhang", account_lock);
    auto* opened = add("activate", "Prints a link that gives an account a new password, and opens it again",
                       "  kinhub account activate zhang", account_activate);
    for (auto* one : {made, granted, locked, opened})
      one->add_option("NAME", account_.name, "Whose it is")->required();
    for (auto* one : {made, granted}) {
      one->add_option("--role", account_.roles, role_names())->required();
      one->add_option("--right", account_.rights, "Granted beside the roles: docs/roles.md");
      one->add_option("--area", account_.areas, "Code of an area; the whole scope if none is said")
          ->type_name("CODE");
    }
  }

  void upkeep_commands() {
    auto* looks = command(
        app_, "doctor",
        "Looks at everything the hub stands on and holds, also beside a running one, and "
        "changes nothing; exit 1 if anything is wrong",
        "  kinhub doctor\n  kinhub doctor --json\n"
        "  kinhub doctor --settle lead:17           # a damage that was put right",
        [this] { return Action([this](const Context& context) { return doctor(context, doctor_); }); });
    looks->add_option("--settle", doctor_.settle, "Takes a damage off the kept list")->type_name("TABLE:KEY");
    const auto with_key = [this](auto act) {
      return Action([this, act](const Context& context) {
        auto asked = BackupCommand{backup_folder_, path(backup_key_)};
        return act(context, asked);
      });
    };
    auto* made = command(app_, "backup",
                         "Copies store, event log and notices of a hub, running or not, consistent with each "
                         "other; the key apart",
                         "  kinhub backup /srv/backup/2026-12-01\n"
                         "  kinhub backup /srv/backup/2026-12-01 --key-to /media/usb/kinhub.key",
                         [with_key] { return with_key(backup); });
    made->add_option("DIR", backup_folder_, "A folder that is new or empty")->required();
    made->add_option("--key-to", backup_key_, "Also copies the key file there; never into the backup")
        ->type_name("FILE");
    auto* back = command(app_, "restore",
                         "Puts a backup into a new data directory, checked first; no number of a notice is "
                         "given a second time",
                         "  kinhub restore /srv/backup/2026-12-01 --data /var/lib/kinhub --key "
                         "/media/usb/kinhub.key",
                         [with_key] { return with_key(restore); });
    back->add_option("DIR", backup_folder_, "A folder that 'kinhub backup' made")->required();
    back->add_option("--key", backup_key_, "The copy of kinhub.key, where the data directory has none")
        ->type_name("FILE");
    auto* notices = group("notices", "Notices after a restore");
    auto* again = command(*notices, "restore",
                          "After a restore by hand: what was published and this store does not have; shows "
                          "its plan first; exit 1 if something has to be done",
                          "  kinhub notices restore\n  kinhub notices restore --apply\n"
                          "  kinhub notices restore --beyond 51200 --apply   # as a reader of Kafka saw",
                          [this] {
                            return Action([this](const Context& context) {
                              return notices_restore(context, notices_restore_);
                            });
                          });
    again->add_option("--beyond", notices_restore_.beyond, "The last notice that any reader has seen")
        ->type_name("SEQ");
    again->add_flag("--apply", notices_restore_.apply, "Gives these numbers up");
  }

  void key_commands() {
    auto* key = group("key", "The keys that names, numbers and bodies are sealed with");
    auto add = [&](const char* name, const char* what, const char* examples, auto act) {
      return command(*key, name, what, examples, [this, act] {
        key_.suite = suite_named(suite_).value_or(Suite::aes_256_gcm);
        return Action([this, act](const Context& context) { return act(context, key_); });
      });
    };
    add("list", "The keys of the key file, and how many values and events carry each",
        "  kinhub key list\n  kinhub key list --json", key_list);
    auto* made = add("add", "Makes a new key, which seals from now on; a running hub takes it at once",
                     "  kinhub key add\n  kinhub key add --suite sm4\n"
                     "  kinhub key add --standby    several nodes: then copy the key file, then 'key use'",
                     key_add);
    made->add_option("--suite", suite_, "aes-256-gcm, or sm4: SM4 with HMAC-SM3")
        ->check(CLI::IsMember({"aes-256-gcm", "sm4"}))
        ->type_name("SUITE")
        ->capture_default_str();
    made->add_flag("--standby", key_.standby, "It opens, and does not seal before 'kinhub key use'");
    auto* used =
        add("use", "Makes a key of the key file the one that seals", "  kinhub key use 3f2a9c01", key_use);
    add("rotate",
        "Seals anew with the active key whatever carries another; while the hub runs, and may be "
        "interrupted; "
        "exit 1 if something is left",
        "  kinhub key rotate", key_rotate);
    auto* removed = add("remove", "Takes a key out of the key file, which nothing may carry any more",
                        "  kinhub key remove 3f2a9c01", key_remove);
    for (auto* one : {used, removed})
      one->add_option("ID", key_.id, "As 'kinhub key list' shows it")->required();
  }

  void evidence_commands() {
    auto* evidence = group("evidence", "Evidence rules: which word counts where sources differ");
    auto add = [&](const char* name, const char* what, const char* examples, auto act) {
      return command(*evidence, name, what, examples, [this, act] {
        return Action([this, act](const Context& context) { return act(context, evidence_); });
      });
    };
    add("show", "The rules that count, since when, and all that counted before",
        "  kinhub evidence show\n  kinhub evidence show --json", evidence_show);
    auto* check = add("check", "Reads a file of rules; all problems, with file:line:column",
                      "  kinhub evidence check\n  kinhub evidence check ./evidence.yaml", evidence_check);
    auto* test =
        add("test", "Also counts the tests that stand in the file", "  kinhub evidence test", evidence_test);
    auto* compare =
        add("compare", "What a file would change: values, disputes, leads and money; changes nothing",
            "  kinhub evidence compare\n  kinhub evidence compare ./evidence.yaml --json", evidence_compare);
    auto* adopt = add("adopt", "Lets the rules of a file count from now on, and reviews everybody",
                      "  kinhub evidence adopt --reason '2026年第3次会议纪要' --by zhang", evidence_adopt);
    adopt->add_option("--by", evidence_.by, "Who decides; the login name if not said");
    for (auto* made : {check, test, compare, adopt})
      made->add_option("FILE", evidence_.file,
                       "A file of evidence rules; the configured one if none is named");
  }

  void rule_commands() {
    auto* map = group("map", "Mapping files");
    auto add_map = [&](const char* name, const char* what, const char* examples, auto act) {
      auto* made = command(*map, name, what, examples, [this, act] {
        return Action([this, act](const Context& context) { return act(context, folders_); });
      });
      made->add_option("FOLDER", folders_,
                       "Folders of mappings or names of sources; those of all sources if none is named");
    };
    add_map("check", "Reads them; all problems, with file:line:column",
            "  kinhub map check\n  kinhub map check mappings/public_security", map_check);
    add_map("test", "Also runs the tests that stand in the files",
            "  kinhub map test\n  kinhub map test hospital-his", map_test);
    add_map("watch",
            "Runs the tests, and again whenever a mapping, a sample or a code table is saved; until Ctrl-C",
            "  kinhub map watch\n  kinhub map watch public-security", map_watch);
    auto* attempt = command(
        *map, "try",
        "What captured files come to: facts, filtered, rejected, and for every field the line of its rule "
        "and what it "
        "read; needs no hub and makes nothing; exit 1 if any is rejected",
        "  kinhub map try inbox/SWZX_20261118.xml\n"
        "  kinhub map try messages.hl7 --source hospital-his --json\n"
        "  kinhub map try inbox/SWZX_20261118.xml --mapping ./new/death.yaml --source public-security",
        [this] { return Action([this](const Context& context) { return map_try(context, try_); }); });
    attempt->add_option("FILE", try_.files, "Files and folders in an agency's formats")->required();
    attempt->add_option("--source", try_.source,
                        "Whose they are; the one source whose mappings know them if not said");
    attempt
        ->add_option("--mapping", try_.mapping,
                     "A mapping file, a folder or a name, in place of those of the source")
        ->type_name("M");
    attempt->add_option("--limit", try_.records_max, "How many records are shown; 0: all")
        ->capture_default_str();
    auto* told = command(
        *map, "explain",
        "What the mapping of now makes of a stored event, field by field; exit 1 if it rejects it",
        "  kinhub map explain 41 --source public-security    # as 'lead show --json' numbers evidence\n"
        "  kinhub map explain 41 --source public-security --reveal --reason '核对原始报文'",
        [this] {
          return Action([this](const Context& context) { return map_explain(context, source_, event_); });
        });
    told->add_option("EVENT", event_, "Its number in the source's log")->required();
    told->add_option("--source", source_, "Whose it is")->required();
    auto* diff = command(*map, "diff",
                         "What the stored events of a source would come to under other mappings: facts, "
                         "rejections, leads and money; "
                         "changes nothing; exit 1 if the new ones cannot read some",
                         "  kinhub map diff ./new/death.yaml --source public-security\n"
                         "  kinhub map diff ./old ./new --source public-security --since 2026-06-01",
                         [this] {
                           diff_.since_us = time("--since", written_.since);
                           return Action([this](const Context& context) { return map_diff(context, diff_); });
                         });
    diff->add_option(
            "MAPPINGS", diff_.mappings,
            "The new ones, or the old and the new: each a folder, or a file in place of its namesake")
        ->required()
        ->expected(1, 2);
    diff->add_option("--source", diff_.source, "Whose stored events: see 'kinhub source list'")->required();
    diff->add_option("--since", written_.since, "Only events received on or after this day or time")
        ->type_name("TIME");
    auto* all_words = command(
        *map, "words", "Helpers, facts with their fields, and code tables that mappings may use",
        "  kinhub map words\n  kinhub map words death\n  kinhub map words date",
        [this] { return Action([this](const Context& context) { return map_words(context, word_); }); });
    all_words->add_option("WORD", word_, "One helper, fact or table");
    auto* replay =
        command(*map, "replay",
                "Stored events read anew by a mended mapping: what would change in facts, leads and money; "
                "--apply does it; exit 1 if some cannot be read any more",
                "  kinhub map replay public-security\n"
                "  kinhub map replay public-security --mapping public_security/death --since 2026-06-01\n"
                "  kinhub map replay public-security --apply --reason '注销日期取错字段' --by zhang",
                [this] {
                  remap_.since_us = time("--since", written_.since);
                  remap_.apply = apply_ ? Apply::yes : Apply::no;
                  return Action([this](const Context& context) { return map_replay(context, remap_); });
                });
    replay->add_option("SOURCE", remap_.source, "As 'kinhub source list' shows it")->required();
    replay
        ->add_option("--mapping", remap_.mapping,
                     "Only events that this mapping file read or reads now: its name, or where it is")
        ->type_name("FILE");
    replay->add_option("--since", written_.since, "Only events received on or after this day or time")
        ->type_name("TIME");
    auto* dry_run = replay->add_flag("--dry-run", dry_run_, "Shows the plan, as it does without --apply");
    replay->add_flag("--apply", apply_, "Do it")->excludes(dry_run);
    replay->add_option("--by", remap_.by, "Who has it done; the login name if not said");
    auto* policy = group("policy", "Policy files");
    auto add_policy = [&](const char* name, const char* what, const char* examples, auto act) {
      auto* made = command(*policy, name, what, examples, [this, act] {
        return Action([this, act](const Context& context) { return act(context, folder_); });
      });
      made->add_option("FOLDER", folder_, "A folder of policies; the configured one if none is named");
    };
    add_policy("check", "Reads them; all problems, with file:line:column",
               "  kinhub policy check\n  kinhub policy check mappings/policies", policy_check);
    add_policy("test", "Also runs the tests that stand in the files", "  kinhub policy test", policy_test);
    add_policy("mutate", "Bends each number, date and condition: what no test notices is pinned by none",
               "  kinhub policy mutate", policy_mutate);
    auto* words = command(*policy, "words", "The words that policies may ask in, English and Chinese",
                          "  kinhub policy words\n  kinhub policy words --page > docs/vocabulary.md", [this] {
                            return Action([this](const Context& context) {
                              return policy_words(context, folder_, words_page_);
                            });
                          });
    words->add_option("FOLDER", folder_, "A folder of policies; the configured one if none is named");
    words->add_flag("--page", words_page_, "As the page of the documentation, in Markdown");
    policy_tool_commands(*policy);
  }

  void policy_tool_commands(CLI::App& policy) {
    auto* schema_command =
        command(app_, "schema", "JSON Schema of rule files, for editors",
                "  kinhub schema policy > policy.schema.json\n  kinhub schema mapping",
                [this] { return Action([this](const Context& context) { return schema(context, kind_); }); });
    schema_command->add_option("KIND", kind_, "policy, mapping, vocabulary, form or service")
        ->required()
        ->check(CLI::IsMember(rule_schema_kinds()));
    auto* diff = command(
        policy, "diff", "What changed between two policy files, or folders, in words; exit 1 if anything did",
        "  kinhub policy diff zhoucun-2019.yaml zhoucun-2027.yaml\n  kinhub policy diff "
        "mappings/policies ./draft --json",
        [this] {
          return Action([this](const Context& context) { return policy_diff(context, old_, new_); });
        });
    diff->add_option("OLD", old_, "A policy file, or a folder of policies")->required();
    diff->add_option("NEW", new_, "The same, as it is to be")->required();
    auto* format = command(policy, "fmt",
                           "Writes policy and vocabulary files in their one form; comments and meaning stay",
                           "  kinhub policy fmt\n  kinhub policy fmt --check ./draft", [this] {
                             return Action([this](const Context& context) {
                               return policy_format(context, folders_, format_check_);
                             });
                           });
    format->add_option("PATH", folders_, "Files and folders; the configured folder if none is named");
    format->add_flag("--check", format_check_, "Only says which would change; exit 1 if any would");
    auto* what_if = command(
        policy, "what-if",
        "Everybody under other policies beside those that count: people and money, winners and losers, "
        "examples; changes nothing",
        "  kinhub policy what-if ./zhoucun-special-families-2019.yaml\n"
        "  kinhub policy what-if ./draft --region 370306 --from 2027-01-01 --months 24 --report out",
        [this] {
          what_if_.from = day("--from", written_.from);
          return Action([this](const Context& context) { return policy_what_if(context, what_if_); });
        });
    what_if
        ->add_option("NEW", what_if_.named,
                     "A policy file, in the place of the one of the same policy; or a folder of policies")
        ->required();
    what_if
        ->add_option("--region", what_if_.region, "Only this area: 2 to 9 digits; its parts are told apart")
        ->check([](const std::string& text) {
          const bool digits = text.find_first_not_of("0123456789") == std::string::npos;
          return digits && text.size() >= 2 && text.size() <= 9 ? "" : "an area is 2 to 9 digits: 370306";
        });
    what_if->add_option("--from", written_.from, "First month; this month if not said")->type_name("DATE");
    what_if->add_option("--months", what_if_.months, "How many months")
        ->check(CLI::Range(1, 120))
        ->capture_default_str();
    what_if
        ->add_option("--report", what_if_.report,
                     "Also what-if.html (to print), .csv and .json into this folder; small areas together")
        ->type_name("DIR");
  }

  CLI::App app_{"Kinhub: agencies' changes become leads; a person decides.", "kinhub"};
  Options options_;
  Written written_;
  DemoRequest demo_;
  IngestRequest ingest_;
  LeadRequest lead_;
  CareCommand care_;
  PaylistCommand paylist_;
  ReportCommand report_;
  std::string archive_;
  EvidenceCommand evidence_;
  KeyCommand key_;
  AccountCommand account_;
  std::string suite_ = "aes-256-gcm";
  DoctorCommand doctor_;
  NoticesRestoreCommand notices_restore_;
  std::string backup_folder_, backup_key_;
  std::string night_only_, init_, kind_, state_, benefit_, field_, of_, source_, code_, folder_;
  std::vector<std::string> ids_, folders_;
  IdentityFilter identity_filter_;
  IdentityRequest identity_;
  RewindRequest rewind_;
  RemapCommand remap_;
  MapTryQuestion try_;
  MapDiffCommand diff_;
  std::string word_;
  bool words_page_ = false;
  WhatIfCommand what_if_;
  std::string as_decided_, old_, new_;
  bool format_check_ = false;
  ReconcileQuestion reconcile_question_;
  AgreementCommand agreement_;
  std::string agreement_field_, reconcile_class_;
  std::int64_t event_ = 0;
  std::int64_t reconcile_id_ = 0, reconcile_expected_ = 0, reconcile_resume_ = 0;
  Action reconcile_;
  std::vector<std::string> demo_kafka_, demo_postgres_;
  std::int64_t rewind_to_ = -1;
  bool open_ = false, all_ = false, apply_ = false, dry_run_ = false, identity_dry_run_ = false,
       identity_no_wait_ = false;
  std::function<Action()> choose_;
};

/// Error text for an unknown command, with a suggestion; empty when the fault is elsewhere.
std::string unknown_command(CommandLine& line, const std::vector<std::string>& arguments) {
  if (arguments.empty() || arguments[0].starts_with('-')) return "";
  auto names = line.names();
  std::vector<std::string_view> known(names.begin(), names.end());
  if (std::ranges::find(known, arguments[0]) != known.end()) return "";
  return "there is no command '" + arguments[0] + "'" + did_you_mean(arguments[0], known);
}

/// Masked usage error: the parser repeats what was written, and an argument in the wrong place may be a
/// person's number or name. A number behind an @ is no offset here.
std::string masked(std::string_view said) {
  return printable(mask_numbers_in(mask_key(said)));
}

/// Loads the configuration: it, or all that is wrong with it.
std::variant<Config, std::vector<Error>> configure(const Options& options, const FoundConfig& found,
                                                   const Places& places) {
  auto config = default_config(places);
  if (!found.file.empty()) {
    // It names what code is run: nobody else may have written it. Where nobody named it either, least of all.
    const bool by_hand = found.from == ConfigFrom::argument || found.from == ConfigFrom::variable;
    auto why = distrust(found.file, by_hand ? Owners::named_by_hand : Owners::us_and_root);
    if (why.empty() && found.from == ConfigFrom::working_directory)
      why = distrust(std::filesystem::absolute(found.file).parent_path(), Owners::us_and_root);
    if (!why.empty())
      return std::vector{
          Error{"CONFIG_PLACE", "this configuration is not read: " + why, found.file.string()}};
    auto read = read_config(found.file, places);
    if (std::holds_alternative<std::vector<Error>>(read)) return read;
    config = std::move(std::get<Config>(read));
  }
  config.from = found.from;
  if (options.data) {
    bool notices_follow = config.notices == config.data / "notices.jsonl";
    config.data = std::filesystem::absolute(*options.data).lexically_normal();
    if (notices_follow) config.notices = config.data / "notices.jsonl";
  }
  return config;
}

Exit run_chosen(const CommandLine& line, const Action& action, const Surroundings& around,
                const Parts& parts) {
  auto places = find_places(around.program);
  if (!places) {
    print_errors(around.err, {places.error()});
    return Exit::could_not_run;
  }
  // What makes a configuration reads none.
  const auto found =
      line.chosen() == "init" ? FoundConfig() : find_config(line.options().config, around.config_places);
  auto config = configure(line.options(), found, *places);
  if (auto* problems = std::get_if<std::vector<Error>>(&config)) {
    print_errors(around.err, *problems);
    if (found.from != ConfigFrom::argument)
      around.err << "kinhub: configuration " << printable(config_words(found.file, found.from)) << '\n';
    if (line.chosen() != "check") return Exit::could_not_run;
    if (line.options().json) {
      HubCheck checked;
      checked.config = found.file.string(), checked.config_from = found.from, checked.problems = *problems;
      around.out << to_json(checked);
    }
    return Exit::found;
  }
  Context context{line.options(), std::get<Config>(config), *places, parts, around.clock, around.out,
                  around.err,     around.terminal};
  auto exit = action(context);
  around.out.flush();
  if (around.out) return exit;
  around.err << "kinhub: the output could not be written\n";
  return Exit::could_not_run;
}

}  // namespace

int run_program(const std::vector<std::string>& arguments, const Surroundings& around,
                const Parts& parts) try {
  if (!arguments.empty() && arguments[0] == "connector-host" && parts.connector_host)
    return parts.connector_host({arguments.begin() + 1, arguments.end()});
  CommandLine line;
  Action action;
  try {
    line.parse(arguments);
    action = line.action();
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0)
      return line.app().exit(error, around.out, around.err);  // --help, --version
    auto unknown = unknown_command(line, arguments);
    around.err << "kinhub: " << masked(unknown.empty() ? error.what() : unknown)
               << "\nkinhub: see 'kinhub --help'\n";
    return static_cast<int>(Exit::used_wrongly);
  }
  return static_cast<int>(run_chosen(line, action, around, parts));
} catch (const Unavailable& away) {
  around.err << "kinhub: " << printable(mask_numbers_in(away.what()))
             << "\nkinhub: give this command again when that is there\n";
  return static_cast<int>(Exit::could_not_run);
} catch (const std::exception& broken) {
  around.err << "kinhub: " << printable(mask_numbers_in(broken.what())) << '\n';
  return static_cast<int>(Exit::could_not_run);
}

}  // namespace kinhub::cli
