#include "import/chrome_ranges.h"

#include "import/json_line.h"

/* More are looked at as what is put: a payload may be nested too deep. */
enum { CONTAINERS_MAX = 64 };

static bool is_container(const struct evd_json_token *token)
{
    return token->type == EVD_JSON_ARRAY || token->type == EVD_JSON_OBJECT;
}

/* The bytes of a container without white space; 0 for one with too many in it. A colon or a comma is before each token in it
 * but the first one of a container. */
static size_t compact_length(const struct evd_json_tape *tape, uint32_t token)
{
    const uint32_t end = tape->tokens[token].next;
    size_t length = end - token - 1;
    unsigned containers = 0;
    for (uint32_t i = token; i < end; i++) {
        const struct evd_json_token *part = &tape->tokens[i];
        if (is_container(part)) {
            if (++containers > CONTAINERS_MAX)
                return 0;
            length += 2 - (part->next > i + 1);
        } else {
            length += part->length + 2 * (part->type == EVD_JSON_STRING);
        }
    }
    return length;
}

static const char *before_space(const char *end)
{
    while (end[-1] == ' ' || end[-1] == '\n' || end[-1] == '\t' || end[-1] == '\r')
        end--;
    return end;
}

/* Where a member's container ends: what stands behind it is a comma and the next key, or the bracket of the event. */
static const char *end_of_container(const struct evd_json_tape *tape, uint32_t token, const char *behind)
{
    const uint32_t next = tape->tokens[token].next;
    if (next == tape->count)
        return before_space(behind - 1);
    const char *quote = tape->text + tape->tokens[next].start - 1;
    return before_space(before_space(quote) - 1);
}

/* Adds the member of a value, if it is spelled as a log spells it. */
static inline bool add_member(const struct evd_json_tape *tape, uint32_t token, const char *behind, bool may_join,
                              struct evd_chrome_event *event)
{
    const struct evd_json_token *key = &tape->tokens[token - 1], *value = key + 1;
    const uint32_t event_from = tape->tokens[0].start, quote = value->type == EVD_JSON_STRING;
    const uint32_t from = key->start - 1 - event_from, value_from = value->start - quote;
    uint32_t to = value->start + value->length + quote;
    if (value_from != key->start + key->length + 2)
        return false;
    if (is_container(value)) {
        to = (uint32_t)(end_of_container(tape, token, behind) - tape->text);
        if (compact_length(tape, token) != to - value_from)
            return false;
    }
    to -= event_from;
    if (to > EVD_CHROME_RANGE_MAX)
        return false;
    /* Only the comma may be between. */
    struct evd_chrome_range *last = event->range_count > 0 ? &event->ranges[event->range_count - 1] : NULL;
    if (may_join && last != NULL && last->length > 0 && last->start + last->length + 1U == from) {
        last->length = (uint16_t)(to - last->start);
        return true;
    }
    event->ranges[event->range_count++] = (struct evd_chrome_range){(uint16_t)from, (uint16_t)(to - from)};
    return true;
}

bool evd_chrome_find_ranges(const struct evd_json_tape *tape, const struct evd_chrome_members *members,
                            const char *behind, struct evd_chrome_event *event)
{
    event->range_count = 0;
    if (members->name != 0 && !add_member(tape, members->name, behind, true, event))
        return false;
    if (members->category != 0 && !add_member(tape, members->category, behind, true, event))
        return false;
    if (members->id != 0) {
        event->has_identity = evd_json_token_unsigned(tape, members->id, &event->identity);
        if (event->has_identity)
            event->ranges[event->range_count++] = (struct evd_chrome_range){0};
        else if (!add_member(tape, members->id, behind, true, event))
            return false;
    }
    if (members->id2 != 0 && !add_member(tape, members->id2, behind, true, event))
        return false;
    if (members->scope != 0 && !add_member(tape, members->scope, behind, true, event))
        return false;
    event->end_range_count = event->range_count;
    /* The end of a span has no arguments. */
    return members->arguments == 0 || add_member(tape, members->arguments, behind, !event->is_span, event);
}
