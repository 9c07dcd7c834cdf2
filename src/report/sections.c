#include "report/sections.h"

#include "base/letters.h"
#include "report/describe.h"
#include "report/known.h"
#include "report/root.h"
#include "report/text.h"
#include "report/values.h"

static struct evd_text text_of(const struct evd_buffer *buffer)
{
    return (struct evd_text){buffer->length > 0 ? buffer->data : "", buffer->length};
}

static void append_span(struct evd_section_writer *writer, struct evd_buffer *out, bool is_cell, size_t most)
{
    if (is_cell)
        evd_append_cell(&writer->spans, out, text_of(&writer->text), most);
    else
        evd_append_span(&writer->spans, out, text_of(&writer->text), most);
}

void evd_section_span(struct evd_section_writer *writer, struct evd_buffer *out, bool is_cell, size_t columns)
{
    const size_t begin = out->length;
    out->failed |= writer->text.failed;
    /* Letters take one column at least; fences, escapes and wide letters may need another try. */
    for (size_t most = columns > 4 ? columns - 3 : 1; !out->failed; most /= 2) {
        out->length = begin;
        append_span(writer, out, is_cell, most);
        if (most <= 1 || out->failed ||
            evd_columns((struct evd_text){out->data + begin, out->length - begin}) <= columns)
            break;
    }
    evd_buffer_clear(&writer->text);
}

/* The same for what may not be longer than a name; `taken` columns of the line are. */
static void append_name(struct evd_section_writer *writer, struct evd_buffer *out, size_t taken)
{
    if (writer->columns > 0) {
        evd_section_span(writer, out, false, writer->columns - taken);
        return;
    }
    out->failed |= writer->text.failed;
    append_span(writer, out, false, EVD_SECTION_NAME_MAX);
    evd_buffer_clear(&writer->text);
}

void evd_section_words(struct evd_section_writer *writer, struct evd_buffer *out)
{
    struct evd_text rest = text_of(&writer->text);
    out->failed |= writer->text.failed;
    while (writer->columns > 0 && rest.length > writer->columns) {
        size_t place = writer->columns;
        while (place > 0 && rest.bytes[place] != ' ')
            place--;
        if (place == 0)
            break;
        evd_append_text(out, (struct evd_text){rest.bytes, place});
        evd_buffer_byte(out, '\n');
        rest.bytes += place + 1;
        rest.length -= place + 1;
    }
    evd_append_text(out, rest);
    evd_buffer_byte(out, '\n');
    evd_buffer_clear(&writer->text);
}

/* A value behind `lead`, in as many lines as it needs; the later ones begin with `mark`. */
static void append_side(struct evd_section_writer *writer, struct evd_buffer *out, const char *lead, char mark,
                        struct evd_text value)
{
    const size_t lead_columns = 10;
    evd_buffer_string(out, lead);
    while (writer->columns > 0 && evd_text_fitting(value, writer->columns - lead_columns) < value.length) {
        const size_t fitting = evd_text_fitting(value, writer->columns - lead_columns);
        evd_append_text(out, (struct evd_text){value.bytes, fitting});
        evd_buffer_format(out, "\n%c         ", mark);
        value.bytes += fitting;
        value.length -= fitting;
    }
    evd_append_text(out, value);
    evd_buffer_byte(out, '\n');
}

/* Both sides as a diff, which forges colour. No line begins with a backtick, so that three end the block. */
static void append_sides(struct evd_section_writer *writer, struct evd_buffer *out, const struct evd_family *family,
                         const struct evd_divergence *divergence)
{
    evd_buffer_string(out, "```diff\n");
    if (divergence->value != NULL) {
        struct evd_buffer values[EVD_SIDES] = {{0}, {0}};
        evd_append_values(values, divergence->value, family->shown_as);
        for (int side = 0; side < EVD_SIDES; side++) {
            out->failed |= values[side].failed;
            append_side(writer, out, side == EVD_CANARY ? "- canary: " : "+ ours:   ", side == EVD_CANARY ? '-' : '+',
                        text_of(&values[side]));
            evd_buffer_release(&values[side]);
        }
    } else {
        evd_buffer_string(out, evd_run_of(divergence, EVD_OURS).count == 0 ? "- " : "+ ");
        evd_describe_extent(out, divergence);
        evd_buffer_byte(out, '\n');
    }
    evd_buffer_string(out, "```\n\n");
}

static void append_reasons(struct evd_section_writer *writer, struct evd_buffer *out, const struct evd_outcome *outcome,
                           const struct evd_family *family, const struct evd_divergence *divergence)
{
    struct evd_buffer *text = &writer->text;
    evd_describe_root_extent(text, family);
    if (family->relation != EVD_RELATION_NONE) {
        evd_buffer_string(text, "; ");
        evd_describe_relation(text, family);
    }
    if (family->has_suspicion) {
        evd_buffer_string(text, "; ");
        evd_describe_suspicion(text, &family->suspicion);
    }
    if (!family->is_root)
        evd_buffer_format(text, "; most of them follow from family %s", outcome->families[family->follows].id);
    if (outcome->control_count > 0) {
        evd_buffer_string(text, "; ");
        evd_describe_novelty(text, divergence->news);
    }
    evd_buffer_byte(text, '.');
    evd_section_words(writer, out);
}

void evd_section_family(struct evd_section_writer *writer, struct evd_buffer *out, const struct evd_outcome *outcome,
                        size_t number, const struct evd_family *family, size_t pair, size_t index)
{
    const struct evd_divergence *divergence = &outcome->pairs[pair].divergences[index];
    const size_t begin = out->length;
    evd_buffer_format(out, "\n### %zu. %s ", number, evd_class_name(family->class_));
    evd_describe_subject(&writer->text, family);
    append_name(writer, out, out->length - begin - 1);
    evd_buffer_string(out, "\n\n");
    append_sides(writer, out, family, divergence);
    append_reasons(writer, out, outcome, family, divergence);
    if (divergence->has_notes) {
        evd_describe_notes(&writer->text, divergence);
        evd_buffer_string(out, "It ");
        append_name(writer, out, sizeof "It ." - 1);
        evd_buffer_string(out, ".\n");
    }
    const struct evd_text arguments = evd_arguments_at(outcome, (size_t)(family - outcome->families), pair, index);
    if (arguments.length > 0) {
        evd_append_line(&writer->text, arguments);
        evd_buffer_string(out, "Arguments: ");
        append_name(writer, out, sizeof "Arguments: ." - 1);
        evd_buffer_string(out, ".\n");
    }
    const struct evd_quotation *quotation =
        evd_quotation_at(outcome, (size_t)(family - outcome->families), pair, index);
    evd_describe_source_threads(&writer->text, quotation);
    if (writer->text.length > 0) {
        evd_buffer_string(out, "It is in ");
        append_name(writer, out, sizeof "It is in ." - 1);
        evd_buffer_string(out, ".\n");
    }
    evd_buffer_string(out, "At ");
    evd_describe_place(out, outcome, pair, index);
    evd_describe_source(out, quotation);
    const bool is_shown = evd_describe_show(&writer->text, outcome, pair, index, NULL);
    evd_buffer_format(out, "; family %s%s\n", family->id, is_shown ? ":" : ".");
    if (is_shown)
        append_span(writer, out, false, 0);
    evd_buffer_clear(&writer->text);
    evd_buffer_string(out, is_shown ? "\n" : "");
}

void evd_section_known(struct evd_section_writer *writer, struct evd_buffer *out, const struct evd_listed_family *known)
{
    const size_t begin = out->length;
    if (known == NULL)
        return;
    evd_describe_known(&writer->text, known);
    evd_buffer_string(out, "By the ledger: ");
    append_name(writer, out, out->length - begin + 1);
    evd_buffer_string(out, ".\n");
}

void evd_section_writer_release(struct evd_section_writer *writer)
{
    evd_buffer_release(&writer->text);
    evd_span_writer_release(&writer->spans);
}
