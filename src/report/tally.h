/* How all events of both logs came out, row by row, for reports for people. */
#ifndef EVD_REPORT_TALLY_H
#define EVD_REPORT_TALLY_H

#include "evdiff/outcome.h"

struct evd_tally_row {
    const char *what;          /* "matched"; of an absorber's row "by" */
    struct evd_text absorber;  /* whose row it is, or empty */
    bool is_part;              /* of the row above that is none */
    uint64_t count[EVD_SIDES]; /* events */
};

/* The row of an index from 0; false past the last one. Cost: of an absorber's row, linear in the pairs. */
bool evd_tally_row(const struct evd_outcome *outcome, size_t index, struct evd_tally_row *row);

#endif
