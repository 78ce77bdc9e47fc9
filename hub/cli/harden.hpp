#pragma once
// Hardening of the program's own process: no core dumps, no debugger, files of its owner alone, and no
// person's number in the list of processes.

#include <span>

namespace kinhub::cli {

/// Before anything else: a core limit of zero, not dumpable (nobody of the same user reads its memory or
/// environment), and a umask that keeps what it makes to its owner.
void harden_process();

/// Overwrites arguments that hold a run of digits as long as a person's number with stars, in place: they
/// stand in the list of processes as long as the program runs. Their copies are the program's.
void hide_numbers(std::span<char*> arguments);

}  // namespace kinhub::cli
