/* balanced-blocks: while one side is at an enter block and the other at the start of a leave block, balanced blocks
 * are skipped up to the first point where the two sides meet again.
 *
 *     side    enter leave enter leave │ leave …      a block is one event of each block kind, in order, with the
 *     other                           └ leave …      block's name
 */
#include <assert.h>

#include "walk/absorb.h"
#include "walk/absorbers/types.h"

/* ---- the rule ---- */

enum { BLOCKS_MAX = 1000000 };

struct read_rule {
    struct evd_read_absorber common;
    struct evd_read_string name_field, enter, leave;
    struct evd_read_number side, max_blocks;
    struct evd_read_list block_kinds;
};
static_assert(sizeof(struct read_rule) <= EVD_RULE_BYTES_MAX, "EVD_RULE_BYTES_MAX is too small");

/* Which block a question is about; its place is the place in the block. */
enum block { ENTER, LEAVE, BLOCKS };
static_assert((int)BLOCKS <= (int)EVD_ABSORBER_QUESTIONS, "EVD_ABSORBER_QUESTIONS is too small");

struct members {
    enum evd_side side;                   /* where blocks are skipped */
    struct evd_string name_field;         /* holds a block's name */
    struct evd_string names[BLOCKS];      /* of the two blocks */
    const struct evd_string *block_kinds; /* one an event of a block */
    size_t block_kind_count;
    uint64_t max_blocks; /* pairs of them */
};

/* In the order of enum evd_side. */
static const char *const SIDES[] = {"canary", "ours", NULL};

#define AT(member) .offset = offsetof(struct read_rule, member)

static const struct evd_member_spec MEMBERS[] = {
    EVD_ABSORBER_FIRST_MEMBERS,
    {"side", EVD_MEMBER_CHOICE, AT(side), .choices = SIDES},
    {"name_field", EVD_MEMBER_STRING, AT(name_field)},
    {"enter", EVD_MEMBER_STRING, AT(enter)},
    {"leave", EVD_MEMBER_STRING, AT(leave)},
    {"block_kinds", EVD_MEMBER_STRINGS, AT(block_kinds), .may_repeat = true},
    {"max_blocks", EVD_MEMBER_COUNT, AT(max_blocks), .most = BLOCKS_MAX},
    EVD_ABSORBER_LAST_MEMBERS,
};
static const struct evd_shape SHAPE = {"a \"balanced-blocks\" absorber", MEMBERS, sizeof MEMBERS / sizeof *MEMBERS};

static bool add(struct evd_rules_reader *reader, const void *rule)
{
    const struct read_rule *read = rule;
    if (evd_string_equal(read->enter.string, read->leave.string))
        return evd_refuse(reader, read->leave.token, "\"enter\" and \"leave\" must be different names");
    struct members *members = evd_arena_alloc(reader->arena, sizeof *members);
    if (members == NULL)
        return evd_refuse_memory(reader);
    *members = (struct members){
        .side = (enum evd_side)read->side.value,
        .name_field = read->name_field.string,
        .names = {[ENTER] = read->enter.string, [LEAVE] = read->leave.string},
        .block_kinds = evd_build_strings(reader, &read->block_kinds),
        .block_kind_count = read->block_kinds.count,
        .max_blocks = read->max_blocks.value,
    };
    return members->block_kinds != NULL &&
           evd_absorber_add(reader, &evd_balanced_blocks, &read->common, &read->block_kinds.items[0], members);
}

/* ---- events ---- */

/* All blocks, and the event behind the last one. */
static uint64_t lookahead(const struct evd_absorber_rule *rule)
{
    const struct members *members = rule->members;
    return 2 * members->max_blocks * members->block_kind_count;
}

static struct evd_absorber_question about(enum block block, size_t place)
{
    return (struct evd_absorber_question){.number = block, .place = (uint32_t)place};
}

/* True when events with equal keys may have different names: then the key says nothing of the name. */
static bool is_name_left_out(const struct evd_kind_rule *kind, struct evd_string name_field)
{
    const uint32_t left_out = EVD_FIELD_SKIPPED | EVD_FIELD_SET | EVD_FIELD_REPLACED | EVD_FIELD_HEAP;
    const struct evd_field_rule *field =
        kind == NULL ? NULL : evd_kind_field(kind, name_field.bytes, name_field.length);
    return field != NULL && (field->roles & left_out) != 0;
}

/* Whether an event stands for a place of a block. */
static bool answer(const struct evd_absorber_rule *rule, struct evd_absorber_question question,
                   const struct evd_event_view *view, bool *is_told_by_key)
{
    const struct members *members = rule->members;
    const struct evd_value *name = evd_value_get(view->payload, members->name_field);
    *is_told_by_key = !is_name_left_out(view->fields.rule, members->name_field);
    return evd_string_equal(view->fields.kind, members->block_kinds[question.place]) && name != NULL &&
           name->type == EVD_JSON_STRING && evd_string_equal(name->string, members->names[question.number]);
}

/* True in *is_block when a whole block begins at `position`. */
static enum evd_status find_block(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum block block,
                                  uint64_t position, bool *is_block, struct evd_error *error)
{
    const struct members *members = rule->members;
    enum evd_status status = EVD_OK;
    *is_block = walker->side[members->side].stream->count - position >= members->block_kind_count;
    for (size_t i = 0; status == EVD_OK && *is_block && i < members->block_kind_count; i++)
        status = evd_absorber_ask_ahead(walker, rule, members->side, position + i, about(block, i), is_block, error);
    return status;
}

/* True in *is_start when the rule's side is at the first event of an enter block and the other at that of a leave
 * block. */
static enum evd_status find_start(struct evd_walker *walker, const struct evd_absorber_rule *rule, bool *is_start,
                                  struct evd_error *error)
{
    const struct members *members = rule->members;
    enum evd_status status = evd_absorber_ask(walker, rule, members->side, about(ENTER, 0), is_start, error);
    if (status == EVD_OK && *is_start)
        status = evd_absorber_ask(walker, rule, !members->side, about(LEAVE, 0), is_start, error);
    return status;
}

static enum evd_status absorb(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                              struct evd_absorption *absorption, struct evd_error *error)
{
    const struct members *members = rule->members;
    const struct evd_cursor *cursor = &walker->side[members->side];
    bool is_so;
    enum evd_status status = find_start(walker, rule, &is_so, error);
    uint64_t position = cursor->position;
    for (uint64_t blocks = 1; status == EVD_OK && is_so && blocks <= members->max_blocks; blocks++) {
        status = find_block(walker, rule, ENTER, position, &is_so, error);
        if (status == EVD_OK && is_so)
            status = find_block(walker, rule, LEAVE, position + members->block_kind_count, &is_so, error);
        position += 2 * members->block_kind_count;
        if (status != EVD_OK || !is_so || position == cursor->stream->count)
            return status;
        /* What the other side is at. */
        bool is_meeting;
        status = evd_absorber_ask_ahead(walker, rule, members->side, position, about(LEAVE, 0), &is_meeting, error);
        if (status == EVD_OK && is_meeting) {
            absorption->side = members->side;
            absorption->count = position - cursor->position;
            absorption->blocks = blocks;
            return EVD_OK;
        }
    }
    return status;
}

const struct evd_absorber_type evd_balanced_blocks = {
    .rule = {"balanced-blocks", &SHAPE, add},
    .lookahead = lookahead,
    .answer = answer,
    .absorb = absorb,
};
