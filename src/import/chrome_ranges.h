/* Chrome ranges: where in the text of an event of a Chrome trace its payload is, spelled as a log has it. */
#ifndef EVD_IMPORT_CHROME_RANGES_H
#define EVD_IMPORT_CHROME_RANGES_H

#include "import/chrome_event.h"
#include "import/chrome_record.h"

/* Finds the ranges of an event's payload, which `behind` is the end of: its text's byte behind the last bracket. False, and then they are
 * not all there, when some member has white space in it, which a log's payload has not, lies beyond EVD_CHROME_RANGE_MAX or has many
 * containers in it. Cost: linear in the tokens, not in the text. */
bool evd_chrome_find_ranges(const struct evd_json_tape *tape, const struct evd_chrome_members *members,
                            const char *behind, struct evd_chrome_event *event);

#endif
