#pragma once
// The sandbox of a connector's process (decision 0058): what the kernel denies it before any of its code
// runs.

#include <cstdint>
#include <string>
#include <vector>

namespace kinhub {

/// What this kernel offers, asked now.
struct SandboxSupport {
  int landlock = 0;      ///< version of its interface; 0: none
  bool seccomp = false;  ///< filters of system calls
  bool as_root = false;  ///< whether it is root who would be kept from something
};
SandboxSupport sandbox_support();
/// What a sandbox on such a kernel does not keep from a connector, in words; empty: it is whole.
std::vector<std::string> sandbox_lacks(const SandboxSupport& support);

/// What the process may use, and up to how much. Paths are absolute; one that does not exist is left out.
struct SandboxPlan {
  std::vector<std::string> readable, writable;  ///< files, and folders with all below them
  std::uint64_t memory_max_bytes = 0;           ///< 0: no limit
};

/// The absolute paths that a connector's settings name, without those that are hidden, that stand above what
/// is hidden, or that are files in a hidden folder; a folder of its own may stand in one.
std::vector<std::string> paths_in_settings(const std::string& config_json,
                                           const std::vector<std::string>& hidden);

/// Certificates beyond the system's folders: those that SSL_CERT_FILE and SSL_CERT_DIR name, and the targets
/// of links in any folder of certificates. Without what is hidden, as above.
std::vector<std::string> trusted_paths(const std::vector<std::string>& hidden);

/// Whether a sandboxed process still reaches what it may. The kernel allows files and folders, not their
/// names: one that was replaced by renaming, made later or mounted anew is none that was allowed.
class SandboxReach {
 public:
  explicit SandboxReach(const SandboxPlan& plan);
  /// A path of the plan, or the system's, that has been closed since; empty: none.
  std::string lost() const;

 private:
  std::vector<std::string> paths_;
};

/// Sandboxes this process for good: no new privileges, no capabilities beyond reading, limits, files by an
/// allow-list (Landlock), system calls by a deny-list (seccomp). What `support` lacks is left out. Empty, or
/// why it could not. REQUIRES: one thread, as others would stay outside.
std::string enter_sandbox(const SandboxPlan& plan, const SandboxSupport& support);

}  // namespace kinhub
