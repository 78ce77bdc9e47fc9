#include "hub/desk/local_desk.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <span>
#include <utility>

#include "hub/base/bytes.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/nearest.hpp"
#include "hub/desk/agreement_desk.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/audit_trail.hpp"
#include "hub/desk/care_desk.hpp"
#include "hub/desk/care_reports.hpp"
#include "hub/desk/evidence_desk.hpp"
#include "hub/desk/family_changes.hpp"
#include "hub/desk/guarded_desk.hpp"
#include "hub/desk/identity_desk.hpp"
#include "hub/desk/issued_reports.hpp"
#include "hub/desk/map_try.hpp"
#include "hub/desk/person_views.hpp"
#include "hub/desk/what_if_desk.hpp"
#include "hub/ground/catch_up.hpp"
#include "hub/ground/doctor.hpp"
#include "hub/ground/evidence_state.hpp"
#include "hub/ground/hub_rules.hpp"
#include "hub/ground/log_on_demand.hpp"
#include "hub/ground/make_hub.hpp"
#include "hub/ground/night.hpp"
#include "hub/ground/policy_state.hpp"
#include "hub/ground/reconciliation.hpp"
#include "hub/ground/sources.hpp"
#include "hub/ground/states.hpp"
#include "hub/lead/lead_history.hpp"
#include "hub/lead/record_lead.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/rewind.hpp"
#include "hub/policy/candidate.hpp"
#include "hub/store/audit.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/pages.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

/// Null ownership: commands besides run, ingest and night process nothing that waits in the log.
class OwnsNothing final : public Ownership {
 public:
  std::vector<OwnedPartition> owned() override { return {}; }
  void lost(std::int32_t) override {}
  void stopped(std::int32_t, const std::string&) override {}
};

constexpr std::uint32_t status_patience_ms = 3000;
constexpr std::size_t position_shown_max = 200;

/// Rows of the store that one page of an answer looks at.
constexpr std::size_t rows_looked_at = 100;

Config with_patience(Config config, std::optional<std::uint32_t> patience_ms) {
  if (config.kafka && patience_ms)
    config.kafka->settings.patience_ms = std::min(config.kafka->settings.patience_ms, *patience_ms);
  return config;
}

/// The key: a new one only where a hub may be made. It is told of before anything else can fail: a key that
/// nobody knows of is in no copy.
Keyring::Opened open_key_of(const DeskOptions& options) {
  const auto& config = options.config;
  if (options.make == MakeHub::no)
    if (auto none = no_hub(config)) throw ErrorThrown(*none);
  auto opened = open_key(config.data);
  if (const auto shared = shared_data_directory(config.data); !shared.empty()) options.note(shared);
  if (opened.created == Keyring::Created::yes)
    options.note("made a new hub in " + config.data.string() +
                 " (configuration: " + config_words(config.file, config.from) + "), with the key file " +
                 (config.data / "kinhub.key").string() +
                 " (mode 0600). Without it nothing in this data directory can be read again: keep a copy "
                 "elsewhere");
  return opened;
}

/// Opens the store, and rolls back a new key: one that was made just now and is not that of the
/// database is not left behind.
std::unique_ptr<Store> open_store_with(const DeskOptions& options, const Keyring::Opened& key) try {
  return open_store(options.config, key.keyring);
} catch (const StoreDamaged&) {
  if (key.created == Keyring::Created::yes && fs::remove(options.config.data / "kinhub.key"))
    options.note("took the new key file back: no store was opened with it");
  throw;
}

class LocalDesk final : public Desk {
 public:
  explicit LocalDesk(DeskOptions options)
      : options_(std::move(options)),
        config_(options_.config),
        opened_(open_key_of(options_)),
        keys_(opened_.keyring),
        node_(node_name(config_)),
        store_(open_store_with(options_, opened_)),
        log_(config_, [this] { return open_log(with_patience(config_, log_patience_ms_), keys_); }) {}

  const Keyring& keys() const { return keys_; }
  const std::string& node() const { return node_; }
  /// Where the signatures of reports of reconciliation are kept, too.
  void report_to(std::shared_ptr<AuditTrail> trail) { trail_ = std::move(trail); }

  std::optional<Found> find(const Named& named) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    const auto found_of = [&](const std::vector<PersonId>& people, std::string ref) {
      Found found{std::move(ref), {}};
      for (const auto person : people)
        if (auto area = views.area_of(person, options_.day()); !area.empty())
          found.areas.push_back(std::move(area));
      return found;
    };
    if (const auto* person = std::get_if<PersonName>(&named)) {
      const auto id = views.find(*person);
      return id ? std::optional(found_of({*id}, person_reference(keys_, *id))) : std::nullopt;
    }
    if (const auto* lead = std::get_if<LeadName>(&named)) {
      const auto number = number_behind(keys_, 'L', lead->id);
      const auto row = number ? reading->leads().find({*number}) : std::nullopt;
      if (!row) return std::nullopt;
      const auto person = views.person_of(*row);
      auto found = found_of({person}, lead->id);
      found.person = person_reference(keys_, person);
      return found;
    }
    if (const auto* pair = std::get_if<PairName>(&named)) {
      const auto found =
          IdentityDesk(*reading, keys_, *rules().linkage, evidence_.rules_in(reading->values()))
              .people_of(pair->id);
      return found ? std::optional(found_of(*found, pair->id)) : std::nullopt;
    }
    if (const auto* list = std::get_if<ListName>(&named)) return Found{list->number, {list->region}};
    reading.reset();
    if (const auto* archive = std::get_if<ArchiveName>(&named)) return find_archive_named(archive->number);
    return find_entry(std::get<EntryName>(named));
  }

  void run(std::stop_token stop) override {
    ProcessorLock lock(config_.data);
    if (!lock.take())
      throw std::runtime_error("another hub process works on " + config_.data.string() + ": stop it first");
    require_own_log(config_, *store_, node_);
    auto note = [&](const std::string& line) { options_.note(mask_numbers_in(line)); };
    HubGround ground{config_,        log(),          *store_, keys_, settled_rules(),
                     options_.clock, options_.today, node_,   note,  reported()};
    if (auto why = evidence_not_adopted(config_, keys_, store_->begin(Store::For::reading)->values());
        !why.empty())
      note(why);
    if (shares_store(config_))
      claim_node_name(*store_, node_, data_directory_mark(config_.data), lease_options(ground).lease_ms);
    HubAtWork at_work(std::move(ground));
    note("kinhub runs, data in " + config_.data.string() + "; stop it with SIGTERM or Ctrl-C");
    at_work.run(stop);
  }

  Result<IngestView> ingest(const SourceConfig& source, const std::vector<fs::path>& paths,
                            const OnProgress& on_progress) override {
    expect_long_import(*store_);
    const auto before = counters_of(source.name);
    CatchUp processing(ground(options_.today), on_progress);
    Result<Captured> captured = Captured{};
    processing.beside([&] {
      captured = capture(config_, source, log(), options_.clock, paths, [&](const Captured& now) {
        on_progress(source.name + ": " + std::to_string(now.files) + " files, " + std::to_string(now.events) +
                    " events read");
      });
    });
    if (!captured) return captured.error();
    if (auto stopped = processing.until_processed({*partition_of(config_, log(), source.name)}))
      return *stopped;
    IngestView view;
    view.files = captured->files;
    view.events = captured->events + captured->rejected;
    view.quarantined = counters_of(source.name).quarantined - before.quarantined;
    view.balance = balance();
    return view;
  }

  Result<reconcile::RunRecord> reconcile(const ReconcileQuestion& question,
                                         const OnProgress& on_progress) override {
    reconcile::Request request;
    request.dry_run = question.dry_run, request.again = question.again;
    request.run = question.run, request.expected = question.expected;
    request.reports = question.reports, request.limits = question.limits;
    request.only = question.only;
    auto source = question.source;
    auto paths = question.paths;
    if (question.run) {  // as it was begun
      const auto begun = reconcile_run(*question.run);
      if (!begun) return begun.error();
      source = begun->run.source;
      paths.assign(begun->run.paths.begin(), begun->run.paths.end());
    }
    const auto* of = config_.source(source);
    if (!of)
      return Error{"NO_SUCH_SOURCE", "no source of this name is configured: kinhub source list", source};
    return reconcile_source(ground(options_.today), *of, paths, std::move(request), on_progress);
  }
  std::vector<reconcile::RunRecord> reconcile_runs(const std::string& source) override {
    constexpr std::size_t shown_max = 30;
    return reconcile::runs(store_->begin(Store::For::reading)->values(), source, shown_max);
  }
  Result<ReconcileView> reconcile_run(std::int64_t id) override {
    auto run = reconcile::find_run(store_->begin(Store::For::reading)->values(), id);
    if (!run) return Error{"NO_SUCH_RUN", "there is no such run: kinhub reconcile list", std::to_string(id)};
    ReconcileView view{std::move(*run), "", std::nullopt};
    view.report = reconcile::read_report(view.run.report);
    if (!view.report.empty() && !view.run.signature.empty())
      view.as_signed = reconcile::sign_report(keys_, view.report) == view.run.signature;
    return view;
  }

  Result<AgreementView> agreement(const AgreementQuestion& question, std::stop_token stop,
                                  const OnProgress& on_progress) override {
    if (!question.source.empty() && !config_.source(question.source)) return no_such_source(question.source);
    auto evidence = evidence_.rules_in(store_->begin(Store::For::reading)->values());
    return compare_agreement({*store_, keys_, std::move(evidence), options_.day(), options_.clock.now_us()},
                             question, stop, on_progress);
  }

  Result<NightView> night_scan(Date today, Round round, const OnProgress& on_progress) override {
    const auto steps = steps_of(round);
    if (std::ranges::find(steps, NightStep::rights) != steps.end())
      if (auto differ = other_policies(); !differ.empty()) return Error{"POLICIES_DIFFER", differ, ""};
    NightView view;
    view.today = today;
    NightRoundDone done{today, node_, options_.clock.now_us(), 0, {}};
    const auto last = store_->begin(Store::For::reading)->notices().last();
    if (auto error = catch_up(today, on_progress)) return *error;  // what waits in the log belongs to the day
    for (const auto step : steps) {
      done.steps.push_back({step, "", true, ""});
      if (auto error = night_step(step, view, done.steps.back(), on_progress)) return *error;
    }
    if (auto error = catch_up(today, on_progress)) return *error;  // and what was corrected, with its notices
    view.leads_changed = leads_told_after(last);
    if (round != Round::all) return view;
    const auto is_open = [](const NightStepDone& step) { return step.again_us != 0; };
    if (std::ranges::none_of(done.steps, is_open)) done.ended_us = options_.clock.now_us();
    auto writing = store_->begin(Store::For::writing);
    for (const auto& step : done.steps)
      if (!is_open(step)) note_step(writing->values(), step.step, today, today);
    keep_round(writing->values(), done);
    writing->commit();
    return view;
  }

  Result<IdentityScanView> identity_scan(Date today, Apply apply, const OnProgress& on_progress) override {
    return IdentityScanView{today, apply == Apply::no, scan_for_matches(today, apply, on_progress)};
  }
  IdentityQueueView identity_queue(const IdentityFilter& filter) override {
    auto reading = store_->begin(Store::For::reading);
    return IdentityDesk(*reading, keys_, *rules().linkage, evidence_.rules_in(reading->values()))
        .list(filter);
  }
  Result<IdentityPairView> identity_pair(const std::string& id) override {
    auto reading = store_->begin(Store::For::reading);
    return IdentityDesk(*reading, keys_, *rules().linkage, evidence_.rules_in(reading->values())).show(id);
  }
  std::variant<IdentityAnswer, std::vector<Error>> identity_answer(const IdentityRequest& request,
                                                                   const OnProgress& on_progress) override {
    auto done = enter_answer(request, on_progress);
    if (auto* errors = std::get_if<std::vector<Error>>(&done)) return std::move(*errors);
    auto& entered = std::get<CareAnswer>(done);
    auto pair = identity_pair(request.id);
    if (!pair) return std::vector{pair.error()};
    return IdentityAnswer{{std::move(*pair), std::move(entered.entry)}, std::move(entered.waiting)};
  }

  Result<std::vector<LeadView>> leads(const LeadFilter& filter) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), filter.known_at_us),
                      filter.known_at_us.value_or(known_now));
    std::optional<PersonId> of;
    if (filter.of) {
      auto person = views.find(*filter.of);
      if (!person) return person.error();
      of = *person;
    }
    std::vector<LeadView> found;
    reading->leads().each(std::nullopt, [&](const LeadRow& now) {
      if (filter.benefit && now.benefit != *filter.benefit) return;
      if (filter.opened_since_us && now.opened_at_us < *filter.opened_since_us) return;
      const auto row = lead_as_known(reading->values(), now, filter.known_at_us.value_or(known_now));
      if (!row) return;
      if (filter.kind && name_of(row->kind) != *filter.kind) return;
      if (filter.state && name_of(row->state) != *filter.state) return;
      if (of && views.person_of(*row) != *of) return;
      auto view = views.lead(*row, day_of(filter.known_at_us));
      if (filter.valid_at && !view.when.contains(*filter.valid_at)) return;
      found.push_back(std::move(view));
    });
    return found;
  }

  Result<LeadView> lead(const std::string& id, std::optional<std::int64_t> known_at_us) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), known_at_us),
                      known_at_us.value_or(known_now));
    const auto now = lead_row(*reading, id);
    if (!now) return now.error();
    const auto row = lead_as_known(reading->values(), *now, known_at_us.value_or(known_now));
    if (!row) return Error{"NO_SUCH_LEAD", "this lead had not been opened by then", id};
    auto view = views.lead(*row, day_of(known_at_us));
    if (!known_at_us) add_slips(*reading, {&view, 1});
    return view;
  }

  Result<Page<LeadView>> lead_page(const LeadFilter& filter, const PageRequest& page) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    std::optional<PersonId> of;
    if (filter.of) {
      auto person = views.find(*filter.of);
      if (!person) return person.error();
      of = *person;
    }
    std::optional<LeadState> state;
    for (const auto one : {LeadState::open, LeadState::confirmed, LeadState::dismissed, LeadState::closed})
      if (filter.state && name_of(one) == *filter.state) state = one;
    const auto rows = reading->leads().page(state, {page.after}, rows_looked_at);
    Page<LeadView> found{{}, page.after, rows.size() == rows_looked_at};
    for (const auto& row : rows) {
      if (found.items.size() == page.count_max) {
        found.more = true;
        break;
      }
      found.last = row.id.value;
      if (filter.benefit && row.benefit != *filter.benefit) continue;
      if (filter.opened_since_us && row.opened_at_us < *filter.opened_since_us) continue;
      if (filter.kind && name_of(row.kind) != *filter.kind) continue;
      if (of && views.person_of(row) != *of) continue;
      found.items.push_back(views.lead(row, options_.day()));
    }
    add_slips(*reading, found.items);
    return found;
  }

  LeadCountsView lead_counts(const Scope& scope) override {
    auto reading = store_->begin(Store::For::reading);
    const auto open = std::string(name_of(LeadState::open));
    std::map<LeadKind, std::int64_t> counts;
    LeadCountsView view;
    if (scope.whole) {
      for (const auto& [kind, count] : reading->leads().open_counts())
        counts[kind] = count;
    } else {
      constexpr std::size_t counted_max = 10'000;  // each needs the record of its person
      PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
      const auto rows = reading->leads().page(LeadState::open, {}, counted_max);
      for (const auto& row : rows)
        if (scope.covers(views.area_of(views.person_of(row), options_.day()))) ++counts[row.kind];
      view.complete = rows.size() < counted_max;
    }
    for (const auto& [kind, count] : counts)
      view.counts.push_back({open, std::string(name_of(kind)), count});
    return view;
  }

  Result<AsDecidedView> as_decided(const std::string& id) override {
    auto reading = store_->begin(Store::For::reading);
    const auto row = lead_row(*reading, id);
    if (!row) return row.error();
    return kinhub::as_decided({*reading, keys_, rules(), policies_, evidence_, options_.day()}, *row);
  }

  Result<LeadTimelineView> lead_timeline(const std::string& id, Interval when) override {
    auto reading = store_->begin(Store::For::reading);
    const auto row = lead_row(*reading, id);
    if (!row) return row.error();
    const auto judged = judged_by(*reading, policies_, rules(), options_.day(), std::nullopt);
    if (!judged) return judged.error();
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    return views.timeline(*row, when, *judged, options_.day());
  }

  Result<ExplanationView> lead_explain(const std::string& id, Date on) override {
    auto reading = store_->begin(Store::For::reading);
    const auto row = lead_row(*reading, id);
    if (!row) return row.error();
    if (row->benefit == record_death)
      return Error{
          "NO_BENEFIT",
          "this lead asks whether the record is right, and is about no benefit: its evidence says who "
          "contradicts whom, and so does kinhub explain --field died",
          id};
    const auto judged = judged_by(*reading, policies_, rules(), options_.day(), std::nullopt);
    if (!judged) return judged.error();
    const auto index = judged->policies->find(row->benefit);
    if (!index) return Error{"NO_SUCH_BENEFIT", "no policy has this benefit any more", row->benefit};
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    return views.explain(views.person_of(*row), *judged, *index, on, agencies());
  }

  Result<LeadView> decide(const LeadDecision& decision, const Beside& beside) override {
    auto number = number_behind(keys_, 'L', decision.id);
    if (!number) return unknown(LeadName{decision.id});
    std::optional<LeadView> after;
    auto decided = pipeline().decide(
        {*number}, decision.verdict == Verdict::confirm ? LeadState::confirmed : LeadState::dismissed,
        decision.reason, decision.by, decision.seen_revision,
        [&](StoreTransaction& transaction, const LeadRow& row) {
          after = view_in(transaction, row);
          if (beside) beside(transaction, keys_, *after);
        });
    if (!decided)
      return decided.error().code == "LEAD_UNKNOWN" ? unknown(LeadName{decision.id}) : decided.error();
    deliver();
    return std::move(*after);
  }

  Result<LeadView> propose(const ProposalSlip& proposal, const Beside& beside) override {
    return with_lead(proposal.lead, beside, [&](StoreTransaction& writing, const LeadRow& row) {
      if (row.state != LeadState::open)
        return Result<bool>(
            Error{"LEAD_NOT_OPEN",
                  "this lead is " + std::string(name_of(row.state)) + ": only an open one can be decided",
                  proposal.lead});
      if (row.revision != proposal.revision)
        return Result<bool>(Error{"CHANGED",
                                  "this lead is at revision " + std::to_string(row.revision) + ", not " +
                                      std::to_string(proposal.revision) + " any more: look at it again",
                                  proposal.lead});
      for (const auto& one : find_proposals(writing.accounts(), keys_, {&proposal.lead, 1}))
        if (one.revision == row.revision && options_.clock.now_us() < one.until_us)
          return Result<bool>(
              Error{"PROPOSED_ALREADY", "a decision waits for a second person already", proposal.lead});
      put(writing.accounts(), keys_, proposal);
      return Result<bool>(true);
    });
  }

  Result<LeadView> drop_proposal(const std::string& lead, const std::string& proposal,
                                 const Beside& beside) override {
    return with_lead(lead, beside, [&](StoreTransaction& writing, const LeadRow&) {
      const auto there = find_proposals(writing.accounts(), keys_, {&lead, 1});
      if (there.empty() || there.front().id != proposal)
        return Result<bool>(Error{"CHANGED", "this is not what is proposed now: look at it again", lead});
      writing.accounts().erase_slip(SlipKind::proposal, lead);
      return Result<bool>(true);
    });
  }

  Result<LeadView> assign(const AssigneeSlip& assignee, const std::optional<std::string>& was) override {
    return with_lead(assignee.lead, {}, [&](StoreTransaction& writing, const LeadRow&) {
      if (was) {
        const auto now = find_assignees(writing.accounts(), keys_, {&assignee.lead, 1});
        if (*was != (now.empty() ? "" : now.front().name))
          return Result<bool>(
              Error{"CHANGED", "the lead is somebody else's by now: look at it again", assignee.lead});
      }
      if (assignee.account == 0)
        writing.accounts().erase_slip(SlipKind::assignee, assignee.lead);
      else
        put(writing.accounts(), keys_, assignee);
      return Result<bool>(true);
    });
  }

  Result<LeadHistoryView> lead_history(const std::string& id) override {
    auto reading = store_->begin(Store::For::reading);
    const auto now = lead_row(*reading, id);
    if (!now) return now.error();
    const auto decisions = reading->leads().decisions(now->id);
    LeadHistoryView history{id, {}};
    for (const auto& version : lead_versions(reading->values(), *now)) {
      LeadHistoryView::Item item;
      item.at_us = version.changed_at_us, item.revision = version.revision;
      item.state = name_of(version.state), item.kind = name_of(version.kind);
      item.what = version.state == LeadState::closed ? "closed"
                  : version.state != LeadState::open ? "decided"
                  : history.items.empty()            ? "opened"
                                                     : "changed";
      if (item.what == "decided")
        for (const auto& decision : decisions)
          if (decision.verdict == version.state && decision.at_us <= version.changed_at_us)
            item.by = mask_numbers_in(
                decision_record_from(keys_.unseal(decision.content, lead_context(now->id))).by);
      history.items.push_back(std::move(item));
    }
    return history;
  }

  std::vector<FoundPersonView> find_persons(const PersonName& name) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    const auto person = views.find(name);
    if (!person) return {};
    return {{views.person(*person), views.area_of(*person, options_.day())}};
  }

  AccountRules account_rules() const override {
    AccountRules rules;
    if (!config_.api) return rules;
    rules.trial = config_.api->trial;
    rules.four_eyes_ended = config_.api->four_eyes_ended;
    rules.four_eyes_overpaid = config_.api->four_eyes_overpaid;
    rules.sessions.idle_us = config_.api->session_idle_minutes * 60LL * 1'000'000;
    rules.sessions.life_us = config_.api->session_hours * 3600LL * 1'000'000;
    rules.sessions.per_account = static_cast<std::size_t>(config_.api->sessions_per_account);
    return rules;
  }
  AccountBook& accounts() override {
    if (!accounts_) accounts_.emplace(*store_, keys_, options_.clock, account_rules());
    return *accounts_;
  }

  Result<std::vector<FamilyView>> families(const PersonName& of, std::optional<Date> valid_at,
                                           std::optional<std::int64_t> known_at_us) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), known_at_us),
                      known_at_us.value_or(known_now));
    auto person = views.find(of);
    if (!person) return person.error();
    return views.families(*person, valid_at);
  }

  Result<FamilyChangesView> family_changes(const PersonName& of, std::int64_t from_us,
                                           std::int64_t until_us) override {
    auto reading = store_->begin(Store::For::reading);
    return kinhub::family_changes(*reading, keys_, of, from_us, until_us,
                                  evidence_.rules_in(reading->values()));
  }

  Result<std::vector<EntitlementView>> entitlements(const PersonName& of, Interval when,
                                                    std::optional<std::int64_t> known_at_us) override {
    auto reading = store_->begin(Store::For::reading);
    const auto judged = judged_by(*reading, policies_, rules(), options_.day(), known_at_us);
    if (!judged) return judged.error();
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), known_at_us),
                      known_at_us.value_or(known_now));
    auto person = views.find(of);
    if (!person) return person.error();
    return views.entitlements(*person, *judged, when);
  }

  Result<ExplanationView> explain(const PersonName& of, const std::string& benefit, Date on,
                                  std::optional<std::int64_t> known_at_us) override {
    auto reading = store_->begin(Store::For::reading);
    const auto judged = judged_by(*reading, policies_, rules(), options_.day(), known_at_us);
    if (!judged) return judged.error();
    auto index = judged->policies->find(benefit);
    if (!index)
      return Error{"NO_SUCH_BENEFIT",
                   known_at_us ? "no policy that counted then has this benefit: kinhub entitlements "
                                 "--known-at lists those of the person"
                               : "no policy has this benefit: kinhub policy check lists them",
                   benefit};
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), known_at_us),
                      known_at_us.value_or(known_now));
    auto person = views.find(of);
    if (!person) return person.error();
    return views.explain(*person, *judged, *index, on, agencies());
  }

  Result<FieldOriginView> origin(const PersonName& of, const std::string& field,
                                 std::optional<std::int64_t> known_at_us) override {
    const auto known = asked_field(field);
    if (!known)
      return Error{"NO_SUCH_FIELD",
                   "a person has no field '" + field + "'" + did_you_mean(field, asked_field_names()), field};
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values(), known_at_us),
                      known_at_us.value_or(known_now));
    auto person = views.find(of);
    if (!person) return person.error();
    log_patience_ms_ = status_patience_ms;  // all else is known without the log
    return views.origin(*person, *known,
                        {rules(), mappings_, [this](const std::string& source, std::int64_t sequence) {
                           return event_at(source, sequence);
                         }});
  }

  Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter& filter) override {
    std::vector<QuarantineView> found;
    auto reading = store_->begin(Store::For::reading);
    reading->quarantine().each(QuarantineState::held, [&](const QuarantineRow& row) {
      if (fits(row, filter)) found.push_back(view_of(row));
    });
    return found;
  }

  Result<Page<QuarantineView>> quarantine_page(const QuarantineFilter& filter,
                                               const PageRequest& page) override {
    auto reading = store_->begin(Store::For::reading);
    const auto rows = reading->quarantine().page(QuarantineState::held, page.after, rows_looked_at);
    Page<QuarantineView> found{{}, page.after, rows.size() == rows_looked_at};
    for (const auto& row : rows) {
      if (found.items.size() == page.count_max) {
        found.more = true;
        break;
      }
      found.last = row.id;
      if (fits(row, filter)) found.items.push_back(view_of(row));
    }
    return found;
  }

  Result<QuarantineView> quarantined(const std::string& id) override {
    auto row = store_->begin(Store::For::reading)->quarantine().find(number_of(id));
    if (!row)
      return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
    auto view = view_of(*row);
    auto event = decode_event(keys_.unseal(row->event, quarantine_context(row->source)));
    if (!event) throw std::runtime_error("a quarantined event cannot be read back: the store is damaged");
    view.key = event->key;
    view.content_type = event->content_type;
    view.charset = mask_key(event->charset), view.origin = mask_foreign(event->origin);
    view.mapping = row->mapping;
    // Best-effort decoding: as text where its charset says how; bytes that are not what they are said to
    // be are shown as they came.
    auto charset = charset_named(event->charset);
    view.body = event->body;
    if (charset)
      if (auto text = to_utf8(event->body, *charset)) view.body = std::move(*text);
    return view;
  }

  Result<ReplayView> replay(const QuarantineFilter& filter) override {
    ReplayView view;
    std::vector<std::string> ids = filter.ids;
    if (filter.seen_attempts && ids.size() == 1) {
      const auto row = store_->begin(Store::For::reading)->quarantine().find(number_of(ids.front()));
      if (row && row->attempts != *filter.seen_attempts)
        return Error{"CHANGED", "the event was tried again meanwhile: look at it again", ids.front()};
    }
    if (ids.empty()) {
      auto reading = store_->begin(Store::For::reading);
      reading->quarantine().each(QuarantineState::held, [&](const QuarantineRow& row) {
        if (fits(row, filter) && row.code != waits_code) ids.push_back(std::to_string(row.id));
      });
    }
    for (const auto& id : ids) {
      auto done = pipeline().replay(number_of(id));
      if (!done && done.error().code == "QUARANTINE_UNKNOWN")
        return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
      if (!done && done.error().code == "QUARANTINE_NOT_HELD" && filter.ids.empty())
        continue;  // freed by one before it
      if (!done && done.error().code == "QUARANTINE_NOT_HELD") return done.error();
      ++view.replayed;
      ++(done ? view.applied : view.quarantined_again);
    }
    deliver();
    return view;
  }

  Result<DiscardView> discard(const std::vector<std::string>& ids, const std::string& reason) override {
    DiscardView view;
    for (const auto& id : ids) {
      auto done = pipeline().discard(number_of(id), reason);
      if (!done && done.error().code == "QUARANTINE_UNKNOWN")
        return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
      if (!done) return done.error();
      ++view.discarded;
    }
    deliver();
    return view;
  }

  Result<EventTraceView> event_trace(const std::string& source, std::int64_t sequence) override {
    const auto* of = config_.source(source);
    if (of == nullptr) return no_such_source(source);
    const auto event = event_at(source, sequence);
    if (!event || event->kind == EventKind::coverage)
      return Error{"NO_SUCH_EVENT", "the log has no such event of this source, or does not answer",
                   source + "/" + std::to_string(sequence)};
    const auto tracer = MappingTracer::read(MappingTracer::files_in(of->mappings), config_.directories.codes);
    if (const auto* problems = std::get_if<std::vector<Error>>(&tracer)) return problems->front();
    constexpr std::size_t records_max = 1000;  // of one event
    return EventTraceView{source, sequence, event->received_at_us,
                          try_event(*event, std::get<MappingTracer>(tracer), records_max)};
  }

  Result<RemapView> remap(const RemapQuestion& question, Apply apply,
                          const OnProgress& on_progress) override {
    const auto partition = partition_of(config_, log(), question.source);
    if (!partition) return no_such_source(question.source);
    RemapRequest request{question.source, *partition, std::nullopt, question.since_us};
    if (!question.mapping.empty()) request.mapping = mapping_named(question.source, question.mapping);
    std::optional<RemapOrder> order;
    if (apply == Apply::yes) order = RemapOrder{question.by, question.reason};
    auto done = pipeline().remap(request, order, [&](std::int64_t count, std::int64_t total) {
      on_progress(question.source + ": " + std::to_string(count) + " of " + std::to_string(total) +
                  " events of the log read");
    });
    if (!done) return done.error();
    if (order) deliver();
    return RemapView{question.source, request.mapping.value_or(""), question.since_us, std::move(*done),
                     order.has_value()};
  }

  std::variant<CareAnswer, std::vector<Error>> care_add(const CareRequest& request,
                                                        const OnProgress& on_progress) override {
    auto desk = care();
    const auto numbered = with_archive_number(request);
    auto decided = desk.decide(numbered);
    if (const auto* one = std::get_if<CareDesk::Decided>(&decided);
        one && !one->known && one->entry.form == "archive") {
      const auto faults = with_care([&](const CareRecordMeans& means) -> Result<std::vector<Error>> {
        std::vector<Error> found;
        if (auto fault = archive_entry_fault(means, one->entry)) found.push_back(std::move(*fault));
        return found;
      });
      if (faults && !faults->empty()) return *faults;
    }
    return enter(desk, std::move(decided), numbered, on_progress);
  }
  std::variant<CareAnswer, std::vector<Error>> care_retract(const std::string& id, const CareRequest& request,
                                                            const OnProgress& on_progress) override {
    auto desk = care();
    return enter(desk, desk.decide_retraction(id, {request.who, request.why, options_.clock.now_us()}),
                 request, on_progress);
  }
  Result<std::vector<CareEntryView>> care_entries(const PersonName& of) override {
    return care().entries(of);
  }

  Result<ReportView> report(const ReportRequest& request) override {
    return with_care([&](const CareRecordMeans& means) {
      return make_care_report(means, request, options_.clock.now_us());
    });
  }
  Result<IssuedView> issue_report(const IssueRequest& request) override {
    return with_care([&](const CareRecordMeans& means) {
      return kinhub::issue_report({*store_, keys_, options_.clock}, means, request);
    });
  }
  Result<std::vector<IssuedRowView>> issued_reports(const std::string& region) override {
    return list_issued(*store_->begin(Store::For::reading), keys_, region);
  }
  Result<IssuedView> issued_report(const std::string& number) override {
    return show_issued(*store_->begin(Store::For::reading), keys_, number);
  }
  Result<IssuedView> withdraw_report(const std::string& number, const std::string& by,
                                     const std::string& reason) override {
    return withdraw_issued({*store_, keys_, options_.clock}, number, by, reason);
  }
  Result<WorklistView> worklist(const std::string& region, Date on) override {
    return with_care([&](const CareRecordMeans& means) { return make_worklist(means, region, on); });
  }
  Result<std::vector<ArchiveRowView>> archives(const std::string& region, bool all) override {
    return with_care([&](const CareRecordMeans& means) { return list_archives(means, region, all); });
  }
  Result<ArchiveView> archive(const std::string& number) override {
    return with_care([&](const CareRecordMeans& means) { return show_archive(means, number); });
  }

  EvidenceRulesView evidence() override {
    auto reading = store_->begin(Store::For::reading);
    return evidence_view(config_, keys_, *reading);
  }
  std::variant<EvidenceComparisonView, std::vector<Error>> evidence_compare(
      const fs::path& file, const OnProgress& on_progress) override {
    auto read = read_evidence(file);
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) return std::move(*errors);
    return compare_evidence({*store_, keys_, rules(), options_.clock, options_.day()},
                            std::get<EvidenceFile>(read), on_progress);
  }
  std::variant<EvidenceAdoptedView, std::vector<Error>> evidence_adopt(
      const fs::path& file, const std::string& reason, const std::string& by,
      const OnProgress& on_progress) override {
    auto read = read_evidence(file);
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) return std::move(*errors);
    if (auto differ = other_policies(); !differ.empty())
      return std::vector{Error{"POLICIES_DIFFER", differ, ""}};
    settled_rules();
    auto adopted = record_adoption(*store_, keys_, options_.clock, std::get<EvidenceFile>(read),
                                   {"", "", 0, by, reason});
    if (!adopted) return std::vector<Error>{adopted.error()};
    const auto last = store_->begin(Store::For::reading)->notices().last();
    EvidenceAdoptedView view{*adopted, 0, {}};
    view.persons = scan(options_.today, on_progress);
    view.leads_changed = leads_told_after(last);
    deliver();
    return view;
  }

  std::variant<WhatIfView, std::vector<Error>> what_if(const WhatIfQuestion& question, std::stop_token stop,
                                                       const OnProgress& on_progress) override {
    auto texts = read_candidate(question.named, rules().policy_texts);
    if (auto* errors = std::get_if<std::vector<Error>>(&texts)) return std::move(*errors);
    auto read = PolicySet::read(std::get<std::vector<PolicyText>>(texts));
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) return std::move(*errors);
    auto after = std::make_shared<const PolicySet>(std::move(std::get<PolicySet>(read)));
    auto evidence = evidence_.rules_in(store_->begin(Store::For::reading)->values());
    auto found = kinhub::what_if({*store_, keys_, rules(), std::move(evidence), options_.day(), agencies()},
                                 std::move(after), question, stop, on_progress);
    if (!found) return std::vector{found.error()};
    return std::move(*found);
  }

  std::vector<SourceSummary> sources() override { return sources_of(config_, log(), *store_); }
  std::vector<PositionState> positions() override { return positions_of(config_, log(), *store_); }
  NoticesView notices(std::int64_t after, std::size_t count_max) override {
    auto reading = store_->begin(Store::For::reading);
    NoticesView view;
    view.head = reading->notices().last();
    for (auto& notice : reading->notices().page(after, count_max))
      view.notices.push_back(std::move(notice.body));
    return view;
  }
  Payments& payments() override {
    if (!payments_)
      payments_ = make_payments({config_, *store_, keys_, [this]() -> const Rules& { return rules(); },
                                 evidence_, options_.clock, options_.day()});
    return *payments_;
  }
  Balance balance() override { return balance_of(config_, log(), *store_); }
  HubState status() override {
    log_patience_ms_ = status_patience_ms;  // all else is known already
    auto state = status_of(config_, node_, log_, *store_);
    state.policies = other_policies();
    const auto reading = store_->begin(Store::For::reading);
    state.evidence = evidence_not_adopted(config_, keys_, reading->values());
    const auto round = kept_round(reading->values());
    if (round && round->ended_us != 0)
      state.night_round = round->day.text(), state.night_ended_us = round->ended_us;
    if (!options_.today)  // of a rehearsal nothing is late
      state.night_alarms =
          night_alarms(config_.night, round, rounds_since(reading->values()), options_.clock.now_us());
    return state;
  }

  Result<RewindView> rewind(const std::string& source, std::optional<std::int64_t> to, Apply apply) override {
    auto partition = partition_of(config_, log(), source);
    if (!partition) return no_such_source(source);
    auto plan = plan_rewind(log(), *store_, *partition, to);
    if (plan && apply == Apply::yes) plan = kinhub::rewind(log(), *store_, *plan);
    if (!plan) return plan.error();
    return RewindView{source,    plan->partition, plan->from, plan->to,     plan->start,
                      plan->end, plan->repeated,  plan->lost, plan->text(), apply == Apply::yes};
  }

  Result<CheckpointView> forget_checkpoint(const std::string& source, Apply apply) override {
    auto partition = partition_of(config_, log(), source);
    if (!partition) return no_such_source(source);
    CheckpointView view;
    view.source = source;
    for (const auto& name : checkpoint_names(source)) {
      const auto position = log().checkpoint(name);
      if (position.empty()) continue;
      view.present.push_back(name);
      view.positions.push_back(mask_foreign(position.substr(0, position_shown_max)));
    }
    if (apply == Apply::no || view.present.empty()) return view;
    // Guard against a live connector, which would put its own checkpoint back. One that fails there does not,
    // and to stop its hub would stop all others, too.
    const bool failing = !store_->begin(Store::For::reading)->values().get(trouble_name(source)).empty();
    ProcessorLock lock(config_.data);
    const bool here = !lock.take();
    for (const auto& lease : store_->leases())
      if (!failing && lease.partition == log().partition_name(*partition) && lease.remaining_ms > 0 &&
          (here || lease.owner != node_))
        return Error{"SOURCE_AT_WORK",
                     "the connector of " + source + " is at work on node " + lease.owner +
                         " and does not fail: stop that hub first",
                     ""};
    for (const auto& name : view.present)
      log().set_checkpoint({name, ""});
    view.applied = true;
    return view;
  }

  Result<CoverageView> take_back(const std::string& source, std::int64_t until_us, Apply apply) override {
    if (config_.source(source) == nullptr) return no_such_source(source);
    CoverageView view{source, 0, until_us, apply == Apply::yes};
    if (apply == Apply::yes) {
      auto done = pipeline().take_back_coverage(source, until_us);
      if (!done) return done.error();
      deliver();
      view.was_us = done->was_us;
      return view;
    }
    for (const auto& known : store_->begin(Store::For::reading)->balance().coverage())
      if (known.source == source) view.was_us = known.complete_until_us;
    if (view.was_us <= until_us)
      return Error{"COVERAGE_NOT_CLAIMED",
                   source + " does not claim to be complete beyond this time: see 'kinhub source list'", ""};
    return view;
  }

 private:
  /// What each source is called in words: by the connector that speaks with its agency.
  std::map<std::string, Wording> agencies() const {
    std::map<std::string, Wording> names;
    for (const auto& source : config_.sources)
      names.emplace(source.name, agency_words(source.connector, source.name));
    return names;
  }

  /// What accounts keep beside leads: whose they are, and what waits for a second person.
  void add_slips(StoreTransaction& reading, std::span<LeadView> leads) const {
    std::vector<std::string> ids;
    for (const auto& lead : leads)
      ids.push_back(lead.id);
    const auto view_of_id = [&](const std::string& id) {
      return std::find_if(leads.begin(), leads.end(), [&](const LeadView& lead) { return lead.id == id; });
    };
    for (auto& one : find_assignees(reading.accounts(), keys_, ids))
      view_of_id(one.lead)->assignee = std::move(one.name);
    for (auto& one : find_proposals(reading.accounts(), keys_, ids)) {
      const auto lead = view_of_id(one.lead);
      const bool stands = lead->state == name_of(LeadState::open) && lead->revision == one.revision &&
                          options_.clock.now_us() < one.until_us;
      if (stands)
        lead->proposed = ProposalView{std::move(one.by),
                                      one.confirms ? "confirm" : "dismiss",
                                      std::move(one.reason_code),
                                      std::move(one.reason),
                                      one.at_us,
                                      one.until_us,
                                      one.revision,
                                      one.account,
                                      std::move(one.id)};
    }
  }
  LeadView view_in(StoreTransaction& transaction, const LeadRow& row) {
    PersonViews views(transaction, keys_, evidence_.rules_in(transaction.values()));
    auto view = views.lead(row, options_.day());
    add_slips(transaction, {&view, 1});
    return view;
  }
  /// Changes what is kept beside a lead, in a transaction of its own.
  template <class Work>
  Result<LeadView> with_lead(const std::string& id, const Beside& beside, Work work) {
    auto writing = store_->begin(Store::For::writing);
    const auto row = lead_row(*writing, id);
    if (!row) return row.error();
    if (const auto done = work(*writing, *row); !done) return done.error();
    auto view = view_in(*writing, *row);
    if (beside) beside(*writing, keys_, view);
    writing->commit();
    return view;
  }

  /// The day that counts for what was known at a time.
  Date day_of(std::optional<std::int64_t> known_at_us) const {
    return known_at_us ? shanghai_date(*known_at_us) : options_.day();
  }

  Result<LeadRow> lead_row(StoreTransaction& reading, const std::string& id) {
    const auto number = number_behind(keys_, 'L', id);
    auto row = number ? reading.leads().find({*number}) : std::nullopt;
    if (!row) return unknown(LeadName{id});
    return std::move(*row);
  }

  /// Runs a question of care in one reading transaction. Errors: the first of the service files.
  template <class Work>
  auto with_care(Work work) -> decltype(work(std::declval<const CareRecordMeans&>())) {
    if (!services_)
      services_ = service::ServiceSet::read(config_.directories.care, config_.directories.codes);
    if (const auto* wrong = std::get_if<std::vector<Error>>(&*services_)) {
      auto first = wrong->front();
      if (wrong->size() > 1)
        first.text += " (and " + std::to_string(wrong->size() - 1) + " more: kinhub check)";
      return first;
    }
    auto reading = store_->begin(Store::For::reading);
    return work({*reading, keys_, rules(), policies_, evidence_, std::get<service::ServiceSet>(*services_),
                 options_.day()});
  }
  std::optional<Found> find_archive_named(const std::string& number) {
    const auto found = with_care([&](const CareRecordMeans& means) {
      return Result<std::optional<ArchiveFound>>(find_archive(means, number));
    });
    if (!found || !*found) return std::nullopt;
    Found answer{(*found)->ref, {}};
    if (!(*found)->area.empty()) answer.areas.push_back((*found)->area);
    return answer;
  }

  std::optional<Found> find_entry(const EntryName& name) {
    const auto named = care().people_of(name.id);
    if (!named) return std::nullopt;
    auto reading = store_->begin(Store::For::reading);
    Workspace people(reading->people(), keys_, evidence_.rules_in(reading->values()));
    PersonViews views(*reading, keys_, evidence_.rules_in(reading->values()));
    Found found{name.id, {}};
    for (const auto& identifier : *named)
      for (const auto person : people.holders(identifier_token(keys_, identifier)))
        if (auto area = views.area_of(person, options_.day()); !area.empty())
          found.areas.push_back(std::move(area));
    return found;
  }

  /// Ids of the leads that notices after this one tell of.
  std::vector<std::string> leads_told_after(std::int64_t notice_sequence) {
    std::set<std::string> changed;
    auto reading = store_->begin(Store::For::reading);
    walk_pages(
        notice_sequence,
        [&](std::int64_t after, std::size_t count_max) { return reading->notices().page(after, count_max); },
        [](const NoticeRow& notice) { return notice.sequence; },
        [&](const NoticeRow& notice) {
          auto at = notice.body.find("\"subject\":\"");
          if (at != std::string::npos) changed.insert(notice.body.substr(at + 11, 14));
        });
    return {changed.begin(), changed.end()};
  }

  IdentityScanned scan_for_matches(Date today, Apply apply, const OnProgress& on_progress) {
    IdentityScanOptions options;
    options.dry_run = apply == Apply::no, options.on_progress = on_progress;
    auto scanned = scan_identities(*store_, keys_, *rules().linkage, options_.clock, options);
    if (apply == Apply::yes && scanned.complete) note_identity_scan(*store_, today);
    return scanned;
  }

  std::variant<CareAnswer, std::vector<Error>> enter_answer(const IdentityRequest& request,
                                                            const OnProgress& on_progress) {
    auto reading = store_->begin(Store::For::reading);
    IdentityDesk desk(*reading, keys_, *rules().linkage, evidence_.rules_in(reading->values()));
    if (request.answer == IdentityRequest::Answer::undo) {
      const auto entry = desk.answered_by(request.id);
      if (!entry) return std::vector{entry.error()};
      CareRequest retraction;
      retraction.who = request.who, retraction.why = request.why, retraction.wait = request.wait;
      reading.reset();
      return care_retract(*entry, retraction, on_progress);
    }
    const auto entry = desk.answer(request);
    if (!entry) return std::vector{entry.error()};
    reading.reset();
    return care_add(*entry, on_progress);
  }

  /// An archive that is opened without a number gets the next one of its town, where that is known. A request
  /// with an id of its own may be a repetition, and says its number.
  CareRequest with_archive_number(CareRequest request) {
    const auto value = [&](std::string_view item) {
      for (const auto& [name, text] : request.values)
        if (name == item) return text;
      return std::string();
    };
    const auto on = Date::parse(value("on"));
    const bool opens = value("what") == "opened" || value("what") == "建档";
    if (request.form != "archive" || !request.corrects.empty() || !request.id.empty() || !request.of ||
        !opens || !on || !value("archive_no").empty())
      return request;
    const auto number = with_care([&](const CareRecordMeans& means) -> Result<std::string> {
      const auto person =
          PersonViews(means.reading, keys_, evidence_.rules_in(means.reading.values())).find(*request.of);
      std::string offered;
      if (person) offered = archive_number_for(means, *person, *on);
      return Result<std::string>(boost::system::in_place_value, std::move(offered));
    });
    if (number && !number->empty()) request.values.emplace_back("archive_no", *number);
    return request;
  }

  CareDesk care() { return {config_, log(), *store_, keys_, rules(), options_.clock, options_.day()}; }

  /// Appends what was decided, unless it is a dry run or known, and waits for a while for what becomes of it.
  std::variant<CareAnswer, std::vector<Error>> enter(
      CareDesk& desk, std::variant<CareDesk::Decided, std::vector<Error>> decided, const CareRequest& request,
      const OnProgress& on_progress) {
    constexpr auto patience = std::chrono::seconds(30);
    if (auto* errors = std::get_if<std::vector<Error>>(&decided)) return std::move(*errors);
    const auto& entry = std::get<CareDesk::Decided>(decided);
    if (request.apply == Apply::no) return CareAnswer{desk.plan(entry), std::nullopt};
    if (!entry.known) desk.append(entry);
    CareAnswer answer;
    if (request.wait == Wait::yes) {
      CatchUp processing(ground(options_.today), on_progress);
      answer.waiting =
          processing.until_processed({desk.partition()}, std::chrono::steady_clock::now() + patience);
    }
    answer.entry = desk.outcome(entry);
    return answer;
  }

  /// Why rights must not be scanned by the policies here; empty: nobody is at work by others.
  std::string other_policies() {
    auto at_work = policies_at_work(*store_, lease_ms_of(config_));
    if (at_work.empty()) return "";
    try {
      // A hub of this directory that was killed is at work no more, however lately it was seen. Only what its
      // policies say makes the lock worth a look.
      const auto& digest = rules().policies_digest;
      const auto gone = [&](const NodePolicies& one) { return one.node == node_ && one.digest != digest; };
      if (std::ranges::any_of(at_work, gone) && !ProcessorLock::is_held(config_.data))
        std::erase_if(at_work, gone);
      return policies_differ(at_work, digest);
    } catch (const ErrorThrown&) {  // files that cannot be read: check says so
      return "";
    }
  }

  static Error no_such_source(const std::string& source) {
    return {"NO_SUCH_SOURCE", "the log has no source '" + source + "': kinhub source list", ""};
  }

  /// The name of a mapping file of the source, which may be written as its path.
  std::string mapping_named(const std::string& source, const std::string& written) {
    if (!fs::is_regular_file(written)) return written;
    std::ifstream file(written, std::ios::binary);
    if (!file) return written;
    const std::string text((std::istreambuf_iterator<char>(file)), {});
    const auto mapping = rules().mappings.find(source);
    if (mapping != rules().mappings.end())
      for (const auto& one : mapping->second->texts())
        if (one.text == text) return one.name;
    return written;
  }

  /// One event out of the log; nothing when the log is away or does not have it any more.
  std::optional<Event> event_at(const std::string& source, std::int64_t sequence) {
    try {
      const auto partition = partition_of(config_, log(), source);
      if (!partition || sequence < 1) return std::nullopt;
      const LogPosition before{*partition, sequence - 1, -1};
      auto events = log().read({&before, 1}, 1, status_patience_ms);
      if (events.empty() || events.front().position.sequence != sequence ||
          events.front().event.source != source)
        return std::nullopt;
      return std::move(events.front().event);
    } catch (const Unavailable&) {
    } catch (const LogDamaged&) {
    }
    return std::nullopt;
  }

  /// The opened log, for what cannot be done without it.
  EventLog& log() { return log_.opened(); }
  std::vector<NightStep> steps_of(Round round) const {
    switch (round) {
      case Round::all:
        return config_.night.steps;
      case Round::rights:
        return {NightStep::rights};
      case Round::identity:
        return {NightStep::identity};
      case Round::reconcile:
        return {NightStep::reconcile};
      case Round::agreement:
        return {NightStep::agreement};
      case Round::scrub:
        return {NightStep::scrub};
    }
    return {};
  }
  std::optional<Error> night_step(NightStep step, NightView& view, NightStepDone& done,
                                  const OnProgress& on_progress) {
    switch (step) {
      case NightStep::rights:
        view.persons = scan(view.today, on_progress);
        done.said = std::to_string(view.persons) + " people looked at";
        break;
      case NightStep::identity:
        view.identity = scan_for_matches(view.today, Apply::yes, on_progress);
        done.said = std::to_string(view.identity->waiting) + " pairs wait for a case worker";
        break;
      case NightStep::reconcile: {
        // Given by hand: whatever the round of this day has done already.
        auto reconciled = reconcile_at_night(ground(view.today), std::nullopt, {}, on_progress);
        done = reconciled.summary;
        for (const auto& source : reconciled.at_work) {
          done.again_us = options_.clock.now_us();  // by the hub at work, if this is the round of its day
          reconciled.refused.push_back({"RUN_AT_WORK", "a run is at work over this source already", source});
        }
        view.reconciled = std::move(reconciled.runs), view.not_reconciled = std::move(reconciled.refused);
        break;
      }
      case NightStep::agreement: {
        const auto pipeline = make_pipeline(view.today);
        auto agreed = agree_at_night(ground(view.today), *pipeline, {}, on_progress);
        if (!agreed) return agreed.error();
        done.said = said_of(*agreed);
        view.agreement = *agreed;
        break;
      }
      case NightStep::scrub: {
        const auto scrubbed = scrub_at_night(*store_, keys_, night_scrub_cpu_ms, {});
        for (const auto& line : scrubbed.found)
          options_.note("damage found: " + line);
        done = summary_of(scrubbed);
        break;
      }
    }
    return std::nullopt;
  }
  /// Processes what the log holds, or waits until whoever owns it has.
  std::optional<Error> catch_up(Date today, const OnProgress& on_progress) {
    CatchUp processing(ground(today), on_progress);
    std::vector<std::int32_t> all;
    for (std::int32_t partition = 0; partition < log().partitions(); ++partition)
      all.push_back(partition);
    return processing.until_processed(all);
  }

  const Rules& rules() {
    if (!rules_) rules_ = read_rules(config_);
    return *rules_;
  }
  /// The rules for whoever changes the record: with evidence rules that count.
  const Rules& settled_rules() {
    const auto& read = rules();
    if (!std::exchange(evidence_settled_, true))
      adopt_first_evidence(*store_, keys_, *read.evidence, options_.clock.now_us());
    return read;
  }
  /// Of each run its signature, so that whoever holds a report can show that it is the hub's. It is done
  /// then: a trail that takes no entry undoes nothing.
  std::function<void(const reconcile::RunRecord&)> reported() {
    if (!trail_) return {};
    return [trail = trail_, &clock = options_.clock](const reconcile::RunRecord& run) {
      AuditEntry entry;
      entry.at_us = clock.now_us();
      entry.account = "kinhub", entry.channel = "hub";
      entry.operation = "reconcile.report", entry.outcome = AuditEntry::Outcome::done;
      entry.on = {run.source, std::to_string(run.id), run.signature};
      entry.count = run.counts.records;
      try {
        trail->append(std::move(entry));
      } catch (const AuditAway& away) {
        spdlog::error("audit trail: the signature of run {} could not be written: {}", run.id, away.what());
      }
    };
  }
  HubGround ground(std::optional<Date> today) {
    return {config_,   log(),           *store_,
            keys_,     settled_rules(), options_.clock,
            today,     node_,           [](const std::string&) {},
            reported()};
  }
  std::unique_ptr<Pipeline> make_pipeline(std::optional<Date> today) {
    Pipeline::Options options;
    options.today = today;
    return std::make_unique<Pipeline>(log_, *store_, keys_, settled_rules(), options_.clock, ownership_,
                                      options);
  }
  std::int64_t scan(std::optional<Date> today, const OnProgress& on_progress) {
    ScanOptions options;
    options.progress = [&](const WalkProgress& now) { on_progress(walk_text("reviewed", "people", now)); };
    return make_pipeline(today)->scan(options).people;
  }
  Pipeline& pipeline() {
    if (!pipeline_) pipeline_ = make_pipeline(options_.today);
    return *pipeline_;
  }
  /// Flushes notices to the file at once; a running hub takes them to Kafka.
  void deliver() { deliver_to_file(config_, *store_, node_); }

  Counters counters_of(const std::string& source) {
    for (const auto& [name, counters] : store_->begin(Store::For::reading)->balance().counters())
      if (name == source) return counters;
    return {};
  }

  static bool fits(const QuarantineRow& row, const QuarantineFilter& filter) {
    if (filter.source && row.source != *filter.source) return false;
    if (filter.code && row.code != *filter.code) return false;
    return filter.ids.empty() ||
           std::find(filter.ids.begin(), filter.ids.end(), std::to_string(row.id)) != filter.ids.end();
  }
  static std::int64_t number_of(const std::string& id) {
    if (id.empty() || id.size() > 18 || id.find_first_not_of("0123456789") != std::string::npos) return 0;
    return std::stoll(id);
  }
  static QuarantineView view_of(const QuarantineRow& row) {
    QuarantineView view;
    view.id = std::to_string(row.id), view.source = row.source, view.key = row.key_text;
    view.code = row.code, view.place = row.place, view.reason = row.reason;
    view.received_at_us = row.received_at_us, view.attempts = row.attempts, view.bytes = row.bytes;
    view.mapping = row.mapping;
    return view;
  }

  const DeskOptions options_;
  const Config& config_;
  Keyring::Opened opened_;
  Keyring keys_;
  std::string node_;
  std::unique_ptr<Store> store_;
  std::optional<std::uint32_t> log_patience_ms_;  // shorter than the configured one
  LogOnDemand log_;
  OwnsNothing ownership_;
  std::optional<Rules> rules_;
  EvidenceBook evidence_{keys_};
  PolicyBook policies_{keys_};
  std::optional<std::variant<service::ServiceSet, std::vector<Error>>> services_;
  MappingArchive mappings_{keys_};
  bool evidence_settled_ = false;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<Payments> payments_;
  std::optional<AccountBook> accounts_;
  std::shared_ptr<AuditTrail> trail_;
};

}  // namespace

std::unique_ptr<Desk> open_local_desk(DeskOptions options) {
  return std::make_unique<LocalDesk>(std::move(options));
}

std::unique_ptr<GuardedDesk> open_desk(DeskOptions options) {
  const auto& clock = options.clock;
  const auto trail = options.config.data / "audit.db";
  auto desk = std::make_unique<LocalDesk>(std::move(options));
  auto audit = std::make_shared<AuditFile>(trail, desk->keys(), desk->node());
  desk->report_to(audit);
  return std::make_unique<GuardedDesk>(std::move(desk), std::move(audit), clock);
}

}  // namespace kinhub
