#include "batch/outcome_facts.h"

#include <stdlib.h>
#include <string.h>

#include "batch/files.h"
#include "json/json.h"

/* The value of an object's member, 0 when there is none. */
static uint32_t member_of(const struct evd_json_tape *tape, uint32_t object, const char *key)
{
    if (tape->tokens[object].type != EVD_JSON_OBJECT)
        return 0;
    for (uint32_t name = object + 1; name < tape->tokens[object].next; name = tape->tokens[name + 1].next)
        if (tape->tokens[name].length == strlen(key) &&
            memcmp(tape->text + tape->tokens[name].start, key, tape->tokens[name].length) == 0)
            return name + 1;
    return 0;
}

/* How many lines of a log were skipped, by its object. */
static uint64_t count_skipped_of(const struct evd_json_tape *tape, uint32_t log)
{
    uint32_t token = member_of(tape, log, "skipped_lines");
    token = token == 0 ? 0 : member_of(tape, token, "count");
    return token != 0 && tape->tokens[token].type == EVD_JSON_INTEGER
               ? strtoull(tape->text + tape->tokens[token].start, NULL, 10)
               : 0;
}

/* In both logs and in the control runs. */
static uint64_t count_skipped(const struct evd_json_tape *tape)
{
    static const char *const SIDES[] = {"canary", "ours"};
    const uint32_t logs = member_of(tape, 0, "logs"), controls = member_of(tape, 0, "controls");
    uint64_t count = 0;
    for (int side = 0; logs != 0 && side < 2; side++) {
        const uint32_t log = member_of(tape, logs, SIDES[side]);
        count += log == 0 ? 0 : count_skipped_of(tape, log);
    }
    if (controls != 0 && tape->tokens[controls].type == EVD_JSON_ARRAY)
        for (uint32_t log = controls + 1; log < tape->tokens[controls].next; log = tape->tokens[log].next)
            count += count_skipped_of(tape, log);
    return count;
}

bool evd_outcome_facts(struct evd_arena *arena, const struct evd_buffer *text, struct evd_record *record)
{
    struct evd_json_fault fault;
    struct evd_json_parser *parser = evd_json_parser_create();
    const struct evd_json_tape *tape = parser == NULL ? NULL : evd_json_parse(parser, text->data, text->length, &fault);
    const uint32_t token = tape == NULL ? 0 : member_of(tape, 0, "verdict");
    if (token != 0 && tape->tokens[token].type == EVD_JSON_STRING && tape->tokens[token].length < 64) {
        record->verdict = evd_keep_string(arena, text->data + tape->tokens[token].start, tape->tokens[token].length);
        record->skipped_lines = count_skipped(tape);
    }
    evd_json_parser_destroy(parser);
    return record->verdict != NULL;
}
