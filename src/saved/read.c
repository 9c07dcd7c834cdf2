#include "saved/read.h"

#include <inttypes.h>
#include <string.h>

static const char *side_word(unsigned i)
{
    return evd_side_name((enum evd_side)i);
}

static const char *cause_word(unsigned i)
{
    return evd_cause_name((enum evd_cause)i);
}

static const char *verdict_word(unsigned i)
{
    return evd_verdict_name((enum evd_verdict)i);
}

static const char *demand_word(unsigned i)
{
    return evd_demand_name((enum evd_demand)i);
}

static const char *hint_word(unsigned i)
{
    return evd_hint_name((enum evd_hint_kind)i);
}

static const char *column_word(unsigned i)
{
    return evd_absorbed_column_name((enum evd_absorbed_column)i);
}

static const struct evd_saved_member I64 = {.read = evd_saved_i64, .size = sizeof(int64_t)};

/* What stands beside pairs and families. */

static const struct evd_saved_member SKIPPED_MEMBERS[] = {
    {"line", evd_saved_u64, AT(struct evd_skipped_line, line)},
    {"column", evd_saved_u64, AT(struct evd_skipped_line, column)},
    {"message", evd_saved_text, AT(struct evd_skipped_line, reason)},
};
static const struct evd_saved_shape SKIPPED_SHAPE = {SHAPE(SKIPPED_MEMBERS)};
static const struct evd_saved_member SKIPPED = {
    "a skipped line", evd_saved_object, .size = sizeof(struct evd_skipped_line), .shape = &SKIPPED_SHAPE};

static const struct evd_saved_member SKIPPED_OF_LOG_MEMBERS[] = {
    {"count", evd_saved_u64, AT(struct evd_skipped_lines, count)},
    {"listed", evd_saved_list, AT(struct evd_skipped_lines, listed), COUNTED(struct evd_skipped_lines, listed_count),
     .item = &SKIPPED},
};
static const struct evd_saved_shape SKIPPED_OF_LOG = {SHAPE(SKIPPED_OF_LOG_MEMBERS)};

#define LOG_OF(side)                                                                                             \
    {                                                                                                            \
        {"path", evd_saved_text, AT(struct evd_outcome, path[side])},                                            \
            {"format", evd_saved_text, AT(struct evd_outcome, format[side]), OPTIONAL},                          \
            {"events", evd_saved_u64, AT(struct evd_outcome, event_count[side])},                                \
            {"counts", evd_saved_object, AT(struct evd_outcome, counts[side]), .shape = &evd_saved_counts},      \
            {"unpaired_events", evd_saved_u64, AT(struct evd_outcome, unpaired_events[side])},                   \
            {"skipped_lines", evd_saved_object, AT(struct evd_outcome, skipped[side]), .shape = &SKIPPED_OF_LOG, \
             OPTIONAL},                                                                                          \
    }
static const struct evd_saved_member CANARY_LOG_MEMBERS[] = LOG_OF(EVD_CANARY);
static const struct evd_saved_member OURS_LOG_MEMBERS[] = LOG_OF(EVD_OURS);
static const struct evd_saved_shape CANARY_LOG = {SHAPE(CANARY_LOG_MEMBERS)};
static const struct evd_saved_shape OURS_LOG = {SHAPE(OURS_LOG_MEMBERS)};
static const struct evd_saved_member LOGS_MEMBERS[] = {
    {"canary", evd_saved_object, .shape = &CANARY_LOG},
    {"ours", evd_saved_object, .shape = &OURS_LOG},
};
static const struct evd_saved_shape LOGS = {SHAPE(LOGS_MEMBERS)};

static const struct evd_saved_member ASKED_MEMBERS[] = {
    {"option", evd_saved_text, AT(struct evd_asked_option, option)},
    {"argument", evd_saved_text, AT(struct evd_asked_option, argument), OPTIONAL},
    {"is_path", evd_saved_bool, AT(struct evd_asked_option, is_path), OPTIONAL},
};
static const struct evd_saved_shape ASKED_SHAPE = {SHAPE(ASKED_MEMBERS)};
static const struct evd_saved_member ASKED = {
    "an option", evd_saved_object, .size = sizeof(struct evd_asked_option), .shape = &ASKED_SHAPE};

static const struct evd_saved_member CONTROL_MEMBERS[] = {
    {"side", evd_saved_choice, AT(struct evd_control_run, side), .word = side_word},
    {"path", evd_saved_text, AT(struct evd_control_run, path)},
    {"events", evd_saved_u64, AT(struct evd_control_run, event_count)},
    {"unmatched", evd_saved_u64, AT(struct evd_control_run, unmatched), OPTIONAL},
    {"skipped_lines", evd_saved_object, AT(struct evd_control_run, skipped), .shape = &SKIPPED_OF_LOG, OPTIONAL},
};
static const struct evd_saved_shape CONTROL_SHAPE = {SHAPE(CONTROL_MEMBERS)};
static const struct evd_saved_member CONTROL = {
    "a control", evd_saved_object, .size = sizeof(struct evd_control_run), .shape = &CONTROL_SHAPE};

static bool read_share(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    struct evd_amount *amount = evd_saved_at(base, member);
    const struct evd_saved_member share = {.key = member->key};
    amount->is_set = amount->is_share = true;
    return evd_saved_share(reader, token, &share, &amount->share);
}

static bool read_count(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    struct evd_amount *amount = evd_saved_at(base, member);
    const struct evd_saved_member count = {.key = member->key};
    amount->is_set = true;
    return evd_saved_u64(reader, token, &count, &amount->count);
}

static const struct evd_saved_member UNMET_MEMBERS[] = {
    {"demand", evd_saved_choice, AT(struct evd_unmet_demand, demand), .word = demand_word},
    {"share", read_share, AT(struct evd_unmet_demand, amount), OPTIONAL},
    {"count", read_count, AT(struct evd_unmet_demand, amount), OPTIONAL},
    {"tid", evd_saved_sides, AT(struct evd_unmet_demand, tid), .item = &I64, OPTIONAL},
    {"part", evd_saved_u64, AT(struct evd_unmet_demand, part)},
    {"whole", evd_saved_u64, AT(struct evd_unmet_demand, whole)},
};
static const struct evd_saved_shape UNMET_SHAPE = {SHAPE(UNMET_MEMBERS)};
static const struct evd_saved_member UNMET = {
    "an unmet demand", evd_saved_object, .size = sizeof(struct evd_unmet_demand), .shape = &UNMET_SHAPE};

static void begin_hint(void *base)
{
    ((struct evd_hint *)base)->name = (struct evd_text){"", 0};
}

static const struct evd_saved_member HINT_MEMBERS[] = {
    {"hint", evd_saved_choice, AT(struct evd_hint, kind), .word = hint_word},
    {"part", evd_saved_u64, AT(struct evd_hint, part)},
    {"whole", evd_saved_u64, AT(struct evd_hint, whole)},
    {"name", evd_saved_text, AT(struct evd_hint, name), OPTIONAL},
};
static const struct evd_saved_shape HINT_SHAPE = {SHAPE(HINT_MEMBERS), .begin = begin_hint};
static const struct evd_saved_member HINT = {
    "a hint", evd_saved_object, .size = sizeof(struct evd_hint), .shape = &HINT_SHAPE};

static const struct evd_saved_member MISSING_TID_MEMBERS[] = {
    {"side", evd_saved_choice, AT(struct evd_missing_tid, side), .word = side_word},
    {"tid", evd_saved_i64, AT(struct evd_missing_tid, tid)},
};
static const struct evd_saved_shape MISSING_TID_SHAPE = {SHAPE(MISSING_TID_MEMBERS)};
static const struct evd_saved_member MISSING_TID = {
    "a missing tid", evd_saved_object, .size = sizeof(struct evd_missing_tid), .shape = &MISSING_TID_SHAPE};

static const struct evd_saved_member LOOK_MEMBERS[] = {{"family", evd_saved_index, AT(struct evd_look, family)}};
static const struct evd_saved_shape LOOK_SHAPE = {SHAPE(LOOK_MEMBERS)};
static const struct evd_saved_member LOOK = {
    "a look", evd_saved_object, .size = sizeof(struct evd_look), .shape = &LOOK_SHAPE};

static const struct evd_saved_member UNPAIRED_CAUSE_MEMBERS[] = {
    {"kind", evd_saved_choice, AT(struct evd_unpaired, cause), .word = cause_word},
    {"pair", evd_saved_index, AT(struct evd_unpaired, cause_pair)},
    {"divergence", evd_saved_index, AT(struct evd_unpaired, cause_divergence)},
};
static const struct evd_saved_shape UNPAIRED_CAUSE = {SHAPE(UNPAIRED_CAUSE_MEMBERS)};

static bool read_noise(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                       void *base)
{
    const struct evd_saved_member noise = {.key = member->key};
    bool is_noise;
    if (!evd_saved_bool(reader, token, &noise, &is_noise))
        return false;
    *(bool *)evd_saved_at(base, member) = !is_noise;
    return true;
}

static const struct evd_saved_member UNPAIRED_THREAD_MEMBERS[] = {
    {"tid", evd_saved_i64, AT(struct evd_unpaired, tid)},
    {"total", evd_saved_u64, AT(struct evd_unpaired, total)},
    {"never_created", evd_saved_bool, AT(struct evd_unpaired, is_never_created), OPTIONAL},
    {"lost_in_cause", evd_saved_bool, AT(struct evd_unpaired, is_cause_creation), OPTIONAL},
    {"cause", evd_saved_object, .shape = &UNPAIRED_CAUSE, OPTIONAL},
    {"noise", read_noise, AT(struct evd_unpaired, is_new), OPTIONAL},
};
static const struct evd_saved_shape UNPAIRED_THREAD_SHAPE = {SHAPE(UNPAIRED_THREAD_MEMBERS)};
static const struct evd_saved_member UNPAIRED_THREAD = {
    "an unpaired thread", evd_saved_object, .size = sizeof(struct evd_unpaired), .shape = &UNPAIRED_THREAD_SHAPE};

static const struct evd_saved_member UNPAIRED_MEMBERS[] = {
    {"canary", evd_saved_list, AT(struct evd_outcome, unpaired[EVD_CANARY]),
     COUNTED(struct evd_outcome, unpaired_count[EVD_CANARY]), .item = &UNPAIRED_THREAD},
    {"ours", evd_saved_list, AT(struct evd_outcome, unpaired[EVD_OURS]),
     COUNTED(struct evd_outcome, unpaired_count[EVD_OURS]), .item = &UNPAIRED_THREAD},
};
static const struct evd_saved_shape UNPAIRED = {SHAPE(UNPAIRED_MEMBERS)};

static const struct evd_saved_member COUNTED_TID_MEMBERS[] = {
    {"tid", evd_saved_i64, AT(struct evd_counted_tid, tid)},
    {"count", evd_saved_u64, AT(struct evd_counted_tid, count)},
};
static const struct evd_saved_shape COUNTED_TID_SHAPE = {SHAPE(COUNTED_TID_MEMBERS)};
static const struct evd_saved_member COUNTED_TID = {
    "a counted thread", evd_saved_object, .size = sizeof(struct evd_counted_tid), .shape = &COUNTED_TID_SHAPE};

static const struct evd_saved_member COUNTED_MEMBERS[] = {
    {"kind", evd_saved_text, AT(struct evd_counted_kind, kind)},
    {"canary", evd_saved_list, AT(struct evd_counted_kind, tids[EVD_CANARY]),
     COUNTED(struct evd_counted_kind, tid_count[EVD_CANARY]), .item = &COUNTED_TID},
    {"ours", evd_saved_list, AT(struct evd_counted_kind, tids[EVD_OURS]),
     COUNTED(struct evd_counted_kind, tid_count[EVD_OURS]), .item = &COUNTED_TID},
};
static const struct evd_saved_shape COUNTED_SHAPE = {SHAPE(COUNTED_MEMBERS)};
static const struct evd_saved_member COUNTED_KIND = {
    "a counted kind", evd_saved_object, .size = sizeof(struct evd_counted_kind), .shape = &COUNTED_SHAPE};

static const struct evd_saved_member ABSORBER_MEMBERS[] = {
    {"name", evd_saved_text, AT(struct evd_absorber, name)},
    {"column", evd_saved_choice, AT(struct evd_absorber, column), .word = column_word},
};
static const struct evd_saved_shape ABSORBER_SHAPE = {SHAPE(ABSORBER_MEMBERS)};
static const struct evd_saved_member ABSORBER = {
    "an absorber", evd_saved_object, .size = sizeof(struct evd_absorber), .shape = &ABSORBER_SHAPE};

/* "skipped fields of kernel.call": a subject's words for people, and what it is about. */
static bool read_rule(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                      void *base)
{
    struct evd_rule_use *use = base;
    struct evd_text text;
    const struct evd_saved_member rule = {.key = member->key};
    if (!evd_saved_text(reader, token, &rule, &text))
        return false;
    for (unsigned i = 0; i < EVD_RULE_SUBJECTS; i++) {
        const char *summary = evd_rule_subject_summary((enum evd_rule_subject)i);
        const size_t length = strlen(summary);
        if (text.length < length || memcmp(text.bytes, summary, length) != 0 ||
            (text.length > length && text.bytes[length] != ' '))
            continue;
        use->subject = (enum evd_rule_subject)i;
        use->of = text.length > length ? (struct evd_text){text.bytes + length + 1, text.length - length - 1}
                                       : (struct evd_text){"", 0};
        return true;
    }
    return evd_saved_refuse(reader, token, "%s: this evdiff does not know such rules", member->key);
}

static const struct evd_saved_member RULE_USE_MEMBERS[] = {
    {.key = "rule", .read = read_rule},
    {"is_off", evd_saved_bool, AT(struct evd_rule_use, is_off)},
    {"canary", evd_saved_u64, AT(struct evd_rule_use, count[EVD_CANARY])},
    {"ours", evd_saved_u64, AT(struct evd_rule_use, count[EVD_OURS])},
};
static const struct evd_saved_shape RULE_USE_SHAPE = {SHAPE(RULE_USE_MEMBERS)};
static const struct evd_saved_member RULE_USE = {
    "a use of a rule", evd_saved_object, .size = sizeof(struct evd_rule_use), .shape = &RULE_USE_SHAPE};

static bool read_recipe(struct evd_saved_reader *reader, uint32_t token, const struct evd_saved_member *member,
                        void *base)
{
    const struct evd_saved_member number = {.key = member->key};
    uint64_t recipe;
    if (!evd_saved_u64(reader, token, &number, &recipe))
        return false;
    if (recipe != EVD_SIGNATURE_RECIPE)
        return evd_saved_refuse(reader, token,
                                "%s: its signatures are of recipe %" PRIu64
                                ", this evdiff's of recipe %d; make the outcome again with this evdiff",
                                member->key, recipe, EVD_SIGNATURE_RECIPE);
    *(unsigned *)evd_saved_at(base, member) = (unsigned)recipe;
    return true;
}

/* What others refer to comes first, wherever it stands. */
static const struct evd_saved_member EARLY_MEMBERS[] = {
    {"controls", evd_saved_list, AT(struct evd_outcome, controls), COUNTED(struct evd_outcome, control_count),
     .item = &CONTROL, OPTIONAL},
    {"absorbers", evd_saved_list, AT(struct evd_outcome, absorbers), COUNTED(struct evd_outcome, absorber_count),
     .item = &ABSORBER},
};
static const struct evd_saved_shape EARLY_SHAPE = {SHAPE(EARLY_MEMBERS)};

static const struct evd_saved_member MEMBERS[] = {
    {"verdict", evd_saved_choice, AT(struct evd_outcome, verdict), .word = verdict_word},
    {"has_resync", evd_saved_bool, AT(struct evd_outcome, has_resync)},
    {"rules", evd_saved_text, AT(struct evd_outcome, rules), OPTIONAL},
    {"rules_hash", evd_saved_text, AT(struct evd_outcome, rules_hash), OPTIONAL},
    {"asked", evd_saved_list, AT(struct evd_outcome, asked), COUNTED(struct evd_outcome, asked_count), .item = &ASKED,
     OPTIONAL},
    {"logs", evd_saved_object, .shape = &LOGS},
    {"unmet", evd_saved_list, AT(struct evd_outcome, unmet), COUNTED(struct evd_outcome, unmet_count), .item = &UNMET},
    {"hints", evd_saved_list, AT(struct evd_outcome, hints), COUNTED(struct evd_outcome, hint_count), .item = &HINT,
     OPTIONAL},
    {"missing_tids", evd_saved_list, AT(struct evd_outcome, missing_tids),
     COUNTED(struct evd_outcome, missing_tid_count), .item = &MISSING_TID},
    {"looks", evd_saved_list, AT(struct evd_outcome, looks), COUNTED(struct evd_outcome, look_count),
     .most = EVD_LOOKS_MAX, .item = &LOOK},
    {"signature_recipe", read_recipe, AT(struct evd_outcome, signature_recipe)},
    {"families", evd_saved_list, AT(struct evd_outcome, families), COUNTED(struct evd_outcome, family_count),
     .item = &evd_saved_family},
    {"quotations", evd_saved_list, AT(struct evd_outcome, quotations), COUNTED(struct evd_outcome, quotation_count),
     .item = &evd_saved_quotation, OPTIONAL},
    {"pairs", evd_saved_pairs, .offset = 0},
    {"unpaired", evd_saved_object, .shape = &UNPAIRED},
    {"counted", evd_saved_list, AT(struct evd_outcome, counted), COUNTED(struct evd_outcome, counted_count),
     .item = &COUNTED_KIND},
    {"rule_uses", evd_saved_list, AT(struct evd_outcome, rule_uses), COUNTED(struct evd_outcome, rule_use_count),
     .item = &RULE_USE},
};
static const struct evd_saved_shape ALL_SHAPE = {SHAPE(MEMBERS)};

bool evd_saved_fill(struct evd_saved_reader *reader)
{
    static const struct evd_saved_member EARLY = {"the outcome", evd_saved_object, .shape = &EARLY_SHAPE};
    static const struct evd_saved_member ALL = {"the outcome", evd_saved_object, .shape = &ALL_SHAPE};
    if (!evd_saved_object(reader, 0, &EARLY, reader->outcome))
        return false;
    if (reader->outcome->control_count > EVD_CONTROLS_MAX)
        return evd_saved_refuse(reader, 0, "controls: has %zu items, at most %d are possible",
                                reader->outcome->control_count, EVD_CONTROLS_MAX);
    return evd_saved_object(reader, 0, &ALL, reader->outcome);
}
