#include "walk/quote.h"

#include "outcome/text.h"

/* A string as reports write it: what UTF-8 can not hold is escaped. */
static bool keep_plain(struct evd_string string, struct evd_buffer *scratch, struct evd_arena *arena,
                       struct evd_text *text)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_buffer_clear(scratch);
    evd_value_str(scratch, &value);
    return evd_keep_text(arena, scratch, text);
}

/* What tells the event from others of its kind. */
static void append_telling(const struct evd_event_view *view, struct evd_buffer *out)
{
    static const struct evd_value NONE = {.type = EVD_JSON_NULL};
    const struct evd_kind_rule *rule = view->fields.rule;
    const struct evd_value *value = NULL;
    if (rule == NULL || rule->summary_form == EVD_SUMMARY_PAYLOAD) {
        /* A null payload counts as an empty one but is shown as it is. */
        const bool is_null = view->fields.payload == 0 && evd_event_view_member(view, evd_string_of("payload")) != 0;
        value = is_null ? &NONE : view->payload;
    } else if (rule->summary_form == EVD_SUMMARY_FIRST_OF) {
        for (size_t i = 0; i < rule->summary_count && !evd_value_is_true(value); i++)
            value = evd_value_get(view->payload, rule->summary_fields[i]);
    } else {
        value = evd_value_get(view->payload, rule->summary_fields[0]);
        if (value == NULL) {
            const struct evd_value missing = {.type = EVD_JSON_STRING, .string = rule->summary_missing};
            evd_value_json(out, &missing);
            return;
        }
    }
    evd_value_json(out, value == NULL ? &NONE : value);
}

bool evd_quote(const struct evd_event_view *view, bool has_json, struct evd_buffer *scratch, struct evd_arena *arena,
               struct evd_quoted_event *quoted)
{
    const struct evd_kind_rule *rule = view->fields.rule;
    *quoted = (struct evd_quoted_event){.tid_event_idx = view->fields.tid_event_idx, .label = {"", 0}};
    quoted->has_label = rule != NULL && rule->summary_form == EVD_SUMMARY_FIELD;
    if (!keep_plain(view->fields.kind, scratch, arena, &quoted->kind) ||
        (quoted->has_label && !keep_plain(rule->summary_label, scratch, arena, &quoted->label)))
        return false;
    evd_buffer_clear(scratch);
    append_telling(view, scratch);
    if (!evd_keep_text(arena, scratch, &quoted->value))
        return false;
    evd_buffer_clear(scratch);
    struct evd_value whole;
    if (has_json && !evd_event_view_whole(view, &whole))
        return false;
    if (has_json)
        evd_value_dumps(scratch, &whole);
    return evd_keep_text(arena, scratch, &quoted->json);
}
