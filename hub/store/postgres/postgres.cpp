#include "hub/store/postgres/postgres.hpp"

#include <fmt/format.h>
#include <poll.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace kinhub::postgres {
namespace {

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

template <class Number>
void put(std::string& bytes, Number number) {
  for (int shift = static_cast<int>(sizeof(Number) - 1) * 8; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(number) >> shift));
}

void overwrite(std::string& bytes, std::size_t at, std::uint32_t number) {
  for (int byte = 0; byte < 4; ++byte)
    bytes[at + static_cast<std::size_t>(byte)] = static_cast<char>(number >> (24 - 8 * byte));
}

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

/// Puts a message on one line: libpq ends its texts with a line break, and puts
/// several attempts on several lines.
std::string one_line(std::string_view text) {
  std::string line;
  for (char c : text)
    line += c == '\n' || c == '\t' ? ' ' : c;
  while (!line.empty() && line.back() == ' ')
    line.pop_back();
  return line;
}

}  // namespace

Verdict judge(std::string_view state) {
  auto of_class = [&](std::string_view prefix) { return state.starts_with(prefix); };
  if (state.empty() || of_class("08"))
    return {true, "the connection is lost; look at the server and the network"};
  if (state == "57P01" || state == "57P02" || state == "57P03") return {true, "the server stops or starts"};
  if (state == "57P04") return {true, "the database was dropped; restore its last backup"};
  if (state == "57P05") return {true, "the server ends idle sessions: keep those of the hub"};
  if (state == "25P03")
    return {true,
            "this node stood still in the middle of a batch, so the server ended its session and undid the "
            "batch"};
  if (state == "25006")
    return {true,
            "that server only reads, it is a standby; name the primary, or several hosts, in the connection"};
  if (state == "53100") return {true, "the disk of the database is full; make room"};
  if (state == "53300")
    return {true, "raise max_connections of the server, or lower connections_max of the nodes"};
  if (of_class("53")) return {true, "the server has no resources left; look at its log"};
  if (state == "55P03") return {true, "another node holds the lock"};
  if (state == "57014") return {true, "the server took too long; look at what else runs there"};
  if (of_class("40")) return {true, "it stood in the way of another transaction"};
  if (of_class("25") || of_class("58") || of_class("57")) return {true, "look at the log of the server"};
  if (of_class("28"))
    return {true, "the server refuses this user: mend the user, the password, or pg_hba.conf"};
  if (state == "3D000") return {true, "there is no such database: create it, docs/operators.md says how"};
  if (state == "42501")
    return {true, "the user lacks rights there: the schema and all in it must belong to the user of the hub"};
  if (state == "26000")
    return {false,
            "prepared statements vanish: connect to the server itself, or to a pooler that pools sessions"};
  if (state == "42P01" || state == "42703" || state == "3F000")
    return {false, "tables of the hub are missing or were changed by hand; restore the last backup"};
  if (of_class("XX"))
    return {false, "the database is damaged; look at the log of the server, restore the last backup"};
  return {
      false,
      "the server refuses what the hub asked of it, which waiting does not mend; keep the log and report it"};
}

Column::Column(Element element, std::size_t count_expected) {
  bytes_.reserve(20 + count_expected * 20);
  put<std::uint32_t>(bytes_, 1);  // dimensions
  put<std::uint32_t>(bytes_, 0);  // whether there are nulls
  put<std::uint32_t>(bytes_, static_cast<std::uint32_t>(element));
  put<std::uint32_t>(bytes_, 0);  // how many: take() knows
  put<std::uint32_t>(bytes_, 1);  // the first one's index
}

Column& Column::add(std::int64_t number) {
  put<std::uint32_t>(bytes_, 8);
  put(bytes_, number);
  ++count_;
  return *this;
}

Column& Column::add(std::string_view bytes) {
  put(bytes_, static_cast<std::uint32_t>(bytes.size()));
  bytes_ += bytes;
  ++count_;
  return *this;
}

Column& Column::add_null() {
  put<std::uint32_t>(bytes_, 0xFFFFFFFF);
  overwrite(bytes_, 4, 1);
  ++count_;
  return *this;
}

std::string Column::take() && {
  overwrite(bytes_, 12, count_);
  if (count_ == 0) {  // an empty array has no dimension
    overwrite(bytes_, 0, 0);
    bytes_.resize(12);
  }
  return std::move(bytes_);
}

Parameters& Parameters::add(std::int64_t number) {
  std::string bytes;
  put(bytes, number);
  all_.push_back({std::move(bytes)});
  return *this;
}
Parameters& Parameters::add(std::string_view bytes) {
  all_.push_back({std::string(bytes)});
  return *this;
}
Parameters& Parameters::add(Column&& column) {
  all_.push_back({std::move(column).take()});
  return *this;
}
Parameters& Parameters::add_null() {
  all_.push_back({{}, true});
  return *this;
}

std::int64_t Rows::number(int row, int column) const {
  const auto* data = reinterpret_cast<const unsigned char*>(PQgetvalue(result_.get(), row, column));
  int size = PQgetlength(result_.get(), row, column);
  if (size == 0) return 0;
  std::uint64_t number = (data[0] & 0x80) != 0 && size > 1 ? ~std::uint64_t{0} : 0;
  for (int i = 0; i < size; ++i)
    number = number << 8 | data[i];
  return static_cast<std::int64_t>(number);
}

std::string_view Rows::bytes(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t Rows::changed() const {
  return std::strtoll(PQcmdTuples(result_.get()), nullptr, 10);
}

std::string_view Rows::command() const {
  return PQcmdStatus(result_.get());
}

Connection::Connection(const std::string& connection, const std::string& password) {
  // Defaults and overrides: what stands before dbname yields to the connection string,
  // what stands behind it wins.
  std::vector<const char*> names{"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                                 "keepalives_count", "tcp_user_timeout", "target_session_attrs",
                                 "application_name", "dbname",           "client_encoding"};
  std::vector<const char*> values{"10",  "10", "5", "3", "20000", "read-write", "kinhub", connection.c_str(),
                                  "UTF8"};
  if (!password.empty()) names.push_back("password"), values.push_back(password.c_str());
  names.push_back(nullptr), values.push_back(nullptr);

  char* wrong = nullptr;
  auto* parsed = PQconninfoParse(connection.c_str(), &wrong);
  PQfreemem(wrong);  // it may quote the text, and the password with it
  if (parsed == nullptr)
    throw StoreDamaged(
        "the connection to PostgreSQL is not a libpq connection string: write host=... port=... user=... "
        "dbname=..., or postgresql://user@host:port/dbname");
  PQconninfoFree(parsed);

  handle_.reset(PQconnectdbParams(names.data(), values.data(), 1));
  if (!handle_) throw Failed("no memory for a connection to PostgreSQL", "53200");
  if (PQstatus(handle_.get()) != CONNECTION_OK) {
    // libpq gives no SQLSTATE of a refused connection: the advice tells it by the text the server always
    // sends in the language it was set up with, so it names both possibilities.
    throw Failed(
        fmt::format("{} cannot be reached: {}: look at the server, the network, and the user and password",
                    place(), one_line(PQerrorMessage(handle_.get()))),
        "08001");
  }
  PQsetNoticeProcessor(
      handle_.get(), [](void*, const char*) {}, nullptr);
  PQsetErrorVerbosity(handle_.get(), PQERRORS_TERSE);
  PQsetnonblocking(handle_.get(), 1);
}

std::string Connection::place() const {
  auto text = [](const char* value) {
    return std::string_view(value == nullptr || *value == 0 ? "?" : value);
  };
  return fmt::format("PostgreSQL at {}:{}, database {}", text(PQhost(handle_.get())),
                     text(PQport(handle_.get())), text(PQdb(handle_.get())));
}

bool Connection::usable() const {
  return !broken_ && PQstatus(handle_.get()) == CONNECTION_OK;
}

void Connection::lost(const std::string& why) {
  broken_ = true;
  throw Failed(fmt::format("{}: {}: {}", place(), one_line(why), judge("").advice), "");
}

void Connection::fail(const PGresult* result) {
  std::string state(field(result, PG_DIAG_SQLSTATE));
  // Only the first line of what the server says: its details quote rows.
  std::string said(field(result, PG_DIAG_MESSAGE_PRIMARY));
  if (said.empty()) said = one_line(PQerrorMessage(handle_.get()));
  auto verdict = judge(state);
  auto text =
      fmt::format("{}: {}{}: {}", place(), said, state.empty() ? "" : " (" + state + ")", verdict.advice);
  if (state.empty()) broken_ = true;
  if (!verdict.waiting_helps) throw StoreDamaged(text);
  throw Failed(text, state);
}

/// Event loop of one connection: sends and receives what can be, or polls until it can.
void Connection::wait(std::int64_t until_ms) {
  int unsent = PQflush(handle_.get());
  if (unsent < 0) return;  // what the server said last may still be read; else the next read tells
  pollfd one{PQsocket(handle_.get()), static_cast<short>(POLLIN | (unsent > 0 ? POLLOUT : 0)), 0};
  auto left = until_ms - now_ms();
  if (left <= 0 || one.fd < 0) lost("the server does not answer");
  int ready = ::poll(&one, 1, static_cast<int>(left));
  if (ready < 0 && errno != EINTR) lost(std::strerror(errno));
}

PGresult* Connection::next_result(std::int64_t until_ms) {
  for (;;) {
    if (PQconsumeInput(handle_.get()) == 0 && PQstatus(handle_.get()) != CONNECTION_OK &&
        PQisBusy(handle_.get()) != 0)
      lost(PQerrorMessage(handle_.get()));
    if (PQisBusy(handle_.get()) == 0) return PQgetResult(handle_.get());
    wait(until_ms);
  }
}

void Connection::run(const std::string& sql, int patience_ms) {
  assert(queued_.empty());
  if (PQsendQuery(handle_.get(), sql.c_str()) == 0) lost(PQerrorMessage(handle_.get()));
  auto until_ms = now_ms() + patience_ms;
  std::unique_ptr<Rows> failed;
  const PGresult* wrong = nullptr;
  while (PGresult* result = next_result(until_ms)) {
    auto rows = std::make_unique<Rows>(result);
    if (failed || PQresultStatus(result) != PGRES_FATAL_ERROR) continue;
    failed = std::move(rows);
    wrong = result;
  }
  if (failed) fail(wrong);
}

void Connection::queue(const Query& query, Parameters parameters) {
  queued_.push_back({&query, std::move(parameters)});
}

void Connection::send(const Queued& one) {
  const auto& [query, parameters] = one;
  if (!prepared_.contains(query) && PQsendPrepare(handle_.get(), query->name, query->sql, 0, nullptr) == 0)
    lost(PQerrorMessage(handle_.get()));
  std::vector<const char*> values;
  std::vector<int> sizes, formats(parameters.all_.size(), 1);
  for (const auto& parameter : parameters.all_) {
    values.push_back(parameter.null ? nullptr : parameter.bytes.data());
    sizes.push_back(static_cast<int>(parameter.bytes.size()));
  }
  if (PQsendQueryPrepared(handle_.get(), query->name, static_cast<int>(values.size()), values.data(),
                          sizes.data(), formats.data(), 1) == 0)
    lost(PQerrorMessage(handle_.get()));
}

std::vector<Rows> Connection::exchange(int patience_ms) {
  auto queued = std::move(queued_);
  queued_.clear();
  if (!usable()) lost("the connection was lost before");
  bool known = false;
  try {
    if (PQenterPipelineMode(handle_.get()) == 0) lost(PQerrorMessage(handle_.get()));
    // Expected results of the pipeline: for each query its answer, and before it that of its
    // preparation when it is new here.
    std::vector<const Query*> preparing;
    for (const auto& one : queued) {
      bool fresh = !prepared_.contains(one.query);
      send(one);
      preparing.push_back(fresh ? one.query : nullptr);
      if (fresh) prepared_.insert(one.query);
    }
    auto unprepare_from = [&](std::size_t first) {
      for (auto at = first; at < preparing.size(); ++at)
        if (preparing[at] != nullptr) prepared_.erase(preparing[at]);
    };
    if (PQpipelineSync(handle_.get()) == 0) lost(PQerrorMessage(handle_.get()));

    auto until_ms = now_ms() + patience_ms;
    std::vector<Rows> answers;
    std::unique_ptr<Rows> error;
    const PGresult* wrong = nullptr;
    std::size_t at = 0;
    bool prepare_answered = false;
    for (int nothing = 0;;) {
      PGresult* result = next_result(until_ms);
      if (result == nullptr) {
        // One null ends each answer; two in a row: libpq has given the connection up.
        if (++nothing > 1) lost(PQerrorMessage(handle_.get()));
        continue;
      }
      nothing = 0;
      auto status = PQresultStatus(result);
      Rows rows(result);
      if (status == PGRES_PIPELINE_SYNC) break;
      if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
        if (!error) {
          error = std::make_unique<Rows>(std::move(rows));
          wrong = result;
          unprepare_from(prepare_answered ? at + 1 : at);
        }
        if (PQstatus(handle_.get()) != CONNECTION_OK) break;
        continue;
      }
      if (status == PGRES_PIPELINE_ABORTED || error) continue;
      if (preparing[at] != nullptr && !prepare_answered) {
        prepare_answered = true;
        continue;
      }
      answers.push_back(std::move(rows));
      ++at;
      prepare_answered = false;
    }
    known = PQstatus(handle_.get()) == CONNECTION_OK && PQexitPipelineMode(handle_.get()) == 1;
    if (!known) broken_ = true;
    if (error) fail(wrong);
    if (!known) lost("the server ended the session");
    return answers;
  } catch (...) {
    if (!known) broken_ = true;
    throw;
  }
}

}  // namespace kinhub::postgres
