/* Questions: what can be asked of a history. One that takes a subject may be two: with it and without. */
#ifndef EVD_HISTORY_QUESTIONS_H
#define EVD_HISTORY_QUESTIONS_H

#include "history/table.h"

/* The question of a name, for a subject or without one; NULL when there is none. */
const struct evd_question *evd_find_question(const char *name, bool has_subject);

#endif
