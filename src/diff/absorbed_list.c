#include "diff/absorbed_list.h"

#include <string.h>

#include "base/grow.h"
#include "outcome/text.h"
#include "walk/quote.h"

bool evd_hear_absorbed(void *context, const struct evd_absorbed_view *seen)
{
    struct evd_absorbed_list *list = context;
    struct evd_quoted_event quoted;
    void *events = evd_grow(list->events, list->count, &list->capacity, sizeof *list->events);
    if (events == NULL)
        return false;
    list->events = events;
    if (!evd_quote(seen->view, true, list->scratch, list->arena, &quoted))
        return false;
    list->events[list->count++] = (struct evd_absorbed_event){
        .absorber = seen->absorber,
        .side = seen->side,
        .matched = seen->matched,
        .blocks = seen->blocks,
        .offset = seen->offset,
        .event = quoted,
    };
    return true;
}

struct evd_absorbed_event *evd_absorbed_list_keep(const struct evd_absorbed_list *list)
{
    struct evd_absorbed_event *kept = evd_arena_array(list->arena, list->count, sizeof *kept);
    if (kept != NULL && list->count > 0)
        memcpy(kept, list->events, list->count * sizeof *kept);
    return kept;
}
