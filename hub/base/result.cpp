#include "hub/base/result.hpp"

namespace kinhub {

std::string describe(const Error& error) {
  std::string line;
  if (!error.place.empty()) line = error.place + ": ";
  line += error.text;
  if (!error.code.empty()) line += " [" + error.code + "]";
  return line;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw ErrorThrown(error);
}

}  // namespace kinhub
