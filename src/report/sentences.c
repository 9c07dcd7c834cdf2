#include "report/sentences.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

/* Adds to the end of a sentence, which is cut where it is too long. */
static void __attribute__((format(printf, 2, 3))) add(struct evd_sentence *sentence, const char *format, ...)
{
    const size_t length = strlen(sentence->text);
    va_list arguments;
    va_start(arguments, format);
    evd_print(sentence->text + length, sizeof sentence->text - length, format, arguments);
    va_end(arguments);
}

struct evd_text evd_sentence_text(const struct evd_sentence *sentence)
{
    return (struct evd_text){sentence->text, strlen(sentence->text)};
}

struct evd_sentence evd_missing_tid_sentence(const struct evd_missing_tid *missing)
{
    struct evd_sentence sentence = {""};
    add(&sentence, "warn: %s tid %lld not in stream; skipping", evd_side_name(missing->side), (long long)missing->tid);
    return sentence;
}

/* "12.3 % of canary's events (1,234 of 10,000)" for a demanded share, "1,234 of canary's 10,000 events"
 * for a demanded number. The share's tenths are rounded away from what is demanded. */
static void tell_part(struct evd_sentence *line, const struct evd_amount *demanded, uint64_t part, uint64_t whole,
                      bool rounds_up)
{
    if (demanded->is_share) {
        uint64_t tenths = whole == 0 ? 0 : part * 1000 / whole;
        tenths += rounds_up && tenths * whole < part * 1000;
        add(line, "%u.%u %% of canary's events (", (unsigned)(tenths / 10), (unsigned)(tenths % 10));
    }
    add(line, demanded->is_share ? "%s of %s)" : "%s of canary's %s events", evd_grouped(part).text,
        evd_grouped(whole).text);
}

static void tell_amount(struct evd_sentence *line, const struct evd_amount *demanded)
{
    if (demanded->is_share)
        add(line, "%.10g %%", demanded->share * 100);
    else
        add(line, "%s", evd_grouped(demanded->count).text);
}

struct evd_sentence evd_unmet_sentence(const struct evd_unmet_demand *unmet)
{
    struct evd_sentence sentence = {""};
    switch (unmet->demand) {
    case EVD_DEMAND_MIN_COMPARED:
        add(&sentence, "compared ");
        tell_part(&sentence, &unmet->amount, unmet->part, unmet->whole, false);
        add(&sentence, "; at least ");
        tell_amount(&sentence, &unmet->amount);
        add(&sentence, " are demanded");
        break;
    case EVD_DEMAND_MAX_ABSORBED:
        add(&sentence, "absorbed ");
        tell_part(&sentence, &unmet->amount, unmet->part, unmet->whole, true);
        add(&sentence, "; at most ");
        tell_amount(&sentence, &unmet->amount);
        add(&sentence, " are allowed");
        break;
    default:
        add(&sentence,
            "%llu of %llu thread pairs end early on one side, the first canary_tid=%lld and ours_tid=%lld; "
            "none may",
            (unsigned long long)unmet->part, (unsigned long long)unmet->whole, (long long)unmet->tid[EVD_CANARY],
            (long long)unmet->tid[EVD_OURS]);
    }
    return sentence;
}
