// A complete small connector to start from: an agency that puts CSV files with a flag file
// into a folder. What differs between agencies is the format below; folders, positions,
// statuses and the C border come from the SDK.

#include <algorithm>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_csv.hpp"
#include "plugins/sdk/folder_config.hpp"

namespace {

using namespace kinhub::sdk;
using kinhub::Result;

/// 1. How a file of this agency becomes events.
class TemplateFile final : public FileFormat {
 public:
  explicit TemplateFile(std::string charset) : charset_(std::move(charset)) {}

  std::string_view content_type() const override { return "text/csv"; }
  Result<Cut> cut(std::string_view bytes) const override { return cut_csv(bytes); }
  /// The connector passes on what is declared; the hub decodes.
  std::string charset(const Cut&, std::size_t) const override { return charset_; }
  /// The first column is the agency's own key of the row.
  std::string key(const Cut& cut, std::size_t index) const override {
    return csv_text(csv_fields(cut.records[index].bytes).front());
  }
  /// When the agency recorded the row: its column "recorded", if there is one.
  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    const auto names = csv_fields(cut.head);
    const auto fields = csv_fields(cut.records[index].bytes);
    const auto at =
        static_cast<std::size_t>(std::find(names.begin(), names.end(), "recorded") - names.begin());
    return at < names.size() && at < fields.size() ? local_time_us(csv_text(fields[at])) : std::nullopt;
  }
  /// The time in the file's name says up to when the agency is complete; the content does not.
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }

 private:
  std::string charset_;
};

/// 2. The connector: three calls.
class TemplateConnector final : public Connector {
 public:
  TemplateConnector(Host& host, const Config& config)
      : host_(host),
        folders_(config, {".csv"}),
        format_(config.text("charset", "UTF-8")),
        inbox_(folders_.inbox) {}

  void poll(std::string_view position, std::chrono::milliseconds timeout) override {
    folders_.wanted_inbox();
    inbox_.poll(host_, position, format_, timeout);
  }
  void snapshot(std::string_view cursor) override {
    read_snapshot(host_, folders_.wanted_snapshot(), cursor, format_);
  }
  void read_capture(std::string_view origin, std::string_view bytes) override {
    emit_capture(host_, format_, origin, bytes);
  }
  void set_aside(std::string_view position) override {
    folders_.wanted_inbox();
    inbox_.set_aside(host_, position, format_);
  }

 private:
  Host& host_;
  FolderConfig folders_;
  TemplateFile format_;
  Inbox inbox_;
};

/// 3. What may stand in its configuration.
constexpr std::string_view schema = R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {},
  "properties": {
    )" KINHUB_FOLDER_SCHEMA R"(,
    "charset": {"type": "string", "default": "UTF-8", "description": "Charset of the files"}
  }
})";

}  // namespace

KINHUB_CONNECTOR(TemplateConnector, schema)
