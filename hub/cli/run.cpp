#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <ostream>
#include <system_error>
#include <thread>

#include "hub/account/account_book.hpp"
#include "hub/api/server.hpp"
#include "hub/api/token.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/sleep.hpp"
#include "hub/base/terminal_text.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/base/version.hpp"
#include "hub/cli/commands.hpp"
#include "hub/connector/child_process.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/hub_at_work.hpp"
#include "hub/ground/metrics.hpp"
#include "hub/ground/signals.hpp"

namespace kinhub::cli {
namespace {

constexpr std::chrono::seconds look_again{2};

/// Publishes the waiting state in the metrics file: that it waits is to be seen from outside, too, and what
/// it waits for. What cannot be written is not what it waits for.
void write_waiting(const Context& context, const std::string& away, std::int64_t started_at_us) try {
  ProcessorLock lock(context.config.data);
  if (!lock.take()) return;  // of a hub that is at work
  HubMetrics metrics;
  metrics.up = true, metrics.version = program_version(), metrics.node = node_name(context.config);
  metrics.waits[away] = true;
  metrics.started_at_us = started_at_us, metrics.written_at_us = context.clock.now_us();
  write_whole(context.config.data / "metrics.prom", prometheus_text(metrics));
} catch (const std::exception&) {  // NOLINT(bugprone-empty-catch)
}

/// Writes a file that its owner alone may read. Throws std::system_error.
void write_private(const std::filesystem::path& file, const std::string& text) {
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool written =
      handle >= 0 && ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (handle >= 0) ::close(handle);
  if (!written) throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
}

/// The file of the link that makes the first account, mode 0600, for where there is no terminal.
std::filesystem::path first_link_file(const Config& config) {
  return config.data / "first.link";
}

/// Where nobody has an account yet, tells how to make the first: a link of a quarter of an hour, which works
/// once. On a terminal it is printed; else it stands in a file, because what is printed may be a log.
void offer_first_account(const Context& context, GuardedDesk& hub, std::uint16_t port) {
  const auto file = first_link_file(context.config);
  std::filesystem::remove(file);
  const auto link = hub.first_link(context.caller());
  if (!link) return;
  const auto& address = context.config.api->address;
  const auto url = "http://" + (address == "::1" ? "[::1]" : address) + ":" + std::to_string(port) +
                   "/first/" + link->secret;
  if (context.terminal == Progress::Terminal::yes) {
    context.err << "console: " + url + "\n" << std::flush;
    return;
  }
  write_private(file, url + "\n");
  context.err << "console: the link that makes the first account is in " + file.string() +
                     ", for 15 minutes\n"
              << std::flush;
}

/// Retries the start until log and store are there, then runs until stopped. What
/// waiting cannot mend is thrown.
void run_when_possible(const Context& context, const api::Server* server, const std::stop_token& stop) {
  bool told = false;
  const auto started_at_us = context.clock.now_us();
  while (!stop.stop_requested()) {
    try {
      auto hub = context.open_hub(MakeHub::yes);
      if (server != nullptr) offer_first_account(context, *hub, server->port());
      const auto ran = hub->run(context.caller(), stop);
      if (!ran) print_errors(context.err, {ran.error()});
      return;
    } catch (const Unavailable& error) {
      write_waiting(context, what_is_away("log"), started_at_us);
      if (!std::exchange(told, true))
        context.err << "waiting, not all that the hub stands on is there: "
                    << printable(mask_numbers_in(error.what())) << std::endl;
    }
    sleep_for(look_again, stop);
  }
}

/// Opens the HTTP API beside the hub: it answers also while the hub waits for what it stands on.
std::unique_ptr<api::Server> open_api(const Context& context) {
  const auto& config = context.config;
  const auto token = config.data / "api.token";
  std::filesystem::create_directories(config.data);
  if (!api::read_token(token)) api::mint_token(token);
  const auto note = context.desk_options(config).note;
  api::ServerOptions options{
      config.api->address,
      config.api->port,
      {token, config.data / "metrics.prom", context.clock, context.options.today, note, config.api->console},
      [&context] { return context.open_hub(MakeHub::yes); }};
  auto server = std::make_unique<api::Server>(std::move(options));
  const auto& address = config.api->address;
  note("api: http://" + (address == "::1" ? "[::1]" : address) + ":" + std::to_string(server->port()) +
       "/api/v1, the token is in " + token.string());
  return server;
}

}  // namespace

Exit run(const Context& context) {
  if (hosts_connectors()) adopt_orphans();
  StopOnSignal signals;
  std::unique_ptr<api::Server> server;
  std::jthread serving;
  if (context.config.api) {
    server = open_api(context);
    serving = std::jthread([&server](std::stop_token stop) { server->run(std::move(stop)); });
  }
  run_when_possible(context, server.get(), signals.token());
  if (context.config.api) std::filesystem::remove(first_link_file(context.config));
  return Exit::done;
}

}  // namespace kinhub::cli
