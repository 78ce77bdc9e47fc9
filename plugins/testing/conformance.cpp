#include "plugins/testing/conformance.hpp"

#include <dlfcn.h>
#include <openssl/sha.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "plugins/testing/fake_host.hpp"

namespace kinhub::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::uint32_t poll_timeout_ms = 100;
/// Stops and resumptions are tried after each of the first so many events.
constexpr std::size_t cuts_max = 40;

const char* word(Verdict verdict) {
  switch (verdict) {
    case Verdict::passed:
      return "ok";
    case Verdict::failed:
      return "FAILED";
    case Verdict::not_applicable:
      return "not checked";
  }
  return "";
}

bool is_known(kinhub_status status) {
  return status >= KINHUB_OK && status <= KINHUB_FATAL;
}

std::string name_of(kinhub_status status) {
  static constexpr const char* names[] = {"OK", "RETRY", "REJECT", "FATAL"};
  return is_known(status) ? names[status] : "unknown status " + std::to_string(status);
}

std::string sha256_of_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const auto byte : digest)
    text.append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
  return text;
}

/// An instance that ends with its scope.
class Instance {
 public:
  Instance(const kinhub_source& source, const kinhub_host* host, const std::string& config)
      : source_(source) {
    status = source.create(host, FakeHost::str(config), &self);
  }
  ~Instance() {
    if (self != nullptr) source_.destroy(self);
  }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;
  bool made() const { return status == KINHUB_OK && self != nullptr; }

  kinhub_status status = KINHUB_FATAL;
  void* self = nullptr;

 private:
  const kinhub_source& source_;
};

/// The checks, in the child process. Each tells its finding at once, so that those before a crash are known.
class Checks {
 public:
  Checks(fs::path path, const ConformanceOptions& options, int out)
      : path_(std::move(path)), options_(options), out_(out) {}

  void run() {
    if (!load() || !descriptor()) return;
    manifest();
    config_ = options_.config_json.empty() ? config_from_schema() : options_.config_json;
    begin("create");
    {
      FakeHost host;
      prepare(host);
      const Instance instance(plugin_.source, host.c(), config_);
      if (!is_known(instance.status))
        return tell(Verdict::failed, "create returned " + name_of(instance.status));
      if (!instance.made())
        return tell(Verdict::not_applicable, "create returned " + name_of(instance.status) + " (" +
                                                 host.explanation +
                                                 "): give a configuration; all that follows needs one");
    }
    tell(Verdict::passed, "");
    bad_configurations();
    poorer_hosts();
    captures();
    if (plugin_.source.poll != nullptr) {
      unknown_position("poll", false);
      stream("poll", false);
    }
    if (plugin_.source.snapshot != nullptr) {
      unknown_position("snapshot", true);
      stream("snapshot", true);
    }
  }

  bool fail(const std::string& detail) {
    tell(Verdict::failed, detail);
    return false;
  }

 private:
  void begin(const std::string& check) {
    check_ = check;
    write("B", check, "");
  }
  void tell(Verdict verdict, const std::string& detail) {
    static constexpr const char* marks[] = {"P", "F", "N"};
    write(marks[static_cast<int>(verdict)], check_, detail);
  }
  void write(const char* mark, const std::string& check, std::string detail) const {
    std::replace(detail.begin(), detail.end(), '\n', ' ');
    std::replace(detail.begin(), detail.end(), '\t', ' ');
    const auto line = std::string(mark) + "\t" + check + "\t" + detail + "\n";
    for (std::size_t done = 0; done < line.size();) {
      const auto count = ::write(out_, line.data() + done, line.size() - done);
      if (count <= 0) ::_exit(1);
      done += static_cast<std::size_t>(count);
    }
  }

  void prepare(FakeHost& host) const {
    for (const auto& [name, value] : options_.secrets)
      host.secrets.emplace(name, value);
  }

  bool load() {
    begin("loads and exports kinhub_plugin_v1");
    void* const object = ::dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (object == nullptr) return fail(::dlerror());
    const auto entry = reinterpret_cast<kinhub_plugin_entry>(::dlsym(object, "kinhub_plugin_v1"));
    if (entry == nullptr)
      return fail("no symbol kinhub_plugin_v1: it is no connector, or of another major version");
    const auto* const described = entry();
    if (described == nullptr) return fail("kinhub_plugin_v1 returned null");
    std::size_t size = 0;
    std::memcpy(&size, described, sizeof size);
    if (size < offsetof(kinhub_plugin, source) + sizeof size)
      return fail("kinhub_plugin.struct_size is " + std::to_string(size));
    std::memcpy(&plugin_, described, std::min(size, sizeof plugin_));
    tell(Verdict::passed, "");
    return true;
  }

  bool descriptor() {
    begin("describes itself");
    const auto& source = plugin_.source;
    if (plugin_.major != KINHUB_PLUGIN_MAJOR) return fail("contract major " + std::to_string(plugin_.major));
    if (plugin_.name.size == 0 || plugin_.version.size == 0) return fail("name or version is empty");
    if (source.struct_size < offsetof(kinhub_source, poll))
      return fail("kinhub_source.struct_size is too small");
    if (source.create == nullptr || source.destroy == nullptr) return fail("create or destroy is missing");
    if (source.poll == nullptr && source.read_capture == nullptr)
      return fail("neither poll nor read_capture");
    schema_ = json::parse(FakeHost::text(plugin_.config_schema), nullptr, false);
    if (!schema_.is_object()) return fail("config_schema is not JSON");
    static const std::set<std::string> known{
        "type",        "properties",           "required", "default", "enum",     "minimum", "maximum",
        "description", "additionalProperties", "items",    "format",  "used_with"};
    properties_ = schema_.value("properties", json::object());
    for (const auto& [name, property] : properties_.items())
      for (const auto& [keyword, value] : property.items())
        if (!known.contains(keyword))
          return fail("config_schema: property '" + name + "' uses '" + keyword + "'");
    tell(Verdict::passed, FakeHost::text(plugin_.name) + " " + FakeHost::text(plugin_.version));
    begin("delivers snapshots");
    tell(source.snapshot == nullptr ? Verdict::failed : Verdict::passed,
         source.snapshot == nullptr ? "reconciliation needs one from every agency connector" : "");
    return true;
  }

  void manifest() {
    begin("connector.json beside it");
    auto beside = path_;
    beside.replace_extension(".connector.json");
    std::ifstream in(beside);
    const auto said = json::parse(std::string{std::istreambuf_iterator<char>(in), {}}, nullptr, false);
    if (!said.is_object()) return tell(Verdict::failed, "there is no readable " + beside.filename().string());
    if (said.value("name", "") != FakeHost::text(plugin_.name) ||
        said.value("version", "") != FakeHost::text(plugin_.version))
      return tell(Verdict::failed, "it names another connector or version");
    if (said.value("sha256", "") != sha256_of_file(path_))
      return tell(Verdict::failed, "sha256 is of another file");
    tell(Verdict::passed, "");
  }

  std::string config_from_schema() {
    auto config = json::object();
    for (const auto& name : schema_.value("required", json::array())) {
      const auto property = properties_.value(name.get<std::string>(), json::object());
      const auto type = property.value("type", "string");
      if (property.contains("default")) {
        config[name.get<std::string>()] = property["default"];
      } else if (property.contains("enum")) {
        config[name.get<std::string>()] = property["enum"][0];
      } else if (type == "string") {
        config[name.get<std::string>()] = fs::temp_directory_path().string();
      } else if (type == "boolean") {
        config[name.get<std::string>()] = false;
      } else {
        config[name.get<std::string>()] = property.value("minimum", json(0));
      }
    }
    return config.dump();
  }

  void bad_configurations() {
    begin("refuses bad configurations with an explanation");
    std::vector<std::string> bad{"", "null", "[]", "{", "\"text\"", std::string("\0\xFF", 2)};
    for (const auto& [name, property] : properties_.items()) {
      json wrong = property.value("type", "") == "string" ? json(5) : json("wrong");
      bad.push_back(json{{name, std::move(wrong)}}.dump());
    }
    for (std::size_t i = 0; i < bad.size(); ++i) {
      FakeHost host;
      prepare(host);
      const Instance instance(plugin_.source, host.c(), bad[i]);
      const bool may_be_fine = i == 0;  // an empty text may stand for an empty object
      if (instance.status == KINHUB_OK && !may_be_fine)
        return tell(Verdict::failed, "create took the configuration " +
                                         json(bad[i]).dump(-1, ' ', true, json::error_handler_t::replace));
      if (instance.status != KINHUB_OK && instance.self != nullptr)
        return tell(Verdict::failed, "create failed and left an instance");
      if (instance.status != KINHUB_OK && host.explanation.empty())
        return tell(Verdict::failed,
                    "create returned " + name_of(instance.status) + " and explained nothing");
    }
    tell(Verdict::passed, "");
  }

  // An older host knows fewer members; a plain one implements only what it must.
  void poorer_hosts() {
    begin("lives with a host that has less");
    FakeHost fake;
    prepare(fake);
    const auto whole = *fake.c();
    for (const auto size :
         {offsetof(kinhub_host, reject), offsetof(kinhub_host, stop_requested), sizeof(kinhub_host)}) {
      kinhub_host host{};
      std::memcpy(&host, &whole, offsetof(kinhub_host, reject));
      host.struct_size = size;
      const Instance instance(plugin_.source, &host, config_);
      if (!instance.made()) continue;
      if (plugin_.source.poll != nullptr) (void)plugin_.source.poll(instance.self, {nullptr, 0}, 0);
      if (plugin_.source.read_capture != nullptr)
        (void)plugin_.source.read_capture(instance.self, FakeHost::str("capture"), FakeHost::str("garbage"));
    }
    tell(Verdict::passed, "");
  }

  std::vector<std::pair<std::string, std::string>> hostile_captures() const {
    std::vector<std::pair<std::string, std::string>> all{
        {"empty", ""},
        {"spaces", " \r\n "},
        {"zeros", std::string(1000, '\0')},
        {"garbage", "\x8F\xFF<{[\"'|,\r\n\x0B\x1C"},
        {"open", std::string(5000, '<')},
        {"deep", std::string(100'000, '[')},
        {"quotes", std::string(999, '"')},
        {"deeper", "<root><body>" + std::string(100'000, '<')}};
    for (const auto& [name, bytes] : options_.captures) {
      const std::size_t step = std::max<std::size_t>(1, bytes.size() / 64);
      for (std::size_t cut = 0; cut < bytes.size(); cut += step) {
        all.emplace_back(name + " cut", bytes.substr(0, cut));
        auto changed = bytes;
        changed[cut] = static_cast<char>(changed[cut] ^ 0x55);
        all.emplace_back(name + " changed", std::move(changed));
      }
    }
    return all;
  }

  void captures() {
    begin("reads captures");
    if (plugin_.source.read_capture == nullptr)
      return tell(Verdict::not_applicable, "it has no read_capture");
    FakeHost host;
    prepare(host);
    const Instance instance(plugin_.source, host.c(), config_);
    for (const auto& [name, bytes] : options_.captures) {
      host.given.clear();
      const auto status =
          plugin_.source.read_capture(instance.self, FakeHost::str(name), FakeHost::str(bytes));
      if (status != KINHUB_OK)
        return tell(Verdict::failed, name + ": " + name_of(status) + " " + host.explanation);
      for (const auto& one : host.given)
        if (!one.position.empty())
          return tell(Verdict::failed, name + ": an event of a capture has a position");
      if (host.given.empty()) return tell(Verdict::failed, name + ": gave nothing");
      if (auto wrong = wrong_with(host.given); !wrong.empty())
        return tell(Verdict::failed, name + ": " + wrong);
    }
    tell(Verdict::passed, std::to_string(options_.captures.size()) + " files");
    begin("answers any bytes");
    for (const auto& [name, bytes] : hostile_captures()) {
      host.given.clear();
      host.explanation.clear();
      const auto status =
          plugin_.source.read_capture(instance.self, FakeHost::str(name), FakeHost::str(bytes));
      if (!is_known(status)) return tell(Verdict::failed, name + ": " + name_of(status));
      if (status != KINHUB_OK && host.explanation.empty())
        return tell(Verdict::failed, name + ": " + name_of(status) + " and no explanation");
      if (auto wrong = wrong_with(host.given); !wrong.empty())
        return tell(Verdict::failed, name + ": " + wrong);
    }
    tell(Verdict::passed, "");
  }

  static std::string wrong_with(const std::vector<FakeHost::Given>& given) {
    for (const auto& one : given) {
      if (one.content_type.empty()) return "an event without content_type";
      if (one.origin.empty()) return "an event without origin";
      if (!one.rejected && one.body.empty()) return "an event without body";
      const bool upper = std::all_of(one.code.begin(), one.code.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      });
      if (one.rejected && (one.code.empty() || !upper)) return "a rejection with the code '" + one.code + "'";
      if (one.rejected && (one.detail.empty() || one.place.empty()))
        return one.code + " without detail or place";
    }
    return {};
  }

  kinhub_status call(bool snapshot, const Instance& instance, const std::string& position) const {
    return snapshot ? plugin_.source.snapshot(instance.self, FakeHost::str(position))
                    : plugin_.source.poll(instance.self, FakeHost::str(position), poll_timeout_ms);
  }

  void unknown_position(const std::string& name, bool snapshot) {
    begin(name + " with a position that is not its own");
    for (const std::string position : {"\xFF\xFE", "nonsense", "{}", "-1"}) {
      FakeHost host;
      prepare(host);
      host.stop_after = cuts_max;
      const Instance instance(plugin_.source, host.c(), config_);
      const auto status = call(snapshot, instance, position);
      if (!is_known(status)) return tell(Verdict::failed, name_of(status));
      if (status != KINHUB_OK && host.explanation.empty())
        return tell(Verdict::failed, name_of(status) + " and no explanation");
    }
    tell(Verdict::passed, "");
  }

  static std::set<std::string> identities(const std::vector<FakeHost::Given>& given) {
    std::set<std::string> all;
    for (const auto& one : given)
      all.insert(one.key + '\0' + one.code + '\0' + one.body);
    return all;
  }

  void stream(const std::string& name, bool snapshot) {
    begin(name + " delivers");
    FakeHost whole;
    prepare(whole);
    {
      const Instance instance(plugin_.source, whole.c(), config_);
      const auto status = call(snapshot, instance, {});
      if (status != KINHUB_OK && whole.explanation.empty())
        return tell(Verdict::failed, name_of(status) + " and no explanation");
      if (status != KINHUB_OK || whole.given.empty())
        return tell(options_.expects_events ? Verdict::failed : Verdict::not_applicable,
                    status == KINHUB_OK ? "there was nothing to deliver"
                                        : name_of(status) + ": " + whole.explanation);
    }
    if (auto wrong = wrong_with(whole.given); !wrong.empty()) return tell(Verdict::failed, wrong);
    if (whole.position().empty())
      return tell(Verdict::failed, "no event has a position: it could never continue");
    tell(Verdict::passed, std::to_string(whole.given.size()) + " events");
    if (snapshot) {
      begin("snapshot tells its watermark");
      tell(whole.complete_until.empty() ? Verdict::failed : Verdict::passed, "");
    }
    if (!snapshot && plugin_.source.skip != nullptr && !sets_aside()) return;
    const auto wanted = identities(whole.given);
    const auto cuts = std::min(cuts_max, whole.given.size());

    begin(name + " stops when asked and continues without loss");
    for (std::size_t cut = 1; cut <= cuts; ++cut)
      if (!interrupted(snapshot, wanted, cut, /*refuse=*/false)) return;
    tell(Verdict::passed, std::to_string(cuts) + " places");
    begin(name + " passes on a refusal and continues without loss");
    for (std::size_t cut = 0; cut < cuts; ++cut)
      if (!interrupted(snapshot, wanted, cut, /*refuse=*/true)) return;
    tell(Verdict::passed, std::to_string(cuts) + " places");
  }

  // What comes first is handed over unread, and the next instance goes on behind it;
  // or it says why it cannot.
  bool sets_aside() {
    begin("sets the record aside that ends it");
    FakeHost host;
    prepare(host);
    {
      const Instance instance(plugin_.source, host.c(), config_);
      const auto status = plugin_.source.skip(instance.self, {nullptr, 0});
      if (status == KINHUB_REJECT && !host.explanation.empty() && host.given.empty())
        return tell(Verdict::not_applicable, host.explanation), true;
      if (status != KINHUB_OK) return fail(name_of(status) + " " + host.explanation);
    }
    if (host.given.size() != 1 || !host.given[0].rejected) return fail("it did not give one rejection");
    if (auto wrong = wrong_with(host.given); !wrong.empty()) return fail(wrong);
    if (host.position().empty()) return fail("the rejection has no position: the record would come again");
    const auto aside = host.given[0].origin, behind = host.position();
    host.given.clear();
    const Instance instance(plugin_.source, host.c(), config_);
    if (auto status = plugin_.source.poll(instance.self, FakeHost::str(behind), poll_timeout_ms);
        status != KINHUB_OK)
      return fail("going on returned " + name_of(status) + " " + host.explanation);
    for (const auto& one : host.given)
      if (one.origin == aside || one.origin.starts_with(aside + "#"))
        return fail("what was set aside came again");
    tell(Verdict::passed, "");
    return true;
  }

  // Once interrupted after `cut` events, then continued by another instance from the last position.
  bool interrupted(bool snapshot, const std::set<std::string>& wanted, std::size_t cut, bool refuse) {
    FakeHost host;
    prepare(host);
    (refuse ? host.refuse_after : host.stop_after) = cut;
    const auto after = " (interrupted after " + std::to_string(cut) + ")";
    {
      const Instance instance(plugin_.source, host.c(), config_);
      const auto status = call(snapshot, instance, {});
      const auto expected = refuse ? KINHUB_RETRY : KINHUB_OK;
      if (status != expected)
        return fail("returned " + name_of(status) + ", not " + name_of(expected) + after);
      if (host.given.size() > cut + 1) return fail("went on after the stop was requested" + after);
    }
    host.refuse_after = host.stop_after = SIZE_MAX;
    const Instance instance(plugin_.source, host.c(), config_);
    const auto status = call(snapshot, instance, host.position());
    if (status != KINHUB_OK)
      return fail("continuing returned " + name_of(status) + " " + host.explanation + after);
    if (identities(host.given) != wanted) return fail("events are missing or changed" + after);
    return true;
  }

  fs::path path_;
  const ConformanceOptions& options_;
  int out_;
  kinhub_plugin plugin_{};
  json schema_, properties_;
  std::string config_, check_;
};

/// Reads the child's lines until it ends or its time is up.
std::string read_all(int in, std::chrono::seconds time_max, bool& timed_out) {
  std::string text;
  const auto until = std::chrono::steady_clock::now() + time_max;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd watched{in, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&watched, 1, static_cast<int>(left.count())) == 0) {
      timed_out = true;
      return text;
    }
    char buffer[4096];
    const auto count = ::read(in, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

std::vector<Finding> findings_of(const std::string& text, std::string& unfinished) {
  std::vector<Finding> findings;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto line = text.substr(at, end - at);
    at = end + 1;
    const auto first = line.find('\t'), second = line.find('\t', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto check = line.substr(first + 1, second - first - 1), detail = line.substr(second + 1);
    if (line[0] == 'B') {
      unfinished = check;
      continue;
    }
    unfinished.clear();
    const auto verdict = line[0] == 'P'   ? Verdict::passed
                         : line[0] == 'N' ? Verdict::not_applicable
                                          : Verdict::failed;
    findings.push_back({check, verdict, detail});
  }
  return findings;
}

}  // namespace

bool ConformanceReport::passed() const {
  return std::none_of(findings.begin(), findings.end(),
                      [](const Finding& f) { return f.verdict == Verdict::failed; });
}

std::string ConformanceReport::text() const {
  std::string text;
  for (const auto& finding : findings) {
    text.append(word(finding.verdict)).append(": ").append(finding.check);
    if (!finding.detail.empty()) text.append(": ").append(finding.detail);
    text += '\n';
  }
  return text;
}

ConformanceReport run_conformance(const fs::path& plugin, const ConformanceOptions& options) {
  std::error_code none;
  if (!fs::is_regular_file(plugin, none))
    return {{{"loads and exports kinhub_plugin_v1", Verdict::failed, "there is no such file"}}};
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  const auto child = ::fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    ::close(ends[0]);
    Checks checks(fs::absolute(plugin), options, ends[1]);
    try {
      checks.run();
    } catch (const std::exception& why) {
      checks.fail(std::string("the check itself failed: ") + why.what());
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  bool timed_out = false;
  const auto text = read_all(ends[0], options.time_max, timed_out);
  ::close(ends[0]);
  if (timed_out) ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  std::string unfinished;
  ConformanceReport report{findings_of(text, unfinished)};
  if (timed_out) {
    report.findings.push_back(
        {unfinished, Verdict::failed,
         "did not come back within " + std::to_string(options.time_max.count()) + " s"});
  } else if (WIFSIGNALED(status)) {
    report.findings.push_back(
        {unfinished, Verdict::failed, std::string("died of ") + ::strsignal(WTERMSIG(status))});
  } else if (WEXITSTATUS(status) != 0 || !unfinished.empty()) {
    report.findings.push_back(
        {unfinished, Verdict::failed, "ended the process with code " + std::to_string(WEXITSTATUS(status))});
  }
  return report;
}

}  // namespace kinhub::testing
