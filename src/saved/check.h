/* Check: whether the parts of an outcome that was read fit together; and the facts that follow from others. */
#ifndef EVD_SAVED_CHECK_H
#define EVD_SAVED_CHECK_H

#include "saved/reader.h"

/* Checks what evdiff/saved.h promises of reader->outcome, and fills what a saved outcome does not spell out: where chains of
 * causes end, how much is new, which rules never fired. Cost: linear. */
bool evd_saved_check(struct evd_saved_reader *reader);

#endif
