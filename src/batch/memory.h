/* Memory: what a night hands on to the next one about a family of a job, as members of night.json.
 *
 * A night knows the one before and nothing else. So each one carries on what judging wants to know of all of them: where
 * a family was, how many nights in a row it was there, which threads and values it has been seen with.
 *
 * Ownership: all of it is in the arena of whoever reads or makes it. */
#ifndef EVD_BATCH_MEMORY_H
#define EVD_BATCH_MEMORY_H

#include "base/arena.h"
#include "base/json_writer.h"
#include "evdiff/judge.h"
#include "json/value.h"

enum {
    EVD_MEMORY_NIGHTS_MAX = 30, /* whose numbers of divergences are kept */
    EVD_MEMORY_LIST_MAX = 256,  /* threads, and values; with more of them nothing is concluded from new ones */
};

/* Numbers that a family has been seen with, in ascending order. */
struct evd_seen {
    uint64_t *list; /* NULL: not known */
    size_t count;
    bool is_too_long; /* for good */
};

struct evd_memory {
    const char *first;      /* the night that had it first, of `nights` */
    uint64_t nights;        /* in a row in which the job has it */
    uint64_t root_nights;   /* of them the last ones, in which it was a root */
    uint64_t passed_nights; /* in a row in which its place was passed without it */
    bool has_place;
    struct evd_canary_place place;
    uint64_t counts[EVD_MEMORY_NIGHTS_MAX]; /* its divergences in the last nights that had it, the newest last */
    size_t count_count;
    struct evd_seen tids, values; /* of canary; evd_hash_of_values */
};

/* Reads the members of an object; false when they are none, or memory runs out. */
bool evd_memory_read(struct evd_arena *arena, const struct evd_value *object, struct evd_memory *memory);

/* Writes them into the object that is open. */
void evd_memory_write(struct evd_json_writer *json, const struct evd_memory *memory);

/* The place in words that judging takes, of a family whose words are `key`. Borrows. */
struct evd_past_family evd_memory_past(const struct evd_memory *memory, const struct evd_ledger_key *key);

/* Adds tonight's number of divergences; forgets the oldest where there are too many. */
void evd_memory_count(struct evd_memory *memory, uint64_t count);

/* Adds tonight's numbers, in any order, each any number of times. False when memory runs out. */
bool evd_seen_add(struct evd_arena *arena, struct evd_seen *seen, const uint64_t *numbers, size_t count);

#endif
