// Keyword sets inside records.
#pragma once

#include "base/bytes.h"
#include "mailbox/types.h"

namespace gannet::mailbox {

void write_keywords(RecordWriter& out, const KeywordSet& keywords);
// Answers an empty set, and turns in.ok() false, for what cannot be read.
KeywordSet read_keywords(RecordReader& in);

}  // namespace gannet::mailbox
