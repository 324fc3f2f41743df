/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/markov_run.h"

#include "base/alloc.h"
#include "logic/step.h"

#include <math.h>
#include <string.h>

static double window_end(const bk_draws *d, size_t window)
{
    const double end = (double)(window + 1) * d->markov->tick;
    return end < d->markov->end ? end : d->markov->end;
}

static double window_width(const bk_draws *d, size_t window)
{
    return window_end(d, window) - (double)window * d->markov->tick;
}

static uint64_t fixed_point(double value, double unit)
{
    return (uint64_t)(value * unit + 0.5);
}

static const double part_unit = 0x1p32, th_unit = 0x1p28, square_unit = 0x1p24;

static void spend(bk_draws_worker *w, uint32_t state, double time)
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
    w->stays[w->n_stays++] = (bk_stay){state, time};
}

static void add_entropy(bk_draws_worker *w, size_t window, double th)
{
    if (th > 0.0) {
        w->tally.th[window] += fixed_point(th, th_unit);
        w->tally.th_squares[window] += fixed_point(th * th, square_unit);
    }
}

static void close_window(const bk_draws *d, bk_draws_worker *w)
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
static void stay_whole(const bk_draws *d, bk_draws_worker *w, uint32_t state,
                       size_t last, double th)
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

static void next_window(const bk_draws *d, bk_draws_worker *w)
{
    if (w->window < d->markov->windows) {
        w->since = (double)w->window * d->markov->tick;
        w->window_end = window_end(d, w->window);
    }
}

/* What was since `since` ends now. */
static void settle_stay(const bk_draws *d, bk_draws_worker *w, double now)
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

static inline double entropy_of(const bk_draws *d, const bk_logic_work *work)
{
    return work->drawing == BK_DRAW_EVEN && work->pace[0] > 0.0
               ? d->entropy[work->n_told[0]]
               : bk_rates_entropy(work);
}

static void note_fixed(const bk_draws *d, bk_draws_worker *w, const bk_logic_work *work)
{
    if (work->n_hidden == 0) {
        bk_packing_pack(&d->markov->all, work, w->whole_key);
        bk_tally_fixed(&w->tally, w->whole_key, 1);
    }
}

/* The next event; whether the shown part changed. */
static inline bool step(const bk_draws *d, bk_draws_worker *w, bk_logic_work *work,
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

static void begin_run(const bk_draws *d, bk_draws_worker *w)
{
    w->state = bk_keys_number(&w->tally.states, w->key);
    w->n_stays = 0;
    w->th = 0.0;
    w->window = 0;
    next_window(d, w);
    w->tally.no_memory = w->tally.no_memory || w->state == UINT32_MAX;
}

/* After a move at `now`, which may have changed the shown state. */
static inline void look(const bk_draws *d, bk_draws_worker *w, double entropy,
                        bool changed, double now)
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

static void walk_run(const bk_draws *d, bk_draws_worker *w, bk_random *random)
{
    bk_logic_work *const work = (bk_logic_work *)w->workspace;
    const bk_markov_settings *const s = d->settings;
    const double end = d->markov->end;
    bk_start_draw(work, random);
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
                   : time + bk_random_exponential_short(&d->logs, random) / rate;
        if (!(time < end)) {
            break;
        }
        const bool changed = step(d, w, work, random);
        moves++;
        look(d, w, entropy_of(d, work), changed, time);
    }
    w->tally.moves += moves;
    if (!w->tally.no_memory) {
        settle_stay(d, w, end);
    }
}

#ifdef __x86_64__
/* The levels of a packing where a plain walk is. */
static void pack_plain(const bk_packing *packing, const bk_draws_worker *w,
                       uint64_t *key)
{
    memset(key, 0, (size_t)packing->words * sizeof *key);
    for (int32_t k = 0; k < packing->n; k++) {
        const uint64_t level = w->plain->at[packing->nodes[k]] & 1u;
        key[packing->word[k]] |= level << packing->shift[k];
    }
}

/* The same as walk_run, of a plain network with so many words of levels. */
BK_PLAIN_CODE static inline __attribute__((always_inline)) void
plain_run(const bk_draws *d, bk_draws_worker *w, bk_random *random, int words)
{
    bk_plain *const net = w->plain;
    const bk_packing *const shown = &d->markov->shown;
    const double end = d->markov->end;
    const double pace = ((const bk_logic_work *)w->workspace)->pace[0];
    uint64_t first = net->enabled[0];
    uint64_t *const enabled = words == 1 ? &first : net->enabled;
    w->entropy = d->entropy[bk_plain_count_of(enabled, d->told, words)];
    long moves = 0;
    double time = 0.0;
    while (!w->tally.no_memory) {
        const uint32_t n = bk_plain_count(enabled, words);
        if (n == 0) {
            pack_plain(&d->markov->all, w, w->whole_key);
            bk_tally_fixed(&w->tally, w->whole_key, 1);
            break;
        }
        time += bk_random_exponential_short(&d->logs, random) / ((double)n * pace);
        if (!(time < end)) {
            break;
        }
        const uint32_t x = bk_plain_nth(enabled, words, bk_random_below(random, n));
        bk_plain_move(net, enabled, words, x);
        moves++;
        const int32_t k = shown->place[x];
        if (k >= 0) {
            w->key[shown->word[k]] ^= UINT64_C(1) << shown->shift[k];
        }
        look(d, w, d->entropy[bk_plain_count_of(enabled, d->told, words)], k >= 0,
             time);
    }
    w->tally.moves += moves;
    if (!w->tally.no_memory) {
        settle_stay(d, w, end);
    }
}

BK_PLAIN_CODE static void plain_run_by_size(const bk_draws *d, bk_draws_worker *w,
                                            bk_random *random)
{
    const bk_logic_work *const work = (const bk_logic_work *)w->workspace;
    bk_start_draw_levels((bk_logic_work *)w->workspace, random);
    bk_plain_begin(w->plain, work);
    pack_plain(&d->markov->shown, w, w->key);
    begin_run(d, w);
    switch (w->plain->words) {
    case 1:
        plain_run(d, w, random, 1);
        break;
    case 2:
        plain_run(d, w, random, 2);
        break;
    case 3:
    case 4:
        plain_run(d, w, random, 4);
        break;
    default:
        plain_run(d, w, random, w->plain->words);
        break;
    }
}
#endif

void bk_markov_one_run(const bk_draws *draws, bk_draws_worker *worker, long run)
{
    const bk_markov_settings *const s = draws->settings;
    bk_random random;
    bk_random_start(&random, s->seed, s->content, (uint64_t)run);
#ifdef __x86_64__
    if (worker->plain != NULL) {
        plain_run_by_size(draws, worker, &random);
        return;
    }
#endif
    walk_run(draws, worker, &random);
}
