/* Logs in memory: written event by event, opened without a file. What fails ends the program. */
#ifndef EVD_TESTS_MEMORY_LOG_H
#define EVD_TESTS_MEMORY_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <evdiff/evdiff.h>

#include "base/buffer.h"
#include "log/log.h"

/* The line that a log begins with. */
#define LOG_HEADER "{\"kind\":\"schema_version\",\"schema_version\":1}\n"

enum { MEMORY_PATH_BYTES = 64 };

/* Bytes as a file, by a path that the library can open; returns the descriptor that the path stands for, to be
 * closed by the caller. */
int memory_file(const char *bytes, size_t length, char path[MEMORY_PATH_BYTES]);

/* A log of that text; freed by the caller with evd_log_free. */
struct evd_log *memory_log(const struct evd_buffer *text, const struct evd_rules *rules);

/* Appends an event's line; `payload` is JSON. */
void append_event(struct evd_buffer *log, const char *kind, int tid, uint64_t tid_event_idx, const char *payload);

/* The event at an index among all of a log's, stream by stream. Cost: linear in the streams. */
const struct evd_event *log_event(const struct evd_log *log, uint64_t index);

/* An evd_write for a struct evd_buffer. */
bool append_bytes(void *buffer, const char *bytes, size_t length);

#endif
