#pragma once
// A connector loaded from its .so, for tests: the object a site would load, called through the C border.

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "plugins/testing/fake_host.hpp"

namespace kinhub::testing {

/// Never unloaded, as in the hub.
class LoadedPlugin {
 public:
  explicit LoadedPlugin(const std::filesystem::path& path) {
    void* const object = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (object == nullptr) throw std::runtime_error(::dlerror());
    const auto entry = reinterpret_cast<kinhub_plugin_entry>(::dlsym(object, "kinhub_plugin_v1"));
    if (entry == nullptr) throw std::runtime_error(path.string() + " exports no kinhub_plugin_v1");
    plugin_ = entry();
  }
  const kinhub_plugin& plugin() const { return *plugin_; }

 private:
  const kinhub_plugin* plugin_ = nullptr;
};

/// One instance of it under a fake host.
class Running {
 public:
  Running(const LoadedPlugin& loaded, FakeHost& host, const std::string& config)
      : source_(loaded.plugin().source) {
    created = source_.create(host.c(), FakeHost::str(config), &instance_);
  }
  ~Running() {
    if (instance_ != nullptr) source_.destroy(instance_);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  kinhub_status poll(const std::string& position = {}, std::uint32_t timeout_ms = 0) {
    return source_.poll(instance_, FakeHost::str(position), timeout_ms);
  }
  kinhub_status snapshot(const std::string& cursor = {}) {
    return source_.snapshot(instance_, FakeHost::str(cursor));
  }
  kinhub_status read_capture(const std::string& origin, const std::string& bytes) {
    return source_.read_capture(instance_, FakeHost::str(origin), FakeHost::str(bytes));
  }
  kinhub_status set_aside(const std::string& position = {}) {
    return source_.skip(instance_, FakeHost::str(position));
  }

  kinhub_status created = KINHUB_FATAL;

 private:
  const kinhub_source& source_;
  void* instance_ = nullptr;
};

}  // namespace kinhub::testing
