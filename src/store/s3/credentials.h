// Who signs the requests: keys of the settings, or a profile of the credentials file that Amazon's tools share.
#pragma once

#include <string>
#include <string_view>

#include "base/secret.h"
#include "store/errors.h"

namespace gannet::store::s3 {

struct Credentials {
  std::string access_key;
  Secret secret_key;
  Secret session_token{};  // empty: none
};

// One profile of a credentials file: "[name]", then aws_access_key_id, aws_secret_access_key and, of temporary
// ones, aws_session_token. kConfiguration if it is not there or not complete.
Result<Credentials> profile_of(std::string_view file, const std::string& profile);
// The same from $AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials.
Result<Credentials> read_profile(const std::string& profile);

}  // namespace gannet::store::s3
