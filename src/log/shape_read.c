/* Reading lines by their shapes. Compiled once for every kind of processor there is, so that it may use wide
 * compares where they are; EVD_SHAPE_READ names the one function. */
#include <string.h>

#include "log/log.h"
#include "log/shape_trie.h"
#include "log/wide.h"
#include "json/null.h"
#include "json/validate.h"

#if !defined(EVD_SHAPE_READ)
#define EVD_SHAPE_READ evd_shape_read_baseline
#endif

enum {
    DIGITS_MAX = 19, /* of an integer that may fit in 64 bits; without a sign so many always do */
    /* How often tails are looked up where they are rarely found. */
    RECALLS_FREE = 1000,
    RECALLS_KEPT = 1 << 16,
    RECALL_RARELY = 64,
};

/* A line while it is read. */
struct reading {
    /* Of the payload, as of a kind without allocators; then of the objects that are open in it. */
    uint64_t sums[1 + EVD_SHAPE_DEPTH_MAX];
    unsigned depth;
    uint64_t allocated;     /* what to add to the payload's sum if the event is an allocator's return */
    uint32_t pointers;      /* with EVD_FIELD_POINTER that came */
    uint32_t null_pointers; /* of those */
    struct evd_string allocator_name;
    const struct evd_name_call *call; /* that name rules are about; or NULL */
    struct evd_event_record *record;
    struct evd_name_list *names; /* where they are listed, with room for all; or NULL */
    bool has_strings;            /* of this line, in the shapes' memory */
    /* The tail that was looked up and not known: kept when the line has been read. */
    struct evd_shape_node *tail_start; /* NULL: there is none */
    const char *tail;
    size_t tail_length;
    uint32_t tail_slot;
    uint16_t tail_tag;
};

/* The end of the fraction and the exponent at `p`, or NULL when they are not what JSON allows. */
static const char *skip_fraction(const char *p)
{
    if (*p == '.') {
        const char *digits = p + 1;
        p = evd_wide_skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    if (*p == 'e' || *p == 'E') {
        p++;
        p += *p == '+' || *p == '-';
        const char *digits = p;
        p = evd_wide_skip_digits(digits);
        if (p == digits)
            return NULL;
    }
    return p;
}

/* The end of the number at `p`, or NULL when it is not one that JSON allows. */
static inline const char *skip_number(const char *p, bool *is_real)
{
    const char *digits = p + (*p == '-');
    const char *end = *digits == '0' ? digits + 1 : evd_wide_skip_digits(digits);
    *is_real = *end == '.' || *end == 'e' || *end == 'E';
    if (end == digits)
        return NULL;
    return *is_real ? skip_fraction(end) : end;
}

/* The number of 1 to 8 digits at `p`, which 8 bytes can be read from: pairs of digits, then pairs of those, at
 * once (D. Lemire, Quickly parsing eight digits, 2018). */
static inline uint64_t read_digits(const char *p, size_t count)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t digits;
    memcpy(&digits, p, sizeof digits);
    /* The digits to the high bytes, zeros before them. */
    digits = (digits - 0x3030303030303030u) << 8 * (8 - count);
    digits = digits * 10 + (digits >> 8);
    return ((digits & 0x000000ff000000ffu) * (100 + ((uint64_t)1000000 << 32)) +
            (digits >> 16 & 0x000000ff000000ffu) * (1 + ((uint64_t)10000 << 32))) >>
           32;
#else
    uint64_t value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (uint64_t)(p[i] - '0');
    return value;
#endif
}

/* The number that `length` digits at `p` spell; from 1 to DIGITS_MAX. */
static inline uint64_t read_magnitude(const char *p, size_t length)
{
    if (length <= 8)
        return read_digits(p, length);
    const char *end = p + length;
    uint64_t number = 0;
    const size_t head = length % 8;
    if (head > 0)
        number = read_digits(p, head);
    for (p += head; p < end; p += 8)
        number = number * 100000000 + read_digits(p, 8);
    return number;
}

/* True when digits from `p` to `end` are no integer of JSON, or one that is too long. */
static inline bool is_no_integer(const char *p, const char *end)
{
    /* No digits are too many, too. */
    return (size_t)(end - p) - 1 >= DIGITS_MAX || (*p == '0' && end - p > 1) || *end == '.' || *end == 'e' ||
           *end == 'E';
}

/* As read_integer, for what begins with a minus. Apart: it is rare. */
__attribute__((noinline)) static const char *read_negative(const char *p, int64_t *value)
{
    const char *digits = p + 1;
    const char *end = evd_wide_skip_digits(digits);
    if (*p != '-' || is_no_integer(digits, end))
        return NULL;
    const uint64_t magnitude = read_magnitude(digits, (size_t)(end - digits));
    if (magnitude > (uint64_t)INT64_MAX + 1)
        return NULL;
    *value = (int64_t)(0 - magnitude);
    return end;
}

/* Reads the integer at `p`: the byte after it, or NULL when it is none, or does not fit in 64 bits. */
static inline const char *read_integer(const char *p, int64_t *value)
{
    const char *end = evd_wide_skip_digits(p);
    if (is_no_integer(p, end))
        return end == p ? read_negative(p, value) : NULL;
    const uint64_t magnitude = read_magnitude(p, (size_t)(end - p));
    *value = (int64_t)magnitude;
    return magnitude <= INT64_MAX ? end : NULL;
}

/* Adds a member by its hash to what it is a member of. Roles have the payload's own members only. True when it is a
 * pointer of an allocator's return: then note_pointer is to be told. */
static inline bool add_member(struct reading *reading, const struct evd_action *member, uint64_t hash)
{
    reading->sums[reading->depth] += hash;
    if (__builtin_expect(!(member->roles & (EVD_FIELD_REPLACED | EVD_FIELD_SET)), 1))
        return false;
    reading->allocated -= hash;
    if (!(member->roles & EVD_FIELD_SET))
        reading->allocated += evd_hash_pair(member->key_hash, EVD_CANONICAL_MARK);
    return member->roles & EVD_FIELD_POINTER;
}

static inline void note_pointer(struct reading *reading, bool is_null)
{
    reading->pointers++;
    reading->null_pointers += is_null;
}

/* Notes the value that a thread may be paired by. */
static inline void note_pairing(struct reading *reading, uint64_t value_hash)
{
    reading->record->has_pairing_value = true;
    reading->record->pairing_value = value_hash;
}

static inline bool is_pairing(const struct reading *reading, const struct evd_action *member)
{
    return member->roles & EVD_FIELD_PAIRING && reading->depth == 0 && !member->is_null;
}

static inline void run_actions(struct reading *reading, const struct evd_shape_node *node)
{
    for (unsigned i = 0; i < node->action_count; i++) {
        const struct evd_action *action = &node->actions[i];
        switch ((enum evd_action_type)action->type) {
        case EVD_ACTION_CONSTANT:
            /* A member that is null counts where it is nested. */
            if (add_member(reading, action, action->is_null && reading->depth == 0 ? 0 : action->hash))
                note_pointer(reading, action->is_null_pointer);
            if (is_pairing(reading, action))
                note_pairing(reading, action->value_hash);
            break;
        case EVD_ACTION_OPEN: reading->sums[++reading->depth] = 0; break;
        case EVD_ACTION_CLOSE: {
            const uint64_t value_hash = evd_hash_object(reading->sums[reading->depth--]);
            if (add_member(reading, action, evd_hash_pair(action->key_hash, value_hash)))
                note_pointer(reading, false);
            if (is_pairing(reading, action))
                note_pairing(reading, value_hash);
            break;
        }
        }
    }
}

static inline unsigned allocator_tag(const struct reading *reading, const struct evd_kind_rule *rule, size_t allocator)
{
    const bool is_null = reading->null_pointers > 0 || reading->pointers < rule->set_pointer_count;
    return evd_allocator_tag(rule, allocator, is_null);
}

static void conclude(const struct reading *reading, const struct evd_shape_node *end)
{
    struct evd_event_record *record = reading->record;
    const struct evd_kind_rule *rule = end->rule;
    long allocator = -1;
    if (rule != NULL && rule->allocator != NULL && reading->allocator_name.bytes != NULL)
        allocator = evd_allocator_index(rule->allocator, reading->allocator_name.bytes, reading->allocator_name.length);
    const uint64_t sum = reading->sums[0] + (allocator >= 0 ? reading->allocated + EVD_CANONICAL_MARK : 0);
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

/* A string with escapes or with characters that are not ASCII: its end in the line, or NULL when it is not
 * valid; `text` becomes its content. */
static const char *read_intricate_string(struct evd_shapes *shapes, struct reading *reading, const char *value,
                                         const char *end, struct evd_string *text)
{
    if (!reading->has_strings)
        evd_arena_reset(&shapes->strings);
    reading->has_strings = true;
    const char *quote = evd_json_skip_string(value, end);
    if (quote == NULL || (size_t)(quote - value) > EVD_JSON_LENGTH_MAX)
        return NULL;
    const struct evd_json_token token = {.length = (uint32_t)(quote - value), .type = EVD_JSON_STRING, .escaped = true};
    const struct evd_json_tape tape = {value, &token, 1};
    return evd_value_string(&shapes->strings, &tape, 0, text) ? quote : NULL;
}

/* Adds the string of a member by its hash; `hash_text` is evd_wide_hash_text where the text allows it. */
static inline void add_string(struct reading *reading, const struct evd_action *member, struct evd_string text,
                              uint64_t hash, uint64_t (*hash_text)(const char *text, size_t length, uint64_t seed))
{
    if (add_member(reading, member, hash))
        note_pointer(reading, evd_is_null_text(text));
    if (member->roles & EVD_FIELD_ALLOCATOR_NAME && reading->depth == 0)
        reading->allocator_name = text;
    if (is_pairing(reading, member))
        note_pairing(reading, hash_text(text.bytes, text.length, EVD_SEED_STRING));
}

/* A value that name rules are about, when there is one about the call: true when it is a name, whose hash becomes
 * *hash. It is listed, and so is a size, where that is asked for. */
static inline bool take_name(struct reading *reading, const struct evd_action *member, bool is_string, uint64_t value,
                             const struct evd_name_rule *rule, uint64_t *hash)
{
    const bool fits = evd_name_fits(rule, value);
    struct evd_name_list *names = reading->names;
    if (names != NULL && (fits || rule->form == EVD_NAME_SIZE))
        names->names[names->count++] = (struct evd_name){rule, member->place->path, value};
    if (fits)
        *hash = evd_name_hash(member->key_hash, evd_name_mark(rule, is_string));
    return fits;
}

static inline const struct evd_name_rule *find_name_rule(const struct reading *reading,
                                                         const struct evd_name_place *place)
{
    return evd_name_rule_of(reading->call, place->rule, place->field_hash, place->member_path);
}

/* Adds the string of a member that has a place. `is_in_line`: its text is in the line, not unescaped in another
 * place. Apart, so that rules without names do not pay for it. */
__attribute__((noinline)) static void add_placed_string(struct reading *reading, const struct evd_action *member,
                                                        struct evd_string text, bool is_in_line)
{
    const struct evd_name_place *place = member->place;
    uint64_t hash, value;
    if (member->roles & EVD_FIELD_CALL)
        reading->call = evd_name_call_find(place->kind, text);
    const struct evd_name_rule *rule = find_name_rule(reading, place);
    if (rule == NULL || !(is_in_line ? evd_wide_hexadecimal(text, &value) : evd_hexadecimal(text, &value)) ||
        !take_name(reading, member, true, value, rule, &hash))
        hash = is_in_line ? evd_wide_hash_text(text.bytes, text.length, member->key_hash + EVD_SEED_STRING)
                          : evd_hash_string_member(member->key_hash, text);
    add_string(reading, member, text, hash, evd_hash_text);
}

/* Reads the string at `value`, of a member of the payload or of a field that no rule looks at: the byte after
 * it, or NULL when there is none. */
static inline const char *read_string(struct evd_shapes *shapes, struct reading *reading,
                                      const struct evd_shape_node *node, const char *value, const char *end)
{
    const struct evd_action *member = &node->member;
    const char *p = evd_wide_skip_plain(value);
    struct evd_string text = {value, (size_t)(p - value)};
    const bool is_in_line = __builtin_expect(*p == '"', 1);
    if (!is_in_line)
        p = read_intricate_string(shapes, reading, value, end, &text);
    if (p == NULL || node->use != EVD_USE_MEMBER)
        return p;
    if (member->place != NULL)
        add_placed_string(reading, member, text, is_in_line);
    else if (is_in_line)
        add_string(reading, member, text,
                   evd_wide_hash_text(text.bytes, text.length, member->key_hash + EVD_SEED_STRING), evd_wide_hash_text);
    else
        add_string(reading, member, text, evd_hash_string_member(member->key_hash, text), evd_hash_text);
    return p;
}

/* The same for an integer, but for negative ones. */
__attribute__((noinline)) static bool find_number(struct reading *reading, const struct evd_action *member,
                                                  struct evd_string digits, uint64_t *hash)
{
    const struct evd_name_rule *rule = find_name_rule(reading, member->place);
    uint64_t value;
    return rule != NULL && evd_name_digits(digits, &value) && take_name(reading, member, false, value, rule, hash);
}

/* The same for a number. */
static inline const char *read_number(struct reading *reading, const struct evd_shape_node *node, const char *value)
{
    bool is_real;
    const char *p = skip_number(value, &is_real);
    if (p == NULL || node->use != EVD_USE_MEMBER)
        return p;
    const struct evd_action *member = &node->member;
    const struct evd_string text = {value, (size_t)(p - value)};
    uint64_t hash;
    /* An integer's hash is that of its digits, but -0 is 0. */
    if (is_real || *value == '-')
        hash = evd_hash_number_member(member->key_hash, text, is_real);
    else if (member->place == NULL || !find_number(reading, member, text, &hash))
        hash = evd_wide_hash_text(value, text.length, member->key_hash + EVD_SEED_INTEGER);
    if (add_member(reading, member, hash))
        note_pointer(reading, evd_is_null_number(text, is_real));
    if (is_pairing(reading, member))
        note_pairing(reading, evd_hash_number(text, is_real));
    return p;
}

/* Reads the hole at `value`: the byte after it, or NULL when it does not hold what it should. */
static inline const char *read_hole(struct evd_shapes *shapes, struct reading *reading,
                                    const struct evd_shape_node *node, const char *value, const char *end)
{
    struct evd_event_record *record = reading->record;
    if (node->hole == EVD_HOLE_STRING)
        return read_string(shapes, reading, node, value, end);
    /* Not a switch: its jump is rarely foreseen. */
    if (node->use == EVD_USE_TID)
        return read_integer(value, &record->tid);
    if (node->use == EVD_USE_IDX)
        return read_integer(value, &record->tid_event_idx);
    if (node->use != EVD_USE_HOST_NS)
        return read_number(reading, node, value);
    record->has_host_ns = true;
    return read_integer(value, &record->host_ns);
}

/* Hashes the tail at `p`, after the hole of `node`, into `reading`; false when tails are not worth a look here,
 * or this one is too long. */
static inline bool look_up_tail(struct evd_shapes *shapes, struct reading *reading, struct evd_shape_node *node,
                                const char *p, const char *end)
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
static inline const char *recall_tail(struct evd_shapes *shapes, struct reading *reading, struct evd_shape_node *node,
                                      const char *p, const char *end)
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

static void keep_tail(struct evd_shapes *shapes, const struct reading *reading, const struct evd_shape_node *end)
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

static const char *read_line(struct evd_shapes *shapes, const char *line, const char *end,
                             struct evd_event_record *record)
{
    /* Field by field: a line is too short to clear what it does not use. */
    struct reading reading;
    reading.sums[0] = reading.allocated = 0;
    reading.pointers = reading.null_pointers = 0;
    reading.depth = 0;
    reading.allocator_name = (struct evd_string){NULL, 0};
    reading.call = NULL;
    reading.record = record;
    reading.names = shapes->names;
    reading.has_strings = false;
    reading.tail_start = NULL;
    reading.tail = NULL;
    reading.tail_length = 0;
    reading.tail_slot = reading.tail_tag = 0;
    record->has_pairing_value = record->has_host_ns = false;
    record->pairing_value = 0;
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
            node = find_child(node, &node->recent, p);
            if (node == NULL)
                return NULL;
        }
        const char *value = p + node->length;
        run_actions(&reading, node);
        if (node->hole == EVD_HOLE_NONE) {
            const char *next = skip_line_end(value, end);
            if (next == NULL)
                return NULL;
            conclude(&reading, node);
            if (reading.tail_start != NULL && next == reading.tail + reading.tail_length)
                keep_tail(shapes, &reading, node);
            return next;
        }
        p = read_hole(shapes, &reading, node, value, end);
        if (p == NULL)
            return NULL;
        if (node->recall != 0) {
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

const char *EVD_SHAPE_READ(struct evd_shapes *shapes, const char *line, const char *end,
                           struct evd_event_record *record)
{
    return read_line(shapes, line, end, record);
}
