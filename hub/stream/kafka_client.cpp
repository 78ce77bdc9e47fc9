#include "hub/stream/kafka_client.hpp"

#include <fmt/format.h>

#include <cassert>
#include <stdexcept>

#include "hub/base/mutex.hpp"

namespace kinhub::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t text_size_max = 512;
constexpr int call_ms_max = 1000;  // one call of librdkafka, so that a wait is looked at now and then
constexpr int retry_pause_ms = 20;
constexpr std::uint32_t socket_timeout_ms = 10'000;
constexpr std::size_t framing_size_max = 512;  // of a message: record and batch overhead

/// Who is told what the clients log. One for the whole process.
struct LogListener {
  Mutex mutex;
  std::function<void(int, std::string_view)> tell KINHUB_GUARDED_BY(mutex);
};
LogListener& log_listener() {
  static LogListener one;
  return one;
}

/// The last connection error of any client, as librdkafka logged it: its calls themselves only say "timed
/// out". One for the whole process, for a hub has one cluster; the text names the broker.
struct LastFailure {
  Mutex mutex;
  std::string text KINHUB_GUARDED_BY(mutex);
  steady_clock::time_point at KINHUB_GUARDED_BY(mutex);
};
LastFailure& last_failure() {
  static LastFailure one;
  return one;
}
constexpr std::chrono::seconds failure_counts_for{30};

/// "[thrd:sasl_ssl://a:9093/1]: sasl_ssl://a:9093/1: Connect to ... failed: Connection refused (after 0ms in
/// state CONNECT)" without what only a developer of the library wants.
std::string_view reason_in(std::string_view text) {
  if (text.starts_with("[thrd:"))
    if (const auto end = text.find("]: "); end != std::string_view::npos) text.remove_prefix(end + 3);
  return text.substr(0, text.find(" (after "));
}

void log_line(const rd_kafka_t*, int level, const char* facility, const char* text) {
  if (std::string_view(facility) == "FAIL") {
    auto& last = last_failure();
    MutexLock lock(last.mutex);
    last.text = reason_in(text), last.at = steady_clock::now();
    if (level > 4) return;  // a connection that was idle is closed every few minutes
  }
  std::function<void(int, std::string_view)> to;
  {
    auto& listener = log_listener();
    MutexLock lock(listener.mutex);
    to = listener.tell;
  }
  if (to) to(level, text);
}

const char* protocol_of(KafkaSettings::Security security) {
  switch (security) {
    case KafkaSettings::Security::plaintext:
      return "plaintext";
    case KafkaSettings::Security::tls:
      return "ssl";
    case KafkaSettings::Security::sasl_plaintext:
      return "sasl_plaintext";
    case KafkaSettings::Security::sasl_tls:
      return "sasl_ssl";
  }
  return "";
}

const char* mechanism_of(KafkaSettings::Sasl sasl) {
  switch (sasl) {
    case KafkaSettings::Sasl::none:
      return "";
    case KafkaSettings::Sasl::plain:
      return "PLAIN";
    case KafkaSettings::Sasl::scram_sha_256:
      return "SCRAM-SHA-256";
    case KafkaSettings::Sasl::scram_sha_512:
      return "SCRAM-SHA-512";
  }
  return "";
}

void set_tls(rd_kafka_conf_t& conf, const KafkaSettings& settings) {
  if (!settings.ca_file.empty()) set(conf, "ssl.ca.location", settings.ca_file);
  if (settings.certificate_file.empty() != settings.key_file.empty())
    throw std::invalid_argument(
        "Kafka: a client certificate and its key belong together; one of the two is not configured");
  if (!settings.certificate_file.empty()) {
    set(conf, "ssl.certificate.location", settings.certificate_file);
    set(conf, "ssl.key.location", settings.key_file);
    if (!settings.key_password.empty()) set(conf, "ssl.key.password", settings.key_password);
  }
  set(conf, "ssl.endpoint.identification.algorithm", settings.check_host_name ? "https" : "none");
}

void set_sasl(rd_kafka_conf_t& conf, const KafkaSettings& settings) {
  if (settings.sasl == KafkaSettings::Sasl::none)
    throw std::invalid_argument(
        "Kafka: SASL without a mechanism; choose plain, scram-sha-256 or scram-sha-512");
  if (settings.user.empty()) throw std::invalid_argument("Kafka: SASL needs a user");
  set(conf, "sasl.mechanisms", mechanism_of(settings.sasl));
  set(conf, "sasl.username", settings.user);
  set(conf, "sasl.password", settings.password);
}

}  // namespace

void DestroyClient::operator()(rd_kafka_t* client) const {
  // No consumer group is left, because none was joined: closing could hang on brokers that are gone.
  rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

void listen(std::function<void(int, std::string_view)> to) {
  auto& listener = log_listener();
  MutexLock lock(listener.mutex);
  listener.tell = std::move(to);
}

void set(rd_kafka_conf_t& conf, const char* name, const std::string& value) {
  char said[text_size_max];
  // What librdkafka says may quote the value, which may be a secret.
  if (rd_kafka_conf_set(&conf, name, value.c_str(), said, sizeof said) != RD_KAFKA_CONF_OK)
    throw std::invalid_argument(fmt::format("Kafka: the client library does not take the setting {}", name));
}

ConfPtr common_conf(const KafkaSettings& settings) {
  if (settings.brokers.empty())
    throw std::invalid_argument("Kafka: no brokers are configured (host:port,host:port)");
  ConfPtr owner(rd_kafka_conf_new());
  auto& conf = *owner;
  set(conf, "bootstrap.servers", settings.brokers);
  set(conf, "client.id", "kinhub");
  set(conf, "security.protocol", protocol_of(settings.security));
  using Security = KafkaSettings::Security;
  if (settings.security == Security::tls || settings.security == Security::sasl_tls) set_tls(conf, settings);
  if (settings.security == Security::sasl_plaintext || settings.security == Security::sasl_tls)
    set_sasl(conf, settings);
  set(conf, "socket.nagle.disable", "true");
  set(conf, "socket.keepalive.enable", "true");
  set(conf, "socket.timeout.ms", std::to_string(socket_timeout_ms));
  set(conf, "socket.connection.setup.timeout.ms", "5000");
  set(conf, "reconnect.backoff.ms", "50");
  set(conf, "reconnect.backoff.max.ms", "1000");
  set(conf, "retry.backoff.ms", "50");
  set(conf, "topic.metadata.refresh.fast.interval.ms", "100");
  set(conf, "message.max.bytes", std::to_string(message_size_max));
  set(conf, "log.connection.close", "true");  // a broker that only closes: it may want TLS
  rd_kafka_conf_set_log_cb(&conf, log_line);
  return owner;
}

ClientPtr make_client(rd_kafka_type_t type, ConfPtr conf) {
  {
    auto& last = last_failure();
    MutexLock lock(last.mutex);
    last.text.clear();  // of settings that may have changed
  }
  char said[text_size_max] = "";
  auto* client = rd_kafka_new(type, conf.get(), said, sizeof said);
  // The text names files and mechanisms; passwords are not in it.
  if (client == nullptr)
    throw std::invalid_argument(fmt::format("Kafka: no client with these settings: {}", said));
  static_cast<void>(conf.release());  // taken over
  return ClientPtr(client);
}

std::string describe(const KafkaSettings& settings, std::string_view doing, rd_kafka_resp_err_t error,
                     std::string_view said) {
  auto what = said.empty() ? std::string_view(rd_kafka_err2str(error)) : said;
  const bool unreached = error == RD_KAFKA_RESP_ERR__TRANSPORT || error == RD_KAFKA_RESP_ERR__RESOLVE ||
                         error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN ||
                         error == RD_KAFKA_RESP_ERR__TIMED_OUT;
  auto text =
      fmt::format("Kafka at {}: {}: {} ({})", settings.brokers, doing, what, rd_kafka_err2name(error));
  if (!unreached) return text;
  auto& last = last_failure();
  MutexLock lock(last.mutex);
  const bool known = !last.text.empty() && steady_clock::now() - last.at < failure_counts_for;
  if (known) return text + "; the last connection failed so: " + last.text;
  return text + (error == RD_KAFKA_RESP_ERR__TIMED_OUT
                     ? "; no answer in time: look at the brokers and the network"
                     : "; no broker answers: look at the address, the network and the brokers");
}

Remedy remedy_of(const rd_kafka_error_t* error) {
  if (error == nullptr) return Remedy::none;
  if (rd_kafka_error_is_fatal(error) != 0) return Remedy::replace;
  if (rd_kafka_error_txn_requires_abort(error) != 0) return Remedy::abort;
  if (rd_kafka_error_is_retriable(error) != 0) return Remedy::again;
  return Remedy::replace;
}

// ---- the producer

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  auto& producer = *static_cast<TransactionalProducer*>(opaque);
  --producer.waiting_;
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    if (producer.failed_ == RD_KAFKA_RESP_ERR_NO_ERROR) producer.failed_ = message->err;
  } else if (message->_private != nullptr) {
    *static_cast<std::int64_t*>(message->_private) = message->offset;
  }
}

TransactionalProducer::TransactionalProducer(const KafkaSettings& settings,
                                             const std::string& transactional_id)
    : settings_(settings), patience_ms_(settings.patience_ms) {
  auto conf = common_conf(settings);
  set(*conf, "transactional.id", transactional_id);
  set(*conf, "transaction.timeout.ms", std::to_string(settings.transaction_ms));
  set(*conf, "socket.timeout.ms", std::to_string(std::min(socket_timeout_ms, settings.transaction_ms)));
  set(*conf, "enable.idempotence", "true");
  set(*conf, "acks", "all");
  // Short retry back-off: a transaction that begins right after the last one is told to come again, while the
  // brokers still mark that one.
  set(*conf, "retry.backoff.ms", "10");
  set(*conf, "linger.ms", "5");
  set(*conf, "batch.size", "1000000");
  set(*conf, "batch.num.messages", "10000");
  set(*conf, "queue.buffering.max.messages", "100000");
  rd_kafka_conf_set_opaque(conf.get(), this);
  rd_kafka_conf_set_dr_msg_cb(conf.get(), delivered);
  client_ = make_client(RD_KAFKA_PRODUCER, std::move(conf));
  insist("beginning as a producer of transactions",
         [&](int ms) { return rd_kafka_init_transactions(client_.get(), ms); });
}

TransactionalProducer::~TransactionalProducer() {
  topics_.clear();
  // What was not delivered is not waited for: whoever comes next settles the transaction.
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  client_.reset();
}

template <class Call>
void TransactionalProducer::insist(std::string_view doing, Call call) {
  auto give_up = steady_clock::now() + milliseconds(patience_ms_);
  for (;;) {
    auto left = std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now()).count();
    int ms = static_cast<int>(std::clamp<std::int64_t>(left, 1, call_ms_max));
    ErrorPtr error(call(ms));
    if (remedy_of(error.get()) != Remedy::again || left <= 0) return judge(error.get(), doing);
    if (rd_kafka_error_code(error.get()) != RD_KAFKA_RESP_ERR__TIMED_OUT)
      rd_kafka_poll(client_.get(), retry_pause_ms);
  }
}

void TransactionalProducer::dead(std::string_view doing, rd_kafka_resp_err_t error, std::string_view said) {
  alive_ = false;
  char why[text_size_max];
  if (auto fatal = rd_kafka_fatal_error(client_.get(), why, sizeof why); fatal != RD_KAFKA_RESP_ERR_NO_ERROR)
    error = fatal, said = why;
  auto text = describe(settings_, doing, error, said);
  fenced_ = error == RD_KAFKA_RESP_ERR__FENCED || error == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
            error == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  if (fenced_) throw Fenced(text);
  throw Unavailable(text);
}

void TransactionalProducer::judge(rd_kafka_error_t* error, std::string_view doing) {
  switch (remedy_of(error)) {
    case Remedy::none:
      return;
    case Remedy::abort: {
      // In doubt: once a commit was sent, an abort may come too late.
      if (committing_) dead(doing, rd_kafka_error_code(error), rd_kafka_error_string(error));
      auto text = describe(settings_, doing, rd_kafka_error_code(error), rd_kafka_error_string(error));
      abort();
      if (alive_) throw Aborted(text);
      dead(doing, rd_kafka_error_code(error), rd_kafka_error_string(error));
    }
    case Remedy::again:  // for too long
    case Remedy::replace:
      dead(doing, rd_kafka_error_code(error), rd_kafka_error_string(error));
  }
}

void TransactionalProducer::expect_alive() const {
  if (!alive_)
    throw Unavailable("Kafka: this producer has come to its end; a new one settles what it left open");
}

void TransactionalProducer::begin() {
  expect_alive();
  failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  commit_asked_ = false;
  values_.clear();
  ErrorPtr error(rd_kafka_begin_transaction(client_.get()));
  judge(error.get(), "beginning a transaction");
  open_ = true;
}

rd_kafka_topic_t* TransactionalProducer::topic(const std::string& name) {
  auto& known = topics_[name];
  if (!known) known.reset(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
  return known.get();
}

void TransactionalProducer::produce(const std::string& topic_name, std::int32_t partition,
                                    std::string_view key, std::string value, const Headers& headers,
                                    std::int64_t* offset) {
  expect_alive();
  assert(open_ && "produce outside a transaction");
  auto size = key.size() + value.size() + framing_size_max;
  for (const auto& [name, text] : headers)
    size += name.size() + text.size();
  if (size > static_cast<std::size_t>(message_size_max))
    throw std::length_error(
        fmt::format("a message of {} bytes is larger than the topics take ({})", size, message_size_max));
  auto* to = topic(topic_name);
  values_.push_back(std::move(value));
  rd_kafka_headers_t* list = nullptr;
  if (!headers.empty()) {
    list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers)
      rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                          static_cast<ssize_t>(text.size()));
  }
  auto give_up = steady_clock::now() + milliseconds(patience_ms_);
  for (;;) {
    rd_kafka_vu_t parts[7];
    std::size_t count = 0;
    parts[count].vtype = RD_KAFKA_VTYPE_RKT, parts[count++].u.rkt = to;
    parts[count].vtype = RD_KAFKA_VTYPE_PARTITION, parts[count++].u.i32 = partition;
    parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
    parts[count].u.mem.ptr = values_.back().data(), parts[count++].u.mem.size = values_.back().size();
    if (!key.empty()) {
      parts[count].vtype = RD_KAFKA_VTYPE_KEY;
      parts[count].u.mem.ptr = const_cast<char*>(key.data()), parts[count++].u.mem.size = key.size();
    }
    // Zero-copy: librdkafka neither copies nor frees it, values_ owns it.
    parts[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS, parts[count++].u.i = 0;
    parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE, parts[count++].u.ptr = offset;
    if (list != nullptr) parts[count].vtype = RD_KAFKA_VTYPE_HEADERS, parts[count++].u.headers = list;
    ErrorPtr error(rd_kafka_produceva(client_.get(), parts, count));
    if (!error) break;
    auto code = rd_kafka_error_code(error.get());
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL && steady_clock::now() < give_up) {
      rd_kafka_poll(client_.get(), retry_pause_ms);
      continue;
    }
    if (list != nullptr) rd_kafka_headers_destroy(list);
    dead("sending", code, rd_kafka_error_string(error.get()));
  }
  ++waiting_;
}

void TransactionalProducer::flush() {
  expect_alive();
  auto give_up = steady_clock::now() + milliseconds(patience_ms_);
  while (waiting_ > 0 && steady_clock::now() < give_up)
    rd_kafka_flush(client_.get(), call_ms_max);
  if (waiting_ > 0) dead("sending", RD_KAFKA_RESP_ERR__TIMED_OUT, "the brokers did not take it in time");
  if (failed_ == RD_KAFKA_RESP_ERR_NO_ERROR) return;
  auto failed = std::exchange(failed_, RD_KAFKA_RESP_ERR_NO_ERROR);
  abort();
  if (!alive_) dead("sending", failed, {});
  throw Aborted(describe(settings_, "sending", failed));
}

void TransactionalProducer::commit() {
  flush();  // so that a message that failed is seen before
  committing_ = commit_asked_ = true;
  insist("writing a transaction", [&](int ms) { return rd_kafka_commit_transaction(client_.get(), ms); });
  open_ = committing_ = false;
  values_.clear();
}

void TransactionalProducer::abort() noexcept try {
  if (!alive_ || !open_) return;
  open_ = false;
  auto give_up = steady_clock::now() + milliseconds(patience_ms_);
  for (;;) {
    ErrorPtr error(rd_kafka_abort_transaction(client_.get(), call_ms_max));
    if (!error) break;
    if (remedy_of(error.get()) != Remedy::again || steady_clock::now() >= give_up) {
      alive_ = false;
      return;
    }
  }
  if (waiting_ > 0) rd_kafka_flush(client_.get(), call_ms_max);
  if (waiting_ > 0) alive_ = false;
  failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  if (alive_) values_.clear();
} catch (...) {
  alive_ = false;
}

}  // namespace kinhub::kafka
