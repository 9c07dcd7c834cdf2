/* Quote: an event as reports show it. */
#ifndef EVD_DIFF_QUOTE_H
#define EVD_DIFF_QUOTE_H

#include "diff/reader.h"
#include "evdiff/outcome.h"

/* Quotes an event into the arena; `scratch` is any buffer, `has_json` asks for the whole event too.
 * False when memory runs out. */
bool evd_quote(const struct evd_event_view *view, bool has_json, struct evd_buffer *scratch,
               struct evd_arena *arena, struct evd_quoted_event *quoted);

/* Copies a text into the arena; false when memory runs out. */
bool evd_copy_text(struct evd_arena *arena, struct evd_text from, struct evd_text *text);

/* The same for a buffer's content; false also when memory ran out in the buffer. */
bool evd_keep_text(struct evd_arena *arena, const struct evd_buffer *buffer, struct evd_text *text);

#endif
