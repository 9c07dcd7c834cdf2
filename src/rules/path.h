/* Paths: which values of a payload a rule is about.
 *
 *     gas            the member "gas" of the payload
 *     args.flags     the member "flags" of the object in "args"
 *     args.*         every member of "args"
 *     stack[]        every item of the list in "stack"
 *     submits[].cmd  the member "cmd" of every item of "submits"
 *     a.**           "a" and all that is in it, however deep
 *
 * A member whose name has one of `. * [ \` in it is written with a backslash before that letter.
 *
 * A path is matched step by step, as a payload is gone through: what has been matched so far is a set of places in the
 * path, one bit each. Ownership: a path is in the arena that it was read into. Threads: read-only. */
#ifndef EVD_RULES_PATH_H
#define EVD_RULES_PATH_H

#include "json/value.h"

/* What is deeper in a payload than so many members and items no path leads to. */
enum { EVD_PATH_STEPS_MAX = 32, EVD_PATH_DEPTH_MAX = 64 };

enum { EVD_PATHS_MAX = 64 }; /* of one rule */

enum evd_path_step_form {
    EVD_STEP_MEMBER, /* one member, by name */
    EVD_STEP_ANY,    /* any member */
    EVD_STEP_ITEM,   /* any item of a list */
    EVD_STEP_DEEP,   /* any members and items, any number of them, none too */
};

struct evd_path_step {
    enum evd_path_step_form form;
    struct evd_string name; /* EVD_STEP_MEMBER */
};

struct evd_path {
    const struct evd_path_step *steps;
    size_t count; /* at most EVD_PATH_STEPS_MAX, at least 1 */
};

/* Reads a path. NULL when it is well written or memory ran out, which *path tells: its steps are then NULL; else what is
 * wrong, a static string. */
const char *evd_path_read(struct evd_arena *arena, struct evd_string text, struct evd_path *path);

/* The places at the payload itself. */
uint64_t evd_path_start(const struct evd_path *path);

/* The places one step further in: at the member `key`, or at an item when `key` is NULL. 0: the path leads nowhere here. */
uint64_t evd_path_step_in(const struct evd_path *path, uint64_t places, const struct evd_string *key);

/* The first value at the path in a payload, or NULL. Cost: linear in the payload. */
const struct evd_value *evd_path_first(const struct evd_path *path, const struct evd_value *payload);

/* A hash of all values at the path in a payload; the same for equal ones. Cost: linear in the payload. */
uint64_t evd_path_hash(const struct evd_path *path, const struct evd_value *payload);

/* A hash of a payload without what is at the paths, at most EVD_PATHS_MAX. Cost: linear in the payload and the paths. */
uint64_t evd_path_hash_without(const struct evd_path *paths, size_t count, const struct evd_value *payload);

/* True when the path ends here. */
static inline bool evd_path_ends(const struct evd_path *path, uint64_t places)
{
    return places >> path->count & 1;
}

#endif
