#include "tests/agencies/depot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/agencies/gb18030.hpp"

namespace kinhub::agencies {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t page_size = 500;
constexpr std::size_t residents_per_file = 1000;
constexpr std::size_t messages_per_file = 500;

void write_file(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

Moment night_after(Moment when) {
  return moment(day_of(when - 2 * 3600).plus_days(1), 2 * 3600);
}

}  // namespace

Depot::Depot(DepotFolders folders) : folders_(std::move(folders)) {
  for (const fs::path& folder :
       {folders_.police, folders_.civil, folders_.insurance, folders_.hospital, folders_.police_snapshot,
        folders_.civil_snapshot, folders_.insurance_snapshot, folders_.hospital_snapshot})
    if (!folder.empty()) fs::create_directories(folder);
}

void Depot::put(const char* source, const fs::path& folder, const std::string& name, std::string_view bytes,
                std::size_t events) {
  // Readers that watch the folder see the file whole: written aside, then renamed, then flagged.
  if (folders_.flags) {
    write_file(folder / (name + ".part"), bytes);
    fs::rename(folder / (name + ".part"), folder / name);
    write_file(folder / fs::path(name).replace_extension(".ok"), "");
  } else {
    write_file(folder / name, bytes);
  }
  DepotCount& count = counts_[source];
  count.events += events;
  count.files += 1;
  count.bytes += bytes.size();
}

// ---- public security

void Depot::put_police(std::string_view type, const std::string& county, std::span<const Telegram> records) {
  Moment sent = 0;
  for (const Telegram& record : records)
    sent = std::max(sent, record.report->delivered);
  const int serial = ++police_serial_;
  const std::string bytes = gb18030(police_file(type, county, sent, serial, records));
  put("public-security", folders_.police, police_file_name(type, county, sent, serial % 10000), bytes,
      records.size());
  // Now and then a whole file is sent again under the next name.
  if (serial % 97 == 0) {
    const int again = ++police_serial_;
    put("public-security", folders_.police, police_file_name(type, county, sent, again % 10000), bytes,
        records.size());
  }
}

void Depot::write_police(std::span<const Telegram> telegrams) {
  std::map<std::pair<std::string, std::string>, std::vector<Telegram>> open;  // county, type
  for (const Telegram& telegram : telegrams) {
    const auto key = std::pair(police_county(telegram), std::string(police_type(telegram.report->kind)));
    auto& records = open[key];
    // A household's move is one business and stays together.
    const bool same_business = !records.empty() && records.back().report->serial == telegram.report->serial &&
                               telegram.report->parts > 1 &&
                               telegram.report->part > records.back().report->part;
    if (records.size() >= folders_.records_per_file && !same_business) {
      put_police(key.second, key.first, records);
      records.clear();
    }
    records.push_back(telegram);
  }
  for (const auto& [key, records] : open)
    if (!records.empty()) put_police(key.second, key.first, records);
}

// ---- death certificates

void Depot::write_certificates(const std::string& county, std::span<const Telegram> telegrams) {
  for (std::size_t first = 0; first < telegrams.size();) {
    const Date day = day_of(telegrams[first].report->delivered);
    std::string text(certificate_header);
    std::size_t last = first;
    for (; last < telegrams.size() && day_of(telegrams[last].report->delivered) == day; ++last)
      text += certificate_line(telegrams[last]);
    put("hospital-his", folders_.hospital, fmt::format("SWZM_{}_{}.csv", county, compact(day)), gb18030(text),
        last - first);
    first = last;
  }
}

// ---- medical insurance

void Depot::write_insurance_night(const std::string& county, std::span<const Telegram> telegrams, Moment from,
                                  Moment to) {
  std::vector<std::string> rows;
  for (const Telegram& telegram : telegrams)
    rows.push_back(insurance_row(telegram));
  const std::string stamp = compact(to);
  InsuranceBatch batch;
  batch.county = county;
  batch.batch_no = fmt::format("PSNINSU-{}-{}-{}", county, stamp.substr(0, 8), stamp.substr(8, 4));
  batch.from = from;
  batch.to = to;
  put("medical-insurance", folders_.insurance, batch.batch_no + ".json", insurance_file(batch, rows),
      rows.size());
}

// ---- whole batches

void Depot::write_changes(const Batch& batch, const Window& window) {
  write_police(batch.stream(Agency::public_security, window));
  write_certificates(batch.county, batch.stream(Agency::death_certificates, window));

  const auto rows = batch.stream(Agency::medical_insurance, window);
  std::size_t nights = 0;
  for (std::size_t first = 0; first < rows.size();) {
    const Moment to = night_after(rows[first].report->at);
    std::size_t last = first;
    while (last < rows.size() && rows[last].report->at < to)
      ++last;
    // Every tenth night hands out the last row of the night before once more.
    const std::size_t begin = ++nights % 10 == 0 && first > 0 ? first - 1 : first;
    write_insurance_night(batch.county, std::span(rows).subspan(begin, last - begin), to - seconds_per_day,
                          to);
    first = last;
  }
}

namespace {

/// Rows of one interface as pages, in watermark order; `put` gets each page and how many rows it holds.
template <class Put>
void pages_of(const std::vector<Telegram>& rows, std::string_view interface, std::string_view suffix,
              Put put) {
  std::vector<const Telegram*> mine;
  for (const Telegram& row : rows)
    if (civil_interface(row.report->kind) == interface) mine.push_back(&row);
  Moment second = 0;
  int serial = 0;
  if (mine.empty() && suffix == "_full") {
    // A register without rows is an answer too: it says that there is nothing.
    CivilPage page;
    page.interface = std::string(interface) + std::string(suffix);
    put(page.interface, 1, civil_page(page, {}), 0);
  }
  for (std::size_t first = 0; first < mine.size(); first += page_size) {
    const std::size_t last = std::min(mine.size(), first + page_size);
    std::vector<std::string> texts;
    for (std::size_t i = first; i < last; ++i) {
      serial = mine[i]->report->at == second ? serial + 1 : 1;
      second = mine[i]->report->at;
      texts.push_back(civil_row(*mine[i], static_cast<int>(i - first + 1)));
    }
    CivilPage page;
    page.interface = std::string(interface) + std::string(suffix);
    page.page_size = page_size;
    page.total = mine.size() - first;
    page.watermark = civil_watermark(second, serial);
    put(page.interface, first / page_size + 1, civil_page(page, texts), texts.size());
  }
}

}  // namespace

void Depot::write_captures(const Batch& batch, const Window& window, std::size_t batch_number) {
  const auto rows = batch.stream(Agency::civil_affairs, window);
  for (std::string_view interface : civil_interfaces)
    pages_of(rows, interface, "_inc",
             [&](const std::string& name, std::size_t nth, const std::string& text, std::size_t events) {
               put("civil-affairs", folders_.civil, fmt::format("{}_{}_{:05}.json", name, batch.county, nth),
                   text, events);
               // Now and then an answer was captured twice.
               if (nth % 23 == 0)
                 put("civil-affairs", folders_.civil,
                     fmt::format("{}_{}_{:05}_again.json", name, batch.county, nth), text, events);
             });

  std::string modern, legacy;
  std::size_t modern_count = 0, legacy_count = 0, files = 0;
  auto flush = [&](std::string& text, std::size_t& count, const char* form) {
    if (count == 0) return;
    put("hospital-his", folders_.hospital,
        fmt::format("{}_{}_{:03}_{:05}.hl7", form, batch.county, batch_number, ++files), text, count);
    text.clear();
    count = 0;
  };
  for (const Telegram& telegram : batch.stream(Agency::hospital_his, window)) {
    const std::string message = hospital_message(telegram);
    if (telegram.report->legacy)
      legacy += gb18030(message), ++legacy_count;
    else
      modern += message, ++modern_count;
    if (modern_count >= messages_per_file) flush(modern, modern_count, "ADT");
    if (legacy_count >= messages_per_file) flush(legacy, legacy_count, "OLD");
  }
  flush(modern, modern_count, "ADT");
  flush(legacy, legacy_count, "OLD");
}

void Depot::put_masters(const fs::path& folder, const char* source,
                        const std::map<std::string, std::vector<Resident>>& residents, Moment as_of) {
  for (const auto& [county, people] : residents) {
    int serial = 0;
    for (std::size_t first = 0; first < people.size(); first += residents_per_file) {
      const auto chunk =
          std::span(people).subspan(first, std::min(residents_per_file, people.size() - first));
      ++serial;
      put(source, folder, police_file_name("CZRK", county, as_of, serial),
          gb18030(resident_file(county, as_of, serial, chunk)), chunk.size());
    }
  }
}

void Depot::write_yearly_masters(const Batch& batch, const Window& window) {
  for (int year = window.start.year() + 1; Date(year, 1, 1) <= window.today; ++year) {
    const Moment as_of = moment(Date(year, 1, 1));
    std::map<std::string, std::vector<Resident>> residents;
    for (const World& world : batch.worlds)
      for (PersonIndex i = 0; i < static_cast<PersonIndex>(world.people.size()); ++i) {
        // Of those who have moved away the register of the county knows that they have.
        if (is_resident(world.at(i), as_of)) residents[world.home].push_back({&world, i});
      }
    put_masters(folders_.police, "public-security", residents, as_of);
  }
}

void Depot::write_snapshot(const Batch& batch, const Window& window, std::size_t batch_number) {
  const Moment as_of = window.start_at();
  const Date day_before = window.start.plus_days(-1);

  std::map<std::string, std::vector<Resident>> residents;
  std::vector<std::pair<std::uint64_t, Resident>> insured;
  for (const World& world : batch.worlds) {
    for (PersonIndex i = 0; i < static_cast<PersonIndex>(world.people.size()); ++i) {
      if (is_resident(world.at(i), as_of)) residents[world.county_of(i, day_before)].push_back({&world, i});
      if (world.at(i).enrolled_at < as_of) insured.push_back({world.at(i).serial, {&world, i}});
    }
  }
  put_masters(folders_.police_snapshot, "public-security snapshot", residents, as_of);

  if (!folders_.civil_snapshot.empty()) {
    const auto rows = batch.before(Agency::civil_affairs, window);
    for (std::string_view interface : civil_interfaces)
      pages_of(rows, interface, "_full",
               [&](const std::string& name, std::size_t nth, const std::string& text, std::size_t events) {
                 put("civil-affairs snapshot", folders_.civil_snapshot,
                     fmt::format("{}_{}_{:03}_{:05}.json", name, batch.county, batch_number, nth), text,
                     events);
               });
  }

  std::vector<std::string> rows;
  std::sort(insured.begin(), insured.end(),
            [](const auto& left, const auto& right) { return left.first < right.first; });
  for (const auto& [serial, who] : insured)
    rows.push_back(insurance_standing(*who.world, who.person, as_of));
  InsuranceBatch full;
  full.county = batch.county;
  full.batch_no = fmt::format("PSNINSU-{}-FULL-{}", batch.county, compact(window.start));
  full.from = 0;
  full.to = as_of;
  put("medical-insurance snapshot", folders_.insurance_snapshot, full.batch_no + ".json",
      insurance_file(full, rows), rows.size());

  std::string text(certificate_header);
  const auto certificates = batch.before(Agency::death_certificates, window);
  for (const Telegram& row : certificates)
    text += certificate_line(row);
  put("hospital-his snapshot", folders_.hospital_snapshot,
      fmt::format("SWZM_{}_{}.csv", batch.county, compact(day_before)), gb18030(text), certificates.size());
}

}  // namespace kinhub::agencies
