/* A C string as a parsed value, for tests. Everything belongs to `struct parsed_text` until release. */
#ifndef EVD_TESTS_SUPPORT_H
#define EVD_TESTS_SUPPORT_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/value.h"

struct parsed_text {
    char *padded; /* the text and EVD_JSON_PADDING zeros */
    struct evd_json_parser *parser;
    struct evd_arena arena;
    struct evd_value value; /* the value that `json` spells, whatever its type */
};

/* Parses {"v":json} and builds the value of "v". */
static inline void parse_text(struct parsed_text *parsed, const char *json)
{
    const size_t capacity = strlen(json) + 8 + EVD_JSON_PADDING;
    struct evd_json_fault fault;
    *parsed = (struct parsed_text){
        .padded = calloc(1, capacity),
        .parser = evd_json_parser_create(),
    };
    cr_assert(parsed->padded != NULL && parsed->parser != NULL);
    const int length = snprintf(parsed->padded, capacity, "{\"v\":%s}", json);
    const struct evd_json_tape *tape = evd_json_parse(parsed->parser, parsed->padded, (size_t)length, &fault);
    cr_assert_not_null(tape, "%s", json);
    cr_assert(evd_value_build(&parsed->arena, tape, 2, &parsed->value));
}

static inline void release_text(struct parsed_text *parsed)
{
    free(parsed->padded);
    evd_json_parser_destroy(parsed->parser);
    evd_arena_release(&parsed->arena);
}

#endif
