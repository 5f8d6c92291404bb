#include "store/redis/connection.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <array>

#include "store/redis/wire.h"

namespace gannet::store::redis {
namespace {

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};

Reply copied(const redisReply& from) {
  Reply out;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      out.kind = Reply::Kind::kInteger;
      out.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      out.kind = from.type == REDIS_REPLY_ERROR ? Reply::Kind::kError : Reply::Kind::kString;
      out.text.assign(from.str, static_cast<std::size_t>(from.len));
      break;
    case REDIS_REPLY_ARRAY:
      out.kind = Reply::Kind::kArray;
      for (std::size_t i = 0; i < from.elements; ++i) out.items.push_back(copied(*from.element[i]));
      break;
    default:
      break;
  }
  return out;
}

std::string written(const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  for (const auto& word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
  }
  char* text = nullptr;
  const int size = redisFormatCommandArgv(&text, static_cast<int>(words.size()), words.data(), sizes.data());
  if (size < 0) return {};
  std::string out(text, static_cast<std::size_t>(size));
  redisFreeCommand(text);
  return out;
}

}  // namespace

struct Connection::Wire {
  std::unique_ptr<Socket> socket;
  std::unique_ptr<redisReader, FreeReader> reader{redisReaderCreate()};

  Result<Reply> read(Deadline deadline) {
    for (;;) {
      void* found = nullptr;
      if (redisReaderGetReply(reader.get(), &found) != REDIS_OK)
        return fail(StoreError::kUnavailable, "the Redis server cannot be understood", reader->errstr,
                    Retry::kCanHelp);
      if (found) {
        Reply reply = copied(*static_cast<redisReply*>(found));
        freeReplyObject(found);
        return reply;
      }
      std::array<char, 16 * 1024> piece;
      const std::size_t size = TRY(socket->receive(piece, deadline));
      redisReaderFeed(reader.get(), piece.data(), size);
    }
  }
};

Connection::Connection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
Connection::~Connection() = default;

Result<std::unique_ptr<Connection>> Connection::open(const Address& address,
                                                     const ConnectionOptions& options) {
  const auto deadline = std::chrono::steady_clock::now() + options.create_timeout;
  auto wire = std::make_unique<Wire>();
  if (!wire->reader) return fail(StoreError::kUnavailable, "memory is out", Retry::kCanHelp);
  wire->socket = TRY(Socket::connect(address.host, address.port, options.tls.get(), deadline));
  std::unique_ptr<Connection> out(new Connection(std::move(wire)));
  TRY(out->log_in(options));
  return out;
}

Result<void> Connection::log_in(const ConnectionOptions& options) {
  std::vector<Command> commands;
  if (!options.password.empty()) {
    Command auth{"AUTH"};
    if (!options.user.empty()) auth.push_back(options.user);
    auth.push_back(options.password.reveal());
    commands.push_back(std::move(auth));
  }
  if (options.database != 0) commands.push_back({"SELECT", std::to_string(options.database)});
  if (options.read_only) commands.push_back({"READONLY"});
  // Tells at once whether a login is asked for.
  commands.push_back({"PING"});
  for (const auto& command : commands) {
    const Reply reply = TRY(run(command, options.create_timeout));
    if (reply.kind != Reply::Kind::kError || reply.is_error("LOADING") || reply.is_error("MASTERDOWN"))
      continue;
    const bool login = reply.is_error("WRONGPASS") || reply.is_error("NOAUTH") || reply.is_error("ERR") ||
                       reply.is_error("NOPERM");
    constexpr std::string_view kRefused = "the Redis server refuses the user, password or database";
    if (login)
      return wrong_setting(command[0] == "SELECT" ? "urls" : "password",
                           fmt::format("{} ({})", kRefused, reply.text), reply.text);
    return fail(StoreError::kUnavailable, std::string(kRefused), reply.text, Retry::kCanHelp);
  }
  return {};
}

Result<Reply> Connection::run(const Command& command, Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const std::string text = written(command);
  if (text.empty()) return fail(StoreError::kUnavailable, "memory is out", Retry::kCanHelp);
  if (auto sent = wire_->socket->send(text, deadline); !sent) {
    broken_ = true;
    return std::unexpected(std::move(sent).error());
  }
  auto reply = wire_->read(deadline);
  if (!reply) broken_ = true;
  return reply;
}

bool Connection::works(Duration timeout) {
  const auto reply = run({"PING"}, timeout);
  return reply && reply->kind != Reply::Kind::kError;
}

}  // namespace gannet::store::redis
