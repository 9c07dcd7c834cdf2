#include "walk/absorb.h"

/* The answer of an event with that key, still to be given. */
static struct evd_absorber_memo make_memo(const struct evd_walker *walker, const struct evd_absorber_rule *rule,
                                          struct evd_absorber_question question, uint64_t key)
{
    const uint32_t number = (uint32_t)(rule - walker->rules->absorbers);
    return (struct evd_absorber_memo){
        .key = key,
        .aim = walker->aim,
        .question = EVD_ABSORBER_QUESTIONS * number + question.number + 1,
        .place = question.place};
}

/* Where an answer is kept: those asked about are the same few events over and over. */
static struct evd_absorber_memo *find_memo(struct evd_walker *walker, const struct evd_absorber_memo *wanted)
{
    const uint64_t mixed = wanted->key + 0x9e3779b97f4a7c15u * (wanted->question + UINT64_C(64) * wanted->place);
    return &walker->memos[(mixed ^ mixed >> 32) % EVD_ABSORBER_MEMOS];
}

/* True in *answer when the answer is known. */
static bool recall(struct evd_walker *walker, const struct evd_absorber_memo *wanted, bool *answer)
{
    const struct evd_absorber_memo *memo = find_memo(walker, wanted);
    if (walker->is_plain || memo->question != wanted->question || memo->place != wanted->place ||
        memo->key != wanted->key || memo->aim != wanted->aim)
        return false;
    *answer = memo->is_so;
    return true;
}

/* Asks an event that was read, and keeps the answer when its key tells it. */
static bool ask(struct evd_walker *walker, const struct evd_absorber_rule *rule, struct evd_absorber_question question,
                const struct evd_event_view *view, struct evd_absorber_memo memo)
{
    bool is_told_by_key;
    memo.is_so = rule->type->answer(rule, question, view, &is_told_by_key);
    if (is_told_by_key)
        *find_memo(walker, &memo) = memo;
    return memo.is_so;
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
    const uint64_t key = cursor->stream->events[cursor->position].key;
    const struct evd_absorber_memo memo = make_memo(walker, rule, question, key);
    if (recall(walker, &memo, answer))
        return EVD_OK;
    const struct evd_event_view *view;
    const enum evd_status status = evd_absorber_read(walker, side, &view, error);
    if (status == EVD_OK)
        *answer = ask(walker, rule, question, view, memo);
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
    const struct evd_absorber_memo memo = make_memo(walker, rule, question, event->key);
    if (recall(walker, &memo, answer))
        return EVD_OK;
    struct evd_event_view view;
    const enum evd_status status = evd_reader_read(&walker->block_reader, cursor->log, event, NULL, &view, error);
    if (status == EVD_OK)
        *answer = ask(walker, rule, question, &view, memo);
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
        if (!rule->disabled)
            status = rule->type->absorb(walker, rule, absorption, error);
    }
    return status;
}
