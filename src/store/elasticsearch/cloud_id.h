#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gannet::store::elasticsearch {

// The URL of a cloud deployment from its id, "NAME:BASE64(HOST$SEARCH$...)"; nothing if it is none.
std::optional<std::string> url_of_cloud_id(std::string_view id);

}  // namespace gannet::store::elasticsearch
