#pragma once
// Absolute paths of the source and the build tree, for tests, benchmarks and fuzz targets. Functions rather
// than macros of the command line: an object file is the same in every checkout, so that a compiler cache
// serves them all.

#include <string>

namespace kinhub::tests {

const std::string& source_dir();  // where CMakeLists.txt stands
const std::string& binary_dir();  // where bin/kinhub is built

}  // namespace kinhub::tests
