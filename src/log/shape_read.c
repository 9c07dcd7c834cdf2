/* Reading lines by their shapes. Compiled once for every kind of processor there is, so that it may use wide
 * compares where they are, and once more for those that list values; EVD_SHAPE_READ or EVD_SHAPE_READ_VALUES names the one
 * function. */
#include <string.h>

#include "log/shape_values.h"
#include "json/python_int.h"

#if !defined(EVD_SHAPE_READ)
#define EVD_SHAPE_READ evd_shape_read_baseline
#endif

enum {
    /* How often tails are looked up where they are rarely found. */
    RECALLS_FREE = 1000,
    RECALLS_KEPT = 1 << 16,
    RECALL_RARELY = 64,
};

static inline unsigned allocator_tag(const struct evd_shape_reading *reading, const struct evd_kind_rule *rule,
                                     size_t allocator)
{
    const bool is_null = reading->null_pointers > 0 || reading->pointers < rule->set_pointer_count;
    return evd_allocator_tag(rule, allocator, is_null);
}

static void conclude(const struct evd_shape_reading *reading, const struct evd_shape_node *end)
{
    struct evd_event_record *record = reading->record;
    const struct evd_kind_rule *rule = end->rule;
    long allocator = -1;
    if (rule != NULL && rule->allocator != NULL && reading->allocator_name.bytes != NULL)
        allocator = evd_allocator_index(rule->allocator, reading->allocator_name.bytes, reading->allocator_name.length);
    const uint64_t sum = reading->sums[0] + (allocator >= 0 ? reading->allocated + EVD_CANONICAL_MARK : 0);
    if (rule != NULL && reading->sid_roles == EVD_SHAPE_SID_ROLES)
        record->is_shared_global = evd_sid_is_shared_global(
            rule->sid, reading->sid, reading->sid_pointer, evd_decimal_low_bits(reading->sid_object_type));
    record->key = evd_hash_pair(end->kind_hash, sum);
    record->rule = rule;
    record->kind = end->kind;
    record->skipped_fields = end->skipped_fields;
    record->tag = rule != NULL && rule->engine_local ? EVD_TAG_ENGINE_LOCAL
                  : allocator >= 0                   ? allocator_tag(reading, rule, (size_t)allocator)
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

/* Reads the hole at `value`: the byte after it, or NULL when it does not hold what it should. */
static inline const char *read_hole(struct evd_shapes *shapes, struct evd_shape_reading *reading,
                                    const struct evd_shape_node *node, const char *value, const char *end)
{
    struct evd_event_record *record = reading->record;
    if (node->hole == EVD_HOLE_STRING)
        return evd_shape_read_string(shapes, reading, node, value, end);
    /* Not a switch: its jump is rarely foreseen. */
    if (node->use == EVD_USE_TID)
        return evd_digits_read_integer(value, &record->tid);
    if (node->use == EVD_USE_IDX)
        return evd_digits_read_integer(value, &record->tid_event_idx);
    if (node->use != EVD_USE_HOST_NS)
        return evd_shape_read_number(reading, node, value);
    record->has_host_ns = true;
    return evd_digits_read_integer(value, &record->host_ns);
}

/* Hashes the tail at `p`, after the hole of `node`, into `reading`; false when tails are not worth a look here,
 * or this one is too long. */
static inline bool look_up_tail(struct evd_shapes *shapes, struct evd_shape_reading *reading,
                                struct evd_shape_node *node, const char *p, const char *end)
{
    reading->tail_start = NULL;
    /* Where few are found, only now and then one is looked up, in case that changes. */
    if (node->recalls > RECALLS_FREE && node->recalled < node->recalls / 4 && shapes->hits % RECALL_RARELY != 0)
        return false;
    /* Beyond the end there may be text: a log that grew since it was mapped. */
    if (p >= end)
        return false;
    uint64_t hash;
    const size_t rest = (size_t)(end - p);
    const size_t length = evd_wide_hash_line(p, rest < EVD_MEMO_TEXT_MAX ? rest : EVD_MEMO_TEXT_MAX, &hash);
    if (length == 0)
        return false;
    if (++node->recalls == RECALLS_KEPT) {
        node->recalls /= 2;
        node->recalled /= 2;
    }
    reading->tail_start = node;
    reading->tail = p;
    reading->tail_length = length;
    reading->tail_slot = (uint32_t)hash % EVD_MEMO_SLOTS;
    reading->tail_tag = (uint16_t)(hash >> 48);
    return true;
}

/* Takes the record from an earlier line with the same tail: the byte after the line, or NULL. The same text at
 * the same place of a shape reads the same, byte for byte; nothing is taken on the word of a hash. */
static inline const char *recall_tail(struct evd_shapes *shapes, struct evd_shape_reading *reading,
                                      struct evd_shape_node *node, const char *p, const char *end)
{
    if (!look_up_tail(shapes, reading, node, p, end))
        return NULL;
    /* A memo is seldom in the nearest cache, so only the tag decides whether there is something to wait for. */
    struct evd_memo_tag *tag = &shapes->tags[reading->tail_slot];
    if (tag->kept != reading->tail_tag) {
        /* Kept when it comes the second time: many never do. */
        if (tag->missed != reading->tail_tag)
            reading->tail_start = NULL;
        tag->missed = reading->tail_tag;
        return NULL;
    }
    const struct evd_memo *memo = &shapes->memos[reading->tail_slot];
    if (memo->start != node || memo->length != reading->tail_length || !evd_wide_equal(p, memo->text, memo->length))
        return NULL;
    node->recalled++;
    struct evd_event_record *record = reading->record;
    record->key = memo->key;
    record->tag = memo->tag;
    record->rule = memo->end->rule;
    record->kind = memo->end->kind;
    record->skipped_fields = memo->end->skipped_fields;
    record->has_pairing_value = memo->has_pairing_value;
    record->pairing_value = memo->pairing_value;
    /* Not by what the memo says: the next line need not wait for it. */
    return p + reading->tail_length;
}

static void keep_tail(struct evd_shapes *shapes, const struct evd_shape_reading *reading,
                      const struct evd_shape_node *end)
{
    struct evd_memo *memo = &shapes->memos[reading->tail_slot];
    const struct evd_event_record *record = reading->record;
    shapes->tags[reading->tail_slot].kept = reading->tail_tag;
    memo->start = reading->tail_start;
    memo->end = end;
    memo->key = record->key;
    memo->tag = (uint16_t)record->tag;
    memo->length = (uint16_t)reading->tail_length;
    memo->has_pairing_value = record->has_pairing_value;
    memo->pairing_value = record->pairing_value;
    evd_wide_copy(memo->text, reading->tail, reading->tail_length);
}

/* True when the span that the last line had stands at `p`. */
static inline bool recall_span(const struct evd_span *span, const char *p, struct evd_event_record *record)
{
    if (span->end == NULL || !evd_wide_equal(p, span->text, span->length + 1))
        return false;
    if (span->has_host_ns) {
        record->has_host_ns = true;
        record->host_ns = span->host_ns;
    }
    return true;
}

/* Keeps the text from `start` to `p`, which is after the hole of `end`. `had_host_ns`: that came before. */
static inline void keep_span(struct evd_span *span, const struct evd_shape_node *end, const char *start, const char *p,
                             const struct evd_event_record *record, bool had_host_ns)
{
    const size_t length = (size_t)(p - start);
    if (length >= EVD_SPAN_MAX)
        return;
    span->end = end;
    span->length = (uint32_t)length;
    span->has_host_ns = record->has_host_ns && !had_host_ns;
    span->host_ns = record->host_ns;
    evd_wide_copy(span->text, start, length + 1);
}

static inline bool fits(const struct evd_shape_node *node, const char *p)
{
    if (!evd_wide_equal(p, node->literal, node->length))
        return false;
    const char first = p[node->length];
    return node->hole != EVD_HOLE_NUMBER || (unsigned char)(first - '0') < 10 || first == '-';
}

/* The child of `parent` that fits at `p`, or NULL. The one that *guess points to is tried first; it becomes the
 * one that is found. */
static inline struct evd_shape_node *find_child(const struct evd_shape_node *parent, struct evd_shape_node **guess,
                                                const char *p)
{
    struct evd_shape_node *node = *guess;
    if (node != NULL && fits(node, p))
        return node;
    node = parent->child;
    while (node != NULL && !fits(node, p))
        node = node->sibling;
    if (node != NULL)
        *guess = node;
    return node;
}

/* The first node of the line at `p`, or NULL. Kinds come in turns, so the one that followed the last line's is
 * tried first; then the one that last had the same 8 bytes where first nodes part. */
static inline struct evd_shape_node *find_first(struct evd_shapes *shapes, const char *p, const char *end)
{
    struct evd_shape_node *node = shapes->last->follower;
    if (node == NULL || !fits(node, p)) {
        struct evd_shape_node *none = NULL, **guess = &none;
        if ((size_t)(end - p) > shapes->first_differs) {
            uint64_t bytes;
            memcpy(&bytes, p + shapes->first_differs, sizeof bytes);
            guess = &shapes->firsts[bytes * 0x9e3779b97f4a7c15u >> 32 & (EVD_FIRSTS - 1)];
        }
        node = find_child(&shapes->root, guess, p);
        if (node == NULL)
            return NULL;
        shapes->last->follower = node;
    }
    shapes->last = node;
    return node;
}

/* Adds the value from `value` to `p` to the line's. */
static inline void list_value(struct evd_shape_values *values, const char *line, const char *value, const char *p,
                              bool is_real, bool is_escaped)
{
    values->values[values->count++] =
        (struct evd_shape_value){(uint32_t)(value - line), (uint32_t)(p - value), is_real, is_escaped};
}

/* The same of a hole that may hold anything that its node allows. */
static void list_hole(struct evd_shape_values *values, const struct evd_shape_node *node, const char *line,
                      const char *value, const char *p)
{
    bool is_real = false;
    for (const char *c = value; node->hole == EVD_HOLE_NUMBER && c < p; c++)
        is_real |= *c == '.' || *c == 'e' || *c == 'E';
    const bool is_escaped = node->hole == EVD_HOLE_STRING && memchr(value, '\\', (size_t)(p - value)) != NULL;
    list_value(values, line, value, p, is_real, is_escaped);
}

/* `values`: NULL, or where they are listed. */
static inline __attribute__((always_inline)) const char *read_line(
    struct evd_shapes *shapes, const char *line, const char *end, struct evd_event_record *record,
    struct evd_shape_values *values)
{
    /* Field by field: a line is too short to clear what it does not use. */
    struct evd_shape_reading reading;
    reading.sums[0] = reading.allocated = 0;
    reading.pointers = reading.null_pointers = 0;
    reading.depth = 0;
    reading.allocator_name = (struct evd_string){NULL, 0};
    reading.call = NULL;
    reading.record = record;
    reading.names = shapes->names;
    reading.has_strings = false;
    reading.sid_roles = 0;
    reading.tail_start = NULL;
    record->has_pairing_value = record->has_host_ns = false;
    record->pairing_value = 0;
    record->sid_count = 0;
    struct evd_span *span = NULL; /* that is being read, from span_start on */
    const char *span_start = NULL;
    bool had_host_ns = false; /* before the span */
    const char *p = line;
    struct evd_shape_node *node = find_first(shapes, p, end);
    while (node != NULL) {
        while (node->is_simple) {
            const char *value = p + node->length;
            const char *quote = evd_wide_skip_plain(value);
            if (__builtin_expect(*quote != '"', 0))
                break;
            reading.sums[reading.depth] +=
                evd_wide_hash_text(value, (size_t)(quote - value), node->member.key_hash + EVD_SEED_STRING);
            p = quote;
            if (values != NULL)
                list_value(values, line, value, p, false, false);
            node = find_child(node, &node->recent, p);
            if (node == NULL)
                return NULL;
        }
        const char *value = p + node->length;
        evd_shape_run_actions(&reading, node);
        if (node->hole == EVD_HOLE_NONE) {
            const char *next = skip_line_end(value, end);
            if (next == NULL)
                return NULL;
            conclude(&reading, node);
            if (values != NULL)
                values->end = node;
            if (reading.tail_start != NULL && next == reading.tail + reading.tail_length)
                keep_tail(shapes, &reading, node);
            return next;
        }
        p = read_hole(shapes, &reading, node, value, end);
        if (p == NULL)
            return NULL;
        if (values != NULL)
            list_hole(values, node, line, value, p);
        if (values == NULL && node->recall != 0) {
            if (node->recall & EVD_RECALL_SPAN) {
                span = node->span;
                span_start = p;
                had_host_ns = record->has_host_ns;
                if (recall_span(span, p, record)) {
                    p += span->length;
                    node = (struct evd_shape_node *)span->end;
                    span = NULL;
                }
            }
            if (node->recall & EVD_RECALL_TAIL) {
                if (span != NULL && p != span_start)
                    keep_span(span, node, span_start, p, record, had_host_ns);
                const char *next = shapes->names == NULL ? recall_tail(shapes, &reading, node, p, end) : NULL;
                if (next != NULL)
                    return next;
            }
            if (node->recall & EVD_RECALL_NOTHING)
                reading.tail_start = NULL;
        }
        node = find_child(node, &node->recent, p);
    }
    return NULL;
}

/* What a reading of `line` has come to: `next`, or NULL. Here, so that who asks for a line has nothing to do after it. */
static inline const char *count_reading(struct evd_shapes *shapes, const char *line, const char *next)
{
    /* What is too long for the parser is no event, whoever reads it. */
    if (next != NULL && (size_t)(next - line) <= EVD_JSON_LENGTH_MAX) {
        shapes->hits++;
        return next;
    }
    shapes->misses++;
    return NULL;
}

#if defined(EVD_SHAPE_READ_VALUES)
const char *EVD_SHAPE_READ_VALUES(struct evd_shapes *shapes, const char *line, const char *end,
                                  struct evd_event_record *record, struct evd_shape_values *values)
{
    values->count = 0;
    return count_reading(shapes, line, read_line(shapes, line, end, record, values));
}
#else
const char *EVD_SHAPE_READ(struct evd_shapes *shapes, const char *line, const char *end,
                           struct evd_event_record *record)
{
    return count_reading(shapes, line, read_line(shapes, line, end, record, NULL));
}
#endif
