// Many changes in few requests, each of bounded size; what is refused is told item by item.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "store/elasticsearch/connection.h"
#include "store/search_store.h"

namespace gannet::store::elasticsearch {

struct Change {
  std::string id;     // "ACCOUNT-DOCUMENT"
  std::string lines;  // action and, for an index action, the document; each with its line end
};
Change index_change(const SearchDocument& document);
Change delete_change(std::uint32_t account, std::uint32_t document);

// Sends them as requests of at most `max_size` octets (a larger document goes alone), in order. Items that the
// engine was too busy for are sent again, as often as the connection tries again; then kUnavailable.
// kNotFound: there is no index. kInvalid: documents were refused for good (the detail names the first of them and
// the reason); the others are done.
Result<void> send_changes(Connection& connection, const std::string& path, std::vector<Change> changes,
                          std::size_t max_size);

}  // namespace gannet::store::elasticsearch
