/* Other names: which events of a mutated excerpt have other names than without the mutation.
 *
 * Threads: one at a time. */
#ifndef EVD_SELFTEST_OTHER_NAMES_H
#define EVD_SELFTEST_OTHER_NAMES_H

#include "names/pair_reader.h"
#include "selftest/variants.h"
#include "walk/matched.h"

/* An excerpt of ours and what of it matches canary's. */
struct evd_excerpt_match {
    const struct evd_log *log;
    const struct evd_stream *stream;
    const struct evd_matched *matched;
};

struct evd_other_names {
    struct evd_name_pair_reader reader;
    struct evd_name_use_list plain, mutated; /* scratch */
};

/* False when memory runs out; release in either case. The rules must outlive it. */
bool evd_other_names_init(struct evd_other_names *names, const struct evd_rules *rules);
void evd_other_names_release(struct evd_other_names *names);

/* Adds to `variants` canary's events that match an event with other names in `mutated` than in `plain`, or only in
 * one of the two. `event` says whose they are; from position `from` on the whole log's stream has an
 * event for each but the first of the excerpt. Errors: EVD_E_NO_MEMORY. Cost: parses what is spelled otherwise than without the
 * mutation. */
enum evd_status evd_other_names_list(
    struct evd_other_names *names, const struct evd_log *canary, const struct evd_stream *canary_stream,
    const struct evd_excerpt_match *plain, const struct evd_excerpt_match *mutated, struct evd_variant_event event,
    const struct evd_stream *whole, uint64_t from, struct evd_variants *variants, struct evd_error *error);

#endif
