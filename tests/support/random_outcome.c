#include "random_outcome.h"

#include <stdio.h>
#include <string.h>

#include "base/letters.h"
#include "outcome/text.h"
#include "outcome/value.h"
#include "random.h"

enum { PAIRS_MAX = 7, ABSORBERS = 3, FAMILIES_MAX = 12 };

/* What breaks lines, tables, spans, strings, terminals and encodings. */
#define TEXT(literal)                \
    {                                \
        literal, sizeof(literal) - 1 \
    }
static const struct evd_text TEXTS[] = {
    TEXT(""),
    TEXT("NtReadFile"),
    TEXT("kernel.return"),
    TEXT("args_resolved.a1"),
    TEXT("'0x1eaf654b0'"),
    TEXT("17456208"),
    TEXT("a|b"),
    TEXT("\\|"),
    TEXT("ends in \\"),
    TEXT("`"),
    TEXT("``two`` and ```three```"),
    TEXT(" ` "),
    TEXT("   "),
    TEXT("**bold** _it_ ~~no~~ [x](y) ![i](j)"),
    TEXT("<script>alert(1)</script> &amp; <!--"),
    TEXT("# head"),
    TEXT("- item"),
    TEXT("1. item"),
    TEXT("two\nlines"),
    TEXT("\r\n\t"),
    TEXT("\x1b[31mred\x1b[0m"),
    TEXT("nul \0 inside"),
    TEXT("\"quoted\" 'and' \\u0041"),
    TEXT("caf\xc3\xa9 \xe2\x80\xae right to left \xf0\x9f\x98\x80"),
    TEXT("\xe6\x9d\xb1\xe4\xba\xac wide \xef\xbc\xa1 e\xcc\x81\xe2\x83\x9d \xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"),
    TEXT("\xcc\x81 begins with a mark, ends in a space "),
    TEXT("\xc2\x85\xc2\x9b\x7f"),
    TEXT("lone \xed\xa0\x80 surrogate \xed\xbf\xbf"),
    TEXT("no UTF-8: \xff \xc0\xaf \xe2\x82 \xf5\x80\x80\x80 \xf4\x90\x80\x80 \xe0\x80\x80"),
    TEXT("\xe2"),
    TEXT("a value that is cut to two hundred bytes because nobody reads that far, and because a log may hold "
         "values of any length that would fill the report and every table in it beyond what people can s…"),
};
enum { TEXT_COUNT = sizeof TEXTS / sizeof TEXTS[0] };

static struct evd_text text(struct random *random)
{
    return TEXTS[random_below(random, TEXT_COUNT)];
}

/* Mostly small, now and then huge; sums of them stay below 2^64. */
static uint64_t number(struct random *random)
{
    const unsigned draw = random_below(random, 10);
    return draw < 3 ? 0 : draw < 4 ? 1 : draw < 9 ? random_below(random, 100000) : random_next(random) >> 12;
}

static int64_t signed_number(struct random *random)
{
    static const int64_t EXTREMES[] = {INT64_MIN, INT64_MAX, -1, 0};
    return random_below(random, 20) ? (int64_t)random_below(random, 5000) : EXTREMES[random_below(random, 4)];
}

static double share(struct random *random)
{
    return random_below(random, 5) ? (double)(random_next(random) >> 11) * 0x1p-53 : random_below(random, 2);
}

static void *items(struct random_outcome *made, size_t count, size_t size)
{
    void *memory = evd_arena_array(&made->arena, count, size);
    if (memory == NULL)
        abort();
    memset(memory, 0, count * size);
    return memory;
}

static void fill_numbers(struct random *random, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        numbers[i] = number(random);
}

static bool is_utf8(struct evd_text text)
{
    struct evd_letter letter;
    while (evd_text_next(&text, &letter))
        if (!letter.is_utf8)
            return false;
    return true;
}

/* A value as JSON, which is UTF-8. */
static void append_json(struct random *random, struct evd_buffer *json)
{
    static const char *const PLAIN[] = {
        "259",
        "-7",
        "1.5",
        "1e999",
        "-1e999",
        "null",
        "true",
        "false",
        "[]",
        "{}",
        "\"it's\"",
        "\"\\\"\"",
        "\"it's \\\"both\\\"\"",
        "\"\\u0007\\ud800\\n\"",
        "{\"b\": [1, null, true], \"a'|\": {\"x\": \"false | null\"}}",
    };
    if (random_below(random, 2)) {
        evd_buffer_string(json, PLAIN[random_below(random, sizeof PLAIN / sizeof PLAIN[0])]);
        return;
    }
    struct evd_text content = text(random);
    while (!is_utf8(content))
        content = text(random);
    evd_buffer_byte(json, '"');
    for (size_t i = 0; i < content.length; i++) {
        if (content.bytes[i] == '"' || content.bytes[i] == '\\')
            evd_buffer_byte(json, '\\');
        if ((unsigned char)content.bytes[i] < ' ')
            evd_buffer_format(json, "\\u%04x", content.bytes[i]);
        else
            evd_buffer_byte(json, content.bytes[i]);
    }
    evd_buffer_byte(json, '"');
}

static struct evd_text keep(struct random_outcome *made, const struct evd_buffer *buffer)
{
    struct evd_text text;
    if (!evd_keep_text(&made->arena, buffer, &text))
        abort();
    return text;
}

/* Now and then a list of values that is too long to be shown. */
static struct evd_text make_json(struct random_outcome *made, struct random *random)
{
    struct evd_buffer json = {0};
    const unsigned count = random_below(random, 4) ? 1 : 1 + random_below(random, 30);
    evd_buffer_string(&json, count > 1 ? "[" : "");
    for (unsigned i = 0; i < count; i++) {
        evd_buffer_string(&json, i ? ", " : "");
        append_json(random, &json);
    }
    evd_buffer_string(&json, count > 1 ? "]" : "");
    const struct evd_text kept = keep(made, &json);
    evd_buffer_release(&json);
    return kept;
}

/* Facts about two values, which need not be true of what they show. */
static const struct evd_field_value *make_values(struct random_outcome *made, struct random *random)
{
    struct evd_field_value *values = items(made, EVD_SIDES, sizeof *values);
    struct evd_text json[EVD_SIDES];
    for (int side = 0; side < EVD_SIDES; side++) {
        values[side].type = (enum evd_value_type)random_below(random, EVD_TYPES);
        values[side].form = (enum evd_number_form)random_below(random, EVD_NUMBER_FORMS);
        values[side].number = values[side].form == EVD_NUMBER_NONE ? 0 : signed_number(random);
        json[side] = values[side].type == EVD_TYPE_ABSENT ? (struct evd_text){"", 0} : make_json(made, random);
    }
    evd_show_difference(json, values);
    return values;
}

static const struct evd_broken_renaming *make_breaks(struct random_outcome *made, struct random *random)
{
    struct evd_broken_renaming *breaks = items(made, 1, sizeof *breaks);
    breaks->name_class = text(random);
    for (int side = 0; side < EVD_SIDES; side++) {
        breaks->value[side] = number(random);
        breaks->size[side] = random_below(random, 2) ? 1 : 1 + number(random);
    }
    breaks->tid = signed_number(random);
    breaks->tid_event_idx = signed_number(random);
    return breaks;
}

static const struct evd_marked_null *make_null(struct random_outcome *made, struct random *random)
{
    struct evd_marked_null *null = items(made, 1, sizeof *null);
    null->side = (enum evd_side)random_below(random, EVD_SIDES);
    null->field = text(random);
    return null;
}

static struct evd_quoted_event quoted(struct random_outcome *made, struct random *random)
{
    struct evd_quoted_event event = {.tid_event_idx = signed_number(random)};
    event.kind = text(random);
    event.has_label = random_below(random, 2);
    event.label = event.has_label ? text(random) : (struct evd_text){"", 0};
    event.value = make_json(made, random);
    event.json = text(random);
    return event;
}

/* What differs is told whole. */
static void make_difference(struct random_outcome *made, struct random *random, struct evd_first_divergence *first)
{
    struct evd_text json[EVD_SIDES];
    first->form = (enum evd_difference_form)random_below(random, EVD_DIFFERENCE_FORMS);
    first->path = text(random);
    first->kind = first->name_field = first->name = (struct evd_text){"", 0};
    if (first->form == EVD_DIFFERENCE_PRIORITY || first->form == EVD_DIFFERENCE_NAME ||
        first->form == EVD_DIFFERENCE_NULL) {
        first->kind = text(random);
        if (random_below(random, 2)) {
            first->name_field = text(random);
            first->name = make_json(made, random);
        }
    }
    if (first->form == EVD_DIFFERENCE_NAME)
        first->breaks = make_breaks(made, random);
    memcpy(first->value, make_values(made, random), sizeof first->value);
    for (int side = 0; side < EVD_SIDES; side++)
        json[side] = first->value[side].type == EVD_TYPE_ABSENT ? (struct evd_text){"", 0} : make_json(made, random);
    evd_show_whole(json, first->value);
}

static void make_first_divergence(struct random_outcome *made, struct random *random,
                                  struct evd_first_divergence *first)
{
    make_difference(made, random, first);
    first->context_count = random_below(random, EVD_CONTEXT_MAX + 1);
    for (int side = 0; side < EVD_SIDES; side++) {
        first->event[side] = quoted(made, random);
        first->has_next[side] = random_below(random, 2);
        if (first->has_next[side])
            first->next[side] = quoted(made, random);
        for (size_t i = 0; i < first->context_count; i++)
            first->context[i][side] = quoted(made, random);
    }
}

static struct evd_event_counts counts(struct random *random)
{
    return (struct evd_event_counts){number(random), number(random), number(random), number(random), number(random)};
}

static void make_pair(struct random_outcome *made, struct random *random, struct evd_pair_outcome *pair)
{
    pair->matched = number(random);
    pair->is_diverged = random_below(random, 2);
    pair->pairing.is_measured = random_below(random, 2);
    pair->pairing.similarity = share(random);
    pair->pairing.confidence = share(random);
    pair->pairing.has_runner_up = random_below(random, 2);
    pair->pairing.runner_up_tid = signed_number(random);
    pair->pairing.runner_up_similarity = share(random);
    pair->exact_comparisons = number(random);
    for (int side = 0; side < EVD_SIDES; side++) {
        pair->tid[side] = signed_number(random);
        pair->total[side] = number(random);
        pair->engine_local[side] = number(random);
        pair->left_over[side] = number(random);
        pair->counts[side] = counts(random);
        uint64_t *absorbed = items(made, ABSORBERS, sizeof *absorbed);
        uint64_t *absorbed_in_all = items(made, ABSORBERS, sizeof *absorbed_in_all);
        fill_numbers(random, absorbed, ABSORBERS);
        fill_numbers(random, absorbed_in_all, ABSORBERS);
        pair->absorbed[side] = absorbed;
        pair->absorbed_in_all[side] = absorbed_in_all;
    }
    if (pair->is_diverged) {
        struct evd_first_divergence *divergence = items(made, 1, sizeof *divergence);
        make_first_divergence(made, random, divergence);
        pair->divergence = divergence;
    }
    pair->marked_null_count = random_below(random, 4) ? 0 : 1 + number(random);
    if (pair->marked_null_count > 0 && (!pair->is_diverged || random_below(random, 2))) {
        struct evd_first_null *first = items(made, 1, sizeof *first);
        first->matched = number(random);
        make_first_divergence(made, random, &first->divergence);
        pair->first_null = first;
    }
}

static void make_families(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->family_count = 1 + random_below(random, FAMILIES_MAX);
    outcome->families = items(made, outcome->family_count, sizeof *outcome->families);
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        *family = (struct evd_family){
            .signature = random_next(random),
            .class_ = (enum evd_divergence_class)(i % EVD_CLASSES),
            .kind = text(random),
            .call = text(random),
            .weight = number(random),
            .pairs = items(made, outcome->pair_count, sizeof *family->pairs),
        };
        for (size_t j = random_below(random, EVD_FAMILY_BEFORE_MAX + 1); j > 0; j--)
            family->before[family->before_count++] = text(random);
        snprintf(family->id, sizeof family->id, "%08llx", (unsigned long long)(family->signature >> 32));
        if (family->class_ == EVD_CLASS_VALUE) {
            family->field = text(random);
            family->shown_as = (enum evd_shown_as)random_below(random, EVD_SHOWN_FORMS);
            family->relation = (enum evd_value_relation)random_below(random, EVD_RELATION_RANDOM + 1);
        }
        if (family->relation == EVD_RELATION_CONSTANT_OFFSET)
            family->offset = signed_number(random);
    }
}

/* The divergences before the n-th of a pair, and all of earlier pairs, may be its cause. */
static void choose_cause(const struct evd_outcome *outcome, struct random *random, size_t pair, size_t n,
                         enum evd_cause *cause, size_t *cause_pair, size_t *cause_divergence)
{
    const size_t chosen = random_below(random, (unsigned)pair + 1);
    const size_t choice = chosen == pair ? n : outcome->pairs[chosen].divergence_count;
    if (choice == 0 || random_below(random, 3) > 0)
        return;
    *cause = (enum evd_cause)(EVD_CAUSE_VALUE + random_below(random, EVD_CAUSES - EVD_CAUSE_VALUE));
    *cause_pair = chosen;
    *cause_divergence = random_below(random, (unsigned)choice);
}

static void find_root(const struct evd_outcome *outcome, struct evd_divergence *divergence, size_t pair, size_t index)
{
    const struct evd_divergence *cause =
        &outcome->pairs[divergence->cause_pair].divergences[divergence->cause_divergence];
    const bool is_root = divergence->cause == EVD_CAUSE_NONE;
    divergence->root_pair = is_root ? pair : cause->root_pair;
    divergence->root_divergence = is_root ? index : cause->root_divergence;
}

static struct evd_run run(struct random *random, bool is_empty)
{
    const int64_t first = signed_number(random);
    return (struct evd_run){
        .position = number(random),
        .count = is_empty ? 0 : 1 + number(random),
        .first_idx = first,
        .last_idx = is_empty ? first : signed_number(random),
        .offset = number(random)};
}

static void join_family(struct evd_family *family, const struct evd_divergence *divergence, size_t pair, size_t index)
{
    if (family->count++ == 0) {
        family->first_pair = pair;
        family->first_divergence = index;
    }
    family->consequence_count += divergence->cause != EVD_CAUSE_NONE;
    for (int side = 0; side < EVD_SIDES; side++)
        family->events[side] += divergence->run[side].count;
    if (family->pair_count == 0 || family->pairs[family->pair_count - 1] != pair)
        family->pairs[family->pair_count++] = pair;
    if (family->sample_count < EVD_FAMILY_SAMPLES_MAX) {
        family->sample_pair[family->sample_count] = pair;
        family->sample_divergence[family->sample_count++] = index;
    }
}

static void make_divergences(struct random_outcome *made, struct random *random, size_t index, unsigned most)
{
    struct evd_outcome *outcome = &made->outcome;
    struct evd_pair_outcome *pair = &outcome->pairs[index];
    pair->searches_cut_short = random_below(random, 4) ? 0 : number(random);
    pair->divergence_count = random_below(random, most + 1);
    pair->divergences = items(made, pair->divergence_count, sizeof *pair->divergences);
    for (size_t i = 0; i < pair->divergence_count; i++) {
        struct evd_divergence *divergence = &pair->divergences[i];
        divergence->family = random_below(random, (unsigned)outcome->family_count);
        struct evd_family *family = &outcome->families[divergence->family];
        divergence->class_ = family->class_;
        for (int side = 0; side < EVD_SIDES; side++) {
            const bool is_empty = (family->class_ == EVD_CLASS_MISSING && side == EVD_OURS) ||
                                  (family->class_ == EVD_CLASS_EXTRA && side == EVD_CANARY) ||
                                  (family->class_ == EVD_CLASS_TRUNCATED && side == (int)(family->signature & 1));
            divergence->run[side] = run(random, is_empty);
        }
        if (family->class_ == EVD_CLASS_VALUE)
            divergence->value = make_values(made, random);
        for (int side = 0; divergence->value != NULL && side < EVD_SIDES; side++)
            divergence->fails[side] = random_below(random, 4) == 0;
        divergence->matched_after = number(random);
        if (family->class_ == EVD_CLASS_VALUE && random_below(random, 4) == 0)
            divergence->breaks = make_breaks(made, random);
        if (family->class_ == EVD_CLASS_VALUE && random_below(random, 4) == 0)
            divergence->marked_null = make_null(made, random);
        choose_cause(outcome, random, index, i, &divergence->cause, &divergence->cause_pair,
                     &divergence->cause_divergence);
        find_root(outcome, divergence, index, i);
        join_family(family, divergence, index, i);
    }
}

/* Families that no divergence was drawn from are dropped, and the others numbered anew. */
static void drop_empty_families(struct evd_outcome *outcome)
{
    size_t places[FAMILIES_MAX], kept = 0;
    for (size_t i = 0; i < outcome->family_count; i++) {
        places[i] = kept;
        if (outcome->families[i].count > 0)
            outcome->families[kept++] = outcome->families[i];
    }
    outcome->family_count = kept;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++)
            outcome->pairs[i].divergences[j].family = places[outcome->pairs[i].divergences[j].family];
}

/* Some families follow from others, and come behind them. */
static void choose_root_families(struct evd_outcome *outcome, struct random *random)
{
    const unsigned roots = 1 + random_below(random, (unsigned)outcome->family_count + 1);
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        family->is_root = i < roots;
        family->follows = family->is_root ? 0 : random_below(random, (unsigned)i);
        family->follower_count = random_below(random, 3) ? number(random) : 0;
        outcome->root_family_count += family->is_root;
    }
}

static void make_suspicions(struct evd_outcome *outcome, struct random *random)
{
    for (size_t i = 0; i < outcome->family_count; i++) {
        struct evd_family *family = &outcome->families[i];
        family->has_suspicion = true;
        family->suspicion = (struct evd_suspicion){.pair = family->first_pair, .divergence = family->first_divergence};
        for (int j = 0; j < EVD_EVIDENCES; j++) {
            const unsigned most = random_below(random, 2) ? 64 : 20 * EVD_POINT;
            family->suspicion.points[j] =
                random_below(random, 3) ? 0 : (int32_t)random_below(random, most) - (int32_t)most / 2;
            family->suspicion.total += family->suspicion.points[j];
        }
    }
}

static struct evd_event_quotation *make_events(struct random_outcome *made, struct random *random, size_t count)
{
    struct evd_event_quotation *events = items(made, count + 1, sizeof *events);
    for (size_t i = 0; i < count; i++)
        events[i] = (struct evd_event_quotation){
            .tid_event_idx = signed_number(random), .kind = text(random), .call = text(random), .payload = {"", 0}};
    return events;
}

/* Around a place, the other side's events are often the same. */
static void make_quotation(struct random_outcome *made, struct random *random, struct evd_quotation *quotation)
{
    const struct evd_divergence *told = &made->outcome.pairs[quotation->pair].divergences[quotation->divergence];
    for (int side = 0; side < EVD_SIDES; side++) {
        const uint64_t count = told->run[side].count, most = EVD_QUOTATION_RUN_MAX;
        quotation->before[side] = random_below(random, EVD_QUOTATION_AROUND + 1);
        quotation->inside[side] = count < most ? count : most;
        quotation->behind[side] = random_below(random, EVD_QUOTATION_AROUND + 1);
        quotation->events[side] =
            make_events(made, random, quotation->before[side] + quotation->inside[side] + quotation->behind[side]);
    }
    size_t c = quotation->before[EVD_CANARY], o = quotation->before[EVD_OURS];
    for (; c > 0 && o > 0 && random_below(random, 5) > 0; c--, o--)
        quotation->events[EVD_OURS][o - 1] = quotation->events[EVD_CANARY][c - 1];
    c = quotation->before[EVD_CANARY] + quotation->inside[EVD_CANARY];
    o = quotation->before[EVD_OURS] + quotation->inside[EVD_OURS];
    for (size_t i = 0; i < quotation->behind[EVD_CANARY] && i < quotation->behind[EVD_OURS] && random_below(random, 5);
         i++)
        quotation->events[EVD_OURS][o + i] = quotation->events[EVD_CANARY][c + i];
    quotation->field_count = told->class_ == EVD_CLASS_VALUE ? 1 + random_below(random, 3) : 0;
    quotation->fields = items(made, quotation->field_count + 1, sizeof *quotation->fields);
    for (size_t i = 0; i < quotation->field_count; i++) {
        const struct evd_field_value *values = make_values(made, random);
        quotation->fields[i] = (struct evd_differing_field){
            .path = text(random),
            .shown_as = (enum evd_shown_as)random_below(random, EVD_SHOWN_FORMS),
            .value = {values[EVD_CANARY], values[EVD_OURS]}};
    }
}

/* Most of the time of all looks. */
static void make_quotations(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->quotation_count = random_below(random, 4) ? outcome->look_count : random_below(random, EVD_LOOKS_MAX);
    if (outcome->quotation_count > outcome->look_count)
        outcome->quotation_count = outcome->look_count;
    outcome->quotations = items(made, outcome->quotation_count + 1, sizeof *outcome->quotations);
    for (size_t i = 0; i < outcome->quotation_count; i++) {
        const struct evd_suspicion *suspicion = &outcome->families[outcome->looks[i].family].suspicion;
        outcome->quotations[i] = (struct evd_quotation){.pair = suspicion->pair, .divergence = suspicion->divergence};
        make_quotation(made, random, &outcome->quotations[i]);
    }
}

static void make_resync(struct random_outcome *made, struct random *random, unsigned divergences)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->has_resync = true;
    make_families(made, random);
    for (size_t i = 0; i < outcome->pair_count; i++)
        make_divergences(made, random, i, divergences);
    drop_empty_families(outcome);
    choose_root_families(outcome, random);
    make_suspicions(outcome, random);
    while (outcome->look_count < EVD_LOOKS_MAX && outcome->look_count < outcome->family_count) {
        outcome->looks[outcome->look_count] = (struct evd_look){outcome->look_count};
        outcome->look_count++;
    }
    make_quotations(made, random);
}

static void make_unpaired(struct random_outcome *made, struct random *random, int side)
{
    struct evd_outcome *outcome = &made->outcome;
    const size_t count = random_below(random, 3) * random_below(random, 8);
    outcome->unpaired_count[side] = count;
    outcome->unpaired[side] = items(made, count, sizeof **outcome->unpaired);
    for (size_t i = 0; i < count; i++) {
        struct evd_unpaired *thread = &outcome->unpaired[side][i];
        thread->tid = signed_number(random);
        thread->total = number(random);
        outcome->unpaired_events[side] += thread->total;
        if (outcome->pair_count > 0)
            choose_cause(outcome, random, outcome->pair_count - 1,
                         outcome->pairs[outcome->pair_count - 1].divergence_count, &thread->cause, &thread->cause_pair,
                         &thread->cause_divergence);
        thread->is_never_created = random_below(random, 3) == 0;
        thread->is_cause_creation =
            thread->is_never_created && thread->cause != EVD_CAUSE_NONE && random_below(random, 2);
    }
}

/* Says what is new of all that there is. */
static void make_controls(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->control_count = random_below(random, 3) ? 0 : 1 + random_below(random, 3);
    outcome->controls = items(made, outcome->control_count, sizeof *outcome->controls);
    for (size_t i = 0; i < outcome->control_count; i++)
        outcome->controls[i] =
            (struct evd_control_run){text(random), (enum evd_side)random_below(random, EVD_SIDES), number(random)};
    if (outcome->control_count == 0)
        return;
    /* Families with news come first. */
    outcome->news_family_count = random_below(random, (unsigned)outcome->family_count + 1);
    if (outcome->root_family_count > outcome->news_family_count)
        outcome->root_family_count = outcome->news_family_count;
    if (outcome->look_count > outcome->root_family_count)
        outcome->look_count = outcome->root_family_count;
    for (size_t i = 0; i < outcome->pair_count; i++)
        for (size_t j = 0; j < outcome->pairs[i].divergence_count; j++) {
            struct evd_divergence *divergence = &outcome->pairs[i].divergences[j];
            struct evd_family *family = &outcome->families[divergence->family];
            const bool is_first = family->first_pair == i && family->first_divergence == j;
            divergence->controls = random_below(random, 1 << outcome->control_count);
            if (divergence->family < outcome->news_family_count && (is_first || random_below(random, 2)))
                divergence->news = (enum evd_news)(1 + random_below(random, EVD_NEWS_KINDS - 1));
            outcome->news_count += divergence->news != EVD_NEWS_NONE;
            family->news_count += divergence->news != EVD_NEWS_NONE;
        }
    for (size_t i = 0; i < outcome->family_count; i++)
        outcome->families[i].controls = random_below(random, 1 << outcome->control_count);
    for (int side = 0; side < EVD_SIDES; side++)
        for (size_t i = 0; i < outcome->unpaired_count[side]; i++)
            outcome->new_unpaired_count += outcome->unpaired[side][i].is_new = random_below(random, 2);
    if (outcome->verdict < EVD_VERDICT_INCONCLUSIVE && random_below(random, 4) == 0)
        outcome->verdict = EVD_VERDICT_NOTHING_NEW;
}

static void make_skipped(struct random_outcome *made, struct random *random, int side)
{
    struct evd_outcome *outcome = &made->outcome;
    const size_t listed = random_below(random, 3) ? 0 : 1 + random_below(random, 3);
    outcome->listed_skipped_line_count[side] = listed;
    outcome->skipped_line_count[side] =
        listed + (listed > 0 && random_below(random, 2) ? 1 + random_below(random, 2000) : 0);
    outcome->skipped_lines[side] = items(made, listed, sizeof *outcome->skipped_lines[side]);
    for (size_t i = 0; i < listed; i++)
        outcome->skipped_lines[side][i] = (struct evd_skipped_line){number(random), number(random), text(random)};
}

static void make_counted(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->counted_count = random_below(random, 3);
    outcome->counted = items(made, outcome->counted_count, sizeof *outcome->counted);
    for (size_t i = 0; i < outcome->counted_count; i++) {
        outcome->counted[i].kind = text(random);
        for (int side = 0; side < EVD_SIDES; side++) {
            const size_t count = random_below(random, 4);
            outcome->counted[i].tid_count[side] = count;
            outcome->counted[i].tids[side] = items(made, count, sizeof **outcome->counted->tids);
            for (size_t j = 0; j < count; j++)
                outcome->counted[i].tids[side][j] = (struct evd_counted_tid){signed_number(random), 1 + number(random)};
        }
    }
}

static void make_rule_uses(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->absorber_count = ABSORBERS;
    outcome->absorbers = items(made, ABSORBERS, sizeof *outcome->absorbers);
    for (size_t i = 0; i < ABSORBERS; i++)
        outcome->absorbers[i] =
            (struct evd_absorber){text(random), (enum evd_absorbed_column)random_below(random, EVD_COLUMNS)};
    outcome->rule_use_count = random_below(random, 8);
    outcome->rule_uses = items(made, outcome->rule_use_count, sizeof *outcome->rule_uses);
    outcome->unfired_rules = items(made, outcome->rule_use_count, sizeof *outcome->unfired_rules);
    for (size_t i = 0; i < outcome->rule_use_count; i++) {
        struct evd_rule_use *use = &outcome->rule_uses[i];
        use->subject = (enum evd_rule_subject)random_below(random, EVD_RULE_SUBJECTS);
        use->of = random_below(random, 3) ? text(random) : (struct evd_text){"", 0};
        use->is_off = random_below(random, 4) == 0;
        if (use->is_off)
            continue;
        if (random_below(random, 3) > 0)
            fill_numbers(random, use->count, EVD_SIDES);
        if (use->count[EVD_CANARY] == 0 && use->count[EVD_OURS] == 0)
            outcome->unfired_rules[outcome->unfired_rule_count++] = i;
    }
}

static void make_missing_tids(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->missing_tid_count = random_below(random, 3);
    outcome->missing_tids = items(made, outcome->missing_tid_count, sizeof *outcome->missing_tids);
    for (size_t i = 0; i < outcome->missing_tid_count; i++)
        outcome->missing_tids[i] =
            (struct evd_missing_tid){(enum evd_side)random_below(random, EVD_SIDES), signed_number(random)};
}

static void make_unmet(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->unmet_count = outcome->verdict == EVD_VERDICT_INCONCLUSIVE ? 1 + random_below(random, 2) : 0;
    outcome->unmet = items(made, outcome->unmet_count, sizeof *outcome->unmet);
    for (size_t i = 0; i < outcome->unmet_count; i++) {
        struct evd_unmet_demand *unmet = &outcome->unmet[i];
        unmet->demand = (enum evd_demand)random_below(random, EVD_DEMAND_KINDS);
        unmet->part = number(random) >> 10;
        unmet->whole = unmet->part + (number(random) >> 10);
        if (unmet->demand == EVD_DEMAND_NO_TRUNCATED)
            for (int side = 0; side < EVD_SIDES; side++)
                unmet->tid[side] = signed_number(random);
        else
            unmet->amount = (struct evd_amount){true, random_below(random, 2), number(random), share(random)};
    }
}

static void make_hints(struct random_outcome *made, struct random *random)
{
    struct evd_outcome *outcome = &made->outcome;
    outcome->hints = items(made, EVD_HINTS, sizeof *outcome->hints);
    for (int kind = 0; kind < EVD_HINTS; kind++) {
        if (random_below(random, 3) > 0)
            continue;
        struct evd_hint *hint = &outcome->hints[outcome->hint_count++];
        hint->kind = (enum evd_hint_kind)kind;
        hint->part = number(random) >> 10;
        hint->whole = hint->part + (number(random) >> 10);
        if (kind == EVD_HINT_RULES)
            hint->rules = text(random);
    }
}

void random_outcome_make(struct random_outcome *made, uint64_t seed, unsigned divergences)
{
    struct random random = {seed};
    struct evd_outcome *outcome = &made->outcome;
    *made = (struct random_outcome){0};
    outcome->verdict = (enum evd_verdict)random_below(&random, EVD_VERDICT_NOTHING);
    outcome->pair_count = random_below(&random, PAIRS_MAX + 1);
    if (outcome->pair_count == 0 && outcome->verdict != EVD_VERDICT_INCONCLUSIVE)
        outcome->verdict = EVD_VERDICT_NOTHING;
    outcome->pairs = items(made, outcome->pair_count, sizeof *outcome->pairs);
    make_rule_uses(made, &random);
    for (size_t i = 0; i < outcome->pair_count; i++)
        make_pair(made, &random, &outcome->pairs[i]);
    if (divergences > 0)
        make_resync(made, &random, divergences);
    for (int side = 0; side < EVD_SIDES; side++) {
        make_unpaired(made, &random, side);
        outcome->path[side] = text(&random);
        outcome->event_count[side] = number(&random);
        outcome->counts[side] = counts(&random);
    }
    make_controls(made, &random);
    make_counted(made, &random);
    for (int side = 0; side < EVD_SIDES; side++)
        make_skipped(made, &random, side);
    make_missing_tids(made, &random);
    outcome->signature_recipe = 1 + random_below(&random, 9);
    make_unmet(made, &random);
    make_hints(made, &random);
    outcome->bytes_read_again = number(&random);
    outcome->walk_seconds = share(&random);
}

void random_outcome_release(struct random_outcome *made)
{
    evd_arena_release(&made->arena);
}
