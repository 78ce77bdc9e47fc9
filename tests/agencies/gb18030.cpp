#include "tests/agencies/gb18030.hpp"

#include <unicode/ucnv.h>

#include <memory>
#include <stdexcept>

namespace kinhub::agencies {

std::string gb18030(std::string_view utf8) {
  UErrorCode error = U_ZERO_ERROR;
  thread_local std::unique_ptr<UConverter, decltype(&ucnv_close)> converter(ucnv_open("gb18030", &error),
                                                                            ucnv_close);
  if (!converter) throw std::runtime_error("this ICU has no GB18030 converter");
  ucnv_setFromUCallBack(converter.get(), UCNV_FROM_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &error);
  error = U_ZERO_ERROR;
  std::string encoded(utf8.size() * 2 + 16, '\0');
  const auto size =
      ucnv_fromAlgorithmic(converter.get(), UCNV_UTF8, encoded.data(), static_cast<int32_t>(encoded.size()),
                           utf8.data(), static_cast<int32_t>(utf8.size()), &error);
  if (U_FAILURE(error)) throw std::runtime_error(std::string("cannot write GB18030: ") + u_errorName(error));
  encoded.resize(static_cast<std::size_t>(size));
  return encoded;
}

}  // namespace kinhub::agencies
