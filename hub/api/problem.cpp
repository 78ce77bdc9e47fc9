#include "hub/api/problem.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <nlohmann/json.hpp>

namespace kinhub::api {
namespace {

constexpr std::array table{
    Problem{"FRAMING", 400, "The message is not framed as HTTP/1.1 asks", "报文格式不符合 HTTP/1.1", true},
    Problem{"MALFORMED", 400, "The request cannot be read", "请求无法识别"},
    Problem{"UNKNOWN_PARAMETER", 400, "A parameter is not known here", "参数不存在"},
    Problem{"CURSOR_INVALID", 400, "The cursor is not one of this list", "翻页标记无效"},
    Problem{"IDEMPOTENCY_KEY_NEEDED", 400, "The key of the act is missing", "缺少幂等键"},
    Problem{"SIGN_IN", 401, "Sign in first", "请先登录"},
    Problem{"SESSION_ENDED", 401, "The session has ended", "会话已结束"},
    Problem{"FORBIDDEN", 403, "A right is missing", "权限不足"},
    Problem{"OPENING_ENDED", 403, "The opening has ended", "调阅已结束"},
    Problem{"FRESH_SIGN_IN", 403, "Give the password again", "请重新输入密码"},
    Problem{"SAME_PERSON", 403, "A second person is needed", "须由另一人复核"},
    Problem{"CSRF", 403, "The request did not come from this page", "请求并非来自本页面"},
    Problem{"ORIGIN", 403, "The request came from another site", "请求来自其他站点"},
    Problem{"NO_SUCH_PAGE", 404, "There is nothing here", "没有此资源"},
    Problem{"METHOD", 405, "The method is not allowed here", "不支持的请求方法"},
    Problem{"ACCOUNT_EXISTS", 409, "There is an account of this name", "账号已存在"},
    Problem{"LAST_KEEPER", 409, "Nobody else keeps the accounts", "不能停用最后一名安全管理员"},
    Problem{"LEAD_NOT_OPEN", 409, "The lead is not open", "线索已办结"},
    Problem{"PROPOSED_ALREADY", 409, "A decision waits for a second person", "已有待复核的意见"},
    Problem{"NOT_PROPOSED", 409, "No decision waits for a second person", "没有待复核的意见"},
    Problem{"QUARANTINE_NOT_HELD", 409, "The event is no longer held", "报文已不在隔离区"},
    Problem{"IN_PROGRESS", 409, "The same request is being done", "相同请求正在处理"},
    Problem{"CHANGED", 412, "It has changed since", "内容已变更"},
    Problem{"CURSOR_GONE", 410, "The cursor is too old", "翻页标记已过期"},
    Problem{"LENGTH_NEEDED", 411, "The length of the body is missing", "缺少正文长度", true},
    Problem{"TOO_LARGE", 413, "The body is too large", "正文过大", true},
    Problem{"URI_TOO_LONG", 414, "The address is too long", "地址过长", true},
    Problem{"CONTENT_TYPE", 415, "The body is not JSON", "正文须为 JSON"},
    Problem{"WRONG_HOST", 421, "This is not the host that was asked for", "主机名不符", true},
    Problem{"INVALID", 422, "The request cannot be done as it stands", "请求内容有误"},
    Problem{"IDEMPOTENCY_KEY_REUSED", 422, "The key was used for another request", "幂等键已用于其他请求"},
    Problem{"IF_MATCH_NEEDED", 428, "Say which revision was seen", "须说明所依据的版本"},
    Problem{"TOO_MANY", 429, "Too many requests", "请求过于频繁"},
    Problem{"HEADERS_TOO_LARGE", 431, "The header is too large", "请求头过大", true},
    Problem{"INTERNAL", 500, "Something went wrong inside", "内部错误"},
    Problem{"STORE_AWAY", 503, "What the hub stands on is away", "存储暂不可用"},
    Problem{"AUDIT_AWAY", 503, "The audit trail takes no entry", "审计日志无法写入"},
    Problem{"BUSY", 503, "Too much at once", "系统繁忙"},
    Problem{"TOO_SLOW", 503, "It takes too long", "处理超时"},
    Problem{"HTTP_VERSION", 505, "This version of HTTP is not spoken", "不支持的 HTTP 版本", true},
};

}  // namespace

std::span<const Problem> problems() {
  return table;
}

const Problem& problem(std::string_view code) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const Problem& one) { return one.code == code; });
  assert(found != table.end());
  return *found;
}

Problem problem_of(const Error& error) {
  if (error.code.starts_with("NO_SUCH_"))
    return {error.code, 404, problem("NO_SUCH_PAGE").title, problem("NO_SUCH_PAGE").chinese};
  if (error.code == "REVISION_MISSING") return problem("IF_MATCH_NEEDED");
  for (const auto& one : table)
    if (one.code == error.code) return one;
  return problem("INVALID");
}

Language language_of(std::string_view accept_language) {
  const auto en = accept_language.find("en"), zh = accept_language.find("zh");
  return en != std::string_view::npos && en < zh ? Language::en : Language::zh;
}

std::string problem_json(const Problem& problem, std::string_view detail, std::string_view request_id,
                         Language language, const ProblemMore& more) {
  nlohmann::ordered_json json = {
      {"type", "urn:kinhub:problem:" + std::string(problem.code)},
      {"title", language == Language::zh ? problem.chinese : problem.title},
      {"status", problem.status},
      {"code", problem.code},
      {"detail", detail},
      {"instance", request_id},
  };
  if (!more.right.empty()) json["right"] = more.right;
  if (!more.pointer.empty())
    json["errors"] = nlohmann::ordered_json::array(
        {{{"pointer", more.pointer}, {"code", more.field_code}, {"detail", detail}}});
  if (!more.now.empty()) {
    json["now"] = nlohmann::ordered_json::parse(more.now);
    json["changed"] = more.changed;
  }
  if (more.retry_after > 0) json["retry_after"] = more.retry_after;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace kinhub::api
