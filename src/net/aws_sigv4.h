// AWS Signature Version 4 for Amazon S3 and what speaks its protocol. libcurl's own (7.88) signs the query in
// the order in which it stands and leaves names unencoded, which servers refuse:
// docs/decisions/0013-own-aws-signature.md.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/secret.h"
#include "net/http_client.h"

namespace gannet::net {

struct AwsCredentials {
  std::string access_key;
  Secret secret_key;
  Secret session_token;  // of temporary credentials; else empty
  std::string region;    // "us-east-1"
  std::string service = "s3";
};

// Percent-encodes all but RFC 3986's unreserved characters; with `keep_slash` the slashes of a path too stay.
// What builds the URL of an object must use this, since the signature is of this spelling.
std::string aws_uri_encode(std::string_view text, bool keep_slash = false);

// Adds X-Amz-Date, X-Amz-Content-Sha256, X-Amz-Security-Token and Authorization. Signed are the method, the
// path, the query, Host, Content-Type, Content-MD5, Range and every X-Amz-* field: set these before. `now` may be off
// by five minutes, not more. kInvalid when the URL is none.
Result<void> sign_aws_v4(HttpRequest& request, const AwsCredentials& credentials, WallTime now);

}  // namespace gannet::net
