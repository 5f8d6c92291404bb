// What a backup consists of. The layout of a backup's folder:
//
//   blobs/NAME-NNNN.zst                 messages, each once: its SHA-256 and its content; all backups share them
//   blobs/NAME-NNNN.ids                 their SHA-256 sums alone, so that the next backup need not read the messages
//   snapshots/NAME/SUBSPACE.zst         the keys and values of a subspace at one moment
//   snapshots/NAME/manifest.json        names, lengths and sums of these, and of all blobs/ that it may need
//
// A snapshot whose folder ends in ".unfinished" was cut short, and counts for nothing.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "backup/segment.h"

namespace gannet::backup {

struct Manifest {
  std::string name;     // when it was begun, in UTC: "2026-11-25T17-30-00Z"
  bool search = false;  // whether the full-text index is in it
  std::vector<FileFacts> data, blobs;
  std::vector<FileFacts> ids;        // of `blobs`, in the same order: which messages each holds
  std::vector<std::string> missing;  // blobs that the store should have had and had not, hexadecimal
  std::uint64_t messages = 0;
};

// kDamaged, kFile.
Result<Manifest> read_manifest(const std::filesystem::path& root, const std::string& name);
Result<void> write_manifest(const std::filesystem::path& folder, const Manifest& manifest);
// Names of the finished snapshots, oldest first.
Result<std::vector<std::string>> snapshots_in(const std::filesystem::path& root);
// Everything written below `folder` survives a power cut.
Result<void> sync_folder(const std::filesystem::path& folder);

}  // namespace gannet::backup
