#include "store/mysql/commit_plan.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "store/mysql/connection.h"
#include "store/mysql/tables.h"

namespace gannet::store::mysql {
namespace {

constexpr std::size_t kRows = 500;  // of one statement: lists beyond 1000 are planned otherwise
constexpr std::size_t kStatementBytes = 1 << 20;
constexpr std::size_t kLargeValue = 512 << 10;  // sent by itself, as it is
constexpr std::size_t kHashedValue = 16 << 10;  // a required value of more bytes is compared by its hash

// v as a counter, as decode_counter() reads it. DECIMAL, since a sum of two unsigned numbers may be out of range.
constexpr std::string_view kAddTail =
    " ON DUPLICATE KEY UPDATE v=REVERSE(UNHEX(LPAD(CONV("
    "(CAST(IF(LENGTH(v)=8,CONV(HEX(REVERSE(v)),16,10),0) AS DECIMAL(20))"
    "+CAST(CONV(HEX(REVERSE(VALUES(v))),16,10) AS DECIMAL(20)))"
    " MOD 18446744073709551616,10,16),16,'0')))";
constexpr std::string_view kSetTail = " ON DUPLICATE KEY UPDATE v=VALUES(v)";

std::string insert_head(std::string_view table, std::size_t) {
  return fmt::format("INSERT INTO {} (k,v) VALUES ", table);
}
std::string delete_head(std::string_view table, std::size_t) {
  // The hint, for a table of a few rows would be read whole, and other commits' rows be waited for.
  return fmt::format("DELETE {0} FROM {0} FORCE INDEX (PRIMARY) WHERE k IN (", table);
}
std::string check_head(std::string_view table, std::size_t rows) {
  return fmt::format("SELECT ~0+(COUNT(*)<>{}) FROM {} FORCE INDEX (PRIMARY) WHERE ", rows, table);
}

class Planner {
 public:
  explicit Planner(std::size_t max_statements) : max_statements_(max_statements) {}

  void add(std::string_view statement) {
    if (!text_.empty() && text_.size() + statement.size() + kCommit.size() + 1 > max_statements_) end_step();
    if (!text_.empty()) text_ += ';';
    text_ += statement;
    ++count_;
  }
  void add_prepared(std::string statement, std::string_view key, std::string_view value) {
    end_step();
    plan_.steps.push_back({.statements = std::move(statement), .prepared = true, .key = key, .value = value});
    ++count_;
  }

  CommitPlan finish(bool ranges) {
    if (count_ == 1 && !ranges) {
      plan_.transaction = false;
      end_step();
      return std::move(plan_);
    }
    add(kCommit);
    end_step();
    constexpr std::string_view kStart = "START TRANSACTION";
    std::string start = ranges ? "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ;" + std::string(kStart)
                               : std::string(kStart);
    Step& first = plan_.steps.front();
    if (first.prepared || first.statements.size() + start.size() + 1 > max_statements_)
      plan_.steps.insert(plan_.steps.begin(), Step{.statements = std::move(start)});
    else
      first.statements.insert(0, start + ";");
    return std::move(plan_);
  }

 private:
  static constexpr std::string_view kCommit = "COMMIT";
  void end_step() {
    if (!text_.empty()) plan_.steps.push_back({.statements = std::move(text_)});
    text_.clear();
  }

  const std::size_t max_statements_;
  CommitPlan plan_;
  std::string text_;
  std::size_t count_ = 0;
};

// Gathers the rows of a table into statements HEAD row SEPARATOR row ... TAIL. Keys come in order, so a table's
// rows come together.
class Rows {
 public:
  using Head = std::string (*)(std::string_view table, std::size_t rows);
  Rows(Planner& planner, Head head, std::string_view separator, std::string_view tail)
      : planner_(planner), head_(head), separator_(separator), tail_(tail) {}

  // Where the row for `key` is to be appended.
  std::string& next(std::string_view key) {
    const auto table = table_of(key);
    if (table != table_ || count_ >= kRows || body_.size() >= kStatementBytes) flush();
    table_ = table;
    if (count_++ > 0) body_ += separator_;
    return body_;
  }
  void next(std::string_view key, std::string_view value) {
    auto& out = next(key);
    out += '(';
    append_literal(out, key);
    out += ',';
    append_literal(out, value);
    out += ')';
  }
  void flush() {
    if (count_ > 0) planner_.add(head_(table_, count_) + body_ + std::string(tail_));
    body_.clear();
    count_ = 0;
  }

 private:
  Planner& planner_;
  const Head head_;
  const std::string_view separator_, tail_;
  std::string_view table_;
  std::string body_;
  std::size_t count_ = 0;
};

using Effects = BatchEffects;

std::string hex_of_sha256(std::string_view value) {
  const auto digest = sha256(value);
  return hex_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

// The bytes that the key has afterwards if it was absent before; nothing if it is to be written otherwise.
std::optional<std::string> first_value(const Effects& effects, std::string_view key) {
  const auto found = effects.keys.find(key);
  if (found == effects.keys.end() || !effects.cleared.empty()) return std::nullopt;
  if (const auto* set = std::get_if<Effects::Set>(&found->second))
    return set->value.size() > kLargeValue ? std::nullopt : std::optional(std::string(set->value));
  if (const auto* add = std::get_if<Effects::Add>(&found->second)) return encode_counter(add->delta);
  if (const auto* counter = std::get_if<Effects::SetCounter>(&found->second))
    return encode_counter(counter->value);
  return std::nullopt;
}

void check_values(Planner& planner, const Effects& effects) {
  Rows checks(planner, check_head, " OR ", " FOR UPDATE");
  for (const auto& [key, value] : effects.required) {
    if (!value) continue;
    auto& out = checks.next(key);
    out += "(k=";
    append_literal(out, key);
    if (value->size() > kHashedValue) {
      out += fmt::format(" AND LENGTH(v)={} AND SHA2(v,256)='{}')", value->size(), hex_of_sha256(*value));
    } else {
      out += " AND v=";
      append_literal(out, *value);
      out += ')';
    }
  }
  checks.flush();
}

// Inserts every key that must be absent: with its value if it can be had at once, and then it is in `written`.
void insert_absent(Planner& planner, const Effects& effects, std::map<std::string_view, bool>& written) {
  Rows inserts(planner, insert_head, ",", "");
  for (const auto& [key, value] : effects.required) {
    if (value) continue;
    const auto first = first_value(effects, key);
    inserts.next(key, first.value_or(""));
    written[key] = first.has_value();
  }
  inserts.flush();
}

void clear_ranges(Planner& planner, const Effects& effects) {
  for (const auto& [begin, end] : effects.cleared) {
    std::string sql = fmt::format("DELETE {0} FROM {0} FORCE INDEX (PRIMARY) WHERE k>=", table_of(begin));
    append_literal(sql, begin);
    sql += " AND k<";
    append_literal(sql, end);
    planner.add(sql);
  }
}

void delete_keys(Planner& planner, const Effects& effects, const std::map<std::string_view, bool>& written) {
  std::map<std::string_view, bool> gone;
  for (const auto& [key, effect] : effects.keys)
    if (std::holds_alternative<Effects::Clear>(effect)) gone[key] = true;
  for (const auto& [key, whole] : written)
    if (!effects.keys.contains(key)) gone[key] = true;
  Rows deletes(planner, delete_head, ",", ")");
  for (const auto& [key, _] : gone) append_literal(deletes.next(key), key);
  deletes.flush();
}

void write_keys(Planner& planner, const Effects& effects, const std::map<std::string_view, bool>& written) {
  Rows sets(planner, insert_head, ",", kSetTail), adds(planner, insert_head, ",", kAddTail);
  for (const auto& [key, effect] : effects.keys) {
    if (const auto found = written.find(key); found != written.end() && found->second) continue;
    if (const auto* set = std::get_if<Effects::Set>(&effect)) {
      if (set->value.size() > kLargeValue)
        planner.add_prepared(fmt::format("INSERT INTO {} (k,v) VALUES (?,?){}", table_of(key), kSetTail), key,
                             set->value);
      else
        sets.next(key, set->value);
    } else if (const auto* add = std::get_if<Effects::Add>(&effect)) {
      adds.next(key, encode_counter(add->delta));
    } else if (const auto* counter = std::get_if<Effects::SetCounter>(&effect)) {
      sets.next(key, encode_counter(counter->value));
    }
  }
  sets.flush();
  adds.flush();
}

}  // namespace

CommitPlan plan_commit(const BatchEffects& effects, std::size_t max_statements) {
  Planner planner(max_statements);
  std::map<std::string_view, bool> written;  // inserted; whether with its value
  check_values(planner, effects);
  insert_absent(planner, effects, written);
  clear_ranges(planner, effects);
  delete_keys(planner, effects, written);
  write_keys(planner, effects, written);
  return planner.finish(!effects.cleared.empty());
}

}  // namespace gannet::store::mysql
