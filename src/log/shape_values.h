/* Shape values: what a line's members add to its key and to its names while it is read by its shape.
 *
 * Functions of a header, because they are compiled for every kind of processor (log/shape_read.c). */
#ifndef EVD_LOG_SHAPE_VALUES_H
#define EVD_LOG_SHAPE_VALUES_H

#include "log/digits.h"
#include "log/log.h"
#include "log/shape_trie.h"
#include "json/null.h"
#include "json/validate.h"

/* A line while it is read. */
struct evd_shape_reading {
    /* Of the payload, as of a kind without allocators; then of the objects that are open in it. */
    uint64_t sums[1 + EVD_SHAPE_DEPTH_MAX];
    unsigned depth;
    uint64_t allocated;     /* what to add to the payload's sum if the event is an allocator's return */
    uint32_t pointers;      /* with EVD_FIELD_POINTER that came */
    uint32_t null_pointers; /* of those */
    struct evd_string allocator_name;
    const struct evd_name_call *call; /* that name rules are about; or NULL */
    struct evd_event_record *record;
    struct evd_name_list *names;                         /* where they are listed, with room for all; or NULL */
    bool has_strings;                                    /* of this line, in the shapes' memory */
    uint32_t sid_roles;                                  /* of the three below, those that came */
    struct evd_string sid, sid_pointer, sid_object_type; /* the last is an integer's digits */
    /* The tail that was looked up and not known: kept when the line has been read. */
    struct evd_shape_node *tail_start; /* NULL: there is none */
    const char *tail;
    size_t tail_length;
    uint32_t tail_slot;
    uint16_t tail_tag;
};

/* Adds a member by its hash to what it is a member of. Roles have the payload's own members only. True when it is a
 * pointer of an allocator's return: then evd_shape_note_pointer is to be told. */
static inline bool evd_shape_add_member(struct evd_shape_reading *reading, const struct evd_action *member,
                                        uint64_t hash)
{
    uint64_t *sum = &reading->sums[reading->depth];
    if (__builtin_expect(!(member->roles & (EVD_FIELD_REPLACED | EVD_FIELD_SET | EVD_SHAPE_ELEMENT)), 1)) {
        *sum += hash;
        return false;
    }
    if (member->roles & EVD_SHAPE_ELEMENT) {
        *sum = evd_hash_pair(*sum, hash);
        return false;
    }
    *sum += hash;
    reading->allocated -= hash;
    if (!(member->roles & EVD_FIELD_SET))
        reading->allocated += evd_hash_pair(member->key_hash, EVD_CANONICAL_MARK);
    return member->roles & EVD_FIELD_POINTER;
}

static inline void evd_shape_note_pointer(struct evd_shape_reading *reading, bool is_null)
{
    reading->pointers++;
    reading->null_pointers += is_null;
}

/* Notes the value that a thread may be paired by. */
static inline void evd_shape_note_pairing(struct evd_shape_reading *reading, uint64_t value_hash)
{
    reading->record->has_pairing_value = true;
    reading->record->pairing_value = value_hash;
}

static inline bool evd_shape_is_pairing(const struct evd_shape_reading *reading, const struct evd_action *member)
{
    return member->roles & EVD_FIELD_PAIRING && reading->depth == 0 && !member->is_null;
}

static inline void evd_shape_run_actions(struct evd_shape_reading *reading, const struct evd_shape_node *node)
{
    for (unsigned i = 0; i < node->action_count; i++) {
        const struct evd_action *action = &node->actions[i];
        switch ((enum evd_action_type)action->type) {
        case EVD_ACTION_CONSTANT:
            /* A member that is null counts where it is nested. */
            if (evd_shape_add_member(reading, action, action->is_null && reading->depth == 0 ? 0 : action->hash))
                evd_shape_note_pointer(reading, action->is_null_pointer);
            if (evd_shape_is_pairing(reading, action))
                evd_shape_note_pairing(reading, action->value_hash);
            break;
        case EVD_ACTION_OPEN: reading->sums[++reading->depth] = 0; break;
        case EVD_ACTION_OPEN_ARRAY: reading->sums[++reading->depth] = EVD_SEED_ARRAY; break;
        case EVD_ACTION_CLOSE:
        case EVD_ACTION_CLOSE_ARRAY: {
            uint64_t value_hash = reading->sums[reading->depth--];
            if (action->type == EVD_ACTION_CLOSE)
                value_hash = evd_hash_object(value_hash);
            const bool is_element = action->roles & EVD_SHAPE_ELEMENT;
            if (evd_shape_add_member(reading, action,
                                     is_element ? value_hash : evd_hash_pair(action->key_hash, value_hash)))
                evd_shape_note_pointer(reading, false);
            if (evd_shape_is_pairing(reading, action))
                evd_shape_note_pairing(reading, value_hash);
            break;
        }
        }
    }
}

static inline int evd_shape_hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* The character that the escape at `p` stands for, *length bytes; -1 when it is not valid or not ASCII. */
static inline int evd_shape_read_escape(const char *p, size_t *length)
{
    static const char CHARACTERS[128] = {
        ['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    *length = 2;
    if (p[1] != 'u')
        return (unsigned char)p[1] < 128 && CHARACTERS[(unsigned char)p[1]] != '\0'
                   ? CHARACTERS[(unsigned char)p[1]]
                   : -1;
    *length = 6;
    if (p[2] != '0' || p[3] != '0')
        return -1;
    const int high = evd_shape_hex_digit(p[4]), low = high < 0 ? -1 : evd_shape_hex_digit(p[5]);
    return high > 7 || low < 0 ? -1 : high << 4 | low;
}

/* A string that is ASCII, unescaped, and not too long: its end in the line and, in `text`, its content; else NULL. `p`: what
 * is not plain in it. */
static inline const char *evd_shape_unescape(struct evd_shapes *shapes, const char *value, const char *p,
                                             struct evd_string *text)
{
    char *const start = shapes->unescaped + shapes->unescaped_length;
    char *const most = shapes->unescaped + EVD_UNESCAPED_MAX;
    char *out = start;
    for (;;) {
        const size_t plain = (size_t)(p - value);
        size_t length;
        if (plain >= (size_t)(most - out))
            return NULL;
        evd_wide_copy(out, value, plain);
        out += plain;
        if (*p == '"')
            break;
        const int character = *p == '\\' ? evd_shape_read_escape(p, &length) : -1;
        if (character < 0)
            return NULL;
        *out++ = (char)character;
        value = p + length;
        p = evd_wide_skip_plain(value);
    }
    *text = (struct evd_string){start, (size_t)(out - start)};
    shapes->unescaped_length += text->length;
    return p;
}

/* A string with escapes or with characters that are not ASCII: its end in the line, or NULL when it is not
 * valid; `text` becomes its content. `p`: what is not plain in it. */
static const char *evd_shape_read_intricate_string(struct evd_shapes *shapes, struct evd_shape_reading *reading,
                                                   const char *value, const char *p, const char *end,
                                                   struct evd_string *text)
{
    if (!reading->has_strings) {
        evd_arena_reset(&shapes->strings);
        shapes->unescaped_length = 0;
    }
    reading->has_strings = true;
    const char *unescaped = evd_shape_unescape(shapes, value, p, text);
    if (unescaped != NULL)
        return unescaped;
    const char *quote = evd_json_skip_string(value, end);
    if (quote == NULL || (size_t)(quote - value) > EVD_JSON_LENGTH_MAX)
        return NULL;
    const struct evd_json_token token = {.length = (uint32_t)(quote - value), .type = EVD_JSON_STRING, .escaped = true};
    const struct evd_json_tape tape = {value, &token, 1};
    return evd_value_string(&shapes->strings, &tape, 0, text) ? quote : NULL;
}

enum { EVD_SHAPE_SID_ROLES = EVD_FIELD_SID | EVD_FIELD_SID_POINTER | EVD_FIELD_SID_OBJECT_TYPE };

/* Notes a string that is a SID or that the recipe of a SID takes. A line with SIDs is not kept: who reads it next may be
 * another thread. Apart, so that rules without SIDs do not pay for it. */
__attribute__((noinline)) static void evd_shape_note_sid(struct evd_shape_reading *reading,
                                                         const struct evd_action *member, struct evd_string text)
{
    struct evd_event_record *record = reading->record;
    reading->tail_start = NULL;
    if (member->roles & EVD_FIELD_SID) {
        record->is_shared_global = false;
        record->sids[record->sid_count++] = evd_hash_string(text);
    }
    if (member->roles & EVD_SHAPE_ELEMENT)
        return;
    reading->sid_roles |= member->roles & (EVD_FIELD_SID | EVD_FIELD_SID_POINTER);
    if (member->roles & EVD_FIELD_SID)
        reading->sid = text;
    if (member->roles & EVD_FIELD_SID_POINTER)
        reading->sid_pointer = text;
}

/* Adds the string of a member by its hash; `hash_text` is evd_wide_hash_text where the text allows it. */
static inline void evd_shape_add_string(struct evd_shape_reading *reading, const struct evd_action *member,
                                        struct evd_string text, uint64_t hash,
                                        uint64_t (*hash_text)(const char *text, size_t length, uint64_t seed))
{
    if (evd_shape_add_member(reading, member, hash))
        evd_shape_note_pointer(reading, evd_is_null_text(text));
    if (member->roles & EVD_FIELD_ALLOCATOR_NAME && reading->depth == 0)
        reading->allocator_name = text;
    if (evd_shape_is_pairing(reading, member))
        evd_shape_note_pairing(reading, hash_text(text.bytes, text.length, EVD_SEED_STRING));
}

/* A value that name rules are about, when there is one about the call: true when it is a name, whose hash becomes
 * *hash. It is listed, and so is a size, where that is asked for. */
static inline bool evd_shape_take_name(struct evd_shape_reading *reading, const struct evd_action *member,
                                       bool is_string, uint64_t value, const struct evd_name_rule *rule, uint64_t *hash)
{
    const bool fits = evd_name_fits(rule, value);
    struct evd_name_list *names = reading->names;
    if (names != NULL && (fits || rule->form == EVD_NAME_SIZE))
        names->names[names->count++] = (struct evd_name){rule, member->place->path, value};
    if (fits)
        *hash = evd_name_hash(member->key_hash, evd_name_mark(rule, is_string));
    return fits;
}

static inline const struct evd_name_rule *evd_shape_find_name_rule(const struct evd_shape_reading *reading,
                                                                   const struct evd_name_place *place)
{
    return evd_name_rule_of(reading->call, place->rule, place->field_hash, place->member_path);
}

/* Adds the string of a member that has a place. `is_in_line`: its text is in the line, not unescaped in another
 * place. Apart, so that rules without names do not pay for it. */
__attribute__((noinline)) static void evd_shape_add_placed_string(
    struct evd_shape_reading *reading, const struct evd_action *member, struct evd_string text, bool is_in_line)
{
    const struct evd_name_place *place = member->place;
    uint64_t hash, value;
    if (member->roles & EVD_FIELD_CALL)
        reading->call = evd_name_call_find(place->kind, text);
    const struct evd_name_rule *rule = evd_shape_find_name_rule(reading, place);
    if (rule == NULL || !(is_in_line ? evd_wide_hexadecimal(text, &value) : evd_hexadecimal(text, &value)) ||
        !evd_shape_take_name(reading, member, true, value, rule, &hash))
        hash = is_in_line ? evd_wide_hash_text(text.bytes, text.length, member->key_hash + EVD_SEED_STRING)
                          : evd_hash_string_member(member->key_hash, text);
    evd_shape_add_string(reading, member, text, hash, evd_hash_text);
}

/* Reads the string at `value`, of a member of the payload or of a field that no rule looks at: the byte after
 * it, or NULL when there is none. */
static inline const char *evd_shape_read_string(struct evd_shapes *shapes, struct evd_shape_reading *reading,
                                                const struct evd_shape_node *node, const char *value, const char *end)
{
    const struct evd_action *member = &node->member;
    const char *p = evd_wide_skip_plain(value);
    struct evd_string text = {value, (size_t)(p - value)};
    const bool is_in_line = __builtin_expect(*p == '"', 1);
    if (!is_in_line)
        p = evd_shape_read_intricate_string(shapes, reading, value, p, end, &text);
    if (p == NULL)
        return p;
    if (node->use != EVD_USE_MEMBER) {
        if (node->use != EVD_USE_SID)
            return p;
        evd_shape_note_sid(reading, member, text);
        if (member->roles & EVD_FIELD_SKIPPED)
            return p;
    }
    if (member->place != NULL)
        evd_shape_add_placed_string(reading, member, text, is_in_line);
    else if (is_in_line)
        evd_shape_add_string(
            reading, member, text, evd_wide_hash_text(text.bytes, text.length, member->key_hash + EVD_SEED_STRING),
            evd_wide_hash_text);
    else
        evd_shape_add_string(reading, member, text, evd_hash_string_member(member->key_hash, text), evd_hash_text);
    return p;
}

/* The same for an integer, but for negative ones. */
__attribute__((noinline)) static bool evd_shape_find_number(
    struct evd_shape_reading *reading, const struct evd_action *member, struct evd_string digits, uint64_t *hash)
{
    const struct evd_name_rule *rule = evd_shape_find_name_rule(reading, member->place);
    uint64_t value;
    return rule != NULL && evd_name_digits(digits, &value) &&
           evd_shape_take_name(reading, member, false, value, rule, hash);
}

/* The same for a number. */
static inline const char *evd_shape_read_number(struct evd_shape_reading *reading, const struct evd_shape_node *node,
                                                const char *value)
{
    bool is_real;
    const char *p = evd_digits_skip_number(value, &is_real);
    const struct evd_action *member = &node->member;
    if (p == NULL)
        return p;
    const struct evd_string text = {value, (size_t)(p - value)};
    if (node->use != EVD_USE_MEMBER) {
        if (node->use != EVD_USE_SID)
            return p;
        if (member->roles & EVD_FIELD_SID_OBJECT_TYPE && !is_real) {
            reading->sid_roles |= EVD_FIELD_SID_OBJECT_TYPE;
            reading->sid_object_type = text;
        }
        if (member->roles & EVD_FIELD_SKIPPED)
            return p;
    }
    uint64_t hash;
    /* An integer's hash is that of its digits, but -0 is 0. */
    if (is_real || *value == '-')
        hash = evd_hash_number_member(member->key_hash, text, is_real);
    else if (member->place == NULL || !evd_shape_find_number(reading, member, text, &hash))
        hash = evd_wide_hash_text(value, text.length, member->key_hash + EVD_SEED_INTEGER);
    if (evd_shape_add_member(reading, member, hash))
        evd_shape_note_pointer(reading, evd_is_null_number(text, is_real));
    if (evd_shape_is_pairing(reading, member))
        evd_shape_note_pairing(reading, evd_hash_number(text, is_real));
    return p;
}

#endif
