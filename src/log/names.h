/* Names in an event: values that compare up to a renaming (rules/rules.h, struct evd_name_rule).
 *
 * The same values are names whether they are read from a tape, for keys and the renaming, or marked in a
 * decoded payload, for the exact comparison. */
#ifndef EVD_LOG_NAMES_H
#define EVD_LOG_NAMES_H

#include "rules/rules.h"
#include "json/key.h"

/* The name rules about the call that a payload tells of by the kind's call_field; NULL when there are none. */
const struct evd_name_call *evd_names_call(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                                           const struct evd_kind_rule *rule, const struct evd_member_token *members,
                                           size_t count);

/* As evd_hash_member, of a payload's member that may be or hold names: their values do not matter. Memory
 * that runs out is kept in hasher->failed. */
uint64_t evd_names_hash_member(struct evd_hasher *hasher, const struct evd_json_tape *tape,
                               const struct evd_kind_rule *rule, const struct evd_name_call *call,
                               const struct evd_member_token *member);

/* What a value at a rule's path is. A size is none: it compares as it is. */
static inline bool evd_name_fits(const struct evd_name_rule *rule, uint64_t value)
{
    return rule->form != EVD_NAME_SIZE && rule->form != EVD_NAME_PLAIN && value >= rule->at_least &&
           value <= rule->at_most;
}

/* What a name is compared by, for evd_value::name: its class, and whether it is a string. */
static inline uint32_t evd_name_mark(const struct evd_name_rule *rule, bool is_string)
{
    return (rule->class_index + 1) * 2 + is_string;
}

/* The hash of a member that is a name. */
static inline uint64_t evd_name_hash(uint64_t key_hash, uint32_t mark)
{
    return evd_hash_pair(key_hash, evd_hash_pair(UINT64_MAX, mark));
}

/* The number that digits spell; false when it does not fit in 64 bits, or is negative. */
bool evd_name_digits(struct evd_string digits, uint64_t *value);

/* Marks the names in a decoded payload, see evd_value::name. */
void evd_names_mark(const struct evd_kind_rule *rule, struct evd_value *payload);

/* Makes values again of the names in a payload that was decoded and marked. */
void evd_names_unmark(struct evd_value *payload);

/* A name, or the size of one to come. */
struct evd_name {
    const struct evd_name_rule *rule;
    uint64_t path; /* in the payload: the hash of the field, or evd_hash_pair of field's and member's */
    uint64_t value;
};

struct evd_name_list {
    struct evd_name *names;
    size_t count, capacity;
    struct evd_member_list members, nested; /* scratch */
};

/* Lists the names in the payload (a token; 0: none) of an event, in the order of the text. What sizes are
 * looked up for is listed too. False when memory runs out. */
bool evd_names_list(struct evd_hasher *hasher, const struct evd_json_tape *tape, const struct evd_kind_rule *rule,
                    uint32_t payload, struct evd_name_list *list);

/* Makes a list empty, with room for so many names. False when memory runs out. */
bool evd_name_list_empty(struct evd_name_list *list, size_t capacity);

void evd_name_list_release(struct evd_name_list *list);

#endif
