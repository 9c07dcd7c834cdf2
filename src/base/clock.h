/* Clock: seconds for statistics. */
#ifndef EVD_BASE_CLOCK_H
#define EVD_BASE_CLOCK_H

/* Seconds of a clock that only goes forward. */
double evd_seconds_now(void);

#endif
