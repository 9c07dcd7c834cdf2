/* Judging held against a slow twin on random outcomes and ledgers. */
#include "judge_case.h"
#include "random.h"
#include "random_outcome.h"

/* The slow twin: every family against every line, word by word. */
static bool say_the_same(const struct evd_ledger_entry *entry, const struct evd_family *family)
{
    const struct evd_text mine[] = {entry->key.kind, entry->key.call, entry->key.field},
                          theirs[] = {family->kind, family->call, family->field};
    for (int i = 0; i < 3; i++)
        if (!evd_text_equal(mine[i], theirs[i]))
            return false;
    for (size_t i = 0; i < family->before_count && i < entry->key.after_count; i++)
        if (!evd_text_equal(entry->key.after[i], family->before[i]))
            return false;
    return entry->key.class_ == family->class_ && entry->key.after_count == family->before_count;
}

static bool is_sayable(const struct evd_family *family)
{
    const struct evd_ledger_entry entry = {
        .key = evd_ledger_key_of(family), .job = {"*", 1}, .bug = {"", 0}, .owner = {"", 0}, .reason = {"", 0}};
    struct evd_ledger_file *file;
    static const char HEADER[] = "#evdiff known 1\n";
    cr_assert_eq(evd_ledger_file_read_text("made", HEADER, sizeof HEADER - 1, &file, NULL), EVD_OK);
    const bool is_good = evd_ledger_file_put(file, &entry, NULL, NULL) == EVD_OK;
    evd_ledger_file_free(file);
    return is_good;
}

Test(judge_twin, random_outcomes_are_judged_as_the_slow_twin_does)
{
    size_t listed = 0, unlisted = 0, idle = 0;
    for (uint64_t seed = 0; seed < 150; seed++) {
        struct random_outcome made;
        struct random random = {seed};
        struct evd_ledger_entry entries[12];
        size_t count = 0;
        random_outcome_make(&made, seed, 8);
        for (size_t i = 0; i < made.outcome.family_count && count < 12; i++) {
            const struct evd_family *family = &made.outcome.families[i];
            if (random_below(&random, 2) || !is_sayable(family))
                continue;
            entries[count] =
                (struct evd_ledger_entry){.state = (enum evd_ledger_state)random_below(&random, EVD_LEDGER_STATES),
                                          .key = evd_ledger_key_of(family)};
            if (random_below(&random, 3) == 0)
                entries[count].key.field = text("idle");
            for (int side = 0; side < EVD_SIDES; side++)
                entries[count].fails[side] = random_below(&random, 2);
            count++;
        }
        struct evd_ledger *ledger = make_ledger(entries, count);
        const struct evd_outcome *outcomes[] = {&made.outcome};
        const struct evd_night_of_job night = {
            .job = text("j"), .outcomes = outcomes, .outcome_count = 1, .confirm = 1};
        struct evd_judgement *judgement = judge(ledger, &night);
        for (size_t i = 0; i < judgement->family_count; i++) {
            const struct evd_judged_family *judged = &judgement->families[i];
            const struct evd_family *family = &made.outcome.families[judged->family];
            const struct evd_ledger_entry *entry = NULL;
            for (size_t j = 0; j < ledger->entry_count; j++)
                entry = say_the_same(&ledger->entries[j], family) ? &ledger->entries[j] : entry;
            cr_assert_eq(judged->entry, entry, "seed %llu", (unsigned long long)seed);
            bool is_failing = false, is_explained = made.outcome.control_count > 0;
            for (size_t j = 0; j < made.outcome.pair_count; j++)
                for (size_t k = 0; k < made.outcome.pairs[j].divergence_count; k++) {
                    const struct evd_divergence *d = &made.outcome.pairs[j].divergences[k];
                    if (!say_the_same(
                            entry != NULL ? entry : &(struct evd_ledger_entry){.key = evd_ledger_key_of(family)},
                            &made.outcome.families[d->family]))
                        continue;
                    const bool is_noise = made.outcome.control_count > 0 && d->news == EVD_NEWS_NONE;
                    is_explained &= is_noise;
                    is_failing |= !is_noise && entry != NULL &&
                                  ((d->fails[0] && !d->fails[1] && !entry->fails[0]) ||
                                   (d->fails[1] && !d->fails[0] && !entry->fails[1]));
                }
            enum evd_standing expected = EVD_STANDING_FOLLOWER;
            if (is_explained)
                expected = EVD_STANDING_NOISE;
            else if (entry != NULL && entry->state == EVD_LEDGER_FIXED)
                expected = EVD_STANDING_REGRESSED;
            else if (entry != NULL && is_failing)
                expected = EVD_STANDING_NEW;
            else if (entry != NULL)
                expected = entry->state == EVD_LEDGER_NOISE   ? EVD_STANDING_NOISE
                           : entry->state == EVD_LEDGER_FLAKY ? EVD_STANDING_FLAKY
                                                              : EVD_STANDING_KNOWN;
            else if (judged->is_root)
                expected = judged->moved_from != NULL ? EVD_STANDING_MOVED : EVD_STANDING_NEW;
            cr_assert_eq(judged->standing, expected, "seed %llu: family %zu is %s, not %s", (unsigned long long)seed, i,
                         evd_standing_name(judged->standing), evd_standing_name(expected));
            listed += entry != NULL;
            unlisted += entry == NULL;
        }
        size_t absent = 0;
        for (size_t j = 0; j < ledger->entry_count; j++) {
            bool occurs = false;
            for (size_t i = 0; i < made.outcome.family_count; i++)
                occurs |= say_the_same(&ledger->entries[j], &made.outcome.families[i]);
            absent += !occurs;
        }
        cr_assert_eq(judgement->line_count, absent);
        idle += absent;
        evd_judgement_free(judgement);
        evd_ledger_free(ledger);
        random_outcome_release(&made);
    }
    cr_assert(listed > 50 && unlisted > 50 && idle > 20, "%zu, %zu, %zu", listed, unlisted, idle);
}
