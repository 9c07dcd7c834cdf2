/* Order: nights by their names. */
#ifndef EVD_HISTORY_ORDER_H
#define EVD_HISTORY_ORDER_H

/* Below, at or above 0: byte by byte, but for runs of digits, which are numbers: "build-9" comes before "build-10". Only equal names are
 * equal. */
int evd_compare_labels(const char *a, const char *b);

#endif
