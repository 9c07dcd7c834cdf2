/* The words for what an outcome holds. */
#include "evdiff/outcome.h"

const char *evd_class_name(enum evd_divergence_class class_)
{
    static const char *const NAMES[EVD_CLASSES] = {
        [EVD_CLASS_VALUE] = "value",       [EVD_CLASS_MISSING] = "missing",     [EVD_CLASS_EXTRA] = "extra",
        [EVD_CLASS_REPLACED] = "replaced", [EVD_CLASS_REORDERED] = "reordered", [EVD_CLASS_TRUNCATED] = "truncated",
    };
    return (unsigned)class_ < EVD_CLASSES ? NAMES[class_] : NULL;
}

const char *evd_cause_summary(enum evd_cause cause)
{
    static const char *const SUMMARIES[EVD_CAUSES] = {
        [EVD_CAUSE_NONE] = "",
        [EVD_CAUSE_VALUE] = "values handed on",
        [EVD_CAUSE_OFFSET] = "addresses as far apart",
        [EVD_CAUSE_MOVED] = "the same events, moved",
        [EVD_CAUSE_CLOSE] = "not in step again since",
        [EVD_CAUSE_CREATOR] = "its thread's creator diverged",
    };
    return (unsigned)cause < EVD_CAUSES ? SUMMARIES[cause] : NULL;
}

const char *evd_relation_summary(enum evd_value_relation relation)
{
    static const char *const SUMMARIES[EVD_RELATIONS] = {
        [EVD_RELATION_NONE] = "no plain relation",
        [EVD_RELATION_SAME] = "always the same two values",
        [EVD_RELATION_CONSTANT_OFFSET] = "a constant offset",
        [EVD_RELATION_INCREASING] = "both only grow",
        [EVD_RELATION_ADDRESSES] = "both look like addresses",
        [EVD_RELATION_RANDOM] = "numbers without a plain relation",
    };
    return (unsigned)relation < EVD_RELATIONS ? SUMMARIES[relation] : NULL;
}

const char *evd_look_reason_summary(enum evd_look_reason reason)
{
    static const char *const SUMMARIES[EVD_LOOK_REASONS] = {
        [EVD_LOOK_FIRST_IN_TIME] = "the first in time",
        [EVD_LOOK_HEAVIEST] = "most events match once it is forgiven",
        [EVD_LOOK_MOST_THREADS] = "in the most threads",
    };
    return (unsigned)reason < EVD_LOOK_REASONS ? SUMMARIES[reason] : NULL;
}

const char *evd_verdict_name(enum evd_verdict verdict)
{
    static const char *const NAMES[EVD_VERDICTS] = {
        [EVD_VERDICT_EQUAL] = "equal",
        [EVD_VERDICT_DIVERGED] = "diverged",
        [EVD_VERDICT_ENDS_EARLY] = "ends early",
        [EVD_VERDICT_UNPAIRED] = "unpaired",
        [EVD_VERDICT_INCONCLUSIVE] = "inconclusive",
        [EVD_VERDICT_NOTHING] = "nothing compared",
    };
    return (unsigned)verdict < EVD_VERDICTS ? NAMES[verdict] : NULL;
}

const char *evd_value_type_name(enum evd_value_type type)
{
    static const char *const NAMES[EVD_TYPES] = {
        [EVD_TYPE_ABSENT] = "absent",   [EVD_TYPE_NULL] = "null",     [EVD_TYPE_BOOLEAN] = "boolean",
        [EVD_TYPE_INTEGER] = "integer", [EVD_TYPE_REAL] = "real",     [EVD_TYPE_STRING] = "string",
        [EVD_TYPE_ARRAY] = "array",     [EVD_TYPE_OBJECT] = "object",
    };
    return (unsigned)type < EVD_TYPES ? NAMES[type] : NULL;
}

const char *evd_number_form_name(enum evd_number_form form)
{
    static const char *const NAMES[EVD_NUMBER_FORMS] = {
        [EVD_NUMBER_NONE] = "none",
        [EVD_NUMBER_INTEGER] = "integer",
        [EVD_NUMBER_DECIMAL] = "decimal",
        [EVD_NUMBER_HEX] = "hex",
    };
    return (unsigned)form < EVD_NUMBER_FORMS ? NAMES[form] : NULL;
}
