/* Spike, the RISC-V simulator, with `-l --log-commits`.
 *
 *     core   0: 3 0x0000000080000000 (0x00000297) x5  0x0000000080000000
 *     core   0: 3 0x0000000080000008 (0x30529073) c773_mtvec 0x0000000080000100
 *     core   0: 3 0x000000008000000c (0x0002b303) x6  0x0000000000000001 mem 0x0000000080000000
 *     core   0: exception trap_illegal_instruction, epc 0x0000000080000010
 *     core   0:           tval 0x0000000000000000
 *
 * A commit is what the processor changed by an instruction; a core is a thread. Older ones write `x 5`. */
#include <stdlib.h>

#include "import/importer.h"
#include "import/text_cursor.h"

enum kind { COMMIT, TRAP };
static const char *const KINDS[] = {"commit", "trap", NULL};

static const char OTHER[] = "lines that are of no core";
static const char SYMBOLS[] = "lines that name a symbol";
static const char DISASSEMBLY[] = "instructions before they commit";
static const char NOTES[] = "lines of a core that are no commits and no traps";

enum { PART_BYTES = 64 }; /* that a payload has beside what a part of the line holds */

struct spike {
    struct evd_scratch payload;
    struct evd_scratch memory; /* its list of accesses */
    bool has_trap;             /* the payload is a trap whose value may follow */
    uint64_t trap_core, trap_line;
};

struct register_name {
    const char *member;
    char letter;             /* of a numbered register, or 0 */
    struct evd_line_part of; /* digits, or a CSR's name */
};

/* ── Reading ── */

static bool take_core(struct evd_text_cursor *cursor, uint64_t *core)
{
    if (!evd_cursor_take(cursor, "core"))
        return false;
    evd_cursor_spaces(cursor);
    if (!evd_cursor_decimal(cursor, core) || *core > INT32_MAX || !evd_cursor_take(cursor, ":"))
        return false;
    evd_cursor_spaces(cursor);
    return true;
}

/* `3 0x…`: the privilege before the address tells a commit from the disassembly. */
static bool begins_commit(const struct evd_text_cursor *cursor)
{
    const char *at = cursor->at;
    return cursor->end - at > 3 && at[0] >= '0' && at[0] <= '9' && at[1] == ' ' && at[2] == '0' && at[3] == 'x';
}

static bool is_like(const char *line, size_t length)
{
    struct evd_text_cursor cursor = {line, line, line + length};
    struct evd_line_part digits;
    uint64_t core;
    if (!take_core(&cursor, &core) || !begins_commit(&cursor))
        return false;
    cursor.at += 2;
    return evd_cursor_hex(&cursor, &digits) && evd_cursor_take(&cursor, " (0x");
}

/* `x5 `, `x 5 ` or `c773_mtvec`. */
static bool take_register(struct evd_text_cursor *cursor, struct register_name *name)
{
    const struct evd_text_cursor begin = *cursor;
    uint64_t number;
    const char letter = cursor->at < cursor->end ? *cursor->at : '\0';
    if (letter != 'x' && letter != 'f' && letter != 'v' && letter != 'c')
        return false;
    cursor->at++;
    if (letter != 'c')
        evd_cursor_spaces(cursor);
    const char *digits = cursor->at;
    if (!evd_cursor_decimal(cursor, &number)) {
        *cursor = begin;
        return false;
    }
    *name = (struct register_name){"rd", letter, {digits, (size_t)(cursor->at - digits)}};
    if (letter != 'c')
        return true;
    *name = (struct register_name){"csr", '\0', {begin.at, (size_t)(cursor->at - begin.at)}};
    if (evd_cursor_take(cursor, "_"))
        name->of = evd_cursor_word(cursor);
    return name->of.length > 0;
}

/* ── Writing ── */

static void put_text(struct evd_import_sink *sink, struct evd_line_part text)
{
    evd_put(sink, text.bytes, text.length);
}

/* Spelled by another program with upper-case digits, the number would be the same. */
static void put_number(struct evd_import_sink *sink, struct evd_line_part digits)
{
    EVD_PUT(sink, "\"0x");
    for (size_t i = 0; i < digits.length; i++)
        evd_put_byte(
            sink, (char)(digits.bytes[i] >= 'A' && digits.bytes[i] <= 'F' ? digits.bytes[i] | 0x20 : digits.bytes[i]));
    evd_put_byte(sink, '"');
}

static enum evd_status put_write(struct evd_import_sink *sink, const struct register_name *name,
                                 struct evd_line_part value, bool is_first)
{
    const enum evd_status status = evd_room(sink, PART_BYTES + name->of.length * EVD_ESCAPED_MAX + value.length);
    if (status != EVD_OK)
        return status;
    if (is_first)
        EVD_PUT(sink, ",\"writes\":[{\"");
    else
        EVD_PUT(sink, ",{\"");
    evd_put(sink, name->member, strlen(name->member));
    EVD_PUT(sink, "\":\"");
    if (name->letter != '\0')
        evd_put_byte(sink, name->letter);
    evd_put_utf8(sink, name->of.bytes, name->of.length);
    EVD_PUT(sink, "\",\"wdata\":");
    put_number(sink, evd_least_digits(value));
    evd_put_byte(sink, '}');
    return EVD_OK;
}

/* `mem 0x…` is a load, with a value behind it a store. */
static enum evd_status put_access(struct evd_importer *importer, struct evd_text_cursor *cursor)
{
    struct spike *spike = importer->state;
    struct evd_import_sink *sink = &spike->memory.sink;
    struct evd_line_part address, data;
    evd_cursor_spaces(cursor);
    if (!evd_cursor_hex(cursor, &address))
        return evd_import_fault(importer, evd_cursor_column(cursor), "an address in memory is needed, 0x…");
    evd_cursor_spaces(cursor);
    const bool has_data = evd_cursor_hex(cursor, &data);
    if (evd_room(sink, PART_BYTES + address.length + (has_data ? data.length : 0)) != EVD_OK)
        return evd_import_no_memory(importer);
    if (evd_scratch_length(&spike->memory) > 0)
        evd_put_byte(sink, ',');
    EVD_PUT(sink, "{\"addr\":");
    put_number(sink, evd_least_digits(address));
    if (has_data) {
        EVD_PUT(sink, ",\"data\":");
        put_number(sink, data);
    }
    evd_put_byte(sink, '}');
    return EVD_OK;
}

/* ` e32 m1 l4`: how vector registers are divided, before the first of them. */
static bool take_division(struct evd_text_cursor *cursor, struct evd_line_part *division)
{
    const struct evd_text_cursor begin = *cursor;
    uint64_t number;
    bool is_good = evd_cursor_take(cursor, "e") && evd_cursor_decimal(cursor, &number) && evd_cursor_take(cursor, " m");
    if (is_good)
        evd_cursor_take(cursor, "f");
    is_good = is_good && evd_cursor_decimal(cursor, &number) && evd_cursor_take(cursor, " l") &&
              evd_cursor_decimal(cursor, &number);
    if (is_good)
        *division = (struct evd_line_part){begin.at, (size_t)(cursor->at - begin.at)};
    else
        *cursor = begin;
    return is_good;
}

/* What an instruction changed. */
static enum evd_status put_changes(struct evd_importer *importer, struct evd_text_cursor *cursor)
{
    struct spike *spike = importer->state;
    struct evd_import_sink *sink = &spike->payload.sink;
    struct evd_line_part division = {NULL, 0};
    unsigned writes = 0;
    evd_scratch_cut(&spike->memory, 0);
    for (evd_cursor_spaces(cursor); cursor->at < cursor->end; evd_cursor_spaces(cursor)) {
        struct register_name name;
        struct evd_line_part value;
        enum evd_status status = EVD_OK;
        if (evd_cursor_take(cursor, "mem ")) {
            status = put_access(importer, cursor);
        } else if (division.length == 0 && take_division(cursor, &division)) {
            continue;
        } else if (take_register(cursor, &name)) {
            if (evd_utf8_length(name.of.bytes, name.of.length) != name.of.length)
                return evd_import_fault(importer, evd_cursor_column(cursor) - name.of.length, "is no UTF-8");
            evd_cursor_spaces(cursor);
            if (!evd_cursor_hex(cursor, &value))
                return evd_import_fault(importer, evd_cursor_column(cursor), "a register's value is needed, 0x…");
            if (put_write(sink, &name, value, writes++ == 0) != EVD_OK)
                return evd_import_no_memory(importer);
        } else {
            return evd_import_fault(importer, evd_cursor_column(cursor), "is no register and no access to memory");
        }
        if (status != EVD_OK)
            return status;
    }
    const size_t accesses = evd_scratch_length(&spike->memory);
    if (evd_room(sink, PART_BYTES + accesses + division.length) != EVD_OK)
        return evd_import_no_memory(importer);
    if (writes > 0)
        evd_put_byte(sink, ']');
    if (division.length > 0) {
        EVD_PUT(sink, ",\"vtype\":\"");
        put_text(sink, division);
        evd_put_byte(sink, '"');
    }
    if (accesses > 0) {
        EVD_PUT(sink, ",\"mem\":[");
        evd_put(sink, spike->memory.buffer.data, accesses);
        evd_put_byte(sink, ']');
    }
    evd_put_byte(sink, '}');
    return EVD_OK;
}

static enum evd_status write_event(struct evd_importer *importer, enum kind kind, uint64_t core)
{
    const struct spike *spike = importer->state;
    const size_t length = evd_scratch_length(&spike->payload);
    struct evd_import_thread *thread = evd_import_thread(importer, core, (int64_t)core, NULL, 0);
    if (thread == NULL)
        return evd_import_no_memory(importer);
    const enum evd_status status = evd_event_begin(importer, kind, thread, length);
    if (status != EVD_OK)
        return status;
    evd_put(importer->sink, spike->payload.buffer.data, length);
    evd_event_end(importer);
    return EVD_OK;
}

static enum evd_status take_commit(struct evd_importer *importer, struct evd_text_cursor *cursor, uint64_t core)
{
    struct spike *spike = importer->state;
    struct evd_import_sink *sink = &spike->payload.sink;
    const char privilege = *cursor->at;
    struct evd_line_part pc, instruction;
    cursor->at += 2;
    if (!evd_cursor_hex(cursor, &pc))
        return evd_import_fault(importer, evd_cursor_column(cursor), "an address is needed, 0x…");
    if (!evd_cursor_take(cursor, " (") || !evd_cursor_hex(cursor, &instruction) || !evd_cursor_take(cursor, ")"))
        return evd_import_fault(importer, evd_cursor_column(cursor), "an instruction is needed, (0x…)");
    evd_scratch_cut(&spike->payload, 0);
    if (evd_room(sink, PART_BYTES + pc.length + instruction.length) != EVD_OK)
        return evd_import_no_memory(importer);
    EVD_PUT(sink, "{\"pc\":");
    put_number(sink, evd_least_digits(pc));
    EVD_PUT(sink, ",\"insn\":");
    put_number(sink, instruction);
    EVD_PUT(sink, ",\"priv\":");
    evd_put_byte(sink, privilege);
    const enum evd_status status = put_changes(importer, cursor);
    return status == EVD_OK ? write_event(importer, COMMIT, core) : status;
}

/* ── Traps ── */

/* Begins one, which stays open for its value on the next line. */
static enum evd_status take_trap(struct evd_importer *importer, struct evd_text_cursor *cursor, uint64_t core)
{
    struct spike *spike = importer->state;
    struct evd_import_sink *sink = &spike->payload.sink;
    struct evd_line_part epc;
    const char *comma = memchr(cursor->at, ',', (size_t)(cursor->end - cursor->at));
    const struct evd_line_part name = {cursor->at, (size_t)((comma != NULL ? comma : cursor->at) - cursor->at)};
    if (name.length == 0 || evd_utf8_length(name.bytes, name.length) != name.length)
        return evd_import_fault(importer, evd_cursor_column(cursor), "the trap's name and a comma are needed");
    cursor->at = comma;
    if (!evd_cursor_take(cursor, ", epc ") || !evd_cursor_hex(cursor, &epc))
        return evd_import_fault(importer, evd_cursor_column(cursor), "the trap's address is needed, epc 0x…");
    evd_scratch_cut(&spike->payload, 0);
    if (evd_room(sink, PART_BYTES + name.length * EVD_ESCAPED_MAX + epc.length) != EVD_OK)
        return evd_import_no_memory(importer);
    EVD_PUT(sink, "{\"trap\":\"");
    evd_put_utf8(sink, name.bytes, name.length);
    EVD_PUT(sink, "\",\"epc\":");
    put_number(sink, evd_least_digits(epc));
    spike->has_trap = true;
    spike->trap_core = core;
    spike->trap_line = importer->summary.lines;
    return EVD_OK;
}

/* Ends the open one; `value` is NULL where none follows. */
static enum evd_status end_trap(struct evd_importer *importer, const struct evd_line_part *value)
{
    struct spike *spike = importer->state;
    struct evd_import_sink *sink = &spike->payload.sink;
    const uint64_t line = importer->summary.lines;
    if (evd_room(sink, PART_BYTES + (value != NULL ? value->length : 0)) != EVD_OK)
        return evd_import_no_memory(importer);
    if (value != NULL) {
        EVD_PUT(sink, ",\"tval\":");
        put_number(sink, evd_least_digits(*value));
    }
    evd_put_byte(sink, '}');
    spike->has_trap = false;
    importer->summary.lines = spike->trap_line;
    const enum evd_status status = write_event(importer, TRAP, spike->trap_core);
    importer->summary.lines = line;
    return status;
}

/* ── Lines ── */

static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length)
{
    struct spike *spike = importer->state;
    struct evd_text_cursor cursor = {line, line, line + length};
    struct evd_line_part value;
    uint64_t core;
    const bool is_of_core = take_core(&cursor, &core);
    if (spike->has_trap) {
        struct evd_text_cursor behind = cursor;
        const bool is_value = is_of_core && core == spike->trap_core && evd_cursor_take(&behind, "tval ") &&
                              evd_cursor_hex(&behind, &value);
        const enum evd_status status = end_trap(importer, is_value ? &value : NULL);
        if (is_value || status != EVD_OK)
            return status;
    }
    if (!is_of_core)
        return evd_import_skip(importer, OTHER);
    if (begins_commit(&cursor))
        return take_commit(importer, &cursor, core);
    if (evd_cursor_take(&cursor, "exception "))
        return take_trap(importer, &cursor, core);
    return evd_import_skip(importer, evd_cursor_take(&cursor, ">>>>")  ? SYMBOLS
                                     : evd_cursor_hex(&cursor, &value) ? DISASSEMBLY
                                                                       : NOTES);
}

static enum evd_status finish(struct evd_importer *importer)
{
    const struct spike *spike = importer->state;
    return spike->has_trap ? end_trap(importer, NULL) : EVD_OK;
}

static enum evd_status open_spike(struct evd_importer *importer)
{
    struct spike *spike = calloc(1, sizeof *spike);
    if (spike == NULL)
        return EVD_E_NO_MEMORY;
    importer->state = spike;
    evd_scratch_init(&spike->payload);
    evd_scratch_init(&spike->memory);
    return EVD_OK;
}

static void close_spike(struct evd_importer *importer)
{
    struct spike *spike = importer->state;
    if (spike == NULL)
        return;
    evd_buffer_release(&spike->payload.buffer);
    evd_buffer_release(&spike->memory.buffer);
    free(spike);
}

const struct evd_import_format evd_format_spike = {
    .name = "spike",
    .summary = "Spike -l --log-commits, a RISC-V simulator",
    .rules = "spike",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_spike,
    .take_line = take_line,
    .finish = finish,
    .close = close_spike,
};
