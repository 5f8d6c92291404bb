#include "store/fs/fs_backend.h"

#include "store/fs/fs_blob_store.h"

namespace gannet::store {

const Backend& fs_backend() {
  static const Backend backend{
      .info = {.type = "fs",
               .roles = {Role::kBlob},
               .sentence = "A folder with a file for each message, on a local disk or a shared one.",
               .place = "path"},
      .open_blob = [](const StoreSettings& settings) -> Result<std::shared_ptr<BlobStore>> {
        FsOptions options{.id = settings.id,
                          .path = settings.section.string("path"),
                          .depth = static_cast<int>(settings.section.integer("depth")),
                          .object = {.compression = compression_of(settings.section)}};
        auto opened = open_fs_blobs(std::move(options), settings.random);
        if (!opened) return settings.wrong("path", opened.error());
        return *std::move(opened);
      },
  };
  return backend;
}

}  // namespace gannet::store
