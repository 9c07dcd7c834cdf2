/* How paths are added to the trie of shapes. */
#include "log/shape_trie.h"

#include <string.h>

enum {
    NODES_MAX = 4096,
    SIBLINGS_MAX = 48,
};

/* Gives a node what one more path asks of it. */
static struct evd_shape_node *mark(struct evd_shapes *shapes, struct evd_shape_node *node, uint8_t recall)
{
    if (recall & EVD_RECALL_SPAN && node->span == NULL) {
        node->span = evd_arena_alloc(&shapes->arena, sizeof *node->span);
        if (node->span == NULL)
            recall = (uint8_t)(recall & ~EVD_RECALL_SPAN);
        else
            memset(node->span, 0, sizeof *node->span);
    }
    node->recall |= recall;
    node->is_simple = node->hole == EVD_HOLE_STRING && node->use == EVD_USE_MEMBER && node->member.roles == 0 &&
                      node->action_count == 0 && node->recall == 0;
    return node;
}

/* Finds where a new first node's literal parts from the first one's. */
static void note_first(struct evd_shapes *shapes, const struct evd_shape_node *node)
{
    const struct evd_shape_node *first = shapes->root.child;
    const uint32_t shorter = node->length < first->length ? node->length : first->length;
    uint32_t differs = 0;
    while (differs < shorter && node->literal[differs] == first->literal[differs])
        differs++;
    if (node == first || (shapes->first_differs != 0 && shapes->first_differs <= differs))
        return;
    shapes->first_differs = differs;
    memset(shapes->firsts, 0, sizeof shapes->firsts);
}

/* The child of `parent` for a step, made when it is new; NULL when there is no room for more. */
static struct evd_shape_node *grow(struct evd_shapes *shapes, struct evd_shape_node *parent, const char *line,
                                   const struct evd_shape_step *step)
{
    const uint32_t length = step->to - step->from;
    struct evd_shape_node **last = &parent->child;
    for (; *last != NULL; last = &(*last)->sibling)
        if ((*last)->length == length && (*last)->hole == (uint8_t)step->hole &&
            memcmp((*last)->literal, line + step->from, length) == 0)
            return mark(shapes, *last, step->recall);
    if (shapes->node_count == NODES_MAX || parent->child_count == SIBLINGS_MAX)
        return NULL;
    const size_t padded = (length / EVD_BLOCK + 1) * EVD_BLOCK;
    char *literal = evd_arena_alloc(&shapes->arena, padded);
    struct evd_action *actions = evd_arena_array(&shapes->arena, step->action_count, sizeof *actions);
    struct evd_shape_node *node = evd_arena_alloc(&shapes->arena, sizeof *node);
    if (literal == NULL || actions == NULL || node == NULL)
        return NULL;
    memset(literal, 0, padded);
    memcpy(literal, line + step->from, length);
    if (step->action_count > 0)
        memcpy(actions, step->actions, step->action_count * sizeof *actions);
    *node = (struct evd_shape_node){
        .literal = literal,
        .length = length,
        .hole = (uint8_t)step->hole,
        .use = (uint8_t)step->use,
        .member = step->member,
        .actions = actions,
        .action_count = (uint16_t)step->action_count};
    if (step->place.kind != NULL) {
        struct evd_name_place *place = evd_arena_alloc(&shapes->arena, sizeof *place);
        if (place == NULL)
            return NULL;
        *place = step->place;
        node->member.place = place;
    }
    *last = node;
    if (parent == &shapes->root)
        note_first(shapes, node);
    parent->child_count++;
    shapes->node_count++;
    return mark(shapes, node, step->recall);
}

/* True when the step adds a member of the payload to the key. */
static bool has_member(const struct evd_shape_step *step)
{
    return step->action_count > 0 || step->use >= EVD_USE_MEMBER;
}

/* Marks where the line's span and tail begin. */
static void mark_recalls(const struct evd_shape_path *path)
{
    struct evd_shape_step *span = NULL, *tail = NULL;
    bool has_come = false; /* a member */
    bool has_tid = false, has_idx = false;
    for (unsigned i = 0; i < path->last; i++) {
        struct evd_shape_step *step = &path->steps[i];
        has_come |= has_member(step);
        if (step->use >= EVD_USE_MEMBER)
            continue;
        if (has_come) {
            step->recall = EVD_RECALL_NOTHING;
            tail = NULL;
            continue;
        }
        has_tid |= step->use == EVD_USE_TID;
        has_idx |= step->use == EVD_USE_IDX;
        tail = step;
        if (step->use == EVD_USE_TID || step->use == EVD_USE_IDX)
            span = step;
    }
    if (tail == NULL || !has_tid || !has_idx)
        return;
    tail->recall |= EVD_RECALL_TAIL;
    if (span != tail)
        span->recall |= EVD_RECALL_SPAN;
}

void evd_shape_trie_add(struct evd_shapes *shapes, const struct evd_shape_path *path)
{
    struct evd_shape_node *node = &shapes->root;
    const struct evd_string kind = path->fields->kind;
    mark_recalls(path);
    for (unsigned i = 0; i <= path->last && node != NULL; i++)
        node = grow(shapes, node, path->text, &path->steps[i]);
    if (node == NULL || node->kind.bytes != NULL)
        return;
    char *copy = evd_arena_alloc(&shapes->arena, kind.length + 1);
    if (copy == NULL)
        return;
    memcpy(copy, kind.bytes, kind.length);
    node->rule = path->fields->rule;
    node->skipped_fields = path->skipped_fields;
    node->kind_hash = evd_hash_string(kind);
    node->kind = (struct evd_string){copy, kind.length};
    if (path->summary != NULL)
        node->event = evd_shape_event_new(&shapes->arena, path);
}

void evd_shape_trie_clear(struct evd_shapes *shapes)
{
    memset(shapes->memos, 0, EVD_MEMO_SLOTS * sizeof *shapes->memos);
    evd_arena_reset(&shapes->arena);
    shapes->root = (struct evd_shape_node){0};
    shapes->last = &shapes->root;
    shapes->first_differs = 0;
    memset(shapes->firsts, 0, sizeof shapes->firsts);
    shapes->node_count = 0;
}
