/* Shapes: what the parser makes of a line, made by the line's shape. The tokens of the line that taught the shape are
 * those of every line of it, but for where they are and how long the values in its holes are. */
#include <stdlib.h>
#include <string.h>

#include "log/shape_trie.h"

/* What a path's events are. */
struct evd_shape_event {
    const struct evd_json_token *tokens; /* of the line that taught it */
    uint32_t token_count;
    uint32_t hole_count;
    const uint32_t *hole_tokens;      /* ascending */
    struct evd_event_fields fields;   /* kind, tid and tid_event_idx are the line's */
    struct evd_event_summary summary; /* key and tag are the line's */
};

struct evd_shape_event *evd_shape_event_new(struct evd_arena *arena, const struct evd_shape_path *path)
{
    const uint32_t count = path->tape->count;
    struct evd_shape_event *event = evd_arena_alloc(arena, sizeof *event);
    struct evd_json_token *tokens = evd_arena_array(arena, count, sizeof *tokens);
    uint32_t *hole_tokens = evd_arena_array(arena, path->last, sizeof *hole_tokens);
    if (event == NULL || tokens == NULL || hole_tokens == NULL)
        return NULL;
    memcpy(tokens, path->tape->tokens, count * sizeof *tokens);
    for (unsigned i = 0; i < path->last; i++)
        hole_tokens[i] = path->steps[i].token;
    *event = (struct evd_shape_event){
        .tokens = tokens,
        .token_count = count,
        .hole_count = path->last,
        .hole_tokens = hole_tokens,
        .fields = *path->fields,
        .summary = *path->summary};
    return event;
}

static bool make_room(struct evd_shape_tokens *tokens, size_t count)
{
    if (count <= tokens->capacity)
        return true;
    const size_t capacity = 2 * count;
    struct evd_json_token *grown = reallocarray(tokens->tokens, capacity, sizeof *grown);
    if (grown == NULL)
        return false;
    tokens->tokens = grown;
    tokens->capacity = capacity;
    return true;
}

/* Puts the tokens where they are in this line: between two holes all have moved as far as the first of them. */
static void place_tokens(const struct evd_shape_event *event, const struct evd_shape_values *values,
                         struct evd_json_token *placed)
{
    uint32_t shift = 0, t = 0; /* a shift to the left is one modulo 2^32 */
    for (uint32_t hole = 0; hole < event->hole_count; hole++) {
        const uint32_t end = event->hole_tokens[hole];
        for (; t < end; t++) {
            placed[t] = event->tokens[t];
            placed[t].start += shift;
        }
        const struct evd_json_token *taught = &event->tokens[t];
        const struct evd_shape_value *value = &values->values[hole];
        placed[t] = *taught;
        placed[t].start = value->start;
        placed[t].length = value->length;
        placed[t].escaped = value->is_escaped;
        if (taught->type != EVD_JSON_STRING)
            placed[t].type = value->is_real ? EVD_JSON_REAL : EVD_JSON_INTEGER;
        shift = value->start + value->length - (taught->start + taught->length);
        t++;
    }
    for (; t < event->token_count; t++) {
        placed[t] = event->tokens[t];
        placed[t].start += shift;
    }
}

const char *evd_shapes_read_event(struct evd_shapes *shapes, const char *line, const char *end,
                                  struct evd_shape_tokens *tokens, struct evd_shape_read_event *event)
{
    struct evd_event_record record;
    const char *next = evd_shapes_read_values(shapes, line, end, &record);
    if (next == NULL)
        return NULL;
    const struct evd_shape_event *shape = shapes->values.end->event;
    if (shape == NULL || !make_room(tokens, shape->token_count))
        return NULL;
    place_tokens(shape, &shapes->values, tokens->tokens);
    event->tape = (struct evd_json_tape){line, tokens->tokens, shape->token_count};
    event->fields = shape->fields;
    event->fields.kind = record.kind;
    event->fields.tid = record.tid;
    event->fields.tid_event_idx = record.tid_event_idx;
    event->summary = shape->summary;
    event->summary.key = record.key;
    event->summary.tag = record.tag;
    return next;
}
