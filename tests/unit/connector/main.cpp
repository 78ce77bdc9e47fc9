// The test program is also the program that connectors' child processes are made of, as `kinhub` is.

#include <gtest/gtest.h>

#include "hub/connector/connector_host.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "connector-host") return kinhub::connector_host_main();
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
