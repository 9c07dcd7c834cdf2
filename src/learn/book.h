/* Book: what the runs show of each field and each call, counted.
 *
 * Ownership: the book owns all in it. Threads: one at a time. */
#ifndef EVD_LEARN_BOOK_H
#define EVD_LEARN_BOOK_H

#include "base/table.h"
#include "explain/relation.h"
#include "rules/rules.h"
#include "json/value.h"

/* Values of one field that are "a few". */
enum { EVD_FEW_VALUES = 4 };

/* A value that differs, and the runs that have it at the field, wherever. */
struct evd_few_value {
    uint64_t hash; /* evd_hash_tree */
    struct evd_value value;
    uint32_t runs; /* bits */
};

/* One field of one call. */
struct evd_field_facts {
    struct evd_string kind, call; /* `call` may be empty */
    struct evd_string path;       /* as rules spell it */
    struct evd_string member;     /* as families tell it, "args.a1"; empty when it is deeper or in a list */
    bool has_depth;               /* `path` leads into a list, or deeper than names are looked for */
    uint64_t *seen;               /* one a run: its events of the call that have the field */
    uint64_t *varied;             /* one a pair of runs: pairs of events in which it differs */
    uint64_t varied_in_all;
    unsigned explained; /* bits: the operators (learn/operators.h) that make all of those equal */
    struct evd_few_value values[EVD_FEW_VALUES];
    size_t value_count;
    bool has_more_values, has_other_types; /* too many values for a few; lists, objects, or a value that is absent */
    struct evd_relation_evidence relation;
    bool has_no_number;   /* a value that is neither an integer nor "0x…" */
    uint64_t least, most; /* of all numbers, unless has_no_number */
    uint64_t renamed; /* pairs of values that stood against each other before, in the same threads of the same runs */
    uint64_t broken;  /* of those whose values stood against others before */
    bool may_fail;    /* some rule tells by this field whether the call failed */
    bool fails;       /* a value that differs tells that it failed */
    uint64_t last_event; /* scratch: the event that it was counted in last, + 1 */
};

/* One call whose events a run may lack: what some kinds have in common by its name, or a kind without names. */
struct evd_call_facts {
    struct evd_string call;   /* empty: of a kind without names */
    struct evd_string *kinds; /* of its events that are missing, in the order of their first place */
    size_t kind_count, kind_capacity;
    uint64_t *seen;    /* one a run: its events of these kinds by this name */
    uint64_t *missing; /* one a pair of runs: events without a counterpart */
    uint64_t missing_in_all;
};

struct evd_book {
    const struct evd_rules *rules;
    size_t run_count, pair_count;
    struct evd_arena arena;
    struct evd_field_facts *fields;
    size_t field_count, field_capacity;
    struct evd_call_facts *calls;
    size_t call_count, call_capacity;
    struct evd_table by_field;  /* kind, call and path → index in `fields` */
    struct evd_table by_events; /* kind and call of fields → 0 */
    struct evd_table by_call;   /* call → index in `calls` */
    struct evd_table renaming;  /* field, threads, runs, side and value → the value it stood against */
    uint64_t divergences;
};

/* Roles of fields that the rules replace by marks; compare rules leave them alone, in every event of the kind. */
enum { EVD_LEARN_MARKED = EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP };

/* Of two runs, the first below the second. */
static inline size_t evd_run_pair(const struct evd_book *book, size_t first, size_t second)
{
    return first * book->run_count - first * (first + 1) / 2 + second - first - 1;
}

/* What a field or call is known by. */
uint64_t evd_book_field_key(struct evd_string kind, struct evd_string call, struct evd_string path);
uint64_t evd_book_call_key(struct evd_string kind, struct evd_string call);

/* The facts about a field, new or known; NULL when memory runs out. `depth`: steps of its path; `is_item`: it leads into
 * a list; `member` as in struct evd_field_facts. Texts are copied. */
struct evd_field_facts *evd_book_field(struct evd_book *book, struct evd_string kind, struct evd_string call,
                                       struct evd_string path, struct evd_string member);

/* Where a pair of differing values stands. */
struct evd_value_place {
    size_t run_pair;
    size_t threads; /* the pair of threads, by index */
};

/* Takes in two values that differ; NULL: absent. `scratch` is used on the way. False when memory runs out. */
bool evd_book_add_values(struct evd_book *book, struct evd_field_facts *field, const struct evd_value_place *place,
                         const struct evd_value *const value[EVD_SIDES], struct evd_arena *scratch);

/* Takes in events of one call without a counterpart: `kinds` of `count` events. False when memory runs out. */
bool evd_book_add_missing(struct evd_book *book, size_t run_pair, struct evd_string call,
                          const struct evd_string *kinds, size_t count);

void evd_book_release(struct evd_book *book);

#endif
