/* Name pair reader: the names in two matching events, from their texts.
 *
 * Ownership: the caller releases a reader and its lists. Threads: one reader, one thread at a time. */
#ifndef EVD_NAMES_PAIR_READER_H
#define EVD_NAMES_PAIR_READER_H

#include "names/known_names.h"
#include "names/name_reader.h"

struct evd_name_use_list {
    struct evd_name_use *uses;
    size_t count, capacity;
};

struct evd_name_pair_reader {
    struct evd_name_reader reader;
    struct evd_name_list names[EVD_SIDES];
    int64_t tid_event_idx; /* of canary's event that was read last */
};

/* `is_plain`: every line by the parser, the slow twin. False when memory runs out; release in either case. The rules
 * must outlive the reader. */
bool evd_name_pair_reader_init(struct evd_name_pair_reader *reader, const struct evd_rules *rules, bool is_plain);
void evd_name_pair_reader_release(struct evd_name_pair_reader *reader);

/* Adds the names of two matching events to `list`, in the order of canary's text. *is_nameless: canary's event has
 * none, and no event of its key has; ours was not read. Errors: as evd_name_reader_read. Cost: one look at each byte
 * of most lines. */
enum evd_status evd_name_pair_reader_read(
    struct evd_name_pair_reader *reader, const struct evd_log *const log[EVD_SIDES],
    const struct evd_event *const event[EVD_SIDES], struct evd_name_use_list *list, bool *is_nameless,
    struct evd_error *error);

#endif
