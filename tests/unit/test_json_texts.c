/* Texts that rules take for the JSON that they spell: which ones do, and what memory has to do with it. */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "log/operators.h"
#include "packed_bytes.h"

/* What a text spells. */
static enum evd_json_type spelled(const char *bytes, size_t length, bool *failed)
{
    struct evd_arena arena = {0};
    struct evd_json_parser *parser = NULL;
    struct evd_value value = {.type = EVD_JSON_STRING, .string = {bytes, length}};
    evd_text_to_json(&arena, &parser, &value, failed);
    evd_json_parser_destroy(parser);
    evd_arena_release(&arena);
    return value.type;
}

/* Half of a pair of surrogates may be an escape in JSON, and no character of it. */
Test(json_texts, texts_that_are_json)
{
    static const struct {
        const char *text;
        enum evd_json_type type;
    } TEXTS[] = {
        {"[]", EVD_JSON_ARRAY},
        {" {\"a\": 1} ", EVD_JSON_OBJECT},
        {"[\"\\ud800\"]", EVD_JSON_ARRAY},
        {"[\"\xed\xa0\x80\"]", EVD_JSON_STRING},
        {"[1],\"b\":2", EVD_JSON_STRING},
        {"[1]}", EVD_JSON_STRING},
        {"31", EVD_JSON_STRING},
        {"", EVD_JSON_STRING},
        {"[NaN]", EVD_JSON_STRING},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        bool failed = false;
        cr_expect_eq(spelled(TEXTS[i].text, strlen(TEXTS[i].text), &failed), TEXTS[i].type, "%s", TEXTS[i].text);
        cr_expect(!failed);
    }
}

/* The text is an item of the object in which it is parsed, so it may be 998 lists deep. */
Test(json_texts, texts_that_are_json_are_not_too_deep)
{
    char text[2 * EVD_JSON_DEPTH_MAX];
    for (size_t depth = EVD_JSON_DEPTH_MAX - 2; depth <= EVD_JSON_DEPTH_MAX; depth++) {
        bool failed = false;
        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        cr_expect_eq(spelled(text, 2 * depth, &failed), depth < EVD_JSON_DEPTH_MAX ? EVD_JSON_ARRAY : EVD_JSON_STRING);
        cr_expect(!failed);
    }
}

/* A text that takes more memory than is free is not taken for one that spells nothing. */
Test(json_texts, texts_that_take_more_than_is_free_fail, .disabled = HAS_SHADOW_MEMORY)
{
    enum { LENGTH = 24 << 20, SPACE = 120 << 20 };
    struct rlimit before, limit;
    bool failed = false;
    char *text = malloc(LENGTH);
    cr_assert_not_null(text);
    memset(text, ' ', LENGTH);
    text[0] = '[';
    text[LENGTH - 1] = ']';
    cr_assert_eq(getrlimit(RLIMIT_AS, &before), 0);
    limit = (struct rlimit){count_mapped_bytes() + SPACE, before.rlim_max};
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    spelled(text, LENGTH, &failed);
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    cr_expect(failed);
    failed = false;
    cr_expect_eq(spelled(text, LENGTH, &failed), EVD_JSON_ARRAY);
    cr_expect(!failed);
    free(text);
}
