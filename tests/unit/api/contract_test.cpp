// The contract stays true: paths and routes, operation ids and the table of operations, parameters, problem
// codes, each both ways.

#include <gmock/gmock.h>

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
};

std::map<std::string, Path> paths_of(const YamlNode& contract) {
  std::map<std::string, Path> paths;
  for (const auto& item : contract["paths"]) {
    EXPECT_EQ(item.second.size(), 1u) << "GET alone";
    const auto get = item.second["get"];
    auto& path = paths[item.first.Scalar()];
    path.operation = get["operationId"].Scalar(), path.right = get["x-right"].Scalar();
    for (const auto& parameter : get["parameters"])
      if (parameter["in"].Scalar() == "query") path.parameters.insert(parameter["name"].Scalar());
    EXPECT_TRUE(get["responses"]) << item.first.Scalar();
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
    if (name.starts_with("/api/")) of_contract.insert(name);
  for (const auto& route : routes()) {
    const std::string name(route.path);
    of_routes.insert(name);
    ASSERT_TRUE(paths.contains(name)) << name;
    const auto& path = paths.at(name);
    const auto& row = operation(route.operation);
    EXPECT_EQ(path.operation, row.name) << name;
    EXPECT_EQ(path.right, name_of(row.right)) << name;
    EXPECT_EQ(path.parameters, Names(route.parameters.begin(), route.parameters.end())) << name;
    EXPECT_TRUE(operations_seen.insert(path.operation).second) << "an operation id is of one path";
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

TEST_F(ContractTest, OnlyHealthIsAnsweredWithoutAToken) {
  for (const auto& item : contract_["paths"]) {
    const auto security = item.second["get"]["security"];
    EXPECT_EQ(security && security.size() == 0, item.first.Scalar() == "/healthz") << item.first.Scalar();
  }
}

TEST(Routes, AreFoundByTheWholePath) {
  EXPECT_EQ(route_of("/api/v1/leads")->route->operation, OperationId::lead_list);
  EXPECT_EQ(route_of("/api/v1/leads/counts")->route->operation, OperationId::lead_count);
  EXPECT_EQ(route_of("/api/v1/leads/L1")->in_path.at(0), "L1");
  EXPECT_EQ(route_of("/api/v1/leads/%E7%8E%8B/timeline")->in_path.at(0), "王");
  for (const char* none :
       {"/", "/api/v1", "/api/v1/leads/", "/api/v1/leads/L1/", "/api/v1/leads/L1/x", "/api/v2/leads",
        "/api/v1/leads/%zz", "/api/v1/leads/%ff", "/api/v1/leads/%0a", ""})
    EXPECT_FALSE(route_of(none)) << none;
}

}  // namespace
}  // namespace kinhub::api
