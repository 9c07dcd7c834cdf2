/* The two sides of a diff. */
#ifndef EVDIFF_SIDE_H
#define EVDIFF_SIDE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum evd_side { EVD_CANARY, EVD_OURS, EVD_SIDES };

/* Of each enumeration below, a function evd_…_name gives the word for programs, as "ends_early", and where there is one
 * evd_…_summary the word or line for people, as "ends early"; NULL for a number that is none of the enumeration. They
 * are static strings. */
const char *evd_side_name(enum evd_side side);

/* Which thread of canary is which of ours. */
struct evd_tid_pair {
    int64_t canary, ours;
};

#ifdef __cplusplus
}
#endif

#endif
