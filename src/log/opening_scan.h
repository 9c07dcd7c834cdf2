/* Opening scan: stretches of all logs side by side. */
#ifndef EVD_LOG_OPENING_SCAN_H
#define EVD_LOG_OPENING_SCAN_H

#include "log/opening.h"

/* Cuts the logs that are to be scanned into stretches, from where their events begin. False when memory runs out. */
bool evd_opening_cut(struct evd_opening *opening);

/* Scans the stretches, on the pool, and lists their problems in the order of the logs. */
enum evd_status evd_opening_scan(struct evd_opening *opening, struct evd_error *error);

#endif
