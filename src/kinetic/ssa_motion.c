/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/ssa.h"

#include "base/alloc.h"
#include "base/order.h"
#include "math/program_code.h"

#include <stdlib.h>

/* How slots move between events, followed through the instructions of the laws.
 *
 * What rates depend on must stand still, and what triggers and conditions compare must
 * move along straight lines, so that the time of every switch is the root of a linear
 * function: then a run is exact.  All else is refused by name. */

typedef struct making {
    bk_ssa_system *system;
    bk_diag *diag;
    bool refused;
    size_t root_capacity, law_capacity;
} making;

static void refuse(making *m, int32_t symbol, const char *reason)
{
    const bk_symbol *const about = &m->system->head.model->symbols[symbol];
    bk_diag_add(m->diag, BK_ERROR, about->where, "stochastic", "%s \"%s\" %s",
                bk_symbol_kind_text(about->kind), about->id, reason);
    m->refused = true;
}

static bk_ssa_motion more(bk_ssa_motion a, bk_ssa_motion b)
{
    return a > b ? a : b;
}

static bk_ssa_motion times(bk_ssa_motion a, bk_ssa_motion b)
{
    return a != BK_SSA_STILL && b != BK_SSA_STILL ? BK_SSA_CURVED : more(a, b);
}

static bk_ssa_motion over(bk_ssa_motion a, bk_ssa_motion b)
{
    return b != BK_SSA_STILL ? BK_SSA_CURVED : a;
}

static bool is_relation(const bk_instruction *i)
{
    return i->code >= BK_CODE_EQ && i->code <= BK_CODE_GEQ;
}

/* How the result of an instruction moves, from its operands.  The truth of a relation
 * stands still between switches. */
static bk_ssa_motion motion_of(const bk_instruction *i, const bk_ssa_motion *motion)
{
    bk_ssa_motion m[BK_MOST_OPERANDS] = {BK_SSA_STILL};
    const int n = bk_code_operands((bk_code)i->code);
    int moving = 0;
    for (int a = 0; a < n; a++) {
        m[a] = motion[i->operands[a]];
        moving += m[a] != BK_SSA_STILL;
    }
    const bk_ssa_motion most = more(m[0], more(m[1], m[2]));
    const bk_ssa_motion three = times(times(m[0], m[1]), m[2]);
    if (is_relation(i)) {
        return BK_SSA_STILL;
    }
    switch (i->code) {
    case BK_CODE_MOVE:
    case BK_CODE_ADD:
    case BK_CODE_ADD3:
    case BK_CODE_SUBTRACT:
    case BK_CODE_NEGATE:
    case BK_CODE_SELECT:
        return most;
    case BK_CODE_MULTIPLY:
    case BK_CODE_MULTIPLY3:
        return three;
    case BK_CODE_DIVIDE:
        return over(m[0], m[1]);
    case BK_CODE_MULTIPLY_ADD:
    case BK_CODE_MULTIPLY_SUBTRACT:
    case BK_CODE_MULTIPLY_FROM:
        return more(times(m[0], m[1]), m[2]);
    case BK_CODE_MULTIPLY_DIVIDE:
        return over(times(m[0], m[1]), m[2]);
    case BK_CODE_ADD_MULTIPLY:
    case BK_CODE_SUBTRACT_MULTIPLY:
        return times(more(m[0], m[1]), m[2]);
    case BK_CODE_SUBTRACT_DIVIDE:
        return over(more(m[0], m[1]), m[2]);
    case BK_CODE_SATURATE:
        return over(times(m[0], m[1]), more(m[0], m[2]));
    case BK_CODE_FLOW:
        return times(more(three, times(m[3], m[4])), m[5]);
    case BK_CODE_SATURATION:
        return times(over(three, more(m[3], m[4])), m[5]);
    default:
        return moving > 0 ? BK_SSA_CURVED : BK_SSA_STILL;
    }
}

static bk_ssa_motion compared(const bk_ssa_system *s, const bk_instruction *i)
{
    return is_relation(i) ? more(s->motion[i->operands[0]], s->motion[i->operands[1]])
                          : BK_SSA_STILL;
}

static bool add_root(making *m, int32_t relation)
{
    bk_ssa_system *const s = m->system;
    if (!bk_grow(&s->roots, &m->root_capacity, (size_t)s->n_roots + 1,
                 sizeof *s->roots)) {
        return false;
    }
    s->roots[s->n_roots++] = relation;
    return true;
}

/* Follows a law that matters; its relations that move with time are roots. */
static bool follow_law(making *m, int32_t law)
{
    bk_ssa_system *const s = m->system;
    const bk_kin_system *const k = s->kin;
    const bk_program *const p = k->program;
    bk_ssa_motion relations = BK_SSA_STILL;
    bool good = true;
    for (int32_t i = p->starts[law]; i < p->starts[law + 1] && good; i++) {
        const bk_ssa_motion found = compared(s, &p->code[i]);
        s->motion[p->code[i].target] = motion_of(&p->code[i], s->motion);
        if (s->matters[law]) {
            relations = more(relations, found);
            good = found != BK_SSA_LINEAR || add_root(m, p->code[i].detail);
        }
    }
    if (relations == BK_SSA_CURVED) {
        refuse(m, k->nodes[law].owner,
               "depends on a comparison with what moves along a curve, so that the "
               "time of its switch is not exact in a stochastic run; use --method ode");
    }
    const bool moves = s->motion[k->nodes[law].slot] != BK_SSA_STILL;
    if (good && s->matters[law] && (moves || relations != BK_SSA_STILL)) {
        good = bk_grow(&s->moving, &m->law_capacity, (size_t)s->n_moving + 1,
                       sizeof *s->moving);
        if (good) {
            s->moving[s->n_moving++] = law;
        }
    }
    return good;
}

static void refuse_motion(making *m)
{
    const bk_ssa_system *const s = m->system;
    const bk_kin_system *const k = s->kin;
    for (int32_t law = 0; law < k->value_laws; law++) {
        const bk_kin_node *const node = &k->nodes[law];
        const bool moves = s->motion[node->slot] != BK_SSA_STILL;
        if (moves && s->matters[law] && node->kind == BK_KIN_RATE &&
            s->channel_of[law] >= 0) {
            refuse(m, node->owner,
                   "has a rate that moves with time, which an exact stochastic run "
                   "cannot follow; use --method ode");
        } else if (moves && node->kind == BK_KIN_DERIVATIVE) {
            refuse(m, node->owner,
                   "has a rate rule that is not constant between events, which an "
                   "exact stochastic run cannot follow; use --method ode");
        }
    }
    for (int32_t t = 0; t < k->n_terms; t++) {
        if (k->terms[t].varying) {
            refuse(m, k->variable[k->terms[t].variable],
                   "has a stoichiometry that varies, which stochastic runs do not "
                   "follow");
        }
    }
}

/* A channel may change when roots are reached, or how fast something moves. */
static void find_whether_roots_jump(bk_ssa_system *s)
{
    for (int32_t v = 0; v < s->kin->n; v++) {
        for (int32_t i = s->reader_starts[v]; i < s->reader_starts[v + 1]; i++) {
            const int32_t law = s->readers[i];
            const bool moving = s->kin->nodes[law].kind == BK_KIN_DERIVATIVE ||
                                bsearch(&law, s->moving, (size_t)s->n_moving,
                                        sizeof law, bk_int_ascending);
            s->roots_jump = s->roots_jump || (moving && s->reacts[v]);
        }
    }
}

bk_status bk_ssa_find_motion(bk_ssa_system *system, bk_diag *diag)
{
    making m = {.system = system, .diag = diag};
    const bk_kin_system *const k = system->kin;
    const size_t slots = (size_t)bk_program_slots(k->program) + 1;
    system->motion = bk_alloc_zero(slots, sizeof *system->motion);
    if (system->motion == NULL) {
        return BK_NO_MEMORY;
    }
    system->motion[bk_kin_time_slot(k)] = BK_SSA_LINEAR;
    for (int32_t v = 0; v < k->n; v++) {
        if (k->derivative_node[v] >= 0) {
            system->motion[k->variable_slot[v]] = BK_SSA_LINEAR;
        }
    }
    for (int32_t law = 0; law < k->value_laws; law++) {
        if (!follow_law(&m, law)) {
            return BK_NO_MEMORY;
        }
    }
    refuse_motion(&m);
    if (system->n_moving > 0) {
        find_whether_roots_jump(system);
    }
    return m.refused ? BK_UNSUPPORTED : BK_OK;
}
