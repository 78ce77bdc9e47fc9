#include "hub/cli/context.hpp"

#include <ostream>

namespace kinhub::cli {

Exit Context::refuse(const Error& error) const {
  print_errors(err, {error});
  return Exit::used_wrongly;
}

void Context::write(std::string_view text) const {
  out << text;
}

}  // namespace kinhub::cli
