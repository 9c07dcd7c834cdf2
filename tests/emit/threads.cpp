/* evdiff/emit.h as C++, on many threads; runs under ThreadSanitizer. Reads the log back by itself: the library is not needed. */
#define EVD_EMIT_IMPLEMENTATION
#define EVD_EMIT_ZSTD
#include <evdiff/emit.h>

#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <thread>
#include <vector>

static const int THREADS = 8, EVENTS = 20000;

static void emit(evd_emitter *emitter, int tid)
{
    evd_emit_thread *thread = evd_emit_thread_of(emitter, tid);
    for (int i = 0; i < EVENTS; i++) {
        EVD_EMIT(thread, "k", evd_emit_signed("i", i), evd_emit_text("text", "a \"text\""));
        if (i % 7000 == 0)
            evd_emit_release(thread);
    }
}

int main()
{
    const std::string path = "/tmp/evdiff-emit-threads-" + std::to_string(getpid()) + ".jsonl";
    evd_emit_options options = evd_emit_options();
    options.buffer_bytes = 4096;
    options.spare_count = 3;
    evd_emitter *emitter = evd_emit_open(path.c_str(), "c++", &options);
    if (!emitter)
        return std::cerr << path << ": " << strerror(errno) << "\n", 2;
    std::vector<std::thread> threads;
    for (int tid = 0; tid < THREADS; tid++)
        threads.emplace_back(emit, emitter, tid);
    for (std::thread &thread : threads)
        thread.join();
    if (evd_emit_close(emitter) != 0)
        return std::cerr << "closing failed\n", 1;
    std::ifstream log(path);
    std::string line;
    std::getline(log, line);
    std::map<std::string, int> next;
    int faults = line != "{\"kind\":\"schema_version\",\"schema_version\":1,\"engine\":\"c++\"}", events = 0;
    for (; std::getline(log, line); events++) {
        const std::size_t from = line.find("\"tid\":"), to = line.find(',', from);
        const std::string tid = line.substr(from, to - from);
        const std::string index = std::to_string(next[tid]++);
        faults += line != "{\"kind\":\"k\"," + tid + ",\"tid_event_idx\":" + index + ",\"payload\":{\"i\":" + index +
                              ",\"text\":\"a \\\"text\\\"\"}}";
    }
    unlink(path.c_str());
    std::cout << events << " events, " << faults << " faults\n";
    return faults != 0 || events != THREADS * EVENTS;
}
