#include "random_json.h"

#include <string.h>

enum { MEMBERS_MAX = 5, ITEMS_MAX = 4 };

/* Spellings of one number each; all in a row equal each other for Python. */
static const char *const NUMBERS[][5] = {
    {"0", "-0", "0.0", "false", "-0e5"},
    {"1", "1.0", "true", "10e-1", "1E0"},
    {"-7", "-7.0", "-70e-1", "-0.7e1", "-7.00"},
    {"9007199254740993", "9007199254740993", "9007199254740993", "9007199254740993", "9007199254740993"},
    {"9007199254740992", "9007199254740992.0", "9007199254740993.0", "9.007199254740992e15", "9007199254740992"},
    {"100000000000000000000000", "100000000000000000000000", "100000000000000000000000", "100000000000000000000000",
     "100000000000000000000000"},
    {"100000000000000000", "1e17", "100000000000000000.0", "10e16", "0.1e18"},
    {"-1000000000000000000", "-1e18", "-1000000000000000000.0", "-10e17", "-0.1e19"},
    {"1e23", "1.0e23", "10e22", "1E+23", "100000000000000000000000.0"},
    {"0.1", "1e-1", "0.10", "0.1000000000000000055", "1.0E-1"},
    {"1e400", "2e999", "1e309", "10e400", "1e400"},
    {"5e-324", "4.9e-324", "5E-324", "0.5e-323", "3e-324"},
    {"1e-400", "0", "0.0", "-0", "1e-999"},
};

static const char *const STRINGS[][3] = {
    {"", "", ""},
    {"a", "\\u0061", "a"},
    {"caf\xc3\xa9", "caf\\u00e9", "\\u0063af\\u00E9"},
    {"\xf0\x9f\x98\x80", "\\ud83d\\ude00", "\\uD83D\\uDE00"},
    {"\\ud83d", "\\uD83D", "\\ud83d"},
    {"\\n", "\\u000a", "\\u000A"},
    {"/", "\\/", "\\u002f"},
    {"\\\"", "\\u0022", "\\\""},
    {"1", "\\u0031", "1"},
};

static const char *const KEYS[] = {"a", "b", "c", "name", "x y"};
static const char *const KEYS_ESCAPED[] = {"\\u0061", "\\u0062", "\\u0063", "na\\u006de", "x\\u0020y"};

static void space(struct random *spelling, struct evd_buffer *out)
{
    static const char *const SPACES[] = {"", "", "", " ", "\t", "  "};
    evd_buffer_string(out, SPACES[random_below(spelling, 6)]);
}

static void string(struct random *meaning, struct random *spelling, struct evd_buffer *out)
{
    const unsigned row = random_below(meaning, sizeof STRINGS / sizeof STRINGS[0]);
    evd_buffer_byte(out, '"');
    evd_buffer_string(out, STRINGS[row][random_below(spelling, 3)]);
    evd_buffer_byte(out, '"');
}

static void key(unsigned index, struct random *spelling, struct evd_buffer *out)
{
    evd_buffer_byte(out, '"');
    evd_buffer_string(out, random_below(spelling, 4) ? KEYS[index] : KEYS_ESCAPED[index]);
    evd_buffer_byte(out, '"');
    space(spelling, out);
    evd_buffer_byte(out, ':');
    space(spelling, out);
}

void random_json_object(struct random *meaning, struct random *spelling, unsigned depth, struct evd_buffer *out)
{
    const unsigned present = random_below(meaning, 1u << MEMBERS_MAX);
    uint64_t member_seeds[MEMBERS_MAX];
    unsigned order[MEMBERS_MAX];
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        member_seeds[i] = random_next(meaning);
        order[i] = i;
    }
    for (unsigned i = MEMBERS_MAX - 1; i > 0; i--) {
        const unsigned j = random_below(spelling, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    evd_buffer_byte(out, '{');
    space(spelling, out);
    const char *separator = "";
    for (unsigned i = 0; i < MEMBERS_MAX; i++) {
        if (!(present >> order[i] & 1))
            continue;
        if (random_below(spelling, 8) == 0) {
            /* A member that the next one replaces. */
            struct random other = {random_next(spelling)};
            evd_buffer_string(out, separator);
            key(order[i], spelling, out);
            random_json_value(&other, spelling, depth ? depth - 1 : 0, out);
            separator = ",";
        }
        struct random member = {member_seeds[order[i]]};
        evd_buffer_string(out, separator);
        space(spelling, out);
        key(order[i], spelling, out);
        random_json_value(&member, spelling, depth ? depth - 1 : 0, out);
        space(spelling, out);
        separator = ",";
    }
    evd_buffer_byte(out, '}');
}

static void array(struct random *meaning, struct random *spelling, unsigned depth, struct evd_buffer *out)
{
    const unsigned count = random_below(meaning, ITEMS_MAX);
    evd_buffer_byte(out, '[');
    for (unsigned i = 0; i < count; i++) {
        evd_buffer_string(out, i ? "," : "");
        space(spelling, out);
        random_json_value(meaning, spelling, depth - 1, out);
        space(spelling, out);
    }
    evd_buffer_byte(out, ']');
}

void random_json_value(struct random *meaning, struct random *spelling, unsigned depth, struct evd_buffer *out)
{
    switch (random_below(meaning, depth > 0 ? 5 : 3)) {
    case 0:
        evd_buffer_string(
            out, NUMBERS[random_below(meaning, sizeof NUMBERS / sizeof NUMBERS[0])][random_below(spelling, 5)]);
        break;
    case 1: string(meaning, spelling, out); break;
    case 2: evd_buffer_string(out, "null"); break;
    case 3: array(meaning, spelling, depth, out); break;
    default: random_json_object(meaning, spelling, depth, out); break;
    }
}
