// evdiff-iterate-many: simdjson's on-demand iterate_many over the mapped files on N threads, two
// fields (kind and tid) of every line. What the fastest general parser takes to touch the logs,
// without keeping or comparing anything.
//
//   evdiff-iterate-many THREADS FILE...
#include <atomic>
#include <string_view>
#include <thread>
#include <vector>

#include <simdjson.h>

#include "mapped_files.h"

namespace
{

constexpr size_t PIECE_BYTES = 16 << 20;
// A batch must hold the longest line; larger ones leave the cache.
constexpr size_t BATCH_BYTES = 1 << 20;
constexpr int THREADS_MAX = 256;
// What the header's code was compiled for; simdjson::builtin_implementation() tells the library's
// build instead.
constexpr const char *KERNEL = SIMDJSON_STRINGIFY(SIMDJSON_BUILTIN_IMPLEMENTATION);

pieces all_pieces;
std::atomic<size_t> next_piece{0};
std::atomic<size_t> lines{0};
std::atomic<uint64_t> checksum{0}; // keeps the compiler from dropping the reads

[[noreturn]] void stop(const piece &where, size_t line, simdjson::error_code error)
{
    fprintf(stderr, "evdiff-iterate-many: line %zu of the piece of %zu bytes: %s\n", line, where.length,
            simdjson::error_message(error));
    exit(2);
}

// Lines without a tid are headers: they count, and their tid is 0.
size_t read_piece(simdjson::ondemand::parser &parser, const piece &where, uint64_t &sum)
{
    simdjson::ondemand::document_stream stream;
    // simdjson may read past the piece: into the next one, or into the zero page after the file.
    if (auto error = parser.iterate_many(where.bytes, where.length, BATCH_BYTES).get(stream))
        stop(where, 0, error);
    size_t count = 0;
    for (auto line : stream) {
        std::string_view kind;
        int64_t tid = 0;
        if (auto error = line["kind"].get_string().get(kind))
            stop(where, count, error);
        auto error = line["tid"].get_int64().get(tid);
        if (error && error != simdjson::NO_SUCH_FIELD)
            stop(where, count, error);
        sum += kind.size() + static_cast<uint64_t>(tid);
        count++;
    }
    if (stream.truncated_bytes() > 0)
        stop(where, count, simdjson::CAPACITY);
    return count;
}

void work()
{
    simdjson::ondemand::parser parser;
#ifdef SIMDJSON_THREADS_ENABLED
    // The pieces keep all the threads busy; a helper thread each would be one too many.
    parser.threaded = false;
#endif
    size_t count = 0;
    uint64_t sum = 0;
    for (size_t i; (i = next_piece++) < all_pieces.count;)
        count += read_piece(parser, all_pieces.items[i], sum);
    lines += count;
    checksum += sum;
}

} // namespace

int main(int argc, char **argv)
{
    const int thread_count = argc > 2 ? atoi(argv[1]) : 0;
    if (thread_count < 1 || thread_count > THREADS_MAX) {
        fprintf(stderr, "usage: evdiff-iterate-many THREADS FILE...\n");
        return 2;
    }
    const double start = seconds_now();
    for (int i = 2; i < argc; i++)
        add_file(&all_pieces, argv[i], PIECE_BYTES);
    std::vector<std::thread> threads;
    for (int i = 1; i < thread_count; i++)
        threads.emplace_back(work);
    work();
    for (auto &thread : threads)
        thread.join();
    const double seconds = seconds_now() - start;
    printf("{\"peer\": \"iterate_many\", \"threads\": %d, \"kernel\": \"%s\", \"bytes\": %zu, "
           "\"lines\": %zu, \"seconds\": %.6f, \"gb_per_s\": %.3f, \"checksum\": %llu}\n",
           thread_count, KERNEL, all_pieces.bytes, lines.load(), seconds,
           static_cast<double>(all_pieces.bytes) * 1e-9 / seconds, static_cast<unsigned long long>(checksum.load()));
    return 0;
}
