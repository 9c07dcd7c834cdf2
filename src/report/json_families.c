#include "report/json_families.h"

#include "report/json_facts.h"
#include "report/json_quotations.h"
#include "report/known.h"

static void write_suspicion(struct evd_json_writer *json, const struct evd_suspicion *suspicion)
{
    evd_json_begin(json, "suspicion", '{');
    evd_json_signed(json, "total", suspicion->total);
    for (int i = 0; i < EVD_EVIDENCES; i++)
        if (suspicion->points[i] != 0)
            evd_json_signed(json, evd_evidence_name((enum evd_evidence)i), suspicion->points[i]);
    evd_json_place(json, "place", suspicion->pair, suspicion->divergence);
    evd_json_end(json, '}');
}

static void write_part(struct evd_json_writer *json, const char *key, struct evd_text part)
{
    if (part.length > 0)
        evd_json_text(json, key, part);
}

static void write_known(struct evd_json_writer *json, const struct evd_listed_family *known)
{
    char day[EVD_DAY_BYTES];
    if (known == NULL)
        return;
    evd_json_begin(json, "known", '{');
    evd_json_string(json, "standing", known->standing);
    evd_json_bool(json, "fails", known->fails);
    if (known->state != NULL)
        evd_json_string(json, "state", known->state);
    if (known->news[0] != '\0')
        evd_json_string(json, "news", known->news);
    if (known->moved_from != 0)
        evd_json_hash(json, "moved_from", known->moved_from);
    write_part(json, "bug", known->bug);
    write_part(json, "owner", known->owner);
    write_part(json, "reason", known->reason);
    if (known->until != 0) {
        evd_spell_day(known->until, day);
        evd_json_string(json, "until", day);
    }
    evd_json_end(json, '}');
}

static void write_family(struct evd_json_writer *json, const struct evd_outcome *outcome,
                         const struct evd_family *family, const struct evd_listed_family *known)
{
    evd_json_begin(json, NULL, '{');
    evd_json_string(json, "id", family->id);
    evd_json_hash(json, "signature", family->signature);
    evd_json_string(json, "class", evd_class_name(family->class_));
    evd_json_text(json, "kind", family->kind);
    evd_json_text(json, "call", family->call);
    evd_json_text(json, "field", family->field);
    evd_json_shown_as(json, family->shown_as);
    evd_json_joined(json, "before", family->before, family->before_count, ", ");
    evd_json_begin(json, "after", '[');
    for (size_t i = 0; i < family->before_count; i++)
        evd_json_text(json, NULL, family->before[i]);
    evd_json_end(json, ']');
    evd_json_unsigned(json, "count", family->count);
    if (outcome->control_count > 0) {
        evd_json_bool(json, "noise", family->news_count == 0);
        evd_json_unsigned(json, "news", family->news_count);
        evd_json_control_bits(json, family->controls);
    }
    evd_json_unsigned(json, "consequence_count", family->consequence_count);
    evd_json_unsigned(json, "follower_count", family->follower_count);
    if (!family->is_root)
        evd_json_unsigned(json, "follows", family->follows);
    evd_json_sides(json, "events", family->events);
    evd_json_begin(json, "pairs", '[');
    for (size_t i = 0; i < family->pair_count; i++) {
        evd_json_unsigned(json, NULL, family->pairs[i]);
        evd_output_flush_some(json->out);
    }
    evd_json_end(json, ']');
    evd_json_place(json, "first", family->first_pair, family->first_divergence);
    evd_json_unsigned(json, "weight", family->weight);
    if (family->has_suspicion)
        write_suspicion(json, &family->suspicion);
    evd_json_string(json, "relation", evd_relation_name(family->relation));
    if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
        evd_json_signed(json, "offset", family->offset);
    evd_json_begin(json, "samples", '[');
    for (size_t i = 0; i < family->sample_count; i++)
        evd_json_place(json, NULL, family->sample_pair[i], family->sample_divergence[i]);
    evd_json_end(json, ']');
    write_known(json, known);
    evd_json_end(json, '}');
}

void evd_json_families(struct evd_json_writer *json, const struct evd_outcome *outcome, const struct evd_known *known)
{
    evd_json_line(json);
    evd_json_begin_lines(json, "families", '[');
    for (size_t i = 0; i < outcome->family_count; i++) {
        evd_json_line(json);
        write_family(json, outcome, &outcome->families[i], evd_known_of(known, i));
    }
    evd_json_end_lines(json, ']');
}
