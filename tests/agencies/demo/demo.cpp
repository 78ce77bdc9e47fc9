#include "tests/agencies/demo/demo.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>

#include "hub/base/mask.hpp"
#include "hub/cli/reconcile.hpp"
#include "hub/ground/signals.hpp"
#include "tests/agencies/demo/child.hpp"
#include "tests/agencies/demo/demo_night.hpp"
#include "tests/agencies/demo/demo_servers.hpp"
#include "tests/agencies/demo/demo_truth.hpp"

namespace kinhub::demo {

using cli::Context;
using cli::DemoRequest;
using cli::Exit;
using cli::Progress;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto patience = std::chrono::minutes(5);  // of any one step: a slow machine is no failure
constexpr auto quiet_time = std::chrono::seconds(3);
constexpr auto pause_time = milliseconds(500);  // looking at all sources costs the hub too

/// A data directory of the demo's own, gone afterwards unless it is kept.
class DemoFolder {
 public:
  explicit DemoFolder(bool keep) : keep_(keep) {
    auto pattern = (fs::temp_directory_path() / "kinhub-demo-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::system_error(errno, std::generic_category(), "cannot make " + pattern);
    path_ = pattern;
  }
  ~DemoFolder() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;
  fs::path operator/(std::string_view name) const { return path_ / name; }
  const fs::path& path() const { return path_; }

 private:
  bool keep_;
  fs::path path_;
};

/// A port of this machine that nobody listens on now.
std::uint16_t free_port() {
  int file = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bool found = file >= 0 && ::bind(file, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
               ::getsockname(file, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  if (file >= 0) ::close(file);
  if (!found) throw std::system_error(errno, std::generic_category(), "no free port on this machine");
  return ntohs(address.sin_port);
}

std::optional<fs::path> find_simulator(const Places& places) {
  for (const auto& folder : {places.program.parent_path(), places.connectors})
    if (auto program = folder / "kinhub-agencies"; ::access(program.c_str(), X_OK) == 0) return program;
  return std::nullopt;
}

void write_private(const fs::path& file, const std::string& text) {
  std::ofstream out(file);
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

/// The configuration that joins the hub to the agencies the simulator told of. JSON is YAML.
Json demo_config(const Json& agencies, const DemoFolder& folder, std::uint16_t port) {
  auto read = [](const fs::path& file) {
    std::ifstream in(file);
    return Json::parse(in);
  };
  auto civil = read(agencies.at("civil_affairs").at("secrets_file").get<std::string>());
  write_private(folder / "app_key", civil.at("app_key"));
  auto folders = [&](const char* name) {
    return Json{{"inbox", agencies.at(name).at("inbox")},
                {"snapshot", agencies.at(name).at("snapshot")},
                {"settle_seconds", 1}};
  };
  auto hospital = folders("hospital_his");
  hospital["host"] = "127.0.0.1";
  hospital["port"] = port;
  Json sources = Json::array();
  sources.push_back({{"name", "civil-affairs"},
                     {"settings",
                      {{"base_url", agencies.at("civil_affairs").at("base")},
                       {"rid", civil.at("rid")},
                       {"sid", civil.at("sid")},
                       {"pull_every_ms", 200}}},
                     {"secrets", {{"app_key", {{"file", (folder / "app_key").string()}}}}}});
  sources.push_back({{"name", "public-security"}, {"settings", folders("public_security")}});
  sources.push_back({{"name", "medical-insurance"}, {"settings", folders("medical_insurance")}});
  sources.push_back({{"name", "hospital-his"}, {"settings", hospital}});
  return {{"data", (folder / "data").string()},
          {"sources", sources},
          {"night", {{"sources", {"public-security"}}}}};
}

/// The demo under way: two children, and a hub opened on the same data to watch.
class Demo {
 public:
  Demo(const Context& context, const DemoRequest& request, const fs::path& simulator)
      : context_(context), folder_(request.keep), progress_(context.err, context.terminal) {
    auto port = free_port();
    std::vector<std::string> arguments = {"serve",
                                          "--data",
                                          (folder_ / "agencies").string(),
                                          "--seed",
                                          std::to_string(request.seed),
                                          "--families",
                                          std::to_string(request.families),
                                          "--today",
                                          context.today().text(),
                                          "--his",
                                          "127.0.0.1:" + std::to_string(port),
                                          "--go-file",
                                          (folder_ / "go").string()};
    agencies_.emplace(simulator, arguments, folder_ / "agencies.log");
    auto told = told_line("ready");
    truth_file_ = told.at("truth").get<std::string>();
    residents_ = told.at("public_security").at("snapshot").get<std::string>();
    auto config_file = folder_ / "kinhub.yaml";
    auto written = demo_config(told, folder_, port);
    stand_on_servers(request, written);
    write_private(config_file, written.dump(2));
    auto read = read_config(config_file, context.places);
    if (auto* problems = std::get_if<std::vector<Error>>(&read)) throw ErrorThrown(problems->front());
    config_ = std::move(std::get<Config>(read));
    if (config_.kafka) {
      context.parts.apply_topics(config_);
      const auto& log = config_.kafka->settings;
      if (!kafka_) context.err << "its topics stay on " << log.brokers << ": " << log.prefix << ".*\n";
    }
    hub_process_.emplace(
        context.places.program,
        std::vector<std::string>{"run", "--config", config_file.string(), "--today", context.today().text()},
        folder_ / "hub.log");
    auto options = context.desk_options(config_);
    options.make = MakeHub::yes;
    hub_ = context.parts.open_hub(std::move(options));
  }

  Exit run() {
    wait_for("snapshots", [&] {
      for (const auto& source : hub_->sources(caller_).value())
        if (!source.connector.empty() && !source.complete_until_us) return false;
      return true;
    });
    wait_until_quiet();
    write_private(folder_ / "go", "");
    told_line("done");
    wait_until_quiet();
    hub_process_.reset();  // one process at a time decides
    auto scan = hub_->night_scan(caller_, context_.today(), NightRound::rights,
                                 [&](std::string_view line) { progress_.show(line); });
    progress_.clear();
    if (!scan) return context_.refuse(scan.error());
    return night() ? tell() : Exit::could_not_run;
  }

 private:
  /// The night round over a register that has lost a row, doubled one and changed one meanwhile.
  bool night() {
    auto planted = plant_differences(residents_);
    if (!planted) return context_.refuse(planted.error()), false;
    planted_ = *planted;
    auto done = hub_->night_scan(caller_, context_.today(), NightRound::reconcile,
                                 [&](std::string_view line) { progress_.show(line); });
    progress_.clear();
    if (!done) return context_.refuse(done.error()), false;
    cli::print_errors(context_.err, done->not_reconciled);
    if (done->reconciled.size() != 1) return false;
    night_ = std::move(done->reconciled.front());
    return true;
  }
  bool night_found_all() const {
    using reconcile::RowClass;
    const auto& counts = night_.counts;
    return night_.state == reconcile::RunState::done && counts.not_there == planted_.lost &&
           counts.of(RowClass::duplicate) == planted_.doubled && counts.corrected == planted_.changed &&
           counts.of(RowClass::missing) == 0 && counts.of(RowClass::changed) == planted_.changed &&
           counts.foot();
  }

  /// Everything through Kafka, or into PostgreSQL: a server that was named, or one of the demo's own.
  void stand_on_servers(const DemoRequest& request, Json& config) {
    auto name = folder_.path().filename().string();  // hubs that share a server differ in it
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (request.kafka) {
      auto brokers = *request.kafka;
      if (brokers.empty())
        brokers = kafka_.emplace(context_.places, "kafka-local", folder_ / "kafka").address();
      config["log"]["kafka"] = {{"brokers", brokers}, {"prefix", name}, {"replication", 1}};
      config["notices"]["kafka"] = "exactly-once";
    }
    if (request.postgres) {
      std::ranges::replace(name, '-', '_');
      auto connection = *request.postgres;
      if (connection.empty()) {
        // Started by root the server runs as a user of its own, who has to pass both folders.
        fs::create_directory(folder_ / "postgres");
        for (const auto& passed : {folder_.path(), folder_ / "postgres"})
          fs::permissions(passed, fs::perms::others_exec, fs::perm_options::add);
        connection = postgres_.emplace(context_.places, "postgres-local", folder_ / "postgres").address();
      }
      auto split = split_connection(connection);
      config["store"]["postgresql"] = {{"connection", split.connection}, {"schema", name}};
      if (!split.password.empty()) {
        write_private(folder_ / "database_password", split.password);
        config["store"]["postgresql"]["password"] = {{"file", (folder_ / "database_password").string()}};
      }
      if (!postgres_) context_.err << "its schema stays in the database: " << name << "\n";
    }
  }

  bool stopped() const { return signals_.token().stop_requested(); }
  void require_children() {
    if (stopped()) throw std::runtime_error("stopped");
    if (!agencies_->running())
      throw std::runtime_error("the simulator ended: " + (folder_ / "agencies.log").string() + " says why");
    if (hub_process_ && !hub_process_->running())
      throw std::runtime_error("the hub ended: " + last_words(folder_ / "hub.log"));
  }
  static std::string last_words(const fs::path& log) {
    std::ifstream in(log);
    std::string line, last = "without a word";
    while (std::getline(in, line))
      if (!line.empty()) last = line;
    return last;
  }

  Json told_line(const char* wanted) {
    const auto end = steady_clock::now() + patience;
    while (steady_clock::now() < end) {
      auto line = agencies_->line(pause_time);
      if (line) {
        auto told = Json::parse(*line, nullptr, false);
        if (told.is_object() && told.value(wanted, false)) return told;
      }
      require_children();
      watch();
    }
    throw std::runtime_error(std::string("the simulator did not say '") + wanted + "'");
  }

  template <class Condition>
  void wait_for(const char* what, Condition condition) {
    const auto end = steady_clock::now() + patience;
    while (!condition()) {
      if (steady_clock::now() > end)
        throw std::runtime_error(std::string("waited too long for ") + what + ": " +
                                 last_words(folder_ / "hub.log"));
      require_children();
      watch();
      std::this_thread::sleep_for(pause_time);
    }
  }

  /// Nothing in flight, and nothing new for a while.
  void wait_until_quiet() {
    std::int64_t received = -1;
    auto since = steady_clock::now();
    wait_for("the events to be processed", [&] {
      auto total = hub_->balance(caller_).value().total();
      if (total.received != received || total.in_flight != 0)
        received = total.received, since = steady_clock::now();
      return steady_clock::now() - since > quiet_time;
    });
  }

  void watch() {
    if (!hub_ || context_.terminal == Progress::Terminal::no) return;
    auto total = hub_->balance(caller_).value().total();
    progress_.show(std::to_string(total.received) + " events received, " + std::to_string(total.in_flight) +
                   " in flight");
  }

  Exit tell() {
    std::ifstream in(truth_file_);
    auto truth = read_truth(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!truth) return context_.refuse(truth.error());
    auto beside_truth = caller_;  // who is who is known by the number; nobody in it lives
    beside_truth.opening = Opening{"", {}, Purpose::stated, "invented people beside the truth", {}};
    auto known = hub_->leads(beside_truth, {});
    if (!known) return context_.refuse(known.error());
    auto leads = hub_->leads(caller_, {});
    if (!leads) return context_.refuse(leads.error());
    auto status = hub_->status(caller_).value();
    const auto balance = status.balance ? *status.balance : hub_->balance(caller_).value();
    status.balance = balance;
    auto judged = judge(*truth, *known);
    std::map<Finding, std::size_t> counts;
    for (const auto& one : judged)
      ++counts[one.finding];
    if (context_.options.json) {
      context_.write(json(*leads, judged, counts, status));
    } else {
      print_all(*leads, judged, counts, status);
    }
    bool good = counts[Finding::missed] == 0 && counts[Finding::wrong] == 0 && balance.closes() &&
                balance.total().in_flight == 0 && status.notices_waiting == 0 && night_found_all();
    return good ? Exit::done : Exit::found;
  }

  std::string json(const std::vector<LeadView>& leads, const std::vector<Judged>& judged,
                   std::map<Finding, std::size_t>& counts, const HubState& status) const {
    auto faults = Json::array();
    for (const auto& one : judged)
      if (one.finding != Finding::found)
        faults.push_back({{"finding", one.finding == Finding::missed ? "missed" : "wrong"},
                          {"benefit", one.benefit},
                          {"lead", one.lead ? Json(one.lead->id) : Json()},
                          {"why", one.why}});
    Json shown = {{"found", counts[Finding::found]},
                  {"missed", counts[Finding::missed]},
                  {"wrong", counts[Finding::wrong]},
                  {"faults", faults}};
    shown["leads"] = Json::parse(to_json(leads));
    shown["balance"] = Json::parse(to_json(*status.balance));
    shown["log"] = status.log;
    shown["store"] = status.store;
    shown["notices"] = status.notices;
    shown["notices_waiting"] = status.notices_waiting;
    shown["night"] = Json::parse(to_json(night_));
    shown["night"]["planted"] = {
        {"lost", planted_.lost}, {"doubled", planted_.doubled}, {"changed", planted_.changed}};
    shown["night"]["found_all"] = night_found_all();
    shown["data"] = folder_.path().string();
    return shown.dump(2) + "\n";
  }

  void print_all(const std::vector<LeadView>& leads, const std::vector<Judged>& judged,
                 std::map<Finding, std::size_t>& counts, const HubState& status) const {
    auto& out = context_.out;
    out << "Leads\n";
    cli::print(out, leads, context_.options.language);
    out << "\nBeside the truth\n";
    cli::Table table({"judged", "person", "benefit", "lead", "truth", ""});
    auto span = [](Interval when) {
      return when.from.text() + (when.until == Date::forever() ? "" : " until " + when.until.text());
    };
    for (const auto& one : judged)
      table.add({one.finding == Finding::found    ? "found"
                 : one.finding == Finding::missed ? "MISSED"
                                                  : "WRONG",
                 context_.options.reveal ? one.citizen_id : mask_number(one.citizen_id), one.benefit,
                 one.lead ? one.lead->id + " " + span(one.lead->when) : "-",
                 one.truth ? span(one.truth->when) : "-", one.why});
    table.print(out);
    out << "\nfound " << counts[Finding::found] << ", missed " << counts[Finding::missed] << ", wrong "
        << counts[Finding::wrong] << "\n\n"
        << status.notices << " notices, " << status.notices_waiting << " not delivered; log " << status.log
        << ", store " << status.store << "\n\nBalance\n";
    cli::print(out, *status.balance);
    out << "\nNight round\nin the register of the police " << planted_.lost << " row was lost, "
        << planted_.doubled << " doubled, " << planted_.changed
        << " changed: " << (night_found_all() ? "all found, none else" : "NOT FOUND AS PLANTED") << '\n';
    print(out, night_);
    out << "  (it goes with the demonstration unless --keep was given)\n";
  }

  const Context& context_;
  StopOnSignal signals_;
  DemoFolder folder_;
  Progress progress_;
  std::optional<LocalServer> kafka_, postgres_;  // before all that uses them
  std::optional<Child> agencies_, hub_process_;
  fs::path truth_file_, residents_;
  PlantedNight planted_;
  reconcile::RunRecord night_;
  Config config_;
  const Caller caller_ = context_.caller();
  std::unique_ptr<GuardedDesk> hub_;
};

}  // namespace

Exit demo(const Context& context, const DemoRequest& request) {
  auto simulator = find_simulator(context.places);
  if (!simulator) {
    cli::print_errors(
        context.err,
        {{"NO_SIMULATOR", "the demo needs the program kinhub-agencies beside kinhub: run make build",
          context.places.program.parent_path().string()}});
    return Exit::could_not_run;
  }
  Demo under_way(context, request, *simulator);
  return under_way.run();
}

}  // namespace kinhub::demo
