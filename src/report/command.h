/* Workflow commands: lines that GitHub takes for annotations when a step prints them, ten of a step. */
#ifndef EVD_REPORT_COMMAND_H
#define EVD_REPORT_COMMAND_H

#include "base/buffer.h"

enum { EVD_ANNOTATIONS_MAX = 10 };

/* Appends what evd_append_line made to a command's message, or to a property, where more is escaped. */
void evd_append_command(struct evd_buffer *out, const struct evd_buffer *line, bool is_property);

#endif
