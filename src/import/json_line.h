/* Lines that are JSON objects: reading one, and putting its values into a log.
 *
 * What is put is spelled as the trace spells it, but for white space. */
#ifndef EVD_IMPORT_JSON_LINE_H
#define EVD_IMPORT_JSON_LINE_H

#include "import/importer.h"
#include "json/json.h"
#include "json/value.h"

/* Reads lines, several of which are looked over at once. All zero but for the parser, whom another owns, is a new one. */
struct evd_json_lines {
    struct evd_json_parser *parser;
    const char *end;      /* of the lines that were looked over; they begin with one that was parsed */
    uint64_t push_number; /* the importer's, when they were */
    bool is_open; /* the parser is in them; else each is parsed by itself up to `end`, for one of them is no object */
};

/* Parses the importer's line in hand, which EVD_JSON_PADDING readable bytes follow. The tape's text may begin before it.
 * Errors: EVD_E_INPUT at the place where it stops being one object, EVD_E_NO_MEMORY. */
enum evd_status evd_json_line_parse(struct evd_importer *importer, struct evd_json_lines *lines, const char *line,
                                    size_t length, const struct evd_json_tape **tape);

/* The token of the value of the root's member of that name, the last one; 0 when there is none. */
uint32_t evd_json_line_member(const struct evd_json_tape *tape, const char *name, size_t length);

/* Whether there is one. */
bool evd_json_line_has(const struct evd_json_tape *tape, const char *name, size_t length);

/* Whether a token is a string without escapes that spells `text`. */
static inline bool evd_json_token_is(const struct evd_json_tape *tape, uint32_t token, const char *text)
{
    const struct evd_json_token *value = &tape->tokens[token];
    const size_t length = strlen(text);
    return value->type == EVD_JSON_STRING && value->length == length &&
           memcmp(tape->text + value->start, text, length) == 0;
}

/* Reads an integer of 64 bits: decimal, or a text of digits with 0x before them. False for anything else. */
bool evd_json_token_unsigned(const struct evd_json_tape *tape, uint32_t token, uint64_t *value);
bool evd_json_token_signed(const struct evd_json_tape *tape, uint32_t token, int64_t *value);

/* Reads a time of that unit in nanoseconds: decimal digits, also in a text, with a fraction or without; what is less than a
 * nanosecond is cut. False for anything else, and for what does not fit. */
bool evd_json_token_time(const struct evd_json_tape *tape, uint32_t token, uint64_t unit_ns, int64_t *ns);

/* Appends what names a thread, a whole number or a text, to a buffer, decoded. It is the `part`-th, from 0, of several that
 * have `:` between and a backslash before `:` and backslashes, so that no two lists of names look alike; below 0: all of
 * it. What is decoded goes to the arena. Errors: EVD_E_INPUT at the value, EVD_E_NO_MEMORY. */
enum evd_status evd_json_line_append_name(struct evd_importer *importer, struct evd_arena *arena,
                                          const struct evd_json_tape *tape, uint32_t token, int part,
                                          struct evd_buffer *name);

/* Puts a value. Errors: EVD_E_INPUT, told at its place, when it is nested too deep to be part of an event; EVD_E_NO_MEMORY. */
enum evd_status evd_json_line_put(struct evd_importer *importer, struct evd_import_sink *sink,
                                  const struct evd_json_tape *tape, uint32_t token);

/* The same for a value that lies `depth` objects deep in the payload, from 1. */
enum evd_status evd_json_line_put_at(struct evd_importer *importer, struct evd_import_sink *sink,
                                     const struct evd_json_tape *tape, uint32_t token, unsigned depth);

/* Puts `,` unless it is the first member of an object, and its key. Errors: EVD_E_NO_MEMORY. */
enum evd_status evd_json_line_put_key(struct evd_import_sink *sink, const struct evd_json_tape *tape, uint32_t key);

/* Both: a member of the payload, by its key. */
enum evd_status evd_json_line_put_member(struct evd_importer *importer, struct evd_import_sink *sink,
                                         const struct evd_json_tape *tape, uint32_t key);

/* Refuses a value at its place. Returns EVD_E_INPUT. */
enum evd_status evd_json_line_fault(struct evd_importer *importer, const struct evd_json_tape *tape, uint32_t token,
                                    const char *what);

/* Writes a payload that is in a scratch as an event. */
enum evd_status evd_json_line_write(struct evd_importer *importer, unsigned kind, struct evd_import_thread *thread,
                                    const struct evd_scratch *payload);

#endif
