#include "hub/connector/sandbox.hpp"

#include <asm/sockios.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

namespace kinhub {
namespace {

namespace fs = std::filesystem;

// Of later versions of the interface than the headers of Debian 12 have.
constexpr std::uint64_t fs_refer = 1ULL << 13, fs_truncate = 1ULL << 14, fs_ioctl_dev = 1ULL << 15;
constexpr std::uint64_t scope_abstract_unix = 1ULL << 0, scope_signal = 1ULL << 1;
constexpr int since_refer = 2, since_truncate = 3, since_ioctl = 5, since_scopes = 6;
constexpr std::uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;

struct Ruleset {  // landlock_ruleset_attr of version 6
  std::uint64_t handled_fs = 0, handled_net = 0, scoped = 0;
};

/// What every process needs to start, to load its libraries, to look up a name and to trust a certificate. Of
/// /etc no more than that: keys and secrets stand there, too.
constexpr std::array system_paths = {"/lib",
                                     "/lib64",
                                     "/usr/lib",
                                     "/usr/lib64",
                                     "/usr/local/lib",
                                     "/usr/share",
                                     "/etc/ld.so.cache",
                                     "/etc/ld.so.conf",
                                     "/etc/ld.so.conf.d",
                                     "/etc/ssl/certs",
                                     "/etc/ssl/openssl.cnf",
                                     "/etc/ssl/cert.pem",
                                     "/etc/ssl/ca-bundle.pem",
                                     "/etc/pki/tls/certs",
                                     "/etc/pki/tls/cert.pem",
                                     "/etc/pki/tls/openssl.cnf",
                                     "/etc/pki/ca-trust",
                                     "/etc/ca-certificates",
                                     "/etc/crypto-policies",
                                     "/usr/local/share/ca-certificates",
                                     "/var/lib/ca-certificates",
                                     "/etc/resolv.conf",
                                     "/etc/hosts",
                                     "/etc/host.conf",
                                     "/etc/nsswitch.conf",
                                     "/etc/gai.conf",
                                     "/etc/services",
                                     "/etc/protocols",
                                     "/etc/localtime",
                                     "/etc/timezone",
                                     "/etc/passwd",
                                     "/etc/group",
                                     "/run/systemd/resolve",
                                     "/run/resolvconf",
                                     "/dev/urandom",
                                     "/dev/random",
                                     "/dev/zero",
                                     "/sys/devices/system/cpu",
                                     "/proc/sys/vm/overcommit_memory",
                                     "/proc/meminfo",
                                     "/proc/cpuinfo",
                                     "/proc/self"};

int create_ruleset(const Ruleset* attributes, std::size_t size, std::uint32_t flags) {
  return static_cast<int>(::syscall(SYS_landlock_create_ruleset, attributes, size, flags));
}

struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

std::string failed(const char* what) {
  return fmt::format("{}: {}", what, std::strerror(errno));
}

/// A path that is not there is allowed to nobody; everything else that fails is told.
std::string allow(int ruleset, const std::string& path, std::uint64_t access) {
  const Descriptor opened(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat status {};
  if (opened.number < 0 || ::fstat(opened.number, &status) != 0) return {};
  if (!S_ISDIR(status.st_mode))
    access &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | fs_truncate;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = opened.number;
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
    return failed(("landlock rule for " + path).c_str());
  return {};
}

std::string restrict_files(const SandboxPlan& plan, int version) {
  Ruleset handled;
  handled.handled_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;  // all of version 1
  if (version >= since_refer) handled.handled_fs |= fs_refer;
  if (version >= since_truncate) handled.handled_fs |= fs_truncate;
  if (version >= since_ioctl) handled.handled_fs |= fs_ioctl_dev;
  if (version >= since_scopes) handled.scoped = scope_abstract_unix | scope_signal;
  const Descriptor ruleset(
      create_ruleset(&handled, version >= since_scopes ? sizeof handled : sizeof handled.handled_fs, 0));
  if (ruleset.number < 0) return failed("landlock");
  const auto writing =
      (handled.handled_fs & ~std::uint64_t{LANDLOCK_ACCESS_FS_EXECUTE} & ~std::uint64_t{fs_ioctl_dev});
  for (const auto* path : system_paths)
    if (auto why = allow(ruleset.number, path, reading); !why.empty()) return why;
  if (auto why = allow(ruleset.number, "/dev/null", reading | LANDLOCK_ACCESS_FS_WRITE_FILE); !why.empty())
    return why;
  for (const auto& path : plan.readable)
    if (auto why = allow(ruleset.number, path, reading); !why.empty()) return why;
  for (const auto& path : plan.writable)
    if (auto why = allow(ruleset.number, path, writing); !why.empty()) return why;
  if (::syscall(SYS_landlock_restrict_self, ruleset.number, 0) != 0) return failed("landlock");
  return {};
}

/// As root a process may do all: what is left is to read files of other users, as agencies deliver them, and
/// to listen on a low port. An allow-list of files, where the kernel has one, says which of them.
std::string drop_capabilities() {
  constexpr std::uint32_t kept = 1U << CAP_NET_BIND_SERVICE | 1U << CAP_DAC_READ_SEARCH;
  for (int one = 0; ::prctl(PR_CAPBSET_READ, one, 0, 0, 0) >= 0; ++one)
    ::prctl(PR_CAPBSET_DROP, one, 0, 0, 0);  // EPERM: there was none to drop
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  std::array<__user_cap_data_struct, 2> now{};
  if (::syscall(SYS_capget, &head, now.data()) != 0) return failed("capabilities");
  now[0].permitted &= kept, now[0].effective = now[0].permitted, now[0].inheritable = 0;
  now[1] = {};
  if (::syscall(SYS_capset, &head, now.data()) != 0) return failed("capabilities");
  return {};
}

void lower(decltype(RLIMIT_CORE) what, rlim_t most) {
  rlimit limit{};
  if (::getrlimit(what, &limit) != 0) return;
  limit.rlim_cur = std::min(limit.rlim_cur, most), limit.rlim_max = std::min(limit.rlim_max, most);
  ::setrlimit(what, &limit);
}

void set_limits([[maybe_unused]] std::uint64_t memory_max_bytes) {
  constexpr rlim_t files_max = 4096, threads_of_user_max = 8192;
  lower(RLIMIT_CORE, 0);  // a memory image would hold people's data in plain
  lower(RLIMIT_NOFILE, files_max);
  lower(RLIMIT_NPROC, threads_of_user_max);
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // their shadow memory is larger than any limit
  if (memory_max_bytes == 0) return;
  constexpr rlim_t reserved = rlim_t{4}
                              << 30;  // stacks of threads, libraries, what an allocator keeps in reserve
  lower(RLIMIT_DATA, memory_max_bytes);
  lower(RLIMIT_AS, 2 * memory_max_bytes + reserved);
#endif
}

/// A system call that is refused, with EPERM, or ENOSYS where a library has another way.
struct Refused {
  int call;
  int error = EPERM;
};

struct FilterRelease {
  void operator()(scmp_filter_ctx filter) const { ::seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, FilterRelease>;

/// Debugging and the memory of others; mounts, namespaces, modules; keys, clocks; programs of its own.
constexpr std::array refused_calls = {Refused{SCMP_SYS(ptrace)},
                                      Refused{SCMP_SYS(process_vm_readv)},
                                      Refused{SCMP_SYS(process_vm_writev)},
                                      Refused{SCMP_SYS(process_madvise)},
                                      Refused{SCMP_SYS(process_mrelease)},
                                      Refused{SCMP_SYS(kcmp)},
                                      Refused{SCMP_SYS(pidfd_open)},
                                      Refused{SCMP_SYS(pidfd_getfd)},
                                      Refused{SCMP_SYS(pidfd_send_signal)},
                                      Refused{SCMP_SYS(perf_event_open)},
                                      Refused{SCMP_SYS(bpf)},
                                      Refused{SCMP_SYS(userfaultfd)},
                                      Refused{SCMP_SYS(io_uring_setup)},
                                      Refused{SCMP_SYS(io_uring_enter)},
                                      Refused{SCMP_SYS(io_uring_register)},
                                      Refused{SCMP_SYS(mount)},
                                      Refused{SCMP_SYS(umount2)},
                                      Refused{SCMP_SYS(move_mount)},
                                      Refused{SCMP_SYS(open_tree)},
                                      Refused{SCMP_SYS(fsopen)},
                                      Refused{SCMP_SYS(fsconfig)},
                                      Refused{SCMP_SYS(fsmount)},
                                      Refused{SCMP_SYS(fspick)},
                                      Refused{SCMP_SYS(mount_setattr)},
                                      Refused{SCMP_SYS(pivot_root)},
                                      Refused{SCMP_SYS(chroot)},
                                      Refused{SCMP_SYS(unshare)},
                                      Refused{SCMP_SYS(setns)},
                                      Refused{SCMP_SYS(open_by_handle_at)},
                                      Refused{SCMP_SYS(name_to_handle_at)},
                                      Refused{SCMP_SYS(fanotify_init)},
                                      Refused{SCMP_SYS(keyctl)},
                                      Refused{SCMP_SYS(add_key)},
                                      Refused{SCMP_SYS(request_key)},
                                      Refused{SCMP_SYS(init_module)},
                                      Refused{SCMP_SYS(finit_module)},
                                      Refused{SCMP_SYS(delete_module)},
                                      Refused{SCMP_SYS(kexec_load)},
                                      Refused{SCMP_SYS(kexec_file_load)},
                                      Refused{SCMP_SYS(reboot)},
                                      Refused{SCMP_SYS(swapon)},
                                      Refused{SCMP_SYS(swapoff)},
                                      Refused{SCMP_SYS(acct)},
                                      Refused{SCMP_SYS(quotactl)},
                                      Refused{SCMP_SYS(syslog)},
                                      Refused{SCMP_SYS(sethostname)},
                                      Refused{SCMP_SYS(setdomainname)},
                                      Refused{SCMP_SYS(settimeofday)},
                                      Refused{SCMP_SYS(clock_settime)},
                                      Refused{SCMP_SYS(clock_adjtime)},
                                      Refused{SCMP_SYS(adjtimex)},
                                      Refused{SCMP_SYS(migrate_pages)},
                                      Refused{SCMP_SYS(execve)},
                                      Refused{SCMP_SYS(execveat)},
                                      Refused{SCMP_SYS(fork)},
                                      Refused{SCMP_SYS(vfork)},
                                      Refused{SCMP_SYS(clone3), ENOSYS},
                                      Refused{SCMP_SYS(setsid)},
                                      Refused{SCMP_SYS(setpgid)},
                                      Refused{SCMP_SYS(tkill)}};

/// Sockets that lead to programs of this machine, past every password: a database trusts the user at its end.
constexpr std::array refused_families = {AF_UNIX, AF_PACKET, AF_ALG, AF_VSOCK, AF_BLUETOOTH};

/// An argument that the kernel takes as 32 bits, compared as it is taken: a comparison of all 64 is dodged by
/// one bit above them.
scmp_arg_cmp is_number(unsigned argument, std::uint32_t number) {
  return SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, 0xffffffffULL, scmp_datum_t{number});
}

/// Ways to name the process that the kernel signals when a file is ready: SIGKILL to the hub, among others.
constexpr std::array<std::uint32_t, 3> owner_commands = {F_SETOWN, F_SETOWN_EX, F_SETSIG};
constexpr std::array<std::uint32_t, 2> owner_requests = {FIOSETOWN, SIOCSPGRP};

std::string restrict_calls() {
  const Filter filter(::seccomp_init(SCMP_ACT_ALLOW));
  if (!filter) return "seccomp: no memory";
  int error = 0;
  const auto refuse = [&](int call, std::initializer_list<scmp_arg_cmp> when = {}, int how = EPERM) {
    const auto done = ::seccomp_rule_add_array(filter.get(), SCMP_ACT_ERRNO(static_cast<std::uint32_t>(how)),
                                               call, static_cast<unsigned>(when.size()), when.begin());
    // A call that this architecture does not have needs no rule.
    if (done != 0 && call >= 0 && error == 0) error = -done;
  };
  for (const auto& one : refused_calls)
    refuse(one.call, {}, one.error);
  for (const int family : refused_families)
    refuse(SCMP_SYS(socket), {is_number(0, static_cast<std::uint32_t>(family))}, EACCES);
  // Threads are its own affair, processes are not.
  refuse(SCMP_SYS(clone), {SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0)});
  // Signals, limits and priorities for itself alone.
  const auto self = static_cast<scmp_datum_t>(::getpid());
  for (const int call :
       {SCMP_SYS(kill), SCMP_SYS(tgkill), SCMP_SYS(rt_sigqueueinfo), SCMP_SYS(rt_tgsigqueueinfo)})
    refuse(call, {SCMP_A0(SCMP_CMP_NE, self)});
  for (const auto command : owner_commands)
    refuse(SCMP_SYS(fcntl), {is_number(1, command)});
  for (const auto request : owner_requests)
    refuse(SCMP_SYS(ioctl), {is_number(1, request)});
  for (const int call : {SCMP_SYS(prlimit64), SCMP_SYS(sched_setaffinity), SCMP_SYS(sched_setattr),
                         SCMP_SYS(sched_setscheduler), SCMP_SYS(sched_setparam), SCMP_SYS(move_pages)})
    refuse(call, {SCMP_A0(SCMP_CMP_NE, 0)});
  // What enter_sandbox() has set stays set.
  for (const auto what : {PR_SET_DUMPABLE, PR_SET_PDEATHSIG, PR_SET_PTRACER})
    refuse(SCMP_SYS(prctl), {is_number(0, static_cast<std::uint32_t>(what))});
  // Of one process: with a kind of PRIO_USER, 0 is everything of this user.
  constexpr scmp_datum_t ioprio_of_process = 1;
  refuse(SCMP_SYS(setpriority), {SCMP_A0(SCMP_CMP_NE, PRIO_PROCESS)});
  refuse(SCMP_SYS(ioprio_set), {SCMP_A0(SCMP_CMP_NE, ioprio_of_process)});
  for (const int call : {SCMP_SYS(setpriority), SCMP_SYS(ioprio_set)})
    refuse(call, {SCMP_A1(SCMP_CMP_NE, 0)});
  if (error == 0) error = -::seccomp_load(filter.get());
  if (error == 0) return {};
  errno = error;
  return failed("seccomp");
}

/// Whether `inner` is `outer` or stands below it.
bool is_in(const fs::path& inner, const fs::path& outer) {
  const auto [end, unused] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end();
}

fs::path real(const std::string& path) {
  std::error_code failed;
  auto found = fs::weakly_canonical(path, failed);
  if (failed) found = fs::path(path).lexically_normal();
  return found.has_filename() ? found : found.parent_path();
}

void collect_paths(const nlohmann::json& value, std::vector<std::string>& paths) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with('/') && text.find('\0') == std::string::npos) paths.push_back(text);
  } else if (value.is_structured()) {
    for (const auto& one : value)
      collect_paths(one, paths);
  }
}

void leave_out_hidden(std::vector<std::string>& paths, const std::vector<std::string>& hidden) {
  std::erase_if(paths, [&](const std::string& path) {
    const auto wanted = real(path);
    std::error_code none;
    const bool folder = fs::is_directory(wanted, none);
    return std::any_of(hidden.begin(), hidden.end(), [&](const std::string& one) {
      const auto place = real(one);
      return is_in(place, wanted) || (is_in(wanted, place) && !folder);
    });
  });
}

/// Where links to certificates stand; an administrator's own lead anywhere.
constexpr std::array certificate_folders = {"/etc/ssl/certs", "/etc/pki/tls/certs"};

/// The error of opening a file or folder for reading; 0: none, or it is neither.
int opening(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return 0;
  const Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  return opened.number < 0 ? errno : 0;
}

}  // namespace

SandboxSupport sandbox_support() {
  SandboxSupport support;
  support.landlock = std::max(0, create_ruleset(nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION));
  support.seccomp = ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 && ::seccomp_api_get() > 0;
  support.as_root = ::geteuid() == 0;
  return support;
}

std::vector<std::string> sandbox_lacks(const SandboxSupport& support) {
  std::vector<std::string> lacks;
  if (support.landlock == 0)
    lacks.emplace_back(
        std::string("files: this kernel has no Landlock, so a connector reads what the hub's user may read") +
        (support.as_root ? ", which for root is every file: give the hub a user of its own" : ""));
  if (!support.seccomp)
    lacks.emplace_back(
        "system calls: this kernel has no seccomp, so a connector may start programs and signal the hub");
  return lacks;
}

std::vector<std::string> paths_in_settings(const std::string& config_json,
                                           const std::vector<std::string>& hidden) {
  std::vector<std::string> paths;
  const auto config = nlohmann::json::parse(config_json, nullptr, false);
  if (!config.is_discarded()) collect_paths(config, paths);
  leave_out_hidden(paths, hidden);
  return paths;
}

std::vector<std::string> trusted_paths(const std::vector<std::string>& hidden) {
  std::vector<std::string> paths, folders;
  if (const char* file = std::getenv("SSL_CERT_FILE"); file != nullptr && *file != '\0')
    paths.push_back(fs::absolute(file).string());
  if (const char* list = std::getenv("SSL_CERT_DIR"); list != nullptr) {
    std::istringstream parts(list);
    for (std::string folder; std::getline(parts, folder, ':');)
      if (!folder.empty()) folders.push_back(fs::absolute(folder).string());
  }
  paths.insert(paths.end(), folders.begin(), folders.end());
  folders.insert(folders.end(), certificate_folders.begin(), certificate_folders.end());
  for (const auto& folder : folders) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
      std::error_code unknown;
      if (!at->is_symlink(unknown) || !at->is_regular_file(unknown)) continue;
      const auto target = real(at->path().string());
      const bool allowed = std::any_of(system_paths.begin(), system_paths.end(),
                                       [text = std::string_view(target.native())](std::string_view one) {
                                         return text.starts_with(one) &&
                                                (text.size() == one.size() || text[one.size()] == '/');
                                       });
      if (!allowed) paths.push_back(target.string());
    }
  }
  leave_out_hidden(paths, hidden);
  return paths;
}

SandboxReach::SandboxReach(const SandboxPlan& plan) {
  const auto remember = [&](const std::string& path) {
    if (opening(path) != EACCES) paths_.push_back(path);
  };
  for (const auto* path : system_paths)
    remember(path);
  for (const auto* paths : {&plan.readable, &plan.writable})
    for (const auto& path : *paths)
      remember(path);
}

std::string SandboxReach::lost() const {
  const auto gone =
      std::find_if(paths_.begin(), paths_.end(), [](const auto& path) { return opening(path) == EACCES; });
  return gone == paths_.end() ? std::string() : *gone;
}

std::string enter_sandbox(const SandboxPlan& plan, const SandboxSupport& support) {
  set_limits(plan.memory_max_bytes);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no new privileges");
  if (support.landlock > 0)
    if (auto why = restrict_files(plan, support.landlock); !why.empty()) return why;
  if (auto why = drop_capabilities(); !why.empty()) return why;
  return support.seccomp ? restrict_calls() : std::string();
}

}  // namespace kinhub
