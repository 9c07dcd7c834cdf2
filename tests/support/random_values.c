#include "random_values.h"

#include <stdlib.h>
#include <string.h>

#include "base/letters.h"
#include "outcome/text.h"
#include "outcome/value.h"

/* What breaks lines, tables, spans, strings, terminals and encodings. */
#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }
static const struct evd_text TEXTS[] = {
    TEXT(""),
    TEXT("NtReadFile"),
    TEXT("kernel.return"),
    TEXT("args_resolved.a1"),
    TEXT("'0x1eaf654b0'"),
    TEXT("17456208"),
    TEXT("a|b"),
    TEXT("\\|"),
    TEXT("ends in \\"),
    TEXT("`"),
    TEXT("``two`` and ```three```"),
    TEXT(" ` "),
    TEXT("   "),
    TEXT("**bold** _it_ ~~no~~ [x](y) ![i](j)"),
    TEXT("<script>alert(1)</script> &amp; <!--"),
    TEXT("# head"),
    TEXT("- item"),
    TEXT("1. item"),
    TEXT("two\nlines"),
    TEXT("\r\n\t"),
    TEXT("\x1b[31mred\x1b[0m"),
    TEXT("nul \0 inside"),
    TEXT("\"quoted\" 'and' \\u0041"),
    TEXT("caf\xc3\xa9 \xe2\x80\xae right to left \xf0\x9f\x98\x80"),
    TEXT("\xe6\x9d\xb1\xe4\xba\xac wide \xef\xbc\xa1 e\xcc\x81\xe2\x83\x9d \xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"),
    TEXT("\xcc\x81 begins with a mark, ends in a space "),
    TEXT("\xc2\x85\xc2\x9b\x7f"),
    TEXT("lone \xed\xa0\x80 surrogate \xed\xbf\xbf"),
    TEXT("no UTF-8: \xff \xc0\xaf \xe2\x82 \xf5\x80\x80\x80 \xf4\x90\x80\x80 \xe0\x80\x80"),
    TEXT("\xe2"),
    TEXT("a value that is cut to two hundred bytes because nobody reads that far, and because a log may hold "
         "values of any length that would fill the report and every table in it beyond what people can s…"),
};
enum { TEXT_COUNT = sizeof TEXTS / sizeof TEXTS[0] };

struct evd_text random_text(struct random *random)
{
    return TEXTS[random_below(random, TEXT_COUNT)];
}

uint64_t random_number(struct random *random)
{
    const unsigned draw = random_below(random, 10);
    return draw < 3 ? 0 : draw < 4 ? 1 : draw < 9 ? random_below(random, 100000) : random_next(random) >> 12;
}

int64_t random_signed(struct random *random)
{
    static const int64_t EXTREMES[] = {INT64_MIN, INT64_MAX, -1, 0};
    return random_below(random, 20) ? (int64_t)random_below(random, 5000) : EXTREMES[random_below(random, 4)];
}

double random_share(struct random *random)
{
    return random_below(random, 5) ? (double)(random_next(random) >> 11) * 0x1p-53 : random_below(random, 2);
}

void *random_items(struct random_outcome *made, size_t count, size_t size)
{
    void *memory = evd_arena_array(&made->arena, count, size);
    if (memory == NULL)
        abort();
    memset(memory, 0, count * size);
    return memory;
}

void random_numbers(struct random *random, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = random_number(random);
}

static bool is_utf8(struct evd_text text)
{
    struct evd_letter letter;
    while (evd_text_next(&text, &letter))
        if (!letter.is_utf8)
            return false;
    return true;
}

/* A value as JSON, which is UTF-8. */
static void append_json(struct random *random, struct evd_buffer *json)
{
    static const char *const PLAIN[] = {
        "259",
        "-7",
        "1.5",
        "1e999",
        "-1e999",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "\"it's\"",
        "\"\\\"\"",
        "\"it's \\\"both\\\"\"",
        "\"\\u0007\\ud800\\n\"",
        "{\"b\": [1, null, true], \"a'|\": {\"x\": \"false | null\"}}",
    };
    if (random_below(random, 2)) {
        evd_buffer_string(json, PLAIN[random_below(random, sizeof PLAIN / sizeof PLAIN[0])]);
        return;
    }
    struct evd_text content = random_text(random);
    while (!is_utf8(content))
        content = random_text(random);
    evd_buffer_byte(json, '"');
    for (size_t i = 0; i < content.length; i++) {
        if (content.bytes[i] == '"' || content.bytes[i] == '\\')
            evd_buffer_byte(json, '\\');
        if ((unsigned char)content.bytes[i] < ' ')
            evd_buffer_format(json, "\\u%04x", content.bytes[i]);
        else
            evd_buffer_byte(json, content.bytes[i]);
    }
    evd_buffer_byte(json, '"');
}

static struct evd_text keep(struct random_outcome *made, const struct evd_buffer *buffer)
{
    struct evd_text text;
    if (!evd_keep_text(&made->arena, buffer, &text))
        abort();
    return text;
}

struct evd_text random_value_json(struct random_outcome *made, struct random *random)
{
    struct evd_buffer json = {0};
    const unsigned count = random_below(random, 4) ? 1 : 1 + random_below(random, 30);
    evd_buffer_string(&json, count > 1 ? "[" : "");
    for (unsigned i = 0; i < count; i++) {
        evd_buffer_string(&json, i ? ", " : "");
        append_json(random, &json);
    }
    evd_buffer_string(&json, count > 1 ? "]" : "");
    const struct evd_text kept = keep(made, &json);
    evd_buffer_release(&json);
    return kept;
}

const struct evd_field_value *random_values(struct random_outcome *made, struct random *random)
{
    struct evd_field_value *values = random_items(made, EVD_SIDES, sizeof *values);
    struct evd_text json[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        values[side].type = (enum evd_value_type)random_below(random, EVD_TYPES);
        values[side].form = (enum evd_number_form)random_below(random, EVD_NUMBER_FORMS);
        values[side].number = values[side].form == EVD_NUMBER_NONE ? 0 : random_signed(random);
        json[side] = values[side].type == EVD_TYPE_ABSENT ? (struct evd_text){"", 0} : random_value_json(made, random);
    }
    evd_show_difference(json, values);
    return values;
}
