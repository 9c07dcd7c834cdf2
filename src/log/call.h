/* Call: what an event is, whatever its values: its kind and the name that the kind's rules know it by.
 *
 * Ownership: what a reader read is good until its next read. Threads: one reader, one thread at a time. */
#ifndef EVD_LOG_CALL_H
#define EVD_LOG_CALL_H

#include "log/reread.h"

struct evd_call {
    uint64_t hash; /* of kind and name; the same in every run and on every machine */
    struct evd_string kind;
    struct evd_string name; /* a string's content or a number's digits; may be empty */
    int64_t tid_event_idx;
};

struct evd_call_reader {
    struct evd_reread reread;
};

/* What an event that was read is. *is_told_by_key: all events with its key are the same call. False when memory runs out.
 * `hasher` holds what the call's texts need that is not in the tape. */
bool evd_call_of(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_event_fields *fields,
                 struct evd_call *call, bool *is_told_by_key);

/* False when memory runs out; release in either case. */
bool evd_call_reader_init(struct evd_call_reader *reader);
void evd_call_reader_release(struct evd_call_reader *reader);

/* Reads what an event of a log is; `is_told_by_key` may be NULL. Errors and cost: as evd_reread_event. */
enum evd_status evd_call_read(struct evd_call_reader *reader, const struct evd_log *log, const struct evd_event *event,
                              struct evd_call *call, bool *is_told_by_key, struct evd_error *error);

#endif
