#include "hub/reconcile/snapshot.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "hub/base/mask.hpp"
#include "hub/connector/captured_files.hpp"
#include "hub/connector/file_bytes.hpp"
#include "hub/connector/instance.hpp"

namespace kinhub::reconcile {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t file_size_max = std::uintmax_t{16} << 30;

/// Hands on what an instance emits. An exception of the taker ends the call, and is thrown after it.
class RecordIntake final : public Intake {
 public:
  RecordIntake(const SourceOptions& options, const TakeRecord& take) : options_(options), take_(take) {}

  bool commit(Harvest harvest) override {
    if (thrown_) return false;
    try {
      for (auto& event : harvest.events)
        take_(std::move(event));
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
    if (harvest.complete_until_us) watermark_us = harvest.complete_until_us;
    return true;
  }
  void note(int level, std::string_view said) override {
    if (options_.note) return options_.note(level, mask_foreign(said));
    spdlog::info("{}: {}", options_.name, mask_foreign(said));
  }
  void count(std::string_view, std::int64_t) override {}
  void alive() override {}
  void process(std::optional<int>, const std::vector<std::string>&) override {}

  void rethrow() const {
    if (thrown_) std::rethrow_exception(thrown_);
  }
  std::optional<std::int64_t> watermark_us;

 private:
  const SourceOptions& options_;
  const TakeRecord& take_;
  std::exception_ptr thrown_;
};

Result<std::unique_ptr<Instance>> make_instance(const SourceOptions& options, ConnectorLibrary& library,
                                                Intake& intake, const Clock& clock, std::stop_token stop) {
  auto connector = library.load(options.connector);
  if (!connector) return connector.error();
  auto created =
      create_local_instance(*connector, options.config_json, options.secrets, intake, clock, std::move(stop));
  if (!created.instance) return Error{"SOURCE_CREATE", created.outcome.explanation, options.name};
  return std::move(created.instance);
}

bool has_flag(const fs::path& file) {
  std::error_code none;
  auto beside = file;
  return fs::exists(fs::path(file.string() + ".ok"), none) ||
         fs::exists(beside.replace_extension(".ok"), none);
}

}  // namespace

bool is_of_a_file(const Event& rejected) {
  const auto hash = rejected.origin.rfind('#');
  return hash == std::string::npos || hash + 1 == rejected.origin.size() ||
         rejected.origin.find_first_not_of("0123456789", hash + 1) != std::string::npos;
}

ReadSnapshot snapshot_in_files(SourceOptions options, ConnectorLibrary& library, const Clock& clock,
                               std::vector<fs::path> paths, std::stop_token stop) {
  return [options = std::move(options), &library, &clock, paths = std::move(paths),
          stop = std::move(stop)](const TakeRecord& take) -> Result<SnapshotRead> {
    auto files = captured_files_at(paths);
    if (!files) return files.error();
    SnapshotRead read;
    if (files->empty()) read.faults.push_back({"SNAPSHOT_EMPTY", "there is no file at this path", ""});
    const bool flags =
        std::any_of(files->begin(), files->end(), [](const auto& file) { return has_flag(file.path); });
    RecordIntake intake(options, take);
    auto instance = make_instance(options, library, intake, clock, stop);
    if (!instance) return instance.error();
    for (const auto& file : *files) {
      if (flags && !has_flag(file.path))
        read.faults.push_back(
            {"SNAPSHOT_NO_FLAG",
             "other files of this snapshot have a flag file (.ok) beside them, this one has none: "
             "it is still being written, or was broken off",
             mask_foreign(file.origin)});
      const auto bytes = FileBytes::open(file.path, file_size_max);
      if (!bytes) return bytes.error();
      const auto outcome = (*instance)->read_capture(file.origin, bytes->view(), {});
      intake.rethrow();
      if (outcome.status != KINHUB_OK)
        read.faults.push_back(
            {"SNAPSHOT_UNREADABLE", mask_foreign(outcome.explanation), mask_foreign(file.origin)});
      if (outcome.status == KINHUB_FATAL) break;
    }
    return read;
  };
}

ReadSnapshot snapshot_of_agency(SourceOptions options, ConnectorLibrary& library, const Clock& clock,
                                std::stop_token stop) {
  return [options = std::move(options), &library, &clock,
          stop = std::move(stop)](const TakeRecord& take) -> Result<SnapshotRead> {
    RecordIntake intake(options, take);
    auto instance = make_instance(options, library, intake, clock, stop);
    if (!instance) return instance.error();
    const auto outcome = (*instance)->snapshot("", {});
    intake.rethrow();
    if (outcome.status != KINHUB_OK)
      return Error{"SNAPSHOT_UNREADABLE", mask_foreign(outcome.explanation), options.name};
    SnapshotRead read;
    read.watermark_us = intake.watermark_us;
    if (!read.watermark_us)
      read.faults.push_back({"SNAPSHOT_INCOMPLETE",
                             "the connector does not say up to when it is complete: a file of it is missing, "
                             "rejected or cut",
                             options.name});
    return read;
  };
}

}  // namespace kinhub::reconcile
