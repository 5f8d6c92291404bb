// BlobStore in a bucket of Amazon S3, or of what speaks its protocol: an object a blob (blob_object.h), named by the
// prefix and the blob's hash.
//
// An object appears whole or not at all, and what is put was acknowledged by the service. Objects beyond `part_size`
// go in parts; what an upload that was cut short left is aborted when the store is opened, a day later.
#pragma once

#include <memory>
#include <string>

#include "store/blob_object.h"
#include "store/s3/client.h"

namespace gannet::store {

struct S3Options {
  s3::ClientOptions client;
  std::string key_prefix;
  ObjectOptions object{};
  std::size_t part_size = 16 << 20;  // at least 5 MB: the services' own limit
  Duration probe_interval{2'000};    // while it cannot be reached
};

// kConfiguration when the service refuses the bucket or the key; a service that cannot be reached is waited for in
// the background, and every call says kUnavailable until then. `clock` and `random` must outlive it.
Result<std::shared_ptr<BlobStore>> open_s3_blobs(S3Options options, Clock& clock, Random& random);

}  // namespace gannet::store
