#include "report/json_facts.h"

#include <string.h>

void evd_json_sides(struct evd_json_writer *json, const char *key, const uint64_t numbers[EVD_SIDES])
{
    evd_json_begin(json, key, '{');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_unsigned(json, evd_side_name(side), numbers[side]);
    evd_json_end(json, '}');
}

void evd_json_tids(struct evd_json_writer *json, const int64_t tid[EVD_SIDES])
{
    evd_json_begin(json, "tid", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        evd_json_signed(json, evd_side_name(side), tid[side]);
    evd_json_end(json, '}');
}

static char *spell_hash(char *p, uint64_t hash)
{
    for (int i = 0; i < 16; i++)
        *p++ = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    return p;
}

void evd_json_hash(struct evd_json_writer *json, const char *key, uint64_t hash)
{
    char digits[16];
    spell_hash(digits, hash);
    evd_json_plain(json, key, (struct evd_text){digits, 16});
}

/* Names of ours: words and dashes. */
static char *spell_name(char *p, const char *name)
{
    const size_t length = strlen(name);
    memcpy(p, name, length);
    return p + length;
}

static void write_value(struct evd_json_writer *json, const char *key, const struct evd_field_value *value)
{
    enum { KEYS_MAX = 80, HASH_BYTES = 16 };
    const char *type = evd_value_type_name(value->type), *form = evd_number_form_name(value->form);
    const size_t names = strlen(type) + strlen(form);
    char *p = evd_json_begin_spelt(json, key, KEYS_MAX + names + HASH_BYTES + 2 * (EVD_JSON_DIGITS_MAX + 1));
    if (p == NULL)
        return;
    p = spell_name(EVD_JSON_PUT(p, "{\"type\": \""), type);
    if (value->form != EVD_NUMBER_NONE) {
        p = spell_name(EVD_JSON_PUT(p, "\", \"form\": \""), form);
        p = spell_hash(
            EVD_JSON_PUT(evd_json_spell_signed(EVD_JSON_PUT(p, "\", \"number\": "), value->number), ", \"hash\": \""),
            value->hash);
    } else {
        p = spell_hash(EVD_JSON_PUT(p, "\", \"hash\": \""), value->hash);
    }
    evd_json_end_spelt(json, evd_json_spell_unsigned(EVD_JSON_PUT(p, "\", \"length\": "), value->length));
    evd_json_text(json, "shown", value->shown);
    p = evd_json_begin_spelt(json, "shown_from", KEYS_MAX + EVD_JSON_DIGITS_MAX);
    if (p == NULL)
        return;
    p = EVD_JSON_PUT(evd_json_spell_unsigned(p, value->shown_from), ", \"begins_in_string\": ");
    evd_json_end_spelt(json, value->begins_in_string ? EVD_JSON_PUT(p, "true}") : EVD_JSON_PUT(p, "false}"));
}

void evd_json_values(struct evd_json_writer *json, const struct evd_field_value value[EVD_SIDES])
{
    evd_json_begin(json, "values", '{');
    for (int side = 0; side < EVD_SIDES; side++)
        write_value(json, evd_side_name(side), &value[side]);
    evd_json_end(json, '}');
}

void evd_json_breaks(struct evd_json_writer *json, const struct evd_broken_renaming *breaks)
{
    if (breaks == NULL)
        return;
    evd_json_begin(json, "breaks", '{');
    evd_json_text(json, "name_class", breaks->name_class);
    evd_json_sides(json, "value", breaks->value);
    evd_json_sides(json, "size", breaks->size);
    evd_json_signed(json, "tid", breaks->tid);
    evd_json_signed(json, "tid_event_idx", breaks->tid_event_idx);
    evd_json_end(json, '}');
}

void evd_json_counts(struct evd_json_writer *json, const char *key, const struct evd_event_counts *counts)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "matched", counts->matched);
    evd_json_unsigned(json, "differing", counts->differing);
    evd_json_unsigned(json, "absorbed", counts->absorbed);
    evd_json_unsigned(json, "engine_local", counts->engine_local);
    evd_json_unsigned(json, "left_over", counts->left_over);
    evd_json_end(json, '}');
}

void evd_json_control_bits(struct evd_json_writer *json, uint64_t bits)
{
    evd_json_begin(json, "controls", '[');
    for (unsigned i = 0; i < EVD_CONTROLS_MAX; i++)
        if (bits >> i & 1)
            evd_json_unsigned(json, NULL, i);
    evd_json_end(json, ']');
}

void evd_json_place(struct evd_json_writer *json, const char *key, size_t pair, size_t divergence)
{
    evd_json_begin(json, key, '{');
    evd_json_unsigned(json, "pair", pair);
    evd_json_unsigned(json, "divergence", divergence);
    evd_json_end(json, '}');
}

void evd_json_cause(struct evd_json_writer *json, enum evd_cause cause, size_t pair, size_t divergence)
{
    if (cause == EVD_CAUSE_NONE)
        return;
    enum { KEYS_MAX = 64 };
    const char *kind = evd_cause_name(cause);
    char *p = evd_json_begin_spelt(json, "cause", KEYS_MAX + strlen(kind) + 2 * EVD_JSON_DIGITS_MAX);
    if (p == NULL)
        return;
    p = spell_name(EVD_JSON_PUT(p, "{\"kind\": \""), kind);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, "\", \"pair\": "), pair);
    p = evd_json_spell_unsigned(EVD_JSON_PUT(p, ", \"divergence\": "), divergence);
    evd_json_end_spelt(json, EVD_JSON_PUT(p, "}"));
}
