#pragma once
// An interruptible sleep: pauses of a thread that can be asked to stop.

#include <chrono>
#include <stop_token>

namespace kinhub {

/// True: the time has passed. False: a stop was asked for, before or meanwhile.
bool sleep_for(std::chrono::milliseconds time, const std::stop_token& stop);

}  // namespace kinhub
