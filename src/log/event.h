/* One line of a log as an event: the fields every event has, checked, and its key.
 *
 * The key is the hash (json/key.h) of what the rules compare: the kind, and of the payload's members
 * those that are neither skipped nor null, with every canonical field replaced by one fixed mark, and every
 * name by a mark of its class. So equal keys mean that the events compare equal but for ordinals, which the
 * tag numbers, and for names. */
#ifndef EVD_LOG_EVENT_H
#define EVD_LOG_EVENT_H

#include "rules/rules.h"
#include "json/key.h"

/* Stands in keys for the value of every canonical field. */
#define EVD_CANONICAL_MARK ((uint64_t)0xc2b2ae3d27d4eb4fu)

/* Why a line is no event, and the offset in the line. */
struct evd_line_fault {
    size_t offset;
    const char *reason; /* static; NULL when memory ran out */
};

/* An event's own fields. */
struct evd_event_fields {
    struct evd_string kind; /* in the hasher's memory or the text */
    const struct evd_kind_rule *rule;
    const struct evd_compare_list *compare; /* compare rules that may be about it */
    enum evd_side side;                     /* of its log; EVD_SIDES: neither */
    int64_t tid;
    int64_t tid_event_idx;
    uint32_t payload; /* token of the payload object; 0 when it is absent or null */
    uint32_t host_ns; /* token; 0 when absent */
    uint32_t idx;     /* token of tid_event_idx */
};

/* The integer at `token`; false when it is none or does not fit in 64 bits. */
bool evd_event_integer(const struct evd_json_tape *tape, uint32_t token, int64_t *value);

/* Reads and checks the fields of a parsed line of a log on a side; false with `fault` filled when it is no event. */
bool evd_event_read(struct evd_hasher *hasher, const struct evd_rules *rules, enum evd_side side,
                    const struct evd_json_tape *tape, struct evd_event_fields *fields, struct evd_line_fault *fault);

/* The members of an event's payload that some rule looks at, besides its key. */
struct evd_event_summary {
    uint64_t key;
    unsigned tag;
    uint32_t skipped_fields;      /* how many fields were skipped */
    uint32_t pairing;             /* token of the pairing field; 0 when absent or null */
    uint32_t sid;                 /* token of the SID field; 0 when absent */
    uint32_t sid_pointer;         /* token; 0 when absent */
    uint32_t sid_object_type;     /* token; 0 when absent */
    uint32_t entry;               /* token of a new thread's entry point; 0 when absent */
    const uint32_t *compare_uses; /* how many values each of evd_event_fields::compare was about; NULL: none */
};

/* Makes the key and finds what the rules look at. Memory that runs out is kept in hasher->failed. */
void evd_event_summarize(struct evd_hasher *hasher, struct evd_member_list *list, const struct evd_json_tape *tape,
                         const struct evd_event_fields *fields, struct evd_event_summary *summary);

/* Calls `use` with the hash of each SID in the SID field of an event, as the kind's rule reads it: one
 * string, or the strings in a list, the keys of an object, the characters of a string. */
void evd_event_sids(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_sid_rule *rule,
                    uint32_t sid, void (*use)(void *context, uint64_t sid_hash), void *context);

/* True when the SID is the one that the rule's recipe yields: FNV-1a 64 over little-endian u32 marker,
 * u32 0, u64 pointer, u32 object type, as 16 lower-case hexadecimal digits; false without a recipe. `pointer` is as Python's
 * int(x, 16) takes it. */
bool evd_sid_is_shared_global(const struct evd_sid_rule *rule, struct evd_string sid, struct evd_string pointer,
                              uint32_t object_type);

/* The same of an event. */
bool evd_event_sid_is_shared_global(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                                    const struct evd_sid_rule *rule, const struct evd_event_summary *summary);

#endif
