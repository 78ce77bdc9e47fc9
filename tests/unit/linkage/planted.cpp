#include "tests/unit/linkage/planted.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "hub/linkage/blocking.hpp"
#include "hub/linkage/compare.hpp"
#include "hub/linkage/grouping.hpp"
#include "tests/agencies/chance.hpp"

namespace kinhub::linkage::test {
namespace {

using agencies::Chance;

struct Share {
  const char* text;
  int per_mille;
};
constexpr Share surnames[] = {
    {"王", 72}, {"李", 71}, {"张", 68}, {"刘", 52}, {"陈", 46}, {"杨", 31}, {"黄", 23}, {"赵", 20},
    {"吴", 20}, {"周", 19}, {"徐", 15}, {"孙", 15}, {"马", 13}, {"朱", 12}, {"胡", 12}, {"郭", 12},
    {"何", 11}, {"林", 11}, {"高", 10}, {"罗", 10}, {"郑", 9},  {"梁", 9},  {"谢", 8},  {"宋", 8},
    {"唐", 7},  {"许", 7},  {"韩", 7},  {"邓", 7},  {"冯", 6},  {"曹", 6},  {"彭", 6},  {"曾", 6},
    {"肖", 6},  {"田", 5},  {"董", 5},  {"潘", 5},  {"袁", 5},  {"蔡", 5},  {"蒋", 5},  {"余", 5},
    {"于", 5},  {"杜", 5},  {"叶", 4},  {"程", 4},  {"魏", 4},  {"苏", 4},  {"吕", 4},  {"丁", 4},
    {"任", 4},  {"卢", 4},  {"姚", 4},  {"沈", 4},  {"钟", 4},  {"姜", 4},  {"崔", 4},  {"谭", 4},
    {"陆", 4},  {"范", 4},  {"汪", 4},  {"付", 3},  {"邱", 3},  {"侯", 2},  {"江", 2},  {"欧阳", 1},
    {"戚", 1},  {"佟", 1},  {"柴", 1},  {"娄", 1},  {"苗", 1},  {"郁", 1},  {"卓", 1}};
constexpr Share men[] = {{"伟", 60},   {"强", 45},   {"磊", 44},   {"军", 46},   {"洋", 20},
                         {"勇", 42},   {"杰", 40},   {"涛", 40},   {"超", 34},   {"明", 30},
                         {"刚", 32},   {"平", 12},   {"建国", 18}, {"建华", 12}, {"建军", 18},
                         {"志强", 16}, {"国强", 12}, {"浩然", 8},  {"子轩", 8},  {"宇轩", 6}};
constexpr Share women[] = {{"芳", 52},   {"娜", 44},   {"敏", 44},   {"静", 50},   {"丽", 52},   {"艳", 40},
                           {"娟", 38},   {"霞", 32},   {"平", 12},   {"秀英", 44}, {"秀兰", 32}, {"桂英", 28},
                           {"玉兰", 20}, {"桂兰", 22}, {"秀珍", 20}, {"凤英", 18}, {"海燕", 14}, {"丽华", 10},
                           {"婷婷", 12}, {"梓涵", 8},  {"欣怡", 8},  {"雨桐", 6}};
constexpr const char* characters[] = {
    "国", "建", "文", "志", "明", "德", "永", "海", "春", "荣", "华", "金", "玉", "成", "庆",
    "振", "福", "祥", "学", "光", "世", "立", "新", "东", "俊", "晓", "佳", "嘉", "宇", "浩",
    "泽", "子", "梓", "雨", "思", "诗", "梦", "一", "欣", "若", "安", "宁", "瑞", "云", "龙",
    "凤", "兰", "芝", "梅", "莲", "清", "青", "林", "森", "江", "河", "山", "峰", "岩", "石",
    "松", "柏", "树", "根", "生", "旺", "兴", "发", "财", "富", "贵", "昌", "盛", "茂", "才",
    "良", "善", "义", "礼", "智", "信", "忠", "孝", "恩", "慧", "惠", "雅", "洁", "秋", "冬",
    "夏", "晨", "辉", "晖", "旭", "阳", "星", "月", "雪", "霜", "琴", "琪", "瑶", "珍", "珠",
    "莉", "萍", "莹", "颖", "悦", "怡", "涵", "萱", "轩", "航", "鹏", "飞", "翔", "博", "哲"};
constexpr const char* rare[] = {"䶮", "堃", "喆", "犇", "翀", "玥", "昇", "頔", "祎", "骉", "龢", "曌"};
constexpr const char* long_first[] = {"买买提", "阿卜杜拉", "古丽娜尔", "阿依古丽",
                                      "吐尔逊", "热依汗",   "艾合买提", "帕提古丽"};
constexpr const char* long_second[] = {"吐尔逊", "艾山",   "买买提", "依明", "卡德尔",
                                       "热合曼", "司马义", "阿布都", "肉孜", "托合提"};
constexpr std::array<std::pair<const char*, const char*>, 40> alike = {
    {{"伟", "玮"}, {"静", "婧"}, {"丽", "莉"}, {"艳", "燕"}, {"敏", "闵"}, {"军", "君"}, {"勇", "永"},
     {"杰", "洁"}, {"涛", "滔"}, {"明", "铭"}, {"霞", "侠"}, {"平", "萍"}, {"刚", "钢"}, {"英", "瑛"},
     {"兰", "岚"}, {"梅", "媚"}, {"建", "健"}, {"志", "智"}, {"文", "雯"}, {"轩", "萱"}, {"涵", "晗"},
     {"怡", "宜"}, {"佳", "嘉"}, {"欣", "心"}, {"宇", "雨"}, {"浩", "皓"}, {"子", "紫"}, {"晨", "辰"},
     {"瑶", "遥"}, {"秀", "绣"}, {"珍", "真"}, {"凤", "风"}, {"玉", "育"}, {"荣", "蓉"}, {"成", "诚"},
     {"东", "冬"}, {"娟", "绢"}, {"娜", "那"}, {"辉", "晖"}, {"惠", "慧"}}};
constexpr std::array<std::pair<const char*, const char*>, 24> variants = {
    {{"国", "國"}, {"华", "華"}, {"东", "東"}, {"龙", "龍"}, {"凤", "鳳"}, {"张", "張"},
     {"陈", "陳"}, {"刘", "劉"}, {"赵", "趙"}, {"杨", "楊"}, {"马", "馬"}, {"郑", "鄭"},
     {"丽", "麗"}, {"兰", "蘭"}, {"荣", "榮"}, {"伟", "偉"}, {"军", "軍"}, {"艳", "艷"},
     {"峰", "峯"}, {"德", "徳"}, {"惠", "恵"}, {"云", "雲"}, {"清", "淸"}, {"䶮", "\xEE\xA1\xA3"}}};

template <std::size_t n>
std::string by_share(Chance& chance, const Share (&all)[n]) {
  int sum = 0;
  for (const auto& one : all)
    sum += one.per_mille;
  int at = chance.between(0, sum - 1);
  for (const auto& one : all)
    if ((at -= one.per_mille) < 0) return one.text;
  return all[0].text;
}

struct Person {
  std::string surname, given;  ///< of long names all stands in given
  bool male = true, long_name = false, twin = false;
  Date born;
  std::string number, household, address, region;
  std::optional<std::uint32_t> mother, father, spouse;
  std::vector<std::uint32_t> children;
  std::optional<Date> died, married;

  std::string name() const { return surname + given; }
};

class World {
 public:
  World(std::size_t count, unsigned seed) : chance_(seed) {
    while (people_.size() < count)
      add_household();
    for (std::uint32_t i = 0; i < people_.size(); ++i)
      add_records(i);
    planted_.people = people_.size();
    // Order of arrival is none of the world's order.
    for (std::size_t i = planted_.records.size(); i > 1; --i)
      std::swap(planted_.records[i - 1],
                planted_.records[static_cast<std::size_t>(chance_.between(0, static_cast<int>(i) - 1))]);
  }
  Planted take() { return std::move(planted_); }

 private:
  bool one_in(int count) { return chance_.between(1, count) == 1; }
  bool per_mille(int share) { return chance_.between(0, 999) < share; }
  Date day_in(int from_year, int until_year) {
    const auto from = Date(from_year, 1, 1), until = Date(until_year + 1, 1, 1);
    return from.plus_days(chance_.between(0, until.days() - from.days() - 1));
  }

  /// Two pieces, the first drawn first: the order of operands is the compiler's own.
  template <class First, class Second>
  std::string two(const First& first, const Second& second) {
    std::string text = chance_.one_of(first);
    text += chance_.one_of(second);
    return text;
  }
  std::string long_given() {
    std::string text = chance_.one_of(long_first);
    text += "·";
    text += chance_.one_of(long_second);
    return text;
  }

  std::string number_for(Date born, bool male) {
    // Numbers of one day are neighbours, as a registration office gives them.
    auto& next = serial_[born.days()];
    if (next == 0) next = chance_.between(1, 40) * 10;
    do
      ++next;
    while ((next % 2 == 1) != male);
    auto text = "322228" + born.text() + std::to_string(1000 + next % 1000).substr(1);
    std::erase(text, '-');
    return text + citizen_number_check(text);
  }

  std::string given_name(bool male, const std::string& generation, std::size_t village) {
    auto& known = village_names_[village];
    if (!known.empty() && per_mille(150))  // names are re-used in a village
      return known[static_cast<std::size_t>(chance_.between(0, static_cast<int>(known.size()) - 1))];
    std::string name;
    if (per_mille(280))
      name = male ? by_share(chance_, men) : by_share(chance_, women);
    else if (per_mille(120))
      name = chance_.one_of(characters);
    else if (per_mille(15))
      name = two(characters, rare);
    else if (!generation.empty() && per_mille(500))
      name = generation + chance_.one_of(characters);
    else
      name = two(characters, characters);
    if (known.size() < 40) known.push_back(name);
    return name;
  }

  std::uint32_t add_person(Person person) {
    auto& of_day = born_on_[{person.born.days(), person.male}];
    if (!of_day.empty() && one_in(500)) {
      person.number = of_day;
      ++planted_.number_of_two;
    } else {
      person.number = number_for(person.born, person.male);
      if (!person.twin) of_day = person.number;
    }
    people_.push_back(std::move(person));
    return static_cast<std::uint32_t>(people_.size() - 1);
  }

  void add_household() {
    static constexpr const char* regions[] = {"320812", "320826", "320830", "320803"};
    const auto village = static_cast<std::size_t>(chance_.between(0, 199));
    const auto* region = regions[village % 4];
    const auto household = "H" + std::to_string(++households_);
    const auto part = std::to_string(chance_.between(1, 40)), house = std::to_string(chance_.between(1, 90));
    const auto address = "第" + std::to_string(village) + "村" + part + "组" + house + "号";
    auto common = [&](Person person) {
      person.household = household, person.address = address, person.region = region;
      return person;
    };
    const auto generation = std::string(chance_.one_of(characters));
    Person husband, wife;
    husband.born = day_in(1942, 1996);
    const bool one_birthday = per_mille(30);
    wife.born = one_birthday ? husband.born : husband.born.plus_days(chance_.between(-1500, 2500));
    planted_.one_birthday_couples += one_birthday;
    wife.male = false;
    if (per_mille(40)) {
      for (auto* person : {&husband, &wife}) {
        person->long_name = true;
        person->given = long_given();
      }
    } else {
      husband.surname = by_share(chance_, surnames), wife.surname = by_share(chance_, surnames);
      husband.given = given_name(true, generation, village), wife.given = given_name(false, {}, village);
    }
    const auto father = add_person(common(husband)), mother = add_person(common(wife));
    people_[father].spouse = mother, people_[mother].spouse = father;
    const auto later = std::max(husband.born, wife.born);
    people_[father].married = people_[mother].married = later.plus_days(365 * 21 + chance_.between(0, 2000));
    const int births = std::array{0, 1, 1, 1, 2, 2, 3}[static_cast<std::size_t>(chance_.between(0, 6))];
    auto born = later.plus_days(365 * 23 + chance_.between(0, 1500));
    for (int i = 0; i < births && born < Date(2025, 6, 1); ++i) {
      const bool twins = per_mille(30);
      add_child(father, mother, born, generation, village, twins);
      if (twins) {
        add_child(father, mother, per_mille(30) ? born.plus_days(1) : born, generation, village, true);
        ++planted_.twins;
      }
      born = born.plus_days(chance_.between(330, 2500));
    }
    if (people_[father].born < Date(1955, 1, 1) && per_mille(400)) people_[father].died = day_in(2012, 2025);
  }

  void add_child(std::uint32_t father, std::uint32_t mother, Date born, const std::string& generation,
                 std::size_t village, bool twin) {
    Person child;
    child.male = chance_.between(0, 1) == 1;
    child.born = born, child.twin = twin;
    const auto& parent = people_[father];
    child.household = parent.household, child.address = parent.address, child.region = parent.region;
    child.surname = parent.surname, child.long_name = parent.long_name;
    if (child.long_name) {
      child.given = long_given();
    } else if (child.male && !twin && per_mille(15)) {
      child.given = parent.given;
      ++planted_.father_and_son;
    } else {
      child.given = given_name(child.male, generation, village);
    }
    // Two living children of one couple never have one name; a dead one's is given again.
    for (auto sibling : people_[mother].children) {
      auto& other = people_[sibling];
      if (other.given != child.given) continue;
      if (!child.long_name) child.given = two(characters, characters);
    }
    if (!twin && !people_[mother].children.empty() && per_mille(10)) {
      auto& dead = people_[people_[mother].children.back()];
      if (!dead.died && !dead.twin && dead.born.plus_days(60) < born) {
        dead.died = dead.born.plus_days(30), dead.spouse.reset();
        child.given = dead.given, child.male = dead.male;
        ++planted_.name_of_dead_sibling;
      }
    }
    child.mother = mother, child.father = father;
    const auto index = add_person(std::move(child));
    people_[mother].children.push_back(index), people_[father].children.push_back(index);
  }

  // ---- Records

  struct Draft {
    PlantedRecord record;
    std::string name;
    std::optional<Date> born;
    std::string number;
  };

  Draft draft(std::uint32_t index, const char* source) {
    const auto& person = people_[index];
    Draft draft;
    draft.record.person = index, draft.record.source = source;
    draft.name = person.name(), draft.born = person.born, draft.number = person.number;
    draft.record.features.sex = person.male ? Sex::male : Sex::female;
    return draft;
  }
  static void plant(Draft& draft, Plant what) { draft.record.planted.push_back(what); }

  template <std::size_t n>
  bool exchange(Draft& draft, const std::array<std::pair<const char*, const char*>, n>& table, Plant what) {
    std::vector<std::pair<std::size_t, std::pair<std::string, std::string>>> places;
    for (const auto& [one, other] : table)
      for (const auto& [from, to] : {std::pair<std::string, std::string>{one, other}, {other, one}})
        if (auto at = draft.name.find(from); at != std::string::npos) places.push_back({at, {from, to}});
    if (places.empty()) return false;
    const auto& [at, pair] =
        places[static_cast<std::size_t>(chance_.between(0, static_cast<int>(places.size()) - 1))];
    draft.name.replace(at, pair.first.size(), pair.second);
    plant(draft, what);
    return true;
  }

  void spoil_name(Draft& draft, const Person& person) {
    if (person.long_name) {
      const auto dot = draft.name.find("·");
      if (per_mille(300)) {
        static constexpr const char* dots[] = {"•", ".", "・", "", "‧", "。", " "};
        draft.name.replace(dot, std::string("·").size(), chance_.one_of(dots));
        plant(draft, Plant::name_dot);
      } else if (per_mille(15)) {
        draft.name = draft.name.substr(0, dot);
        plant(draft, Plant::name_cut);
      }
      return;
    }
    for (const auto* character : rare)
      if (auto at = draft.name.find(character); at != std::string::npos && per_mille(120)) {
        draft.name.replace(at, std::string(character).size(), per_mille(600) ? "?" : "YAN");
        return plant(draft, Plant::name_unwritable);
      }
    if (per_mille(8) && exchange(draft, variants, Plant::name_variant)) return;
    if (per_mille(6) && exchange(draft, alike, Plant::name_alike)) return;
    if (per_mille(3)) {
      const auto points = to_points(draft.name);
      draft.name = to_utf8(points.substr(0, points.size() - 1)) + chance_.one_of(characters);
      return plant(draft, Plant::name_other_character);
    }
    if (per_mille(2)) {
      draft.name = person.given + " " + person.surname;
      return plant(draft, Plant::name_order);
    }
    if (!person.male && person.spouse && !people_[*person.spouse].long_name && per_mille(1)) {
      draft.name = people_[*person.spouse].surname + draft.name;
      plant(draft, Plant::name_married);
    }
  }

  void spoil_born(Draft& draft, const Person& person) {
    const auto born = person.born;
    if (born < Date(1955, 1, 1) && per_mille(3)) {
      draft.born = Date(born.year(), 1, 1);
      return plant(draft, Plant::born_placeholder);
    }
    if (born < Date(1972, 1, 1) && per_mille(3)) {
      draft.born = born.plus_days(-chance_.between(19, 50));
      return plant(draft, Plant::born_lunar);
    }
    if (per_mille(2) && born.day() <= 12 && born.day() != born.month()) {
      draft.born = Date(born.year(), born.day(), born.month());
      return plant(draft, Plant::born_swapped);
    }
    if (per_mille(2)) {
      if (auto moved = Date::make(born.year() + (one_in(2) ? 1 : -1), born.month(), born.day()))
        draft.born = moved;
      return plant(draft, Plant::born_year);
    }
    if (per_mille(2)) {
      auto day = born.day() >= 10 ? born.day() % 10 : born.day() + 10;
      if (auto moved = Date::make(born.year(), born.month(), std::max(1U, day))) draft.born = moved;
      return plant(draft, Plant::born_digit);
    }
    if (per_mille(2)) {
      draft.born = born.plus_days(one_in(2) ? 1 : -1);
      plant(draft, Plant::born_near);
    }
  }

  /// `missing`: of a thousand records of this source, how many have no number.
  void spoil_number(Draft& draft, const Person& person, int missing) {
    auto& features = draft.record.features;
    auto& number = draft.number;
    if (number.empty()) return;
    const auto at = static_cast<std::size_t>(chance_.between(0, 16));
    if (per_mille(missing)) {
      plant(draft, Plant::number_missing);
      number.clear();
    } else if (per_mille(4)) {
      number[at] = static_cast<char>('0' + (number[at] - '0' + chance_.between(1, 9)) % 10);
      plant(draft, Plant::number_wrong_digit);
    } else if (per_mille(3) && number[at] != number[at + 1]) {
      std::swap(number[at], number[at + 1]);
      plant(draft, Plant::number_swapped_digits);
    } else if (person.born < Date(1985, 1, 1) && one_in(2'000)) {
      auto old = number.substr(0, 6) + number.substr(8, 9);
      old[14] = static_cast<char>('0' + (old[14] - '0' + 2) % 10);
      number = old;
      plant(draft, Plant::number_other_valid);
    } else if (person.mother && person.born > Date(2012, 1, 1) && one_in(1'000)) {
      number = people_[*person.mother].number;
      plant(draft, Plant::number_of_mother);
    } else if (person.born < Date(1985, 1, 1) && per_mille(50)) {
      number = number.substr(0, 6) + number.substr(8, 9);  // right, in 15 digits
    }
    if (number.empty()) return;
    if (auto read = CitizenNumber::read(number))
      features.numbers.push_back(read->text());
    else
      features.broken_numbers.push_back(number);
  }

  Relative relative(std::uint32_t index, bool with_number, bool with_born) const {
    const auto& person = people_[index];
    Relative one;
    one.name = Name(person.name());
    if (with_number) one.number = person.number;
    if (with_born) one.born = PartialDate{person.born, Precision::day};
    return one;
  }
  void add_parents(Draft& draft, const Person& person, bool numbers) {
    if (!person.mother) return;
    if (per_mille(50)) return plant(draft, Plant::parents_missing);
    draft.record.features.mothers.push_back(relative(*person.mother, numbers, false));
    draft.record.features.fathers.push_back(relative(*person.father, numbers, false));
  }

  void finish(Draft draft) {
    auto& features = draft.record.features;
    if (per_mille(1)) {
      features.sex = features.sex == Sex::male ? Sex::female : Sex::male;
      plant(draft, Plant::sex_wrong);
    }
    features.names.emplace_back(draft.name);
    if (draft.born) features.born.push_back({*draft.born, Precision::day});
    for (auto what : draft.record.planted)
      ++planted_.plants[static_cast<std::size_t>(what)];
    planted_.records.push_back(std::move(draft.record));
  }

  void add_records(std::uint32_t index) {
    const auto& person = people_[index];
    const bool infant_death = person.died && *person.died < person.born.plus_days(365);
    if (!infant_death || one_in(2)) {
      auto police = draft(index, "police");
      police.record.features.police_ids = {"P" + std::to_string(index)};
      police.record.features.numbers = {person.number};
      police.record.features.households = {person.household};
      police.record.features.addresses = {address_form(person.address)};
      police.record.features.region = person.region;
      add_parents(police, person, person.born > Date(1980, 1, 1));
      if (person.died) police.record.features.died = PartialDate{*person.died, Precision::day};
      if (person.spouse) police.record.features.spouses.push_back(relative(*person.spouse, false, true));
      if (per_mille(700) && person.born > Date(2010, 1, 1))
        police.record.features.papers = {"birth_certificate:B" + std::to_string(index)};
      finish(std::move(police));
    }
    if (person.born > Date(2010, 1, 1)) {
      auto birth = draft(index, "birth certificate");
      birth.number.clear();
      birth.record.features.papers = {"birth_certificate:B" + std::to_string(index)};
      birth.record.features.mothers.push_back(relative(*person.mother, true, false));
      birth.record.features.fathers.push_back(relative(*person.father, per_mille(900), false));
      birth.record.features.multiple_birth = person.twin;
      if (per_mille(4) && !person.long_name) {
        birth.name = people_[*person.mother].name() + (person.male ? "之子" : "之女");
        plant(birth, Plant::name_after_mother);
      } else {
        spoil_name(birth, person);
      }
      spoil_born(birth, person);
      finish(std::move(birth));
    }
    if (infant_death) return;
    if (per_mille(900)) {
      auto insured = draft(index, "insurance");
      insured.record.features.papers = {"insurance_id:I" + std::to_string(index)};
      if (per_mille(600)) insured.record.features.households = {person.household};
      insured.record.features.region = person.region;
      if (!person.long_name && per_mille(1)) {
        insured.name = person.surname + two(characters, characters);
        plant(insured, Plant::name_changed);
      }
      spoil_name(insured, person), spoil_born(insured, person), spoil_number(insured, person, 2);
      finish(std::move(insured));
    }
    if (per_mille(500)) {
      auto patient = draft(index, "hospital");
      patient.record.features.papers = {"chart:YY/" + std::to_string(index)};
      const bool child = person.born > Date(2014, 1, 1);
      if (child && per_mille(950))
        patient.record.features.mothers.push_back(relative(*person.mother, true, false));
      if (per_mille(700)) patient.record.features.addresses = {address_form(person.address)};
      patient.record.features.region = person.region;
      if (person.died && one_in(2)) patient.record.features.died = PartialDate{*person.died, Precision::day};
      spoil_name(patient, person), spoil_born(patient, person),
          spoil_number(patient, person, child ? 300 : 15);
      finish(std::move(patient));
    }
    if (person.spouse && per_mille(800)) {
      auto married = draft(index, "marriage register");
      married.record.features.spouses.push_back(relative(*person.spouse, per_mille(950), true));
      married.record.features.alive_on = person.married;
      spoil_name(married, person), spoil_born(married, person), spoil_number(married, person, 5);
      finish(std::move(married));
    }
    if (per_mille(80)) {
      auto certified = draft(index, "disability register");
      certified.record.features.papers = {"disability_certificate:D" + std::to_string(index)};
      certified.record.features.addresses = {address_form(person.address)};
      certified.record.features.region = person.region;
      spoil_name(certified, person), spoil_born(certified, person), spoil_number(certified, person, 5);
      finish(std::move(certified));
    }
  }

  Chance chance_;
  std::vector<Person> people_;
  std::map<std::int32_t, int> serial_;
  std::map<std::pair<std::int32_t, bool>, std::string> born_on_;
  std::map<std::size_t, std::vector<std::string>> village_names_;
  std::size_t households_ = 0;
  Planted planted_;
};

constexpr std::size_t samples = 60;

std::string describe_pair(const PlantedRecord& a, const PlantedRecord& b, const LinkageRules& rules) {
  const auto found = compare(a.features, b.features, rules);
  auto one = [](const PlantedRecord& record) {
    std::string text = std::string(record.source) + " " + to_utf8(record.features.names.front().points) +
                       " " + (record.features.born.empty() ? "" : record.features.born.front().text());
    for (const auto& number : record.features.numbers)
      text += " " + number;
    for (const auto& number : record.features.broken_numbers)
      text += " !" + number;
    for (auto plant : record.planted)
      text += " [" + std::string(name_of(plant)) + "]";
    return text + " #" + std::to_string(record.person);
  };
  auto text = one(a) + " | " + one(b) + " | " + std::string(name_of(found.verdict)) + " " +
              std::to_string(found.score);
  for (const auto& finding : found.findings)
    text += " " + std::string(name_of(finding.word)) + " " + std::to_string(finding.bits).substr(0, 5);
  return text;
}

}  // namespace

std::string_view name_of(Plant plant) {
  switch (plant) {
    case Plant::number_missing:
      return "number missing";
    case Plant::number_wrong_digit:
      return "number, one digit wrong";
    case Plant::number_swapped_digits:
      return "number, digits swapped";
    case Plant::number_other_valid:
      return "number, another valid one";
    case Plant::number_of_mother:
      return "number of the mother";
    case Plant::name_alike:
      return "name, homophone or look-alike";
    case Plant::name_variant:
      return "name, variant or private use";
    case Plant::name_unwritable:
      return "name, character not written";
    case Plant::name_other_character:
      return "name, any other character";
    case Plant::name_order:
      return "name, order";
    case Plant::name_dot:
      return "name, middle dot";
    case Plant::name_cut:
      return "name, cut";
    case Plant::name_married:
      return "name, husband's surname";
    case Plant::name_changed:
      return "name changed since";
    case Plant::name_after_mother:
      return "name after the mother";
    case Plant::born_swapped:
      return "birth, day and month";
    case Plant::born_year:
      return "birth, year off";
    case Plant::born_digit:
      return "birth, digit wrong";
    case Plant::born_near:
      return "birth, a day off";
    case Plant::born_placeholder:
      return "birth, 1 January";
    case Plant::born_lunar:
      return "birth, lunar day";
    case Plant::sex_wrong:
      return "sex wrong";
    case Plant::parents_missing:
      return "parents missing";
  }
  return "";
}

std::vector<Features> Planted::features() const {
  std::vector<Features> all;
  all.reserve(records.size());
  for (const auto& record : records)
    all.push_back(record.features);
  return all;
}

Planted planted_population(std::size_t people, unsigned seed) {
  return World(people, seed).take();
}

Planted without_numbers(Planted planted) {
  for (auto& record : planted.records) {
    auto& features = record.features;
    features.numbers.clear(), features.broken_numbers.clear();
    for (auto* relatives : {&features.mothers, &features.fathers, &features.children, &features.spouses})
      for (auto& relative : *relatives)
        relative.number.clear();
  }
  return planted;
}

Outcome link_all(const Planted& planted, const LinkageRules& rules) {
  const auto& records = planted.records;
  const auto features = planted.features();
  Outcome outcome;
  auto same_person = [&](std::uint32_t a, std::uint32_t b) { return records[a].person == records[b].person; };
  auto hard = [&](std::uint32_t a, std::uint32_t b) {
    const auto &x = features[a].numbers, &y = features[b].numbers;
    return x.empty() || y.empty() || x.front() != y.front();
  };

  const auto candidates = candidate_pairs(features, rules);
  outcome.candidates = candidates.pairs.size(), outcome.blocks_skipped = candidates.blocks_skipped;
  std::vector<Link> links;
  for (const auto& [a, b] : candidates.pairs) {
    outcome.true_candidates += same_person(a, b);
    const auto found = compare(features[a], features[b], rules);
    if (found.verdict != Verdict::different) links.push_back({a, b, found.score, found.verdict});
  }
  auto between = [&](std::uint32_t a, std::uint32_t b) { return bar(features[a], features[b], rules); };
  const auto grouped = group(records.size(), links, {}, between, rules);
  outcome.answered = grouped.answered;

  std::set<std::pair<std::uint32_t, std::uint32_t>> queued;
  auto groups_of = [&](std::uint32_t a, std::uint32_t b) {
    return std::minmax({grouped.group_of[a], grouped.group_of[b]});
  };
  for (const auto& review : grouped.queue) {
    queued.insert(groups_of(review.a, review.b));
    outcome.queue_true += same_person(review.a, review.b);
    if (outcome.queued.size() < samples)
      outcome.queued.push_back(std::string(linkage::name_of(review.why)) + ": " +
                               describe_pair(records[review.a], records[review.b], rules));
  }
  outcome.queue = grouped.queue.size();

  std::map<std::uint32_t, std::vector<std::uint32_t>> by_person, by_group;
  for (std::uint32_t i = 0; i < records.size(); ++i) {
    by_person[records[i].person].push_back(i);
    by_group[grouped.group_of[i]].push_back(i);
  }
  for (const auto& [person, own] : by_person)
    for (std::size_t i = 0; i < own.size(); ++i)
      for (std::size_t k = i + 1; k < own.size(); ++k) {
        const auto a = own[i], b = own[k];
        const bool is_hard = hard(a, b);
        ++outcome.true_pairs, outcome.hard_pairs += is_hard;
        if (grouped.group_of[a] == grouped.group_of[b]) continue;
        if (queued.contains(groups_of(a, b)))
          ++outcome.queued_true, outcome.hard_queued += is_hard;
        else if (outcome.missed.size() < samples)
          outcome.missed.push_back(describe_pair(records[a], records[b], rules));
      }
  for (const auto& [group_number, own] : by_group)
    for (std::size_t i = 0; i < own.size(); ++i)
      for (std::size_t k = i + 1; k < own.size(); ++k) {
        const auto a = own[i], b = own[k];
        const bool right = same_person(a, b), is_hard = hard(a, b);
        ++outcome.joined_pairs, outcome.joined_true += right;
        outcome.hard_joined += is_hard, outcome.hard_joined_true += is_hard && right;
        if (!right && outcome.wrong.size() < samples)
          outcome.wrong.push_back(describe_pair(records[a], records[b], rules));
      }
  for (const auto& link : links) {
    if (grouped.group_of[link.a] == grouped.group_of[link.b] || queued.contains(groups_of(link.a, link.b)))
      continue;
    bool answered = false;
    for (auto one : by_group.at(grouped.group_of[link.a]))
      for (auto other : by_group.at(grouped.group_of[link.b]))
        answered |= between(one, other) == Bar::veto;
    outcome.lost_links += !answered || link.verdict == Verdict::same;
  }
  return outcome;
}

}  // namespace kinhub::linkage::test
