#include "hub/connector/captured_files.hpp"

#include <cassert>

#include "hub/connector/file_bytes.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t capture_size_max = 400u << 20;  // what fits into the log as one quarantined file
constexpr int capture_tries = 3;

/// Ordered by path. Hidden files are left out, and so are an agency's empty flag files (`.ok`): each says
/// that its neighbour is whole, and here everything is.
Result<std::vector<CapturedFile>> files_inside(const fs::path& folder) {
  std::vector<CapturedFile> files;
  std::error_code none;
  for (auto entry = fs::recursive_directory_iterator(folder, none);
       !none && entry != fs::recursive_directory_iterator(); entry.increment(none)) {
    auto name = entry->path().filename().string();
    bool flag = entry->path().extension() == ".ok" && entry->is_regular_file() && entry->file_size() == 0;
    if (!name.starts_with('.') && !flag && entry->is_regular_file())
      files.push_back({entry->path(), entry->path().lexically_relative(folder).string()});
  }
  if (none)
    return Error{"CAPTURE_FOLDER", "cannot be read: " + none.message() + "; look at its owner and mode",
                 folder.string()};
  std::sort(files.begin(), files.end(),
            [](const CapturedFile& a, const CapturedFile& b) { return a.path < b.path; });
  return files;
}

/// One import. Keeps its instance from file to file until that dies.
class CaptureRun {
 public:
  CaptureRun(const CaptureTarget& target, std::shared_ptr<const Connector> connector, std::size_t files,
             const std::function<void(const CaptureProgress&)>& progress, std::stop_token stop)
      : target_(target),
        connector_(std::move(connector)),
        progress_(progress),
        stop_(std::move(stop)),
        done_{0, files},
        events_before_(target.intake.events()),
        rejected_before_(target.intake.rejected()) {
    assert(target.intake.all_written() && "an earlier import left events behind");
  }

  Result<CaptureProgress> run(const std::vector<CapturedFile>& files) {
    for (const auto& file : files) {
      if (stop_.stop_requested()) break;
      auto bytes = FileBytes::open(file.path, capture_size_max);
      if (!bytes) {
        write_rest();
        return bytes.error();
      }
      auto outcome = feed(file, bytes->view());
      if (!outcome) {
        write_rest();
        return outcome.error();
      }
      if (outcome->status != KINHUB_OK) quarantine(file, bytes->view(), *outcome);
      ++files_read_;
      bytes_read_ += static_cast<std::int64_t>(bytes->view().size());
      tell();
    }
    if (!target_.intake.all_written()) {
      write_rest();
      tell();
    }
    return done_;
  }

 private:
  /// Tries until the connector has taken or refused the file. An error: there is no instance to try with.
  Result<CallOutcome> feed(const CapturedFile& file, std::string_view bytes) {
    auto& intake = target_.intake;
    CallOutcome outcome;
    for (int attempt = 0; attempt < capture_tries; ++attempt) {
      if (!instance_) {
        auto created = create_local_instance(connector_, target_.options.config_json, target_.options.secrets,
                                             intake, target_.clock, stop_);
        if (!created.instance)
          return Error{"SOURCE_CREATE", created.outcome.explanation, target_.options.name};
        instance_ = std::move(created.instance);
      }
      intake.expect(LogIntake::Mode::capture);
      auto taken = intake.taken();
      outcome = instance_->read_capture(file.origin, bytes, {});
      if (intake.thrown()) std::rethrow_exception(intake.thrown());
      if (outcome.status == KINHUB_FATAL) instance_.reset();
      if (outcome.status == KINHUB_OK || outcome.status == KINHUB_REJECT) break;
      // Part of the file is taken already: trying it again would double that part.
      if (intake.taken() > taken) break;
    }
    return outcome;
  }

  void quarantine(const CapturedFile& file, std::string_view bytes, const CallOutcome& outcome) {
    Event whole;
    whole.kind = EventKind::rejected;
    whole.body = bytes;
    whole.origin = file.origin, whole.place = file.origin;
    whole.code = outcome.status == KINHUB_REJECT ? "CAPTURE_REJECTED" : "CAPTURE_FAILED";
    whole.detail = outcome.explanation;
    whole.received_at_us = target_.clock.now_us();
    whole.trace = new_trace_id();
    Harvest harvest;
    harvest.events.push_back(std::move(whole));
    if (!target_.intake.commit(std::move(harvest))) std::rethrow_exception(target_.intake.thrown());
  }

  void write_rest() {
    if (!target_.intake.write_gathered()) std::rethrow_exception(target_.intake.thrown());
  }

  /// Reports progress, unless something gathered is not durable yet.
  void tell() {
    if (!target_.intake.all_written()) return;
    done_.files_done = files_read_, done_.bytes = bytes_read_;
    done_.events = target_.intake.events() - events_before_;
    done_.rejected = target_.intake.rejected() - rejected_before_;
    if (progress_) progress_(done_);
  }

  const CaptureTarget& target_;
  const std::shared_ptr<const Connector> connector_;
  const std::function<void(const CaptureProgress&)>& progress_;
  const std::stop_token stop_;
  std::unique_ptr<Instance> instance_;
  CaptureProgress done_;
  const std::int64_t events_before_, rejected_before_;
  std::int64_t bytes_read_ = 0;
  std::size_t files_read_ = 0;
};

}  // namespace

Result<std::vector<CapturedFile>> captured_files_at(const std::vector<fs::path>& paths) {
  std::vector<CapturedFile> files;
  for (const auto& path : paths) {
    std::error_code none;
    if (fs::is_regular_file(path, none)) {
      files.push_back({path, path.filename().string()});
    } else if (fs::is_directory(path, none)) {
      auto inside = files_inside(path);
      if (!inside) return inside.error();
      std::move(inside->begin(), inside->end(), std::back_inserter(files));
    } else {
      return Error{"CAPTURE_MISSING", "is no file and no folder; look at the path", path.string()};
    }
  }
  return files;
}

Result<CaptureProgress> read_captured_files(const CaptureTarget& target, const std::vector<fs::path>& paths,
                                            const std::function<void(const CaptureProgress&)>& progress,
                                            std::stop_token stop) {
  auto files = captured_files_at(paths);
  if (!files) return files.error();
  auto connector = target.library.load(target.options.connector);
  if (!connector) return connector.error();
  if ((*connector)->source().read_capture == nullptr)
    return Error{"CAPTURE_UNSUPPORTED", "connector " + target.options.connector + " reads no captured files",
                 target.options.name};
  return CaptureRun(target, *connector, files->size(), progress, std::move(stop)).run(*files);
}

}  // namespace kinhub
