#include "hub/base/texts.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace kinhub {
namespace {

struct Entry {
  Text which;
  std::string_view zh, en;
};

constexpr std::array<Entry, text_count> entries{{
    {Text::self, "本人", "this parent"},
    {Text::child, "子女", "a child"},
    {Text::spouse, "配偶", "the spouse"},
    {Text::other_parent, "子女的另一方父母", "the child's other parent"},
    {Text::other_of_parents, "子女父母中的另一方", "the child's other parent"},
    {Text::relative, "亲属", "a relative"},
    {Text::birth, "{0}出生", "birth of {0}"},
    {Text::death, "{0}死亡", "death of {0}"},
    {Text::grade, "{0}残疾等级{1}级", "disability of {0}, grade {1}"},
    {Text::certificate_runs_out, "{0}残疾人证到期", "end of the disability certificate of {0}"},
    {Text::parentage, "{0}亲子关系登记", "registration of whose child {0} is"},
    {Text::adoption, "{0}收养登记", "adoption of {0}"},
    {Text::adoption_dissolved, "{0}解除收养", "end of the adoption of {0}"},
    {Text::marriage, "结婚登记", "marriage"},
    {Text::divorce, "离婚登记", "divorce"},
    {Text::residence, "{0}户籍迁移", "registered residence of {0}"},
    {Text::reaches_age, "{0}年满{1}周岁", "age of {1} reached by {0}"},
    {Text::policy_begins, "政策施行或标准调整", "beginning or end of a policy or of its rate"},
    {Text::policy_changes, "政策施行、到期或标准调整", "beginning or end of a policy or of its rate"},
    {Text::coverage_changes, "部门数据完整性变化", "change in how complete the records of agencies are"},
    {Text::receipt_changes, "其他待遇变化", "change of another benefit"},
    {Text::dated, "{0}{1}", "{1} on {0}"},
    {Text::dated_between, "{0}至{1}之间{2}", "{2} between {0} and {1}"},
    {Text::reason, "{0} {1}", "{0} {1}"},
    {Text::reason_between, "{0}至{1}之间 {2}", "between {0} and {1}: {2}"},
    {Text::reason_withdrawn, "子女死亡信息已由来源撤回",
     "the word of a child's death was taken back by its source"},
    {Text::reason_vanished, "原依据的信息已不在此人名下（身份认定变更、来文重新解读，或来源不再提供）",
     "what the right stood on is told of this person no more (another answer of who is who, a message read "
     "anew, or a source that does not tell it any more)"},
    {Text::reason_news, "不予认定之后的新佐证：{0}（{1}）", "new evidence since the dismissal: {0} ({1})"},
    {Text::reason_dead, "{1}（{2}）报告本人于{0}死亡", "reported dead on {0} by {1} ({2})"},
    {Text::reason_living, "{0}（{1}）仍列本人为在世，须核实", "{0} ({1}) still lists this person as living"},
    {Text::police, "公安", "police"},
    {Text::civil_affairs, "民政", "civil affairs"},
    {Text::medical_insurance, "医保", "medical insurance"},
    {Text::hospital, "医院", "hospital"},
    {Text::care_desk, "基层走访", "care desk"},
    {Text::certificate, "证明", "certificate"},
    {Text::cremation, "殡葬", "funeral service"},
    {Text::source_named, "来源“{0}”", "source '{0}'"},
    {Text::lead_new, "疑似新增", "new"},
    {Text::lead_changed, "疑似变更", "changed"},
    {Text::lead_ended, "疑似退出", "ended"},
    {Text::lead_verify, "待核实", "verify"},
    {Text::state_open, "待处理", "open"},
    {Text::state_confirmed, "已认定", "confirmed"},
    {Text::state_dismissed, "不予认定", "dismissed"},
    {Text::state_closed, "已消除", "closed"},
    {Text::sure, "确定", "sure"},
    {Text::pending, "待定", "pending"},
    {Text::wait_other_child, "生育和收养资料完整，能说明没有其他存活子女",
     "complete records of births and adoptions, which show that no other child lives"},
    {Text::wait_disputed, "各部门对死亡的说法一致", "agencies that agree on a death"},
    {Text::wait_second_source, "另一个部门也证明死亡", "a second source that confirms the death"},
    {Text::wait_death_date, "死亡的具体日期", "the day of the death"},
    {Text::wait_certificate, "残疾人证到期后的重新评定",
     "a new assessment after the disability certificate ran out"},
    {Text::wait_parentage, "子女究竟是谁的孩子", "whose child the child is"},
    {Text::wait_only_child, "是否曾只有一个子女", "whether there was only one child at any time"},
    {Text::wait_marriage, "婚姻状况", "the marriage, or that there is none"},
    {Text::wait_birth_date, "准确的出生日期", "the exact date of birth"},
    {Text::wait_sex, "性别", "the sex"},
    {Text::wait_residence, "户籍所在地", "where the person is registered"},
    {Text::wait_urban, "家庭属于城区还是农村", "whether the household is urban or rural"},
    {Text::wait_low_income, "最低生活保障资料完整", "complete records of the low-income allowance"},
    {Text::wait_pension, "居民基本养老金资料完整", "complete records of the resident pension"},
    {Text::wait_children, "生育和收养资料完整，能说明子女人数",
     "complete records of births and adoptions, which show how many children there are"},
    {Text::wait_ivf, "是否为辅助生殖后的生育", "whether the birth followed IVF"},
    {Text::wait_amount, "文件没有写明的金额", "a sum that the document does not state"},
    {Text::wait_state, "有部门说明{0}", "an agency that tells of {0}"},
    {Text::state_credential, "所需的证件或资格", "the credential {0}"},
    {Text::state_insured, "参保情况", "insurance of the kind {0}"},
    {Text::state_support, "救助和补助情况", "the support {0}"},
    {Text::state_pension, "养老金情况", "the pension {0}"},
    {Text::state_work, "就业情况", "the work {0}"},
    {Text::state_other, "这一情况", "{0}"},
    {Text::complete_until, "应由{0}提供，目前完整到{1}", "to be told by {0}, complete until {1} so far"},
    {Text::complete_never, "应由{0}提供，目前还没有完整的资料",
     "to be told by {0}, not complete on any day so far"},
    {Text::complete_by_none, "目前没有接入能说明这一点的部门", "no source that tells it is connected"},
    {Text::per_month, "每月{0}元", "{0} yuan a month"},
    {Text::per_year, "每年{0}元", "{0} yuan a year"},
    {Text::once, "一次性{0}元", "{0} yuan once"},
    {Text::sum_unknown, "金额尚不能计算", "a sum that cannot be computed yet"},
    {Text::due_since, "应享，自{0}起，{1}", "due since {0}, {1}"},
    {Text::due_always, "应享，{0}", "due, {0}"},
    {Text::pending_since, "待定，自{0}起可能应享", "pending: perhaps due since {0}"},
    {Text::ended_since, "已结束，自{0}起不享受", "ended: not due since {0}"},
    {Text::not_yet, "尚未开始，预计自{0}起", "not yet: expected from {0}"},
    {Text::not_yet_perhaps, "尚未开始，自{0}起可能应享", "not yet: perhaps due from {0}"},
    {Text::not_due, "不符合条件", "not due"},
    {Text::lower, "符合条件，但不与“{0}”同时发给",
     "the conditions are met, but it is not paid together with {0}"},
    {Text::elsewhere, "一户只发一份，算在父母中的另一方名下",
     "once for the household: told on the other parent"},
    {Text::say_due, "您自{1}起符合“{0}”的条件，标准是{2}。",
     "Since {1} you meet the conditions of the benefit {0}: {2}."},
    {Text::say_due_always, "您符合“{0}”的条件，标准是{1}。",
     "You meet the conditions of the benefit {0}: {1}."},
    {Text::say_due_once, "您在{1}符合“{0}”的条件，标准是{2}。",
     "On {1} you met the conditions of the benefit {0}: {2}."},
    {Text::say_pending, "自{1}起，您可能符合“{0}”的条件，现在还不能确定。",
     "Since {1} you may meet the conditions of the benefit {0}; it is not certain yet."},
    {Text::say_pending_always, "您可能符合“{0}”的条件，现在还不能确定。",
     "You may meet the conditions of the benefit {0}; it is not certain yet."},
    {Text::say_ended, "您的“{0}”享受到{1}为止，目前不享受。",
     "The benefit {0} was due to you until {1} and is not now."},
    {Text::say_not_yet, "您现在还不符合“{0}”的条件，预计自{1}起符合。",
     "You do not meet the conditions of the benefit {0} yet; you are expected to from {1} on."},
    {Text::say_not_yet_perhaps, "您现在还不符合“{0}”的条件，自{1}起可能符合，现在还不能确定。",
     "You do not meet the conditions of the benefit {0} yet; you may from {1} on, which is not certain yet."},
    {Text::say_not_due, "您现在不符合“{0}”的条件。",
     "You do not meet the conditions of the benefit {0} now."},
    {Text::say_lower, "您符合“{0}”的条件，但同一个月只发较高的一项，即“{1}”。",
     "You meet the conditions of the benefit {0}, but only the higher is paid for a month, which is {1}."},
    {Text::say_elsewhere, "“{0}”一户只发一份，由父母中的另一方享受。",
     "The benefit {0} is paid once for a household, to the other parent."},
    {Text::say_begins_because, "从这时开始的原因：{0}。", "What it begins with: {0}."},
    {Text::say_ends_because, "结束的原因：{0}。", "What it ended with: {0}."},
    {Text::say_will_end, "按目前所知，到{0}为止，原因是{1}。",
     "As far as is known it runs until {0}; what it ends with: {1}."},
    {Text::say_no_end, "按目前所知，没有结束的日期。", "As far as is known it has no end."},
    {Text::say_waits, "还在等待：{0}。", "It waits for: {0}."},
    {Text::say_missing_one, "不满足的条件：{0}。", "The condition that is not met: {0}."},
    {Text::say_missing_more, "不满足的条件有{0}个：{1}。", "{0} conditions are not met: {1}."},
    {Text::say_missing_main, "主要条件不具备，工作人员会当面说明。",
     "A main condition is not met; a member of staff will explain it in person."},
    {Text::say_missing_besides, "另外不满足的条件：{0}。", "What is not met besides: {0}."},
    {Text::say_unknown, "还不能确定的：{0}。", "What is not certain yet: {0}."},
    {Text::say_unknown_main, "有的主要条件还不能确定，工作人员会当面说明。",
     "A main condition is not certain yet; a member of staff will explain it in person."},
    {Text::say_in_person, "“{0}”的情况，由工作人员当面向家属说明。",
     "How it is with the benefit {0}, a member of staff will tell the family in person."},
    {Text::say_late, "在{0}首次认定的，按文件规定从{1}起发给。",
     "If it is first confirmed on {0}, the rule of the document pays it from {1} on."},
    {Text::say_lead_only, "这是系统根据各部门资料算出的线索，是否认定由工作人员决定。",
     "This is a lead computed from what agencies told; a person decides."},
    {Text::must_not, "不属于“{0}”的情形", "it is not so that {0}"},
    {Text::would_be_met, "{0}，预计{1}", "{0} (to come: {1})"},
    {Text::met, "符合", "met"},
    {Text::not_met, "不符合", "not met"},
    {Text::unknown, "不明", "unknown"},
    {Text::told_by, "{0}（{1}）", "{0} ({1})"},
    {Text::told_on, "{0}，{1}收到", "{0}, received {1}"},
    {Text::next_change, "{0}；之后：{1}", "{0}; then: {1}"},
    {Text::no_change, "按目前所知没有变化", "none, as far as is known"},
    {Text::becomes_due, "应享，{0}", "due, {0}"},
    {Text::becomes_pending, "待定", "pending"},
    {Text::becomes_none, "不再享受", "not due any more"},
    {Text::label_conclusion, "结论", "conclusion"},
    {Text::label_say, "可以这样告诉家庭", "what to tell the family"},
    {Text::label_missing, "还缺的条件（最少）", "what would have to be so (the least)"},
    {Text::label_unknown, "还不能确定的", "what is not certain yet"},
    {Text::label_waits, "等待", "waits for"},
    {Text::label_basis, "依据", "basis"},
    {Text::label_conditions, "逐项条件", "conditions"},
    {Text::label_next, "下一次变化", "next change"},
    {Text::label_benefit, "待遇", "benefit"},
    {Text::label_person, "姓名", "person"},
    {Text::label_from, "开始", "from"},
    {Text::label_until, "截止（不含）", "until"},
    {Text::label_money, "标准", "yuan"},
    {Text::label_certainty, "是否确定", "certainty"},
    {Text::label_clause, "条款", "clause"},
    {Text::label_starts, "开始原因", "starts because"},
    {Text::label_ends, "结束原因", "ends because"},
    {Text::label_id, "编号", "id"},
    {Text::label_kind, "类别", "kind"},
    {Text::label_state, "状态", "state"},
    {Text::label_because, "原因", "because"},
    {Text::label_family, "家庭", "family"},
    {Text::label_area, "地区", "area"},
    {Text::label_when, "日期", "when"},
    {Text::label_opened, "发现时间", "opened"},
    {Text::label_revision, "版本", "revision"},
    {Text::label_visit, "走访", "visit"},
    {Text::label_visit_from, "不早于{0}", "not before {0}"},
    {Text::label_arrears, "应补发", "arrears"},
    {Text::label_overpaid, "多发", "overpaid"},
    {Text::label_up_to_today, "到今天{0}元", "{0} yuan up to today"},
    {Text::label_waits_for, "待处理消息", "waits for"},
    {Text::label_event_held, "隔离区中有关于本人的消息{0}：{1}", "event {0} about this person: {1}"},
    {Text::label_timeline, "时间线", "timeline"},
    {Text::label_source, "来源", "source"},
    {Text::label_fact, "事项", "fact"},
    {Text::label_on, "日期", "on"},
    {Text::label_received, "收到时间", "received"},
    {Text::label_key, "业务编号", "key"},
    {Text::basis, "《{0}》{1}", "{0}, clause {1}"},
    {Text::label_reason_hidden, "（理由未显示）", "(reason: --reveal)"},
    {Text::no_leads, "没有线索", "no leads"},
    {Text::no_entitlements, "没有待遇", "no entitlements"},
    {Text::list_separator, "；", "; "},
    {Text::fact_birth, "出生", "birth"},
    {Text::fact_death, "死亡", "death"},
    {Text::fact_disability, "残疾", "disability"},
    {Text::fact_parentage, "亲子关系", "parentage"},
    {Text::fact_marriage, "婚姻", "marriage"},
    {Text::fact_residence, "户籍", "residence"},
    {Text::fact_adoption, "解除收养", "adoption_dissolved"},
    {Text::fact_other, "其他", "other"},
    {Text::pay_joined, "新增", "joined"},
    {Text::pay_goes_on, "续发", "goes on"},
    {Text::pay_last, "末次", "last time"},
    {Text::pay_altered, "变更", "altered"},
    {Text::pay_arrears, "补发", "arrears"},
    {Text::pay_again, "重发", "paid again"},
    {Text::pay_moved, "迁移", "moved"},
    {Text::pay_account_changed, "账户变更", "other account"},
    {Text::pay_held, "暂存", "held"},
    {Text::pay_released, "解除", "released"},
    {Text::pay_pending, "待核实", "to be verified"},
    {Text::pay_stopped, "停发", "stopped"},
    {Text::held_no_account, "无账户", "no account"},
    {Text::held_no_bank, "开户行未配置", "bank not configured"},
    {Text::held_returned, "账户退回未更正", "returned by the bank, not mended"},
    {Text::held_dead, "本人死亡，待定领款人", "dead: no payee named yet"},
    {Text::signed_made, "制表", "made"},
    {Text::signed_reviewed, "复核", "reviewed"},
    {Text::signed_approved, "批准", "approved"},
    {Text::pay_line, "序号", "no"},
    {Text::pay_town, "镇街", "town"},
    {Text::pay_name, "姓名", "name"},
    {Text::pay_type, "扶助类型", "kind"},
    {Text::pay_bank, "开户行", "bank"},
    {Text::pay_account, "账号", "account"},
    {Text::pay_months, "月份", "months"},
    {Text::pay_regular, "本期应发", "regular"},
    {Text::pay_offset, "扣回", "taken back"},
    {Text::pay_total, "本期实发", "total"},
    {Text::pay_changes, "变动", "what changed"},
    {Text::pay_rows, "行数", "rows"},
    {Text::pay_sent, "送盘", "sent"},
    {Text::pay_paid, "成功", "paid"},
    {Text::pay_returned, "退回", "returned"},
    {Text::pay_unanswered, "未回盘", "not answered"},
    {Text::pay_overpaid, "多发（台账，不自动扣回）", "overpaid (ledger, never taken back by itself)"},
    {Text::pay_all, "合计", "all"},
    {Text::pay_unplaced, "未落实", "not known"},
    {Text::pay_list, "发放表", "payment list"},
    {Text::pay_period, "期间", "period"},
    {Text::pay_day, "封账日", "day"},
    {Text::pay_digest, "摘要", "digest"},
    {Text::pay_signed, "签字", "signed"},
    {Text::pay_person, "对象", "person"},
    {Text::pay_benefit, "待遇", "benefit"},
    {Text::pay_sum, "金额", "sum"},
    {Text::pay_document, "文件", "document"},
}};

// The index of a text is its place in the table.
constexpr bool in_order() {
  for (std::size_t i = 0; i < entries.size(); ++i)
    if (static_cast<std::size_t>(entries[i].which) != i || entries[i].zh.empty() || entries[i].en.empty())
      return false;
  return true;
}
static_assert(in_order(), "each text stands in the table in both languages, in the order of the enumeration");

}  // namespace

Language language_of_locale(std::string_view locale) {
  const bool english = locale.starts_with("en") &&
                       (locale.size() == 2 || locale[2] == '_' || locale[2] == '-' || locale[2] == '.');
  return english ? Language::en : Language::zh;
}

std::string_view text(Text which, Language language) {
  const auto& entry = entries[static_cast<std::size_t>(which)];
  return language == Language::zh ? entry.zh : entry.en;
}

std::string in_language(Date day, Language language) {
  if (language == Language::en) return day.text();
  return fmt::format("{}年{}月{}日", day.year(), day.month(), day.day());
}

std::optional<std::vector<std::string>> read_back(Text which, std::string_view said) {
  const auto pattern = text(which, Language::zh);
  std::vector<std::string> values;
  std::size_t at = 0;
  while (at < pattern.size()) {
    if (pattern[at] != '{') {
      const auto literal = pattern.substr(at, pattern.find('{', at) - at);
      if (!said.starts_with(literal)) return std::nullopt;
      said.remove_prefix(literal.size());
      at += literal.size();
      continue;
    }
    const auto place = static_cast<std::size_t>(pattern[at + 1] - '0');
    at = pattern.find('}', at) + 1;
    const auto next = pattern.substr(at, pattern.find('{', at) - at);
    const auto end = next.empty() ? said.size() : said.find(next);
    if (end == std::string_view::npos) return std::nullopt;
    if (values.size() <= place) values.resize(place + 1);
    values[place] = said.substr(0, end);
    said.remove_prefix(end);
  }
  if (!said.empty()) return std::nullopt;
  return values;
}

std::string chinese_typeset(std::string_view text) {
  static constexpr std::array<std::pair<char, std::string_view>, 5> marks{
      {{'(', "（"}, {')', "）"}, {',', "，"}, {':', "："}, {';', "；"}}};
  auto beside_chinese = [&](std::size_t at) {
    auto beyond = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    const auto before = at > 0 && beyond(text[at - 1]);
    auto next = at + 1;
    while (next < text.size() && text[next] == ' ')
      ++next;
    return before || (next < text.size() && beyond(text[next]));
  };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto mark =
        std::find_if(marks.begin(), marks.end(), [&](const auto& one) { return one.first == text[i]; });
    if (mark == marks.end() || !beside_chinese(i)) {
      out += text[i];
      continue;
    }
    out += mark->second;
    while (i + 1 < text.size() && text[i + 1] == ' ')
      ++i;
  }
  return out;
}

}  // namespace kinhub
