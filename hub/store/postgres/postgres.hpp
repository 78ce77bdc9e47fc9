#pragma once
// RAII wrappers of libpq: binary parameters and rows, queries prepared on first use, and pipelining with a
// deadline, whatever becomes of the server.

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "hub/store/store.hpp"

namespace kinhub::postgres {

/// Classification of a SQLSTATE: transient or not, and the advice that goes with it.
struct Verdict {
  bool waiting_helps = true;  ///< StoreUnavailable, else StoreDamaged
  std::string_view advice;    ///< what to do
};
/// Classifies a SQLSTATE, pure. An empty one: the connection broke without the server saying why.
Verdict judge(std::string_view sqlstate);

/// An error of the server, or a lost connection.
class Failed : public StoreUnavailable {
 public:
  Failed(const std::string& what, std::string sqlstate)
      : StoreUnavailable(what), sqlstate_(std::move(sqlstate)) {}
  const std::string& sqlstate() const { return sqlstate_; }

 private:
  std::string sqlstate_;
};

/// A named query, prepared on first use. Queries are constants: a connection knows by their
/// address which it has prepared.
struct Query {
  const char* name;
  const char* sql;
};

enum class Element : std::uint32_t { number = 20, text = 25, bytes = 17, token = 2950 };

/// An array parameter in binary form, built element by element.
class Column {
 public:
  explicit Column(Element element, std::size_t count_expected = 0);
  Column& add(std::int64_t number);
  Column& add(std::string_view bytes);
  Column& add_null();
  std::string take() &&;

 private:
  std::string bytes_;
  std::uint32_t count_ = 0;
};

/// Bind parameters in binary form, in the order of $1, $2, ...
class Parameters {
 public:
  Parameters& add(std::int64_t number);
  Parameters& add(std::string_view bytes);
  Parameters& add(Column&& column);
  Parameters& add_null();

 private:
  friend class Connection;
  struct One {
    std::string bytes;
    bool null = false;
  };
  std::vector<One> all_;
};

/// The result set of one query.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}
  int size() const { return PQntuples(result_.get()); }
  std::int64_t number(int row, int column) const;
  std::string_view bytes(int row, int column) const;
  std::string text(int row, int column) const { return std::string(bytes(row, column)); }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) == 1; }
  std::int64_t changed() const;      ///< rows a query wrote
  std::string_view command() const;  ///< "COMMIT", "INSERT 0 5"

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

/// One database session. Used by one thread at a time. After an error usable() says
/// whether it can be used further.
class Connection {
 public:
  /// Connects. `connection` is a libpq connection string or URI; what it does not say has defaults that
  /// notice a lost server. No error ever shows it, it may hold a password. Throws Failed or StoreDamaged.
  Connection(const std::string& connection, const std::string& password);

  /// Executes SQL without parameters, several queries in one text, and waits for the answer.
  void run(const std::string& sql, int patience_ms);

  /// Enqueues a query in the pipeline; nothing is sent before exchange().
  void queue(const Query& query, Parameters parameters = {});
  std::size_t queued() const { return queued_.size(); }
  void forget_queued() { queued_.clear(); }
  /// Flushes the pipeline in one round trip: the answers, in order. When one fails, those after it were not
  /// executed, and this throws. A server that does not answer within patience_ms counts as lost.
  std::vector<Rows> exchange(int patience_ms);

  /// False: the connection is lost, or in an unknown state, and must be discarded.
  bool usable() const;
  bool in_transaction() const { return PQtransactionStatus(handle_.get()) != PQTRANS_IDLE; }
  std::string place() const;  ///< "PostgreSQL at 127.0.0.1:5432, database kinhub"
  PGconn* handle() const { return handle_.get(); }

 private:
  struct Queued {
    const Query* query;
    Parameters parameters;
  };
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };
  void send(const Queued& one);
  void wait(std::int64_t until_ms);
  PGresult* next_result(std::int64_t until_ms);
  [[noreturn]] void fail(const PGresult* result);
  [[noreturn]] void lost(const std::string& why);

  std::unique_ptr<PGconn, Finish> handle_;
  std::vector<Queued> queued_;
  std::unordered_set<const Query*> prepared_;
  bool broken_ = false;
};

}  // namespace kinhub::postgres
