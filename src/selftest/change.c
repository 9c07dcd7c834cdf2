#include "selftest/change.h"

#include <string.h>

/* A walk through a payload's values to one of them. */
struct search {
    struct evd_hasher *hasher;
    const struct evd_json_tape *tape;
    struct evd_buffer *path;
    uint64_t passing; /* values to pass by */
    uint32_t found;   /* token; 0 until then */
};

/* Visits the values at and below `token`, depth first; at the end the path is that of what was found. The depth
 * is at most EVD_JSON_DEPTH_MAX. */
static void visit(struct search *search, uint32_t token)
{
    const struct evd_json_token *tokens = search->tape->tokens;
    const struct evd_json_token *t = &tokens[token];
    const bool is_object = t->type == EVD_JSON_OBJECT;
    if (!is_object && t->type != EVD_JSON_ARRAY) {
        if (search->passing-- == 0)
            search->found = token;
        return;
    }
    const size_t length = search->path->length;
    for (uint32_t i = token + 1; i < t->next && search->found == 0; i = tokens[i + is_object].next) {
        search->path->length = length;
        if (is_object) {
            if (length > 0)
                evd_buffer_byte(search->path, '.');
            evd_append_spelled(search->path, evd_hasher_string(search->hasher, search->tape, i));
        } else {
            evd_buffer_string(search->path, "[]");
        }
        visit(search, i + is_object);
    }
}

static bool is_between(char c, char first, char last)
{
    return c >= first && c <= last;
}

/* The next digit or letter, round and round; others stay. */
static char next_character(char c)
{
    if (c == '9')
        return '0';
    if (c == 'z')
        return 'a';
    if (c == 'Z')
        return 'A';
    return is_between(c, '0', '8') || is_between(c, 'a', 'y') || is_between(c, 'A', 'Y') ? (char)(c + 1) : c;
}

/* A string with another last character, so that an address stays an address. */
static void append_other_string(struct evd_buffer *out, struct evd_string spelled, bool is_escaped)
{
    evd_buffer_append(out, spelled.bytes, spelled.length);
    char *last = spelled.length > 0 && !out->failed ? &out->data[out->length - 1] : NULL;
    if (is_escaped || last == NULL || next_character(*last) == *last)
        evd_buffer_byte(out, 'x');
    else
        *last = next_character(*last);
}

/* An integer with another last digit. */
static void append_other_integer(struct evd_buffer *out, struct evd_string digits)
{
    evd_buffer_append(out, digits.bytes, digits.length);
    if (!out->failed)
        out->data[out->length - 1] = next_character(out->data[out->length - 1]);
}

static void append_other(struct evd_buffer *out, const struct evd_json_tape *tape, uint32_t token)
{
    const struct evd_json_token *t = &tape->tokens[token];
    const struct evd_string spelled = {tape->text + t->start, t->length};
    switch (t->type) {
    case EVD_JSON_FALSE: evd_buffer_string(out, "true"); break;
    case EVD_JSON_TRUE: evd_buffer_string(out, "false"); break;
    case EVD_JSON_STRING: append_other_string(out, spelled, t->escaped); break;
    case EVD_JSON_INTEGER: append_other_integer(out, spelled); break;
    case EVD_JSON_REAL:
        evd_buffer_string(out, evd_json_number_to_double(spelled.bytes, spelled.length) == 1.5 ? "2.5" : "1.5");
        break;
    default: /* null: at the top level an absent field is one too */ evd_buffer_byte(out, '0');
    }
}

/* The hash of what an object's text means; `text` has EVD_JSON_PADDING bytes behind it. */
static bool hash_text(struct evd_excerpt_reader *scratch, const struct evd_buffer *text, uint64_t *hash)
{
    struct evd_json_fault fault;
    const struct evd_json_tape *tape = evd_json_parse(scratch->reread.parser, text->data, text->length, &fault);
    if (tape == NULL)
        return false;
    *hash = evd_hash_value(&scratch->reread.hasher, tape, 0);
    return !scratch->reread.hasher.failed;
}

bool evd_change_payload(struct evd_excerpt_reader *scratch, const struct evd_excerpt *excerpt, uint64_t choice,
                        struct evd_buffer *payload, struct evd_buffer *field)
{
    const uint64_t all = UINT64_MAX;
    evd_buffer_clear(payload);
    evd_buffer_clear(field);
    if (excerpt->payload_token == 0)
        return true;
    evd_hasher_reset(&scratch->reread.hasher);
    struct search search = {&scratch->reread.hasher, excerpt->tape, field, all, 0};
    visit(&search, excerpt->payload_token);
    const uint64_t count = all - search.passing;
    evd_buffer_clear(field);
    if (count == 0)
        return true;
    search.passing = choice % count;
    visit(&search, excerpt->payload_token);
    const struct evd_json_token *t = &excerpt->tape->tokens[search.found];
    const char *start = excerpt->tape->text + t->start, *end = start + t->length;
    const char *payload_end = excerpt->payload.bytes + excerpt->payload.length;
    evd_buffer_append(payload, excerpt->payload.bytes, (size_t)(start - excerpt->payload.bytes));
    append_other(payload, excerpt->tape, search.found);
    evd_buffer_append(payload, end, (size_t)(payload_end - end));
    static const char PADDING[EVD_JSON_PADDING];
    const size_t length = payload->length;
    evd_buffer_append(payload, PADDING, sizeof PADDING);
    if (payload->failed || field->failed || scratch->reread.hasher.failed)
        return false;
    payload->length = length;
    const uint64_t before = evd_hash_value(&scratch->reread.hasher, excerpt->tape, excerpt->payload_token);
    uint64_t after;
    if (!hash_text(scratch, payload, &after))
        return false;
    if (before == after) {
        evd_buffer_clear(payload);
        evd_buffer_clear(field);
    }
    return true;
}
