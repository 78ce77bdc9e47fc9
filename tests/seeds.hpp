#pragma once
// Seeds of randomised tests. They stand in the tree, so that one commit gives one answer on every machine and
// every day.

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <vector>

namespace kinhub::test {

/// The seeds a randomised test runs with: `standing`, to which one that failed is added with its mend.
/// KINHUB_SEED=n in the environment runs n alone, KINHUB_SEED=new (`make soak`) draws a new one. Prints what
/// stands in no test.
inline std::vector<unsigned> seeds(std::vector<unsigned> standing) {
  const char* given = std::getenv("KINHUB_SEED");
  if (given == nullptr) return standing;
  const bool draw = given == std::string_view("new");
  const unsigned seed =
      draw ? std::random_device{}() : static_cast<unsigned>(std::strtoul(given, nullptr, 10));
  std::printf("KINHUB_SEED=%u\n", seed);
  std::fflush(stdout);
  return {seed};
}

/// The same for a test that can be run only once.
inline unsigned seed(unsigned standing) {
  return seeds({standing}).front();
}

}  // namespace kinhub::test
