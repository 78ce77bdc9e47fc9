#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/agencies/civil_server.hpp"
#include "tests/places/places.hpp"

namespace kinhub::agencies {
namespace {

namespace fs = std::filesystem;

/// Sends the bytes, reads until `answers` header ends with bodies of content-length have come.
std::string talk(std::uint16_t port, const std::string& bytes, int answers) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  std::string text;
  char chunk[4096];
  auto count_of = [&](std::string_view what) {
    int count = 0;
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1))
      ++count;
    return count;
  };
  while (count_of("\"head\"") < answers) {
    const auto count = ::recv(fd, chunk, sizeof chunk, 0);
    if (count <= 0) break;
    text.append(chunk, static_cast<std::size_t>(count));
  }
  ::close(fd);
  return text;
}

TEST(CivilServer, AnswersSeveralRequestsOnOneConnection) {
  const FixedClock clock(1'795'000'000'000'000);
  CivilDesk desk({{"key", "RID", "SID"}, 0, 0}, clock);
  desk.load({});
  CivilServer server(desk, 0);
  ASSERT_NE(server.port(), 0);
  const std::string get = "GET /share/hyxx_inc?page=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string answers = talk(server.port(), get + get, 2);
  EXPECT_NE(answers.find("HTTP/1.1 401"), std::string::npos);
  EXPECT_NE(answers.rfind("HTTP/1.1 401"), answers.find("HTTP/1.1 401"));
  EXPECT_EQ(desk.counts().rejected, 2u);
}

TEST(CivilServer, SurvivesGarbage) {
  const FixedClock clock(1'795'000'000'000'000);
  CivilDesk desk({{"key", "RID", "SID"}, 0, 0}, clock);
  desk.load({});
  CivilServer server(desk, 0);
  talk(server.port(), std::string("\0\1\2 nonsense\r\n\r\n", 16), 1);
  EXPECT_NE(talk(server.port(), "GET /share/x_inc HTTP/1.1\r\n\r\n", 1).find("401"), std::string::npos);
}

TEST(CivilServer, SaysWhenThePortIsTaken) {
  const FixedClock clock(0);
  CivilDesk desk({{"key", "RID", "SID"}, 0, 0}, clock);
  CivilServer server(desk, 0);
  EXPECT_THROW(CivilServer(desk, server.port()), std::runtime_error);
}

TEST(Serve, SaysReadyDeliversAndSaysDone) {
  std::string folder = (fs::temp_directory_path() / "agencies-serve-XXXXXX").string();
  ASSERT_TRUE(mkdtemp(folder.data()));
  const std::string command = kinhub::tests::binary_dir() + "/bin/kinhub-agencies serve --data " + folder +
                              " --families 60 --days 30 --no-wait-civil --exit-when-done";
  FILE* out = ::popen(command.c_str(), "r");
  ASSERT_TRUE(out);
  std::string text;
  char chunk[4096];
  while (std::fgets(chunk, sizeof chunk, out))
    text += chunk;
  EXPECT_EQ(::pclose(out), 0);
  const auto end_of_line = text.find('\n');
  const auto ready = nlohmann::json::parse(text.substr(0, end_of_line)),
             done = nlohmann::json::parse(text.substr(end_of_line));
  EXPECT_TRUE(ready["ready"]);
  EXPECT_TRUE(done["done"]);
  EXPECT_GT(ready["civil_affairs"]["port"].get<int>(), 0);
  for (const char* key : {"public_security", "medical_insurance", "hospital_his"}) {
    std::size_t files = 0;
    for (const char* part : {"snapshot", "inbox"})
      for (const auto& entry : fs::directory_iterator(ready[key][part].get<std::string>())) {
        files += entry.path().extension() == ".ok";
        EXPECT_NE(entry.path().extension(), ".part");
      }
    EXPECT_GT(files, 1u) << key;
  }
  EXPECT_EQ(
      fs::status(ready["civil_affairs"]["secrets_file"].get<std::string>()).permissions() & fs::perms(0777),
      fs::perms(0600));
  EXPECT_TRUE(fs::exists(ready["truth"].get<std::string>()));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace kinhub::agencies
