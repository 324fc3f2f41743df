/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "base/c_locale.h"
#include "logic/claim_impl.h"
#include "logic/claim_question.h"

#include <string.h>

struct bk_verdict {
    const bk_model *model;
    int32_t *node;   /* [symbols] */
    int32_t *symbol; /* [n] */
    bool *chosen;    /* [n] starts at one of several levels */
    int32_t n;
    bk_reply reply;
    char text[300], vacuous[300];
};

/* Looked at one by one before diagrams are tried. */
enum { FEW_STATES = 65536 };

bool bk_track_add(bk_track *track, bk_cursor *cursor, int32_t x, int by)
{
    if (!bk_grow(&track->moves, &track->capacity, track->n + 1, sizeof *track->moves)) {
        return false;
    }
    const int from = cursor->levels[x];
    track->moves[track->n++] =
        (bk_path_move){.symbol = x, .from = from, .to = from + by};
    cursor->levels[x] = (uint8_t)(from + by);
    return true;
}

static bool tells_a_way(const bk_condition_list *list, int32_t i)
{
    const bk_condition_node *const c = &list->at[i];
    switch (c->says) {
    case BK_SAYS_WAY:
    case BK_SAYS_STAY:
        return true;
    case BK_SAYS_NOT:
        return tells_a_way(list, c->a);
    case BK_SAYS_AND:
    case BK_SAYS_OR:
        return tells_a_way(list, c->a) || tells_a_way(list, c->b);
    default:
        return false;
    }
}

bool bk_claim_explain(const bk_tracer *tracer, int32_t condition, bk_cursor *cursor,
                      bk_track *track)
{
    const bk_condition_list *const list = &tracer->question->conditions;
    const bk_condition_node *const c = &list->at[condition];
    const int value = tracer->value(tracer->engine, condition, cursor);
    const bool holds = value == BK_CLAIM_SURE;
    switch (c->says) {
    case BK_SAYS_NOT:
        return bk_claim_explain(tracer, c->a, cursor, track);
    case BK_SAYS_AND:
    case BK_SAYS_OR: {
        /* The part that makes it so; where both are needed, one that tells a way. */
        const bool one_is_enough = holds == (c->says == BK_SAYS_OR);
        const bool first = tracer->value(tracer->engine, c->a, cursor) == value;
        const bool second = tracer->value(tracer->engine, c->b, cursor) == value;
        const bool take_first = !one_is_enough    ? tells_a_way(list, c->a)
                                : first && second ? !tells_a_way(list, c->a)
                                                  : first;
        return bk_claim_explain(tracer, take_first ? c->a : c->b, cursor, track);
    }
    case BK_SAYS_WAY:
        return !holds || (tracer->go(tracer->engine, condition, cursor, track) &&
                          bk_claim_explain(tracer, c->b, cursor, track));
    case BK_SAYS_STAY:
        return !holds || tracer->stay(tracer->engine, condition, cursor, track);
    default:
        return true;
    }
}

static void tell(bk_verdict *v, const bk_question *q, const char *how)
{
    const bk_reply *const r = &v->reply;
    char number[40];
    bk_c_snprintf(number, sizeof number, "%.0f", r->size);
    if (r->answer != BK_NOT_DECIDED) {
        bk_c_snprintf(v->text, sizeof v->text, how, number,
                      r->whole ? "all that can be reached"
                               : "the first that are reached");
    } else if (bk_logic_cancelled(q->work)) {
        bk_c_snprintf(v->text, sizeof v->text, "stopped on the way");
    } else {
        bk_c_snprintf(
            v->text, sizeof v->text,
            "%s%s, and decision diagrams of the %d levels that matter grow too "
            "large: hold more levels, or allow more states or nodes",
            r->size > 0.0 ? "the first states that are reached leave it open: "
                          : "there are more starts than can be looked at",
            r->size > 0.0 ? number : "", (int)q->n_nodes);
    }
    if (r->answer == BK_YES && r->no_start) {
        bk_c_snprintf(v->vacuous, sizeof v->vacuous,
                      "no start is as `from` says, so that whatever is claimed holds");
    } else if (r->answer == BK_YES && r->vacuous >= 0) {
        bk_c_snprintf(
            v->vacuous, sizeof v->vacuous,
            "the premise %s is never true, so that whatever is said to follow "
            "holds",
            q->claim->premises[r->vacuous].text);
    }
}

static void reply_again(bk_reply *r)
{
    bk_free(r->track.moves);
    *r = (bk_reply){.answer = BK_NOT_DECIDED,
                    .vacuous = -1,
                    .start = r->start,
                    .track = {.repeats = -1}};
}

static bk_status answer(bk_verdict *v, const bk_question *q)
{
    const bk_claim_settings *const s = q->settings;
    const long most = s->max_states > 0 ? s->max_states : 1000000;
    const long nodes = s->max_nodes > 0 ? s->max_nodes : 2000000;
    const long few = most < FEW_STATES ? most : FEW_STATES;
    const char *how = "by %s states, %s";
    reply_again(&v->reply);
    bk_status status = bk_claim_by_states(q, few, &v->reply);
    if (status == BK_OK && v->reply.answer == BK_NOT_DECIDED) {
        reply_again(&v->reply);
        how = "by decision diagrams of %s nodes";
        status = bk_claim_by_sets(q, nodes, &v->reply);
    }
    if (status == BK_OK && v->reply.answer == BK_NOT_DECIDED) {
        reply_again(&v->reply);
        how = "by %s states, %s";
        status = bk_claim_by_states(q, most, &v->reply);
    }
    if (status == BK_OK) {
        tell(v, q, how);
    }
    return status;
}

static bk_status start(const bk_logic_system *s, bk_verdict **verdict)
{
    bk_verdict *const v = bk_alloc_zero(1, sizeof *v);
    if (v == NULL) {
        return BK_NO_MEMORY;
    }
    const size_t symbols = (size_t)s->head.model->n_symbols;
    const size_t n = (size_t)s->n;
    v->model = s->head.model;
    v->n = s->n;
    v->node = bk_alloc((symbols + 1) * sizeof *v->node);
    v->symbol = bk_alloc((n + 1) * sizeof *v->symbol);
    v->reply.start = bk_alloc_zero(n + 1, 1);
    v->chosen = bk_alloc_zero(n + 1, sizeof *v->chosen);
    if (v->node == NULL || v->symbol == NULL || v->reply.start == NULL ||
        v->chosen == NULL) {
        bk_verdict_free(v);
        return BK_NO_MEMORY;
    }
    memcpy(v->node, s->node, symbols * sizeof *v->node);
    memcpy(v->symbol, s->symbol, n * sizeof *v->symbol);
    *verdict = v;
    return BK_OK;
}

static bool fits(const bk_system *system, const bk_claim *claim,
                 const bk_claim_settings *settings)
{
    if (!bk_logic_is_system(system) || bk_system_model(system) != claim->model ||
        settings->max_states < 0 || settings->max_nodes < 0) {
        return false;
    }
    const bk_logic_system *const s = (const bk_logic_system *)system;
    for (size_t i = 0; i < settings->n_free; i++) {
        const int32_t symbol = settings->free[i];
        if (symbol < 0 || symbol >= claim->model->n_symbols || s->node[symbol] < 0) {
            return false;
        }
    }
    return true;
}

bk_status bk_claim_check(const bk_system *logic_system, const bk_overlay *overlay,
                         const bk_claim *claim, const bk_claim_settings *settings,
                         bk_diag *diag, bk_verdict **verdict)
{
    if (!fits(logic_system, claim, settings)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "claim",
                    "claims are put to a system compiled for logic (sync, async or "
                    "ctmc) from their own model, with limits that are not negative and "
                    "levels of the model to start freely");
        return BK_MISUSE;
    }
    bk_workspace *workspace = NULL;
    bk_verdict *v = NULL;
    bk_question q = {.claim = claim, .settings = settings};
    bk_status status = bk_logic_workspace(logic_system, &workspace);
    if (status == BK_OK) {
        q.work = (bk_logic_work *)workspace;
        q.work->cancelled = settings->cancelled;
        q.work->cancel_context = settings->cancel_context;
        status = start(q.work->system, &v);
    }
    if (status == BK_OK) {
        status = bk_question_make(&q, overlay);
    }
    if (status == BK_OK) {
        status = answer(v, &q);
    }
    if (status == BK_OK) {
        for (int32_t x = 0; x < v->n; x++) {
            v->chosen[x] = q.low[x] < q.high[x];
        }
    }
    bk_question_end(&q);
    bk_workspace_free(workspace);
    if (status != BK_OK) {
        bk_verdict_free(v);
        return status;
    }
    *verdict = v;
    return BK_OK;
}

void bk_verdict_free(bk_verdict *verdict)
{
    if (verdict != NULL) {
        bk_free(verdict->reply.track.moves);
        bk_free(verdict->reply.start);
        bk_free(verdict->chosen);
        bk_free(verdict->node);
        bk_free(verdict->symbol);
        bk_free(verdict);
    }
}

bk_answer bk_verdict_answer(const bk_verdict *verdict)
{
    return verdict->reply.answer;
}

const char *bk_verdict_text(const bk_verdict *verdict)
{
    return verdict->text;
}

const char *bk_verdict_vacuous(const bk_verdict *verdict)
{
    return verdict->vacuous;
}

size_t bk_verdict_moves(const bk_verdict *verdict)
{
    return verdict->reply.track.n;
}

bk_path_move bk_verdict_move(const bk_verdict *verdict, size_t i)
{
    bk_path_move move = verdict->reply.track.moves[i];
    move.symbol = verdict->symbol[move.symbol];
    return move;
}

long bk_verdict_repeats(const bk_verdict *verdict)
{
    return verdict->reply.track.repeats;
}

int bk_verdict_start(const bk_verdict *verdict, int32_t symbol)
{
    const int32_t x = verdict->node[symbol];
    return x < 0 || !verdict->reply.has_start ? -1 : verdict->reply.start[x];
}

static bk_status add_row(const bk_verdict *v, bk_table *table, int64_t step, int32_t x,
                         int from, int to)
{
    size_t row;
    bk_status status = bk_table_add_row(table, &row);
    if (status == BK_OK) {
        status = bk_table_set_integer(table, row, 0, step);
    }
    if (status == BK_OK) {
        status = bk_table_set_text(table, row, 1, bk_symbol_id(v->model, v->symbol[x]));
    }
    if (status == BK_OK && from >= 0) {
        status = bk_table_set_integer(table, row, 2, from);
    }
    if (status == BK_OK) {
        status = bk_table_set_integer(table, row, 3, to);
    }
    if (status == BK_OK && step > 0 && v->reply.track.repeats == (long)step - 1) {
        status = bk_table_set_text(table, row, 4, "repeats");
    }
    return status;
}

bk_status bk_verdict_table(const bk_verdict *verdict, bk_table **table)
{
    bk_table *const made = bk_table_new();
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    static const struct {
        const char *name;
        bk_type type;
    } columns[] = {{"step", BK_INTEGER},
                   {"level", BK_TEXT},
                   {"from", BK_INTEGER},
                   {"to", BK_INTEGER},
                   {"note", BK_TEXT}};
    bk_status status = BK_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns && status == BK_OK; i++) {
        status = bk_table_add_column(made, columns[i].name, columns[i].type, NULL);
    }
    const bk_reply *const r = &verdict->reply;
    for (int32_t x = 0; x < verdict->n && r->has_start && status == BK_OK; x++) {
        if (verdict->chosen[x]) {
            status = add_row(verdict, made, 0, x, -1, r->start[x]);
        }
    }
    for (size_t i = 0; i < r->track.n && status == BK_OK; i++) {
        const bk_path_move *const m = &r->track.moves[i];
        status = add_row(verdict, made, (int64_t)i + 1, m->symbol, m->from, m->to);
    }
    if (status != BK_OK) {
        bk_table_free(made);
        return status;
    }
    *table = made;
    return BK_OK;
}
