/* One line of a log: the parser against the validator, keys against values, and every reader of a
 * parsed event. */
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "demand.h"
#include "log/event.h"
#include "target.h"
#include "json/validate.h"

static void ignore_sid(void *context, uint64_t sid_hash)
{
    (void)context;
    (void)sid_hash;
}

static void use_event(const struct evd_rules *rules, const struct evd_json_tape *tape)
{
    struct evd_hasher hasher = {0};
    struct evd_member_list members = {0};
    struct evd_event_fields fields;
    struct evd_event_summary summary;
    struct evd_line_fault fault;
    if (evd_event_read(&hasher, rules, EVD_CANARY, tape, &fields, &fault)) {
        evd_event_summarize(&hasher, &members, tape, &fields, &summary);
        if (fields.rule != NULL && fields.rule->sid != NULL) {
            evd_event_sids(&hasher, tape, fields.rule->sid, summary.sid, ignore_sid, NULL);
            evd_event_sid_is_shared_global(&hasher, tape, fields.rule->sid, &summary);
        }
    } else {
        demand(fault.reason != NULL);
    }
    evd_member_list_release(&members);
    evd_hasher_release(&hasher);
}

/* Writes the value in Python's and in JSON's spelling; the latter reads back as the same value. */
static void use_value(struct evd_json_parser *parser, const struct evd_json_tape *tape)
{
    struct evd_hasher hasher = {0};
    struct evd_arena arena = {0};
    struct evd_buffer text = {0};
    struct evd_value value, again;
    struct evd_json_fault fault;
    demand(evd_value_build(&arena, tape, 0, &value));
    const uint64_t key = evd_hash_value(&hasher, tape, 0);
    evd_value_repr(&text, &value);
    evd_buffer_clear(&text);
    evd_value_dumps(&text, &value);
    if (memmem(text.data, text.length, "Infinity", 8) == NULL) {
        evd_buffer_reserve(&text, EVD_JSON_PADDING);
        memset(text.data + text.length, 0, EVD_JSON_PADDING);
        const struct evd_json_tape *second = evd_json_parse(parser, text.data, text.length, &fault);
        demand(second != NULL && evd_value_build(&arena, second, 0, &again));
        demand(evd_value_equal(&value, &again) && evd_hash_value(&hasher, second, 0) == key);
    }
    evd_buffer_release(&text);
    evd_arena_release(&arena);
    evd_hasher_release(&hasher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct evd_rules *rules;
    if (rules == NULL)
        demand(evd_rules_load(NULL, NULL, &rules, NULL) == EVD_OK);
    char *text = calloc(size + EVD_JSON_PADDING, 1);
    struct evd_json_parser *parser = evd_json_parser_create();
    memcpy(text, data, size);
    struct evd_json_fault by_parser, by_validator;
    const struct evd_json_tape *tape = evd_json_parse(parser, text, size, &by_parser);
    demand((tape != NULL) == evd_json_validate(text, size, &by_validator));
    if (tape != NULL) {
        use_event(rules, tape);
        use_value(parser, tape);
    } else {
        demand(by_parser.offset == by_validator.offset && by_parser.offset <= size);
    }
    evd_json_parser_destroy(parser);
    free(text);
    return 0;
}
