// Medical insurance: nightly increments of the enrolment tables as JSON files on a front-end machine, and
// captured answers of the one-person query 1101.

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_json.hpp"
#include "plugins/sdk/folder_config.hpp"

namespace kinhub {
namespace {

using namespace sdk;

class InsuranceFile final : public FileFormat {
 public:
  std::string_view content_type() const override { return "application/json"; }

  Result<Cut> cut(std::string_view bytes) const override {
    auto cut = cut_json(bytes, "records");
    // Query 1101, question or answer: one document, one event.
    if (!cut && cut.error().code == "JSON_NO_RECORDS" &&
        (json_value(bytes, "infcode") || json_value(bytes, "infno")))
      return Cut{{}, {}, {{bytes, std::nullopt}}, {}};
    return cut;
  }

  std::string charset(const Cut&, std::size_t) const override { return "UTF-8"; }

  std::string key(const Cut& cut, std::size_t index) const override {
    const auto record = cut.records[index].bytes;
    for (const auto* const name : {"rid", "inf_refmsgid", "msgid"})
      if (auto value = json_text(record, name); !value.empty()) return value;
    return {};
  }

  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    const auto record = cut.records[index].bytes;
    for (const auto* const name : {"updt_time", "respond_time", "inf_time"})
      if (const auto time = local_time_us(json_text(record, name))) return time;
    return std::nullopt;
  }

  std::optional<std::int64_t> complete_until_us(const Cut& cut) const override {
    // What stands before the records holds to_updt_time; behind them it is as good.
    for (const auto part : {cut.head, cut.tail}) {
      const auto at = part.find("\"to_updt_time\"");
      if (at == std::string_view::npos) continue;
      const auto begin = part.find_first_of("0123456789", at + 14);
      if (begin != std::string_view::npos) return local_time_us(part.substr(begin, 19));
    }
    return std::nullopt;
  }

  std::optional<std::uint64_t> declared_records(const Cut& cut) const override {
    for (const auto part : {cut.head, cut.tail}) {
      const auto at = part.find("\"rows\"");
      if (at == std::string_view::npos) continue;
      const auto begin = part.find_first_not_of(" \t\r\n:\"", at + 6);
      if (begin == std::string_view::npos) continue;
      const auto end = part.find_first_not_of("0123456789", begin);
      return count_said(part.substr(begin, end - begin));
    }
    return std::nullopt;
  }
};

class MedicalInsurance final : public Connector {
 public:
  MedicalInsurance(Host& host, const Config& config)
      : host_(host), folders_(config, {".json", ".JSON"}), inbox_(folders_.inbox) {}

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
  InsuranceFile format_;
  Inbox inbox_;
};

constexpr std::string_view schema = R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {},
  "properties": {
    )" KINHUB_FOLDER_SCHEMA R"(
  }
})";

}  // namespace
}  // namespace kinhub

KINHUB_CONNECTOR(kinhub::MedicalInsurance, kinhub::schema)
