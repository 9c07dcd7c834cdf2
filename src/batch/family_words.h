/* A family of a night in words, which are kept.
 *
 * Ownership: the words are the arena's. */
#ifndef EVD_BATCH_FAMILY_WORDS_H
#define EVD_BATCH_FAMILY_WORDS_H

#include "base/buffer.h"
#include "batch/night.h"

enum { EVD_WHAT_LETTERS_MAX = 200 };

/* Keeps what is in the buffer, in the arena, and empties it; NULL when memory runs out. */
const char *evd_settle(struct evd_arena *arena, struct evd_buffer *text);

/* Columns of the events around a place, which are cut to it. */
enum { EVD_NIGHT_EVENTS_WIDTH = 100 };

/* What a family of an outcome is, how it differs and where, where its standing is one to look at what is around it, and the command that shows it, in which paths that are relative are of
 * `folder`. False when memory runs out. */
bool evd_night_describe_family(struct evd_arena *arena, const char *folder, const struct evd_outcome *outcome,
                               const struct evd_family *family, struct evd_night_family *told);

#endif
