/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/alloc.h"
#include "logic/cycles.h"
#include "solve/sat.h"

#include <string.h>

/* Time runs backwards: the last state is there from the beginning, so that what is said
 * about it holds for chains of every length. */

struct bk_chain {
    const bk_lane_step *step;
    bk_sat *sat;
    int variables;
    int *last;    /* [rails] variables of the last state */
    int *first;   /* [rails] of the first one so far */
    int *literal; /* [words] scratch: what a word of the program is */
};

enum { TRUE_VARIABLE = 1 };

static void clause(bk_chain *h, int a, int b, int c)
{
    const int literals[] = {a, b, c};
    for (int i = 0; i < 3; i++) {
        if (literals[i] == TRUE_VARIABLE) {
            return;
        }
    }
    for (int i = 0; i < 3; i++) {
        if (literals[i] != -TRUE_VARIABLE) {
            bk_sat_add(h->sat, literals[i]);
        }
    }
    bk_sat_add(h->sat, 0);
}

static void choice(bk_chain *h, int out, int choose, int yes, int no)
{
    clause(h, -choose, -yes, out);
    clause(h, -choose, yes, -out);
    clause(h, choose, -no, out);
    clause(h, choose, no, -out);
    clause(h, -yes, -no, out);
    clause(h, yes, no, -out);
}

static void add_state(bk_chain *h)
{
    const bk_reduced *const net = h->step->net;
    for (int32_t i = 0; i < net->n_core; i++) {
        const int32_t x = net->core[i];
        int *const v = h->first + h->step->rail[x];
        const int width = net->high[x] - net->low[x];
        if (bk_reduced_free_input(net, x) && v[0] != 0) {
            continue; /* it stays, and is the same in every state */
        }
        for (int k = 0; k < width; k++) {
            v[k] = ++h->variables;
            if (k > 0) {
                clause(h, -v[k], v[k - 1], -TRUE_VARIABLE);
            }
        }
        for (int k = 1; k < width && bk_reduced_free_input(net, x); k++) {
            if (!bk_reduced_allows(net, x, net->low[x] + k)) {
                clause(h, -v[k - 1], v[k], -TRUE_VARIABLE);
            }
        }
    }
}

bk_chain *bk_chain_new(const bk_lane_step *step)
{
    bk_chain *const h = bk_alloc_zero(1, sizeof *h);
    if (h == NULL) {
        return NULL;
    }
    const size_t rails = (size_t)step->rails + 1;
    h->step = step;
    h->sat = bk_sat_new();
    h->last = bk_alloc_zero(rails, sizeof *h->last);
    h->first = bk_alloc_zero(rails, sizeof *h->first);
    h->literal = bk_alloc_zero((size_t)step->program.highest + 1, sizeof *h->literal);
    if (h->sat == NULL || h->last == NULL || h->first == NULL || h->literal == NULL) {
        bk_chain_free(h);
        return NULL;
    }
    const bk_logic_work *const work = step->net->work;
    bk_sat_stop_when(h->sat, work->cancelled, work->cancel_context);
    h->variables = TRUE_VARIABLE;
    bk_sat_add(h->sat, TRUE_VARIABLE);
    bk_sat_add(h->sat, 0);
    add_state(h);
    memcpy(h->last, h->first, (size_t)step->rails * sizeof *h->last);
    return h;
}

void bk_chain_free(bk_chain *chain)
{
    if (chain != NULL) {
        bk_sat_free(chain->sat);
        bk_free(chain->last);
        bk_free(chain->first);
        bk_free(chain->literal);
        bk_free(chain);
    }
}

void bk_chain_deepen(bk_chain *chain)
{
    bk_chain *const h = chain;
    const bk_lane_step *const s = h->step;
    int *const of = h->literal;
    of[BK_NO_LANE] = -TRUE_VARIABLE;
    of[BK_ALL_LANES] = TRUE_VARIABLE;
    memcpy(of + s->next, h->first, (size_t)s->rails * sizeof *of);
    add_state(h);
    memcpy(of + s->first, h->first, (size_t)s->rails * sizeof *of);
    for (size_t i = 0; i < s->program.n; i++) {
        const bk_choice *const c = &s->program.steps[i];
        const bool next = c->out >= s->next && c->out < s->next + s->rails;
        if (next && of[c->out] == of[c->choose]) {
            continue;
        }
        const int out = next ? of[c->out] : ++h->variables;
        choice(h, out, of[c->choose], of[c->yes], of[c->no]);
        of[c->out] = out;
    }
}

void bk_chain_block(bk_chain *chain, const uint64_t *key)
{
    for (int32_t i = 0; i < chain->step->rails; i++) {
        const bool is = (key[i / 64] >> i % 64 & 1) != 0;
        bk_sat_add(chain->sat, is ? -chain->last[i] : chain->last[i]);
    }
    bk_sat_add(chain->sat, 0);
}

bool bk_chain_solve(bk_chain *chain, uint64_t *key, bool *stopped)
{
    const bool is = bk_sat_solve(chain->sat);
    *stopped = bk_sat_stopped(chain->sat);
    memset(key, 0, (size_t)bk_lane_step_key_words(chain->step) * sizeof *key);
    for (int32_t i = 0; is && i < chain->step->rails; i++) {
        const uint64_t bit = bk_sat_value(chain->sat, chain->last[i]);
        key[i / 64] |= bit << i % 64;
    }
    return is;
}
