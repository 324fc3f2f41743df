/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_impl.h"

#include "base/alloc.h"
#include "logic/master.h"
#include "logic/rates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct solving {
    bk_markov *markov;
    bk_logic_work *work;
    bk_master master;
    uint32_t *shown; /* by state: number of its shown part */
    double *th;      /* by state */
    double *mean;    /* over the window */
    bk_keys keys, fixed;
    uint32_t *fixed_state; /* by number in fixed */
    size_t fixed_capacity;
    uint64_t *key;
} solving;

static bk_status look_at_states(solving *s)
{
    const bk_markov *const m = s->markov;
    const size_t n = s->master.n;
    s->shown = bk_alloc((n + 1) * sizeof *s->shown);
    s->th = bk_alloc((n + 1) * sizeof *s->th);
    s->mean = bk_alloc((n + 1) * sizeof *s->mean);
    s->key = bk_alloc_zero((size_t)(m->shown.words + m->all.words), sizeof *s->key);
    if (s->shown == NULL || s->th == NULL || s->mean == NULL || s->key == NULL ||
        !bk_keys_start(&s->keys, m->shown.words) ||
        !bk_keys_start(&s->fixed, m->all.words)) {
        return BK_NO_MEMORY;
    }
    for (uint32_t i = 0; i < n; i++) {
        bk_space_go(s->master.space, i);
        bk_packing_pack(&m->shown, s->work, s->key);
        s->shown[i] = bk_keys_number(&s->keys, s->key);
        s->th[i] = bk_rates_entropy(s->work);
        if (s->shown[i] == UINT32_MAX) {
            return BK_NO_MEMORY;
        }
        if (s->master.exit[i] > 0.0) {
            continue;
        }
        bk_packing_pack(&m->all, s->work, s->key);
        const uint32_t number = bk_keys_number(&s->fixed, s->key);
        if (number == UINT32_MAX || !bk_grow(&s->fixed_state, &s->fixed_capacity,
                                             s->fixed.n, sizeof *s->fixed_state)) {
            return BK_NO_MEMORY;
        }
        s->fixed_state[number] = i;
    }
    return BK_OK;
}

/* Terms: some minutes of them. */
static const double most_work = 1e12;

static void keep_window(solving *s, size_t window, const double *part)
{
    bk_markov *const m = s->markov;
    for (uint32_t i = 0; i < s->master.n; i++) {
        m->part[window * m->states + s->shown[i]] += part[i];
        m->th[window] += part[i] * s->th[i];
    }
}

static bk_status pass_windows(solving *s, const bk_markov_settings *settings)
{
    bk_markov *const m = s->markov;
    bk_status status = BK_OK;
    for (size_t w = 0; w < m->windows && status == BK_OK; w++) {
        if (settings->discrete) {
            keep_window(s, w, s->master.p);
            if (w + 1 < m->windows) {
                bk_master_move(&s->master);
            }
        } else {
            const double left = m->end - (double)w * m->tick;
            status = bk_master_advance(&s->master, w + 1 < m->windows ? m->tick : left,
                                       s->mean);
            if (status == BK_OK) {
                keep_window(s, w, s->mean);
            }
        }
        const bool within = status == BK_PARTIAL; /* the window is not whole */
        if (within || (status == BK_OK && bk_logic_cancelled(s->work))) {
            m->windows = w + (within ? 0 : 1);
            m->stop = BK_STOP_CANCELLED;
            status = BK_OK;
        }
    }
    return status;
}

static void keep_keys(solving *s)
{
    bk_markov *const m = s->markov;
    memcpy(m->keys, s->keys.keys, m->states * (size_t)m->shown.words * sizeof *m->keys);
    for (size_t i = 0; i < m->n_fixed; i++) {
        m->fixed_part[i] = s->master.p[s->fixed_state[i]];
    }
    if (m->n_fixed > 0) {
        memcpy(m->fixed_keys, s->fixed.keys,
               m->n_fixed * (size_t)m->all.words * sizeof *m->fixed_keys);
    }
}

static bk_status solve(solving *s, const bk_overlay *overlay,
                       const bk_markov_settings *settings, bk_diag *diag)
{
    bk_markov *const m = s->markov;
    bk_logic_work *const work = s->work;
    work->cancelled = settings->cancelled;
    work->cancel_context = settings->cancel_context;
    bk_logic_bind(work, overlay, NULL, true);
    bk_start_bind(work, overlay, NULL);
    for (int32_t x = 0; x < work->system->n; x++) {
        work->told[x] = m->shown.place[x] >= 0;
    }
    const long most = settings->max_states > 0 ? settings->max_states : 262144;
    bk_status status =
        bk_master_new(work, most < INT32_MAX ? (uint32_t)most : INT32_MAX, &s->master);
    if (status == BK_UNSUPPORTED) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "markov-states",
                    "more than %ld states can be reached; draw runs, fix inputs or "
                    "allow more states",
                    most);
    }
    if (status == BK_OK && !settings->discrete &&
        !(bk_master_work(&s->master, fmin(m->tick, m->end), m->windows) < most_work)) {
        bk_diag_add(diag, BK_ERROR, (bk_where){0}, "markov-rates",
                    "rates of up to %.3g over a time of %.3g, in %u states, are too "
                    "many moves to be added up; draw runs, or give the fast levels "
                    "smaller rates",
                    s->master.largest, m->end, s->master.n);
        status = BK_UNSUPPORTED;
    }
    if (status == BK_OK) {
        status = look_at_states(s);
    }
    if (status == BK_OK) {
        status = bk_markov_make(m, s->keys.n, s->fixed.n);
    }
    if (status == BK_OK) {
        status = pass_windows(s, settings);
    }
    if (status == BK_OK) {
        keep_keys(s);
        snprintf(m->text, sizeof m->text, "the master equation over %u states",
                 s->master.n);
    }
    return status;
}

bk_status bk_markov_solve(bk_markov *markov, const bk_logic_system *system,
                          const bk_overlay *overlay, const bk_markov_settings *settings,
                          bk_diag *diag)
{
    bk_workspace *workspace = NULL;
    bk_status status = bk_logic_workspace(&system->head, &workspace);
    if (status != BK_OK) {
        return status;
    }
    solving s = {.markov = markov, .work = (bk_logic_work *)workspace};
    status = solve(&s, overlay, settings, diag);
    bk_master_free(&s.master);
    bk_keys_end(&s.keys);
    bk_keys_end(&s.fixed);
    bk_free(s.shown);
    bk_free(s.th);
    bk_free(s.mean);
    bk_free(s.key);
    bk_free(s.fixed_state);
    bk_workspace_free(workspace);
    return status;
}
