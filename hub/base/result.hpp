#pragma once
// Result<T>, a value or an error: what input can cause is returned, not thrown, and says what to do.

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace kinhub {

/// Why something was refused. `code` is stable and upper-case (CITIZEN_ID_CHECK); `text` is one sentence for
/// an operator, with what to do; `place` is where it is: file:line:column, /root/body/RECORD[2]/GMSFHM,
/// PID-3.1. `text` never holds an unmasked name or number.
struct Error {
  std::string code;
  std::string text;
  std::string place;

  friend bool operator==(const Error&, const Error&) = default;
};

/// "place: text [CODE]", the form every command prints.
std::string describe(const Error& error);

/// Thrown by Result<T>::value() on an error: only main() and tests let it come that far.
class ErrorThrown : public std::runtime_error {
 public:
  explicit ErrorThrown(Error error) : std::runtime_error(describe(error)), error_(std::move(error)) {}
  const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};

[[noreturn]] BOOST_NORETURN void throw_exception_from_error(const Error& error,
                                                            const boost::source_location&);

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace kinhub
