/* Texts, as the outcome and all that is made of it has them. */
#ifndef EVDIFF_TEXT_H
#define EVDIFF_TEXT_H

#include <stddef.h>

/* UTF-8 text, not terminated. */
struct evd_text {
    const char *bytes;
    size_t length; /* in bytes */
};

#endif
