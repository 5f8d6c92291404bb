// Values inside of filters and names: what a login may hold must stay a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::directory::ldap {

// RFC 4515 3.
std::string escape_filter_value(std::string_view value);
// RFC 4514 2.4.
std::string escape_dn_value(std::string_view value);

// Every ? of `filter` replaced by the escaped value.
std::string with_value(std::string_view filter, std::string_view value);
// Likewise, for a name: "uid=?,ou=people,dc=example,dc=org". A name that has no = is none of RFC 4514
// ("?@example.org" of Active Directory): the value stays as it is.
std::string with_dn_value(std::string_view name, std::string_view value);

// The attributes that a filter compares with its ?: "(|(mail=?)(uid=?))" gives mail and uid.
std::vector<std::string> compared_attributes(std::string_view filter);

}  // namespace gannet::directory::ldap
