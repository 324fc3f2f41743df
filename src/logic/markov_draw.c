/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_run.h"

#include "base/alloc.h"

#include <math.h>
#include <stdio.h>

/* Runs in blocks over threads, each thread counting for itself. */

enum { BLOCK = 64, FIRST_STAGE = 1000, MOST_PARTS = 1 << 27 };
/* Tables of a KiB at most, so that all of them stay near; more or fewer was no faster. */
enum { TABLE_REGULATORS = 12 };

static void one_block(void *context, size_t job, int thread)
{
    bk_draws *const d = context;
    const long from = d->first + (long)job * BLOCK;
    const long to =
        from + BLOCK < d->first + d->runs ? from + BLOCK : d->first + d->runs;
    if (bk_flag_raised(&d->cancelled)) {
        return;
    }
    bk_draws_worker *const w = &d->workers[thread];
    for (long run = from; run < to && !w->tally.no_memory; run++) {
        bk_markov_one_run(d, w, run);
    }
    w->finished += to - from;
    if (thread == 0 && d->settings->cancelled != NULL &&
        d->settings->cancelled(d->settings->cancel_context)) {
        bk_flag_raise(&d->cancelled);
    }
}

static bk_status make_workers(bk_draws *d, const bk_logic_system *system,
                              const bk_overlay *overlay)
{
    const bk_markov *const m = d->markov;
    d->workers = bk_alloc_zero((size_t)d->threads + 1, sizeof *d->workers);
    d->entropy = bk_alloc(((size_t)system->n + 2) * sizeof *d->entropy);
    d->told = bk_alloc_zero((size_t)system->n / 64 + 4, sizeof *d->told);
    if (d->workers == NULL || d->entropy == NULL || d->told == NULL) {
        return BK_NO_MEMORY;
    }
    for (int32_t k = 0; k < m->shown.n; k++) {
        const int32_t x = m->shown.nodes[k];
        d->told[x >> 6] |= UINT64_C(1) << (x & 63);
    }
    bk_logs_make(&d->logs);
    for (int32_t k = 0; k <= system->n; k++) {
        d->entropy[k] = k > 1 ? log2((double)k) : 0.0;
    }
    for (int i = 0; i < d->threads; i++) {
        bk_draws_worker *const w = &d->workers[i];
        const size_t words = (size_t)(m->shown.words + m->all.words);
        w->key = bk_alloc_zero(words, sizeof *w->key);
        if (w->key == NULL ||
            !bk_tally_start(&w->tally, m->windows, m->shown.words, m->all.words) ||
            bk_logic_workspace(&system->head, &w->workspace) != BK_OK) {
            return BK_NO_MEMORY;
        }
        w->whole_key = w->key + m->shown.words;
        bk_logic_work *const work = (bk_logic_work *)w->workspace;
        bk_logic_bind(work, overlay, NULL, true);
        bk_start_bind(work, overlay, NULL);
        for (int32_t x = 0; x < system->n; x++) {
            work->told[x] = m->shown.place[x] >= 0;
        }
        if (!d->settings->discrete &&
            bk_plain_new(work, TABLE_REGULATORS, &w->plain) != BK_OK) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

static void free_workers(bk_draws *d)
{
    for (int i = 0; d->workers != NULL && i < d->threads; i++) {
        bk_workspace_free(d->workers[i].workspace);
        bk_plain_free(d->workers[i].plain);
        bk_tally_end(&d->workers[i].tally);
        bk_free(d->workers[i].key);
        bk_free(d->workers[i].stays);
        bk_free(d->workers[i].mark);
    }
    bk_free(d->workers);
    bk_free(d->entropy);
    bk_free(d->told);
}

/* All that was counted so far goes to the first worker. */
static bool gather(bk_draws *d)
{
    bk_draws_worker *const first = &d->workers[0];
    for (int i = 1; i < d->threads; i++) {
        bk_draws_worker *const w = &d->workers[i];
        first->tally.no_memory = first->tally.no_memory || w->tally.no_memory;
        bk_tally_add(&first->tally, &w->tally, d->markov->windows);
        bk_tally_end(&w->tally);
        if (!bk_tally_start(&w->tally, d->markov->windows, d->markov->shown.words,
                            d->markov->all.words)) {
            return false;
        }
    }
    return !first->tally.no_memory;
}

static double largest_error(const bk_markov *m)
{
    double largest = 0.0;
    for (size_t i = 0; i < m->windows * m->states; i++) {
        largest = fmax(largest, m->error[i]);
    }
    return largest;
}

static long finished_runs(const bk_draws *d)
{
    long sum = 0;
    for (int i = 0; i < d->threads; i++) {
        sum += d->workers[i].finished;
    }
    return sum;
}

/* How many runs next: all at once, or as many again as there were. */
static long next_stage(long done, long most, bool in_stages)
{
    const long stage = done > 0 ? done : FIRST_STAGE;
    return in_stages && stage < most - done ? stage : most - done;
}

static bk_status draw_stages(bk_draws *d, bk_diag *diag)
{
    const bk_markov_settings *const s = d->settings;
    bk_markov *const m = d->markov;
    const long most = s->runs > 0 ? s->runs : 10000;
    bool enough = false;
    while (!enough) {
        d->runs = next_stage(d->first, most, s->precision > 0.0);
        bk_parallel(d->threads, (size_t)((d->runs + BLOCK - 1) / BLOCK), one_block, d);
        d->first += d->runs;
        const bool gathered = gather(d);
        const bk_tally *const all = &d->workers[0].tally;
        const bool too_many = all->too_many || all->states.n > MOST_PARTS / m->windows;
        if (!gathered || too_many) {
            if (too_many) {
                bk_diag_add(diag, BK_ERROR, (bk_where){0}, "markov-states",
                            "the runs meet more states than can be counted; show fewer "
                            "levels");
                return BK_UNSUPPORTED;
            }
            return BK_NO_MEMORY;
        }
        const bk_status status =
            bk_markov_close(m, &d->workers[0].tally, finished_runs(d));
        if (status != BK_OK) {
            return status;
        }
        enough = d->first >= most || bk_flag_raised(&d->cancelled) ||
                 largest_error(m) <= s->precision;
    }
    return BK_OK;
}

bk_status bk_markov_draw(bk_markov *markov, const bk_logic_system *system,
                         const bk_overlay *overlay, const bk_markov_settings *settings,
                         bk_diag *diag)
{
    bk_draws d = {.markov = markov,
                  .settings = settings,
                  .threads =
                      settings->threads > 0 ? settings->threads : bk_processors()};
    bk_status status = make_workers(&d, system, overlay);
    if (status == BK_OK) {
        status = draw_stages(&d, diag);
    }
    free_workers(&d);
    if (status != BK_OK) {
        return status;
    }
    const bool missed =
        settings->precision > 0.0 && largest_error(markov) > settings->precision;
    markov->stop = bk_flag_raised(&d.cancelled) ? BK_STOP_CANCELLED
                   : missed                     ? BK_STOP_LIMIT
                                                : BK_STOP_END;
    snprintf(markov->text, sizeof markov->text,
             "%s%ld runs; the largest standard error of a state is %.2g%s",
             bk_flag_raised(&d.cancelled) ? "cancelled after " : "", markov->runs,
             largest_error(markov),
             missed ? ", more than wanted; allow more runs" : "");
    return BK_OK;
}
