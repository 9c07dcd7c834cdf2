#include "report/known.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/letters.h"
#include "report/counts.h"

enum { STANDINGS_MAX = 16 };

const struct evd_listed_family *evd_known_of(const struct evd_known *known, size_t family)
{
    if (known == NULL || family >= known->family_count || known->families[family].standing == NULL)
        return NULL;
    return &known->families[family];
}

size_t evd_told_count(const struct evd_outcome *outcome, const struct evd_known *known)
{
    return known != NULL ? known->told_count : outcome->root_family_count;
}

size_t evd_told_family(const struct evd_known *known, size_t place)
{
    return known != NULL ? known->told[place] : place;
}

bool evd_is_known_bug(const struct evd_known *known, size_t family)
{
    const struct evd_listed_family *found = evd_known_of(known, family);
    return found != NULL && !found->is_told && found->state != NULL && strcmp(found->state, "noise") != 0;
}

/* Of each standing that there is, in the order in which families of it are told, then that of the families. */
void evd_describe_known_counts(struct evd_buffer *out, const struct evd_known *known)
{
    const char *words[STANDINGS_MAX];
    uint64_t counts[STANDINGS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < known->told_count + known->family_count; i++) {
        const size_t family = i < known->told_count ? known->told[i] : i - known->told_count;
        const struct evd_listed_family *found = evd_known_of(known, family);
        if (found == NULL || (i >= known->told_count && found->is_told))
            continue;
        size_t place = 0;
        while (place < count && strcmp(words[place], found->summary) != 0)
            place++;
        if (place == STANDINGS_MAX)
            continue;
        if (place == count) {
            words[count] = found->summary;
            counts[count++] = 0;
        }
        counts[place]++;
    }
    evd_buffer_string(out, count > 0 ? "by the ledger" : "the ledger has none of them");
    for (size_t i = 0; i < count; i++)
        evd_buffer_format(out, "%s %s %s", i > 0 ? "," : "", evd_grouped(counts[i]).text, words[i]);
}

void evd_describe_told(struct evd_buffer *out, const struct evd_known *known)
{
    if (known->told_count == 0)
        evd_buffer_string(out, "by the ledger nothing to look at");
    else
        evd_buffer_format(out, "by the ledger %s famil%s to look at", evd_grouped(known->told_count).text,
                          known->told_count == 1 ? "y" : "ies");
}

void evd_spell_day(uint32_t day, char text[EVD_DAY_BYTES])
{
    snprintf(text, EVD_DAY_BYTES, "%04u-%02u-%02u", (unsigned)(day / 10000 % 10000), (unsigned)(day / 100 % 100),
             (unsigned)(day % 100));
}

static void append_part(struct evd_buffer *out, struct evd_text part)
{
    if (part.length == 0)
        return;
    evd_buffer_string(out, "; ");
    evd_append_line(out, part);
}

static void append_parts(struct evd_buffer *out, const struct evd_listed_family *known)
{
    append_part(out, known->bug);
    if (known->owner.length > 0) {
        evd_buffer_string(out, "; owner ");
        evd_append_line(out, known->owner);
    }
    append_part(out, known->reason);
}

static void append_until(struct evd_buffer *out, const struct evd_listed_family *known)
{
    char day[EVD_DAY_BYTES];
    if (known->until == 0)
        return;
    evd_spell_day(known->until, day);
    evd_buffer_format(out, " until %s", day);
}

void evd_describe_known(struct evd_buffer *out, const struct evd_listed_family *known)
{
    evd_buffer_string(out, known->summary);
    if (known->state != NULL && strcmp(known->state, known->summary) != 0)
        evd_buffer_format(out, ", listed as %s", known->state);
    append_until(out, known);
    if (known->news[0] != '\0')
        evd_buffer_format(out, ": %s", known->news);
    if (known->moved_from != 0)
        evd_buffer_format(out, ": the listed family %016" PRIx64 " did not occur", known->moved_from);
    append_parts(out, known);
}

void evd_describe_known_line(struct evd_buffer *out, const struct evd_listed_family *known)
{
    evd_buffer_string(out, known->state);
    append_until(out, known);
    append_parts(out, known);
}
