/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "engine/engine.h"

#include "base/alloc.h"

#include <string.h>

/* Model time runs on through the parts, so that explicit functions of time do too; a
 * part `to the steady state` takes no model time, and its one row stands at the time at
 * which the next part begins.  Every other part has settings->steps + 1 rows: the time
 * of a switch appears twice, before and after. */

typedef struct walk {
    const bk_system *system;
    bk_settings settings;
    bk_workspace *workspace;
    bk_diag *diag;
    bk_outcome *whole; /* NULL before the first part */
    double time;
    double *state; /* [symbols], a copy of the last one */
} walk;

static bk_status run_part(walk *w, const bk_part *part, bk_outcome **outcome)
{
    const bk_engine *const engine = w->system->engine;
    const bool settle = !(part->until >= 0.0);
    const double span = w->settings.t_end - w->settings.t_start;
    w->settings.t_start = w->time;
    w->settings.t_end = w->time + (settle ? span : part->until);
    if (w->whole != NULL) {
        w->settings.state = w->state;
        w->settings.waiting = bk_outcome_waiting(w->whole, &w->settings.n_waiting);
    }
    return (settle ? engine->settle : engine->run)(
        w->system, part->overlay, &w->settings, w->workspace, w->diag, outcome);
}

static bk_status take(walk *w, const bk_part *part, bk_outcome *outcome)
{
    const bool settle = !(part->until >= 0.0);
    const double shift = settle && bk_outcome_rows(outcome) > 0
                             ? w->time - bk_outcome_time(outcome, 0)
                             : 0.0;
    memcpy(w->state, bk_outcome_state(outcome),
           (size_t)w->system->model->n_symbols * sizeof *w->state);
    w->time += settle ? 0.0 : part->until;
    if (w->whole != NULL) {
        const bk_status status = bk_outcome_join(w->whole, outcome, shift);
        bk_outcome_free(outcome);
        return status;
    }
    w->whole = outcome;
    bk_outcome_shift_waiting(outcome, shift);
    for (size_t r = 0; settle && r < bk_outcome_rows(outcome); r++) {
        bk_outcome_set_time(outcome, r, w->time);
    }
    return BK_OK;
}

bk_status bk_protocol_run(const bk_system *system, const bk_part *parts, int n_parts,
                          const bk_settings *settings, bk_workspace *workspace,
                          bk_diag *diag, bk_outcome **outcome)
{
    if (n_parts < 1) {
        return BK_MISUSE;
    }
    walk w = {.system = system,
              .settings = *settings,
              .workspace = workspace,
              .diag = diag,
              .time = settings->t_start};
    w.state = bk_alloc(((size_t)system->model->n_symbols + 1) * sizeof *w.state);
    bk_status status = w.state == NULL ? BK_NO_MEMORY : BK_OK;
    for (int p = 0; p < n_parts && status == BK_OK; p++) {
        bk_outcome *part = NULL;
        status = run_part(&w, &parts[p], &part);
        if (status == BK_OK) {
            status = take(&w, &parts[p], part);
        }
        if (status == BK_OK && bk_outcome_stop(w.whole) != BK_STOP_END &&
            bk_outcome_stop(w.whole) != BK_STOP_NOT_STEADY) {
            break;
        }
    }
    bk_free(w.state);
    if (status != BK_OK) {
        bk_outcome_free(w.whole);
        return status;
    }
    *outcome = w.whole;
    return BK_OK;
}
