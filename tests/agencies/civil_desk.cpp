#include "tests/agencies/civil_desk.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <nlohmann/json.hpp>

namespace kinhub::agencies {
namespace {

constexpr std::int64_t clock_skew_ms_max = 300'000;
constexpr int page_size_max = 1000;

std::string hmac(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return {reinterpret_cast<char*>(digest), size};
}

std::string percent_decoded(std::string_view text) {
  auto hex = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // A sign is Base64: a bare '+' is a plus, not a blank.
    if (text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
      out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> query_of(std::string_view text) {
  std::map<std::string, std::string> query;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const auto equals = part.find('=');
    if (equals != std::string_view::npos)
      query[std::string(part.substr(0, equals))] = percent_decoded(part.substr(equals + 1));
  }
  return query;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::string value_of(const std::map<std::string, std::string>& query, const char* key) {
  const auto found = query.find(key);
  return found == query.end() ? std::string() : found->second;
}

CivilAnswer refusal(int http_status, std::string_view status, std::string_view message) {
  return {http_status, fmt::format("{{\n \"head\": {{\n  \"status\": \"{}\",\n  \"msg\": \"{}\"\n }}\n}}\n",
                                   status, message)};
}

}  // namespace

std::string platform_sign(std::string_view key, std::string_view text) {
  const std::string digest = hmac(key, text);
  std::string sign(4 * ((digest.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(sign.data()),
                      reinterpret_cast<const unsigned char*>(digest.data()), static_cast<int>(digest.size()));
  sign.resize(static_cast<std::size_t>(size));
  return sign;
}

void CivilDesk::load(const std::vector<Telegram>& rows) {
  std::lock_guard lock(mutex_);
  for (std::string_view name : civil_interfaces)
    registers_[std::string(name)];
  std::map<std::string_view, std::pair<Moment, int>> last;
  for (const Telegram& row : rows) {
    const auto interface = civil_interface(row.report->kind);
    auto& [second, serial] = last[interface];
    serial = row.report->at == second ? serial + 1 : 1;
    second = row.report->at;
    registers_.find(interface)->second.rows.push_back({civil_watermark(second, serial), row});
  }
}

void CivilDesk::release(Moment until) {
  std::lock_guard lock(mutex_);
  for (auto& [name, reg] : registers_)
    while (reg.released < reg.rows.size() && reg.rows[reg.released].telegram.report->at <= until)
      ++reg.released;
}

std::string CivilDesk::secret_of_day() const {
  const std::string raw = hmac(options_.secrets.app_key,
                               fmt::format("{}/{}", shanghai_date(clock_.now_us()).text(), generation_));
  std::string text;
  for (unsigned char byte : raw.substr(0, 16))
    fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

CivilAnswer CivilDesk::answer(std::string_view method, std::string_view target, std::string_view body) {
  std::lock_guard lock(mutex_);
  ++counts_.requests;
  if (options_.fault_percent > 0 &&
      (counts_.requests * 37 + 11) % 100 < static_cast<std::size_t>(options_.fault_percent)) {
    ++counts_.faults;
    // Platforms fail in two ways: the gateway breaks, or a well-formed answer says no.
    return counts_.faults % 2 == 1 ? CivilAnswer{503, "<html>Service Unavailable</html>"}
                                   : refusal(200, "9", "系统繁忙");
  }
  const auto path = target.substr(0, target.find('?'));
  if (!path.starts_with("/share/")) return refusal(404, "404", "接口不存在");
  const auto interface = path.substr(7);
  if (interface == "refreshappsecret") {
    if (method != "POST") return refusal(405, "405", "请使用POST");
    return refresh_secret(body);
  }
  if (method != "GET") return refusal(405, "405", "请使用GET");
  return page(interface,
              query_of(target.size() > path.size() ? target.substr(path.size() + 1) : std::string_view()));
}

CivilAnswer CivilDesk::refresh_secret(std::string_view body) {
  const auto request = nlohmann::json::parse(body, nullptr, false);
  auto text = [&](const char* key) {
    if (!request.is_object() || !request.contains(key)) return std::string();
    const auto& value = request[key];
    return value.is_string()           ? value.get<std::string>()
           : value.is_number_integer() ? std::to_string(value.get<std::int64_t>())
                                       : "";
  };
  const std::string rid = text("gjgxjhpt_rid"), rtime = text("gjgxjhpt_rtime");
  const auto asked = whole_number(rtime);
  if (rid != options_.secrets.rid || !asked ||
      std::abs(*asked - clock_.now_us() / 1000) > clock_skew_ms_max ||
      text("gjgxjhpt_sign") != platform_sign(options_.secrets.app_key, rid + rtime)) {
    ++counts_.rejected;
    return refusal(401, "401", "签名错误");
  }
  ++counts_.secrets_issued;
  return {200, fmt::format("{{\n \"head\": {{\n  \"status\": \"0\",\n  \"msg\": \"成功\"\n }},\n \"data\": "
                           "{{\n  \"secret\": \"{}\",\n"
                           "  \"valid_day\": \"{}\"\n }}\n}}\n",
                           secret_of_day(), shanghai_date(clock_.now_us()).text())};
}

CivilAnswer CivilDesk::page(std::string_view interface, const std::map<std::string, std::string>& query) {
  const std::string rid = value_of(query, "gjgxjhpt_rid"), sid = value_of(query, "gjgxjhpt_sid"),
                    rtime = value_of(query, "gjgxjhpt_rtime");
  const auto asked = whole_number(rtime);
  if (rid != options_.secrets.rid || sid != options_.secrets.sid || !asked ||
      std::abs(*asked - clock_.now_us() / 1000) > clock_skew_ms_max ||
      value_of(query, "gjgxjhpt_sign") != platform_sign(secret_of_day(), rid + sid + rtime)) {
    ++counts_.rejected;
    return refusal(401, "401", "签名错误");
  }
  if (options_.secret_uses_max > 0 && ++uses_ >= options_.secret_uses_max) uses_ = 0, ++generation_;

  const bool full = interface.ends_with("_full");
  if (!full && !interface.ends_with("_inc")) return refusal(200, "1", "接口不存在");
  const auto found = registers_.find(interface.substr(0, interface.rfind('_')));
  if (found == registers_.end()) return refusal(200, "1", "接口不存在");
  const std::string watermark = value_of(query, "watermark");
  if (!watermark.empty() && (watermark.size() != 17 || !whole_number(watermark)))
    return refusal(200, "2", "watermark参数错误");
  const auto nth = whole_number(value_of(query, "page")), size = whole_number(value_of(query, "pageSize"));
  if (!nth || *nth < 1 || *nth > 1'000'000'000 || !size || *size < 1 || *size > page_size_max)
    return refusal(200, "3", "page或pageSize参数错误");

  Register& reg = found->second;
  const auto begin = reg.rows.begin(), end = begin + static_cast<std::ptrdiff_t>(reg.released);
  const auto after = std::upper_bound(
      begin, end, watermark, [](const std::string& mark, const Row& row) { return mark < row.watermark; });
  const auto total = static_cast<std::size_t>(end - after);
  const std::size_t skipped = std::min(total, static_cast<std::size_t>((*nth - 1) * *size));
  const std::size_t count = std::min(total - skipped, static_cast<std::size_t>(*size));
  if (!full) {
    reg.fetched_to = std::max(reg.fetched_to, watermark);
    if (skipped > 0)
      reg.fetched_to =
          std::max(reg.fetched_to, (after + static_cast<std::ptrdiff_t>(skipped - 1))->watermark);
  }
  CivilPage shape;
  shape.interface = std::string(interface);
  shape.page = static_cast<int>(*nth);
  shape.page_size = static_cast<int>(*size);
  shape.total = total;
  shape.watermark = watermark;
  std::vector<std::string> rows;
  for (std::size_t i = 0; i < count; ++i) {
    const Row& row = *(after + static_cast<std::ptrdiff_t>(skipped + i));
    rows.push_back(civil_row(row.telegram, static_cast<int>(i + 1)));
    shape.watermark = row.watermark;
  }
  if (count == 0 && skipped > 0)
    shape.watermark = (after + static_cast<std::ptrdiff_t>(skipped - 1))->watermark;
  counts_.rows_served += count;
  return {200, civil_page(shape, rows)};
}

bool CivilDesk::all_fetched() const {
  std::lock_guard lock(mutex_);
  return std::all_of(registers_.begin(), registers_.end(), [](const auto& entry) {
    const Register& reg = entry.second;
    return reg.rows.empty() || reg.fetched_to >= reg.rows.back().watermark;
  });
}

CivilDesk::Counts CivilDesk::counts() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace kinhub::agencies
