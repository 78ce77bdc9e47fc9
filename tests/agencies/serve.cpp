#include "tests/agencies/serve.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "hub/base/bounded_queue.hpp"
#include "tests/agencies/civil_desk.hpp"
#include "tests/agencies/civil_server.hpp"
#include "tests/agencies/depot.hpp"
#include "tests/agencies/gb18030.hpp"
#include "tests/agencies/mllp_client.hpp"

namespace kinhub::agencies {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::size_t his_queue_max = 1000;

void say(const std::string& line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

void save_private(const fs::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  ::chmod(path.c_str(), 0600);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

/// Turns SIGTERM and SIGINT into a stop request; every other thread is started after it and inherits the
/// mask.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    thread_ = std::jthread([this](std::stop_token own) {
      const timespec tick{0, 100'000'000};
      while (!own.stop_requested() && !stop_.stop_requested())
        if (sigtimedwait(&set_, nullptr, &tick) > 0) stop_.request_stop();
    });
  }
  std::stop_token token() const { return stop_.get_token(); }

 private:
  sigset_t set_;
  std::stop_source stop_;
  std::jthread thread_;
};

struct HisMessage {
  std::string bytes, id;
};

std::pair<std::string, std::uint16_t> host_and_port(const std::string& text) {
  const auto colon = text.rfind(':');
  int port = 0;
  try {
    if (colon != std::string::npos) port = std::stoi(text.substr(colon + 1));
  } catch (const std::exception&) {
  }
  if (colon == 0 || port < 1 || port > 65535)
    throw std::runtime_error("--his must be HOST:PORT, not '" + text + "'");
  return {text.substr(0, colon), static_cast<std::uint16_t>(port)};
}

/// The telegrams of one day, taken from a list in order of delivery.
std::span<const Telegram> take_until(const std::vector<Telegram>& all, std::size_t& at, Moment end,
                                     bool by_writing) {
  const std::size_t first = at;
  while (at < all.size() && (by_writing ? all[at].report->at : all[at].report->delivered) < end)
    ++at;
  return std::span(all).subspan(first, at - first);
}

}  // namespace

int serve(const ServeOptions& options) {
  Signals signals;
  const std::stop_token stop = signals.token();
  const Window window = options.story.window;
  const fs::path police = options.data / "public-security", insurance = options.data / "medical-insurance",
                 hospital = options.data / "hospital-his";
  Depot depot({police / "inbox",
               {},
               insurance / "inbox",
               hospital / "inbox",
               police / "snapshot",
               {},
               insurance / "snapshot",
               hospital / "snapshot",
               true,
               1});

  Storyteller teller(options.story);
  const Batch batch = make_batch(teller, window, 0, options.families, 0);
  TruthBook truth(options.story.seed, window);
  truth.add(batch);
  save_private(options.data / "truth.json", truth.text());
  depot.write_snapshot(batch, window, 0);

  const SystemClock clock;
  CivilDesk::Options desk_options;
  desk_options.secrets = {platform_sign("app-key", std::to_string(options.story.seed)), "WJWHUB320812",
                          "SJGX0001"};
  desk_options.secret_uses_max = options.secret_uses_max;
  desk_options.fault_percent = options.civil_fault_percent;
  CivilDesk desk(desk_options, clock);
  std::vector<Telegram> rows = batch.before(Agency::civil_affairs, window);
  const auto changes = batch.stream(Agency::civil_affairs, window);
  rows.insert(rows.end(), changes.begin(), changes.end());
  desk.load(rows);
  desk.release(window.start_at() - 1);
  CivilServer server(desk, options.civil_port);
  const fs::path secrets_file = options.data / "civil-secrets.json";
  save_private(secrets_file,
               fmt::format("{{\"app_key\": \"{}\", \"rid\": \"{}\", \"sid\": \"{}\"}}\n",
                           desk_options.secrets.app_key, desk_options.secrets.rid, desk_options.secrets.sid));

  MllpClient::Options his_options;
  his_options.attempts_max = options.his_attempts_max;
  if (!options.his.empty()) std::tie(his_options.host, his_options.port) = host_and_port(options.his);
  MllpClient his(his_options);
  BoundedQueue<HisMessage> queue(his_queue_max);
  std::atomic<bool> his_done = options.his.empty();
  std::jthread sender;
  if (!options.his.empty())
    sender = std::jthread([&] {
      while (auto message = queue.pop(stop))
        his.deliver(message->bytes, message->id, stop);
      his_done = true;
    });

  say(fmt::format(
      "{{\"ready\": true, \"pid\": {}, \"today\": \"{}\", \"public_security\": {{\"inbox\": \"{}\", "
      "\"snapshot\": \"{}\"}}, "
      "\"medical_insurance\": {{\"inbox\": \"{}\", \"snapshot\": \"{}\"}}, \"hospital_his\": {{\"inbox\": "
      "\"{}\", \"snapshot\": "
      "\"{}\", \"connects_to\": \"{}\"}}, \"civil_affairs\": {{\"base\": \"http://127.0.0.1:{}\", \"port\": "
      "{}, \"secrets_file\": "
      "\"{}\"}}, \"truth\": \"{}\"}}",
      ::getpid(), window.today.text(), (police / "inbox").string(), (police / "snapshot").string(),
      (insurance / "inbox").string(), (insurance / "snapshot").string(), (hospital / "inbox").string(),
      (hospital / "snapshot").string(), options.his, server.port(), server.port(), secrets_file.string(),
      (options.data / "truth.json").string()));

  while (!options.go_file.empty() && !fs::exists(options.go_file) && !stop.stop_requested())
    std::this_thread::sleep_for(20ms);

  const auto police_all = batch.stream(Agency::public_security, window);
  const auto certificates_all = batch.stream(Agency::death_certificates, window);
  const auto insurance_all = batch.stream(Agency::medical_insurance, window);
  const auto hospital_all = batch.stream(Agency::hospital_his, window);
  std::size_t police_at = 0, certificates_at = 0, insurance_at = 0, hospital_at = 0;
  const auto pace = options.days_per_second > 0 ? std::chrono::duration<double>(1 / options.days_per_second)
                                                : std::chrono::duration<double>(0);
  auto tomorrow = std::chrono::steady_clock::now();
  // One day more than the window: the last night's insurance file comes at 02:00 of the day after.
  for (Date day = window.start; day <= window.today.plus_days(1) && !stop.stop_requested();
       day = day.plus_days(1)) {
    const Moment night = moment(day, 2 * 3600), end = moment(day.plus_days(1));
    const std::size_t insurance_before = insurance_at;
    if (const auto rows_of_night = take_until(insurance_all, insurance_at, night, true);
        !rows_of_night.empty()) {
      // Now and then a night hands out the last row of the night before once more.
      const std::size_t again = insurance_before > 0 && day.days() % 10 == 0 ? 1 : 0;
      depot.write_insurance_night(
          batch.county,
          std::span(insurance_all).subspan(insurance_before - again, rows_of_night.size() + again),
          night - seconds_per_day, night);
    }
    if (day > window.today) break;
    depot.write_police(take_until(police_all, police_at, end, false));
    depot.write_certificates(batch.county, take_until(certificates_all, certificates_at, end, false));
    desk.release(end - 1);
    for (const Telegram& telegram : take_until(hospital_all, hospital_at, end, false)) {
      if (options.his.empty()) continue;
      const std::string message = hospital_message(telegram);
      if (!queue.push({telegram.report->legacy ? gb18030(message) : message, hospital_message_id(telegram)},
                      stop))
        break;
    }
    tomorrow += std::chrono::duration_cast<std::chrono::steady_clock::duration>(pace);
    while (std::chrono::steady_clock::now() < tomorrow && !stop.stop_requested())
      std::this_thread::sleep_for(5ms);
  }
  queue.close();

  while (!stop.stop_requested() && !(his_done && (!options.wait_for_civil || desk.all_fetched())))
    std::this_thread::sleep_for(20ms);
  if (!stop.stop_requested()) {
    std::string files;
    for (const auto& [name, count] : depot.counts())
      files += fmt::format("{}\"{}\": {{\"events\": {}, \"files\": {}}}", files.empty() ? "" : ", ", name,
                           count.events, count.files);
    const MllpCounts& h = his.counts();
    const CivilDesk::Counts c = desk.counts();
    say(fmt::format(
        "{{\"done\": true, \"files\": {{{}}}, \"hospital_messages\": {{\"to_send\": {}, \"sent\": {}, "
        "\"aa\": {}, \"ae\": {}, \"ar\": {}, "
        "\"mismatched\": {}, \"no_answer\": {}, \"no_connection\": {}, \"given_up\": {}}}, "
        "\"civil_affairs\": {{\"rows\": {}, "
        "\"requests\": {}, \"rows_served\": {}, \"unauthorized\": {}, \"faults\": {}, \"all_fetched\": {}}}, "
        "\"families\": {}, "
        "\"people\": {}, \"entitled\": {}}}",
        files, options.his.empty() ? 0 : hospital_all.size(), h.sent.load(), h.accepted.load(),
        h.errors.load(), h.rejected.load(), h.mismatched.load(), h.no_answer.load(), h.no_connection.load(),
        h.given_up.load(), rows.size(), c.requests, c.rows_served, c.rejected, c.faults, desk.all_fetched(),
        batch.worlds.size(), truth.people(), truth.entitled()));
  }
  while (!options.exit_when_done && !stop.stop_requested())
    std::this_thread::sleep_for(50ms);
  return 0;
}

}  // namespace kinhub::agencies
