/* The full report's sections: a family whose divergences follow from none, its places, and below them, folded, what
 * follows from it in any thread. Each divergence is told once; families that are noise are rows of one table. */
#include <inttypes.h>

#include "base/letters.h"
#include "outcome/places.h"
#include "report/consequences.h"
#include "report/counts.h"
#include "report/describe.h"
#include "report/full.h"
#include "report/known.h"
#include "report/root.h"
#include "report/values.h"

enum { VALUE_LEAD = 8 }; /* letters before the difference that are shown of values that have no room */

static struct evd_buffer *buffer_of(const struct evd_full *full)
{
    return &full->out->buffer;
}

/* "84 [295] | 96 [301] | " */
static void add_place(struct evd_full *full, size_t pair, const struct evd_divergence *divergence)
{
    for (int side = 0; side < EVD_SIDES; side++)
        evd_buffer_format(&full->row, "%" PRId64 " [%" PRId64 "] | ", full->outcome->pairs[pair].tid[side],
                          evd_run_of(divergence, side).first_idx);
}

/* Both values, from a little before the difference on when one of them is longer than `columns`. */
static void cut_values(struct evd_buffer values[EVD_SIDES], size_t columns)
{
    const struct evd_text texts[EVD_SIDES] = {
        {values[EVD_CANARY].data, values[EVD_CANARY].length}, {values[EVD_OURS].data, values[EVD_OURS].length}};
    struct evd_text rest[EVD_SIDES] = {texts[EVD_CANARY], texts[EVD_OURS]};
    struct evd_letter letter[EVD_SIDES];
    size_t common = 0, skipped = 0;
    if (values[EVD_CANARY].failed || values[EVD_OURS].failed ||
        (evd_columns(texts[EVD_CANARY]) <= columns && evd_columns(texts[EVD_OURS]) <= columns))
        return;
    while (evd_text_next(&rest[EVD_CANARY], &letter[EVD_CANARY]) && evd_text_next(&rest[EVD_OURS], &letter[EVD_OURS]) &&
           letter[EVD_CANARY].code_point == letter[EVD_OURS].code_point &&
           letter[EVD_CANARY].length == letter[EVD_OURS].length)
        common++;
    rest[EVD_CANARY] = texts[EVD_CANARY];
    for (; skipped + VALUE_LEAD < common && evd_text_next(&rest[EVD_CANARY], &letter[EVD_CANARY]);)
        skipped++;
    const size_t bytes = skipped > 0 ? texts[EVD_CANARY].length - rest[EVD_CANARY].length : 0;
    for (int side = 0; bytes > 0 && side < EVD_SIDES; side++) {
        struct evd_buffer cut = {0};
        evd_buffer_string(&cut, "…");
        evd_buffer_append(&cut, values[side].data + bytes, values[side].length - bytes);
        evd_buffer_release(&values[side]);
        values[side] = cut;
    }
}

/* One place of a section's family. */
static void put_place(struct evd_full *full, const struct evd_family *family, size_t pair,
                      const struct evd_divergence *divergence)
{
    struct evd_buffer cells[EVD_SIDES + 1] = {{0}, {0}, {0}};
    const bool has_notes = divergence->has_notes;
    evd_buffer_string(&full->row, "| ");
    add_place(full, pair, divergence);
    evd_buffer_format(&full->row, "%s/%s | ", evd_grouped(evd_run_of(divergence, EVD_CANARY).count).text,
                      evd_grouped(evd_run_of(divergence, EVD_OURS).count).text);
    if (divergence->value != NULL) {
        evd_append_values(cells, divergence->value, family->shown_as);
        cut_values(cells, FULL_COLUMNS / 6);
    }
    evd_describe_notes(&cells[EVD_SIDES], divergence);
    evd_buffer_format(&full->row, "\t | \t | %s | ", evd_grouped(divergence->matched_after).text);
    if (full->outcome->control_count > 0)
        evd_buffer_format(&full->row, "%s%s", divergence->news == EVD_NEWS_NONE ? "noise" : "new",
                          has_notes ? "; " : "");
    evd_buffer_string(&full->row, has_notes ? "\t |\n" : " |\n");
    evd_full_row(full, cells, has_notes ? EVD_SIDES + 1 : EVD_SIDES);
    for (int i = 0; i <= EVD_SIDES; i++)
        evd_buffer_release(&cells[i]);
}

/* Something that follows from a section's divergences. */
static void put_consequence(struct evd_full *full, size_t pair, const struct evd_divergence *divergence)
{
    const struct evd_family *family = &full->outcome->families[divergence->family];
    struct evd_buffer subject = {0};
    evd_buffer_string(&full->row, "| ");
    add_place(full, pair, divergence);
    evd_describe_subject(&subject, family);
    evd_buffer_format(
        &full->row, "%s | \t | %s/%s | %s | %s |\n", evd_class_name(divergence->class_),
        evd_grouped(evd_run_of(divergence, EVD_CANARY).count).text,
        evd_grouped(evd_run_of(divergence, EVD_OURS).count).text, evd_cause_name(divergence->cause), family->id);
    evd_full_row(full, &subject, 1);
    evd_buffer_release(&subject);
}

/* The divergences of a section's family: all of them, of which those are told that follow from none. */
struct places {
    const struct evd_place *list;
    size_t count;
};

/* The divergence at a place; NULL where it follows from another. */
static const struct evd_divergence *told_at(const struct evd_full *full, const struct evd_place *place)
{
    const struct evd_divergence *divergence = &full->outcome->pairs[place->pair].divergences[place->divergence];
    return divergence->cause == EVD_CAUSE_NONE ? divergence : NULL;
}

/* How many divergences of a family follow from none, where the first of them is, and how many follow from them. */
struct extent {
    uint64_t count, followers;
    struct evd_place first;
};

static struct extent measure(const struct evd_full *full, const struct evd_consequences *consequences,
                             const struct places *places)
{
    struct extent extent = {0};
    for (size_t i = 0; i < places->count; i++) {
        const struct evd_place *place = &places->list[i];
        if (told_at(full, place) == NULL)
            continue;
        if (extent.count++ == 0)
            extent.first = *place;
        extent.followers += consequences->counts[consequences->first[place->pair] + place->divergence];
    }
    return extent;
}

static void put_places(struct evd_full *full, const struct evd_family *family, const struct places *places,
                       uint64_t count)
{
    uint64_t told = 0;
    if (count < 2)
        return;
    evd_buffer_string(buffer_of(full), "\n| canary | ours | events | canary's | ours | matched after | note |\n"
                                       "|---:|---:|---:|---|---|---:|---|\n");
    for (size_t i = 0; i < places->count && told < full->rows; i++) {
        const struct evd_divergence *divergence = told_at(full, &places->list[i]);
        if (divergence == NULL)
            continue;
        put_place(full, family, places->list[i].pair, divergence);
        told++;
    }
    evd_full_rest(full, count - told, "place", "places");
}

static void put_consequences(struct evd_full *full, const struct evd_consequences *consequences,
                             const struct places *places, uint64_t count)
{
    const struct evd_outcome *outcome = full->outcome;
    uint64_t told = 0;
    if (count == 0)
        return;
    evd_buffer_format(buffer_of(full),
                      "\n<details><summary>%s divergence%s from this</summary>\n\n"
                      "| canary | ours | class | what | events | by | family |\n|---:|---:|---|---|---:|---|---|\n",
                      evd_grouped(count).text, count == 1 ? " follows" : "s follow");
    for (size_t i = 0; i < places->count && told < full->rows; i++) {
        const struct evd_place *place = &places->list[i];
        if (told_at(full, place) == NULL)
            continue;
        size_t next = consequences->heads[consequences->first[place->pair] + place->divergence];
        for (; next != EVD_NO_DIVERGENCE && told < full->rows; next = consequences->nexts[next], told++) {
            const size_t other = consequences->pairs[next];
            put_consequence(full, other, &outcome->pairs[other].divergences[next - consequences->first[other]]);
        }
    }
    evd_full_rest(full, count - told, "divergence", "divergences");
    evd_buffer_string(buffer_of(full), "\n</details>\n");
}

static bool is_noise(const struct evd_outcome *outcome, const struct evd_family *family)
{
    return outcome->control_count > 0 && family->news_count == 0;
}

static void put_sections(struct evd_full *full, const struct evd_consequences *consequences,
                         const struct evd_places *all)
{
    const struct evd_outcome *outcome = full->outcome;
    uint64_t told = 0, untold = 0;
    bool has_roots = false, has_others = false;
    for (size_t i = 0; i < outcome->family_count && !is_noise(outcome, &outcome->families[i]); i++) {
        const struct evd_family *family = &outcome->families[i];
        struct places places;
        places.list = evd_places_of(all, i, &places.count);
        const struct extent extent = measure(full, consequences, &places);
        if (extent.count == 0)
            continue;
        if (told >= full->sections) {
            untold++;
            continue;
        }
        if (family->is_root && !has_roots)
            evd_buffer_string(buffer_of(full), "\n## Roots\n");
        if (!family->is_root && !has_others)
            evd_buffer_string(buffer_of(full), "\n## Roots in families that mostly follow from others\n");
        has_roots |= family->is_root;
        has_others |= !family->is_root;
        size_t pair = extent.first.pair, divergence = extent.first.divergence;
        if (family->has_suspicion)
            evd_root_place(outcome, family, &pair, &divergence);
        evd_section_family(&full->writer, buffer_of(full), outcome, (size_t)++told, family, pair, divergence);
        evd_section_known(&full->writer, buffer_of(full), evd_known_of(full->known, i));
        put_places(full, family, &places, extent.count);
        put_consequences(full, consequences, &places, extent.followers);
        evd_output_flush_some(full->out);
    }
    evd_full_rest(full, untold, "root", "roots");
}

/* Which control runs have a family. */
static void add_controls(struct evd_full *full, const struct evd_family *family)
{
    const char *separator = "";
    for (unsigned i = 0; i < EVD_CONTROLS_MAX; i++)
        if (family->controls >> i & 1) {
            evd_buffer_format(&full->row, "%s%u", separator, i);
            separator = ", ";
        }
}

static void put_noise(struct evd_full *full)
{
    const struct evd_outcome *outcome = full->outcome;
    uint64_t count = 0, told = 0;
    for (size_t i = 0; i < outcome->family_count; i++)
        count += is_noise(outcome, &outcome->families[i]);
    if (count == 0)
        return;
    evd_buffer_format(buffer_of(full),
                      "\n<details><summary>%s famil%s noise, as in the control runs</summary>\n\n"
                      "| family | class | what | times | threads | in control runs |\n|---|---|---|---:|---:|---|\n",
                      evd_grouped(count).text, count == 1 ? "y is" : "ies are");
    for (size_t i = 0; i < outcome->family_count && told < full->sections; i++) {
        const struct evd_family *family = &outcome->families[i];
        struct evd_buffer subject = {0};
        if (!is_noise(outcome, family))
            continue;
        evd_describe_subject(&subject, family);
        evd_buffer_format(&full->row, "| %s | %s | \t | %s | %zu | ", family->id, evd_class_name(family->class_),
                          evd_grouped(family->count).text, family->pair_count);
        add_controls(full, family);
        evd_buffer_string(&full->row, " |\n");
        evd_full_row(full, &subject, 1);
        evd_buffer_release(&subject);
        told++;
    }
    evd_full_rest(full, count - told, "family", "families");
    evd_buffer_string(buffer_of(full), "\n</details>\n");
}

void evd_full_render_roots(struct evd_full *full)
{
    struct evd_consequences consequences;
    struct evd_places places = {.first = NULL};
    if (full->outcome->family_count == 0)
        return;
    if (evd_consequences_find(&consequences, full->outcome) && evd_places_find(&places, full->outcome)) {
        evd_describe_families(&full->writer.text, full->outcome);
        evd_buffer_string(
            &full->writer.text,
            full->outcome->look_count == 0   ? "."
            : full->outcome->look_count == 1 ? ". Look first at the first root below."
                                             : ". Look first at the first roots below, the most suspicious first.");
        evd_buffer_byte(buffer_of(full), '\n');
        evd_section_words(&full->writer, buffer_of(full));
        put_sections(full, &consequences, &places);
        put_noise(full);
    } else {
        buffer_of(full)->failed = true;
    }
    evd_consequences_release(&consequences);
    evd_places_release(&places);
}
