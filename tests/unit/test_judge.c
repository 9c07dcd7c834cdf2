/* Judging: each state by a made outcome. */
#include "judge_case.h"

Test(judge, a_listed_family_is_what_its_line_says)
{
    struct made made;
    begin(&made);
    add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    expect_family(&made, EVD_LEDGER_NOISE, NULL, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN, EVD_STANDING_KNOWN, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_FLAKY, NULL, &PLAIN, EVD_STANDING_FLAKY, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_FIXED, NULL, &PLAIN, EVD_STANDING_REGRESSED, EVD_FAMILY_NEWS_NONE);
}

/* The last day counts. */
Test(judge, a_line_expires_behind_its_last_day)
{
    struct made made;
    struct evd_night_of_job night = PLAIN;
    begin(&made);
    add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    night.today = 20261128;
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &night, EVD_STANDING_KNOWN, EVD_FAMILY_NEWS_NONE);
    night.today = 20261129;
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &night, EVD_STANDING_EXPIRED, EVD_FAMILY_NEWS_NONE);
}

Test(judge, a_failure_is_not_hidden_by_a_line)
{
    struct made made;
    begin(&made);
    struct evd_divergence *divergence = add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    divergence->fails[EVD_OURS] = true;
    expect_family(&made, EVD_LEDGER_NOISE, NULL, &PLAIN, EVD_STANDING_NEW, EVD_FAMILY_NEWS_FAILURE);
    divergence->fails[EVD_CANARY] = true;
    expect_family(&made, EVD_LEDGER_NOISE, NULL, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    divergence->fails[EVD_CANARY] = false;
    const uint64_t seen[] = {evd_hash_of_values(divergence)};
    const struct evd_past_family past = {.key = key_of("a", EVD_CLASS_VALUE), .values = seen, .value_count = 1};
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    struct evd_ledger_entry entry = {.key = key_of("a", EVD_CLASS_VALUE), .fails = {false, true}};
    const struct evd_outcome *outcomes[] = {&made.outcome};
    struct evd_night_of_job night = {.job = text("j"), .outcomes = outcomes, .outcome_count = 1};
    struct evd_ledger *ledger = make_ledger(&entry, 1);
    struct evd_judgement *judgement = judge(ledger, &night);
    cr_assert_eq(judgement->families[0].standing, EVD_STANDING_NOISE);
    evd_judgement_free(judgement);
    evd_ledger_free(ledger);
}

/* Of several runs the most divergences of one count, in whichever run they are. */
Test(judge, a_family_counts_as_in_the_run_that_has_it_most)
{
    struct made few, many;
    begin(&few);
    begin(&many);
    add(&few, "a", EVD_CLASS_VALUE, 5, 1);
    for (int i = 0; i < 3; i++)
        add(&many, "a", EVD_CLASS_VALUE, 5 + i, 1);
    for (int first = 0; first < 2; first++) {
        const struct evd_outcome *outcomes[] = {
            first ? &many.outcome : &few.outcome, first ? &few.outcome : &many.outcome};
        const struct evd_night_of_job night = {.job = text("j"), .outcomes = outcomes, .outcome_count = 2};
        struct evd_judgement *judgement = judge(NULL, &night);
        cr_expect_eq(judgement->families[0].count, 3);
        cr_expect_eq(judgement->families[0].run_count, 2);
        evd_judgement_free(judgement);
    }
}

/* Of news that are alike the first is told. */
Test(judge, the_first_of_the_news_is_told)
{
    struct made made;
    begin(&made);
    for (int i = 0; i < 3; i++)
        add(&made, "a", EVD_CLASS_VALUE, 5 + i, 1);
    const uint64_t seen[] = {evd_hash_of_values(&made.divergences[0])};
    const struct evd_past_family past = {.key = key_of("a", EVD_CLASS_VALUE), .values = seen, .value_count = 1};
    struct one one = judge_one(&made, EVD_LEDGER_KNOWN, &past, &PLAIN);
    cr_expect_eq(one.judgement->families[0].news, EVD_FAMILY_NEWS_VALUES);
    cr_expect_eq(one.judgement->families[0].news_divergence, 1);
    end_one(&one);
}

Test(judge, what_no_earlier_night_had_makes_a_family_grown)
{
    struct made made;
    begin(&made);
    const struct evd_divergence *divergence = add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    const uint64_t others[] = {1}, seen[] = {evd_hash_of_values(divergence)};
    const int64_t elsewhere[] = {3}, here[] = {3, 7};
    struct evd_past_family past = {.key = key_of("a", EVD_CLASS_VALUE), .values = others, .value_count = 1};
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_GROWN, EVD_FAMILY_NEWS_VALUES);
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    past.values = seen;
    past.tids = elsewhere;
    past.tid_count = 1;
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_GROWN, EVD_FAMILY_NEWS_THREAD);
    struct evd_night_of_job other_canary = PLAIN;
    other_canary.has_other_canary = true;
    expect_family(&made, EVD_LEDGER_NOISE, &past, &other_canary, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    past.tids = here;
    past.tid_count = 2;
    past.count_max = 10;
    made.families[0].count = 10 * EVD_GROWN_FACTOR;
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    made.families[0].count++;
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_GROWN, EVD_FAMILY_NEWS_COUNT);
}

Test(judge, a_root_that_no_line_lists_is_new_once_it_is_confirmed)
{
    struct made made;
    struct evd_night_of_job night = {.confirm = 3};
    struct evd_past_family past = {.key = key_of("b", EVD_CLASS_MISSING), .root_nights = 1};
    begin(&made);
    add(&made, "b", EVD_CLASS_MISSING, 5, 2);
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &night, EVD_STANDING_UNCONFIRMED, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &night, EVD_STANDING_UNCONFIRMED, EVD_FAMILY_NEWS_NONE);
    past.root_nights = 2;
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &night, EVD_STANDING_NEW, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN, EVD_STANDING_NEW, EVD_FAMILY_NEWS_NONE);
}

Test(judge, a_root_in_all_of_several_runs_is_confirmed)
{
    struct made made, without;
    begin(&made);
    begin(&without);
    add(&made, "b", EVD_CLASS_MISSING, 5, 2);
    const struct evd_outcome *outcomes[] = {&made.outcome, &made.outcome, &without.outcome};
    struct evd_night_of_job night = {.job = text("j"), .outcomes = outcomes, .outcome_count = 3};
    struct evd_judgement *judgement = judge(NULL, &night);
    cr_assert_eq(judgement->families[0].standing, EVD_STANDING_UNCONFIRMED);
    cr_assert_eq(judgement->families[0].run_count, 2);
    evd_judgement_free(judgement);
    night.outcome_count = 2;
    judgement = judge(NULL, &night);
    cr_assert_eq(judgement->families[0].standing, EVD_STANDING_NEW);
    cr_assert(judgement->fails);
    evd_judgement_free(judgement);
}

Test(judge, what_follows_from_others_does_not_fail)
{
    struct made made;
    begin(&made);
    add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    add(&made, "b", EVD_CLASS_MISSING, 9, 1);
    made.families[1].is_root = false;
    made.families[1].follows = 0;
    struct one one = judge_one(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN);
    cr_assert_eq(one.judgement->families[1].standing, EVD_STANDING_FOLLOWER);
    cr_assert_eq(one.judgement->families[1].follows, 0);
    cr_assert(!one.judgement->fails);
    end_one(&one);
}

/* Of a family that a line lists, and earlier nights had; of which it is news what follows from it. */
static void expect_follower(enum evd_ledger_state state, bool has_failure, bool knows_root, bool knows_follower,
                            const struct evd_night_of_job *like, enum evd_standing root, enum evd_standing follower)
{
    struct made made;
    begin(&made);
    add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    add(&made, "b", EVD_CLASS_VALUE, 9, 1)->fails[EVD_OURS] = has_failure;
    made.families[1].is_root = false;
    made.families[1].follows = 0;
    struct evd_past_family past[2];
    size_t count = 0;
    if (knows_root)
        past[count++] = (struct evd_past_family){.key = key_of("a", EVD_CLASS_VALUE)};
    if (knows_follower)
        past[count++] = (struct evd_past_family){.key = key_of("b", EVD_CLASS_VALUE)};
    struct evd_ledger_entry entry = {.key = key_of("a", EVD_CLASS_VALUE), .state = state};
    const struct evd_outcome *outcomes[] = {&made.outcome};
    struct evd_night_of_job night = *like;
    night.job = text("j");
    night.outcomes = outcomes;
    night.outcome_count = 1;
    night.past = past;
    night.past_count = count;
    struct evd_ledger *ledger = make_ledger(&entry, 1);
    struct evd_judgement *judgement = judge(ledger, &night);
    cr_expect_eq(judgement->families[0].standing, root);
    cr_expect_eq(judgement->families[0].news,
                 root == EVD_STANDING_GROWN ? EVD_FAMILY_NEWS_FOLLOWER : EVD_FAMILY_NEWS_NONE);
    cr_expect_eq(judgement->families[1].standing, follower);
    cr_expect_eq(judgement->families[1].follows, follower == EVD_STANDING_FOLLOWER ? 0 : SIZE_MAX);
    cr_expect_eq(judgement->fails, follower == EVD_STANDING_NEW);
    size_t counted = 0;
    for (int i = 0; i < EVD_STANDINGS; i++)
        counted += judgement->counts[i];
    cr_expect_eq(counted, 2);
    evd_judgement_free(judgement);
    evd_ledger_free(ledger);
}

Test(judge, news_that_follows_from_what_is_listed_is_told)
{
    const enum evd_standing known = EVD_STANDING_KNOWN, grown = EVD_STANDING_GROWN, noise = EVD_STANDING_NOISE,
                            follower = EVD_STANDING_FOLLOWER;
    const struct evd_night_of_job other_canary = {.confirm = 1, .has_other_canary = true}, slow = {.confirm = 2};
    expect_follower(EVD_LEDGER_KNOWN, false, true, false, &PLAIN, grown, follower);
    expect_follower(EVD_LEDGER_FLAKY, false, true, false, &PLAIN, grown, follower);
    expect_follower(EVD_LEDGER_NOISE, false, true, false, &PLAIN, noise, follower);
    expect_follower(EVD_LEDGER_KNOWN, true, true, false, &PLAIN, known, EVD_STANDING_NEW);
    expect_follower(EVD_LEDGER_NOISE, true, true, false, &PLAIN, noise, EVD_STANDING_NEW);
    expect_follower(EVD_LEDGER_NOISE, true, true, false, &slow, noise, EVD_STANDING_UNCONFIRMED);
    for (int fails = 0; fails < 2; fails++) {
        expect_follower(EVD_LEDGER_KNOWN, fails, true, true, &PLAIN, known, follower);
        expect_follower(EVD_LEDGER_KNOWN, fails, false, false, &PLAIN, known, follower);
        expect_follower(EVD_LEDGER_KNOWN, fails, true, false, &other_canary, known, follower);
    }
}

/* A run of events has no values that tell it from another one: its place does. */
static struct evd_divergence *add_run(struct made *made, int64_t first, uint64_t count)
{
    struct evd_divergence *divergence = add(made, "a", EVD_CLASS_VALUE, first, count);
    divergence->value = NULL;
    return divergence;
}

Test(judge, a_place_that_no_earlier_night_had_makes_a_family_grown)
{
    struct made made;
    begin(&made);
    const uint64_t here[] = {evd_hash_of_values(add_run(&made, 5, 2))}, old[] = {0};
    cr_assert_neq(here[0], 0);
    struct evd_past_family past = {.key = key_of("a", EVD_CLASS_VALUE), .values = here, .value_count = 1};
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_KNOWN, EVD_FAMILY_NEWS_NONE);
    add_run(&made, 50, 2);
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_GROWN, EVD_FAMILY_NEWS_PLACE);
    expect_family(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_NOISE, EVD_FAMILY_NEWS_NONE);
    past.values = old; /* as nights had it before places were looked at */
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_KNOWN, EVD_FAMILY_NEWS_NONE);
    past.values = NULL;
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_KNOWN, EVD_FAMILY_NEWS_NONE);
    begin(&made);
    add_run(&made, 5, 0); /* before the event, not at it */
    past.values = here;
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_GROWN, EVD_FAMILY_NEWS_PLACE);
}

Test(judge, a_new_root_where_a_line_was_has_moved)
{
    struct made made;
    const struct evd_past_family past = {
        .key = key_of("a", EVD_CLASS_VALUE), .has_place = true, .place = {7, 5, false}};
    begin(&made);
    add(&made, "b", EVD_CLASS_MISSING, 5, 2);
    expect_family(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_MOVED, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_FIXED, &past, &PLAIN, EVD_STANDING_NEW, EVD_FAMILY_NEWS_NONE);
    expect_family(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN, EVD_STANDING_NEW, EVD_FAMILY_NEWS_NONE);
    begin(&made);
    add(&made, "a", EVD_CLASS_VALUE, 50, 1);
    made.families[0].before_count = 1;
    made.families[0].before[0] = text("other");
    expect_family(&made, EVD_LEDGER_NOISE, NULL, &PLAIN, EVD_STANDING_MOVED, EVD_FAMILY_NEWS_NONE);
}

static void expect_line(const struct made *made, enum evd_ledger_state state, const struct evd_past_family *past,
                        const struct evd_night_of_job *like, enum evd_standing standing, bool is_confirmed)
{
    struct one one = judge_one(made, state, past, like);
    cr_assert_eq(one.judgement->line_count, 1);
    const struct evd_judged_line *line = &one.judgement->lines[0];
    cr_assert_str_eq(evd_standing_name(line->standing), evd_standing_name(standing));
    cr_assert_eq(line->is_confirmed, is_confirmed);
    end_one(&one);
}

Test(judge, an_absent_line_is_judged_by_its_place)
{
    struct made made;
    struct evd_past_family past = {
        .key = key_of("a", EVD_CLASS_VALUE), .has_place = true, .place = {7, 5, false}, .passed_nights = 1};
    begin(&made);
    add(&made, "b", EVD_CLASS_MISSING, 6, 3);
    expect_line(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN, EVD_STANDING_ABSENT, false);
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_FIXED_MAYBE, false);
    past.passed_nights = 2;
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_FIXED_MAYBE, true);
    expect_line(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_ABSENT, false);
    past.passed_nights = EVD_STALE_NIGHTS - 2;
    expect_line(&made, EVD_LEDGER_NOISE, &past, &PLAIN, EVD_STANDING_ABSENT, false);
    past.passed_nights = EVD_STALE_NIGHTS - 1;
    expect_line(&made, EVD_LEDGER_FLAKY, &past, &PLAIN, EVD_STANDING_STALE, false);
    expect_line(&made, EVD_LEDGER_FIXED, &past, &PLAIN, EVD_STANDING_ABSENT, false);
    struct evd_night_of_job other_canary = PLAIN;
    other_canary.has_other_canary = true;
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &other_canary, EVD_STANDING_ABSENT, false);
    for (past.place.tid_event_idx = 6; past.place.tid_event_idx <= 8; past.place.tid_event_idx++)
        expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_MASKED, false);
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_FIXED_MAYBE, true);
    past.place.tid = 8;
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_NOT_REACHED, false);
    past.place = (struct evd_canary_place){7, 20, false};
    add(&made, "t", EVD_CLASS_TRUNCATED, 15, 30);
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_NOT_REACHED, false);
    made.outcome.verdict = EVD_VERDICT_INCONCLUSIVE;
    past.place.tid_event_idx = 1;
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_NOT_REACHED, false);
    expect_line(&made, EVD_LEDGER_KNOWN, NULL, &PLAIN, EVD_STANDING_NOT_REACHED, false);
}

/* Where ours had too much there is no event of canary to match, only the place before one. */
Test(judge, a_place_between_events_is_masked_by_what_is_there_too)
{
    struct made made;
    const struct evd_past_family past = {.key = key_of("a", EVD_CLASS_VALUE), .has_place = true, .place = {7, 5, true}};
    struct evd_past_family at_event = past;
    at_event.place.is_between = false;
    begin(&made);
    add(&made, "b", EVD_CLASS_EXTRA, 5, 0);
    expect_line(&made, EVD_LEDGER_KNOWN, &past, &PLAIN, EVD_STANDING_MASKED, false);
    expect_line(&made, EVD_LEDGER_KNOWN, &at_event, &PLAIN, EVD_STANDING_FIXED_MAYBE, false);
}

/* A place is passed only where all of tonight's runs passed it. */
Test(judge, all_runs_have_to_pass_a_place)
{
    struct made passing, masking, ending;
    const struct evd_past_family past = {
        .key = key_of("a", EVD_CLASS_VALUE), .has_place = true, .place = {7, 5, false}};
    const struct evd_ledger_entry entry = {.state = EVD_LEDGER_KNOWN, .key = past.key};
    begin(&passing);
    begin(&masking);
    begin(&ending);
    add(&masking, "b", EVD_CLASS_REPLACED, 4, 4);
    add(&ending, "t", EVD_CLASS_TRUNCATED, 2, 9);
    const struct evd_outcome *outcomes[] = {&passing.outcome, &ending.outcome, &masking.outcome};
    struct evd_night_of_job night = {.job = text("j"), .outcomes = outcomes, .past = &past, .past_count = 1};
    static const enum evd_standing EXPECTED[] = {
        EVD_STANDING_FIXED_MAYBE, EVD_STANDING_NOT_REACHED, EVD_STANDING_MASKED};
    struct evd_ledger *ledger = make_ledger(&entry, 1);
    for (night.outcome_count = 1; night.outcome_count <= 3; night.outcome_count++) {
        struct evd_judgement *judgement = judge(ledger, &night);
        cr_assert_eq(judgement->lines[0].standing, EXPECTED[night.outcome_count - 1]);
        if (judgement->lines[0].standing == EVD_STANDING_MASKED) {
            cr_assert_eq(judgement->lines[0].masked_run, 2);
            cr_assert_eq(judgement->families[judgement->lines[0].masked_by].run, 2);
        }
        evd_judgement_free(judgement);
    }
    evd_ledger_free(ledger);
}

/* With control runs, what they explain is noise, and their noise is no news in a listed family. */
Test(judge, what_control_runs_explain_is_noise)
{
    struct made made;
    begin(&made);
    made.outcome.control_count = 1;
    struct evd_divergence *divergence = add(&made, "a", EVD_CLASS_VALUE, 5, 1);
    add(&made, "b", EVD_CLASS_MISSING, 9, 1);
    divergence->fails[EVD_OURS] = true;
    struct one one = judge_one(&made, EVD_LEDGER_FIXED, NULL, &PLAIN);
    cr_assert_eq(one.judgement->counts[EVD_STANDING_NOISE], 2);
    cr_assert(!one.judgement->fails);
    end_one(&one);
}

Test(judge, an_outcome_without_families_is_refused)
{
    struct made made;
    struct evd_judgement *judgement;
    begin(&made);
    made.outcome.has_resync = false;
    const struct evd_outcome *outcomes[] = {&made.outcome};
    const struct evd_night_of_job night = {.job = text("j"), .outcomes = outcomes, .outcome_count = 1};
    cr_assert_eq(evd_judge(NULL, &night, &judgement, NULL), EVD_E_ARGUMENT);
    cr_assert_null(judgement);
}
