#pragma once
// A mapping set out of texts written in the test, and events for it.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "hub/mapping/mapping.hpp"

namespace kinhub {

/// A folder of mapping files and code tables that goes away with the test.
class MappingFolder {
 public:
  MappingFolder() {
    static int count = 0;
    folder_ = std::filesystem::temp_directory_path() /
              ("kinhub-mapping-" + std::to_string(std::random_device{}()) + "-" + std::to_string(++count));
    std::filesystem::create_directories(folder_ / "codes");
    write("codes/sex.csv", "code,meaning\n1,male\n2,female\n9,unknown\n");
    write("codes/status.csv", "code,meaning\n1,enrolled\n2,paused\n4,ended\n");
  }
  MappingFolder(const MappingFolder&) = delete;
  MappingFolder& operator=(const MappingFolder&) = delete;
  ~MappingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  MappingFolder& write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return *this;
  }

  MappingSet set() const {
    auto read = MappingSet::read(folder_, folder_ / "codes");
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) {
      std::string all;
      for (const auto& error : *errors)
        all += describe(error) + "\n";
      throw std::runtime_error(all);
    }
    return std::move(std::get<MappingSet>(read));
  }

  /// Every error of the folder, with the place cut to file:line:column.
  std::vector<std::string> errors() const {
    auto read = MappingSet::read(folder_, folder_ / "codes");
    std::vector<std::string> all;
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      for (auto error : *errors) {
        if (auto at = error.place.find(folder_.string()); at != std::string::npos)
          error.place.erase(at, folder_.string().size() + 1);
        all.push_back(describe(error));
      }
    return all;
  }

 private:
  std::filesystem::path folder_;
};

/// A small mapping of a death; `from` and further lines are given by the test.
inline std::string death_mapping(const std::string& from, const std::string& on = "date(ON, 'yyyyMMdd')",
                                 const std::string& more = "") {
  return "map: test.death\nfrom: " + from +
         "\nkey: [ID]\nversion: timestamp(VERSION)\nevidence: hospital\nfact: death\nset:\n  "
         "person.citizen_number: "
         "citizen_id(NUMBER)\n  person.name: NAME\n  on: \"" +
         on + "\"\n" + more;
}

inline std::string describe_outcome(const Outcome& outcome) {
  if (const auto* rejected = std::get_if<Rejected>(&outcome)) return rejected->error.code;
  if (const auto* filtered = std::get_if<Filtered>(&outcome)) return "filtered: " + filtered->reason;
  std::string text;
  for (const auto& fact : std::get<Mapped>(outcome).facts)
    text += (text.empty() ? "" : " ") + std::string(name_of(fact.op)) + ":" + std::string(name_of(fact.kind));
  return text;
}

}  // namespace kinhub
