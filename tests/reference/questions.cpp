// Many questions to one open hub: what `kinhub family` and `kinhub explain --field` answer with --json
// --reveal, without the time that opening a hub takes each time. Tests alone use it, to ask of whole
// counties.
//
//   kinhub_questions PROGRAM DATA [CONFIG] < QUESTIONS
//
// QUESTIONS, a JSON array a line; a known time is in microseconds, or null for now:
//   ["family", "322228197503120246", null]
//   ["explain", "322228197503120246", "born", 1796000000000000]
// Answers a line each: {"answer": ...} or {"error": "NO_SUCH_PERSON"}.
#include <iostream>
#include <nlohmann/json.hpp>

#include "hub/desk/json.hpp"
#include "hub/desk/local_desk.hpp"

namespace {

using namespace kinhub;

Config configured(const Places& places, int argc, char** argv) {
  auto config = default_config(places);
  if (argc > 3) {
    auto read = read_config(argv[3], places);
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      throw std::runtime_error(describe(errors->front()));
    config = std::move(std::get<Config>(read));
  }
  config.data = argv[2];
  return config;
}

template <class Answer>
nlohmann::json told(const Result<Answer>& answer) {
  if (!answer) return {{"error", answer.error().code}};
  return {{"answer", nlohmann::json::parse(to_json(*answer))}};
}

nlohmann::json answered(Desk& hub, const nlohmann::json& question) {
  const auto of = read_person(question.at(1).get<std::string>());
  if (!of) return {{"error", of.error().code}};
  const auto& at = question.back();
  const auto known_at = at.is_null() ? std::nullopt : std::optional(at.get<std::int64_t>());
  if (question.at(0) == "family") return told(hub.families(*of, std::nullopt, known_at));
  return told(hub.origin(*of, question.at(2).get<std::string>(), known_at));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: kinhub_questions PROGRAM DATA [CONFIG] < QUESTIONS\n";
    return 2;
  }
  const SystemClock clock;
  const auto places = find_places(argv[1]);
  if (!places) {
    std::cerr << describe(places.error()) << "\n";
    return 2;
  }
  const auto config = configured(*places, argc, argv);
  const auto hub = open_local_desk(
      {config, clock, std::nullopt, [](const std::string& line) { std::cerr << line << "\n"; }});
  for (std::string line; std::getline(std::cin, line);)
    std::cout << answered(*hub, nlohmann::json::parse(line)).dump() << "\n";
  return 0;
}
