/* A value of an event, as an outcome tells it.
 *
 * Ownership: borrows from its outcome. Threads: read-only once evd_diff has returned it. */
#ifndef EVDIFF_VALUE_H
#define EVDIFF_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evdiff/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What type a value of an event has. */
enum evd_value_type {
    EVD_TYPE_ABSENT, /* the event has no such field */
    EVD_TYPE_NULL,
    EVD_TYPE_BOOLEAN,
    EVD_TYPE_INTEGER,
    EVD_TYPE_REAL,
    EVD_TYPE_STRING,
    EVD_TYPE_ARRAY,
    EVD_TYPE_OBJECT,
    EVD_TYPES,
};

/* How a value spells a whole number of at most 64 bits. */
enum evd_number_form {
    EVD_NUMBER_NONE,    /* it is none */
    EVD_NUMBER_INTEGER, /* 259 */
    EVD_NUMBER_DECIMAL, /* "259" */
    EVD_NUMBER_HEX,     /* "0x103" */
    EVD_NUMBER_FORMS,
};

const char *evd_value_type_name(enum evd_value_type type);
const char *evd_number_form_name(enum evd_number_form form);

/* How people of the field read the numbers of a field, as the rules say it. */
enum evd_shown_as {
    EVD_SHOWN_DECIMAL,     /* as they are: nothing is said of the field */
    EVD_SHOWN_HEXADECIMAL, /* addresses, handles, masks */
    EVD_SHOWN_NTSTATUS,    /* hexadecimal of 32 bits, and the name of the status */
    EVD_SHOWN_HRESULT,     /* the same of results */
    EVD_SHOWN_ERRNO,       /* decimal; a number below zero with the name of the error */
    EVD_SHOWN_FORMS,
};

const char *evd_shown_as_name(enum evd_shown_as shown_as);

/* A value of an event, told by facts about the whole of it and a part to show. As JSON it has members in the log's
 * order, ", " and ": " between, and only those letters escaped that JSON wants escaped, and lone surrogates. */
struct evd_field_value {
    enum evd_value_type type;
    enum evd_number_form form;
    int64_t number;        /* unless EVD_NUMBER_NONE; from 2^63 on it wraps, as addresses do */
    uint64_t hash;         /* of the whole value as JSON (XXH3, 64 bits): the same in every run and on every machine */
    uint64_t length;       /* of the whole value as JSON, in bytes; 0 when absent */
    uint64_t shown_from;   /* where in it `shown` begins, in bytes */
    struct evd_text shown; /* the value as JSON, or a part of it */
    bool begins_in_string; /* `shown` begins inside a string */
};

/* Bytes of a value that a divergence shows. When one of its two values has more, of both the part around the first
 * difference is shown, at the same place in either. */
enum { EVD_VALUE_MAX = 200 };

#ifdef __cplusplus
}
#endif

#endif
