#include "report/json_quotations.h"

#include "report/json_facts.h"

void evd_json_shown_as(struct evd_json_writer *json, enum evd_shown_as shown_as)
{
    if (shown_as != EVD_SHOWN_DECIMAL)
        evd_json_string(json, "shown_as", evd_shown_as_name(shown_as));
}

static void write_side(struct evd_json_writer *json, const struct evd_quotation *quotation, int side)
{
    const size_t parts[] = {quotation->before[side], quotation->inside[side], quotation->behind[side]};
    static const char *const NAMES[] = {"before", "inside", "behind"};
    const struct evd_event_quotation *event = quotation->events[side];
    evd_json_begin(json, evd_side_name((enum evd_side)side), '{');
    if (quotation->source_thread[side].length > 0)
        evd_json_text(json, "source_thread", quotation->source_thread[side]);
    for (size_t part = 0; part < sizeof parts / sizeof *parts; part++) {
        evd_json_begin(json, NAMES[part], '[');
        for (size_t i = 0; i < parts[part]; i++, event++) {
            evd_json_begin(json, NULL, '{');
            evd_json_signed(json, "tid_event_idx", event->tid_event_idx);
            if (event->source_line > 0)
                evd_json_unsigned(json, "source_line", event->source_line);
            if (event->source_event > 0)
                evd_json_unsigned(json, "source_event", event->source_event);
            evd_json_text(json, "kind", event->kind);
            evd_json_text(json, "call", event->call);
            evd_json_end(json, '}');
        }
        evd_json_end(json, ']');
    }
    evd_json_end(json, '}');
}

static void write_field(struct evd_json_writer *json, const struct evd_differing_field *field)
{
    evd_json_begin(json, NULL, '{');
    evd_json_text(json, "path", field->path);
    evd_json_shown_as(json, field->shown_as);
    evd_json_values(json, field->value);
    evd_json_end(json, '}');
}

void evd_json_quotations(struct evd_json_writer *json, const struct evd_outcome *outcome)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "quotations", '[');
    for (size_t i = 0; i < outcome->look_count && outcome->looks[i].family < outcome->quotation_count; i++) {
        const struct evd_quotation *quotation = &outcome->quotations[outcome->looks[i].family];
        evd_json_line(json);
        evd_json_begin(json, NULL, '{');
        evd_json_place(json, "place", quotation->pair, quotation->divergence);
        for (int side = 0; side < EVD_SIDES; side++)
            write_side(json, quotation, side);
        evd_json_begin(json, "fields", '[');
        for (size_t j = 0; j < quotation->field_count; j++)
            write_field(json, &quotation->fields[j]);
        evd_json_end(json, ']');
        if (quotation->arguments.length > 0)
            evd_json_text(json, "arguments", quotation->arguments);
        evd_json_end(json, '}');
    }
    evd_json_end_lines(json, ']');
}
