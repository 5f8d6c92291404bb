// What the API's handlers share: reading a JSON body, answering with one.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace gannet::http {

// The body as JSON; the error is the response to give: 400 with what is wrong and where.
std::expected<boost::json::value, Response> parse_body(const Request& request);

// 200 with {"data": value}.
Response data_response(boost::json::value value);

// The response for a part's error: 400, 404, 409, 503 or 500, with its text; the detail goes to the log.
Response response_for(const Error& error);

}  // namespace gannet::http
