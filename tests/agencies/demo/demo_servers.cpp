#include "tests/agencies/demo/demo_servers.hpp"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/agencies/demo/child.hpp"

namespace kinhub::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::minutes start_patience{5};  // the first start may have to fetch a release
constexpr std::chrono::seconds stop_patience{60};

fs::path find_tool(const Places& places, const std::string& tool) {
  const auto beside = places.mappings.parent_path();
  for (const auto& file : {beside / tool, beside / "docker" / tool})
    if (::access(file.c_str(), X_OK) == 0) return file;
  throw std::runtime_error("there is no " + tool + " in " + beside.string() +
                           " or its docker/: name a server instead (kinhub demo --help)");
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

LocalServer::LocalServer(const Places& places, const std::string& tool, fs::path folder)
    : tool_(find_tool(places, tool)), folder_(std::move(folder)) {
  auto log = folder_;
  log += ".log";
  Child starting(tool_, {"start", folder_.string()}, log);
  const auto end = std::chrono::steady_clock::now() + start_patience;
  while (address_.empty() && std::chrono::steady_clock::now() < end) {
    auto line = starting.line(std::chrono::milliseconds(200));
    if (line) address_ = *line;
    if (!line && !starting.running()) break;
  }
  while (starting.running() && std::chrono::steady_clock::now() < end)
    starting.line(std::chrono::milliseconds(100));
  if (address_.empty()) throw std::runtime_error(tool + " did not start a server: " + text_of(log));
}

LocalServer::~LocalServer() {
  try {
    auto log = folder_;
    log += ".log";
    Child stopping(tool_, {"stop", folder_.string()}, log);
    const auto end = std::chrono::steady_clock::now() + stop_patience;
    while (stopping.running() && std::chrono::steady_clock::now() < end)
      stopping.line(std::chrono::milliseconds(100));
  } catch (const std::exception&) {  // what could not be stopped is named in the tool's own log
  }
}

SplitConnection split_connection(const std::string& text) {
  SplitConnection split;
  std::istringstream words(text);
  std::string word;
  constexpr std::string_view mark = "password=";
  while (words >> word) {
    if (word.starts_with(mark)) {
      split.password = word.substr(mark.size());
    } else {
      split.connection += (split.connection.empty() ? "" : " ") + word;
    }
  }
  return split;
}

}  // namespace kinhub::demo
