#include "hub/cli/local_hub.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <exception>
#include <mutex>
#include <ostream>
#include <set>
#include <thread>

#include "hub/base/bytes.hpp"
#include "hub/base/mask.hpp"
#include "hub/cli/person_views.hpp"
#include "hub/cli/source_desk.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/pipeline/notice_file.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/store/sqlite_store.hpp"
#include "hub/stream/embedded_log.hpp"
#include "hub/stream/event_codec.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;

/// What each shipped connector is complete for once its snapshot is loaded.
std::vector<Covers> covers_of(const std::string& connector) {
  if (connector == "public_security") return {Covers::births, Covers::residence};
  if (connector == "civil_affairs") return {Covers::adoptions, Covers::marriages};
  return {};
}

Rules read_rules(const Config& config) {
  Rules rules;
  std::vector<Error> wrong;
  for (const auto& source : config.sources) {
    auto read = MappingSet::read(source.mappings, config.directories.codes);
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) {
      wrong.insert(wrong.end(), errors->begin(), errors->end());
      continue;
    }
    rules.mappings[source.name] = std::make_shared<MappingSet>(std::move(std::get<MappingSet>(read)));
    rules.covers.push_back({source.name, covers_of(source.connector)});
  }
  auto policies = PolicySet::read(config.directories.policies);
  if (auto* errors = std::get_if<std::vector<Error>>(&policies)) wrong.insert(wrong.end(), errors->begin(), errors->end());
  if (!wrong.empty()) {
    auto first = wrong.front();
    if (wrong.size() > 1) first.text += " (and " + std::to_string(wrong.size() - 1) + " more: kinhub check)";
    throw ErrorThrown(first);
  }
  std::set<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(config.directories.policies))
    if (entry.is_regular_file() && entry.path().extension() == ".yaml") files.insert(entry.path());
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    rules.policies_digest = sha256_hex(rules.policies_digest + std::string(std::istreambuf_iterator<char>(in), {}));
  }
  rules.policies = std::make_shared<PolicySet>(std::move(std::get<PolicySet>(policies)));
  return rules;
}

/// The one process that may process a data directory. Others append and wait.
class ProcessorLock {
 public:
  explicit ProcessorLock(const fs::path& file) : handle_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    if (handle_ < 0) throw std::system_error(errno, std::generic_category(), "cannot open " + file.string());
  }
  ~ProcessorLock() { ::close(handle_); }
  ProcessorLock(const ProcessorLock&) = delete;
  ProcessorLock& operator=(const ProcessorLock&) = delete;
  bool take() { return ::flock(handle_, LOCK_EX | LOCK_NB) == 0; }

 private:
  int handle_;
};

/// A key is made only for a data directory that has nothing yet: a new key could not open what is there.
Keyring::Opened open_key(const fs::path& data) {
  auto key = data / "kinhub.key";
  if (!fs::exists(key) && (fs::exists(data / "kinhub.db") || fs::exists(data / "log.db")))
    throw std::runtime_error(key.string() + " is missing, and " + data.string() +
                             " holds data sealed with it: put the key file back from its copy");
  return Keyring::open(key);
}

class LocalHub final : public Operations {
 public:
  explicit LocalHub(const Context& context)
      : context_(context), data_(context.config.data), opened_(open_key(data_)), keys_(opened_.keyring),
        log_(EmbeddedLog::open(data_ / "log.db", keys_)), store_(SqliteStore::open(data_ / "kinhub.db", keys_)),
        notices_(context.config.notices) {
    if (opened_.created == Keyring::Created::yes)
      context.err << "made the key file " << (data_ / "kinhub.key").string()
                  << " (mode 0600). Without it nothing in this data directory can be read again: keep a copy elsewhere\n";
    if (context.options.reveal) write_down_disclosure();
  }

  void run(std::stop_token stop) override {
    ProcessorLock lock(data_ / "processor.lock");
    if (!lock.take()) throw std::runtime_error("another hub process works on " + data_.string() + ": stop it first");
    rules();  // read before threads share them
    notices_.deliver(*store_);
    std::mutex speaking;
    auto note = [&](const std::string& line) {
      std::lock_guard hold(speaking);
      context_.err << line << std::endl;
    };
    auto remember = [&](const std::string& source, const std::string& why) {
      try {
        auto writing = store_->begin(Store::For::writing);
        writing->put_value(snapshot_failure(source), mask_numbers_in(why));
        writing->commit();
      } catch (const std::exception& error) {
        note(source + ": " + error.what());
      }
    };
    SourcesAtWork sources(context_.config, *log_, context_.clock,
                          [&](const std::string& source) { return loaded(source); }, {note, remember});
    std::stop_source stop_both;
    std::stop_callback forward(stop, [&] { stop_both.request_stop(); });
    std::jthread night([&] { nightly(stop_both.get_token(), note); });
    try {
      pipeline().run(stop_both.get_token(), {[&] { notices_.deliver(*store_); }, note, note});
    } catch (...) {
      stop_both.request_stop();
      throw;
    }
    sources.stop();
    night.join();
    pipeline().drain();
    notices_.deliver(*store_);
  }

  Result<IngestView> ingest(const SourceConfig& source, const std::vector<fs::path>& paths,
                            const OnProgress& on_progress) override {
    ProcessorLock lock(data_ / "processor.lock");
    const bool mine = lock.take();
    store_->use_cache_kib(128 * 1024);
    const auto before = counters_of(source.name);
    Result<Captured> captured = Captured{};
    std::atomic<std::int64_t> appended = 0;
    {
      std::exception_ptr broken;
      std::stop_source captured_all;
      std::jthread processing;
      if (mine) {
        pipeline();  // rules are read before anything is appended
        processing = std::jthread([&] {
          try {
            pipeline().run(captured_all.get_token(), {});
          } catch (...) {
            broken = std::current_exception();
          }
        });
      }
      auto finish = [&] {
        captured_all.request_stop();
        if (processing.joinable()) processing.join();
      };
      try {
        captured = capture(context_.config, source, *log_, context_.clock, paths, [&](const Captured& now) {
          appended = now.events + now.rejected;
          on_progress(fmt_progress(source.name, now));
        });
      } catch (...) {
        finish();
        throw;
      }
      finish();
      if (broken) std::rethrow_exception(broken);
    }
    if (!captured) return captured.error();
    if (mine || comes_to_us(lock, on_progress)) {
      pipeline().drain({}, [&](std::int64_t done, std::int64_t total) {
        on_progress(source.name + ": processed " + std::to_string(done) + " of " + std::to_string(total));
      });
      notices_.deliver(*store_);
    }
    IngestView view;
    view.files = captured->files;
    view.events = captured->events + captured->rejected;
    view.quarantined = counters_of(source.name).quarantined - before.quarantined;
    view.balance = balance();
    return view;
  }

  Result<NightView> night_scan(Date today, const OnProgress&) override {
    NightView view;
    view.today = today;
    auto last = store_->begin(Store::For::reading)->last_notice();
    auto rehearsal = make_pipeline(today);
    rehearsal->drain();  // what waits in the log belongs to the day
    view.persons = rehearsal->scan();
    std::set<std::string> changed;
    auto reading = store_->begin(Store::For::reading);
    for (const auto& notice : reading->notices(last, 1'000'000)) {
      auto at = notice.body.find("\"subject\":\"");
      if (at != std::string::npos) changed.insert(notice.body.substr(at + 11, 14));
    }
    reading.reset();
    view.leads_changed.assign(changed.begin(), changed.end());
    notices_.deliver(*store_);
    return view;
  }

  Result<std::vector<LeadView>> leads(const LeadFilter& filter) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_);
    std::optional<PersonId> of;
    if (filter.of) {
      auto person = views.find(*filter.of);
      if (!person) return person.error();
      of = *person;
    }
    std::vector<LeadView> found;
    for (const auto& row : reading->leads(std::nullopt)) {
      if (filter.kind && name_of(row.kind) != *filter.kind) continue;
      if (filter.state && name_of(row.state) != *filter.state) continue;
      if (filter.benefit && row.benefit != *filter.benefit) continue;
      if (filter.opened_since_us && row.opened_at_us < *filter.opened_since_us) continue;
      if (of && row.person != *of) continue;
      found.push_back(views.lead(row, *reading));
    }
    return found;
  }

  Result<LeadView> lead(const std::string& id) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_);
    auto number = number_behind(keys_, 'L', id);
    auto row = number ? reading->lead({*number}) : std::nullopt;
    if (!row) return Error{"NO_SUCH_LEAD", "there is no lead of this id: kinhub leads lists them", id};
    return views.lead(*row, *reading);
  }

  Result<LeadView> decide(const std::string& id, Verdict verdict, const std::string& reason, const std::string& by) override {
    auto number = number_behind(keys_, 'L', id);
    if (!number) return Error{"NO_SUCH_LEAD", "there is no lead of this id: kinhub leads lists them", id};
    auto decided = pipeline().decide({*number}, verdict == Verdict::confirm ? LeadState::confirmed : LeadState::dismissed,
                                     reason, by);
    if (!decided) return decided.error();
    notices_.deliver(*store_);
    return lead(id);
  }

  Result<std::vector<FamilyView>> families(const PersonName& of, std::optional<Date> valid_at,
                                           std::optional<std::int64_t> known_at_us) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_, known_at_us.value_or(known_now));
    auto person = views.find(of);
    if (!person) return person.error();
    return views.families(*person, valid_at);
  }

  Result<std::vector<EntitlementView>> entitlements(const PersonName& of, Interval when) override {
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_);
    auto person = views.find(of);
    if (!person) return person.error();
    return views.entitlements(*person, *rules().policies, coverage(*reading), when);
  }

  Result<ExplanationView> explain(const PersonName& of, const std::string& benefit, Date on) override {
    auto index = rules().policies->find(benefit);
    if (!index) return Error{"NO_SUCH_BENEFIT", "no policy has this benefit: kinhub policy check lists them", benefit};
    auto reading = store_->begin(Store::For::reading);
    PersonViews views(*reading, keys_);
    auto person = views.find(of);
    if (!person) return person.error();
    return views.explain(*person, *rules().policies, coverage(*reading), *index, on);
  }

  Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter& filter) override {
    std::vector<QuarantineView> found;
    for (const auto& row : store_->begin(Store::For::reading)->quarantine(QuarantineState::held))
      if (fits(row, filter)) found.push_back(view_of(row));
    return found;
  }

  Result<QuarantineView> quarantined(const std::string& id) override {
    auto row = store_->begin(Store::For::reading)->quarantined(number_of(id));
    if (!row) return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
    auto view = view_of(*row);
    auto event = decode_event(keys_.unseal(row->event, quarantine_context(row->source)));
    if (!event) throw std::runtime_error("a quarantined event cannot be read back: the store is damaged");
    view.key = event->key;
    view.content_type = event->content_type;
    view.charset = mask_numbers_in(event->charset), view.origin = mask_numbers_in(event->origin);
    view.mapping = row->mapping;
    // As text where its charset says how; bytes that are not what they are said to be are shown as they came.
    auto charset = charset_named(event->charset);
    view.body = event->body;
    if (charset)
      if (auto text = to_utf8(event->body, *charset)) view.body = std::move(*text);
    return view;
  }

  Result<ReplayView> replay(const QuarantineFilter& filter) override {
    ReplayView view;
    std::vector<std::string> ids = filter.ids;
    if (ids.empty())
      for (const auto& row : store_->begin(Store::For::reading)->quarantine(QuarantineState::held))
        if (fits(row, filter) && row.code != "WAITS_BEHIND") ids.push_back(std::to_string(row.id));
    for (const auto& id : ids) {
      auto done = pipeline().replay(number_of(id));
      if (!done && done.error().code == "QUARANTINE_UNKNOWN")
        return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
      if (!done && done.error().code == "QUARANTINE_NOT_HELD" && filter.ids.empty()) continue;  // freed by one before it
      if (!done && done.error().code == "QUARANTINE_NOT_HELD") return done.error();
      ++view.replayed;
      ++(done ? view.applied : view.quarantined_again);
    }
    notices_.deliver(*store_);
    return view;
  }

  Result<std::int64_t> discard(const std::vector<std::string>& ids, const std::string& reason) override {
    std::int64_t count = 0;
    for (const auto& id : ids) {
      auto done = pipeline().discard(number_of(id), reason);
      if (!done && done.error().code == "QUARANTINE_UNKNOWN")
        return Error{"NO_SUCH_EVENT", "there is no such event in quarantine: kinhub quarantine list", id};
      if (!done) return done.error();
      ++count;
    }
    notices_.deliver(*store_);
    return count;
  }

  std::vector<SourceView> sources() override {
    std::map<std::string, std::int64_t> received;
    for (const auto& [source, count] : log_->received()) received[source] = count;
    std::map<std::string, std::int64_t> complete;
    for (const auto& row : store_->begin(Store::For::reading)->coverage())
      if (row.complete_until_us > 0) complete[row.source] = row.complete_until_us;
    std::vector<SourceView> views;
    for (const auto& source : context_.config.sources) {
      SourceView view;
      view.name = source.name, view.connector = source.connector;
      view.isolation = source.isolation == Isolation::process ? "process" : "in_process";
      view.state = readiness(context_.config, source);
      if (view.state == "ready" && !loaded(source.name)) {
        auto why = store_->begin(Store::For::reading)->value(snapshot_failure(source.name));
        view.state = why.empty() ? "snapshot not loaded yet" : "snapshot failed: " + why;
      }
      view.received = received[source.name];
      if (complete.contains(source.name)) view.complete_until_us = complete[source.name];
      views.push_back(std::move(view));
    }
    return views;
  }

  BalanceView balance() override {
    // Three witnesses: what the log counted as it came, how far the pipeline is, and where it says the events went.
    BalanceView view;
    for (const auto& source : context_.config.sources) view.sources[source.name];
    auto reading = store_->begin(Store::For::reading);
    auto behind = reading->position(log_->partition_name(0)).sequence;
    for (const auto& [source, counters] : reading->counters())
      view.sources[source] = {0, counters.applied, counters.filtered, counters.duplicate, counters.quarantined, 0};
    auto end = log_->end(0).sequence;
    for (const auto& [source, count] : log_->received()) view.sources[source].received = count;
    auto waiting = end - behind;
    for (auto& [source, counts] : view.sources) {
      auto unaccounted = counts.residue();
      counts.in_flight = std::clamp<std::int64_t>(unaccounted, 0, waiting);
      waiting -= counts.in_flight;
    }
    return view;
  }

  StatusView status() override {
    StatusView view;
    view.version = program_version();
    view.data = data_.string();
    {
      auto reading = store_->begin(Store::For::reading);
      auto size = reading->size();
      view.persons = size.people, view.facts = size.topics;
      for (const auto& lead : reading->leads(LeadState::open)) ++view.open_leads[std::string(name_of(lead.kind))];
      view.notices = reading->last_notice();
      auto delivered = reading->value("notices delivered to file");
      view.notices_waiting = view.notices - (delivered.empty() ? 0 : std::stoll(delivered));
    }
    view.balance = balance();
    return view;
  }

 private:
  /// Who opened what and why, before anything is shown.
  void write_down_disclosure() {
    Packer record;
    const char* user = std::getenv("USER");
    record.text(user != nullptr ? user : std::to_string(::getuid()));
    record.text(context_.options.command);
    record.text(context_.options.reason);
    auto writing = store_->begin(Store::For::writing);
    writing->add_disclosure(context_.clock.now_us(), keys_.seal(record.bytes(), "disclosure"));
    writing->commit();
  }

  static std::string fmt_progress(const std::string& source, const Captured& now) {
    return source + ": " + std::to_string(now.files) + " files, " + std::to_string(now.events) + " events read";
  }

  const Rules& rules() {
    if (!rules_) rules_ = read_rules(context_.config);
    return *rules_;
  }
  std::unique_ptr<Pipeline> make_pipeline(std::optional<Date> today) {
    Pipeline::Options options;
    options.today = today;
    return std::make_unique<Pipeline>(*log_, *store_, keys_, rules(), context_.clock, ownership_, options);
  }
  Pipeline& pipeline() {
    if (!pipeline_) pipeline_ = make_pipeline(context_.options.today);
    return *pipeline_;
  }

  SituationCoverage coverage(StoreTransaction& reading) {
    return coverage_of(reading.coverage(), rules().covers, context_.today());
  }

  /// Name of the value that says why the last try failed; of no meaning once the snapshot is loaded.
  static std::string snapshot_failure(const std::string& source) { return "snapshot failure of " + source; }

  bool loaded(const std::string& source) {
    for (const auto& row : store_->begin(Store::For::reading)->coverage())
      if (row.source == source) return row.loaded;
    return false;
  }

  Counters counters_of(const std::string& source) {
    for (const auto& [name, counters] : store_->begin(Store::For::reading)->counters())
      if (name == source) return counters;
    return {};
  }

  /// Waits until the process that has the lock is through with the log. True: it ended before that, and the lock is ours.
  bool comes_to_us(ProcessorLock& lock, const OnProgress& on_progress) {
    const auto end = log_->end(0).sequence;
    for (;;) {
      auto at = store_->begin(Store::For::reading)->position(log_->partition_name(0)).sequence;
      if (at >= end) return false;
      if (lock.take()) return true;
      on_progress("the running hub has " + std::to_string(end - at) + " events to process");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  /// The scan of each new day, shortly after midnight in Asia/Shanghai, and once at the start.
  void nightly(std::stop_token stop, const std::function<void(const std::string&)>& note) {
    while (!stop.stop_requested()) {
      try {
        auto today = context_.today();
        if (store_->begin(Store::For::reading)->value("last scan") != today.text()) {
          auto looked_at = make_pipeline(today)->scan();
          notices_.deliver(*store_);  // the file's own lock keeps this and the pipeline's delivery apart
          note("night scan of " + today.text() + ": " + std::to_string(looked_at) + " parents looked at");
        }
      } catch (const std::exception& error) {
        note(std::string("night scan failed, tried again in a minute: ") + error.what());
      }
      for (int i = 0; i < 600 && !stop.stop_requested(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
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

  const Context context_;  // a copy: its parts outlive the hub, the struct may not
  fs::path data_;
  Keyring::Opened opened_;
  Keyring keys_;
  std::unique_ptr<EmbeddedLog> log_;
  std::unique_ptr<SqliteStore> store_;
  OwnsAll ownership_{*log_};
  NoticeFile notices_;
  std::optional<Rules> rules_;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace

std::unique_ptr<Operations> open_local_hub(const Context& context) { return std::make_unique<LocalHub>(context); }

}  // namespace kinhub::cli
