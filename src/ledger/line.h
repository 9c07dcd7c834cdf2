/* Line: one line of a ledger, from its text and back. docs/ledger.md has the grammar. */
#ifndef EVD_LEDGER_LINE_H
#define EVD_LEDGER_LINE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "evdiff/ledger.h"

enum evd_ledger_line {
    EVD_LINE_ENTRY,
    EVD_LINE_COMMENT, /* or blank */
    EVD_LINE_BAD,     /* the fault says why */
    EVD_LINE_NO_MEMORY,
};

struct evd_ledger_fault {
    size_t column;     /* in bytes, from 1 */
    char message[192]; /* one line */
};

/* Takes a line apart, which has no line end. Fills all of `entry` but `file` and `line`; its texts borrow from the line, or
 * are in the arena. The signature is what the line says. */
enum evd_ledger_line evd_ledger_parse(struct evd_arena *arena, struct evd_text line, struct evd_ledger_entry *entry,
                                      struct evd_ledger_fault *fault);

/* Appends the line that says an entry, without a line end. False when no line can: a text is no UTF-8, a reason or an attribute
 * has letters that end lines, or it would be too long. */
bool evd_ledger_append(struct evd_buffer *out, const struct evd_ledger_entry *entry);

#endif
