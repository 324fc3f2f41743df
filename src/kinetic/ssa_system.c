/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa.h"

#include "base/alloc.h"
#include "base/order.h"
#include "math/program_code.h"

#include <stdlib.h>
#include <string.h>

/* What a stochastic run knows of a model before it starts: channels, which laws matter,
 * and which of them each variable reaches.
 *
 * All of it is read off the compiled laws, whose instructions name the slots they
 * read. */

typedef struct making {
    bk_ssa_system *system;
    bk_diag *diag;
    bool refused;
    int32_t *user_starts, *users; /* laws by the slot they read */
    int32_t *queue;               /* [value_laws] */
    bool *found;                  /* [value_laws] */
    size_t capacity;
} making;

static void free_system(bk_system *base)
{
    bk_ssa_system *const s = (bk_ssa_system *)base;
    void *const arrays[] = {s->laws,   s->change_starts, s->changes, s->matters,
                            s->reacts, s->reader_starts, s->readers, s->channel_of,
                            s->motion, s->read,          s->roots,   s->moving};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        bk_free(arrays[i]);
    }
    bk_system_free(s->base);
    bk_free(s);
}

static void refuse(making *m, int32_t symbol, const char *reason)
{
    const bk_symbol *const about = &m->system->head.model->symbols[symbol];
    bk_diag_add(m->diag, BK_ERROR, about->where, "stochastic", "%s \"%s\" %s",
                bk_symbol_kind_text(about->kind), about->id, reason);
    m->refused = true;
}

/* --- channels ----------------------------------------------------------------------------- */

/* Every reaction is a channel, so that edits leave the numbers as they are. */
static bool find_channels(making *m)
{
    bk_ssa_system *const s = m->system;
    const bk_kin_system *const k = s->kin;
    const bk_model *const model = k->head.model;
    const size_t n = (size_t)model->n_reactions + 1;
    const size_t laws = (size_t)k->value_laws + 1;
    s->n_channels = model->n_reactions;
    s->channel_of = bk_alloc(laws * sizeof *s->channel_of);
    s->laws = bk_alloc(n * sizeof *s->laws);
    s->change_starts = bk_alloc_zero(n + 2, sizeof *s->change_starts);
    s->changes = bk_alloc(((size_t)k->n_terms + 1) * sizeof *s->changes);
    s->reacts = bk_alloc_zero((size_t)k->n + 1, sizeof *s->reacts);
    if (s->channel_of == NULL || s->laws == NULL || s->change_starts == NULL ||
        s->changes == NULL || s->reacts == NULL) {
        return false;
    }
    memset(s->channel_of, -1, laws * sizeof *s->channel_of);
    for (int32_t r = 0; r < s->n_channels; r++) {
        s->laws[r] = k->node_of[model->reactions[r].symbol];
        s->channel_of[s->laws[r]] = r;
    }
    for (int32_t t = 0; t < k->n_terms; t++) {
        s->change_starts[s->channel_of[k->node_of[k->terms[t].rate]] + 2]++;
        s->reacts[k->terms[t].variable] = true;
    }
    int32_t *const next = s->change_starts + 1;
    for (int32_t r = 0; r < s->n_channels; r++) {
        next[r + 1] += next[r];
    }
    for (int32_t t = 0; t < k->n_terms; t++) {
        const int32_t channel = s->channel_of[k->node_of[k->terms[t].rate]];
        s->changes[next[channel]++] = (bk_ssa_change){k->terms[t].variable, t};
    }
    return true;
}

/* --- who reads what ----------------------------------------------------------------------- */

typedef void visitor(making *m, int32_t law, int32_t slot);

/* Every slot below the partial derivatives that a law reads, as often as it does. */
static void visit_reads(making *m, int32_t law, visitor *visit)
{
    const bk_kin_system *const k = m->system->kin;
    const bk_program *const p = k->program;
    for (int32_t i = p->starts[law]; i < p->starts[law + 1]; i++) {
        const int n = bk_code_operands((bk_code)p->code[i].code);
        for (int a = 0; a < n; a++) {
            if (p->code[i].operands[a] < k->first_partial) {
                visit(m, law, p->code[i].operands[a]);
            }
        }
    }
}

static void mark_source(making *m, int32_t law, int32_t slot)
{
    (void)law;
    const int32_t node = m->system->kin->node_of[slot];
    if (node >= 0) {
        m->system->matters[node] = m->system->read[node] = true;
    }
}

/* Changes something. */
static bool fires(const bk_ssa_system *s, int32_t channel)
{
    return channel >= 0 && s->change_starts[channel] < s->change_starts[channel + 1];
}

/* Nodes stand in order of dependence, so one way back finds all that rates ask for. */
static bool find_what_matters(making *m)
{
    bk_ssa_system *const s = m->system;
    const bk_kin_system *const k = s->kin;
    s->matters = bk_alloc_zero((size_t)k->value_laws + 1, sizeof *s->matters);
    s->read = bk_alloc_zero((size_t)k->value_laws + 1, sizeof *s->read);
    if (s->matters == NULL || s->read == NULL) {
        return false;
    }
    for (int32_t law = k->value_laws - 1; law >= 0; law--) {
        s->matters[law] = s->matters[law] || fires(s, s->channel_of[law]) ||
                          k->nodes[law].kind == BK_KIN_TRIGGER ||
                          k->nodes[law].kind == BK_KIN_DERIVATIVE;
        if (s->matters[law]) {
            visit_reads(m, law, mark_source);
        }
        if (s->matters[law] && k->nodes[law].kind == BK_KIN_RATE_OF) {
            refuse(m, k->nodes[law].owner,
                   "jumps, so that the rateOf it which other laws ask for has no "
                   "meaning in a stochastic run");
        }
    }
    return true;
}

static void count_user(making *m, int32_t law, int32_t slot)
{
    (void)law;
    m->user_starts[slot + 2]++;
}

static void add_user(making *m, int32_t law, int32_t slot)
{
    m->users[m->user_starts[slot + 1]++] = law;
}

static bool index_users(making *m)
{
    const bk_ssa_system *const s = m->system;
    const int32_t slots = s->kin->first_partial;
    m->user_starts = bk_alloc_zero((size_t)slots + 3, sizeof *m->user_starts);
    if (m->user_starts == NULL) {
        return false;
    }
    for (int32_t law = 0; law < s->kin->value_laws; law++) {
        if (s->matters[law]) {
            visit_reads(m, law, count_user);
        }
    }
    for (int32_t slot = 0; slot < slots; slot++) {
        m->user_starts[slot + 2] += m->user_starts[slot + 1];
    }
    m->users = bk_alloc(((size_t)m->user_starts[slots + 1] + 1) * sizeof *m->users);
    if (m->users == NULL) {
        return false;
    }
    for (int32_t law = 0; law < s->kin->value_laws; law++) {
        if (s->matters[law]) {
            visit_reads(m, law, add_user);
        }
    }
    return true;
}

static void reach(making *m, int32_t law, int32_t *end)
{
    if (!m->found[law]) {
        m->found[law] = true;
        m->queue[(*end)++] = law;
    }
}

static void follow(making *m, int32_t slot, int32_t *end)
{
    for (int32_t i = m->user_starts[slot]; i < m->user_starts[slot + 1]; i++) {
        reach(m, m->users[i], end);
    }
}

/* The laws that a variable reaches, through rules and varying sizes too, and the rates
 * of what takes of it, which stop where it runs short. */
static bool find_readers(making *m)
{
    bk_ssa_system *const s = m->system;
    const bk_kin_system *const k = s->kin;
    const size_t laws = (size_t)k->value_laws + 1;
    m->queue = bk_alloc(laws * sizeof *m->queue);
    m->found = bk_alloc_zero(laws, sizeof *m->found);
    s->reader_starts = bk_alloc_zero((size_t)k->n + 1, sizeof *s->reader_starts);
    if (m->queue == NULL || m->found == NULL || s->reader_starts == NULL) {
        return false;
    }
    for (int32_t v = 0; v < k->n; v++) {
        int32_t end = 0;
        follow(m, k->variable_slot[v], &end);
        for (int32_t i = 0; i < end; i++) {
            follow(m, k->nodes[m->queue[i]].slot, &end);
        }
        for (int32_t t = k->term_starts[v]; t < k->term_starts[v + 1]; t++) {
            if (k->terms[t].number < 0.0) {
                reach(m, k->node_of[k->terms[t].rate], &end);
            }
        }
        const int32_t start = s->reader_starts[v];
        if (!bk_grow(&s->readers, &m->capacity, (size_t)(start + end) + 1,
                     sizeof *s->readers)) {
            return false;
        }
        if (end > 0) {
            qsort(m->queue, (size_t)end, sizeof *m->queue, bk_int_ascending);
            memcpy(s->readers + start, m->queue, (size_t)end * sizeof *m->queue);
        }
        for (int32_t i = 0; i < end; i++) {
            m->found[m->queue[i]] = false;
        }
        s->reader_starts[v + 1] = start + end;
    }
    return true;
}

/* What has no meaning for reactions that happen one by one, or is not done. */
static void refuse_equations(making *m)
{
    const bk_kin_system *const k = m->system->kin;
    const bk_model *const model = k->head.model;
    for (int32_t r = 0; k->fast != NULL && r < model->n_reactions; r++) {
        if (model->reactions[r].fast) {
            refuse(m, model->reactions[r].symbol,
                   "is fast, and equilibria are followed by the ode engine only");
        }
    }
    for (int32_t v = 0; v < k->n; v++) {
        if (k->implicit[v] && !k->equilibrium[v]) {
            refuse(m, k->variable[v],
                   "is determined by an algebraic rule that is not linear in it");
        }
    }
    for (int32_t i = 0; i < k->n_delays; i++) {
        refuse(m, k->nodes[k->node_of[k->delays[i].value]].owner,
               "has a delay, which the stochastic engine does not follow");
    }
}

bk_status bk_ssa_compile(const bk_model *model, bk_diag *diag, bk_system **system)
{
    bk_ssa_system *const made = bk_alloc_zero(1, sizeof *made);
    if (made == NULL) {
        return BK_NO_MEMORY;
    }
    made->head = (bk_system){&bk_engine_ssa, model, free_system};
    bk_status status = bk_kin_compile(model, diag, &made->base);
    if (status != BK_OK) {
        bk_free(made);
        return status;
    }
    made->kin = (const bk_kin_system *)made->base;
    making m = {.system = made, .diag = diag};
    refuse_equations(&m);
    if (m.refused) {
        free_system(&made->head);
        return BK_UNSUPPORTED;
    }
    const bool done = find_channels(&m) && find_what_matters(&m) && index_users(&m) &&
                      find_readers(&m);
    status = !done       ? BK_NO_MEMORY
             : m.refused ? BK_UNSUPPORTED
                         : bk_ssa_find_motion(made, diag);
    bk_free(m.user_starts);
    bk_free(m.users);
    bk_free(m.queue);
    bk_free(m.found);
    if (status != BK_OK) {
        free_system(&made->head);
        return status;
    }
    *system = &made->head;
    return BK_OK;
}
