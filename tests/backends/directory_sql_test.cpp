// The directory of type sql, on every engine's real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/backends/sql_people.h"
#include "tests/contract/directory_contract.h"

namespace gannet::directory::contract {
namespace {

using gannet::testing::SqlDatabase;
using MakeDatabase = std::function<std::unique_ptr<SqlDatabase>()>;

class SqlHarness final : public DirectoryHarness {
 public:
  explicit SqlHarness(std::unique_ptr<SqlDatabase> database) : database_(std::move(database)) {}
  std::string skip_reason() override { return database_->skip_reason(); }
  std::shared_ptr<Directory> open(std::shared_ptr<Logins> logins, store::DataStore& data, Clock& clock,
                                  Random& random) override {
    fill(*database_, population());
    const std::shared_ptr<store::DataStore> borrowed(&data, [](store::DataStore*) {});
    return std::make_shared<sql::SqlDirectory>(read_people(*database_), borrowed, std::move(logins), clock,
                                               random);
  }

 private:
  const std::unique_ptr<SqlDatabase> database_;
};

DirectoryBackend backend(const char* name, std::unique_ptr<SqlDatabase> (*make)()) {
  return {
      .name = name, .make = [make] { return std::make_unique<SqlHarness>(make()); }, .knows_members = false};
}

INSTANTIATE_TEST_SUITE_P(Sql, DirectoryContract,
                         ::testing::Values(backend("sqlite", gannet::testing::sqlite_database),
                                           backend("postgresql", gannet::testing::postgresql_database),
                                           backend("mariadb", gannet::testing::mariadb_database)),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gannet::directory::contract
