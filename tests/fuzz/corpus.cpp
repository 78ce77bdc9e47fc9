// Every fuzz target over its seeds and over mutations of them, the same each time: what was found once is
// found again without clang. Arguments: the folder of seeds.
#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

using Target = int (*)(const std::uint8_t*, std::size_t);
struct Named {
  const char* name;
  Target target;
  int mutations;  ///< of each seed: fewer where one run costs more
};
const std::vector<Named>& fuzz_targets();

namespace {

std::vector<std::string> seeds_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<std::string> seeds{"", std::string(1, '\0'), std::string(64, '\xff')};
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return seeds;
}

/// A byte changed, taken out, doubled, or the end cut; now and then several.
std::string mutated(std::string bytes, std::mt19937& chance) {
  for (int times = 1 + static_cast<int>(chance() % 4); times > 0 && !bytes.empty(); --times) {
    const auto at = chance() % bytes.size();
    switch (chance() % 5) {
      case 0:
        bytes[at] = static_cast<char>(chance());
        break;
      case 1:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << (chance() % 8)));
        break;
      case 2:
        bytes.erase(at, 1 + chance() % 8);
        break;
      case 3:
        bytes.insert(at, bytes.substr(at, 1 + chance() % 16));
        break;
      default:
        bytes.resize(at);
        break;
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const auto& [name, target, mutations] : fuzz_targets()) {
    const auto folder = std::filesystem::path(argv[1]) / name;
    const auto seeds = seeds_in(folder);
    if (seeds.size() < 4) {
      std::cerr << name << ": no seeds in " << folder << "\n";
      return 1;
    }
    std::cout << name << ": " << seeds.size() << " seeds, " << mutations << " mutations of each" << std::endl;
    std::mt19937 chance(1);
    for (const auto& seed : seeds) {
      (void)target(reinterpret_cast<const std::uint8_t*>(seed.data()), seed.size());
      for (int i = 0; i < mutations; ++i) {
        const auto bytes = mutated(seed, chance);
        (void)target(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
      }
    }
  }
  return 0;
}
