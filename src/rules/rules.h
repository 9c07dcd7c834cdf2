/* The rule set as the log and diff layers see it: resolved, checked, ready for look-ups.
 *
 * Everything about one kind is in its struct evd_kind_rule; a kind without one has no rules. Strings
 * are decoded (see json/value.h) and, with all else here, owned by the rule set. */
#ifndef EVD_RULES_RULES_H
#define EVD_RULES_RULES_H

#include <string.h>

#include "evdiff/outcome.h"
#include "evdiff/rules.h"
#include "rules/compare.h"
#include "rules/threads.h"
#include "json/key.h"

/* What a top-level payload field of a kind is to the rules; a field may have several roles. */
enum evd_field_role {
    EVD_FIELD_SKIPPED = 1 << 0,         /* not compared */
    EVD_FIELD_SET = 1 << 1,             /* allocator return: made canonical, also when absent */
    EVD_FIELD_REPLACED = 1 << 2,        /* allocator return: made canonical when present */
    EVD_FIELD_HEAP = 1 << 3,            /* host-heap field: made canonical when it is a string */
    EVD_FIELD_ALLOCATOR_NAME = 1 << 4,  /* names the allocator */
    EVD_FIELD_SID = 1 << 5,             /* holds a SID or, see struct evd_sid_rule, several */
    EVD_FIELD_SID_POINTER = 1 << 6,     /* the recipe's pointer */
    EVD_FIELD_SID_OBJECT_TYPE = 1 << 7, /* the recipe's object type */
    EVD_FIELD_PAIRING = 1 << 8,         /* its first value in a thread pairs that thread */
    EVD_FIELD_ENTRY = 1 << 9,           /* where a new thread begins */
    EVD_FIELD_NAME = 1 << 10,           /* it, or a member of it, may be a name; see struct evd_name_rule */
    EVD_FIELD_CALL = 1 << 11,           /* names the call that name rules are about */
    EVD_FIELD_SIZE = 1 << 12,           /* it, or a member of it, is the size of a name to come */
    EVD_FIELD_POINTER = 1 << 13,        /* made canonical, but whether it is null is told apart */
};

struct evd_field_rule {
    struct evd_string name;
    uint32_t roles;      /* of enum evd_field_role */
    uint32_t heap_index; /* with EVD_FIELD_HEAP: position among the kind's host-heap fields */
};

/* Allocator returns of one kind. The mark is <PREFIX_{name}_{n}>. */
struct evd_allocator_rule {
    struct evd_string prefix;
    const struct evd_string *names; /* sorted by bytes */
    size_t name_count;
    uint64_t lengths; /* bit n: some name has n bytes; bit 63: 63 or more */
};

/* Shared-global SIDs of one kind. */
struct evd_sid_rule {
    bool many;       /* the field holds a list of SIDs; else one */
    bool has_recipe; /* a SID that the recipe yields is floating */
    uint32_t recipe_marker;
};

/* Names: values that say which one, not how much, as addresses and handles do. A value is one when it is
 * an integer, or a string of "0x" and 1 to 16 hexadecimal digits, from the class's `at_least` to its `at_most`.
 * Names compare equal up to a one-to-one renaming for each class, which the diff learns. */
struct evd_name_class {
    struct evd_string name;
    uint64_t at_least, at_most;
    bool is_per_thread; /* each pair of threads has a renaming of its own; else there is one */
};

enum evd_name_form {
    EVD_NAME_VALUE, /* a name that is used */
    EVD_NAME_BIRTH, /* a name that is given anew: what was known of it no longer holds */
    EVD_NAME_END,   /* a name that is used for the last time */
    EVD_NAME_PLAIN, /* no name: compares as it is */
    EVD_NAME_SIZE,  /* no name: how far the next birth of the call reaches */
};

/* What a value at one path of a kind's payload is. */
struct evd_name_rule {
    enum evd_name_form form;
    uint32_t class_index;       /* in evd_rules::name_classes; PLAIN: 0 */
    uint64_t at_least, at_most; /* the class's */
    struct evd_string field;
    struct evd_string member; /* of the object in `field`; empty: the field itself */
    bool is_any_member;       /* each member of the object in `field` */
    uint64_t field_hash;      /* evd_hash_string of `field` */
    uint64_t path;            /* see evd_name::path; of any member: 0 */
    uint32_t size_index;      /* SIZE and BIRTH that belong together have the same one; 0: of no size */
};

/* The name rules about one call of a kind: an event whose call_field holds `call`. */
struct evd_name_call {
    struct evd_string call;
    const struct evd_name_rule *rules; /* rules about one member first */
    size_t count;
};

enum { EVD_KIND_FAILURES_MAX = 256, EVD_KIND_SHOWN_MAX = 256 }; /* rules */

/* A value that says that a call failed: a number however it is spelled, or what a value is as JSON. */
struct evd_failure_value {
    bool is_number;
    int64_t number;
    uint64_t as_string, as_word; /* unless it is a number: evd_field_value::hash of the string "X", and of X itself,
                                    which may be null, true or 1.5 */
};

/* Which values of some fields of a kind say that a call failed. */
struct evd_failure_rule {
    const struct evd_string *calls; /* names, or how they begin ("Nt*"); none: all calls */
    size_t call_count;
    const struct evd_string *fields; /* as in evd_family::field */
    size_t field_count;
    const struct evd_failure_value *values;
    size_t value_count;
    bool has_range; /* numbers from `at_least` to `at_most`, those below zero as they are in 64 bits */
    uint64_t at_least, at_most;
};

/* How numbers of some fields of a kind are shown. */
struct evd_shown_rule {
    const struct evd_string *calls; /* as evd_failure_rule::calls */
    size_t call_count;
    const struct evd_string *fields; /* the same as in evd_family::field */
    size_t field_count;
    enum evd_shown_as form;
};

enum evd_priority_form {
    EVD_PRIORITY_NONE,
    EVD_PRIORITY_VALUE,   /* compare these fields first, when both sides have them */
    EVD_PRIORITY_MEMBERS, /* compare these objects first, member by member */
};

/* How a report shows an event of the kind in one line. */
enum evd_summary_form {
    EVD_SUMMARY_PAYLOAD,  /* the whole payload */
    EVD_SUMMARY_FIRST_OF, /* the first of some fields that is true in Python's sense, else the last */
    EVD_SUMMARY_FIELD,    /* label=value of one field */
};

struct evd_kind_rule {
    struct evd_string kind;
    bool engine_local; /* takes no part in alignment */
    bool counted;      /* engine-local, and counted per tid in the report */
    size_t counted_index;
    const struct evd_field_rule *fields;
    size_t field_count;
    const struct evd_allocator_rule *allocator; /* or NULL; never with host-heap fields */
    size_t set_pointer_count;                   /* fields with EVD_FIELD_POINTER that are null where they are absent */
    size_t heap_field_count;                    /* at most EVD_HEAP_FIELDS_MAX */
    struct evd_string heap_prefix;
    const struct evd_sid_rule *sid; /* or NULL */
    bool has_names;
    const struct evd_name_rule *names; /* about all calls; rules about one member first */
    size_t name_count;
    struct evd_string call_field; /* that evd_name_call::call is about; or empty */
    const struct evd_name_call *name_calls;
    size_t name_call_count;
    const uint32_t *name_call_table; /* open addressing: index into name_calls + 1, 0 empty */
    size_t name_call_table_mask;
    uint64_t table_seed; /* as evd_rules::table_seed */
    /* Ordinals: each canonical value is numbered per tid in a slot of its own. The kind's slots begin
     * at `slot_first`; an allocator's slot is slot_first + index of its name, a host-heap field's is
     * slot_first + heap_index. */
    uint32_t slot_first;
    uint32_t slot_count;
    /* Tags: what one event of the kind numbers, in 16 bits. An allocator return's tag is tag_first +
     * index of its name, and so many more as there are names when a pointer in it is null; that of host-heap
     * fields is tag_first + (the sum of each one's state * EVD_HEAP_STATES ^ heap_index) - 1. */
    uint32_t tag_first;
    const struct evd_failure_rule *failures; /* in the order of the file */
    size_t failure_count;
    const struct evd_shown_rule *shown; /* in the order of the file */
    size_t shown_count;
    enum evd_priority_form priority_form;
    const struct evd_string *priority_fields;
    size_t priority_count;
    struct evd_string priority_name; /* the field that a description names the call by; or empty */
    enum evd_summary_form summary_form;
    const struct evd_string *summary_fields; /* EVD_SUMMARY_FIELD: one */
    size_t summary_count;
    struct evd_string summary_label;   /* EVD_SUMMARY_FIELD */
    struct evd_string summary_missing; /* EVD_SUMMARY_FIELD: shown when the field is absent */
    uint8_t pairing;                   /* the first event of this kind pairs its thread where none of a kind with a
                                          lower number does; 0: none does */
    bool creates_threads;              /* an event of this kind creates a thread */
    struct evd_compare_list compare;
};

/* The first tags are the log's own (log/log.h). */
enum { EVD_HEAP_FIELDS_MAX = 8, EVD_TAGS_RESERVED = 2, EVD_TAGS_MAX = 60000 };

/* What a host-heap field of an event is. */
enum { EVD_HEAP_UNMARKED, EVD_HEAP_MARKED, EVD_HEAP_MARKED_NULL, EVD_HEAP_STATES };

/* What may be on one side only. */
struct evd_absorber_rule {
    struct evd_string name;
    const char *name_text; /* the same, terminated */
    bool disabled;
    enum evd_absorbed_column column;
    uint32_t first_question; /* from 1: its questions are numbered on from here, among those of all rules */
    const struct evd_absorber_type *type; /* rules/absorber.h */
    const void *members;                  /* what its type made of the rule's other members; only that one knows */
};

/* The slots that an event with this tag takes a number from: slot_first + each bit of slot_bits. */
struct evd_ordinal_tag {
    uint32_t slot_first;
    uint16_t slot_bits;    /* of EVD_HEAP_FIELDS_MAX */
    uint16_t without_null; /* the tag that numbers the same and says that no pointer is null; mostly its own */
};

struct evd_rules {
    struct evd_arena arena; /* owns everything below */
    struct evd_string text; /* the file */
    struct evd_string name; /* of the rule set */
    const struct evd_kind_rule *kinds;
    size_t kind_count;
    const uint32_t *kind_table; /* open addressing: index into kinds + 1, 0 empty */
    size_t kind_table_mask;
    uint64_t table_seed;                       /* of evd_kind_hash; secret, and another one in each process */
    const struct evd_absorber_rule *absorbers; /* in the order they are tried */
    size_t absorber_count;
    const struct evd_string
        *asked_kinds; /* patterns of all conditions, of which events they are about, each as it stands */
    size_t asked_kind_count;
    bool pairs_only_threads; /* where each log has one thread these are a pair, whatever they begin with */
    bool compares_sides;     /* some compare rules take both sides */
    bool compares_one_side;  /* some rules of "compare" or "passed_over" are about one side alone */
    bool compares_shared;    /* some of them learn of all threads together */
    bool steps_back;         /* some of them may have a walk go back, also where keys tell all */
    bool absorbs_alone;      /* some of them take events that have no counterpart, wherever the other side is */
    bool absorbs_limited;    /* some of those that the walk tries absorb so often at most in a pair of threads */
    bool arranges;           /* some of them put events in order before they are compared */
    bool forgives;           /* some of them take divergences, when all are known */
    const struct evd_string *counted_kinds; /* sorted; struct evd_kind_rule::counted_index */
    size_t counted_count;
    const struct evd_name_class *name_classes;
    size_t name_class_count;                /* 0: no value is a name */
    uint32_t name_size_count;               /* evd_name_rule::size_index is at most this */
    const struct evd_compare_rule *compare; /* in the order of the file */
    size_t compare_count;
    struct evd_compare_list compare_any;   /* those that may be about kinds without rules of their own */
    const struct evd_thread_rule *threads; /* in the order of the file */
    size_t thread_count;
    const struct evd_ordinal_tag *tags;
    uint32_t tag_count;  /* at most EVD_TAGS_MAX */
    uint32_t slot_count; /* ordinal slots of all kinds together */
    uint64_t hash;       /* of the text and of what is made canonical: with equal ones a log has equal
                            keys, tags and floating SIDs. Which absorbers are disabled does not matter */
};

/* How many rules have a count of their own in a log (log/log.h, struct evd_kind_use): the kinds, then the compare rules. */
static inline size_t evd_rules_use_count(const struct evd_rules *rules)
{
    return rules->kind_count + rules->compare_count;
}

/* The tag of an allocator's return. */
static inline uint32_t evd_allocator_tag(const struct evd_kind_rule *rule, size_t allocator, bool is_null)
{
    return rule->tag_first + (uint32_t)(allocator + (is_null ? rule->allocator->name_count : 0));
}

/* A tag as it would be if no pointer were null: where two tags have the same one, they number the same. */
static inline uint32_t evd_tag_without_null(const struct evd_rules *rules, uint32_t tag)
{
    return rules->tags[tag].without_null;
}

/* As evd_rules_load, from `length` bytes of text, which is copied; at most 16 MiB. `path` is only for
 * messages. */
enum evd_status evd_rules_load_text(const char *path, const char *text, size_t length,
                                    const struct evd_rules_options *options, struct evd_rules **rules,
                                    struct evd_error *error);

/* True when what one pair of threads learns of names counts for the others. */
static inline bool evd_rules_share_names(const struct evd_rules *rules)
{
    for (size_t i = 0; i < rules->name_class_count; i++)
        if (!rules->name_classes[i].is_per_thread)
            return true;
    return rules->compares_shared;
}

/* The rules of a kind, or NULL. Cost: one hash and one comparison. */
const struct evd_kind_rule *evd_rules_kind(const struct evd_rules *rules, const char *kind, size_t length);

/* The rule of a field, or NULL. Cost: linear in the kind's fields, which are few. */
const struct evd_field_rule *evd_kind_field(const struct evd_kind_rule *kind, const char *name, size_t length);

/* The index of an allocator's name, or -1. Cost: logarithmic in the names; one look at the length for most
 * that are none. */
long evd_allocator_index(const struct evd_allocator_rule *allocator, const char *name, size_t length);

/* The name rules of a kind about one call, or NULL. Cost: one hash and one comparison. */
const struct evd_name_call *evd_name_call_find(const struct evd_kind_rule *kind, struct evd_string call);

/* The name rule for a path in an event of a kind, or NULL. `call`: as evd_name_call_find says; `member`: NULL
 * for the field itself. Cost: linear in the name rules about the call and about all calls. */
const struct evd_name_rule *evd_name_rule_find(const struct evd_kind_rule *kind, const struct evd_name_call *call,
                                               struct evd_string field, const struct evd_string *member);

/* The same by hashes, `general` being the rule for calls that no rule about the path names; `member_path`: 0 for
 * the field itself. Cost: linear in the name rules about the call. */
static inline const struct evd_name_rule *evd_name_rule_of(
    const struct evd_name_call *call, const struct evd_name_rule *general, uint64_t field_hash, uint64_t member_path)
{
    for (size_t i = 0; call != NULL && i < call->count; i++) {
        const struct evd_name_rule *rule = &call->rules[i];
        if (rule->is_any_member ? member_path != 0 && rule->field_hash == field_hash
                                : rule->path == (member_path != 0 ? member_path : field_hash))
            return rule;
    }
    return general;
}

/* True when all events with one's key are or are none of `when`'s: what it asks is in the key as it is. `rule`: of the
 * event's kind, or NULL; `compare_count`: compare rules that may be about that. Cost: linear in the kind's fields. */
bool evd_when_is_told_by_key(const struct evd_when *when, const struct evd_kind_rule *rule, size_t compare_count);

/* Splits the path of a field as families tell it, "return_value" or "args.a1", at its first dot: the member of the payload that
 * it leads to, and in *member the rest of it. True when there is a dot; else *member is empty. */
static inline bool evd_split_field(struct evd_string path, struct evd_string *field, struct evd_string *member)
{
    const char *dot = path.length > 0 ? memchr(path.bytes, '.', path.length) : NULL;
    *field = path;
    *member = (struct evd_string){"", 0};
    if (dot == NULL)
        return false;
    field->length = (size_t)(dot - path.bytes);
    *member = (struct evd_string){dot + 1, path.length - field->length - 1};
    return true;
}

/* The rules of failures that count for one field of one call. */
struct evd_failing_values {
    const struct evd_failure_rule *rules;
    uint64_t counting[EVD_KIND_FAILURES_MAX / 64]; /* bit i of word i / 64: rules[i] does */
};

/* Of the rules about a field those count that are about the call most closely: by its name, then by the longest
 * beginning, then about all calls. `kind`, `call`, `field`: as in struct evd_family. Cost: linear in the kind's rules
 * of failures and their calls. */
struct evd_failing_values evd_failing_values_of(const struct evd_rules *rules, struct evd_text kind,
                                                struct evd_text call, struct evd_text field);

/* Whether any rule counts. */
bool evd_has_failing(const struct evd_failing_values *failures);

/* True when a value says that the call failed. Cost: linear in the rules that count and their values. */
bool evd_is_failing(const struct evd_failing_values *failures, const struct evd_field_value *value);

/* How closely a rule about some calls, by their names or how these begin, is about a call: 0 not at all, 1 as about all
 * calls, which `count` 0 stands for, more for each byte of a beginning, and most for the whole name. */
size_t evd_call_closeness(const struct evd_string *calls, size_t count, struct evd_text call);

/* How numbers of a field are shown: as the rule says that is about the call most closely, of several as closely the first.
 * `kind`, `call`, `field`: as in struct evd_family. Cost: linear in the kind's rules of "shown_as". */
enum evd_shown_as evd_shown_as_of(const struct evd_rules *rules, struct evd_text kind, struct evd_text call,
                                  struct evd_text field);

/* The number that "0x" and 1 to 16 hexadecimal digits spell; false when it is spelled otherwise. */
bool evd_hexadecimal(struct evd_string spelling, uint64_t *value);

/* The bit of a name's length in evd_allocator_rule::lengths. */
static inline uint64_t evd_allocator_length_bit(size_t length)
{
    return (uint64_t)1 << (length < 63 ? length : 63);
}

#endif
