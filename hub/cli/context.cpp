#include "hub/cli/context.hpp"

#include <unistd.h>

#include <cstdlib>
#include <ostream>

#include "hub/base/mutex.hpp"
#include "hub/base/nearest.hpp"

namespace kinhub::cli {
namespace {

std::string user_name() {
  const char* user = std::getenv("USER");
  return user != nullptr ? user : std::to_string(::getuid());
}

}  // namespace

Opening Context::opening(const Config& other) const {
  std::optional<Disclosure> disclosure;
  if (options.reveal) disclosure = Disclosure{user_name(), options.command, options.reason};
  auto note = [&err = err, speaking = std::make_shared<Mutex>()](const std::string& line) {
    MutexLock hold(*speaking);
    err << line + "\n" << std::flush;  // in one write: other threads log to the same place
  };
  return {other, clock, options.today, std::move(disclosure), std::move(note)};
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
