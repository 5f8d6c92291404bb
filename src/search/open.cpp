#include "search/open.h"

#include "config/config.h"
#include "search/index_store.h"
#include "store/migration/migrations.h"
#include "store/migration/search_mover.h"

namespace gannet::search {

std::shared_ptr<store::SearchStore> open(const config::Config& config, const store::Stores& stores) {
  const TextOptions options{
      .default_language = config.string("storage.full-text.default-language"),
      .max_document = config.size("storage.full-text.max-text-size"),
      .max_word = static_cast<std::size_t>(config.integer("storage.full-text.max-word-size"))};
  auto index = stores.search ? stores.search : index_over(stores.search_data, options);
  if (!stores.migrations) return index;
  return stores.migrations->movable_index(
      std::move(index), [options](std::shared_ptr<store::DataStore> data) {
        return std::static_pointer_cast<store::SearchStore>(index_over(std::move(data), options));
      });
}

IndexerOptions indexer_options(const config::Config& config, const mime::Limits& limits) {
  IndexerOptions options;
  options.threads = static_cast<unsigned>(config.integer("storage.full-text.threads"));
  options.batch = static_cast<std::size_t>(config.integer("storage.full-text.batch-size"));
  options.look_every = config.duration("storage.full-text.interval");
  options.lease = config.duration("storage.full-text.lease");
  options.document = {.mime = limits, .max_text = config.size("storage.full-text.max-text-size")};
  return options;
}

}  // namespace gannet::search
