/* Value memo: in which values two events differ, by what the same two texts came to before.
 *
 * Logs repeat themselves: of the pairs of events that differ many have the payloads of a pair before. What differs in those is
 * not worked out again.
 *
 * Ownership: it owns its memory; what it hands out belongs to who put it in. Threads: one memo, one thread at a time. */
#ifndef EVD_ALIGN_VALUE_MEMO_H
#define EVD_ALIGN_VALUE_MEMO_H

#include "evdiff/outcome.h"
#include "log/reread.h"

/* What is told of two events that differ in a value. */
struct evd_told_values {
    const struct evd_field_value *values; /* one a side */
    struct evd_text field;                /* the path of what differs */
};

/* Texts are those of the logs, which stay where they are. */
struct evd_value_memo_entry {
    uint64_t aim; /* since when it is good; 0: it is empty */
    struct evd_string kind[EVD_SIDES], payload[EVD_SIDES];
    uint32_t token_count[EVD_SIDES];
    struct evd_told_values told;
};

enum { EVD_VALUE_MEMO_ENTRIES = 2048 };

/* All zero is an empty memo. */
struct evd_value_memo {
    struct evd_value_memo_entry *entries; /* NULL until the first one is put in */
};

/* An event that was read. */
struct evd_memo_event {
    const struct evd_log *log;
    const struct evd_json_tape *tape;
    const struct evd_event_fields *fields;
    uint64_t key;
};

/* What was told of two events with the same texts since `aim`, which is not 0; NULL: it is not known. Cost: compares the texts. */
const struct evd_told_values *evd_value_memo_find(const struct evd_value_memo *memo, uint64_t aim,
                                                  const struct evd_memo_event event[EVD_SIDES]);

/* Keeps what is told of two events, if it depends on nothing but their texts: no rules of `compare` are about them, and their tags
 * number nothing, which the caller knows. */
void evd_value_memo_put(struct evd_value_memo *memo, uint64_t aim, const struct evd_memo_event event[EVD_SIDES],
                        const struct evd_told_values *told);

void evd_value_memo_release(struct evd_value_memo *memo);

#endif
