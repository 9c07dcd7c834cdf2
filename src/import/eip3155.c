/* EIP-3155: what an Ethereum virtual machine does, a JSON object a step.
 *
 *     {"pc":0,"op":96,"gas":"0x79ba08","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}
 *     {"stateRoot":"0x79e13e40…"}
 *
 * Clients spell the same numbers in different ways: numbers of a step become integers, stack words the least hexadecimal
 * digits. A transaction is a thread; its steps are numbered by their lines. */
#include <stdlib.h>

#include "import/json_line.h"

enum kind { OP, STATE, END };
static const char *const KINDS[] = {"op", "state", "end", NULL};

static const char OTHER[] = "lines that are no steps and no results";

struct eip3155 {
    struct evd_json_lines lines;
    struct evd_scratch payload;
    struct evd_import_thread thread; /* the transaction under way, from 0; none comes again */
    bool has_ended;                  /* its result is there, so that another step begins another one */
};

/* What is made of a member. */
enum use { USE_AS_IS, USE_NUMBER, USE_STACK, USE_ERROR, USE_NOT };

/* Most are told from each other by their lengths. */
static enum use use_of(const struct evd_json_tape *tape, uint32_t key)
{
#define IS(name) (memcmp(text, name, sizeof(name) - 1) == 0)
    const char *text = tape->text + tape->tokens[key].start;
    switch (tape->tokens[key].length) {
    case 2: return IS("pc") || IS("op") ? USE_NUMBER : USE_AS_IS;
    case 3: return IS("gas") ? USE_NUMBER : USE_AS_IS;
    case 4: return IS("time") ? USE_NOT : USE_AS_IS;
    case 5: return IS("stack") ? USE_STACK : IS("depth") ? USE_NUMBER : IS("error") ? USE_ERROR : USE_AS_IS;
    case 6: return IS("refund") ? USE_NUMBER : USE_AS_IS;
    case 7: return IS("gasCost") || IS("memSize") || IS("gasUsed") ? USE_NUMBER : USE_AS_IS;
    default: return USE_AS_IS;
    }
#undef IS
}

/* Hexadecimal digits in lower case; 0 for what is none. */
static const char LOWER_DIGITS[256] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6', ['7'] = '7',
    ['8'] = '8', ['9'] = '9', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd', ['E'] = 'e', ['F'] = 'f'};

/* A word with the least digits, in lower case; what is none is as it is. */
static enum evd_status put_word(struct evd_importer *importer, struct evd_import_sink *sink,
                                const struct evd_json_tape *tape, uint32_t index)
{
    const struct evd_json_token *token = &tape->tokens[index];
    const char *text = tape->text + token->start;
    size_t length = token->length;
    uint64_t number;
    enum evd_status status = evd_room(sink, length + EVD_DIGITS_MAX);
    if (status != EVD_OK)
        return evd_import_no_memory(importer);
    if (token->type == EVD_JSON_INTEGER && evd_json_token_unsigned(tape, index, &number)) {
        EVD_PUT(sink, "\"0x");
        evd_put_hex(sink, number, 1);
        evd_put_byte(sink, '"');
        return EVD_OK;
    }
    if (length >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        text += 2;
        length -= 2;
    }
    bool is_word = token->type == EVD_JSON_STRING;
    for (size_t i = 0; is_word && i < length; i++)
        is_word = LOWER_DIGITS[(unsigned char)text[i]] != 0;
    if (!is_word)
        return evd_json_line_put(importer, sink, tape, index);
    while (length > 1 && *text == '0') {
        text++;
        length--;
    }
    EVD_PUT(sink, "\"0x");
    if (length == 0)
        evd_put_byte(sink, '0');
    for (size_t i = 0; i < length; i++)
        evd_put_byte(sink, LOWER_DIGITS[(unsigned char)text[i]]);
    evd_put_byte(sink, '"');
    return EVD_OK;
}

static enum evd_status put_stack(struct evd_importer *importer, struct evd_import_sink *sink,
                                 const struct evd_json_tape *tape, uint32_t index)
{
    const struct evd_json_token *stack = &tape->tokens[index];
    if (stack->type != EVD_JSON_ARRAY)
        return evd_json_line_put(importer, sink, tape, index);
    enum evd_status status = evd_room(sink, 2) == EVD_OK ? EVD_OK : evd_import_no_memory(importer);
    if (status == EVD_OK)
        evd_put_byte(sink, '[');
    for (uint32_t item = index + 1; status == EVD_OK && item < stack->next; item = tape->tokens[item].next) {
        if (item > index + 1)
            evd_put_byte(sink, ',');
        status = put_word(importer, sink, tape, item);
        if (status == EVD_OK && evd_room(sink, 2) != EVD_OK)
            status = evd_import_no_memory(importer);
    }
    if (status == EVD_OK)
        evd_put_byte(sink, ']');
    return status;
}

static enum evd_status put_number(struct evd_importer *importer, struct evd_import_sink *sink,
                                  const struct evd_json_tape *tape, uint32_t index)
{
    uint64_t number;
    if (!evd_json_token_unsigned(tape, index, &number))
        return evd_json_line_put(importer, sink, tape, index);
    if (evd_room(sink, EVD_DIGITS_MAX) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_unsigned(sink, number);
    return EVD_OK;
}

/* Members that say nothing are as good as absent, which other clients have them. */
static bool is_nothing(const struct evd_json_tape *tape, uint32_t value, enum use use)
{
    const struct evd_json_token *token = &tape->tokens[value];
    return use == USE_NOT || token->type == EVD_JSON_NULL ||
           (use == USE_ERROR && token->type == EVD_JSON_STRING && token->length == 0);
}

static enum evd_status put_members(struct evd_importer *importer, const struct evd_json_tape *tape)
{
    struct eip3155 *eip = importer->state;
    struct evd_import_sink *sink = &eip->payload.sink;
    evd_scratch_cut(&eip->payload, 0);
    if (evd_room(sink, 2) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(sink, '{');
    for (uint32_t key = 1; key < tape->count; key = tape->tokens[key + 1].next) {
        const enum use use = use_of(tape, key);
        if (is_nothing(tape, key + 1, use))
            continue;
        enum evd_status status = evd_json_line_put_key(sink, tape, key);
        if (status != EVD_OK)
            return evd_import_no_memory(importer);
        status = use == USE_NUMBER  ? put_number(importer, sink, tape, key + 1)
                 : use == USE_STACK ? put_stack(importer, sink, tape, key + 1)
                                    : evd_json_line_put(importer, sink, tape, key + 1);
        if (status != EVD_OK)
            return status;
    }
    if (evd_room(sink, 1) != EVD_OK)
        return evd_import_no_memory(importer);
    evd_put_byte(sink, '}');
    return EVD_OK;
}

static bool has_member(const struct evd_json_tape *tape, const char *name)
{
    return evd_json_line_has(tape, name, strlen(name));
}

static enum evd_status take_line(struct evd_importer *importer, const char *line, size_t length)
{
    struct eip3155 *eip = importer->state;
    const struct evd_json_tape *tape;
    /* Clients print other things too, but they begin a step with its bracket. */
    if (length < 2 || line[0] != '{' || (line[1] != '"' && line[1] != ' '))
        return evd_import_skip(importer, OTHER);
    enum evd_status status = evd_json_line_parse(importer, &eip->lines, line, length, &tape);
    if (status != EVD_OK)
        return status;
    const bool is_step = has_member(tape, "pc");
    const bool is_end = !is_step && (has_member(tape, "output") || has_member(tape, "gasUsed"));
    if (!is_step && !is_end && !has_member(tape, "stateRoot"))
        return evd_import_skip(importer, OTHER);
    status = put_members(importer, tape);
    if (status != EVD_OK)
        return status;
    if (is_step && eip->has_ended)
        evd_import_thread_init(&eip->thread, eip->thread.tid + 1);
    eip->has_ended = !is_step;
    eip->thread.next_idx = (int64_t)importer->summary.lines;
    return evd_json_line_write(importer, is_step ? OP : is_end ? END : STATE, &eip->thread, &eip->payload);
}

static bool is_like(const char *line, size_t length)
{
    static const char PC[] = "\"pc\":", OPERATION[] = "\"op\":", STACK[] = "\"stack\":";
    return length > 0 && line[0] == '{' && memmem(line, length, PC, sizeof PC - 1) != NULL &&
           memmem(line, length, OPERATION, sizeof OPERATION - 1) != NULL &&
           memmem(line, length, STACK, sizeof STACK - 1) != NULL;
}

static enum evd_status open_eip3155(struct evd_importer *importer)
{
    struct eip3155 *eip = calloc(1, sizeof *eip);
    if (eip == NULL)
        return EVD_E_NO_MEMORY;
    importer->state = eip;
    evd_scratch_init(&eip->payload);
    evd_import_thread_init(&eip->thread, 0);
    eip->lines.parser = evd_json_parser_create();
    return eip->lines.parser == NULL ? EVD_E_NO_MEMORY : EVD_OK;
}

static void close_eip3155(struct evd_importer *importer)
{
    struct eip3155 *eip = importer->state;
    if (eip == NULL)
        return;
    evd_json_parser_destroy(eip->lines.parser);
    evd_buffer_release(&eip->payload.buffer);
    free(eip);
}

const struct evd_import_format evd_format_eip3155 = {
    .name = "eip-3155",
    .summary = "EIP-3155, steps of an Ethereum virtual machine",
    .rules = "eip-3155",
    .kinds = KINDS,
    .version = 1,
    .is_like = is_like,
    .open = open_eip3155,
    .take_line = take_line,
    .close = close_eip3155,
};
