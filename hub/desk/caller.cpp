#include "hub/desk/caller.hpp"

#include <algorithm>

namespace kinhub {

std::string_view name_of(Right right) {
  switch (right) {
    case Right::lead_read:
      return "lead.read";
    case Right::lead_decide:
      return "lead.decide";
    case Right::lead_countersign:
      return "lead.countersign";
    case Right::record_find:
      return "record.find";
    case Right::record_open:
      return "record.open";
    case Right::record_open_beyond:
      return "record.open.beyond";
    case Right::care_enter:
      return "care.enter";
    case Right::identity_read:
      return "identity.read";
    case Right::identity_decide:
      return "identity.decide";
    case Right::message_list:
      return "message.list";
    case Right::message_body:
      return "message.body";
    case Right::message_mend:
      return "message.mend";
    case Right::message_replay:
      return "message.replay";
    case Right::status_read:
      return "status.read";
    case Right::source_run:
      return "source.run";
    case Right::source_rewind:
      return "source.rewind";
    case Right::rules_read:
      return "rules.read";
    case Right::rules_publish:
      return "rules.publish";
    case Right::night_run:
      return "night.run";
    case Right::notice_read:
      return "notice.read";
    case Right::payment_read:
      return "payment.read";
    case Right::payment_draft:
      return "payment.draft";
    case Right::payment_sign:
      return "payment.sign";
    case Right::payment_close:
      return "payment.close";
    case Right::payment_bank:
      return "payment.bank";
    case Right::payment_settle:
      return "payment.settle";
    case Right::account_manage:
      return "account.manage";
    case Right::audit_read:
      return "audit.read";
    case Right::hub_run:
      return "hub.run";
    case Right::report_read:
      return "report.read";
    case Right::archive_read:
      return "archive.read";
    case Right::report_issue:
      return "report.issue";
  }
  return "";
}

std::optional<Right> right_named(std::string_view name) {
  for (std::size_t i = 0; i < right_count; ++i)
    if (name_of(static_cast<Right>(i)) == name) return static_cast<Right>(i);
  return std::nullopt;
}

std::string_view name_of(Channel channel) {
  return channel == Channel::cli ? "cli" : "api";
}

std::string_view name_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::decide:
      return "decide";
    case Purpose::verify:
      return "verify";
    case Purpose::visit:
      return "visit";
    case Purpose::complaint:
      return "complaint";
    case Purpose::mend:
      return "mend";
    case Purpose::subject:
      return "subject";
    case Purpose::urgent:
      return "urgent";
    case Purpose::stated:
      return "stated";
  }
  return "";
}

std::optional<Purpose> purpose_named(std::string_view name) {
  for (const auto purpose : {Purpose::decide, Purpose::verify, Purpose::visit, Purpose::complaint,
                             Purpose::mend, Purpose::subject, Purpose::urgent})
    if (name_of(purpose) == name) return purpose;
  return std::nullopt;
}

Result<Area> Area::read(std::string_view code) {
  const bool digits = std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
  const auto size = code.size();
  if (!digits || (size != 2 && size != 4 && size != 6 && size != 9 && size != 12))
    return Error{"AREA_FORM", "an area is written with 2, 4, 6, 9 or 12 digits: 370306, 370306001",
                 std::string(code)};
  return Area(std::string(code));
}

bool Scope::covers(std::string_view area) const {
  return whole || (!area.empty() && std::any_of(areas.begin(), areas.end(),
                                                [&](const Area& one) { return one.contains(area); }));
}

bool Scope::covers(const std::vector<std::string>& found) const {
  return whole ||
         std::any_of(found.begin(), found.end(), [&](const std::string& area) { return covers(area); });
}

bool Opening::covers(const std::string& reference) const {
  return on.empty() || std::find(on.begin(), on.end(), reference) != on.end();
}

}  // namespace kinhub
