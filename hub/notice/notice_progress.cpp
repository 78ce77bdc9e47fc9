#include "hub/notice/notice_progress.hpp"

#include "hub/store/values.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <random>

namespace kinhub {
namespace {

/// Reads one text member of a notice's outermost object, without a JSON parser: notices are written by
/// notice_json, whose own members come before `data`, and whose ids and subjects need no escapes.
std::string member(std::string_view body, std::string_view name) {
  auto mark = fmt::format("\"{}\":\"", name);
  auto at = body.find(mark);
  if (at == std::string_view::npos) return {};
  auto from = at + mark.size();
  auto until = body.find('"', from);
  return until == std::string_view::npos ? std::string() : std::string(body.substr(from, until - from));
}

Error damaged(std::string text) {
  return {"NOTICES_PROGRESS", std::move(text), "progress of the notices"};
}

constexpr char what_to_do[] =
    " Nothing is published until a person has looked; docs/notices.md, 'After a restore', says what to "
    "choose from";

Error elsewhere(const std::string& why, const std::string& topic) {
  return {"NOTICES_ELSEWHERE", why + "." + what_to_do, topic};
}

}  // namespace

std::string to_text(const NoticeProgress& progress) {
  nlohmann::ordered_json text = {{"seq", progress.sequence},
                                 {"id", progress.id},
                                 {"offset", progress.offset},
                                 {"store", progress.store}};
  return text.dump();
}

Result<NoticeProgress> notice_progress_from(std::string_view text) {
  auto parsed = nlohmann::json::parse(text, nullptr, false);
  auto number = [&](const char* name) { return parsed.contains(name) && parsed[name].is_number_integer(); };
  auto words = [&](const char* name) { return parsed.contains(name) && parsed[name].is_string(); };
  if (!parsed.is_object() || !number("seq") || !number("offset") || !words("id") || !words("store"))
    return damaged("this record is none that a hub writes: is another program writing to the topic?");
  NoticeProgress progress{parsed["seq"], parsed["id"], parsed["offset"], parsed["store"]};
  if (progress.sequence < 0) return damaged("its seq is below zero");
  return progress;
}

Result<std::int64_t> go_on_after(const std::optional<NoticeProgress>& progress, const Outbox& outbox,
                                 const NoticesTopic& found, const std::string& topic) {
  if (!progress) return 0;
  auto refused = [&](const std::string& why) { return elsewhere(why, topic); };
  if (progress->store != outbox.store)
    return refused(fmt::format(
        "its notices up to {} came from another store than this hub's. Two hubs must not share a prefix",
        progress->sequence));
  if (progress->sequence > outbox.last)
    return refused(
        fmt::format("notice {} was published, and this store gave no more than {}: it is older than what "
                    "readers have seen, as after a restore from a backup",
                    progress->sequence, outbox.last));
  if (progress->sequence > 0 && progress->id != outbox.id_there)
    return refused(fmt::format(
        "notice {} was published as {}, and is {} in this store: it went another way after a restore "
        "from a backup",
        progress->sequence, progress->id, outbox.id_there));
  if (found.end <= progress->offset)
    return refused(fmt::format(
        "notices up to {} were published at offset {} or behind it, and the topic ends at {}: it was "
        "made anew or has lost its end",
        progress->sequence, progress->offset, found.end));
  if (progress->sequence > 0 && !found.holds_the_last)
    return refused(
        fmt::format("notice {} ({}) was published, and does not stand in the topic: it was made anew",
                    progress->sequence, progress->id));
  return progress->sequence;
}

std::optional<Error> made_anew_since(std::int64_t before, std::int64_t offset, const std::string& topic) {
  if (offset > before) return std::nullopt;
  return elsewhere(
      fmt::format(
          "the last notice was published at offset {}, and the topic gives offset {} next: it was made anew",
          before, offset),
      topic);
}

std::string notice_id(std::string_view body) {
  return member(body, "id");
}
std::string notice_subject(std::string_view body) {
  return member(body, "subject");
}

std::size_t rows_in_one_go(const std::vector<NoticeRow>& rows, std::size_t bytes_max) {
  std::size_t count = 0, bytes = 0;
  while (count < rows.size() && (count == 0 || bytes + rows[count].body.size() <= bytes_max))
    bytes += rows[count++].body.size();
  return count;
}

std::string installation_id(Store& store) {
  constexpr char name[] = "installation id";
  if (auto id = store.begin(Store::For::reading)->values().get(name); !id.empty()) return id;
  auto writing = store.begin(Store::For::writing);
  auto id = writing->values().get(name);
  if (!id.empty()) return id;  // another node was faster
  std::random_device chance;
  for (int i = 0; i < 4; ++i)
    id += fmt::format("{:08x}", static_cast<std::uint32_t>(chance()));
  writing->values().put(name, id);
  writing->commit();
  return id;
}

}  // namespace kinhub
