/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "logic/settle.h"

#include "base/alloc.h"
#include "logic/box.h"
#include "logic/explore.h"
#include "logic/stationary.h"
#include "logic/step.h"

#include <math.h>
#include <string.h>

/* A run moves at random.  Now and then it is asked whether its state lies in an
 * attractor that is known; if not, and the states that can be reached from it are few,
 * they are explored, and every attractor among them becomes known with the exact
 * averages over it.  A run whose states are too many is burnt in and then averaged over;
 * the two halves must agree over all runs.
 *
 * So most runs end as soon as they enter an attractor, and what is random about the
 * result is only which attractor was reached. */

enum {
    FIRST_STATES = 128,      /* of the first exploration in a large network ... */
    MOST_STATES = 8192,      /* ... and of any; each that was too small doubles it */
    MOST_KNOWN = 262144,     /* of all */
    MOST_FAILURES = 5,       /* explorations that were too large, of all runs */
    LONGEST_BURN_IN = 10000, /* moves, and 20 a level */
    LONGEST_SAMPLE = 10000,  /* moves of one run */
    SHORTEST_SAMPLE = 500,
    ALL_SAMPLES = 500000, /* moves of all runs together: error of a level about 0.003 */
    UNKNOWN = 0
};
static const double half_tolerance = 0.05;
/* In mean waiting times of the slowest rate; signals pass some twenty levels meanwhile. */
static const double burn_in_time = 60.0;

typedef struct settling {
    bk_reader reader;
    bool continuous;
    bool small; /* all states of the network together are not too many to explore */
    bk_space *space;
    bk_explorer *explorer;
    uint32_t *attractor; /* by id: number of the attractor + 1, or UNKNOWN */
    size_t attractor_capacity, attractor_known;
    double *averages; /* [attractors * columns] */
    size_t averages_capacity;
    uint32_t *sizes;
    size_t sizes_capacity;
    uint32_t n_attractors, fixed;
    uint32_t *found; /* ids of the attractors of one exploration, one after the other */
    size_t n_found, found_capacity;
    uint32_t *ends; /* where each ends in found */
    size_t n_ends, ends_capacity;
    long failures, sampled, to_fixed;
    double *halves[2]; /* [columns] sums over sampled runs */
    bk_status status;
} settling;

static bool note_found(void *context, const uint32_t *ids, uint32_t count)
{
    settling *const s = context;
    if (!bk_grow(&s->found, &s->found_capacity, s->n_found + count, sizeof *s->found) ||
        !bk_grow(&s->ends, &s->ends_capacity, s->n_ends + 1, sizeof *s->ends)) {
        return false;
    }
    memcpy(s->found + s->n_found, ids, count * sizeof *ids);
    s->n_found += count;
    s->ends[s->n_ends++] = (uint32_t)s->n_found;
    return true;
}

static bk_status average_over(settling *s, const uint32_t *ids, uint32_t count,
                              const double *part)
{
    const size_t columns = (size_t)s->reader.n;
    const size_t first = (size_t)s->n_attractors * columns;
    if (!bk_grow(&s->averages, &s->averages_capacity, first + columns,
                 sizeof *s->averages) ||
        !bk_grow(&s->sizes, &s->sizes_capacity, (size_t)s->n_attractors + 1,
                 sizeof *s->sizes)) {
        return BK_NO_MEMORY;
    }
    double *const mean = s->averages + first;
    for (size_t c = 0; c < columns; c++) {
        mean[c] = 0.0;
    }
    for (uint32_t i = 0; i < count; i++) {
        bk_space_go(s->space, ids[i]);
        bk_reader_read(&s->reader, s->reader.row);
        for (size_t c = 0; c < columns; c++) {
            mean[c] += part[i] * s->reader.row[c];
        }
    }
    s->sizes[s->n_attractors] = count;
    s->fixed += count == 1 ? 1 : 0;
    return BK_OK;
}

static bk_status learn_one(settling *s, const uint32_t *ids, uint32_t count)
{
    double *const part = bk_alloc(count * sizeof *part);
    if (part == NULL) {
        return BK_NO_MEMORY;
    }
    bk_status status =
        bk_logic_stationary(s->reader.work, s->space, ids, count, s->continuous, part);
    if (status == BK_OK) {
        status = average_over(s, ids, count, part);
    }
    bk_free(part);
    if (status == BK_OK) {
        s->n_attractors++;
        for (uint32_t i = 0; i < count; i++) {
            s->attractor[ids[i]] = s->n_attractors;
        }
    }
    return status == BK_NUMERICAL ? BK_OK : status;
}

/* All attractors of the last exploration; the walk comes back to where it is. */
static bk_status learn(settling *s)
{
    const uint32_t here = bk_space_here(s->space, true);
    const size_t count = bk_space_count(s->space);
    if (here == BK_NO_STATE ||
        !bk_grow(&s->attractor, &s->attractor_capacity, count, sizeof *s->attractor)) {
        return BK_NO_MEMORY;
    }
    memset(s->attractor + s->attractor_known, 0,
           (count - s->attractor_known) * sizeof *s->attractor);
    s->attractor_known = count;
    uint32_t from = 0;
    bk_status status = BK_OK;
    for (size_t i = 0; i < s->n_ends && status == BK_OK; i++) {
        status = learn_one(s, s->found + from, s->ends[i] - from);
        from = s->ends[i];
    }
    s->n_ends = s->n_found = 0;
    bk_space_go(s->space, here);
    return status;
}

/* The attractor the walk is in, or UNKNOWN. */
static uint32_t look_up(settling *s)
{
    const uint32_t id = bk_space_here(s->space, false);
    return id != BK_NO_STATE && id < s->attractor_known ? s->attractor[id] : UNKNOWN;
}

static uint32_t identify(settling *s)
{
    uint32_t which = look_up(s);
    const uint32_t here = bk_space_here(s->space, false);
    const bool tried = here != BK_NO_STATE && bk_explorer_closed(s->explorer, here);
    const bool fixed = !(bk_step_rate(s->reader.work) > 0.0);
    if (which != UNKNOWN || tried || (!fixed && s->failures >= MOST_FAILURES) ||
        bk_space_count(s->space) > MOST_KNOWN) {
        return which;
    }
    uint32_t most = s->small ? MOST_STATES : FIRST_STATES;
    for (long i = 0; i < s->failures && most < MOST_STATES; i++) {
        most *= 2;
    }
    bk_status status = bk_explorer_explore(s->explorer, most);
    if (status == BK_PARTIAL) {
        s->failures++;
        status = BK_OK;
    }
    s->status = status == BK_OK ? learn(s) : status;
    which = s->status == BK_OK ? look_up(s) : UNKNOWN;
    return which;
}

static void jump(settling *s, bk_random *random, long *moves)
{
    bk_step_any(s->reader.work, random);
    ++*moves;
}

/* Sums over the next moves, weighted by what each stands for; the sum of the weights.
 * With many columns only every few moves are read, for moves are cheaper than reading. */
static double sample(settling *s, bk_random *random, long length, long *moves,
                     double *sums)
{
    const bk_reader *const r = &s->reader;
    const long stride = 1 + r->n / 8;
    double weights = 0.0;
    for (int c = 0; c < r->n; c++) {
        sums[c] = 0.0;
    }
    for (long i = 0; i < length; i++) {
        const double rate = bk_step_rate(r->work);
        if (i % stride == 0) {
            const double weight = s->continuous && rate > 0.0 ? 1.0 / rate : 1.0;
            bk_reader_read(r, r->row);
            for (int c = 0; c < r->n; c++) {
                sums[c] += weight * r->row[c];
            }
            weights += weight;
        }
        if (rate > 0.0) {
            jump(s, random, moves);
        }
    }
    return weights;
}

/* Many runs need not be followed for as long as few; and where runs end at a precision,
 * none for longer than it took to come to where it is followed. */
static long sample_length(const bk_reader *r, long moves)
{
    const long shared = ALL_SAMPLES / r->runs;
    const long all =
        r->settings->settle_precision > 0.0 && moves < shared ? moves : shared;
    const long wanted = all < SHORTEST_SAMPLE  ? SHORTEST_SAMPLE
                        : all > LONGEST_SAMPLE ? LONGEST_SAMPLE
                                               : all;
    const long most = r->max_moves / 2 > 2 ? r->max_moves / 2 : 2;
    return wanted < most ? wanted : most;
}

static void sample_run(settling *s, bk_random *random, long *moves)
{
    bk_reader *const r = &s->reader;
    const long half = sample_length(r, *moves) / 2;
    double *const sums = s->halves[0] + 2 * r->n;
    double *const more = s->halves[0] + 3 * r->n;
    const double first = sample(s, random, half, moves, sums);
    const double second = sample(s, random, half, moves, more);
    for (int c = 0; c < r->n; c++) {
        s->halves[0][c] += sums[c] / first;
        s->halves[1][c] += more[c] / second;
        sums[c] = (sums[c] + more[c]) / (first + second);
    }
    bk_reader_add_values(r, 0, sums);
    s->sampled++;
}

static double slower(const bk_logic_system *s, int32_t place, double least)
{
    const double rate = place >= 0 ? s->rates[place] : 0.0;
    return rate > 0.0 && rate < least ? rate : least;
}

/* The mean waiting time of the slowest moves that there can be. */
static double slowest(const bk_logic_work *w)
{
    const bk_logic_system *const s = w->system;
    double least = (double)INFINITY;
    for (int32_t x = 0; w->stochastic && x < s->n; x++) {
        if (w->held[x]) {
            continue;
        }
        least = slower(s, s->rate_up[x], least);
        least = slower(s, s->rate_down[x], least);
        for (int32_t k = 0; k < s->n_cases[x]; k++) {
            least = slower(s, s->case_rate[x][k], least);
        }
    }
    return isfinite(least) ? 1.0 / least : 1.0;
}

/* Moves until an attractor that is known is entered or time enough has passed; the
 * attractor, or UNKNOWN. */
static uint32_t burn_in(settling *s, bk_random *random, long *moves)
{
    const bk_reader *const r = &s->reader;
    const bk_logic_work *const work = r->work;
    const long n = work->system->n + 4;
    const long most = r->max_moves / 2 < LONGEST_BURN_IN + 20 * n
                          ? r->max_moves / 2
                          : LONGEST_BURN_IN + 20 * n;
    const double enough = burn_in_time * slowest(work);
    /* In a large network the start leads to too many states, and most runs end in fixed
     * points, which need no search. */
    long next = s->small ? 0 : 8 * n;
    double time = 0.0;
    for (;;) {
        const double rate = bk_step_rate(work);
        const bool over = !(rate > 0.0) || *moves >= most || time >= enough;
        if (over || *moves >= next) {
            const uint32_t which = identify(s);
            if (over || which != UNKNOWN || s->status != BK_OK) {
                return which;
            }
            /* Seldom while nothing is known, often once all that can come is. */
            const uint32_t here = bk_space_here(s->space, false);
            const bool mapped =
                here != BK_NO_STATE && bk_explorer_closed(s->explorer, here);
            next = mapped ? *moves + n / 4 : 4 * (*moves + n);
        }
        time += 1.0 / rate;
        jump(s, random, moves);
    }
}

static long settle_run(settling *s, bk_random *random)
{
    bk_reader *const r = &s->reader;
    bk_logic_work *const work = r->work;
    long moves = 0;
    bk_start_draw(work, random);
    const uint32_t which = burn_in(s, random, &moves);
    if (which != UNKNOWN) {
        bk_reader_add_values(r, 0, s->averages + (size_t)(which - 1) * (size_t)r->n);
        s->to_fixed += s->sizes[which - 1] == 1 ? 1 : 0;
        bk_counters *const counters = bk_outcome_counters_mutable(r->outcome);
        const long size = (long)s->sizes[which - 1];
        counters->period = size > counters->period ? size : counters->period;
    } else if (s->status == BK_OK) {
        sample_run(s, random, &moves);
    }
    bk_reader_finish_run(r);
    return moves;
}

static void tell(settling *s, bool cancelled)
{
    bk_reader *const r = &s->reader;
    bk_counters *const counters = bk_outcome_counters_mutable(r->outcome);
    double residual = 0.0;
    for (int c = 0; c < r->n && s->sampled > 0; c++) {
        const double off = fabs(s->halves[0][c] - s->halves[1][c]) / (double)s->sampled;
        residual = off > residual ? off : residual;
    }
    counters->residual = residual;
    if (cancelled) {
        bk_outcome_end(r->outcome, BK_STOP_CANCELLED, "cancelled after %ld runs",
                       r->finished);
        return;
    }
    const bool steady = residual <= half_tolerance;
    bk_outcome_end(
        r->outcome, steady ? BK_STOP_END : BK_STOP_NOT_STEADY,
        "%ld runs: %ld to fixed points, %ld to other attractors that are known wholly, "
        "%ld followed for long%s; %u attractors are known, %u of them fixed points",
        r->finished, s->to_fixed, r->finished - s->to_fixed - s->sampled, s->sampled,
        steady ? "" : " (and still drifting)", s->n_attractors, s->fixed);
}

enum { FEWEST_RUNS = 16 };

/* Every mean is known as well as wished. */
static bool is_precise(const bk_reader *r)
{
    const double wished = r->settings->settle_precision;
    if (!(wished > 0.0) || r->finished < FEWEST_RUNS) {
        return false;
    }
    const double n = (double)r->finished;
    const double *const sums = bk_outcome_row(r->outcome, 0);
    const double *const squares = bk_outcome_deviations(r->outcome, 0);
    for (int c = 0; c < r->n; c++) {
        const int32_t node = r->sights[c].node;
        const double scale = node < 0 ? 1.0 : (double)r->work->system->max[node];
        const double mean = sums[c] / n;
        const double variance = fmax(0.0, squares[c] / n - mean * mean);
        if (sqrt(variance / (n - 1.0)) > wished * scale) {
            return false;
        }
    }
    return true;
}

static void settle_runs(settling *s)
{
    bk_reader *const r = &s->reader;
    bk_counters *const counters = bk_outcome_counters_mutable(r->outcome);
    bool cancelled = false;
    for (long run = 0;
         run < r->runs && !cancelled && !is_precise(r) && s->status == BK_OK; run++) {
        bk_random random;
        bk_random_start(&random, r->settings->seed, r->settings->content,
                        (uint64_t)run);
        counters->moves += settle_run(s, &random);
        cancelled = bk_reader_cancelled(r);
    }
    if (s->status == BK_OK) {
        bk_reader_close_sums(r);
        tell(s, cancelled);
    }
}

static bk_status make_scratch(settling *s)
{
    bk_logic_work *const work = s->reader.work;
    const bk_logic_system *const system = work->system;
    uint8_t *const low = bk_alloc_zero((size_t)system->n + 1, 1);
    s->space = low == NULL ? NULL : bk_space_new(work, low, system->max, false);
    s->small = low != NULL &&
               bk_logic_box_states(work, low, system->max) <= (double)(4 * MOST_STATES);
    bk_free(low);
    s->halves[0] = bk_alloc_zero(4 * (size_t)s->reader.n + 1, sizeof *s->halves[0]);
    if (s->space == NULL || s->halves[0] == NULL) {
        return BK_NO_MEMORY;
    }
    s->halves[1] = s->halves[0] + s->reader.n;
    s->explorer = bk_explorer_new(work, s->space, note_found, s);
    return s->explorer == NULL ? BK_NO_MEMORY : BK_OK;
}

bk_status bk_logic_settle(bk_logic_work *work, const bk_overlay *overlay,
                          const bk_settings *settings, bool continuous, bk_diag *diag,
                          bk_outcome **outcome)
{
    settling s = {.continuous = continuous};
    s.status = bk_reader_start(&s.reader, work, overlay, settings, true, true, diag);
    if (s.status == BK_OK) {
        s.status = make_scratch(&s);
    }
    if (s.status == BK_OK) {
        settle_runs(&s);
    }
    bk_space_free(s.space);
    bk_explorer_free(s.explorer);
    bk_free(s.attractor);
    bk_free(s.averages);
    bk_free(s.sizes);
    bk_free(s.found);
    bk_free(s.ends);
    bk_free(s.halves[0]);
    return bk_reader_end(&s.reader, s.status, outcome);
}
