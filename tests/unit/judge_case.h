/* Cases of judging: an outcome that is made divergence by divergence, a ledger of lines, and a night of one job. */
#ifndef EVD_TESTS_JUDGE_CASE_H
#define EVD_TESTS_JUDGE_CASE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <evdiff/judge.h>

#include "base/buffer.h"
#include "put_run.h"

enum { PARTS_MAX = 8 };

static inline struct evd_text text(const char *string)
{
    return (struct evd_text){string, strlen(string)};
}

/* An outcome with one pair of threads (canary's tid 7), of divergences that are told one by one. */
struct made {
    struct evd_outcome outcome;
    struct evd_pair_outcome pair;
    struct evd_divergence divergences[PARTS_MAX];
    struct evd_family families[PARTS_MAX];
    size_t pairs[1];
    struct evd_field_value values[PARTS_MAX][EVD_SIDES];
};

static inline void begin(struct made *made)
{
    *made = (struct made){.pair = {.tid = {7, 9}}};
    made->outcome = (struct evd_outcome){
        .pairs = &made->pair,
        .pair_count = 1,
        .families = made->families,
        .has_resync = true,
        .signature_recipe = EVD_SIGNATURE_RECIPE,
        .verdict = EVD_VERDICT_DIVERGED};
    made->pair.divergences = made->divergences;
}

/* Adds a divergence of a call at events of canary, and its family when it is the first of it. */
static inline struct evd_divergence *add(struct made *made, const char *call, enum evd_divergence_class class_,
                                         int64_t first, uint64_t count)
{
    size_t family = 0;
    while (family < made->outcome.family_count && (made->families[family].call.length != strlen(call) ||
                                                   memcmp(made->families[family].call.bytes, call, strlen(call)) != 0))
        family++;
    const size_t index = made->pair.divergence_count++;
    if (family == made->outcome.family_count) {
        made->outcome.family_count++;
        made->families[family] = (struct evd_family){
            .class_ = class_,
            .kind = text("k"),
            .call = text(call),
            .field = {"", 0},
            .pairs = made->pairs,
            .pair_count = 1,
            .first_divergence = index,
            .is_root = true};
    }
    made->families[family].count++;
    struct evd_divergence *divergence = &made->divergences[index];
    *divergence = (struct evd_divergence){.class_ = class_, .family = family};
    put_run(divergence, EVD_CANARY,
            (struct evd_run){.position = (uint64_t)first,
                             .count = count,
                             .first_idx = first,
                             .last_idx = first + (count > 0 ? (int64_t)count - 1 : 0)});
    if (class_ == EVD_CLASS_VALUE) {
        divergence->value = made->values[index];
        made->values[index][EVD_OURS].hash = 100 + index;
    }
    return divergence;
}

static inline struct evd_ledger_key key_of(const char *call, enum evd_divergence_class class_)
{
    return (struct evd_ledger_key){.class_ = class_, .kind = text("k"), .call = text(call), .field = {"", 0}};
}

static inline bool keep(void *context, const char *piece, size_t length)
{
    evd_buffer_append(context, piece, length);
    return true;
}

/* A ledger of lines, by way of a file, as everybody has it. */
static inline struct evd_ledger *make_ledger(const struct evd_ledger_entry *entries, size_t count)
{
    char path[] = "/tmp/evdiff-judge-XXXXXX";
    const char *names[] = {path};
    struct evd_ledger_file *file;
    struct evd_ledger *ledger;
    struct evd_error error = {0};
    static const char HEADER[] = "#evdiff known 1\n";
    cr_assert_eq(evd_ledger_file_read_text("made", HEADER, sizeof HEADER - 1, &file, NULL), EVD_OK);
    for (size_t i = 0; i < count; i++) {
        struct evd_ledger_entry entry = entries[i];
        entry.bug = entry.owner = entry.reason = (struct evd_text){"", 0};
        entry.job = entry.job.length > 0 ? entry.job : text("*");
        cr_assert_eq(evd_ledger_file_put(file, &entry, NULL, &error), EVD_OK, "%s", error.message);
    }
    close(mkstemp(path));
    FILE *out = fopen(path, "wb");
    cr_assert_not_null(out);
    struct evd_buffer bytes = {0};
    cr_assert_eq(evd_ledger_file_write(file, keep, &bytes, NULL), EVD_OK);
    fwrite(bytes.data, 1, bytes.length, out);
    fclose(out);
    evd_buffer_release(&bytes);
    evd_ledger_file_free(file);
    cr_assert_eq(evd_ledger_read(names, 1, &ledger, &error), EVD_OK, "%s", error.message);
    unlink(path);
    return ledger;
}

static inline struct evd_judgement *judge(const struct evd_ledger *ledger, const struct evd_night_of_job *night)
{
    struct evd_judgement *judgement;
    struct evd_error error = {0};
    cr_assert_eq(evd_judge(ledger, night, &judgement, &error), EVD_OK, "%s", error.message);
    return judgement;
}

/* Judges one run of a job whose ledger has one line, "a". */
struct one {
    struct evd_ledger *ledger;
    struct evd_judgement *judgement;
};

static inline struct one judge_one(const struct made *made, enum evd_ledger_state state,
                                   const struct evd_past_family *past, const struct evd_night_of_job *like)
{
    struct evd_ledger_entry entry = {.state = state, .key = key_of("a", EVD_CLASS_VALUE), .until = 20261128};
    const struct evd_outcome *outcomes[] = {&made->outcome};
    struct evd_night_of_job night = *like;
    night.job = text("boot/a");
    night.outcomes = outcomes;
    night.outcome_count = 1;
    night.past = past;
    night.past_count = past != NULL;
    struct one one = {.ledger = make_ledger(&entry, 1)};
    one.judgement = judge(one.ledger, &night);
    return one;
}

static inline void end_one(struct one *one)
{
    evd_judgement_free(one->judgement);
    evd_ledger_free(one->ledger);
}

static const struct evd_night_of_job PLAIN = {.confirm = 1};

static inline void expect_family(const struct made *made, enum evd_ledger_state state,
                                 const struct evd_past_family *past, const struct evd_night_of_job *like,
                                 enum evd_standing standing, enum evd_family_news news)
{
    struct one one = judge_one(made, state, past, like);
    const struct evd_judged_family *judged = &one.judgement->families[0];
    cr_assert_str_eq(evd_standing_name(judged->standing), evd_standing_name(standing));
    cr_assert_eq(judged->news, news);
    cr_assert_eq(judged->fails, evd_standing_fails(standing));
    cr_assert_eq(one.judgement->counts[standing], 1);
    end_one(&one);
}

#endif
