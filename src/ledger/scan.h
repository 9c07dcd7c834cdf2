/* Scan: a line of a ledger word by word. */
#ifndef EVD_LEDGER_SCAN_H
#define EVD_LEDGER_SCAN_H

#include <stdint.h>

#include "ledger/line.h"

/* What is left of a line. */
struct evd_ledger_scan {
    struct evd_arena *arena;
    const char *begin, *at, *end;
    struct evd_ledger_fault *fault;
    bool has_no_memory;
};

/* Says what is wrong at a place of the line, and that memory has run out; both return false. */
bool evd_scan_refuse(struct evd_ledger_scan *scan, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool evd_scan_refuse_memory(struct evd_ledger_scan *scan);

bool evd_is_ledger_blank(char letter);
void evd_scan_skip_blanks(struct evd_ledger_scan *scan);

/* Letters that end lines or that a terminal takes for a command. */
bool evd_is_ledger_control(uint32_t code_point);

/* Letters that a word has as escapes when it is written: those, and what is not seen or turns the direction of writing. Not those
 * that writing needs: soft hyphens, joiners. */
bool evd_is_ledger_unseen(uint32_t code_point);

/* Refuses a line that is no UTF-8, or has a control character. */
bool evd_scan_check_letters(struct evd_ledger_scan *scan);

/* Reads a word, in quotes as a string of JSON, or without up to a blank or one of `ends`. False after a refusal. */
bool evd_scan_word(struct evd_ledger_scan *scan, const char *ends, struct evd_text *text);

/* Refuses what stands at the end of a word without a blank. */
bool evd_scan_end_of_word(struct evd_ledger_scan *scan);

#endif
