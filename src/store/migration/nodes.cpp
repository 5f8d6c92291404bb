#include "store/migration/nodes.h"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/bytes.h"
#include "store/migration/record.h"

namespace gannet::store::migration {
namespace {

constexpr std::uint8_t kVersion = 1;

std::string nodes_prefix() {
  return own_prefix() + 'n';
}

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

Node::Node(std::string name, Random& random)
    : name_(std::move(name)), host_(host_name()), id_(random.bytes(12)) {}

Result<void> Node::announce(DataStore& data, WallTime now) const {
  WriteBatch batch;
  batch.set(nodes_prefix() + id_, RecordWriter(kVersion)
                                      .string(name_)
                                      .string(host_)
                                      .varint(static_cast<std::uint64_t>(::getpid()))
                                      .signed_varint(to_unix_ms(now + kNodeLease))
                                      .take());
  return data.commit(std::move(batch));
}

Result<void> Node::withdraw(DataStore& data) const {
  WriteBatch batch;
  batch.clear(nodes_prefix() + id_);
  return data.commit(std::move(batch));
}

Result<std::vector<std::string>> Node::others(Reader& data, WallTime now) const {
  std::vector<std::string> out;
  for (Range range = Range::prefix(nodes_prefix());;) {
    const Page page = TRY(data.scan(range));
    for (const auto& item : page.items) {
      if (item.key.ends_with(id_)) continue;
      RecordReader in(item.value);
      in.u8();
      const std::string name(in.string()), host(in.string());
      const auto process = static_cast<pid_t>(in.varint());
      const WallTime until = from_unix_ms(in.signed_varint());
      if (!in.ok() || until <= now) continue;
      if (host == host_ && ::kill(process, 0) != 0 && errno == ESRCH) continue;
      out.push_back(name);
    }
    if (!page.more) return out;
    range = next_range(std::move(range), page);
  }
}

}  // namespace gannet::store::migration
