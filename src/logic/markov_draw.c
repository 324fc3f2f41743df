/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_impl.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "logic/narrow.h"
#include "logic/step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Runs in blocks over threads, each thread counting for itself. */

enum { BLOCK = 64, FIRST_STAGE = 1000, MOST_PARTS = 1 << 27 };

/* The time spent in each state within the present window. */
typedef struct stay {
    uint32_t state;
    double time;
} stay;

typedef struct worker {
    bk_workspace *workspace;
    bk_narrow *narrow; /* NULL: the walk of the workspace */
    bk_tally tally;
    uint64_t *key;       /* the shown part of the state */
    uint64_t *whole_key; /* of all levels */
    stay *stays;         /* of the present window */
    size_t n_stays, stays_capacity;
    uint32_t *mark; /* by state: its place in stays, when that names the state */
    size_t mark_capacity;
    size_t window;
    double window_end;
    double th; /* integral within the present window */
    /* since when the shown state and the entropy of the next move are what they are */
    double since, entropy;
    uint32_t state;
    long finished;
} worker;

typedef struct drawing {
    bk_markov *markov;
    const bk_markov_settings *settings;
    worker *workers;
    int threads;
    long first;      /* run of this stage */
    long runs;       /* of this stage */
    double *entropy; /* [levels + 1] of so many moves alike */
    bk_logs logs;
    uint64_t told; /* narrow: the shown levels */
    bk_flag cancelled;
} drawing;

static double window_end(const drawing *d, size_t window)
{
    const double end = (double)(window + 1) * d->markov->tick;
    return end < d->markov->end ? end : d->markov->end;
}

static double window_width(const drawing *d, size_t window)
{
    return window_end(d, window) - (double)window * d->markov->tick;
}

static uint64_t fixed_point(double value, double unit)
{
    return (uint64_t)(value * unit + 0.5);
}

static const double part_unit = 0x1p32, th_unit = 0x1p28, square_unit = 0x1p24;

static void spend(worker *w, uint32_t state, double time)
{
    if (state >= w->mark_capacity &&
        !bk_grow(&w->mark, &w->mark_capacity, (size_t)state + 1, sizeof *w->mark)) {
        w->tally.no_memory = true;
        return;
    }
    const size_t at = w->mark[state];
    if (at < w->n_stays && w->stays[at].state == state) {
        w->stays[at].time += time;
        return;
    }
    if (!bk_grow(&w->stays, &w->stays_capacity, w->n_stays + 1, sizeof *w->stays)) {
        w->tally.no_memory = true;
        return;
    }
    w->mark[state] = (uint32_t)w->n_stays;
    w->stays[w->n_stays++] = (stay){state, time};
}

static void add_entropy(worker *w, size_t window, double th)
{
    if (th > 0.0) {
        w->tally.th[window] += fixed_point(th, th_unit);
        w->tally.th_squares[window] += fixed_point(th * th, square_unit);
    }
}

static void close_window(const drawing *d, worker *w)
{
    const double width = window_width(d, w->window);
    for (size_t i = 0; i < w->n_stays; i++) {
        bk_cell_sum *const cell =
            bk_tally_cell(&w->tally, w->window, w->stays[i].state);
        if (cell == NULL) {
            return;
        }
        const double time = w->stays[i].time / width;
        const double part = time < 1.0 ? time : 1.0;
        cell->sum += fixed_point(part, part_unit);
        cell->squares += fixed_point(part * part, square_unit);
    }
    add_entropy(w, w->window, w->th / width);
    w->n_stays = 0;
    w->th = 0.0;
    w->window++;
}

/* Whole windows from the present one to `last`. */
static void stay_whole(const drawing *d, worker *w, uint32_t state, size_t last,
                       double th)
{
    bk_cell_sum *const from = bk_tally_cell(&w->tally, w->window, state);
    if (from != NULL) {
        from->whole++;
    }
    if (last < d->markov->windows) {
        bk_cell_sum *const to = bk_tally_cell(&w->tally, last, state);
        if (to != NULL) {
            to->whole--;
        }
    }
    for (size_t i = w->window; th > 0.0 && i < last; i++) {
        add_entropy(w, i, th);
    }
    w->window = last;
}

static void next_window(const drawing *d, worker *w)
{
    if (w->window < d->markov->windows) {
        w->since = (double)w->window * d->markov->tick;
        w->window_end = window_end(d, w->window);
    }
}

/* What was since `since` ends now. */
static void settle_stay(const drawing *d, worker *w, double now)
{
    const size_t windows = d->markov->windows;
    while (w->window < windows && now >= w->window_end) {
        if (w->n_stays > 0 || w->since > (double)w->window * d->markov->tick) {
            spend(w, w->state, w->window_end - w->since);
            w->th += w->entropy * (w->window_end - w->since);
            close_window(d, w);
        } else {
            const double whole = floor(now / d->markov->tick);
            const size_t last = now >= d->markov->end || whole >= (double)windows
                                    ? windows
                                    : (size_t)whole;
            stay_whole(d, w, w->state, last > w->window ? last : w->window + 1,
                       w->entropy);
        }
        next_window(d, w);
    }
    if (w->window < windows && now > w->since) {
        spend(w, w->state, now - w->since);
        w->th += w->entropy * (now - w->since);
        w->since = now;
    }
}

static inline double entropy_of(const drawing *d, const bk_logic_work *work)
{
    return work->drawing == BK_DRAW_EVEN && work->pace[0] > 0.0
               ? d->entropy[work->n_told[0]]
               : bk_rates_entropy(work);
}

static void note_fixed(const drawing *d, worker *w, const bk_logic_work *work)
{
    if (work->n_hidden == 0) {
        bk_packing_pack(&d->markov->all, work, w->whole_key);
        bk_tally_fixed(&w->tally, w->whole_key, 1);
    }
}

/* The next event; whether the shown part changed. */
static inline bool step(const drawing *d, worker *w, bk_logic_work *work,
                        bk_random *random)
{
    const uint32_t code = bk_step_any(work, random);
    const int32_t x = (int32_t)(code / 2);
    if (x >= work->system->n || work->told[x] == 0) {
        return false;
    }
    bk_packing_change(&d->markov->shown, x, (code & 1u) != 0, w->key);
    return true;
}

static void begin_run(const drawing *d, worker *w)
{
    w->state = bk_keys_number(&w->tally.states, w->key);
    w->n_stays = 0;
    w->th = 0.0;
    w->window = 0;
    next_window(d, w);
    w->tally.no_memory = w->tally.no_memory || w->state == UINT32_MAX;
}

/* After a move at `now`, which may have changed the shown state. */
static inline void look(const drawing *d, worker *w, double entropy, bool changed,
                        double now)
{
    if (changed || entropy < w->entropy || entropy > w->entropy) {
        settle_stay(d, w, now);
        w->entropy = entropy;
        if (changed) {
            w->state = bk_keys_number(&w->tally.states, w->key);
            w->tally.no_memory = w->tally.no_memory || w->state == UINT32_MAX;
        }
    }
}

static void one_run(const drawing *d, worker *w, long run)
{
    bk_logic_work *const work = (bk_logic_work *)w->workspace;
    const bk_markov_settings *const s = d->settings;
    const double end = d->markov->end;
    bk_random random;
    bk_random_start(&random, s->seed, s->content, (uint64_t)run);
    bk_start_draw(work, &random);
    bk_packing_pack(&d->markov->shown, work, w->key);
    begin_run(d, w);
    w->entropy = entropy_of(d, work);
    long moves = 0;
    double time = 0.0;
    while (!w->tally.no_memory) {
        const double rate = bk_step_rate(work);
        if (!(rate > 0.0)) {
            note_fixed(d, w, work);
            break;
        }
        time = s->discrete
                   ? (double)(moves + 1) * d->markov->tick
                   : time + bk_random_exponential_short(&d->logs, &random) / rate;
        if (!(time < end)) {
            break;
        }
        const bool changed = step(d, w, work, &random);
        moves++;
        look(d, w, entropy_of(d, work), changed, time);
    }
    w->tally.moves += moves;
    if (!w->tally.no_memory) {
        settle_stay(d, w, end);
    }
}

#ifdef __x86_64__
/* The same in one word. */
BK_NARROW_CODE static void one_narrow_run(const drawing *d, worker *w, long run)
{
    const bk_narrow *const net = w->narrow;
    const bk_packing *const shown = &d->markov->shown;
    const double end = d->markov->end;
    const double pace = ((const bk_logic_work *)w->workspace)->pace[0];
    bk_random random;
    bk_random_start(&random, d->settings->seed, d->settings->content, (uint64_t)run);
    bk_start_draw_levels((bk_logic_work *)w->workspace, &random);
    bk_narrow_walk walk =
        bk_narrow_begin(net, ((const bk_logic_work *)w->workspace)->begin);
    uint64_t enabled = bk_narrow_enabled(net, &walk);
    w->key[0] = _pext_u64(walk.state, d->told);
    begin_run(d, w);
    w->entropy = d->entropy[_mm_popcnt_u64(enabled & d->told)];
    long moves = 0;
    double time = 0.0;
    while (!w->tally.no_memory) {
        const uint32_t n = (uint32_t)_mm_popcnt_u64(enabled);
        if (n == 0) {
            bk_tally_fixed(&w->tally, &walk.state, 1);
            break;
        }
        time += bk_random_exponential_short(&d->logs, &random) / ((double)n * pace);
        if (!(time < end)) {
            break;
        }
        const int32_t x = bk_narrow_nth(enabled, bk_random_below(&random, n));
        bk_narrow_move(net, &walk, x);
        enabled = bk_narrow_enabled(net, &walk);
        moves++;
        w->key[0] = _pext_u64(walk.state, d->told);
        look(d, w, d->entropy[_mm_popcnt_u64(enabled & d->told)], shown->place[x] >= 0,
             time);
    }
    w->tally.moves += moves;
    if (!w->tally.no_memory) {
        settle_stay(d, w, end);
    }
}
#else
static void one_narrow_run(const drawing *d, worker *w, long run)
{
    one_run(d, w, run);
}
#endif

static void one_block(void *context, size_t job, int thread)
{
    drawing *const d = context;
    const long from = d->first + (long)job * BLOCK;
    const long to =
        from + BLOCK < d->first + d->runs ? from + BLOCK : d->first + d->runs;
    if (bk_flag_raised(&d->cancelled)) {
        return;
    }
    worker *const w = &d->workers[thread];
    for (long run = from; run < to && !w->tally.no_memory; run++) {
        (w->narrow != NULL ? one_narrow_run : one_run)(d, w, run);
    }
    w->finished += to - from;
    if (thread == 0 && d->settings->cancelled != NULL &&
        d->settings->cancelled(d->settings->cancel_context)) {
        bk_flag_raise(&d->cancelled);
    }
}

/* Whether the shown levels stand in a key in the order of the nodes; notes which. */
static bool ascending(drawing *d)
{
    const bk_packing *const shown = &d->markov->shown;
    d->told = 0;
    for (int32_t k = 0; k < shown->n; k++) {
        if (shown->nodes[k] >= BK_NARROW ||
            (k > 0 && shown->nodes[k] <= shown->nodes[k - 1])) {
            return false;
        }
        d->told |= UINT64_C(1) << shown->nodes[k];
    }
    return true;
}

static bk_status make_workers(drawing *d, const bk_logic_system *system,
                              const bk_overlay *overlay)
{
    const bk_markov *const m = d->markov;
    d->workers = bk_alloc_zero((size_t)d->threads + 1, sizeof *d->workers);
    d->entropy = bk_alloc(((size_t)system->n + 2) * sizeof *d->entropy);
    if (d->workers == NULL || d->entropy == NULL) {
        return BK_NO_MEMORY;
    }
    bk_logs_make(&d->logs);
    for (int32_t k = 0; k <= system->n; k++) {
        d->entropy[k] = k > 1 ? log2((double)k) : 0.0;
    }
    for (int i = 0; i < d->threads; i++) {
        worker *const w = &d->workers[i];
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
        if (!d->settings->discrete && ascending(d) &&
            bk_narrow_new(work, &w->narrow) != BK_OK) {
            return BK_NO_MEMORY;
        }
    }
    return BK_OK;
}

static void free_workers(drawing *d)
{
    for (int i = 0; d->workers != NULL && i < d->threads; i++) {
        bk_workspace_free(d->workers[i].workspace);
        bk_narrow_free(d->workers[i].narrow);
        bk_tally_end(&d->workers[i].tally);
        bk_free(d->workers[i].key);
        bk_free(d->workers[i].stays);
        bk_free(d->workers[i].mark);
    }
    bk_free(d->workers);
    bk_free(d->entropy);
}

/* All that was counted so far goes to the first worker. */
static bool gather(drawing *d)
{
    worker *const first = &d->workers[0];
    for (int i = 1; i < d->threads; i++) {
        worker *const w = &d->workers[i];
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

static long finished_runs(const drawing *d)
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

static bk_status draw_stages(drawing *d, bk_diag *diag)
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
    drawing d = {.markov = markov,
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
