/* Name reader: the names in two matching events, from their texts.
 *
 * Ownership: the caller releases a reader. Threads: one reader, one thread at a time. */
#ifndef EVD_DIFF_NAME_READER_H
#define EVD_DIFF_NAME_READER_H

#include "diff/known_names.h"
#include "log/event.h"
#include "log/log.h"
#include "log/names.h"

struct evd_name_use_list {
    struct evd_name_use *uses;
    size_t count, capacity;
};

struct evd_name_reader {
    struct evd_json_parser *parser;
    struct evd_hasher hasher;
    struct evd_member_list members;
    struct evd_name_list names[EVD_SIDES];
    int64_t tid_event_idx; /* of canary's event that was read last */
    uint64_t bytes_read;
    bool saw_change[EVD_SIDES]; /* an event's text is not what its record says */
};

/* False when memory runs out; release in either case. */
bool evd_name_reader_init(struct evd_name_reader *reader);
void evd_name_reader_release(struct evd_name_reader *reader);

/* Adds the names of two matching events to `list`, in the order of canary's text. *is_nameless: canary's event has
 * none, and no event of its key has; ours was not read. False when memory runs out or a log changed. Cost: parses
 * the texts. */
bool evd_name_reader_read(struct evd_name_reader *reader, const struct evd_log *const log[EVD_SIDES],
                          const struct evd_event *const event[EVD_SIDES],
                          struct evd_name_use_list *list, bool *is_nameless);

#endif
