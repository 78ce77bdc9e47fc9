#include "hub/cli/real_parts.hpp"

#include <unistd.h>

#include "hub/connector/child_process.hpp"
#include "hub/connector/connector_host.hpp"
#include "hub/ground/ground_check.hpp"
#include "hub/ground/sources.hpp"

namespace kinhub::cli {

Parts real_parts() {
  host_connectors();
  Parts parts;
  parts.open_hub = open_desk;
  parts.check_connector = check_connector;
  parts.check_ground = check_ground;
  parts.look_at_topics = [](const Config& config) { return look_at_topics(config); };
  parts.apply_topics = [](const Config& config) { return apply_topics(config); };
  parts.connector_host = [](const std::vector<std::string>&) { return connector_host_main(); };
  return parts;
}

Exit become_demo(const Context& context, const std::vector<std::string>& arguments) {
  std::string self = context.places.program.string();
  std::vector<char*> words = {self.data()};
  auto copies = arguments;
  for (auto& word : copies)
    words.push_back(word.data());
  words.push_back(nullptr);
  context.out.flush();
  for (const auto& folder : {context.places.program.parent_path(), context.places.connectors})
    ::execv((folder / "kinhub-demo").c_str(), words.data());
  print_errors(context.err, {{"NO_SIMULATOR",
                              "the demo needs the programs kinhub-demo and kinhub-agencies: run make build",
                              context.places.program.parent_path().string()}});
  return Exit::could_not_run;
}

}  // namespace kinhub::cli
