/* How one event becomes one line. A line of one shape always has the same literal text around its
 * numbers, so each spelling of each shape is compiled once into pieces, a literal and then a hole;
 * writing a line is copying the literals and formatting the holes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generate.h"

enum hole {
    HOLE_NONE,    /* the last literal: nothing follows */
    HOLE_LITERAL, /* only in FIELDS: `literal` is the value */
    HOLE_TID,
    HOLE_INDEX,
    HOLE_CYCLE,
    HOLE_HOST_NS,
    HOLE_NAME,
    HOLE_INTEGER,
    HOLE_HEX, /* 0x and 8 digits */
    HOLE_SID, /* 16 digits */
    HOLE_ARG,
    HOLE_ARGS, /* only in FIELDS: the object of all arguments */
    HOLE_PADDING,
};

enum { PIECES_MAX = 24, FIELDS_MAX = 10, LITERALS_BYTES = 1 << 17, PADDING_TEXT_BYTES = 1 << 16 };

/* Spellings: bit 0 escapes, bit 1 floats. A log that isn't mixed has only spelling 0. */
enum { ESCAPED = 1, FLOATS = 2, SPELLINGS = 4 };

struct field {
    const char *key; /* NULL ends the list */
    enum hole hole;
    const char *literal;
};

/* What evdiff-generate writes of each kind, in the order in which engines write it. */
static const struct {
    const char *kind, *escaped_kind;
    struct field payload[FIELDS_MAX];
} SHAPES[SHAPE_CALL_0 + 1] = {
    [SHAPE_IMPORT] = {"import.call",
                      "import.\\u0063all",
                      {{"name", HOLE_NAME, 0},
                       {"module", HOLE_LITERAL, "\"ntdll\""},
                       {"ord", HOLE_INTEGER, 0},
                       {"lr", HOLE_HEX, 0}}},
    [SHAPE_RETURN] = {"kernel.return",
                      "\\u006bernel.return",
                      {{"name", HOLE_NAME, 0}, {"return_value", HOLE_INTEGER, 0}, {"status", HOLE_HEX, 0}}},
    [SHAPE_HANDLE_CREATE] =
        {"handle.create",
         "handle\\u002ecreate",
         {{"handle_semantic_id", HOLE_SID, 0}, {"raw_handle_id", HOLE_HEX, 0}, {"object_type", HOLE_INTEGER, 0}}},
    [SHAPE_HANDLE_DESTROY] = {"handle.destroy",
                              "handle\\u002edestroy",
                              {{"handle_semantic_id", HOLE_SID, 0}, {"raw_handle_id", HOLE_HEX, 0}}},
    [SHAPE_THREAD_CREATE] = {"thread.create",
                             "thread\\u002ecreate",
                             {{"handle_semantic_id", HOLE_SID, 0},
                              {"parent_tid", HOLE_INTEGER, 0},
                              {"entry_pc", HOLE_HEX, 0},
                              {"ctx_ptr", HOLE_HEX, 0},
                              {"priority", HOLE_INTEGER, 0},
                              {"affinity", HOLE_INTEGER, 0},
                              {"stack_size", HOLE_INTEGER, 0},
                              {"suspended", HOLE_LITERAL, "false"}}},
    [SHAPE_WAIT_BEGIN] = {"wait.begin",
                          "wait\\u002ebegin",
                          {{"handles_semantic_ids", HOLE_SID, "["},
                           {"wait_type", HOLE_LITERAL, "\"any\""},
                           {"alertable", HOLE_LITERAL, "false"}}},
    [SHAPE_WAIT_END] = {"wait.end",
                        "wait\\u002eend",
                        {{"result", HOLE_INTEGER, 0},
                         {"wait_duration_cycles", HOLE_INTEGER, 0},
                         {"woken_by_semantic_id", HOLE_LITERAL, "null"}}},
    [SHAPE_SEMA_RELEASE] = {"sema.release",
                            "sema\\u002erelease",
                            {{"handle_semantic_id", HOLE_SID, 0},
                             {"release_count", HOLE_INTEGER, 0},
                             {"previous_count", HOLE_INTEGER, 0}}},
    [SHAPE_CALL_0] = {"kernel.call",
                      "\\u006bernel.call",
                      {{"name", HOLE_NAME, 0}, {"ord", HOLE_INTEGER, 0}, {"args", HOLE_ARGS, 0}}},
};

static const char *const STEPS[STEP_KINDS][2] = {
    {"read", "\\u0072ead"}, {"send", "\\u0073end"}, {"lock", "\\u006cock"}, {"wake", "\\u0077ake"},
    {"tick", "\\u0074ick"}, {"draw", "\\u0064raw"}, {"poll", "\\u0070oll"}, {"done", "\\u0064one"},
};

struct piece {
    const char *text;
    uint16_t length;
    uint8_t hole;
    uint8_t source; /* which value or argument fills the hole */
};

struct speller {
    struct piece programs[SPELLINGS][SHAPE_COUNT][PIECES_MAX];
    bool is_mixed, is_escaped;
    uint64_t clock_start; /* host_ns of guest_cycle 0 */
    size_t padding_bytes;
    char *literals_end;
    char literals[LITERALS_BYTES];
    char padding[]; /* PADDING_TEXT_BYTES and one line's padding, so that a part may begin anywhere
                     */
};

/* One program while it is compiled. */
struct compiler {
    struct speller *speller;
    struct piece *piece;
    const char *engine;
    unsigned spelling;
    bool is_short, no_equal;
    uint8_t value_count;
};

static void text(struct compiler *c, const char *bytes)
{
    const size_t length = strlen(bytes);
    struct speller *speller = c->speller;
    if (speller->literals_end + length > speller->literals + LITERALS_BYTES)
        fail("the literals do not fit");
    memcpy(speller->literals_end, bytes, length);
    speller->literals_end += length;
    c->piece->length = (uint16_t)(c->piece->length + length);
}

static void hole(struct compiler *c, enum hole kind, uint8_t source)
{
    c->piece->hole = (uint8_t)kind;
    c->piece->source = source;
    c->piece++;
    c->piece->text = c->speller->literals_end;
    c->piece->length = 0;
}

static void key(struct compiler *c, const char *name, bool is_first)
{
    const bool is_spaced = c->speller->is_mixed;
    text(c, is_first ? "\"" : is_spaced ? ", \"" : ",\"");
    text(c, name);
    text(c, is_spaced ? "\": " : "\":");
}

static void quoted(struct compiler *c, enum hole kind, uint8_t source)
{
    text(c, kind == HOLE_HEX || kind == HOLE_ARG ? "\"0x" : "\"");
    hole(c, kind, source);
    text(c, "\"");
}

static void compile_args(struct compiler *c, unsigned count)
{
    text(c, "{");
    for (unsigned i = 0; i < count; i++) {
        const char name[3] = {'a', (char)('0' + i), '\0'};
        key(c, name, i == 0);
        quoted(c, HOLE_ARG, (uint8_t)i);
    }
    text(c, "}");
}

/* Where the field's number stands in event.value: shapes list them in the engines' own order. */
static uint8_t value_index(const struct field *fields, size_t at)
{
    uint8_t index = 0;
    for (size_t i = 0; i < at; i++)
        index += fields[i].hole >= HOLE_INTEGER && fields[i].hole <= HOLE_SID;
    return index;
}

static void compile_value(struct compiler *c, const struct field *fields, size_t at, enum shape shape)
{
    const struct field *field = &fields[at];
    const uint8_t source = value_index(fields, at);
    switch (field->hole) {
    case HOLE_LITERAL: text(c, field->literal); break;
    case HOLE_ARGS: compile_args(c, shape - SHAPE_CALL_0); break;
    case HOLE_SID:
        text(c, field->literal ? "[" : "");
        quoted(c, HOLE_SID, source);
        text(c, field->literal ? "]" : "");
        break;
    case HOLE_INTEGER:
        hole(c, HOLE_INTEGER, source);
        text(c, c->spelling & FLOATS ? ".0" : "");
        break;
    case HOLE_TID:
    case HOLE_INDEX:
    case HOLE_CYCLE:
    case HOLE_HOST_NS: hole(c, field->hole, 0); break;
    default: quoted(c, field->hole, source); break;
    }
}

static size_t field_count(const struct field *fields)
{
    size_t count = 0;
    while (fields[count].key != NULL)
        count++;
    return count;
}

/* The field that comes `nth`: as listed, or, in a mixed log, by name, as a tool that sorts keys
 * writes them. */
static size_t nth_field(const struct compiler *c, const struct field *fields, size_t nth)
{
    if (!c->speller->is_mixed)
        return nth;
    const size_t count = field_count(fields);
    for (size_t i = 0; i < count; i++) {
        size_t smaller = 0;
        for (size_t j = 0; j < count; j++)
            smaller += strcmp(fields[j].key, fields[i].key) < 0;
        if (smaller == nth)
            return i;
    }
    fail("two fields are called the same");
}

static void compile_payload(struct compiler *c, enum shape shape, const struct field *listed)
{
    struct field fields[FIELDS_MAX + 2] = {0};
    size_t count = field_count(listed);
    memcpy(fields, listed, count * sizeof *fields);
    if (c->no_equal)
        fields[count++] = (struct field){"run", HOLE_LITERAL, c->engine};
    if (c->speller->padding_bytes > 0)
        fields[count++] = (struct field){"data", HOLE_PADDING, NULL};
    text(c, "{");
    for (size_t i = 0; i < count; i++) {
        const size_t at = nth_field(c, fields, i);
        key(c, fields[at].key, i == 0);
        compile_value(c, fields, at, shape);
    }
    text(c, "}");
}

static void compile(struct compiler *c, enum shape shape)
{
    static const struct field NO_PAYLOAD[1] = {0};
    const bool is_step = shape >= SHAPE_STEP_0;
    const enum shape family = shape > SHAPE_CALL_0 ? SHAPE_CALL_0 : shape;
    const bool is_escaped = c->spelling & ESCAPED;
    char kind[40];
    snprintf(kind, sizeof kind, "\"%s\"",
             is_step      ? STEPS[shape - SHAPE_STEP_0][is_escaped]
             : is_escaped ? SHAPES[family].escaped_kind
                          : SHAPES[family].kind);
    const struct field *payload = is_step ? NO_PAYLOAD : SHAPES[family].payload;
    const struct field full[] = {
        {"schema_version", HOLE_LITERAL, "1"},
        {"engine", HOLE_LITERAL, c->engine},
        {"kind", HOLE_LITERAL, kind},
        {"tid", HOLE_TID, 0},
        {"tid_event_idx", HOLE_INDEX, 0},
        {"guest_cycle", HOLE_CYCLE, 0},
        {"host_ns", HOLE_HOST_NS, 0},
        {"deterministic", HOLE_LITERAL, "true"},
        {"payload", HOLE_NONE, 0},
        {0},
    };
    const struct field brief[] = {
        {"kind", HOLE_LITERAL, kind},
        {"tid", HOLE_TID, 0},
        {"tid_event_idx", HOLE_INDEX, 0},
        {is_step && c->speller->padding_bytes == 0 ? NULL : "payload", HOLE_NONE, 0},
        {0},
    };
    const struct field *fields = c->is_short ? brief : full;
    c->piece->text = c->speller->literals_end;
    text(c, "{");
    for (size_t i = 0; i < field_count(fields); i++) {
        const size_t at = nth_field(c, fields, i);
        key(c, fields[at].key, i == 0);
        if (fields[at].hole == HOLE_NONE)
            compile_payload(c, shape, payload);
        else
            compile_value(c, fields, at, shape);
    }
    text(c, "}\n");
    c->piece->hole = HOLE_NONE;
}

struct speller *speller_new(const struct options *options, int side)
{
    /* What the text around the padding takes, about. */
    const uint64_t around = options->short_lines ? 80 : 270;
    const size_t padding = options->line_bytes > around ? options->line_bytes - around : 0;
    struct speller *speller = calloc(1, sizeof *speller + PADDING_TEXT_BYTES + padding);
    if (speller == NULL)
        fail("no memory for the lines");
    speller->is_mixed = options->mixed && side == OURS;
    speller->is_escaped = options->escaped;
    speller->clock_start = options->epoch_clock ? UINT64_C(1764000000000000000) : 0;
    speller->padding_bytes = padding;
    speller->literals_end = speller->literals;
    uint64_t random = options->seed ^ 0xBADC0FFEE;
    for (size_t i = 0; i < PADDING_TEXT_BYTES + padding; i++)
        speller->padding[i] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[next_random(&random) & 63];
    for (unsigned spelling = 0;
         spelling < (speller->is_mixed     ? SPELLINGS
                     : speller->is_escaped ? ESCAPED + 1
                                           : 1);
         spelling++)
        for (int shape = 0; shape < SHAPE_COUNT; shape++) {
            struct compiler compiler = {
                .speller = speller,
                .piece = speller->programs[spelling][shape],
                .engine = side == OURS ? "\"ours\"" : "\"canary\"",
                .spelling = spelling,
                .is_short = options->short_lines,
                .no_equal = options->no_equal,
            };
            compile(&compiler, (enum shape)shape);
        }
    return speller;
}

/* 2 digits of every number below 100. */
static const char PAIRS[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243"
    "4445464748495051525354555657585960616263646566676869707172737475767778798081828384858687"
    "888990919293949596979899";

static inline char *put_integer(char *out, uint64_t value)
{
    char digits[20];
    char *at = digits + sizeof digits;
    while (value >= 100) {
        at -= 2;
        memcpy(at, PAIRS + 2 * (value % 100), 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(at, PAIRS + 2 * value, 2);
    } else {
        *--at = (char)('0' + value);
    }
    const size_t length = (size_t)(digits + sizeof digits - at);
    memcpy(out, at, length);
    return out + length;
}

static inline char *put_hex(char *out, uint64_t value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        out[i] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
    return out + digits;
}

static inline char *put_name(char *out, const struct function *function, bool is_escaped)
{
    const char *name = is_escaped ? function->escaped : function->name;
    const size_t length = strlen(name);
    memcpy(out, name, length);
    return out + length;
}

char *speller_line(const struct speller *speller, char *out, const struct event *event, uint64_t tid, uint64_t index,
                   uint64_t guest_cycle, uint64_t choice)
{
    /* In a mixed log, one line in four has escapes and one in four has floats. */
    const unsigned spelling =
        speller->is_mixed     ? ((choice & 3) == 0 ? ESCAPED : 0) | ((choice >> 2 & 3) == 0 ? FLOATS : 0)
        : speller->is_escaped ? ESCAPED
                              : 0;
    for (const struct piece *piece = speller->programs[spelling][event->shape];; piece++) {
        memcpy(out, piece->text, piece->length);
        out += piece->length;
        switch ((enum hole)piece->hole) {
        case HOLE_TID: out = put_integer(out, tid); break;
        case HOLE_INDEX: out = put_integer(out, index); break;
        case HOLE_CYCLE: out = put_integer(out, guest_cycle); break;
        case HOLE_HOST_NS: out = put_integer(out, speller->clock_start + guest_cycle * 10); break;
        case HOLE_NAME: out = put_name(out, event->function, spelling & ESCAPED); break;
        case HOLE_INTEGER: out = put_integer(out, event->value[piece->source]); break;
        case HOLE_HEX: out = put_hex(out, event->value[piece->source], 8); break;
        case HOLE_SID: out = put_hex(out, event->value[piece->source], 16); break;
        case HOLE_ARG: out = put_hex(out, event->arg[piece->source], 8); break;
        case HOLE_PADDING:
            memcpy(out, speller->padding + event->padding_at, speller->padding_bytes);
            out += speller->padding_bytes;
            break;
        default: return out;
        }
    }
}
