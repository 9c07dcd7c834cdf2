/* Saved outcomes: reading back what a report in JSON holds (docs/outcome.schema.json), without the logs.
 *
 * An outcome that was written and read again is the same but for what that report leaves out: what the diff cost
 * (evd_outcome::bytes_read_again, ::walk_seconds), the absorbed events, times, quotations but
 * those of the places to look at, and of these what is in the events; evd_divergence::has_noisy_place; and bytes of a text that are no UTF-8, which are spelled out ("\xff"). So every report can
 * be made of it, byte for byte but for those.
 *
 * A file is input like any other: nothing of it is believed before it was checked. Whoever holds an outcome may rely on what
 * evdiff/outcome.h says of one that evd_diff made: indexes are valid, causes form no circle, words are of their
 * enumerations, a divergence is of its family's class. What nothing else hangs on, as an order or a sum, is as the file says it. */
#ifndef EVDIFF_SAVED_H
#define EVDIFF_SAVED_H

#include <stdbool.h>

#include "evdiff/error.h"
#include "evdiff/outcome.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of JSON that a saved outcome may have, unpacked. */
#define EVD_SAVED_BYTES_MAX ((size_t)1 << 30)

/* Reads the file at `path`, plain or packed by zstd or gzip, which its first bytes tell. *outcome: to be freed by
 * evd_outcome_free; NULL when it fails. Members that are not known are passed over.
 *
 * Errors: EVD_E_IO, also for damaged packed data; EVD_E_INPUT with line and column where the text is no JSON, no outcome,
 * one of another schema, or contradicts itself; EVD_E_LIMIT above EVD_SAVED_BYTES_MAX; EVD_E_NO_MEMORY. Threads: any number at
 * once. Cost: linear; text, tokens and outcome are in memory at once, some 8 times the text. */
enum evd_status evd_saved_read(const char *path, struct evd_outcome **outcome, struct evd_error *error);

/* Whether a file begins as an outcome does that is not packed; false for what can't be read or is no regular file, of which
 * nothing is read. Cost: reads at most 256 bytes. */
bool evd_saved_is_outcome(const char *path);

/* The same as evd_saved_read from memory; `path` is for messages only. */
enum evd_status evd_saved_read_text(const char *path, const char *text, size_t length, struct evd_outcome **outcome,
                                    struct evd_error *error);

#ifdef __cplusplus
}
#endif

#endif
