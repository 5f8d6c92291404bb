#include "store/s3/multipart.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "store/s3/xml.h"

namespace gannet::store::s3 {
namespace {

Result<std::string> upload_part(Client& client, const std::string& key, const std::string& upload,
                                std::size_t number, std::string_view part) {
  const auto response =
      TRY(client.send({.method = "PUT",
                       .key = key,
                       .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}},
                       .body = part}));
  return std::string(response.header("ETag"));
}

Result<void> complete(Client& client, const std::string& key, const std::string& upload,
                      const std::vector<std::string>& tags) {
  std::string body = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < tags.size(); ++i)
    body += fmt::format("<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>", i + 1, tags[i]);
  body += "</CompleteMultipartUpload>";
  const auto answer = client.send({.method = "POST",
                                   .key = key,
                                   .query = {{"uploadId", upload}},
                                   .headers = {{"Content-Type", "application/xml"}},
                                   .body = body});
  if (!answer && answer.error().is(StoreError::kNotFound)) {
    // Most services have forgotten an upload once it is complete: the first answer was lost, and this is the second.
    if (client.send({.method = "HEAD", .key = key})) return {};
    return fail(StoreError::kUnavailable, "the store is not available",
                "the parts are gone: " + answer.error().detail(), Retry::kCanHelp);
  }
  if (!answer) return std::unexpected(answer.error());
  const auto& response = *answer;
  // The status is sent before the parts are joined; what goes wrong then is told in the body.
  if (elements(response.body, "Error").empty() &&
      !elements(response.body, "CompleteMultipartUploadResult").empty())
    return {};
  return fail(StoreError::kUnavailable, "the store is not available",
              fmt::format("{}: parts of {} could not be joined: {} {}", client.place(), key,
                          element_text(response.body, "Code"), element_text(response.body, "Message")),
              Retry::kCanHelp);
}

Result<void> upload_all(Client& client, const std::string& key, const std::string& upload,
                        const Content& content, std::size_t part_size) {
  std::vector<std::string> tags;
  std::string part(content.first);
  for (std::size_t at = 0; at < content.second.size() || !part.empty();) {
    const auto more = content.second.substr(at, part_size - part.size());
    part += more, at += more.size();
    tags.push_back(TRY(upload_part(client, key, upload, tags.size() + 1, part)));
    part.clear();
  }
  return complete(client, key, upload, tags);
}

Result<void> abort(Client& client, const std::string& key, const std::string& upload) {
  const auto aborted = client.send({.method = "DELETE", .key = key, .query = {{"uploadId", upload}}});
  if (!aborted && !aborted.error().is(StoreError::kNotFound)) return std::unexpected(aborted.error());
  return {};
}

// "2026-01-02T03:04:05.678Z", to the second; nothing if it is none.
std::optional<WallTime> time_of(const std::string& text) {
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = -1;
    if (text.size() >= at + size) std::from_chars(text.data() + at, text.data() + at + size, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok() || number(0, 4) < 0 || number(17, 2) < 0) return std::nullopt;
  return WallTime(std::chrono::sys_days(day)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2));
}

}  // namespace

Result<void> upload_in_parts(Client& client, const std::string& key, const Content& content,
                             std::size_t part_size) {
  const auto begun = TRY(client.send({.method = "POST", .key = key, .query = {{"uploads", ""}}}));
  const std::string upload = element_text(begun.body, "UploadId");
  if (upload.empty())
    return fail(StoreError::kUnavailable, "the store is not available",
                client.place() + ": the answer to an upload in parts has no UploadId", Retry::kCanHelp);
  auto done = upload_all(client, key, upload, content, part_size);
  // Should this fail, too, it is left to abort_uploads().
  if (!done) (void)abort(client, key, upload).has_value();
  return done;
}

Result<std::size_t> abort_uploads(Client& client, const std::string& prefix, WallTime before) {
  const auto page = TRY(client.send({.query = {{"prefix", prefix}, {"uploads", ""}}}));
  std::size_t aborted = 0;
  for (const auto upload : elements(page.body, "Upload")) {
    const auto begun = time_of(element_text(upload, "Initiated"));
    if (!begun || *begun >= before) continue;
    TRY(abort(client, element_text(upload, "Key"), element_text(upload, "UploadId")));
    ++aborted;
  }
  return aborted;
}

}  // namespace gannet::store::s3
