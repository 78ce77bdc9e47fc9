#include "tests/places/places.hpp"

namespace kinhub::tests {

const std::string& source_dir() {
  static const std::string folder = KINHUB_SOURCE_DIR;
  return folder;
}

const std::string& binary_dir() {
  static const std::string folder = KINHUB_BINARY_DIR;
  return folder;
}

}  // namespace kinhub::tests
