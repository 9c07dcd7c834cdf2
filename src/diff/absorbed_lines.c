#include "diff/absorbed_lines.h"

bool evd_hear_absorbed(void *context, const struct evd_absorbed_event *event)
{
    static const char *const SIDES[] = {[EVD_CANARY] = "canary", [EVD_OURS] = "ours"};
    struct evd_absorbed_lines *lines = context;
    struct evd_buffer *out = lines->out;
    const struct evd_value name = {.type = EVD_JSON_STRING, .string = lines->rules->absorbers[event->absorber].name};
    lines->count++;
    evd_buffer_string(out, "{\"absorber\": ");
    evd_value_dumps(out, &name);
    evd_buffer_format(out, ", \"canary_tid\": %lld, \"event\": ", (long long)lines->tid[EVD_CANARY]);
    evd_value_dumps(out, &event->view->root);
    evd_buffer_format(out, ", \"matched_at\": %llu, \"ours_tid\": %lld", (unsigned long long)event->matched,
                      (long long)lines->tid[EVD_OURS]);
    if (event->blocks > 0)
        evd_buffer_format(out, ", \"pairs_consumed\": %llu", (unsigned long long)event->blocks);
    evd_buffer_format(out, ", \"side\": \"%s\"", SIDES[event->side]);
    if (event->blocks > 0)
        evd_buffer_format(out, ", \"window_offset\": %llu", (unsigned long long)event->offset);
    evd_buffer_string(out, "}\n");
    return !out->failed;
}
