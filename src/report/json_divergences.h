/* json: the divergences of a pair, of which there may be millions.
 *
 * They are what a large report is made of, and do not depend on each other: pieces of them are written by all workers
 * while the calling thread hands on those before. */
#ifndef EVD_REPORT_JSON_DIVERGENCES_H
#define EVD_REPORT_JSON_DIVERGENCES_H

#include "base/json_writer.h"
#include "evdiff/outcome.h"

enum {
    EVD_JSON_PIECE = 128,     /* divergences to a piece */
    EVD_JSON_LARGE = 1 << 14, /* a pair with fewer has no workers */
};

/* "divergences". `threads`: as evd_report_options has it. What is written is the same whatever it is; without memory for
 * workers the calling thread writes alone. */
void evd_json_divergences(struct evd_json_writer *json, const struct evd_outcome *outcome,
                          const struct evd_pair_outcome *pair, unsigned threads);

#endif
