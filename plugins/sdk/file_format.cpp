#include "plugins/sdk/file_format.hpp"

namespace kinhub::sdk {
namespace {

constexpr std::size_t events_per_commit = 1000;
/// A file that is no delivery is kept whole up to here: a process of a connector has a bound on its memory.
constexpr std::size_t rejected_whole_max = std::size_t{32} << 20, rejected_beginning = std::size_t{1} << 20;

Error with_beginning(Error error, std::size_t size) {
  error.text += " (of " + std::to_string(size) + " bytes these are the first " +
                std::to_string(rejected_beginning) + "; the file stays in the folder)";
  return error;
}

}  // namespace

FileOutcome emit_file(Host& host, const FileFormat& format, std::string_view origin, std::string_view bytes,
                      std::size_t first_record, const PositionOf& position) {
  const auto cut = format.cut(bytes);
  if (cut) return emit_cut(host, format, origin, *cut, first_record, position);
  auto why = cut.error();
  auto kept = bytes;
  if (const auto at_end = position(1, 1); bytes.size() > rejected_whole_max && !at_end.empty()) {
    kept = bytes.substr(0, rejected_beginning);
    why = with_beginning(std::move(why), bytes.size());
  }
  host.reject({kept, format.content_type(), {}, position(1, 1), origin, why});
  return {0, true, false, std::nullopt};
}

std::optional<Error> fault_of_count(const FileFormat& format, const Cut& cut) {
  const auto declared = format.declared_records(cut);
  if (!declared || *declared == cut.records.size()) return std::nullopt;
  return Error{"RECORD_COUNT",
               "the file says that it holds " + std::to_string(*declared) + " records and holds " +
                   std::to_string(cut.records.size()) +
                   ": it is no complete delivery; ask for it again (the records that are there were taken)",
               "file"};
}

FileOutcome emit_cut(Host& host, const FileFormat& format, std::string_view origin, const Cut& cut,
                     std::size_t first_record, const PositionOf& position) {
  const auto total = cut.records.size();
  const auto miscounted = fault_of_count(format, cut);
  if (miscounted && first_record == 0) {
    host.log(KINHUB_LOG_WARNING, std::string(origin) + ": " + miscounted->text);
    const auto frame = std::string(cut.head).append(cut.tail);
    host.reject({frame, format.content_type(), total > 0 ? format.charset(cut, 0) : std::string(),
                 total > 0 ? std::string() : position(1, 1), origin, *miscounted});
  }
  for (std::size_t i = first_record; i < total; ++i) {
    if (host.stop_requested()) throw HostDeclined{KINHUB_OK};
    const auto place = std::string(origin) + (total == 1 ? "" : "#" + std::to_string(i + 1));
    const auto next = position(i + 1, total);
    const auto charset = format.charset(cut, i);
    if (const auto& error = cut.records[i].error) {
      const auto& record = cut.records[i].bytes;
      if (record.size() > rejected_whole_max && !next.empty())
        host.reject({record.substr(0, rejected_beginning), format.content_type(), charset, next, place,
                     with_beginning(*error, record.size())});
      else
        host.reject({cut.body(i), format.content_type(), charset, next, place, *error});
    } else {
      const auto key = format.key(cut, i);
      const auto body = format.body(cut, i);
      Change change{key, body, format.content_type(), charset, next, place, format.recorded_at_us(cut, i)};
      const auto around = cut.head.size() + cut.tail.size();
      if (around < body.size() && body.starts_with(cut.head) && body.ends_with(cut.tail))
        change.record_begin = cut.head.size(), change.record_size = body.size() - around;
      host.emit(change);
    }
    if ((i + 1) % events_per_commit == 0 && !host.commit())
      throw Retry("the event log does not take events now: see the hub's own state");
  }
  if (miscounted) return {total, false, true, std::nullopt};
  return {total, false, false, format.complete_until_us(cut)};
}

void emit_capture(Host& host, const FileFormat& format, std::string_view origin, std::string_view bytes) {
  emit_file(host, format, origin, bytes, 0, [](std::size_t, std::size_t) { return std::string(); });
}

}  // namespace kinhub::sdk
