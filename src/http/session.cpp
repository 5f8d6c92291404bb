#include "http/session.h"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/url/parse.hpp>

#include "net/connection.h"
#include "observe/log.h"
#include "observe/metrics.h"

namespace gannet::http {
namespace {

namespace beast = boost::beast::http;
using Parser = beast::request_parser<beast::string_body>;

bool expects_continue(const Parser& parser) {
  return boost::beast::iequals(parser.get()[beast::field::expect], "100-continue");
}

// Feeds the parser until the request is whole. An error of the peer's making ends as a status to answer with.
net::Task<Result<unsigned>> read_request(net::Connection* peer, Parser* request) {
  net::Connection& connection = *peer;
  Parser& parser = *request;
  // Between requests a stopping server ends the connection; within one it waits for the rest.
  if (auto begun = co_await connection.wait_for_command(); !begun)
    co_return std::unexpected(std::move(begun).error());
  bool more = false, continued = false;
  while (!parser.is_done()) {
    auto data = co_await connection.read_some(more);
    if (!data) co_return std::unexpected(std::move(data).error());
    boost::system::error_code error;
    const std::size_t taken = parser.put(boost::asio::buffer(data->data(), data->size()), error);
    more = taken < data->size();
    connection.consume(taken);
    if (error == beast::error::need_more) error = {};
    if (error == beast::error::body_limit) co_return 413u;
    if (error == beast::error::header_limit) co_return 431u;
    if (error) co_return 400u;
    if (!continued && parser.is_header_done() && !parser.is_done() && expects_continue(parser)) {
      continued = true;  // RFC 9110 10.1.1
      if (auto sent = co_await connection.write("HTTP/1.1 100 Continue\r\n\r\n"); !sent)
        co_return std::unexpected(std::move(sent).error());
    }
  }
  co_return 0u;
}

Request to_request(beast::request<beast::string_body>&& message, const net::Connection& connection,
                   const SessionOptions& options) {
  Request request;
  request.method = std::string(message.method_string());
  const IpAddress& peer = connection.peer().ip;
  request.is_tls = connection.is_tls();
  request.may_log_in =
      request.is_tls || options.allow_plain_text || is_proxy(peer, options.forwarded) || peer.is_loopback();
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  request.remote_ip = client_address(peer, options.forwarded, request.headers).to_string();
  request.body = std::move(message.body());
  return request;
}

std::string serialize(const Response& response, bool head, bool keep_alive, const SessionOptions& options,
                      bool is_tls) {
  beast::response<beast::string_body> message(static_cast<beast::status>(response.status), 11);
  message.keep_alive(keep_alive);
  if (!response.content_type.empty()) message.set(beast::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  for (const auto& [name, value] : options.headers) message.insert(name, value);
  message.set("X-Content-Type-Options", "nosniff");
  if (options.hsts && is_tls) message.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  if (options.permissive_cors) {
    message.set(beast::field::access_control_allow_origin, "*");
    message.set(beast::field::access_control_allow_headers, "Authorization, Content-Type, Accept");
    message.set(beast::field::access_control_allow_methods, "POST, GET, PATCH, PUT, DELETE, HEAD, OPTIONS");
  }
  message.content_length(response.body.size());
  if (!head) message.body() = response.body;

  beast::response_serializer<beast::string_body> serializer(message);
  std::string out;
  boost::system::error_code error;
  while (!error && (!serializer.is_done())) {
    serializer.next(error, [&](boost::system::error_code&, const auto& buffers) {
      std::size_t size = 0;
      for (auto it = boost::asio::buffer_sequence_begin(buffers);
           it != boost::asio::buffer_sequence_end(buffers); ++it) {
        const boost::asio::const_buffer buffer(*it);
        out.append(static_cast<const char*>(buffer.data()), buffer.size());
        size += buffer.size();
      }
      serializer.consume(size);
    });
  }
  return out;
}

void count(const Response& response) {
  static const auto good =
      observe::counter("gannet_http_requests_total", "HTTP requests by outcome", {{"outcome", "ok"}});
  static const auto bad = observe::counter("gannet_http_requests_total", "HTTP requests by outcome",
                                           {{"outcome", "client_error"}});
  static const auto failed = observe::counter("gannet_http_requests_total", "HTTP requests by outcome",
                                              {{"outcome", "server_error"}});
  (response.status < 400 ? good : response.status < 500 ? bad : failed).add();
}

net::Task<Response> answer(const Service* service, Request* request) {
  auto response = co_await service->workers.run([&] { return service->router->dispatch(*request); });
  if (!response) co_return error_response(503, "unavailable", "The server is busy. Try again later.");
  co_return *std::move(response);
}

// One request and its reply; false when the connection is to be closed.
net::Task<bool> serve_one(net::Connection* peer, const Service* shared) {
  net::Connection& connection = *peer;
  const Service& service = *shared;
  Parser parser;
  parser.eager(true);
  parser.body_limit(service.options.max_body);
  parser.header_limit(service.options.max_header);
  connection.set_deadline(service.options.idle_timeout);
  auto status = co_await read_request(&connection, &parser);
  if (!status) co_return false;

  Request request;
  Response response;
  bool keep_alive = false;
  if (*status != 0) {
    response = error_response(*status, "badRequest", "The request cannot be read or is too large.");
  } else {
    keep_alive = parser.get().keep_alive() && !connection.stopping();
    const std::string target(parser.get().target());
    request = to_request(parser.release(), connection, service.options);
    if (request.method == "OPTIONS" && service.options.permissive_cors)
      response = {.status = 204, .content_type = "", .body = "", .headers = {}};
    else if (!parse_target(target, request))
      response = error_response(400, "badRequest", "The request's target is not a valid path.");
    else
      response = co_await answer(&service, &request);
  }
  count(response);
  connection.set_deadline(service.options.idle_timeout);
  auto sent = co_await connection.write(
      serialize(response, request.method == "HEAD", keep_alive, service.options, connection.is_tls()));
  if (sent) sent = co_await connection.flush();
  co_return sent&& keep_alive;
}

net::Task<void> run_session(std::unique_ptr<net::Connection> connection,
                            std::shared_ptr<const Service> service) {
  while (co_await serve_one(connection.get(), service.get())) {
  }
  co_await connection->close();
}

}  // namespace

bool parse_target(std::string_view target, Request& request) {
  auto url = boost::urls::parse_origin_form({target.data(), target.size()});
  if (!url) return false;
  request.path = url->path();
  if (request.path.find('\0') != std::string::npos) return false;
  for (const auto& parameter : url->params())
    request.query.emplace(std::string(parameter.key), std::string(parameter.value));
  return true;
}

net::Protocol make_protocol(std::shared_ptr<const Service> service) {
  return {.name = "http",
          .run_session =
              [service](std::unique_ptr<net::Connection> connection) {
                return run_session(std::move(connection), service);
              },
          .refusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
          .alpn = {"http/1.1"}};
}

}  // namespace gannet::http
