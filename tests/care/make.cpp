// Makes the hub of the worked example in a data directory, as it stands on a day: what agencies tell and case
// workers enter passes its log, pipeline and store at the times of the example. For journeys, which then ask
// it.
//
//   kinhub_shixian PROGRAM DATA UNTIL [CONFIG]
#include <iostream>

#include "hub/ground/ground.hpp"
#include "tests/care/shixian.hpp"

int main(int argc, char** argv) {
  using namespace kinhub;
  using namespace kinhub::test;
  if (argc < 4) {
    std::cerr << "usage: kinhub_shixian PROGRAM DATA UNTIL [CONFIG]\n";
    return 2;
  }
  const auto until = Date::parse(argv[3]);
  if (!until) {
    std::cerr << "UNTIL is a day\n";
    return 2;
  }
  auto config = shixian::config(argv[1], argv[2]);
  if (argc > 4) {
    const auto places = find_places(argv[1]);
    auto read = read_config(argv[4], places.value());
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) {
      std::cerr << describe(errors->front()) << "\n";
      return 2;
    }
    config = std::move(std::get<Config>(read));
    config.data = argv[2];
  }
  if (std::filesystem::exists(config.data / "kinhub.db")) {
    std::cerr << config.data.string() << " holds a hub already: name an empty folder\n";
    return 2;
  }
  std::filesystem::create_directories(config.data);
  std::filesystem::permissions(config.data, std::filesystem::perms::owner_all);
  const auto key = open_key(config.data);
  const auto log = open_log(config, key.keyring);
  const auto store = open_store(config, key.keyring);
  const auto rules = shixian::rules(config);
  FixedClock clock(shixian::noon_us(Date(2012, 1, 1)));
  shixian::Life life({*log, *store, key.keyring, rules, clock}, shixian::forms(config));
  life.until(*until);
  return 0;
}
