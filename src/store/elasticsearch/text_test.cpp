#include "store/elasticsearch/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/elasticsearch/cloud_id.h"

namespace gannet::store::elasticsearch {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> pieces(std::string_view text) {
  std::vector<std::string> out;
  for (const auto& run : runs_of(folded(text)))
    for (const auto& piece : run.pieces) out.push_back(piece);
  return out;
}

TEST(ElasticsearchText, FoldsCaseAndAccents) {
  EXPECT_EQ(folded("GRÜSSE, Straße"), "grusse, strasse");
  EXPECT_EQ(folded("RÉUNION ПРИВЕТ Й"), "reunion привет и");
  EXPECT_EQ(folded("ひらがな が 한국"), folded("ひらがな が 한국"));
  EXPECT_EQ(folded("한국"), "한국") << "not taken to pieces";
  EXPECT_EQ(folded("\xff"), "\xef\xbf\xbd");
}

TEST(ElasticsearchText, PartsWordsAndPairs) {
  EXPECT_THAT(pieces("john.doe@example.org x1"), ElementsAre("john", "doe", "example", "org", "x1"));
  EXPECT_THAT(pieces("foo東京都bar"), ElementsAre("foo", "東京", "京都", "bar"));
  EXPECT_THAT(pieces("都 。"), ElementsAre("都"));
  EXPECT_TRUE(pieces("... ,").empty());
  const std::string text = std::string(65, 'a') + " b";
  const auto runs = runs_of(text);
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_TRUE(runs[0].cut && runs[0].at_begin && !runs[0].at_end);
  EXPECT_EQ(runs[0].pieces[0].size(), 64u);
  EXPECT_TRUE(runs[1].at_end && !runs[1].cut);
}

TEST(ElasticsearchCloudId, NamesAHost) {
  // example.com:9243$abc$def
  EXPECT_EQ(url_of_cloud_id("name:ZXhhbXBsZS5jb206OTI0MyRhYmMkZGVm"), "https://abc.example.com:9243");
  EXPECT_EQ(url_of_cloud_id("ZXhhbXBsZS5jb20kYWJj"), std::nullopt);
  EXPECT_EQ(url_of_cloud_id("name:ZXhhbXBsZS5jb20="), std::nullopt);
}

}  // namespace
}  // namespace gannet::store::elasticsearch
