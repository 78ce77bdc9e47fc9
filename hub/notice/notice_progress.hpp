#pragma once
// Recovery decision of the Kafka sink: how far notices are published, and whether it is
// safe to go on from there. Pure.

#include <optional>
#include <string>

#include "hub/base/result.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// Checkpoint of the publication: written in the same Kafka transaction as the notices it speaks of.
struct NoticeProgress {
  std::int64_t sequence = 0;  ///< of the last notice published
  std::string id;  ///< its CloudEvents id: a store that gave that number to another notice is not the one
  std::int64_t offset = -1;  ///< the topic has a notice at this offset, or had; -1: not known
  std::string store;         ///< installation_id() of the store it came from
  friend bool operator==(const NoticeProgress&, const NoticeProgress&) = default;
};

/// Serializes to one line of JSON, which an operator can read with any Kafka tool.
std::string to_text(const NoticeProgress& progress);
Result<NoticeProgress> notice_progress_from(std::string_view text);

/// State of the outbox in the store, as far as it matters here.
struct Outbox {
  std::string store;      ///< installation_id()
  std::int64_t last = 0;  ///< the last notice it gave
  std::string id_there;   ///< id of its notice number progress.sequence; empty when it has none
};

/// State of the topic, beside what the checkpoint says.
struct NoticesTopic {
  std::int64_t end = 0;  ///< the offset that it gives next
  /// A notice with progress.id stands at progress.offset or behind it, or may have stood there until it went
  /// by its age.
  bool holds_the_last = true;
};

/// Decides the resume point: the notices after this one are to be published. An error when a person must
/// decide, because readers have been told something that this store does not know of: its text says what
/// happened and what to do. No progress at all means that nothing was published.
Result<std::int64_t> go_on_after(const std::optional<NoticeProgress>& progress, const Outbox& outbox,
                                 const NoticesTopic& found, const std::string& topic);

/// Detects a recreated topic: why a notice that it put at `offset` must not be published there, when the last
/// one stands at `before`. Nothing when it may.
std::optional<Error> made_anew_since(std::int64_t before, std::int64_t offset, const std::string& topic);

/// Reads "id" of a notice's body, "subject" likewise; empty when there is none.
std::string notice_id(std::string_view body);
std::string notice_subject(std::string_view body);

/// Batch size: how many of `rows`, from the first, fit into `bytes_max` of one transaction; at least one.
std::size_t rows_in_one_go(const std::vector<NoticeRow>& rows, std::size_t bytes_max);

/// Unique id of this store among stores: made when it is asked for first, by chance, and kept.
std::string installation_id(Store& store);

}  // namespace kinhub
