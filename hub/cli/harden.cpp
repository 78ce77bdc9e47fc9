#include "hub/cli/harden.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

namespace kinhub::cli {

void harden_process() {
  ::umask(077);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // whose leak check is a debugger
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void hide_numbers(std::span<char*> arguments) {
  constexpr std::size_t digits_of_a_number = 15;
  for (char* argument : arguments) {
    std::size_t run = 0, longest = 0;
    for (const char* c = argument; *c != '\0'; ++c) {
      if (*c >= '0' && *c <= '9') longest = std::max(longest, ++run);
      // Groups of a number, 322228 19750312 0246, are one.
      else if (*c != ' ' && *c != '-')
        run = 0;
    }
    if (longest >= digits_of_a_number) std::memset(argument, '*', std::strlen(argument));
  }
}

}  // namespace kinhub::cli
