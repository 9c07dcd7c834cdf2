#include "log/line.h"

#include <string.h>

#include "base/file.h"
#include "json/json.h"

/* Some lines: those of one thread are often near each other. A longer line takes more, by doubling. */
enum { COPY_BYTES = 1024 };

void evd_line_reader_release(struct evd_line_reader *reader)
{
    evd_buffer_release(&reader->copy);
}

/* The line at `offset`, when the copy has all of it. */
static bool find_line(const struct evd_line_reader *reader, uint64_t offset, struct evd_string *line)
{
    const uint64_t end = reader->from + reader->copy.length;
    if (offset < reader->from || offset >= end)
        return false;
    const char *text = reader->copy.data + (offset - reader->from);
    const size_t rest = (size_t)(end - offset);
    const char *newline = memchr(text, '\n', rest);
    if (newline == NULL && end < reader->log->source.length)
        return false;
    *line = evd_line_cut(text, newline == NULL ? rest : (size_t)(newline - text));
    return true;
}

/* Copies `size` bytes of text, or as many as there are, from `offset` on. */
static bool copy_text(struct evd_line_reader *reader, const struct evd_log *log, uint64_t offset, size_t size)
{
    const uint64_t rest = log->source.length - offset;
    const size_t wanted = rest < size ? (size_t)rest : size;
    evd_buffer_clear(&reader->copy);
    reader->log = log;
    reader->from = offset;
    if (!evd_buffer_reserve(&reader->copy, wanted + EVD_JSON_PADDING) ||
        evd_file_read(log->source.fd, offset, reader->copy.data, wanted) != wanted)
        return false;
    reader->copy.length = wanted;
    memset(reader->copy.data + wanted, 0, EVD_JSON_PADDING);
    return true;
}

/* True for a text that nobody has read. */
static bool is_to_be_copied(const struct evd_log *log)
{
    return log->saved != NULL && log->source.is_mapped && log->source.deferred == NULL;
}

struct evd_string evd_line_rest(struct evd_line_reader *reader, const struct evd_log *log, uint64_t offset)
{
    return is_to_be_copied(log) ? evd_line_read(reader, log, offset) : evd_log_rest(log, offset);
}

struct evd_string evd_line_read(struct evd_line_reader *reader, const struct evd_log *log, uint64_t offset)
{
    struct evd_string line = {NULL, 0};
    if (!is_to_be_copied(log))
        return evd_log_text(log, offset);
    if (offset >= log->source.length || (reader->log == log && find_line(reader, offset, &line)))
        return line;
    size_t size = COPY_BYTES;
    while (copy_text(reader, log, offset, size) && !find_line(reader, offset, &line))
        size *= 2;
    return line;
}
