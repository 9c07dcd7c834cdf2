/* Name reader: the names in events' texts, read again.
 *
 * Lines are read by the shape of earlier ones (log/shape.h), which lists their names on the way; the parser reads
 * what no shape fits.
 *
 * Ownership: a reader owns its memory. Threads: one reader, one thread at a time. */
#ifndef EVD_NAMES_NAME_READER_H
#define EVD_NAMES_NAME_READER_H

#include "log/names.h"
#include "log/reread.h"
#include "log/shape.h"

/* All zero, but for is_plain, is to be initialised. */
struct evd_name_reader {
    struct evd_reread reread;
    struct evd_shapes *shapes;
    struct evd_arena arena; /* of one event */
    bool is_plain;          /* every line by the parser: the slow twin */
};

/* False when memory runs out; then it is to be released all the same. The rules must outlive the reader. */
bool evd_name_reader_init(struct evd_name_reader *reader, const struct evd_rules *rules);
void evd_name_reader_release(struct evd_name_reader *reader);

/* Lists the names in an event, in the order of the text, but for those that a rule of `compare` takes for absent, and says what its tid_event_idx is. Errors: EVD_E_IO when the
 * event's text is not what it was, EVD_E_INDEX when so and the log has a saved index, EVD_E_NO_MEMORY. Cost: one look
 * at each byte of most lines. */
enum evd_status evd_name_reader_read(struct evd_name_reader *reader, const struct evd_log *log,
                                     const struct evd_event *event, struct evd_name_list *names, int64_t *tid_event_idx,
                                     struct evd_error *error);

#endif
