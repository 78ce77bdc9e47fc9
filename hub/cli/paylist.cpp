// Payment lists at the command line: draft, check, sign, close, send, returns.

#include <charconv>
#include <fstream>
#include <iterator>
#include <ostream>
#include <system_error>

#include "hub/base/printable.hpp"
#include "hub/cli/commands.hpp"
#include "hub/desk/payment_json.hpp"
#include "hub/mapping/charset.hpp"
#include "hub/payment/list_csv.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view bom = "\xEF\xBB\xBF";

/// The bytes of a file for whoever reads the charset: UTF-8 gets its mark, so that spreadsheets see it.
Result<std::string> encoded(const std::string& text, const std::string& charset) {
  if (charset == "gb18030") return from_utf8(text, Charset::gb18030);
  return Result<std::string>(boost::system::in_place_value, std::string(bom) + text);
}

/// Writes a file that its owner alone may read: whole, or what was there stays.
std::optional<Error> write_file(const fs::path& file, const std::string& bytes) {
  std::error_code failed;
  if (fs::is_directory(file, failed))
    return Error{"FILE_WRITE", "this is a folder: name a file in it", file.string()};
  try {
    write_durably(file, bytes);
  } catch (const std::system_error&) {
    return Error{"FILE_WRITE", "cannot write this file: look at the folder and its room", file.string()};
  }
  return std::nullopt;
}

Result<std::string> read_file(const fs::path& file) {
  constexpr std::uintmax_t size_max = 256u << 20;
  std::error_code failed;
  const auto size = fs::file_size(file, failed);
  std::ifstream in(file, std::ios::binary);
  if (failed || !in) return Error{"FILE_READ", "cannot read this file", file.string()};
  if (size > size_max)
    return Error{"FILE_SIZE", "this file is larger than any list's answers", file.string()};
  return Result<std::string>(boost::system::in_place_value, std::istreambuf_iterator<char>(in),
                             std::istreambuf_iterator<char>());
}

/// The answer, as CSV where a file is named; a red check is found wrong.
Exit show_list(const Context& context, const Result<PaymentListView>& answer, const PaylistCommand& command) {
  if (!answer) return context.refuse(answer.error());
  if (!command.csv.empty()) {
    const auto bytes = encoded(list_csv(answer->list), command.charset);
    if (!bytes) return context.refuse(bytes.error());
    if (const auto failed = write_file(command.csv, *bytes)) {
      print_errors(context.err, {*failed});
      return Exit::could_not_run;
    }
  }
  context.show(*answer);
  return any_red(answer->findings) ? Exit::found : Exit::done;
}

std::string signer(const PaylistCommand& command) {
  return command.who.empty() ? login_name() : command.who;
}

}  // namespace

Exit paylist_draft(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  return show_list(context, hub->payment_draft(context.caller(), {command.region, command.period, "", ""}),
                   command);
}

Exit paylist_check(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  return show_list(
      context, hub->payment_check(context.caller(), {command.region, command.period, signer(command), ""}),
      command);
}

Exit paylist_sign(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  return show_list(context,
                   hub->payment_review(context.caller(), {command.list, signer(command), "", command.seen}),
                   command);
}

Exit paylist_close(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  return show_list(context,
                   hub->payment_close(context.caller(), {command.list, signer(command), "", command.seen}),
                   command);
}

Exit paylist_send(const Context& context, const PaylistCommand& command) {
  std::error_code failed;
  if (!fs::is_directory(command.out, failed))
    return context.refuse(
        Error{"NO_SUCH_FOLDER", "the files of the banks need a folder: --out DIR", command.out});
  auto hub = context.open_hub();
  const auto files = hub->payment_send(context.caller(), command.list, context.options.reason);
  if (!files) return context.refuse(files.error());
  for (const auto& one : files->files) {
    const auto bytes = encoded(one.text, command.charset.empty() ? "gb18030" : command.charset);
    if (!bytes) return context.refuse(bytes.error());
    if (const auto wrong = write_file(fs::path(command.out) / one.name, *bytes)) {
      print_errors(context.err, {*wrong});
      return Exit::could_not_run;
    }
  }
  return context.show(*files);
}

/// The answer to a line that was set aside, as the one that counts.
static Exit paylist_accept(const Context& context, const PaylistCommand& command) {
  AcceptRequest request{command.accept[0], 0, signer(command), "", context.options.reason};
  const auto& line = command.accept[1];
  const auto [rest, failed] = std::from_chars(line.data(), line.data() + line.size(), request.line);
  if (failed != std::errc() || rest != line.data() + line.size())
    return context.refuse(Error{"LINE_FORMAT", "a line of a list is a number: --accept LIST LINE", line});
  auto hub = context.open_hub();
  return context.answer(hub->payment_accept(context.caller(), std::move(request)));
}

Exit paylist_returns(const Context& context, const PaylistCommand& command) {
  if (!command.accept.empty()) return paylist_accept(context, command);
  if (command.file.empty())
    return context.refuse(Error{"FILE_MISSING", "name the bank's file, or --accept LIST LINE", ""});
  const auto bytes = read_file(command.file);
  if (!bytes) return context.refuse(bytes.error());
  auto hub = context.open_hub();
  const auto read =
      hub->payment_returns(context.caller(), fs::path(command.file).filename().string(), *bytes);
  if (!read) return context.refuse(read.error());
  context.show(*read);
  return read->aside.empty() ? Exit::done : Exit::found;
}

Exit paylist_list(const Context& context) {
  auto hub = context.open_hub();
  return context.answer(hub->payment_lists(context.caller()));
}

Exit paylist_show(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  return show_list(context, hub->payment_show(context.caller(), command.list), command);
}

Exit paylist_overpaid(const Context& context, const PaylistCommand& command) {
  auto hub = context.open_hub();
  if (command.entry.empty()) return context.answer(hub->payment_overpaid(context.caller()));
  LedgerRequest request{command.entry, {}, command.document, signer(command), ""};
  for (const auto state :
       {LedgerState::told, LedgerState::agreed, LedgerState::paid_back, LedgerState::waived})
    if (name_of(state) == command.step) request.to = state;
  return context.answer(hub->payment_settle(context.caller(), request, context.options.reason));
}

Exit paylist_import(const Context& context, const PaylistCommand& command) {
  const auto bytes = read_file(command.file);
  if (!bytes) return context.refuse(bytes.error());
  auto hub = context.open_hub();
  return context.answer(hub->payment_import(context.caller(), fs::path(command.file).filename().string(),
                                            *bytes, context.options.reason));
}

}  // namespace kinhub::cli
