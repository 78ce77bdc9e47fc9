#include "hub/cli/output.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace kinhub::cli {
namespace {

TEST(Table, AlignsByWidthAndEndsLinesClean) {
  Table table({"name", "yuan", "note"});
  table.add({"王*男", "590", ""});
  table.add({"x", "1", "a\nb"});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(),
            "name   yuan  note\n王*男  590\nx      1     a\uFFFD"
            "b\n");
}

TEST(Yuan, KeepsFen) {
  struct Case {
    std::int64_t fen;
    std::string_view text;
  };
  for (auto [fen, text] :
       {Case{59000, "590"}, {60050, "600.50"}, {5, "0.05"}, {0, "0"}, {-5, "-0.05"}, {-59001, "-590.01"}})
    EXPECT_EQ(yuan(fen), text);
}

TEST(Progress, IsSilentInAPipe) {
  std::ostringstream pipe, terminal;
  {
    Progress progress(pipe, Progress::Terminal::no);
    progress.show("half");
  }
  EXPECT_EQ(pipe.str(), "");
  {
    Progress progress(terminal, Progress::Terminal::yes);
    progress.show("half");
  }
  EXPECT_EQ(terminal.str(), "\r\x1b[Khalf\r\x1b[K");
}

}  // namespace
}  // namespace kinhub::cli
