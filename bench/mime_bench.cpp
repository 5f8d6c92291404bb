// The MIME parser beside GMime, on the same messages in the same run, and the ratios between them.
//
// Messages: every one below $GANNET_TESTDATA/mime, or else those of tests/messages/.
#include <benchmark/benchmark.h>
#include <gmime/gmime.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "mime/summary.h"

namespace {

namespace fs = std::filesystem;
namespace mime = gannet::mime;

const std::vector<std::string>& messages() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out;
    const char* given = std::getenv("GANNET_TESTDATA");
    const fs::path folder =
        given ? fs::path(given) / "mime" : fs::path(GANNET_SOURCE_DIR) / "tests" / "messages";
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path& path = entry.path();
      const bool text_message = path.extension() == ".txt" && (path.filename().string().starts_with("msg_") ||
                                                               path.parent_path().filename() == "messages");
      if (path.extension() != ".eml" && path.extension() != ".msg" && !text_message) continue;
      std::ifstream in(path, std::ios::binary);
      std::stringstream text;
      text << in.rdbuf();
      out.push_back(text.str());
    }
    if (out.empty()) {
      std::cerr << "no messages in " << folder << "\n";
      std::exit(1);
    }
    return out;
  }();
  return all;
}

void count_bytes(benchmark::State& state) {
  std::size_t bytes = 0;
  for (const auto& message : messages()) bytes += message.size();
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(messages().size()));
}

// GMime reads from the caller's octets, as we do: the array is the stream's, not a copy.
class GMimeInput {
 public:
  GMimeInput() {
    for (const auto& message : messages()) {
      GByteArray* array = g_byte_array_new();
      g_byte_array_append(array, reinterpret_cast<const guint8*>(message.data()),
                          static_cast<guint>(message.size()));
      arrays_.push_back(array);
    }
  }
  ~GMimeInput() {
    for (auto* array : arrays_) g_byte_array_free(array, TRUE);
  }
  template <typename Visit>
  void each(const Visit& visit) const {
    for (auto* array : arrays_) {
      GMimeStream* stream = g_mime_stream_mem_new_with_byte_array(array);
      g_mime_stream_mem_set_owner(GMIME_STREAM_MEM(stream), FALSE);
      GMimeParser* parser = g_mime_parser_new_with_stream(stream);
      g_mime_parser_set_persist_stream(parser, TRUE);
      if (GMimeMessage* message = g_mime_parser_construct_message(parser, nullptr)) {
        visit(message);
        g_object_unref(message);
      }
      g_object_unref(parser);
      g_object_unref(stream);
    }
  }

 private:
  std::vector<GByteArray*> arrays_;
};

void gannet_structure(benchmark::State& state) {
  for (auto _ : state)
    for (const auto& message : messages()) benchmark::DoNotOptimize(mime::parse(message));
  count_bytes(state);
}

void gmime_structure(benchmark::State& state) {
  const GMimeInput input;
  for (auto _ : state) input.each([](GMimeMessage* message) { benchmark::DoNotOptimize(message); });
  count_bytes(state);
}

// What a server needs of a new message: ENVELOPE and BODYSTRUCTURE, as a record.
void gannet_listing(benchmark::State& state) {
  for (auto _ : state)
    for (const auto& message : messages())
      benchmark::DoNotOptimize(mime::encode_summary(mime::parse(message), {.with_preview = false}));
  count_bytes(state);
}

void read_addresses(InternetAddressList* list, std::size_t& sum) {
  for (int i = 0; list && i < internet_address_list_length(list); ++i) {
    InternetAddress* address = internet_address_list_get_address(list, i);
    if (const char* name = internet_address_get_name(address)) sum += static_cast<unsigned char>(name[0]);
    if (INTERNET_ADDRESS_IS_MAILBOX(address))
      if (const char* spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)))
        sum += static_cast<unsigned char>(spec[0]);
  }
}

void read_part(GMimeObject* part, std::size_t& sum) {
  GMimeContentType* type = g_mime_object_get_content_type(part);
  sum += g_mime_content_type_get_media_type(type) != nullptr;
  sum += static_cast<std::size_t>(g_mime_param_list_length(g_mime_content_type_get_parameters(type)));
  sum += g_mime_object_get_disposition(part) != nullptr;
  sum += g_mime_object_get_content_id(part) != nullptr;
}

void read_message(GMimeMessage* message, std::size_t& sum) {
  sum += g_mime_message_get_subject(message) != nullptr;
  sum += g_mime_message_get_message_id(message) != nullptr;
  sum += g_mime_message_get_date(message) != nullptr;
  sum += g_mime_object_get_header(GMIME_OBJECT(message), "In-Reply-To") != nullptr;
  sum += g_mime_object_get_header(GMIME_OBJECT(message), "References") != nullptr;
  read_addresses(g_mime_message_get_from(message), sum);
  read_addresses(g_mime_message_get_sender(message), sum);
  read_addresses(g_mime_message_get_reply_to(message), sum);
  read_addresses(g_mime_message_get_to(message), sum);
  read_addresses(g_mime_message_get_cc(message), sum);
  read_addresses(g_mime_message_get_bcc(message), sum);
  g_mime_message_foreach(
      message,
      [](GMimeObject*, GMimeObject* part, gpointer data) {
        read_part(part, *static_cast<std::size_t*>(data));
      },
      &sum);
}

void gmime_listing(benchmark::State& state) {
  const GMimeInput input;
  for (auto _ : state) {
    std::size_t sum = 0;
    input.each([&](GMimeMessage* message) { read_message(message, sum); });
    benchmark::DoNotOptimize(sum);
  }
  count_bytes(state);
}

std::vector<std::string> records() {
  std::vector<std::string> out;
  for (const auto& message : messages()) out.push_back(mime::encode_summary(mime::parse(message)));
  return out;
}

// FETCH ENVELOPE: every text and every address, from the record.
void decode_envelope(benchmark::State& state) {
  const auto all = records();
  for (auto _ : state) {
    for (const auto& record : all) {
      const auto summary = mime::decode_summary(record);
      std::size_t sum = summary->envelope.subject.size();
      const auto& envelope = summary->envelope;
      for (const auto& list : {envelope.from, envelope.sender, envelope.reply_to, envelope.to, envelope.cc})
        for (const auto& address : list) sum += address.mailbox.size();
      benchmark::DoNotOptimize(sum);
    }
  }
  count_bytes(state);
}

// FETCH BODYSTRUCTURE: the part tree, from the record.
void decode_structure(benchmark::State& state) {
  const auto all = records();
  std::size_t size = 0;
  for (const auto& record : all) size += record.size();
  for (auto _ : state)
    for (const auto& record : all) benchmark::DoNotOptimize(mime::decode_summary(record)->parts());
  count_bytes(state);
  state.counters["record_octets"] = static_cast<double>(size) / static_cast<double>(all.size());
}

void gannet_preview(benchmark::State& state) {
  for (auto _ : state)
    for (const auto& message : messages())
      benchmark::DoNotOptimize(mime::encode_summary(mime::parse(message)));
  count_bytes(state);
}

BENCHMARK(gannet_structure);
BENCHMARK(gmime_structure);
BENCHMARK(gannet_listing);
BENCHMARK(gmime_listing);
BENCHMARK(gannet_preview);
BENCHMARK(decode_envelope);
BENCHMARK(decode_structure);

// The usual table, and the times kept for the ratios.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    ConsoleReporter::ReportRuns(runs);
    for (const auto& run : runs) times_[run.benchmark_name()] = run.GetAdjustedCPUTime();
  }
  void print_ratios() {
    for (const std::string what : {"structure", "listing"}) {
      if (!times_.contains("gannet_" + what) || !times_.contains("gmime_" + what)) continue;
      std::cout << what << ": " << times_["gmime_" + what] / times_["gannet_" + what]
                << " times GMime's speed\n";
    }
  }

 private:
  std::map<std::string, double> times_;
};

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  g_mime_init();
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  reporter.print_ratios();
  g_mime_shutdown();
}
