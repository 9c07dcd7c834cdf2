/* Chrome pieces: the objects in the list of events of a Chrome or Perfetto trace, one by one, from bytes cut anywhere.
 *
 *     [ {…}, {…} ]        {"traceEvents": [ {…}, {…} ], "displayTimeUnit": "ms"}
 *
 * Only as much is looked at as is needed to find where each begins and ends. */
#ifndef EVD_IMPORT_CHROME_PIECES_H
#define EVD_IMPORT_CHROME_PIECES_H

#include "base/buffer.h"

enum evd_chrome_state {
    EVD_CHROME_BEFORE, /* nothing has come yet */
    EVD_CHROME_OUTER,  /* in the outer object, before a key or behind a value */
    EVD_CHROME_KEY,    /* in a key of it */
    EVD_CHROME_VALUE,  /* behind a key, before its value or in it */
    EVD_CHROME_EVENTS, /* in the list of events, between two */
    EVD_CHROME_EVENT,  /* in one of them */
    EVD_CHROME_BEHIND, /* behind the end of all */
};

/* What stands before a place between two events. */
enum evd_chrome_before { EVD_CHROME_BEHIND_BRACKET, EVD_CHROME_BEHIND_EVENT, EVD_CHROME_BEHIND_COMMA };

/* All zero is one that has seen nothing. */
struct evd_chrome_pieces {
    enum evd_chrome_state state;
    struct evd_buffer piece;           /* of the event that is under way, or of a key */
    uint64_t line, column;             /* of the next byte, from 0 */
    uint64_t begin_line, begin_column; /* of the event, from 0 */
    unsigned depth;                    /* of brackets in it */
    bool is_object;                    /* the outermost is an object: the list is a member of it */
    bool is_in_text, is_escaped;       /* in a string of it; behind a backslash */
    bool has_events;                   /* the list was found */
    enum evd_chrome_before before;
};

enum evd_chrome_step {
    EVD_CHROME_MORE,  /* all bytes were taken */
    EVD_CHROME_FOUND, /* an event is in `piece`, until the next step */
    EVD_CHROME_WRONG, /* the byte at line and column can't stand there */
    EVD_CHROME_UNDUE, /* nor can this one, a comma without an event before it or the other way round; the next step takes it */
    EVD_CHROME_NO_MEMORY,
};

/* Takes bytes up to the end of an event; *bytes and *length become what is left. */
enum evd_chrome_step evd_chrome_next(struct evd_chrome_pieces *pieces, const char **bytes, size_t *length);

/* Whether a comma, or the bracket of an event, may stand in the list where it is. */
static inline bool evd_chrome_is_due(const struct evd_chrome_pieces *pieces, char byte)
{
    return (byte == ',') == (pieces->before == EVD_CHROME_BEHIND_EVENT);
}

/* Counts the place on behind bytes that another reader took between two events. */
void evd_chrome_move(struct evd_chrome_pieces *pieces, const char *bytes, size_t length);

void evd_chrome_pieces_release(struct evd_chrome_pieces *pieces);

#endif
