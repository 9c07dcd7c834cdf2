/* Sentences: what evdiff/report.h says of an outcome in one line. */
#ifndef EVD_REPORT_SENTENCES_H
#define EVD_REPORT_SENTENCES_H

#include "evdiff/report.h"

/* A sentence as a text, which borrows from it. */
struct evd_text evd_sentence_text(const struct evd_sentence *sentence);

#endif
