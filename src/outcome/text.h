/* Text: copies of texts in an arena, which is where an outcome keeps them. */
#ifndef EVD_OUTCOME_TEXT_H
#define EVD_OUTCOME_TEXT_H

#include "base/arena.h"
#include "base/buffer.h"
#include "evdiff/outcome.h"

/* Copies a text into the arena; false when memory runs out. */
bool evd_copy_text(struct evd_arena *arena, struct evd_text from, struct evd_text *text);

/* The same for a buffer's content; false also when memory ran out in the buffer. */
bool evd_keep_text(struct evd_arena *arena, const struct evd_buffer *buffer, struct evd_text *text);

#endif
