// How Maildir++ names folders and messages, as Dovecot does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::cli {

// "" for INBOX, ".Work.Caf&AOk-" for Work/Café: modified UTF-7, components joined by dots. A dot within a
// component is \2e, as in Dovecot's listescape.
std::string maildir_folder(std::string_view path);
// Nothing where it is none.
std::optional<std::string> path_of_maildir_folder(std::string_view folder);

// What a message's name tells after its base: "...:2,FSab".
struct MaildirName {
  std::string_view base;                   // up to the colon
  std::string_view flags;                  // letters; empty without ":2,"
  std::optional<std::uint64_t> size;       // S=, octets of the file
  std::optional<std::uint64_t> wire_size;  // W=, octets with CRLF
};
MaildirName parse_maildir_name(std::string_view name);

// Letters in order, and which keywords have none: `keywords` of the folder take a to z.
struct MaildirFlags {
  std::string letters;
  std::vector<std::string> rest;
};
MaildirFlags maildir_flags(const std::vector<std::string>& keywords, std::vector<std::string>& of_folder);
std::vector<std::string> keywords_of_flags(std::string_view letters,
                                           const std::vector<std::string>& of_folder);

}  // namespace gannet::cli
