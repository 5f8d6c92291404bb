#include "cli/setup_questions.h"

#include <map>
#include <vector>

namespace gannet::cli {
namespace {

std::vector<Question> of_sql(std::string_view port) {
  return {{"host", "Name or address of the database's host", "127.0.0.1"},
          {"port", "Its port", port},
          {"database", "Name of the database, which must exist", "gannet"},
          {"user", "User to log in as", "gannet"},
          {"password", "That user's password", {}, Asked::kSecret},
          {"tls.enable", "Use TLS to get there (true or false)", "false"}};
}

std::vector<Question> of_server(std::string_view port) {
  return {{"host", "Name or address of the server"},
          {"port", "Its port", port},
          {"tls.enable", "Use TLS from the start (true or false)", "false"},
          {"lookup.domains", "Mail domains that it serves, with commas"}};
}

const std::map<std::string_view, std::vector<Question>>& stores() {
  static const std::map<std::string_view, std::vector<Question>> all{
      {"rocksdb", {{"path", "Folder of the database", "DATA/rocksdb"}}},
      {"sqlite", {{"path", "File of the database", "DATA/mail.db"}}},
      {"fs", {{"path", "Folder of the messages", "DATA/fs"}}},
      {"postgresql", of_sql("5432")},
      {"mysql", of_sql("3306")},
      {"foundationdb", {{"cluster-file", "The cluster file", "/etc/foundationdb/fdb.cluster"}}},
      {"s3",
       {{"endpoint", "URL of the service; empty for Amazon's own", {}, Asked::kOptional},
        {"bucket", "Name of the bucket, which must exist"},
        {"region", "Its region", "us-east-1"},
        {"access-key", "Id of the access key"},
        {"secret-key", "Secret of the access key", {}, Asked::kSecret}}},
      {"elasticsearch",
       {{"url", "URL of the service", "http://127.0.0.1:9200"},
        {"user", "User to log in as; empty for none", {}, Asked::kOptional},
        {"password", "That user's password; empty for none", {}, Asked::kSecret}}},
      {"redis",
       {{"urls", "URL of the server, or those of a cluster's nodes with commas", "redis://127.0.0.1:6379"},
        {"redis-type", "single or cluster", "single"},
        {"user", "User to log in as; empty for none", {}, Asked::kOptional},
        {"password", "The password; empty for none", {}, Asked::kSecret}}},
      {"distributed-blob",
       {{"stores", "Names for the stores that it is made of, with commas", "one,two", Asked::kStores}}},
      {"sharded-in-memory",
       {{"stores", "Names for the stores that it is made of, with commas", "one,two", Asked::kStores}}},
      {"sql-read-replica",
       {{"primary", "Name for the store that is written to", "primary", Asked::kStores},
        {"replicas", "Names for its replicas, with commas", "replica", Asked::kStores}}},
  };
  return all;
}

const std::map<std::string_view, std::vector<Question>>& directories() {
  static const std::map<std::string_view, std::vector<Question>> all{
      {"sql",
       {{"address",
         "The database, as postgresql://USER:PASSWORD@HOST:PORT/NAME, mysql://... or sqlite:///FILE"}}},
      {"ldap",
       {{"url", "URL of the server", "ldap://127.0.0.1:389"},
        {"schema", "What it is: openldap or active-directory", "openldap"},
        {"base-dn", "Where searches start, as dc=example,dc=org"},
        {"bind.dn", "Who searches; empty for anybody", {}, Asked::kOptional},
        {"bind.secret", "That one's password; empty for none", {}, Asked::kSecret},
        {"bind.auth.enable",
         "Verify logins by binding with them, rather than by reading passwords (true or false)", "true"}}},
      {"imap", of_server("143")},
      {"smtp", of_server("25")},
      {"lmtp", of_server("24")},
  };
  return all;
}

}  // namespace

std::span<const Question> questions_of_store(std::string_view type) {
  const auto found = stores().find(type);
  return found == stores().end() ? std::span<const Question>() : std::span(found->second);
}

std::span<const Question> questions_of_directory(std::string_view type) {
  const auto found = directories().find(type);
  return found == directories().end() ? std::span<const Question>() : std::span(found->second);
}

}  // namespace gannet::cli
