#include "walk/absorb.h"

/* The number of a question among those of all rules, from 1. */
static uint32_t number_of(const struct evd_absorber_rule *rule, struct evd_absorber_question question)
{
    return rule->first_question + question.number;
}

/* Where an answer is kept: those asked about are the same few events over and over. */
static struct evd_absorber_memo *find_memo(struct evd_walker *walker, uint64_t key, uint32_t number, uint32_t place)
{
    const uint64_t mixed = key + 0x9e3779b97f4a7c15u * (number + UINT64_C(64) * place);
    return &walker->memos[(mixed ^ mixed >> 32) % EVD_ABSORBER_MEMOS];
}

/* True in *answer when the answer of an event with that key is known. */
static inline bool recall(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                          struct evd_absorber_question question, uint64_t key, bool *answer)
{
    const uint32_t number = number_of(rule, question);
    const struct evd_absorber_memo *memo = find_memo(walker, key, number, question.place);
    if (memo->key != key || memo->question != number || memo->place != question.place || memo->aim != walker->aim ||
        walker->is_plain)
        return false;
    *answer = memo->is_so;
    return true;
}

/* Asks an event that was read, and keeps the answer when its key tells it. */
static bool ask(struct evd_walker *walker, const struct evd_absorber_rule *rule, struct evd_absorber_question question,
                const struct evd_event_view *view, uint64_t key)
{
    bool is_told_by_key;
    const bool is_so = rule->type->answer(rule, question, view, &is_told_by_key);
    const uint32_t number = number_of(rule, question);
    /* By compare rules events have one key that are not one. */
    if (is_told_by_key && view->fields.compare->count == 0)
        *find_memo(walker, key, number, question.place) = (struct evd_absorber_memo){
            .key = key, .aim = walker->aim, .question = number, .place = question.place, .is_so = is_so};
    return is_so;
}

enum evd_status evd_absorber_read(struct evd_walker *walker, enum evd_side side, const struct evd_event_view **view,
                                  struct evd_error *error)
{
    *view = &walker->side[side].view;
    return evd_cursor_read(&walker->side[side], error);
}

enum evd_status evd_absorber_ask(struct evd_walker *walker, const struct evd_absorber_rule *rule, enum evd_side side,
                                 struct evd_absorber_question question, bool *answer, struct evd_error *error)
{
    const struct evd_cursor *cursor = &walker->side[side];
    const uint64_t key = evd_stream_event(cursor->stream, cursor->position)->key;
    if (recall(walker, rule, question, key, answer))
        return EVD_OK;
    const struct evd_event_view *view;
    const enum evd_status status = evd_absorber_read(walker, side, &view, error);
    if (status == EVD_OK)
        *answer = ask(walker, rule, question, view, key);
    return status;
}

enum evd_status evd_absorber_ask_ahead(struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                       enum evd_side side, uint64_t position, struct evd_absorber_question question,
                                       bool *answer, struct evd_error *error)
{
    struct evd_cursor *cursor = &walker->side[side];
    const struct evd_event *event = evd_cursor_event(cursor, position);
    if (event == NULL)
        return evd_cursor_fail(cursor, error);
    if (recall(walker, rule, question, event->key, answer))
        return EVD_OK;
    struct evd_event_view view;
    const enum evd_status status = evd_reader_read(&walker->block_reader, cursor->log, event, NULL, &view, error);
    if (status == EVD_OK)
        *answer = ask(walker, rule, question, &view, event->key);
    return status;
}

enum evd_status evd_absorb(struct evd_walker *walker, struct evd_absorption *absorption, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    enum evd_status status = EVD_OK;
    *absorption = (struct evd_absorption){0};
    for (size_t i = 0; status == EVD_OK && i < rules->absorber_count && absorption->count == 0; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        absorption->absorber = i;
        if (!rule->disabled && rule->type->absorb != NULL)
            status = rule->type->absorb(walker, rule, absorption, error);
    }
    return status;
}

enum evd_status evd_absorb_alone(struct evd_walker *walker, enum evd_side side, uint64_t position, bool may_shift,
                                 struct evd_absorption *absorption, struct evd_error *error)
{
    const struct evd_rules *rules = walker->rules;
    enum evd_status status = EVD_OK;
    *absorption = (struct evd_absorption){0};
    for (size_t i = 0; status == EVD_OK && i < rules->absorber_count && absorption->count == 0; i++) {
        const struct evd_absorber_rule *rule = &rules->absorbers[i];
        absorption->absorber = i;
        if (!rule->disabled && rule->type->absorb_alone != NULL)
            status = rule->type->absorb_alone(walker, rule, side, position, may_shift, absorption, error);
    }
    return status;
}
