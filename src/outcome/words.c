/* The words for what an outcome holds, for programs and for people, in one table. */
#include "evdiff/outcome.h"

struct word {
    const char *name;    /* for programs */
    const char *summary; /* for people; NULL: the name is for them too, or nobody is told */
};

static const struct word SIDES[EVD_SIDES] = {
    [EVD_CANARY] = {"canary", NULL},
    [EVD_OURS] = {"ours", NULL},
};

static const struct word CLASSES[EVD_CLASSES] = {
    [EVD_CLASS_VALUE] = {"value", NULL},         [EVD_CLASS_MISSING] = {"missing", NULL},
    [EVD_CLASS_EXTRA] = {"extra", NULL},         [EVD_CLASS_REPLACED] = {"replaced", NULL},
    [EVD_CLASS_REORDERED] = {"reordered", NULL}, [EVD_CLASS_TRUNCATED] = {"truncated", NULL},
};

static const struct word CAUSES[EVD_CAUSES] = {
    [EVD_CAUSE_NONE] = {"none", ""},
    [EVD_CAUSE_VALUE] = {"value", "values handed on"},
    [EVD_CAUSE_OFFSET] = {"offset", "addresses as far apart"},
    [EVD_CAUSE_MOVED] = {"moved", "the same events, moved"},
    [EVD_CAUSE_CLOSE] = {"close", "not in step again since"},
    [EVD_CAUSE_CREATOR] = {"creator", "its thread's creator diverged"},
};

static const struct word NEWS[EVD_NEWS_KINDS] = {
    [EVD_NEWS_NONE] = {"none", ""},
    [EVD_NEWS_FAMILY] = {"family", "no control run has it"},
    [EVD_NEWS_PLACE] = {"place", "no control run has it in this thread, nor these values"},
    [EVD_NEWS_FAILURE] = {"failure", "a call fails on one side only, as in no control run"},
    [EVD_NEWS_OFTEN] = {"often", "it occurs far more often than in any control run"},
};

static const struct word RELATIONS[EVD_RELATIONS] = {
    [EVD_RELATION_NONE] = {"none", "no plain relation"},
    [EVD_RELATION_SAME] = {"same", "always the same two values"},
    [EVD_RELATION_CONSTANT_OFFSET] = {"constant_offset", "a constant offset"},
    [EVD_RELATION_INCREASING] = {"increasing", "both only grow"},
    [EVD_RELATION_ADDRESSES] = {"addresses", "both look like addresses"},
    [EVD_RELATION_RANDOM] = {"random", "numbers without a plain relation"},
};

static const struct word SHOWN[EVD_SHOWN_FORMS] = {
    [EVD_SHOWN_DECIMAL] = {"decimal", NULL},   [EVD_SHOWN_HEXADECIMAL] = {"hexadecimal", NULL},
    [EVD_SHOWN_NTSTATUS] = {"ntstatus", NULL}, [EVD_SHOWN_HRESULT] = {"hresult", NULL},
    [EVD_SHOWN_ERRNO] = {"errno", NULL},
};

static const struct word EVIDENCES[EVD_EVIDENCES] = {
    [EVD_EVIDENCE_AGREEMENT] = {"agreement", "events match before and behind it"},
    [EVD_EVIDENCE_FAILURE] = {"failure", "a call fails on one side only"},
    [EVD_EVIDENCE_LOST_THREAD] = {"lost_thread", "a thread is not created"},
    [EVD_EVIDENCE_BROKEN_NAME] = {"broken_name", "a renaming breaks that held"},
    [EVD_EVIDENCE_OTHERS] = {"others", "its thread has other differences"},
    [EVD_EVIDENCE_AGAIN] = {"again", "it occurs again"},
    [EVD_EVIDENCE_VALUES] = {"same_values", "its values differ elsewhere too"},
    [EVD_EVIDENCE_VARYING] = {"varying", "such values vary from run to run"},
    [EVD_EVIDENCE_MIRRORED] = {"mirrored", "its values differ the other way round too"},
    [EVD_EVIDENCE_OTHER_EVENTS] = {"other_events", "other events are in its place"},
    [EVD_EVIDENCE_ORDINARY] = {"ordinary", "trusted runs do the same elsewhere"},
    [EVD_EVIDENCE_LOG_END] = {"log_end", "the logs end there"},
    [EVD_EVIDENCE_NOISY_PLACE] = {"noisy_place", "control runs differ here too"},
    [EVD_EVIDENCE_KNOWN_FAMILY] = {"known_family", "control runs have it in other threads"},
};

static const struct word HINTS[EVD_HINTS] = {
    [EVD_HINT_SIMILARITY] = {"similarity", NULL}, [EVD_HINT_UNPAIRED] = {"unpaired", NULL},
    [EVD_HINT_KINDS] = {"kinds", NULL},           [EVD_HINT_RULES] = {"rules", NULL},
    [EVD_HINT_CONTROL] = {"control", NULL},       [EVD_HINT_THREADS] = {"threads", NULL},
};

static const struct word VERDICTS[EVD_VERDICTS] = {
    [EVD_VERDICT_EQUAL] = {"equal", "equal"},
    [EVD_VERDICT_DIVERGED] = {"diverged", "diverged"},
    [EVD_VERDICT_ENDS_EARLY] = {"ends_early", "ends early"},
    [EVD_VERDICT_UNPAIRED] = {"unpaired", "unpaired"},
    [EVD_VERDICT_INCONCLUSIVE] = {"inconclusive", "inconclusive"},
    [EVD_VERDICT_NOTHING] = {"nothing_compared", "nothing compared"},
    [EVD_VERDICT_NOTHING_NEW] = {"nothing_new", "nothing new"},
};

static const struct word TYPES[EVD_TYPES] = {
    [EVD_TYPE_ABSENT] = {"absent", NULL},   [EVD_TYPE_NULL] = {"null", NULL},
    [EVD_TYPE_BOOLEAN] = {"boolean", NULL}, [EVD_TYPE_INTEGER] = {"integer", NULL},
    [EVD_TYPE_REAL] = {"real", NULL},       [EVD_TYPE_STRING] = {"string", NULL},
    [EVD_TYPE_ARRAY] = {"array", NULL},     [EVD_TYPE_OBJECT] = {"object", NULL},
};

static const struct word NUMBER_FORMS[EVD_NUMBER_FORMS] = {
    [EVD_NUMBER_NONE] = {"none", NULL},
    [EVD_NUMBER_INTEGER] = {"integer", NULL},
    [EVD_NUMBER_DECIMAL] = {"decimal", NULL},
    [EVD_NUMBER_HEX] = {"hex", NULL},
};

static const struct word DEMANDS[EVD_DEMAND_KINDS] = {
    [EVD_DEMAND_MIN_COMPARED] = {"min_compared", NULL},
    [EVD_DEMAND_MAX_ABSORBED] = {"max_absorbed", NULL},
    [EVD_DEMAND_NO_TRUNCATED] = {"no_truncated", NULL},
};

static const struct word COLUMNS[EVD_COLUMNS] = {
    [EVD_COLUMN_NONE] = {"none", NULL},
    [EVD_COLUMN_FLOATING_CREATE] = {"floating_create", NULL},
    [EVD_COLUMN_FLOATING_WAIT] = {"floating_wait", NULL},
};

static const struct word RULE_SUBJECTS[EVD_RULE_SUBJECTS] = {
    [EVD_RULE_ENGINE_LOCAL] = {"engine_local", "engine-local kind"},
    [EVD_RULE_SKIPPED] = {"skipped", "skipped fields of"},
    [EVD_RULE_ALLOCATOR] = {"allocator", "allocator returns of"},
    [EVD_RULE_HOST_HEAP] = {"host_heap", "host-heap fields of"},
    [EVD_RULE_SHARED_GLOBALS] = {"shared_globals", "shared-global SIDs"},
    [EVD_RULE_NAMES] = {"names", "names of class"},
    [EVD_RULE_ABSORBER] = {"absorber", "absorber"},
    [EVD_RULE_COMPARE] = {"compare", "values compared by"},
    [EVD_RULE_PASSED_OVER] = {"passed_over", "events passed over by"},
    [EVD_RULE_THREADS] = {"threads", "threads paired by"},
    [EVD_RULE_MISSING_THREADS] = {"missing_threads", "threads that may be missing by"},
};

static const struct word DIFFERENCE_FORMS[EVD_DIFFERENCE_FORMS] = {
    [EVD_DIFFERENCE_KIND] = {"kind", NULL},   [EVD_DIFFERENCE_PRIORITY] = {"priority", NULL},
    [EVD_DIFFERENCE_FIELD] = {"field", NULL}, [EVD_DIFFERENCE_ADDED] = {"added", NULL},
    [EVD_DIFFERENCE_NAME] = {"name", NULL},   [EVD_DIFFERENCE_NULL] = {"null", NULL},
};

#define WORD(table, index, member) ((size_t)(index) < sizeof(table) / sizeof(table)[0] ? (table)[index].member : NULL)

const char *evd_side_name(enum evd_side side)
{
    return WORD(SIDES, side, name);
}

const char *evd_class_name(enum evd_divergence_class class_)
{
    return WORD(CLASSES, class_, name);
}

const char *evd_cause_name(enum evd_cause cause)
{
    return WORD(CAUSES, cause, name);
}

const char *evd_cause_summary(enum evd_cause cause)
{
    return WORD(CAUSES, cause, summary);
}

const char *evd_news_name(enum evd_news news)
{
    return WORD(NEWS, news, name);
}

const char *evd_news_summary(enum evd_news news)
{
    return WORD(NEWS, news, summary);
}

const char *evd_relation_name(enum evd_value_relation relation)
{
    return WORD(RELATIONS, relation, name);
}

const char *evd_relation_summary(enum evd_value_relation relation)
{
    return WORD(RELATIONS, relation, summary);
}

const char *evd_hint_name(enum evd_hint_kind kind)
{
    return WORD(HINTS, kind, name);
}

const char *evd_evidence_name(enum evd_evidence evidence)
{
    return WORD(EVIDENCES, evidence, name);
}

const char *evd_evidence_summary(enum evd_evidence evidence)
{
    return WORD(EVIDENCES, evidence, summary);
}

const char *evd_verdict_name(enum evd_verdict verdict)
{
    return WORD(VERDICTS, verdict, name);
}

const char *evd_verdict_summary(enum evd_verdict verdict)
{
    return WORD(VERDICTS, verdict, summary);
}

const char *evd_value_type_name(enum evd_value_type type)
{
    return WORD(TYPES, type, name);
}

const char *evd_number_form_name(enum evd_number_form form)
{
    return WORD(NUMBER_FORMS, form, name);
}

const char *evd_demand_name(enum evd_demand demand)
{
    return WORD(DEMANDS, demand, name);
}

const char *evd_absorbed_column_name(enum evd_absorbed_column column)
{
    return WORD(COLUMNS, column, name);
}

const char *evd_rule_subject_name(enum evd_rule_subject subject)
{
    return WORD(RULE_SUBJECTS, subject, name);
}

const char *evd_rule_subject_summary(enum evd_rule_subject subject)
{
    return WORD(RULE_SUBJECTS, subject, summary);
}

const char *evd_difference_form_name(enum evd_difference_form form)
{
    return WORD(DIFFERENCE_FORMS, form, name);
}

const char *evd_shown_as_name(enum evd_shown_as shown_as)
{
    return WORD(SHOWN, shown_as, name);
}
