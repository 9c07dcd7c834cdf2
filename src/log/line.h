/* Lines of a log, read again.
 *
 * The text of a log with a saved index is a file that nobody has read: each page of it that is looked at has to
 * be mapped first, which the system does with its neighbours, and be unmapped at the end; that costs several
 * times as much as having some KiB copied. Any other log's text is in memory or mapped by its reading.
 *
 * Ownership: a line is good until the reader's next one. Threads: one reader, one thread at a time. */
#ifndef EVD_LOG_LINE_H
#define EVD_LOG_LINE_H

#include "base/buffer.h"
#include "log/log.h"

/* All zero is a reader that has read nothing. */
struct evd_line_reader {
    const struct evd_log *log; /* of what was copied */
    uint64_t from;             /* its offset in the log's text */
    struct evd_buffer copy;    /* with EVD_JSON_PADDING zeros behind it */
};

void evd_line_reader_release(struct evd_line_reader *reader);

/* The line at an offset, as evd_log_text, with EVD_JSON_PADDING readable bytes after it. Its bytes are NULL when
 * there is no such place, its text can't be had or, then with reader->copy.failed, memory runs out. Cost: no
 * system call when the line is near the one before. */
struct evd_string evd_line_read(struct evd_line_reader *reader, const struct evd_log *log, uint64_t offset);

/* The same with what text comes after the line, as far as it is at hand: no end of a line is looked for where that can be
 * left to who reads it. */
struct evd_string evd_line_rest(struct evd_line_reader *reader, const struct evd_log *log, uint64_t offset);

#endif
