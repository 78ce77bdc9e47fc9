// The contract stays true: paths and routes, operation ids and the table of operations, parameters, problem
// codes, each both ways.

#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "hub/api/problem.hpp"
#include "hub/api/routes.hpp"
#include "hub/base/yaml.hpp"
#include "tests/places/places.hpp"

namespace kinhub::api {
namespace {

using Names = std::set<std::string>;

struct Path {
  std::string operation, right;
  Names parameters;
  bool open = false;     ///< to whoever has not signed in
  bool has_key = false;  ///< asks for an Idempotency-Key
};

/// By method and path: GET /api/v1/leads.
std::map<std::string, Path> paths_of(const YamlNode& contract) {
  std::map<std::string, Path> paths;
  for (const auto& item : contract["paths"])
    for (const auto& of : item.second) {
      auto method = of.first.Scalar();
      std::transform(method.begin(), method.end(), method.begin(),
                     [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      auto& path = paths[method + " " + item.first.Scalar()];
      const auto asked = of.second;
      path.operation = asked["operationId"] ? asked["operationId"].Scalar() : "";
      path.right = asked["x-right"] ? asked["x-right"].Scalar() : "";
      path.open = asked["security"] && asked["security"].size() == 0;
      path.has_key = false;
      for (const auto& parameter : asked["parameters"]) {
        if (parameter["in"].Scalar() == "query") path.parameters.insert(parameter["name"].Scalar());
        path.has_key = path.has_key || parameter["name"].Scalar() == "Idempotency-Key";
      }
      EXPECT_TRUE(asked["responses"]) << item.first.Scalar();
    }
  return paths;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class ContractTest : public ::testing::Test {
 protected:
  const YamlNode contract_ = read_yaml(text_of(tests::source_dir() + "/hub/api/openapi.yaml"));
};

TEST_F(ContractTest, PathsAreTheRoutesAndTheirOperationsAreThoseOfTheDesk) {
  const auto paths = paths_of(contract_);
  Names of_contract, of_routes, operations_seen;
  for (const auto& [name, path] : paths)
    if (name.find(" /api/") != std::string::npos) of_contract.insert(name);
  for (const auto& route : routes()) {
    const auto name = std::string(route.method) + " " + std::string(route.path);
    EXPECT_TRUE(of_routes.insert(name).second) << name;
    ASSERT_TRUE(paths.contains(name)) << name;
    const auto& path = paths.at(name);
    if (route.operation) {
      const auto& row = operation(*route.operation);
      EXPECT_EQ(path.operation, row.name) << name;
      EXPECT_EQ(path.right, name_of(row.right)) << name;
      EXPECT_TRUE(operations_seen.insert(path.operation).second) << "an operation id is of one path";
    } else {
      EXPECT_EQ(path.operation + path.right, "") << name;
    }
    EXPECT_EQ(path.open, route.asker == Asker::stranger) << name;
    EXPECT_EQ(path.has_key, route.key != Key::none) << name;
    EXPECT_EQ(path.parameters, Names(route.parameters.begin(), route.parameters.end())) << name;
  }
  EXPECT_EQ(of_contract, of_routes);
}

TEST_F(ContractTest, ProblemCodesAreThoseOfTheTable) {
  Names of_contract, of_table;
  for (const auto& code : contract_["components"]["schemas"]["Problem"]["properties"]["code"]["x-codes"])
    of_contract.insert(code.Scalar());
  for (const auto& one : problems()) {
    EXPECT_TRUE(of_table.emplace(one.code).second);
    EXPECT_GE(one.status, 400);
    EXPECT_FALSE(one.title.empty() || one.chinese.empty()) << one.code;
  }
  EXPECT_EQ(of_contract, of_table);
}

TEST_F(ContractTest, OfTheServerItselfOnlyHealthAndFiguresAreAnsweredToStrangers) {
  for (const auto& [name, path] : paths_of(contract_))
    if (name.find(" /api/") == std::string::npos) {
      EXPECT_EQ(path.open, name == "GET /healthz" || name == "GET /metrics") << name;
    }
}

TEST(Routes, AreFoundByMethodAndTheWholePath) {
  const auto found = [](const char* method, const char* path) { return route_of(method, path); };
  EXPECT_EQ(found("GET", "/api/v1/leads").route->operation, OperationId::lead_list);
  EXPECT_EQ(found("HEAD", "/api/v1/leads/counts").route->operation, OperationId::lead_count);
  EXPECT_EQ(found("POST", "/api/v1/quarantine/discards").route->operation, OperationId::quarantine_discard);
  EXPECT_EQ(found("GET", "/api/v1/leads/L1").in_path.at(0), "L1");
  EXPECT_EQ(found("GET", "/api/v1/leads/%E7%8E%8B/timeline").in_path.at(0), "王");
  EXPECT_EQ(found("DELETE", "/api/v1/leads").route, nullptr);
  EXPECT_EQ(found("DELETE", "/api/v1/leads").allowed, "GET, HEAD");
  EXPECT_EQ(found("PUT", "/api/v1/openings").allowed, "POST, GET, HEAD");
  for (const char* none :
       {"/", "/api/v1", "/api/v1/leads/", "/api/v1/leads/L1/", "/api/v1/leads/L1/x", "/api/v2/leads",
        "/api/v1/leads/%zz", "/api/v1/leads/%ff", "/api/v1/leads/%0a", ""}) {
    EXPECT_EQ(found("GET", none).route, nullptr) << none;
    EXPECT_EQ(found("GET", none).allowed, "") << none;
  }
}

}  // namespace
}  // namespace kinhub::api
