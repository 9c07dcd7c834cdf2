/* Templates: paths with {x} in the place of what differs from job to job, and the files that match them.
 *
 * {x} stands for at least one byte, none of them '/', and not for a '.' at the beginning of a name. A name that is there
 * twice stands for the same text. Of several ways to match, the first name takes as little as it can. */
#ifndef EVD_BATCH_TEMPLATE_H
#define EVD_BATCH_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

enum { EVD_BINDINGS_MAX = 8 };

/* What the names of a template stand for. */
struct evd_binding {
    const char *name, *value; /* in the arena; NULL: not bound */
};

struct evd_bindings {
    struct evd_binding list[EVD_BINDINGS_MAX];
    size_t count;
};

/* Why a template is none: a sentence; NULL when it is one. A name is a letter and then letters, digits and '_', all
 * small. */
const char *evd_template_fault(const char *text);

/* True when the template has a name. */
bool evd_template_has_names(const char *text);

/* The names of a template that are not yet among the bindings are added, unbound; false when there are too many, or
 * memory runs out. */
bool evd_template_names(struct evd_arena *arena, const char *text, struct evd_bindings *bindings);

/* The text with each name replaced by what it stands for; NULL when one is not bound, or memory runs out. */
const char *evd_template_fill(struct evd_arena *arena, const char *text, const struct evd_bindings *bindings);

/* What the names stand for in each path that is there and matches, in the order of those texts, without doubles. */
struct evd_matches {
    struct evd_bindings *list; /* freed by evd_matches_release */
    size_t count, capacity;
    bool has_failed; /* memory ran out, or there are more than EVD_MATCHES_MAX */
};

enum { EVD_MATCHES_MAX = 100000 };

/* Adds the matches of a template relative to a folder. `names` are its names, unbound, in the order in which matches have
 * them. Folders that can't be read have none. Cost: reading each folder that a part with a name is looked for in. */
void evd_template_match(struct evd_arena *arena, const char *folder, const char *text, const struct evd_bindings *names,
                        struct evd_matches *matches);

/* Puts them in order, once all are added. */
void evd_matches_settle(struct evd_matches *matches);
void evd_matches_release(struct evd_matches *matches);

#endif
