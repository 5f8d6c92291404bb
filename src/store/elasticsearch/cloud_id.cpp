#include "store/elasticsearch/cloud_id.h"

#include "base/encoding.h"

namespace gannet::store::elasticsearch {

std::optional<std::string> url_of_cloud_id(std::string_view id) {
  const auto colon = id.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  // Some are printed without padding.
  const std::string parts = base64_decode_lenient(id.substr(colon + 1));
  const auto first = parts.find('$');
  if (first == std::string::npos || first == 0) return std::nullopt;
  const std::string host = parts.substr(0, first);
  const std::string search = parts.substr(first + 1, parts.find('$', first + 1) - first - 1);
  if (search.empty()) return std::nullopt;
  return "https://" + search + "." + host;
}

}  // namespace gannet::store::elasticsearch
