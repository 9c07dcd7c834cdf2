#include "walk/quote.h"

#include "outcome/text.h"

static void append_plain(struct evd_buffer *out, struct evd_string string)
{
    const struct evd_value value = {.type = EVD_JSON_STRING, .string = string};
    evd_value_str(out, &value);
}

static void append_summary(struct evd_buffer *out, const struct evd_event_view *view)
{
    const struct evd_kind_rule *rule = view->fields.rule;
    evd_buffer_format(out, "[%lld] ", (long long)view->fields.tid_event_idx);
    append_plain(out, view->fields.kind);
    evd_buffer_byte(out, ' ');
    if (rule == NULL || rule->summary_form == EVD_SUMMARY_PAYLOAD) {
        /* A null payload counts as an empty one but is shown as it is. */
        const struct evd_value *given = evd_value_get(&view->root, evd_string_of("payload"));
        evd_value_str(out, given != NULL ? given : view->payload);
        return;
    }
    if (rule->summary_form == EVD_SUMMARY_FIRST_OF) {
        const struct evd_value *value = NULL;
        for (size_t i = 0; i < rule->summary_count && !evd_value_is_true(value); i++)
            value = evd_value_get(view->payload, rule->summary_fields[i]);
        evd_value_str(out, value);
        return;
    }
    append_plain(out, rule->summary_label);
    evd_buffer_byte(out, '=');
    const struct evd_value *value = evd_value_get(view->payload, rule->summary_fields[0]);
    if (value == NULL)
        append_plain(out, rule->summary_missing);
    else
        evd_value_str(out, value);
}

bool evd_quote(const struct evd_event_view *view, bool has_json, struct evd_buffer *scratch, struct evd_arena *arena,
               struct evd_quoted_event *quoted)
{
    *quoted = (struct evd_quoted_event){.tid_event_idx = view->fields.tid_event_idx};
    evd_buffer_clear(scratch);
    append_summary(scratch, view);
    if (!evd_keep_text(arena, scratch, &quoted->summary))
        return false;
    evd_buffer_clear(scratch);
    if (has_json)
        evd_value_dumps(scratch, &view->root);
    return evd_keep_text(arena, scratch, &quoted->json);
}
