// Public security: household registration changes as XML files on a front-end machine,
// GB18030, one RECORD per person.

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_xml.hpp"
#include "plugins/sdk/folder_config.hpp"

namespace kinhub {
namespace {

using namespace sdk;

class PoliceFile final : public FileFormat {
 public:
  explicit PoliceFile(std::string charset) : charset_(std::move(charset)) {}

  std::string_view content_type() const override { return "application/xml"; }

  Result<Cut> cut(std::string_view bytes) const override {
    auto cut = cut_xml(bytes, "root/body/RECORD");
    // A file may say that there is nothing: jls 0.
    if (!cut && cut.error().code == "XML_NO_RECORD" && xml_text(bytes, "jls") == "0")
      return Cut{bytes, {}, {}, {}};
    return cut;
  }

  std::string charset(const Cut& cut, std::size_t) const override {
    if (!charset_.empty()) return charset_;
    return cut.charset.empty() ? "UTF-8" : std::string(cut.charset);
  }

  // The cause of death is not needed for any decision and is not carried further.
  std::string body(const Cut& cut, std::size_t index) const override {
    const auto record = cut.records[index].bytes;
    if (record.find("<SWYY") == std::string_view::npos) return cut.body(index);
    return std::string(cut.head).append(blank_xml(record, {"SWYY"})).append(cut.tail);
  }

  std::string key(const Cut& cut, std::size_t index) const override {
    const auto record = cut.records[index].bytes;
    const auto business = xml_text(record, "HJYWID"), person = xml_text(record, "RYID");
    if (business.empty() && person.empty()) return {};
    return std::string(business).append("|").append(person);
  }

  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    return local_time_us(xml_text(cut.records[index].bytes, "GXSJ"));
  }

  std::optional<std::int64_t> complete_until_us(const Cut& cut) const override {
    return local_time_us(xml_text(cut.head, "fssj"));
  }
  std::optional<std::uint64_t> declared_records(const Cut& cut) const override {
    return count_said(xml_text(cut.head, "jls"));
  }

 private:
  std::string charset_;
};

class PublicSecurity final : public Connector {
 public:
  PublicSecurity(Host& host, const Config& config)
      : host_(host),
        folders_(config, {".xml", ".XML"}),
        format_(config.charset("charset")),
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
  PoliceFile format_;
  Inbox inbox_;
};

constexpr std::string_view schema = R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {},
  "properties": {
    )" KINHUB_FOLDER_SCHEMA R"(,
    "charset": {"type": "string", "default": "",
      "description": "Overrides the encoding the XML declaration names"}
  }
})";

}  // namespace
}  // namespace kinhub

KINHUB_CONNECTOR(kinhub::PublicSecurity, kinhub::schema)
