#include "learn/lessons.h"

#include <stdlib.h>

#include "learn/operators.h"

static struct evd_text text_of(struct evd_string string)
{
    return (struct evd_text){string.bytes, string.length};
}

static struct evd_text word(const struct evd_decision *decision)
{
    static const char *const WORDS[] = {
        [EVD_LEARN_NONE] = "",
        [EVD_LEARN_ALIKE] = "a few values",
        [EVD_LEARN_HANDLE] = "a name: a handle",
        [EVD_LEARN_ADDRESS] = "a name: an address",
        [EVD_LEARN_CLOCK] = "a clock",
        [EVD_LEARN_RANDOM] = "another value each time",
        [EVD_LEARN_PASSED_OVER] = "events that may be missing",
    };
    const char *words = decision->form == EVD_LEARN_OPERATOR ? evd_learn_operator_summary(decision->operator_index)
                                                             : WORDS[decision->form];
    return text_of(evd_string_of(words));
}

static struct evd_string kind_of(const struct evd_lesson_source *source)
{
    if (source->field != NULL)
        return source->field->kind;
    struct evd_string least = source->call->kinds[0];
    for (size_t i = 1; i < source->call->kind_count; i++)
        if (evd_string_compare(source->call->kinds[i], least) < 0)
            least = source->call->kinds[i];
    return least;
}

static struct evd_string path_of(const struct evd_lesson_source *source)
{
    return source->field != NULL ? source->field->path : (struct evd_string){"", 0};
}

static struct evd_string call_of(const struct evd_lesson_source *source)
{
    return source->field != NULL ? source->field->call : source->call->call;
}

static int by_place(const void *a, const void *b)
{
    const struct evd_lesson_source *left = a, *right = b;
    if ((left->field != NULL) != (right->field != NULL))
        return left->field != NULL ? -1 : 1;
    int order = evd_string_compare(kind_of(left), kind_of(right));
    if (order == 0)
        order = evd_string_compare(path_of(left), path_of(right));
    return order != 0 ? order : evd_string_compare(call_of(left), call_of(right));
}

static struct evd_lesson lesson_of(const struct evd_lesson_source *source)
{
    return (struct evd_lesson){
        .subject = source->field != NULL ? EVD_LESSON_FIELD : EVD_LESSON_EVENTS,
        .kind = text_of(kind_of(source)),
        .call = text_of(call_of(source)),
        .field = text_of(path_of(source)),
        .as = word(&source->decision),
        .seen = source->decision.seen,
        .varied = source->field != NULL ? source->field->varied_in_all : source->call->missing_in_all,
        .pairs = source->decision.pairs,
        .why_not = source->decision.why_not,
    };
}

bool evd_make_lessons(struct evd_owned_learnt *owned)
{
    const struct evd_book *book = &owned->book;
    struct evd_learnt *learnt = &owned->learnt;
    const size_t count = book->field_count + book->call_count;
    owned->sources = calloc(count + 1, sizeof *owned->sources);
    learnt->lessons = calloc(count + 1, sizeof *learnt->lessons);
    if (owned->sources == NULL || learnt->lessons == NULL)
        return false;
    for (size_t i = 0; i < book->field_count; i++)
        owned->sources[i] =
            (struct evd_lesson_source){.field = &book->fields[i], .decision = evd_decide_field(book, &book->fields[i])};
    for (size_t i = 0; i < book->call_count; i++)
        owned->sources[book->field_count + i] =
            (struct evd_lesson_source){.call = &book->calls[i], .decision = evd_decide_call(book, &book->calls[i])};
    qsort(owned->sources, count, sizeof *owned->sources, by_place);
    for (size_t i = 0; i < count; i++) {
        learnt->lessons[i] = lesson_of(&owned->sources[i]);
        learnt->learnt_count += learnt->lessons[i].why_not == NULL;
    }
    learnt->lesson_count = count;
    learnt->divergences = book->divergences;
    return true;
}
