#pragma once
// The keys of policy and vocabulary files. The readers take these and no others; `kinhub schema` tells them
// to editors.

#include "hub/base/key_table.hpp"

namespace kinhub::policy {

inline constexpr KeyRule document_keys[] = {{"policy", Shape::text, {}, "政策", true},
                                            {"title", Shape::text, {}, "标题", true},
                                            {"region", Shape::text, {}, "地区", true},
                                            {"in_force", Shape::text, {}, "有效期", true},
                                            {"published", Shape::text, {}, "发布"},
                                            {"retroactive", Shape::text, {}, "追溯"},
                                            {"source", Shape::any, {}, "来源"},
                                            {"parent", Shape::text, {}, "上级"},
                                            {"calendar", Shape::map, "calendar", "历法"},
                                            {"evidence", Shape::map, "evidence", "佐证"},
                                            {"define", Shape::any, {}, "定义"},
                                            {"benefits", Shape::named, "benefit", "待遇", true},
                                            {"tests", Shape::list, "test", "测试"},
                                            {"document", Shape::text, {}, "文本"},
                                            {"note", Shape::text, {}, "说明"}};
inline constexpr KeyRule calendar_keys[] = {{"age"},       {"feb29"}, {"month"},     {"year"},
                                            {"death_day"}, {"late"},  {"remarried"}, {"money"}};
inline constexpr KeyRule evidence_keys[] = {{"death", Shape::text, {}, "死亡"},
                                            {"own_death", Shape::text, {}, "本人死亡"}};
inline constexpr KeyRule benefit_keys[] = {
    {"id", Shape::text, {}, "编号"},           {"clause", Shape::text, {}, "条款", true},
    {"quote", Shape::text, {}, "原文", true},  {"for", Shape::text, {}, "对象"},
    {"when", Shape::any, "condition", "条件"}, {"amount", Shape::text_or_list, "amount", "金额"},
    {"replaces", Shape::text, {}, "替代"},     {"mode", Shape::text, {}, "方式"},
    {"excludes", Shape::texts, {}, "不兼得"},  {"once on", Shape::text, {}, "一次性"},
    {"wait", Shape::text, {}, "等待"},         {"evidence", Shape::map, "evidence", "佐证"},
    {"note", Shape::text, {}, "说明"}};
inline constexpr KeyRule condition_keys[] = {
    {"all", Shape::any, "condition", "全部"}, {"any", Shape::any, "condition", "任一"},
    {"not", Shape::any, "condition", "非"},   {"unless", Shape::any, "condition", "除非"},
    {"clause", Shape::text, {}, "条款"},      {"quote", Shape::text, {}, "原文"},
    {"note", Shape::text, {}, "说明"}};
inline constexpr KeyRule amount_keys[] = {{"from", Shape::text, {}, "自"},
                                          {"until", Shape::text, {}, "至"},
                                          {"when", Shape::any, "condition", "条件"},
                                          {"pay", Shape::text, {}, "发放"},
                                          {"otherwise", Shape::text, {}, "其他"}};
/// Besides these a test has one key that begins with `then on `.
inline constexpr KeyRule test_keys[] = {{"name", Shape::text, {}, "名称", true},
                                        {"facts", Shape::text, {}, "事实"},
                                        {"like", Shape::text, {}, "同"},
                                        {"expect", Shape::text, {}, "应得"},
                                        {"expect change", Shape::text, {}, "应变"}};
inline constexpr NamedTable policy_tables[] = {
    {"document", document_keys}, {"calendar", calendar_keys},   {"evidence", evidence_keys},
    {"benefit", benefit_keys},   {"condition", condition_keys}, {"amount", amount_keys},
    {"test", test_keys}};

inline constexpr KeyRule vocabulary_keys[] = {{"vocabulary", Shape::text, {}, "词汇", true},
                                              {"title", Shape::text, {}, "标题"},
                                              {"note", Shape::text, {}, "说明"},
                                              {"words", Shape::named, "word", "词语", true},
                                              {"tests", Shape::list, "word test", "测试"}};
/// Besides these a word has one of the forms (form_names()).
inline constexpr KeyRule word_keys[] = {
    {"note", Shape::text, {}, "说明"}, {"also", Shape::texts},          {"也作", Shape::texts},
    {"all", Shape::any, {}, "全部"},   {"any", Shape::any, {}, "任一"}, {"not", Shape::any, {}, "非"}};
inline constexpr KeyRule word_test_keys[] = {{"word", Shape::text, {}, "词语"},
                                             {"facts", Shape::text, {}, "事实"},
                                             {"expect", Shape::text, {}, "应得"}};
inline constexpr NamedTable vocabulary_tables[] = {
    {"vocabulary", vocabulary_keys}, {"word", word_keys}, {"word test", word_test_keys}};

}  // namespace kinhub::policy
