/* Quote: an event as reports show it. */
#ifndef EVD_WALK_QUOTE_H
#define EVD_WALK_QUOTE_H

#include "evdiff/outcome.h"
#include "walk/event_view.h"

/* Quotes an event into the arena; `scratch` is any buffer, `has_json` asks for the whole event too.
 * False when memory runs out. */
bool evd_quote(const struct evd_event_view *view, bool has_json, struct evd_buffer *scratch, struct evd_arena *arena,
               struct evd_quoted_event *quoted);

#endif
