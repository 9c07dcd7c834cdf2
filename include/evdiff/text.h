/* Texts, as the outcome and all that is made of it has them. */
#ifndef EVDIFF_TEXT_H
#define EVDIFF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* UTF-8 text, not terminated. */
struct evd_text {
    const char *bytes;
    size_t length; /* in bytes */
};

/* Whether two have the same bytes. Cost: linear. */
static inline bool evd_text_equal(struct evd_text a, struct evd_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

#ifdef __cplusplus
}
#endif

#endif
