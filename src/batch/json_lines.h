/* JSON Lines as the tree of a TOML manifest: each line is an object, a [[job]]. For lists of jobs that a program makes. */
#ifndef EVD_BATCH_JSON_LINES_H
#define EVD_BATCH_JSON_LINES_H

#include "toml/toml.h"

/* Reads objects, one a line, into *root: a table whose only member is "job", an array of tables. Blank lines are passed
 * over. `text` has `length` bytes and EVD_JSON_PADDING readable ones after them. False with a fault. Cost: linear. */
bool evd_json_lines_read(const char *text, size_t length, struct evd_arena *arena, struct evd_setting *root,
                         struct evd_setting_fault *fault);

#endif
