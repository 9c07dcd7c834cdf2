/* Saved outcomes: what was written is read again, and what is no outcome is refused where it is none. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include <evdiff/report.h>
#include <evdiff/saved.h>

#include "base/buffer.h"
#include "outcome/causes.h"
#include "random.h"
#include "random_outcome.h"

enum { SEEDS = 300 };

static bool keep(void *context, const char *bytes, size_t length)
{
    evd_buffer_append(context, bytes, length);
    return true;
}

static struct evd_buffer report(const struct evd_outcome *outcome, const char *format)
{
    struct evd_buffer text = {0};
    const struct evd_report_options options = {.width = 100, .job = "job"};
    cr_assert_eq(evd_report_write(outcome, format, &options, keep, &text, NULL), EVD_OK);
    return text;
}

static struct evd_outcome *read_back(const struct evd_buffer *json, uint64_t seed)
{
    struct evd_outcome *outcome;
    struct evd_error error;
    const enum evd_status status = evd_saved_read_text("saved", json->data, json->length, &outcome, &error);
    cr_assert_eq(status, EVD_OK, "seed %llu: saved:%llu:%llu: %s", (unsigned long long)seed,
                 (unsigned long long)error.line, (unsigned long long)error.column, error.message);
    return outcome;
}

static void expect_equal(const struct evd_buffer *a, const struct evd_buffer *b, const char *format, uint64_t seed)
{
    size_t i = 0;
    while (i < a->length && i < b->length && a->data[i] == b->data[i])
        i++;
    cr_assert(a->length == b->length && i == a->length, "seed %llu: %s differs at byte %zu: '%.*s' and '%.*s'",
              (unsigned long long)seed, format, i, a->length - i < 60 ? (int)(a->length - i) : 60, a->data + i,
              b->length - i < 60 ? (int)(b->length - i) : 60, b->data + i);
}

/* The report in JSON has all that is read, so that equal reports are equal facts. */
Test(saved, what_was_written_is_read_again)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random_outcome made;
        random_outcome_make(&made, seed, (unsigned)(seed % 3 * 8));
        struct evd_buffer json = report(&made.outcome, "json");
        struct evd_outcome *read = read_back(&json, seed);
        struct evd_buffer again = report(read, "json");
        expect_equal(&json, &again, "json", seed);
        evd_buffer_release(&json);
        evd_buffer_release(&again);
        evd_outcome_free(read);
        random_outcome_release(&made);
    }
}

/* The facts that the report in JSON does not spell out. */
Test(saved, what_follows_from_the_rest_is_told)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct random_outcome made;
        random_outcome_make(&made, seed, 12);
        struct evd_buffer json = report(&made.outcome, "json");
        struct evd_outcome *read = read_back(&json, seed);
        const struct evd_outcome *written = &made.outcome;
        cr_assert_eq(read->news_count, written->news_count);
        cr_assert_eq(read->news_family_count, written->news_family_count);
        cr_assert_eq(read->new_unpaired_count, written->new_unpaired_count);
        cr_assert_eq(read->unfired_rule_count, written->unfired_rule_count);
        for (size_t i = 0; i < read->unfired_rule_count; i++)
            cr_assert_eq(read->unfired_rules[i], written->unfired_rules[i]);
        for (size_t i = 0; i < read->pair_count; i++)
            for (size_t j = 0; j < read->pairs[i].divergence_count; j++) {
                const struct evd_cause_place root = evd_root_of(read, i, j), wanted = evd_root_of(written, i, j);
                cr_assert_eq(root.pair, wanted.pair);
                cr_assert_eq(root.divergence, wanted.divergence);
            }
        for (size_t i = 0; i < read->family_count; i++) {
            cr_assert_str_eq(read->families[i].id, written->families[i].id);
            cr_assert_eq(read->families[i].before_count, written->families[i].before_count);
        }
        evd_buffer_release(&json);
        evd_outcome_free(read);
        random_outcome_release(&made);
    }
}

/* Every report of what was read is the one of what was read a second time; those of a fixed point are the same. */
Test(saved, every_report_can_be_made_of_it)
{
    for (uint64_t seed = 0; seed < SEEDS / 5; seed++) {
        struct random_outcome made;
        random_outcome_make(&made, seed, 10);
        struct evd_buffer json = report(&made.outcome, "json");
        struct evd_outcome *read = read_back(&json, seed);
        for (size_t i = 0; evd_report_format_name(i) != NULL; i++) {
            const char *format = evd_report_format_name(i);
            struct evd_buffer from_read = report(read, format);
            struct evd_buffer from_made = report(&made.outcome, format);
            /* Texts that are no UTF-8 are longer once they were spelled out, and a report may cut them elsewhere. */
            if (memmem(json.data, json.length, "\\\\x", 3) == NULL &&
                memmem(json.data, json.length, "\\\\ud", 4) == NULL)
                expect_equal(&from_made, &from_read, format, seed);
            evd_buffer_release(&from_read);
            evd_buffer_release(&from_made);
        }
        evd_buffer_release(&json);
        evd_outcome_free(read);
        random_outcome_release(&made);
    }
}

static bool has_follower(const struct evd_outcome *outcome)
{
    for (size_t i = 0; i < outcome->family_count; i++)
        if (!outcome->families[i].is_root)
            return true;
    return false;
}

static struct evd_buffer some_outcome(void)
{
    struct random_outcome made;
    uint64_t seed = 0;
    for (;; seed++) {
        random_outcome_make(&made, seed, 6);
        if (made.outcome.pair_count > 1 && made.outcome.family_count > 3 && made.outcome.control_count == 2 &&
            made.outcome.look_count > 0 && made.outcome.families[0].news_count > 0 && has_follower(&made.outcome))
            break;
        random_outcome_release(&made);
    }
    struct evd_buffer json = report(&made.outcome, "json");
    random_outcome_release(&made);
    return json;
}

/* The text with the first `from` replaced by `to`. */
static struct evd_buffer replaced(const struct evd_buffer *json, const char *from, const char *to)
{
    struct evd_buffer text = {0};
    const char *at = memmem(json->data, json->length, from, strlen(from));
    cr_assert_not_null(at, "no '%s' in it", from);
    evd_buffer_append(&text, json->data, (size_t)(at - json->data));
    evd_buffer_string(&text, to);
    at += strlen(from);
    evd_buffer_append(&text, at, (size_t)(json->data + json->length - at));
    return text;
}

static void expect_refused(const struct evd_buffer *text, const char *message)
{
    struct evd_outcome *outcome = (struct evd_outcome *)text;
    struct evd_error error = {0};
    cr_assert_eq(evd_saved_read_text("out.json", text->data, text->length, &outcome, &error), EVD_E_INPUT,
                 "taken: expected '%s'", message);
    cr_assert_null(outcome);
    cr_assert_not_null(strstr(error.message, message), "'%s' in '%s'", message, error.message);
    cr_assert_gt(error.line, 0);
    cr_assert_gt(error.column, 0);
    cr_assert_str_eq(error.path, "out.json");
}

/* Signatures of another recipe would be taken for those of other families. */
Test(saved, signatures_of_another_recipe_are_refused)
{
    static const struct {
        const char *written, *message;
    } CASES[] = {
        {"\"signature_recipe\": 0,", "of recipe 0, this evdiff's of recipe 1; make the outcome again with this evdiff"},
        {"\"signature_recipe\": 2,", "of recipe 2, this evdiff's of recipe 1"},
        {"\"signature_recipe\": 4294967297,", "of recipe 4294967297, this evdiff's of recipe 1"},
    };
    struct evd_buffer json = some_outcome();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct evd_buffer other = replaced(&json, "\"signature_recipe\": 1,", CASES[i].written);
        expect_refused(&other, CASES[i].message);
        evd_buffer_release(&other);
    }
    evd_buffer_release(&json);
}

Test(saved, members_that_are_not_known_are_passed_over)
{
    struct evd_buffer json = some_outcome();
    struct evd_buffer more = replaced(&json, "\"verdict\"", "\"later\": {\"pairs\": [1, {}]}, \"verdict\"");
    struct evd_buffer most = replaced(&more, "{\"class\": ", "{\"later\": null, \"\\u0063lass\": ");
    struct evd_outcome *read = read_back(&most, 0);
    struct evd_buffer again = report(read, "json");
    expect_equal(&json, &again, "json", 0);
    evd_outcome_free(read);
    evd_buffer_release(&again);
    evd_buffer_release(&most);
    evd_buffer_release(&more);
    evd_buffer_release(&json);
}

/* As they were written before minor 4. */
static const char OLD[] =
    "{\"schema\": \"evdiff.outcome/2\", \"minor\": 3, \"verdict\": \"diverged\", \"has_resync\": true, \"logs\": "
    "{\"canary\": {\"path\": \"a\", \"events\": 9, \"counts\": {\"matched\": 1, \"differing\": 1, \"absorbed\": 0, "
    "\"engine_local\": 0, \"left_over\": 0}, \"unpaired_events\": 0}, \"ours\": {\"path\": \"b\", \"events\": 9, "
    "\"counts\": {\"matched\": 1, \"differing\": 1, \"absorbed\": 0, \"engine_local\": 0, \"left_over\": 0}, "
    "\"unpaired_events\": 0}}, \"unmet\": [], \"missing_tids\": [], \"looks\": [], \"signature_recipe\": 1, "
    "\"families\": [{\"id\": \"00000000\", \"signature\": \"0000000000000001\", \"class\": \"missing\", \"kind\": "
    "\"k\", \"call\": \"c\", \"field\": \"\", \"before\": \"a.b, c, d\", \"count\": 1, \"consequence_count\": 0, "
    "\"follower_count\": 0, \"events\": {\"canary\": 5, \"ours\": 0}, \"pairs\": [0], \"first\": {\"pair\": 0, "
    "\"divergence\": 0}, \"weight\": 0, \"relation\": \"none\", \"samples\": [{\"pair\": 0, \"divergence\": 0}]}], "
    "\"pairs\": [{\"tid\": {\"canary\": 1, \"ours\": 2}, \"pairing\": null, \"total\": {\"canary\": 9, \"ours\": 4}, "
    "\"counts\": {\"canary\": {\"matched\": 1, \"differing\": 1, \"absorbed\": 0, \"engine_local\": 0, "
    "\"left_over\": 0}, \"ours\": {\"matched\": 1, \"differing\": 1, \"absorbed\": 0, \"engine_local\": 0, "
    "\"left_over\": 0}}, \"absorbed\": [], \"searches_cut_short\": 0, \"to_first_divergence\": {\"matched\": 1, "
    "\"engine_local\": {\"canary\": 0, \"ours\": 0}, \"left_over\": {\"canary\": 0, \"ours\": 0}, \"absorbed\": [], "
    "\"exact_comparisons\": 0}, \"first_divergence\": null, \"marked_nulls\": 0, \"divergences\": [{\"class\": "
    "\"missing\", \"family\": 0, \"canary\": {\"position\": 3, \"count\": 5, \"tid_event_idx\": 30, \"offset\": 7}, "
    "\"ours\": {\"position\": 3, \"count\": 0, \"tid_event_idx\": 31, \"offset\": 7}, \"matched_after\": 0}]}], "
    "\"unpaired\": {\"canary\": [], \"ours\": []}, \"counted\": [], \"absorbers\": [], \"rule_uses\": [], "
    "\"unfired_rules\": []}";

Test(saved, documents_without_the_later_members_are_read)
{
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    cr_assert_eq(evd_saved_read_text("old", OLD, sizeof OLD - 1, &outcome, &error), EVD_OK, "%s", error.message);
    const struct evd_divergence *divergence = &outcome->pairs[0].divergences[0];
    cr_assert_eq(evd_run_of(divergence, EVD_CANARY).last_idx, 34);
    cr_assert_eq(evd_run_of(divergence, EVD_OURS).last_idx, 31);
    cr_assert_eq(outcome->families[0].before_count, 2);
    cr_assert_eq(outcome->families[0].before[0].length, 3);
    cr_assert_eq(outcome->families[0].before[1].length, 4);
    evd_outcome_free(outcome);
}

/* The same with another text in the place of its only `from`. */
static void put(struct evd_buffer *text, const char *from, const char *to)
{
    const char *at = strstr(OLD, from);
    cr_assert_not_null(at);
    cr_assert_null(strstr(at + 1, from));
    evd_buffer_clear(text);
    evd_buffer_append(text, OLD, (size_t)(at - OLD));
    evd_buffer_append(text, to, strlen(to));
    evd_buffer_append(text, at + strlen(from), strlen(at) - strlen(from));
}

Test(saved, a_divergence_has_no_more_events_than_are_aligned_and_no_index_beyond_32_bits)
{
    struct evd_buffer text = {0};
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    put(&text, "\"position\": 3, \"count\": 5,", "\"position\": 18446744073709551615, \"count\": 1073741823,");
    cr_assert_eq(evd_saved_read_text("old", text.data, text.length, &outcome, &error), EVD_OK, "%s", error.message);
    cr_expect_eq(evd_run_of(&outcome->pairs[0].divergences[0], EVD_CANARY).count, EVD_RUN_COUNT_MAX);
    cr_expect_eq(evd_run_of(&outcome->pairs[0].divergences[0], EVD_CANARY).position, UINT64_MAX);
    evd_outcome_free(outcome);
    put(&text, "\"position\": 3, \"count\": 5,", "\"position\": 3, \"count\": 1073741824,");
    expect_refused(&text, "canary: expected a count of at most 1073741823");
    put(&text, "\"missing\", \"family\": 0, \"canary\"", "\"missing\", \"family\": 4294967296, \"canary\"");
    expect_refused(&text, "a divergence is of a family that is not there");
    evd_buffer_release(&text);
}

Test(saved, what_is_no_outcome_is_refused)
{
    static const struct {
        const char *text, *message;
    } CASES[] = {
        {"", "is no outcome of a diff"},
        {"[]", "is no outcome of a diff"},
        {"{}", "'evdiff diff --report json=FILE'"},
        {"{\"schema\": 2}", "schema: expected a string, found a whole number"},
        {"{\"schema\": \"other/2\"}", "'evdiff diff --report json=FILE'"},
        {"{\"schema\": \"evdiff.outcome/3\"}", "this evdiff reads evdiff.outcome/2"},
        {"{\"schema\": \"evdiff.outcome/2\", \"schema\": \"evdiff.outcome/2\"}", "schema: stands twice"},
        {"{\"schema\": \"evdiff.outcome/2\"}", "there is no absorbers"},
        {"{\"tid\": 1, \"kind\": \"k\"}\n{\"tid\": 1}\n", "is no outcome of a diff"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct evd_buffer text = {0};
        evd_buffer_string(&text, CASES[i].text);
        expect_refused(&text, CASES[i].message);
        evd_buffer_release(&text);
    }
}

Test(saved, what_contradicts_itself_is_refused)
{
    static const struct {
        const char *from, *to, *message;
    } CASES[] = {
        {"\"verdict\": \"", "\"verdict\": \"un", "verdict: this evdiff does not know the word"},
        {"\"verdict\": ", "\"verdict\": 7, \"x\": ", "verdict: expected a string"},
        {"\"verdict\": ", "\"other\": ", "there is no verdict"},
        {"\"has_resync\": true", "\"has_resync\": false", "families: there are none without resync"},
        {"\"has_resync\": true", "\"has_resync\": 1", "has_resync: expected true or false"},
        {"\"looks\": [", "\"looks\": [{\"family\": 99}], \"x\": [", "looks[0]: is no family to look at"},
        {"\"looks\": [", "\"looks\": [{\"family\": 0},{\"family\": 0},{\"family\": 0},{\"family\": 0},",
         "at most 3 are possible"},
        {"\"looks\": [", "\"looks\": {}, \"x\": [", "looks: expected a list, found an object"},
        {"\"signature\": \"", "\"signature\": \"0", "signature: expected 16 hexadecimal digits"},
        {"\"signature\": \"", "\"signature\": \"X", "signature: expected 16 hexadecimal digits"},
        {"\"family\": 0, \"canary\"", "\"family\": 77, \"canary\"", "of a family that is not there"},
        {"\"family\": 0, \"canary\"", "\"family\": 1, \"canary\"", "pairs["},
        {"\"family\": 0, \"canary\"", "\"family\": -1, \"canary\"", "from 0 to 2^64 - 1"},
        {"\"family\": 0, \"canary\"", "\"family\": 18446744073709551616, \"canary\"", "from 0 to 2^64 - 1"},
        {"\"family\": 0, \"canary\"", "\"family\": 0.0, \"canary\"", "from 0 to 2^64 - 1"},
        {"\"tid\": {\"canary\": ", "\"tid\": {\"canary\": 9223372036854775808, \"x\": ", "-9223372036854775808 to"},
        {"\"tid\": {\"canary\": ", "\"tid\": {\"canary\": -9223372036854775809, \"x\": ", "-9223372036854775808 to"},
        {"\"tid\": {\"canary\": ", "\"tid\": {\"other\": ", "tid: there is no canary"},
        {"\"tid\": {\"canary\": ", "\"tid\": {\"canary\": 1, \"canary\": ", "canary: stands twice"},
        {"\"controls\": [0", "\"controls\": [0, 0", "controls: expected indexes in controls, ascending"},
        {"\"controls\": [0", "\"controls\": [2", "controls: expected indexes in controls, ascending"},
        {"\"after\": [", "\"after\": [\"a\", \"b\", \"c\"], \"x\": [", "at most 2 are possible"},
        {"\"path\": \"", "\"path\": \"\\ud800", "half of a surrogate pair"},
        {"\"class\": \"", "\"class\": \"no", "this evdiff does not know the word"},
        {"\"news\": ", "\"news\": 9", "news is not how many"},
        {"], \"count\": ", "], \"count\": 9", "count is not how many divergences it has"},
        {"\"follows\": ", "\"follows\": 9", "follows what is not there"},
        {"\"first\": {\"pair\": ", "\"first\": {\"pair\": 9", "first is no divergence of it"},
        {"\"samples\": [{\"pair\": ", "\"samples\": [{\"pair\": 9", "a sample is no divergence of it"},
        {"\"absorbed\": [{\"absorber\": ", "\"absorbed\": [], \"x\": [{\"absorber\": ",
         "absorbed: expected those of absorbers, in their order"},
        {"\"rule\": \"", "\"rule\": \"no ", "rule: this evdiff does not know such rules"},
        {"\"minor\"", "\"controls\": [], \"minor\"", "controls: stands twice"},
    };
    struct evd_buffer json = some_outcome();
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct evd_buffer text = replaced(&json, CASES[i].from, CASES[i].to);
        expect_refused(&text, CASES[i].message);
        evd_buffer_release(&text);
    }
    evd_buffer_release(&json);
}

/* Causes may stand in any order, but not in a circle. */
Test(saved, a_circle_of_causes_is_refused)
{
    uint64_t seed = 0;
    for (unsigned found = 0; found < 20; seed++) {
        struct random_outcome made;
        random_outcome_make(&made, seed, 10);
        bool has_cause = false;
        struct evd_cause_place tail = {0, 0};
        for (size_t i = 0; i < made.outcome.pair_count; i++)
            for (size_t j = 0; j < made.outcome.pairs[i].divergence_count; j++)
                if (made.outcome.pairs[i].divergences[j].cause != EVD_CAUSE_NONE) {
                    has_cause = true;
                    tail = (struct evd_cause_place){i, j};
                }
        if (has_cause) {
            found++;
            const struct evd_cause_place root = evd_root_of(&made.outcome, tail.pair, tail.divergence);
            evd_cause_put(&made.outcome, root.pair, root.divergence, EVD_CAUSE_CLOSE, tail);
            struct evd_buffer json = report(&made.outcome, "json");
            expect_refused(&json, "a divergence is its own cause");
            evd_buffer_release(&json);
        }
        random_outcome_release(&made);
    }
}

/* Whatever is broken in a text, it is refused or read, and then it is sound enough for every report. */
Test(saved, broken_texts_break_nothing)
{
    struct evd_buffer json = some_outcome();
    struct random random = {7};
    char *copy = malloc(json.length);
    unsigned taken = 0;
    for (int i = 0; i < 3000; i++) {
        memcpy(copy, json.data, json.length);
        for (unsigned edits = 1 + random_below(&random, 3); edits > 0; edits--) {
            static const char LETTERS[] = "0123456789[]{},\"ef-tu";
            copy[random_below(&random, (unsigned)json.length)] = LETTERS[random_below(&random, sizeof LETTERS - 1)];
        }
        struct evd_outcome *outcome;
        struct evd_error error;
        const size_t length = random_below(&random, 20) ? json.length : random_below(&random, (unsigned)json.length);
        const enum evd_status status = evd_saved_read_text("broken", copy, length, &outcome, &error);
        cr_assert(status == EVD_OK || (status == EVD_E_INPUT && outcome == NULL && error.line > 0));
        if (status != EVD_OK)
            continue;
        taken++;
        for (size_t j = 0; evd_report_format_name(j) != NULL; j++) {
            struct evd_buffer text = report(outcome, evd_report_format_name(j));
            evd_buffer_release(&text);
        }
        evd_outcome_free(outcome);
    }
    cr_assert(taken > 100 && taken < 2900, "%u of 3000 were taken", taken);
    free(copy);
    evd_buffer_release(&json);
}

static void put_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    fclose(file);
}

Test(saved, files_are_read_packed_or_not)
{
    char path[] = "/tmp/evdiff-saved-XXXXXX";
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    struct evd_buffer json = some_outcome();
    close(mkstemp(path));
    put_file(path, json.data, json.length);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_OK, "%s", error.message);
    evd_outcome_free(outcome);
    const size_t bound = ZSTD_compressBound(json.length);
    char *packed = malloc(bound);
    const size_t length = ZSTD_compress(packed, bound, json.data, json.length, 3);
    put_file(path, packed, length);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_OK, "%s", error.message);
    struct evd_buffer again = report(outcome, "json");
    expect_equal(&json, &again, "json", 0);
    evd_outcome_free(outcome);
    put_file(path, packed, length / 2);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_E_IO);
    cr_assert_null(outcome);
    put_file(path, "\xfd\x37\x7a\x58\x5a\x00", 6);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_E_IO);
    cr_assert_not_null(strstr(error.message, "xz"));
    unlink(path);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_E_IO);
    cr_assert_str_eq(error.path, path);
    cr_assert_eq(evd_saved_read("/tmp", &outcome, &error), EVD_E_IO);
    free(packed);
    evd_buffer_release(&again);
    evd_buffer_release(&json);
}

/* A text that unpacks to more than an outcome may have is refused before it is unpacked whole. */
Test(saved, a_text_beyond_the_limit_is_refused)
{
    char path[] = "/tmp/evdiff-saved-XXXXXX";
    struct evd_outcome *outcome;
    struct evd_error error = {0};
    close(mkstemp(path));
    const size_t piece = (size_t)1 << 26;
    char *blanks = malloc(piece), *packed = malloc(ZSTD_compressBound(piece));
    memset(blanks, ' ', piece);
    const size_t length = ZSTD_compress(packed, ZSTD_compressBound(piece), blanks, piece, 1);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; i < EVD_SAVED_BYTES_MAX / piece; i++)
        cr_assert_eq(fwrite(packed, 1, length, file), length);
    fflush(file);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_E_INPUT, "%s", error.message);
    const size_t one = ZSTD_compress(packed, ZSTD_compressBound(piece), " ", 1, 1);
    cr_assert_eq(fwrite(packed, 1, one, file), one);
    fclose(file);
    cr_assert_eq(evd_saved_read(path, &outcome, &error), EVD_E_LIMIT, "%s", error.message);
    free(blanks);
    free(packed);
    unlink(path);
}
