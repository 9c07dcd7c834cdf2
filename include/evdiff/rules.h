/* The rules: what two engines may legitimately do differently, as data.
 *
 * A rule set says which kinds take no part, which fields are skipped or made canonical, where SIDs
 * come from, which absorbers there are, and what is compared and shown first. docs/rules.md describes
 * the file; the built-in set is src/rules/schema-v1.json.
 *
 * Ownership: the caller frees a rule set with evd_rules_free, after every diff that used it.
 * Threads: a loaded rule set is read-only; any number of threads may use it. */
#ifndef EVDIFF_RULES_H
#define EVDIFF_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "evdiff/error.h"

#ifdef __cplusplus
extern "C" {
#endif

struct evd_rules;

/* Parts of a rule set that a run leaves out. */
struct evd_rules_options {
    bool keep_allocator_returns;           /* compare allocator returns as they are */
    bool keep_host_heap_fields;            /* compare host-heap fields as they are */
    const char *const *disabled_absorbers; /* names; those that the file does not define are passed over, see
                                              evd_rules_absorber_name */
    size_t disabled_absorber_count;
};

/* Loads a rules file, or the built-in set when `path` is NULL. `options` may be NULL: nothing is left
 * out. On failure *rules is NULL and the error is EVD_E_RULES with a place in the file, EVD_E_IO or
 * EVD_E_NO_MEMORY. Cost: linear in the file, at most 16 MiB; for the built-in set under a millisecond. */
enum evd_status evd_rules_load(const char *path, const struct evd_rules_options *options, struct evd_rules **rules,
                               struct evd_error *error);

/* The rules that are shipped beside the built-in set, for logs of other programs: their names, by index from 0, NULL past
 * the last one; and loading one of them. Errors: EVD_E_ARGUMENT for an unknown name, EVD_E_NO_MEMORY. */
const char *evd_rules_shipped_name(size_t index);
enum evd_status evd_rules_load_shipped(const char *name, const struct evd_rules_options *options,
                                       struct evd_rules **rules, struct evd_error *error);

/* Takes NULL too. */
void evd_rules_free(struct evd_rules *rules);

/* The file the rules came from, whole: what a user can edit and load again. Owned by `rules`; `length`
 * in bytes. */
const char *evd_rules_text(const struct evd_rules *rules, size_t *length);

/* A hash of that file, 16 hexadecimal digits: which rules these are, whatever options they were loaded with. `digits`: with
 * a zero behind them. Cost: linear in the file. */
enum { EVD_RULES_HASH_BYTES = 17 };
void evd_rules_hash(const struct evd_rules *rules, char digits[EVD_RULES_HASH_BYTES]);

/* How many absorbers the file defines, and the name of one by index below that, in the order they are tried;
 * disabled ones count. The names are terminated and belong to `rules`. */
size_t evd_rules_absorber_count(const struct evd_rules *rules);
const char *evd_rules_absorber_name(const struct evd_rules *rules, size_t index);

#ifdef __cplusplus
}
#endif

#endif
