/* What --exit-code says of an outcome: that something differs, with control runs that something is new, with ledgers that
 * something is not listed. */
#include "diff_exit.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

static bool keep_description(void *file, const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, file) == length;
}

/* Says what differs first, after `before`; false after a message. */
static bool say_divergence(const char *before, const struct evd_first_divergence *first)
{
    char *bytes = NULL;
    size_t length = 0;
    struct evd_error error;
    FILE *file = open_memstream(&bytes, &length);
    if (file == NULL)
        return cli_report_no_memory() == EXIT_DONE;
    const enum evd_status status = evd_report_first_divergence(first, keep_description, file, &error);
    const bool is_kept = fclose(file) == 0;
    if (status != EVD_OK)
        cli_report_error(&error);
    else if (!is_kept)
        cli_report_no_memory();
    else
        cli_say_about(before, (struct evd_text){bytes, length}, ")");
    free(bytes);
    return status == EVD_OK && is_kept;
}

/* The first thread that diverged, as the reference has it; if there is none, the first with a null that a mark hides. */
static const struct evd_pair_outcome *find_diverged(const struct evd_outcome *outcome)
{
    const struct evd_pair_outcome *with_null = NULL;
    for (size_t i = 0; i < outcome->pair_count; i++) {
        const struct evd_pair_outcome *pair = &outcome->pairs[i];
        if (pair->is_diverged)
            return pair;
        if (with_null == NULL && pair->first_null != NULL)
            with_null = pair;
    }
    return with_null;
}

/* Parts that are not known by place, as their alignment was too costly, count as new. */
static bool has_news(const struct evd_outcome *outcome)
{
    return outcome->root_family_count > 0 || outcome->news_count > 0 || outcome->new_unpaired_count > 0 ||
           outcome->verdict == EVD_VERDICT_DIVERGED;
}

/* With --exit-code and control runs: names the most suspicious of what is new. */
static int validate_nothing_new(const struct cli_diff_arguments *arguments, const struct evd_outcome *outcome)
{
    if (!has_news(outcome))
        return EXIT_DONE;
    if (outcome->look_count > 0 && !arguments->work.is_quiet) {
        const struct evd_suspicion *first = &outcome->families[outcome->looks[0].family].suspicion;
        const struct evd_pair_outcome *pair = &outcome->pairs[first->pair];
        const size_t roots = outcome->root_family_count;
        cli_say("%s: %zu new root%s, the most suspicious in canary_tid=%lld at tid_event_idx=%lld",
                arguments->exit_option, roots, roots == 1 ? "" : "s", (long long)pair->tid[EVD_CANARY],
                (long long)evd_run_of(&pair->divergences[first->divergence], EVD_CANARY).first_idx);
    } else if (outcome->new_unpaired_count > 0 && !arguments->work.is_quiet) {
        const size_t threads = outcome->new_unpaired_count;
        cli_say("%s: %zu thread%s without a counterpart that no control run explains", arguments->exit_option, threads,
                threads == 1 ? "" : "s");
    }
    return EXIT_DIVERGED;
}

/* Which families fail by the ledger. As without one, a thread that ends early does not by itself. */
static bool fails(const struct evd_outcome *outcome, const struct evd_known *known, size_t family)
{
    const struct evd_listed_family *said = &known->families[family];
    return said->fails && (said->state != NULL || outcome->families[family].class_ != EVD_CLASS_TRUNCATED ||
                           outcome->control_count > 0);
}

/* A thread without a counterpart is told by a ledger where it follows from a family that does not fail. */
static bool has_lost_thread(const struct evd_outcome *outcome, const struct evd_known *known)
{
    for (int side = 0; outcome->control_count > 0 && side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++) {
            const struct evd_unpaired *thread = &outcome->unpaired[side][i];
            const struct evd_pair_outcome *pair =
                thread->cause != EVD_CAUSE_NONE ? &outcome->pairs[thread->cause_pair] : NULL;
            if (thread->is_new &&
                (pair == NULL || fails(outcome, known, pair->divergences[thread->cause_divergence].family)))
                return true;
        }
    return false;
}

/* With --exit-code and --known: names the gravest of what is not listed. */
static int validate_all_known(const struct cli_diff_arguments *arguments, const struct evd_outcome *outcome)
{
    const struct evd_known *known = arguments->ledgers.known;
    size_t count = 0, first = 0;
    for (size_t i = 0; i < known->told_count; i++)
        if (fails(outcome, known, known->told[i]) && count++ == 0)
            first = known->told[i];
    if (count > 0 && !arguments->work.is_quiet) {
        const struct evd_family *family = &outcome->families[first];
        const size_t pair = family->has_suspicion ? family->suspicion.pair : family->first_pair;
        const size_t divergence = family->has_suspicion ? family->suspicion.divergence : family->first_divergence;
        cli_say("%s: %zu famil%s by the ledger, the first one is %s, %s, in canary_tid=%lld at tid_event_idx=%lld",
                arguments->exit_option, count, count == 1 ? "y fails" : "ies fail", family->id,
                known->families[first].summary, (long long)outcome->pairs[pair].tid[EVD_CANARY],
                (long long)evd_run_of(&outcome->pairs[pair].divergences[divergence], EVD_CANARY).first_idx);
    }
    if (count > 0)
        return EXIT_DIVERGED;
    /* Parts that are not known by place have no family. */
    if (outcome->verdict == EVD_VERDICT_DIVERGED && outcome->family_count == 0)
        return EXIT_DIVERGED;
    if (!has_lost_thread(outcome, known))
        return EXIT_DONE;
    if (!arguments->work.is_quiet)
        cli_say("%s: a thread without a counterpart follows from nothing that is known", arguments->exit_option);
    return EXIT_DIVERGED;
}

/* Without both: names the first thread that diverged, in the reference's words. */
static int validate_identical(const struct cli_diff_arguments *arguments, const struct evd_outcome *outcome)
{
    const struct evd_pair_outcome *pair = find_diverged(outcome);
    if (pair == NULL)
        return EXIT_DONE;
    const struct evd_first_divergence *first = pair->is_diverged ? pair->divergence : &pair->first_null->divergence;
    const uint64_t matched = pair->is_diverged ? pair->matched : pair->first_null->matched;
    char before[128];
    snprintf(before, sizeof before, "%s: divergence in canary_tid=%lld at tid_event_idx=%llu (", arguments->exit_option,
             (long long)pair->tid[EVD_CANARY], (unsigned long long)matched);
    if (!arguments->work.is_quiet && !say_divergence(before, first))
        return EXIT_TROUBLE;
    return EXIT_DIVERGED;
}

int cli_diff_exit_code(const struct cli_diff_arguments *arguments, const struct evd_outcome *outcome)
{
    if (arguments->ledgers.known != NULL)
        return validate_all_known(arguments, outcome);
    return outcome->control_count > 0 ? validate_nothing_new(arguments, outcome)
                                      : validate_identical(arguments, outcome);
}
