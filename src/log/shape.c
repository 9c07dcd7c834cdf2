#include "log/shape.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "log/log.h"

enum {
    BLOCK = 16, /* bytes that are compared at once; literals are padded to it */
    NODES_MAX = 4096,
    SIBLINGS_MAX = 48,
    DEPTH_MAX = 8,      /* objects inside a payload */
    STEPS_MAX = 64,     /* holes in a line */
    ACTIONS_MAX = 64,   /* between two holes */
    DIGITS_MAX = 18,    /* of an integer that fits in 64 bits whatever its digits */
    MISSES_FREE = 1000, /* lines without a shape before it counts how often that is */
};

/* What happens to the key between two holes. */
enum action_type { ACTION_CONSTANT, ACTION_OPEN, ACTION_CLOSE };

struct action {
    enum action_type type;
    bool is_null;
    uint32_t roles;      /* of the member, at the payload's top level */
    uint64_t key_hash;   /* CONSTANT, CLOSE: of the member's key */
    uint64_t value_hash; /* CONSTANT */
};

enum hole { HOLE_NONE, HOLE_STRING, HOLE_NUMBER };

enum hole_use { USE_NOTHING, USE_TID, USE_IDX, USE_HOST_NS, USE_MEMBER };

/* A literal and the hole after it; without a hole, the line's end. */
struct node {
    const char *literal; /* padded with zeros to a multiple of BLOCK */
    uint32_t length;     /* of the literal, in bytes */
    uint16_t action_count;
    uint8_t hole; /* enum hole */
    uint8_t use;  /* enum hole_use */
    const struct action *actions;
    struct action member; /* of the hole, with USE_MEMBER */
    struct node *child;   /* what may follow the hole */
    struct node *sibling; /* what may stand here instead */
    uint32_t child_count;
    /* At a line's end: */
    struct evd_string kind;
    const struct evd_kind_rule *rule;
    uint64_t kind_hash;
};

struct evd_shapes {
    const struct evd_rules *rules;
    struct evd_arena arena;
    struct node root; /* only its children are used */
    size_t node_count;
    struct evd_arena strings; /* of one line, unescaped */
    uint64_t hits, misses, lessons;
};

struct evd_shapes *evd_shapes_create(const struct evd_rules *rules)
{
    struct evd_shapes *shapes = calloc(1, sizeof *shapes);
    if (shapes != NULL)
        shapes->rules = rules;
    return shapes;
}

void evd_shapes_destroy(struct evd_shapes *shapes)
{
    if (shapes == NULL)
        return;
    evd_arena_release(&shapes->arena);
    evd_arena_release(&shapes->strings);
    free(shapes);
}

/* ---- reading ---- */

/* A line while it is read. */
struct reading {
    uint64_t plain;     /* the payload's sum, as of a kind without allocators */
    uint64_t allocated; /* the same, if the event is an allocator's return */
    uint64_t nested[DEPTH_MAX];
    unsigned depth;
    struct evd_string allocator_name;
    struct evd_event_record *record;
};

/* True when the literal stands at `p`. The zeros after a text differ from any literal, so this never
 * reads more than a block beyond its end. */
static inline bool is_literal(const char *p, const char *literal, uint32_t length)
{
#if defined(__SSE2__)
    for (; length > BLOCK; p += BLOCK, literal += BLOCK, length -= BLOCK) {
        const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
                                             _mm_loadu_si128((const __m128i *)(const void *)literal));
        if (_mm_movemask_epi8(equal) != 0xffff)
            return false;
    }
    const __m128i equal = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)p),
                                         _mm_loadu_si128((const __m128i *)(const void *)literal));
    return (~_mm_movemask_epi8(equal) & ((1 << length) - 1)) == 0;
#else
    return strncmp(p, literal, length) == 0;
#endif
}

/* The first byte from `p` on that ends or complicates a string: a quote, a backslash, a control
 * character, a byte of a character that is not ASCII. There is one at the latest after the text. */
static inline const char *skip_plain(const char *p)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\');
    const __m128i space = _mm_set1_epi8(' ');
    for (;; p += BLOCK) {
        const __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Bytes from 0x80 on are negative, so less than a space. */
        const __m128i special =
            _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
                                      _mm_cmpeq_epi8(bytes, backslash)),
                         _mm_cmplt_epi8(bytes, space));
        const int mask = _mm_movemask_epi8(special);
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
#else
    while (*p != '"' && *p != '\\' && (signed char)*p >= ' ')
        p++;
    return p;
#endif
}

static inline const char *skip_digits(const char *p)
{
#if defined(__SSE2__)
    const __m128i zero = _mm_set1_epi8('0'), ten = _mm_set1_epi8(10);
    for (;; p += BLOCK) {
        const __m128i values =
            _mm_sub_epi8(_mm_loadu_si128((const __m128i *)(const void *)p), zero);
        /* Unsigned, everything but '0' to '9' is at least ten now. */
        const int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_max_epu8(values, ten), values));
        if (mask != 0)
            return p + __builtin_ctz((unsigned)mask);
    }
#else
    while (*p >= '0' && *p <= '9')
        p++;
    return p;
#endif
}

/* The end of the fraction and the exponent at `p`, or NULL when they are not what JSON allows. */
static const char *skip_fraction(const char *p)
{
    if (*p == '.') {
        const char *digits = p + 1;
        p = skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        const char *digits = p;
        p = skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    return p;
}

/* The end of the number at `p`, or NULL when it is not one that JSON allows. */
static inline const char *skip_number(const char *p, bool *is_real)
{
    const char *digits = p + (*p == '-');
    const char *end = *digits == '0' ? digits + 1 : skip_digits(digits);
    *is_real = *end == '.' || *end == 'e' || *end == 'E';
    if (end == digits)
        return NULL;
    return *is_real ? skip_fraction(end) : end;
}

static inline bool read_int64(const char *p, const char *end, int64_t *value)
{
    const bool is_negative = *p == '-';
    p += is_negative;
    if (end - p > DIGITS_MAX)
        return false;
    int64_t magnitude = 0;
    for (; p < end; p++)
        magnitude = magnitude * 10 + (*p - '0');
    *value = is_negative ? -magnitude : magnitude;
    return true;
}

static inline void add_member(struct reading *reading, const struct action *member,
                              uint64_t value_hash)
{
    if (reading->depth > 0) {
        reading->nested[reading->depth - 1] += evd_hash_pair(member->key_hash, value_hash);
        return;
    }
    const uint64_t part = member->is_null ? 0 : evd_hash_pair(member->key_hash, value_hash);
    reading->plain += part;
    if (member->roles & EVD_FIELD_REPLACED)
        reading->allocated += evd_hash_pair(member->key_hash, EVD_CANONICAL_MARK);
    else if (!(member->roles & EVD_FIELD_SET))
        reading->allocated += part;
    if (member->roles & EVD_FIELD_PAIRING && !member->is_null) {
        reading->record->has_pairing_value = true;
        reading->record->pairing_value = value_hash;
    }
}

static inline void run_actions(struct reading *reading, const struct node *node)
{
    for (unsigned i = 0; i < node->action_count; i++) {
        const struct action *action = &node->actions[i];
        switch (action->type) {
        case ACTION_CONSTANT:
            add_member(reading, action, action->value_hash);
            break;
        case ACTION_OPEN:
            reading->nested[reading->depth++] = 0;
            break;
        case ACTION_CLOSE:
            reading->depth--;
            add_member(reading, action, evd_hash_object(reading->nested[reading->depth]));
            break;
        }
    }
}

/* Takes the value of a hole; false when it is one that only the parser can take. */
static inline bool use_hole(struct reading *reading, const struct node *node, struct evd_string text,
                            bool is_real)
{
    struct evd_event_record *record = reading->record;
    const char *value = text.bytes, *end = value + text.length;
    if (is_real && node->use != USE_NOTHING && node->use != USE_MEMBER)
        return false;
    switch ((enum hole_use)node->use) {
    case USE_NOTHING:
        return true;
    case USE_TID:
        return read_int64(value, end, &record->tid);
    case USE_IDX:
        return read_int64(value, end, &record->tid_event_idx);
    case USE_HOST_NS:
        record->has_host_ns = read_int64(value, end, &record->host_ns);
        return record->has_host_ns;
    case USE_MEMBER:
        break;
    }
    if (node->hole == HOLE_STRING && node->member.roles & EVD_FIELD_ALLOCATOR_NAME &&
        reading->depth == 0)
        reading->allocator_name = text;
    add_member(reading, &node->member,
               node->hole == HOLE_STRING ? evd_hash_string(text) : evd_hash_number(text, is_real));
    return true;
}

static void conclude(const struct reading *reading, const struct node *end)
{
    struct evd_event_record *record = reading->record;
    const struct evd_kind_rule *rule = end->rule;
    long allocator = -1;
    if (rule != NULL && rule->allocator != NULL && reading->allocator_name.bytes != NULL)
        allocator = evd_allocator_index(rule->allocator, reading->allocator_name.bytes,
                                        reading->allocator_name.length);
    const uint64_t sum =
        allocator >= 0 ? reading->allocated + EVD_CANONICAL_MARK : reading->plain;
    record->key = evd_hash_pair(end->kind_hash, sum);
    record->rule = rule;
    record->kind = end->kind;
    record->tag = rule != NULL && rule->engine_local ? EVD_TAG_ENGINE_LOCAL
                  : allocator >= 0 ? rule->tag_first + (unsigned)allocator
                                   : EVD_TAG_ORDINARY;
}

/* The byte after the line end at `p`, or NULL when the line goes on. */
static inline const char *skip_line_end(const char *p, const char *end)
{
    /* Beyond the end there may be text: a log that grew since it was mapped. */
    if (p >= end)
        return p == end ? p : NULL;
    if (*p == '\r')
        p++;
    return p == end || *p != '\n' ? NULL : p + 1;
}

/* A string with escapes or with characters that are not ASCII: its end in the line, or NULL when it is not
 * valid; `text` becomes its content. */
static const char *read_intricate_string(struct evd_shapes *shapes, const char *value,
                                         const char *end, struct evd_string *text)
{
    const char *quote = evd_json_skip_string(value, end);
    if (quote == NULL || (size_t)(quote - value) > EVD_JSON_LENGTH_MAX)
        return NULL;
    const struct evd_json_token token = {.length = (uint32_t)(quote - value),
                                         .type = EVD_JSON_STRING,
                                         .escaped = true};
    const struct evd_json_tape tape = {value, &token, 1};
    return evd_value_string(&shapes->strings, &tape, 0, text) ? quote : NULL;
}

/* Reads the hole at `value`: the byte after it, or NULL when it does not hold what it should. */
static inline const char *read_hole(struct evd_shapes *shapes, struct reading *reading,
                                    const struct node *node, const char *value, const char *end)
{
    bool is_real = false;
    const char *p =
        node->hole == HOLE_STRING ? skip_plain(value) : skip_number(value, &is_real);
    if (p == NULL)
        return NULL;
    struct evd_string text = {value, (size_t)(p - value)};
    if (node->hole == HOLE_STRING && *p != '"') {
        p = read_intricate_string(shapes, value, end, &text);
        if (p == NULL)
            return NULL;
    }
    return use_hole(reading, node, text, is_real) ? p : NULL;
}

static const char *read_line(struct evd_shapes *shapes, const char *line, const char *end,
                             struct evd_event_record *record)
{
    struct reading reading = {.record = record};
    *record = (struct evd_event_record){0};
    const char *p = line;
    for (const struct node *node = shapes->root.child; node != NULL;) {
        const char *value = p + node->length;
        if (!is_literal(p, node->literal, node->length) ||
            (node->hole == HOLE_NUMBER && *value != '-' && (*value < '0' || *value > '9'))) {
            node = node->sibling;
            continue;
        }
        run_actions(&reading, node);
        if (node->hole == HOLE_NONE) {
            const char *next = skip_line_end(value, end);
            if (next != NULL)
                conclude(&reading, node);
            return next;
        }
        p = read_hole(shapes, &reading, node, value, end);
        if (p == NULL)
            return NULL;
        node = node->child;
    }
    return NULL;
}

const char *evd_shapes_read(struct evd_shapes *shapes, const char *line, const char *end,
                            struct evd_event_record *record)
{
    /* Logs whose lines have no shape are not worth trying. */
    if (shapes->misses > MISSES_FREE + shapes->hits * 4)
        return NULL;
    evd_arena_reset(&shapes->strings);
    const char *next = read_line(shapes, line, end, record);
    if (next != NULL)
        shapes->hits++;
    else
        shapes->misses++;
    return next;
}

/* ---- learning ---- */

struct step {
    uint32_t from, to; /* the literal, as offsets in the line */
    enum hole hole;
    enum hole_use use;
    struct action member;
    struct action actions[ACTIONS_MAX];
    unsigned action_count;
};

struct lesson {
    const struct evd_json_tape *tape;
    struct evd_hasher *hasher;
    const struct evd_kind_rule *rule;
    struct evd_member_list members;
    struct step *steps;
    unsigned step_count;
    unsigned depth;
    uint32_t kind_token; /* 0 until it has come */
    bool is_hopeless;    /* the line can have no shape */
};

/* What a value is part of. */
enum region { REGION_EVENT, REGION_PAYLOAD, REGION_IGNORED };

static void act(struct lesson *lesson, struct action action)
{
    struct step *step = &lesson->steps[lesson->step_count];
    if (step->action_count == ACTIONS_MAX)
        lesson->is_hopeless = true;
    else
        step->actions[step->action_count++] = action;
}

/* Ends the literal at a value, which becomes a hole; the next literal begins after it. */
static void make_hole(struct lesson *lesson, uint32_t token, enum hole_use use, struct action member)
{
    const struct evd_json_token *t = &lesson->tape->tokens[token];
    struct step *step = &lesson->steps[lesson->step_count];
    step->to = t->start;
    step->hole = t->type == EVD_JSON_STRING ? HOLE_STRING : HOLE_NUMBER;
    step->use = use;
    step->member = member;
    if (++lesson->step_count == STEPS_MAX) {
        lesson->is_hopeless = true;
        lesson->step_count--;
        return;
    }
    lesson->steps[lesson->step_count] = (struct step){.from = t->start + t->length};
}

static void learn_object(struct lesson *lesson, uint32_t object, enum region region);

static void learn_member(struct lesson *lesson, uint32_t key, enum region region)
{
    const struct evd_json_token *t = &lesson->tape->tokens[key + 1];
    const struct evd_string name =
        evd_hasher_string(lesson->hasher, lesson->tape, key);
    struct action member = {.is_null = t->type == EVD_JSON_NULL};
    if (region == REGION_PAYLOAD) {
        member.key_hash = evd_hash_string(name);
        const struct evd_field_rule *field =
            lesson->rule != NULL && lesson->depth == 0
                ? evd_kind_field(lesson->rule, name.bytes, name.length)
                : NULL;
        member.roles = field != NULL ? field->roles : 0;
    }
    switch ((enum evd_json_type)t->type) {
    case EVD_JSON_STRING:
    case EVD_JSON_INTEGER:
    case EVD_JSON_REAL:
        make_hole(lesson, key + 1, region == REGION_PAYLOAD ? USE_MEMBER : USE_NOTHING, member);
        break;
    case EVD_JSON_NULL:
    case EVD_JSON_FALSE:
    case EVD_JSON_TRUE:
        member.type = ACTION_CONSTANT;
        member.value_hash = evd_hash_value(lesson->hasher, lesson->tape, key + 1);
        if (region == REGION_PAYLOAD)
            act(lesson, member);
        break;
    case EVD_JSON_OBJECT:
        if (lesson->depth == DEPTH_MAX) {
            lesson->is_hopeless = true;
            break;
        }
        if (region == REGION_PAYLOAD)
            act(lesson, (struct action){.type = ACTION_OPEN});
        lesson->depth++;
        learn_object(lesson, key + 1, region);
        lesson->depth--;
        member.type = ACTION_CLOSE;
        if (region == REGION_PAYLOAD)
            act(lesson, member);
        break;
    case EVD_JSON_ARRAY:
        lesson->is_hopeless = true;
        break;
    }
}

static bool is_name(struct evd_string name, const char *literal)
{
    return evd_string_equal(name, evd_string_of(literal));
}

static void learn_event_member(struct lesson *lesson, uint32_t key)
{
    const struct evd_json_token *t = &lesson->tape->tokens[key + 1];
    const struct evd_string name = evd_hasher_string(lesson->hasher, lesson->tape, key);
    if (is_name(name, "kind")) {
        /* Part of the literal: a path is of one kind. */
        lesson->kind_token = key + 1;
    } else if (is_name(name, "tid")) {
        make_hole(lesson, key + 1, USE_TID, (struct action){0});
    } else if (is_name(name, "tid_event_idx")) {
        make_hole(lesson, key + 1, USE_IDX, (struct action){0});
    } else if (is_name(name, "host_ns") && t->type == EVD_JSON_INTEGER) {
        make_hole(lesson, key + 1, USE_HOST_NS, (struct action){0});
    } else if (is_name(name, "payload")) {
        /* What the fields of a payload are to the rules depends on the kind, which must be known. */
        lesson->is_hopeless |= lesson->kind_token == 0;
        if (t->type == EVD_JSON_OBJECT)
            learn_object(lesson, key + 1, REGION_PAYLOAD);
    } else {
        learn_member(lesson, key, REGION_IGNORED);
    }
}

static void learn_object(struct lesson *lesson, uint32_t object, enum region region)
{
    const struct evd_json_token *tokens = lesson->tape->tokens;
    size_t count = 0;
    for (uint32_t key = object + 1; key < tokens[object].next; key = tokens[key + 1].next)
        count++;
    /* A key that comes twice, which only the parser sorts out. */
    if (evd_member_list_read(lesson->hasher, &lesson->members, lesson->tape, object) != count)
        lesson->is_hopeless = true;
    for (uint32_t key = object + 1; key < tokens[object].next && !lesson->is_hopeless;
         key = tokens[key + 1].next) {
        if (region == REGION_EVENT)
            learn_event_member(lesson, key);
        else
            learn_member(lesson, key, region);
    }
}

static bool is_learnable(const struct evd_kind_rule *rule)
{
    const uint32_t beyond = EVD_FIELD_SKIPPED | EVD_FIELD_HEAP | EVD_FIELD_SID |
                            EVD_FIELD_SID_POINTER | EVD_FIELD_SID_OBJECT_TYPE;
    for (size_t i = 0; rule != NULL && i < rule->field_count; i++)
        if (rule->fields[i].roles & beyond)
            return false;
    return true;
}

/* The child of `parent` for a step, made when it is new; NULL when there is no room for more. */
static struct node *grow(struct evd_shapes *shapes, struct node *parent, const char *line,
                         const struct step *step)
{
    const uint32_t length = step->to - step->from;
    struct node **last = &parent->child;
    for (; *last != NULL; last = &(*last)->sibling)
        if ((*last)->length == length && (*last)->hole == (uint8_t)step->hole &&
            memcmp((*last)->literal, line + step->from, length) == 0)
            return *last;
    if (shapes->node_count == NODES_MAX || parent->child_count == SIBLINGS_MAX)
        return NULL;
    const size_t padded = (length / BLOCK + 1) * BLOCK;
    char *literal = evd_arena_alloc(&shapes->arena, padded);
    struct action *actions =
        evd_arena_array(&shapes->arena, step->action_count, sizeof *actions);
    struct node *node = evd_arena_alloc(&shapes->arena, sizeof *node);
    if (literal == NULL || actions == NULL || node == NULL)
        return NULL;
    memset(literal, 0, padded);
    memcpy(literal, line + step->from, length);
    if (step->action_count > 0)
        memcpy(actions, step->actions, step->action_count * sizeof *actions);
    *node = (struct node){.literal = literal,
                          .length = length,
                          .hole = (uint8_t)step->hole,
                          .use = (uint8_t)step->use,
                          .member = step->member,
                          .actions = actions,
                          .action_count = (uint16_t)step->action_count};
    *last = node;
    parent->child_count++;
    shapes->node_count++;
    return node;
}

static void remember(struct evd_shapes *shapes, const struct lesson *lesson,
                     const struct evd_event_fields *fields)
{
    struct node *node = &shapes->root;
    for (unsigned i = 0; i <= lesson->step_count && node != NULL; i++)
        node = grow(shapes, node, lesson->tape->text, &lesson->steps[i]);
    if (node == NULL || node->kind.bytes != NULL)
        return;
    char *kind = evd_arena_alloc(&shapes->arena, fields->kind.length + 1);
    if (kind == NULL)
        return;
    memcpy(kind, fields->kind.bytes, fields->kind.length);
    node->rule = fields->rule;
    node->kind_hash = evd_hash_string(fields->kind);
    node->kind = (struct evd_string){kind, fields->kind.length};
}

void evd_shapes_learn(struct evd_shapes *shapes, struct evd_hasher *hasher,
                      const struct evd_json_tape *tape, size_t length,
                      const struct evd_event_fields *fields)
{
    /* Where lines are learnt again and again, what they have is no shape. */
    if (shapes->lessons > MISSES_FREE + shapes->hits / 4 || !is_learnable(fields->rule))
        return;
    shapes->lessons++;
    struct lesson lesson = {.tape = tape, .hasher = hasher, .rule = fields->rule};
    lesson.steps = malloc(STEPS_MAX * sizeof *lesson.steps);
    if (lesson.steps == NULL)
        return;
    lesson.steps[0] = (struct step){0};
    learn_object(&lesson, 0, REGION_EVENT);
    lesson.steps[lesson.step_count].to = (uint32_t)length;
    if (!lesson.is_hopeless)
        remember(shapes, &lesson, fields);
    evd_member_list_release(&lesson.members);
    free(lesson.steps);
}
