#include "outcome/text.h"

#include <string.h>

bool evd_copy_text(struct evd_arena *arena, struct evd_text from, struct evd_text *text)
{
    char *bytes = evd_arena_alloc(arena, from.length + 1);
    if (bytes == NULL)
        return false;
    if (from.length > 0)
        memcpy(bytes, from.bytes, from.length);
    *text = (struct evd_text){bytes, from.length};
    return true;
}

bool evd_keep_text(struct evd_arena *arena, const struct evd_buffer *buffer, struct evd_text *text)
{
    return !buffer->failed && evd_copy_text(arena, (struct evd_text){buffer->data, buffer->length}, text);
}
