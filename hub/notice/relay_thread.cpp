#include "hub/notice/relay_thread.hpp"

#include <algorithm>
#include <utility>

#include "hub/base/unavailable.hpp"
#include "hub/store/notices.hpp"

namespace kinhub {

using std::chrono::milliseconds;

RelayThread::RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine)
    : RelayThread(store, sink, std::move(voice), std::move(mine), Options{}) {}

RelayThread::RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine,
                         Options options)
    : store_(store),
      sink_(sink),
      voice_(std::move(voice)),
      mine_(std::move(mine)),
      options_(options),
      wait_ms_(options.wait_ms),
      thread_([this](std::stop_token stop) { work(std::move(stop)); }) {}

RelayThread::~RelayThread() = default;

void RelayThread::wake() {
  MutexLock hold(mutex_);
  woken_ = true;
  changed_.notify_all();
}

bool RelayThread::finish(std::uint32_t patience_ms) {
  bool done = false;
  {
    std::int64_t last = 0;
    try {
      last = store_.begin(Store::For::reading)->notices().last();
    } catch (const Unavailable&) {
      patience_ms = 0;  // neither could the thread read what waits
    }
    MutexLock hold(mutex_);
    if (patience_ms > 0) {
      finish_at_ = last;
      changed_.notify_all();
      changed_.wait_for(hold, milliseconds(patience_ms), [&]() KINHUB_REQUIRES(mutex_) { return ended_; });
    }
    done = ended_ && !trouble_ && patience_ms > 0 && delivered_ >= last;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  return done;
}

std::int64_t RelayThread::delivered() const {
  MutexLock hold(mutex_);
  return delivered_;
}

std::optional<std::string> RelayThread::trouble() const {
  MutexLock hold(mutex_);
  return trouble_;
}

void RelayThread::work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    bool last_time = false;
    {
      MutexLock hold(mutex_);
      woken_ = false;  // whoever wakes us from here on has something that this delivery may not see
      last_time = finish_at_.has_value();
    }
    auto pause = milliseconds(deliver_once(stop));
    MutexLock hold(mutex_);
    if (last_time) {
      hold.unlock();
      deliver_once(stop);  // finds nothing, and writes down how far it is
      break;
    }
    // Back-off holds: a sink in trouble is not asked more often because the pipeline is busy.
    changed_.wait_for(hold, stop, pause,
                      [&]() KINHUB_REQUIRES(mutex_) { return finish_at_ || (woken_ && !trouble_); });
  }
  MutexLock hold(mutex_);
  ended_ = true;
  changed_.notify_all();
}

std::uint32_t RelayThread::deliver_once(std::stop_token stop) {
  auto somebody_elses = [&] { return mine_ && !mine_(); };
  try {
    if (somebody_elses()) {
      sink_.let_go();
      if (voice_.not_mine) voice_.not_mine();
    } else {
      auto sequence = sink_.deliver(store_, std::move(stop));
      if (voice_.delivered) voice_.delivered(sequence);
      MutexLock hold(mutex_);
      delivered_ = sequence;
    }
    went_well();
    return options_.look_ms;
  } catch (const Unavailable& problem) {
    try {
      if (somebody_elses()) {  // that is why it failed
        went_well();
        return options_.look_ms;
      }
    } catch (const Unavailable&) {
      // Ownership is not known now: the problem itself is told.
    }
    return failed(problem.what(), false);
  } catch (const std::exception& problem) {
    return failed(problem.what(), true);
  }
}

std::uint32_t RelayThread::failed(const std::string& why, bool person) {
  {
    MutexLock hold(mutex_);
    trouble_ = why;
  }
  // Deduplicated messages: one outage is told once, whatever words it finds for itself; what a person must
  // mend is told in each of its forms.
  const auto& speak = person ? voice_.stopped : voice_.waits;
  if ((said_.empty() || (person && said_ != why)) && speak) speak(sink_.name() + ": " + why);
  if (said_.empty() || person) said_ = why;
  if (person) return options_.mended_ms;
  return std::exchange(wait_ms_, std::min(options_.wait_ms_max, wait_ms_ * 2));
}

void RelayThread::went_well() {
  wait_ms_ = options_.wait_ms;
  bool was_in_trouble = false;
  {
    MutexLock hold(mutex_);
    was_in_trouble = trouble_.has_value();
    trouble_.reset();
  }
  if (!was_in_trouble) return;
  said_.clear();
  if (voice_.goes_on) voice_.goes_on(sink_.name() + ": notices are delivered again");
}

}  // namespace kinhub
