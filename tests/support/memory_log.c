#include "memory_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "demand.h"

int memory_file(const char *bytes, size_t length, char path[MEMORY_PATH_BYTES])
{
    const int fd = memfd_create("log", 0);
    demand(fd >= 0);
    for (size_t done = 0; done < length;) {
        const ssize_t written = write(fd, bytes + done, length - done);
        demand(written > 0);
        done += (size_t)written;
    }
    snprintf(path, MEMORY_PATH_BYTES, "/proc/self/fd/%d", fd);
    return fd;
}

struct evd_log *memory_log(const struct evd_buffer *text, const struct evd_rules *rules)
{
    char path[MEMORY_PATH_BYTES];
    const char *const paths[] = {path};
    struct evd_log *log;
    struct evd_error error;
    const int fd = memory_file(text->data, text->length, path);
    const enum evd_status status = evd_logs_open(paths, 1, rules, NULL, &log, NULL, NULL, NULL, &error);
    if (status != EVD_OK)
        fprintf(stderr, "line %" PRIu64 ": %s\n", (uint64_t)error.line, error.message);
    demand(status == EVD_OK);
    close(fd);
    return log;
}

void append_event(struct evd_buffer *log, const char *kind, int tid, uint64_t tid_event_idx, const char *payload)
{
    evd_buffer_format(log, "{\"kind\":\"%s\",\"tid\":%d,\"tid_event_idx\":%" PRIu64 ",\"payload\":%s}\n", kind, tid,
                      tid_event_idx, payload);
}

bool append_bytes(void *buffer, const char *bytes, size_t length)
{
    evd_buffer_append(buffer, bytes, length);
    return true;
}

const struct evd_event *log_event(const struct evd_log *log, uint64_t index)
{
    const struct evd_stream *stream = log->streams;
    for (; index >= stream->count; stream++)
        index -= stream->count;
    return evd_stream_event(stream, index);
}
