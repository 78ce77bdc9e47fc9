#include "hub/cli/context.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <ostream>

#include "hub/base/mutex.hpp"
#include "hub/base/nearest.hpp"

namespace kinhub::cli {
Caller Context::caller() const {
  Caller caller{login_name(), Rights::all(), Scope{true}, Channel::cli, "", host_name(), options.command, {}};
  caller.name = caller.account;
  if (options.reveal) caller.opening = Opening{"", {}, Purpose::stated, options.reason, {}};
  return caller;
}

std::string login_name() {
  const auto* user = ::getpwuid(::getuid());
  return user ? user->pw_name : "uid " + std::to_string(::getuid());
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

DeskOptions Context::desk_options(const Config& of) const {
  auto note = [&err = err, speaking = std::make_shared<Mutex>()](const std::string& line) {
    MutexLock hold(*speaking);
    err << line + "\n" << std::flush;  // in one write: other threads log to the same place
  };
  return {of, clock, options.today, std::move(note), MakeHub::no};
}

Error Context::no_such_source(const std::string& name) const {
  std::vector<std::string_view> known;
  for (const auto& one : config.sources)
    known.push_back(one.name);
  return {"NO_SUCH_SOURCE", "there is no source '" + name + "'" + did_you_mean(name, known), ""};
}

Exit Context::refuse(const std::vector<Error>& errors) const {
  print_errors(err, errors);
  return Exit::used_wrongly;
}

Exit Context::refuse(const Error& error) const {
  print_errors(err, {error});
  return Exit::used_wrongly;
}

void Context::write(std::string_view text) const {
  out << text;
}

}  // namespace kinhub::cli
