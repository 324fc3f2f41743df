/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SSA_H
#define BK_KINETIC_SSA_H

/* Exact stochastic simulation of reactions, on the programs of the kinetic engine.
 *
 * A *channel* is a reaction; its *rate* is the propensity: the rate law, in extent per
 * time.  A *move* is one firing of a channel, an *event* is one of the model's.  A law
 * *matters* when a rate or a trigger depends on it; others are evaluated for the rows.
 *
 * Nearly all rates are c (x + p) (y + q), x and y amounts that channels change: those
 * *products* are found in the compiled law by following its instructions, and run
 * without it. */

#include "base/random.h"
#include "kinetic/work.h"

/* What a slot does between two moves. */
typedef enum bk_ssa_motion {
    BK_SSA_STILL,
    BK_SSA_LINEAR, /* moves with time along a straight line */
    BK_SSA_CURVED
} bk_ssa_motion;

typedef struct bk_ssa_change {
    int32_t variable, term;
} bk_ssa_change;

typedef struct bk_ssa_system {
    bk_system head;
    bk_system *base; /* the same as kin */
    const bk_kin_system *kin;
    int32_t n_channels;
    int32_t *laws;          /* [n_channels] of the rate; channel r is reaction r */
    int32_t *change_starts; /* [n_channels + 1] */
    bk_ssa_change *changes; /* by channel */
    int32_t *channel_of;    /* [value_laws] or -1 */
    bool *matters;          /* [value_laws] */
    bool *read;             /* [value_laws] laws that matter read its slot */
    bool *reacts;           /* [variables] channels change it */
    int32_t *reader_starts; /* [variables + 1] */
    int32_t *readers; /* laws that matter, by the variable they depend on; ascending */
    int32_t *roots;   /* [n_roots] relations that time may switch */
    int32_t *moving;  /* [n_moving] laws that they stand in or depend on */
    int32_t n_roots, n_moving;
    bool roots_jump;       /* channels may change when roots are reached */
    bk_ssa_motion *motion; /* by slot */
} bk_ssa_system;

/* Motion, roots and moving; refuses what is not exact. */
bk_status bk_ssa_find_motion(bk_ssa_system *system, bk_diag *diag);
bk_status bk_ssa_compile(const bk_model *model, bk_diag *diag, bk_system **system);

/* Sums over the leaves of a tree, eight children a node.  A sum is always made anew of
 * its eight, so that no rounding piles up. */
enum { BK_SSA_LEVELS = 10 };
typedef struct bk_ssa_sums {
    int n_levels;
    double *level[BK_SSA_LEVELS]; /* level[0]: leaves; padded with zeros to eights */
} bk_ssa_sums;
bool bk_ssa_sums_new(bk_ssa_sums *sums, int32_t leaves);
void bk_ssa_sums_free(bk_ssa_sums *sums);

static inline double bk_ssa_eight(const double *v)
{
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

static inline double bk_ssa_total(const bk_ssa_sums *sums)
{
    return sums->level[sums->n_levels][0];
}

static inline void bk_ssa_sums_set(bk_ssa_sums *sums, int32_t leaf, double value)
{
    sums->level[0][leaf] = value;
    for (int k = 0; k < sums->n_levels; k++) {
        leaf >>= 3;
        sums->level[k + 1][leaf] = bk_ssa_eight(sums->level[k] + 8 * leaf);
    }
}

/* The leaf in whose share of the total *rest lies; *rest becomes the place within it. */
static inline int32_t bk_ssa_sums_find(const bk_ssa_sums *sums, double *rest)
{
    int32_t node = 0;
    double r = *rest;
    for (int k = sums->n_levels - 1; k >= 0; k--) {
        const double *const children = sums->level[k] + 8 * node;
        int32_t child = 0;
        while (child < 7 && r >= children[child]) {
            r -= children[child++];
        }
        while (child > 0 && !(children[child] > 0.0)) {
            r = children[--child]; /* rounding led past the last */
        }
        node = 8 * node + child;
    }
    *rest = r;
    return node;
}

/* c (y[v] + p) (y[w] + q); y[variables] is 1 and stands for a factor that is missing. */
typedef struct bk_ssa_product {
    double c, p, q;
    int32_t v, w;
} bk_ssa_product;

typedef enum bk_ssa_trouble {
    BK_SSA_FINE,
    BK_SSA_NEGATIVE,   /* a rate below zero */
    BK_SSA_NOT_FINITE, /* a rate */
    BK_SSA_NOT_WHOLE,  /* an event sets an amount to what counts no molecules */
    BK_SSA_BAD_DELAY,  /* of an event: below zero or not a number */
    BK_SSA_CASCADE,    /* of events, endless at one instant */
    BK_SSA_NO_MEMORY,
    BK_SSA_LIMIT,
    BK_SSA_CANCELLED
} bk_ssa_trouble;

typedef struct bk_ssa_agenda bk_ssa_agenda; /* ssa_events.h */

typedef struct bk_ssa_need {
    int32_t variable;
    double amount;
} bk_ssa_need;

/* What leaps need; NULL and 0 where runs are exact.  See ssa_leap.c. */
typedef struct bk_ssa_leap {
    signed char *order, *copies; /* [variables] 0: no rate depends on it */
    double *gain, *loss;         /* [variables] expected per time */
    double *variance;            /* [variables] of its change per time */
    double *next;                /* [variables] */
    bool *critical;              /* [channels] */
    long leaps;
} bk_ssa_leap;

/* One thread's runs under one overlay. */
typedef struct bk_ssa_worker {
    const bk_ssa_system *system;
    const bk_settings *settings;
    bk_kin_work *kin;
    int32_t *halt_of;         /* [value_laws] index in the halts of kin, or -1 */
    bk_kin_touched **seen;    /* [variables] whose seen value follows it, or NULL */
    double *start;            /* [variables] amounts at the start */
    double *y;                /* [variables + 1] */
    double *step;             /* [changes] */
    bk_ssa_product *products; /* [channels] */
    bool *product;        /* [channels] its rate is one, and no law reads its slot */
    bool *bounded;        /* [channels] ... that grows with both amounts */
    int32_t *need_starts; /* [channels + 1] */
    bk_ssa_need *needs;   /* what a channel takes that its law does not ask for */
    bool slots;           /* some law that matters is run: slots follow y */
    bool rejection;
    int32_t *after_starts, *after; /* direct: laws to run after a channel */
    size_t after_capacity;
    bk_ssa_sums sums;
    double *low, *high, *floor; /* rejection: of variables; of rates */
    bk_ssa_agenda *agenda;      /* NULL: no events, and time switches nothing */
    int32_t *drifting;          /* [n_drifting] variables under rate rules */
    int32_t n_drifting;
    bool *looks; /* [channels] a move may change a trigger or a root */
    bk_ssa_leap leap;
    bk_random random;
    double time;
    long moves, rejected;
    long instants; /* of the run: times at which something was switched or due */
    long ask_at;   /* moves of the run after which to ask whether it is cancelled */
    bk_ssa_trouble trouble;
    int32_t where; /* channel or event in trouble */
    double value;
} bk_ssa_worker;

bk_status bk_ssa_worker_new(const bk_ssa_system *system, bk_ssa_worker **worker);
void bk_ssa_worker_free(bk_ssa_worker *worker);
/* Binds an overlay and finds the products; settings must outlive the runs. */
bk_status bk_ssa_worker_bind(bk_ssa_worker *worker, const bk_overlay *overlay,
                             const bk_settings *settings, bk_diag *diag);

/* ssa_rates.c */
bk_status bk_ssa_find_products(bk_ssa_worker *worker);
/* The rate of a channel as it is now; negative: *trouble. */
double bk_ssa_rate(bk_ssa_worker *worker, int32_t channel);
void bk_ssa_run_law(bk_ssa_worker *worker, int32_t law, bk_truth truth);
/* All laws that matter. */
void bk_ssa_run_all(bk_ssa_worker *worker, bk_truth truth);
/* slots of all variables from y */
void bk_ssa_put_slots(bk_ssa_worker *worker);

/* ssa_walk.c: one run; row(context, row) at each row, slots and y being those of its
 * time.  Returns how many rows it reached. */
typedef void bk_ssa_row(void *context, size_t row);
size_t bk_ssa_walk(bk_ssa_worker *worker, uint64_t run, size_t rows, bk_ssa_row *row,
                   void *context);
/* The same by leaps, settings->leap > 0. */
size_t bk_ssa_leap_walk(bk_ssa_worker *worker, uint64_t run, size_t rows,
                        bk_ssa_row *row, void *context);
bool bk_ssa_leap_prepare(bk_ssa_worker *worker);
void bk_ssa_leap_free(bk_ssa_worker *worker);
/* Steps of a walk: all values at the start; time; a move; limits and cancelling. */
void bk_ssa_begin(bk_ssa_worker *worker, uint64_t run);
void bk_ssa_go_on(bk_ssa_worker *worker, double t);
void bk_ssa_fire(bk_ssa_worker *worker, int32_t channel);
void bk_ssa_check(bk_ssa_worker *worker, long first_move);
bool bk_ssa_walk_prepare(bk_ssa_worker *worker);
/* All rates, or their bounds, from the values at hand. */
void bk_ssa_renew(bk_ssa_worker *worker);
/* On to time t: what moves along a line does so.  ssa_events.c */
void bk_ssa_drift(bk_ssa_worker *worker, double t);

#endif
