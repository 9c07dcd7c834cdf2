/* Lessons: what was learnt, in order, each with the facts that it was decided by. */
#ifndef EVD_LEARN_LESSONS_H
#define EVD_LEARN_LESSONS_H

#include "evdiff/learn.h"
#include "learn/decide.h"

/* What a lesson came from. */
struct evd_lesson_source {
    const struct evd_field_facts *field; /* or NULL */
    const struct evd_call_facts *call;   /* or NULL */
    struct evd_decision decision;
};

/* A result with all that its file is written from. */
struct evd_owned_learnt {
    struct evd_learnt learnt;
    struct evd_book book;
    struct evd_lesson_source *sources; /* one a lesson */
    struct evd_string *paths;          /* of the runs */
};

/* Decides on everything in the book, and fills in the lessons. False when memory runs out. */
bool evd_make_lessons(struct evd_owned_learnt *owned);

#endif
