/* Random lines of a log: events of which much comes again and some are wrong. */
#ifndef EVD_TESTS_RANDOM_LINES_H
#define EVD_TESTS_RANDOM_LINES_H

#include "base/buffer.h"
#include "random.h"

#define PICK(random, list) ((list)[random_below(random, sizeof(list) / sizeof(list)[0])])

/* Appends the text of a log, header first. Now and then a byte is wrong, or the log ends early. */
void random_lines(struct random *random, struct evd_buffer *log);

/* Appends the members of a payload in one of a few orders, so that shapes come again. */
void random_payload(struct random *random, struct evd_buffer *log);

#endif
