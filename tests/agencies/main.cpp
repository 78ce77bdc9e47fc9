// kinhub-agencies: four simulated agencies over a seeded population whose truth is known.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <fstream>

#include "tests/agencies/depot.hpp"
#include "tests/agencies/poison.hpp"
#include "tests/agencies/serve.hpp"

namespace {

using namespace kinhub;
using namespace kinhub::agencies;

struct Options {
  std::filesystem::path data = "agencies-data";
  std::uint64_t seed = 1;
  std::size_t families = 300;
  int days = 180;
  std::string today = "2026-11-30";
  bool leave_open = false, new_police_ids = false;
  int strange = 0;
  // files
  std::size_t events = 0;
  std::size_t records_per_file = 200;
  bool with_snapshot = false, yearly_masters = false, flags = false;
};

Window window_of(const Options& options) {
  const auto today = Date::parse(options.today);
  if (!today) throw CLI::ValidationError("--today", "is no day like 2026-11-30");
  if (options.days < 1 || options.days > 3650) throw CLI::ValidationError("--days", "must be 1 to 3650");
  return {today->plus_days(1 - options.days), *today};
}

void add_population(CLI::App& command, Options& options) {
  command.add_option("--data", options.data, "Folder to write to")->capture_default_str();
  command.add_option("--seed", options.seed, "Same seed, same bytes")->capture_default_str();
  command.add_option("--families", options.families, "How many families at most")->capture_default_str();
  command.add_option("--days", options.days, "Days of changes, the last being --today")
      ->capture_default_str();
  command.add_option("--today", options.today, "Last day of the simulation")->capture_default_str();
  command.add_flag("--new-police-ids", options.new_police_ids,
                   "Who moves to another province gets a RYID of that province");
  command
      .add_option(
          "--strange", options.strange,
          "Percent of reports written as other senders do: other dots and blanks in names, type 1 for "
          "01, DECEASED for Y; among false deaths also exercises, days decades ahead, lost visit numbers")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  command.add_flag("--leave-open", options.leave_open, "One false death in ten is never reversed");
}

void save(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

std::string counts_json(const std::map<std::string, DepotCount>& counts) {
  std::string out = "{";
  for (const auto& [name, count] : counts)
    out += fmt::format("{}\"{}\": {{\"events\": {}, \"files\": {}, \"bytes\": {}}}",
                       out.size() > 1 ? ", " : "", name, count.events, count.files, count.bytes);
  return out + "}";
}

int run_files(const Options& options) {
  // One batch is what is held in memory at a time.
  constexpr std::size_t families_per_batch = 25000;
  const Window window = window_of(options);
  DepotFolders folders{options.data / "public-security",
                       options.data / "civil-affairs",
                       options.data / "medical-insurance",
                       options.data / "hospital-his",
                       {},
                       {},
                       {},
                       {},
                       options.flags,
                       std::max<std::size_t>(1, options.records_per_file)};
  if (options.with_snapshot) {
    folders.police_snapshot = folders.police / "snapshot";
    folders.civil_snapshot = folders.civil / "snapshot";
    folders.insurance_snapshot = folders.insurance / "snapshot";
    folders.hospital_snapshot = folders.hospital / "snapshot";
  }
  Depot depot(folders);
  Storyteller teller({options.seed, window, options.leave_open, options.new_police_ids, options.strange});
  TruthBook truth(options.seed, window);
  auto stream_events = [&] {
    std::size_t events = 0;
    for (const auto& [name, count] : depot.counts())
      if (!name.ends_with("snapshot")) events += count.events;
    return events;
  };
  std::size_t families = 0;
  for (std::size_t number = 0; families < options.families; ++number) {
    const std::size_t done = stream_events();
    if (options.events > 0 && done >= options.events) break;
    const Batch batch =
        make_batch(teller, window, number, std::min(families_per_batch, options.families - families),
                   options.events > 0 ? options.events - done : 0);
    families += batch.worlds.size();
    depot.write_changes(batch, window);
    depot.write_captures(batch, window, number);
    if (options.with_snapshot) depot.write_snapshot(batch, window, number);
    if (options.yearly_masters) depot.write_yearly_masters(batch, window);
    truth.add(batch);
  }
  save(options.data / "truth.json", truth.text());
  fmt::print(
      "{{\"done\": true, \"families\": {}, \"people\": {}, \"events\": {}, \"sources\": {}, \"truth\": "
      "\"{}\", "
      "\"entitled\": {}, \"past\": {}, \"future\": {}}}\n",
      families, truth.people(), stream_events(), counts_json(depot.counts()),
      (options.data / "truth.json").string(), truth.entitled(), truth.past(), truth.future());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Four simulated agencies over a seeded population whose truth is known");
  app.require_subcommand(1);
  Options options;

  CLI::App* files =
      app.add_subcommand("files", "Write everything as files in the agencies' formats, with truth.json");
  add_population(*files, options);
  files->add_option("--events", options.events,
                    "Stop after about this many events (families are then a limit only)");
  files->add_option("--records-per-file", options.records_per_file, "Police records in one file")
      ->capture_default_str();
  files->add_flag("--with-snapshot", options.with_snapshot,
                  "Also each source's full snapshot, in its folder snapshot/");
  files->add_flag("--yearly-masters", options.yearly_masters,
                  "Also the police's resident master anew on each New Year's Day");
  files->add_flag("--flags", options.flags, "An empty .ok file beside every file");

  ServeOptions live;
  CLI::App* server = app.add_subcommand("serve", "Serve the four agencies live, each over its own protocol");
  add_population(*server, options);
  server->add_option("--speed", live.days_per_second, "Simulated days per second; 0: as fast as possible")
      ->capture_default_str();
  server->add_option("--civil-port", live.civil_port, "Port of civil affairs on 127.0.0.1; 0: a free one")
      ->capture_default_str();
  server->add_option("--his", live.his,
                     "HOST:PORT of the hub's MLLP listener; without it the hospital sends nothing");
  server->add_option("--his-attempts", live.his_attempts_max, "How often a message answered with AE is sent")
      ->capture_default_str();
  server->add_option("--go-file", live.go_file,
                     "Changes begin when this file exists; snapshots are there at once");
  server->add_option("--secret-uses", live.secret_uses_max,
                     "A civil-affairs secret is renewed after so many requests");
  server
      ->add_option("--civil-faults", live.civil_fault_percent, "Percent of civil-affairs requests that fail")
      ->check(CLI::Range(0, 90));
  bool no_wait_civil = false;
  server->add_flag("--no-wait-civil", no_wait_civil,
                   "Done without anybody having fetched civil affairs to the end");
  server->add_flag("--exit-when-done", live.exit_when_done,
                   "End after the last line instead of waiting for SIGTERM");

  std::filesystem::path poison_folder = "agencies-poison";
  CLI::App* poison = app.add_subcommand("poison", "Write bad input for every source, with index.json");
  poison->add_option("--data", poison_folder, "Folder to write to")->capture_default_str();

  try {
    app.parse(argc, argv);
    if (*files) return run_files(options);
    if (*poison) {
      fmt::print("{{\"done\": true, \"files\": {}, \"index\": \"{}\"}}\n", write_poison(poison_folder),
                 (poison_folder / "index.json").string());
      return 0;
    }
    if (*server) {
      live.data = options.data;
      live.families = options.families;
      live.story = {options.seed, window_of(options), options.leave_open, options.new_police_ids,
                    options.strange};
      live.wait_for_civil = !no_wait_civil;
      return serve(live);
    }
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "kinhub-agencies: {}\n", error.what());
    return 3;
  }
  return 2;
}
