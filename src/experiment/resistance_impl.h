/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_RESISTANCE_IMPL_H
#define BK_EXPERIMENT_RESISTANCE_IMPL_H

/* Alterations of a cell, and values of many altered cells. */

#include "base/arena.h"
#include "base/names.h"

#include <blockade/resistance.h>

typedef struct bk_alteration {
    const char *label; /* PTEN:loss, gain AKT */
    const char *text;  /* as bk_library_background_scenario reads it */
    const char *kind;  /* variant, gain, loss */
    const char *also;  /* labels of alterations that make the same cell, or NULL */
    int32_t node;      /* of a gain or loss; else -1 */
    double level;      /* at which it holds the node */
} bk_alteration;

typedef struct bk_alterations {
    bk_arena *arena;
    bk_alteration *items;
    size_t n, capacity;
    size_t contradictions; /* left out because the cell says otherwise */
} bk_alterations;

/* Those that change the cell, each once. */
bk_status bk_alterations_collect(const bk_resistance *question, bk_diag *diag,
                                 bk_alterations *made);
void bk_alterations_close(bk_alterations *alterations);

/* The levels at which nodes rest in the cell of every single alteration. */
typedef struct bk_levels {
    double *values;   /* [alterations][untreated, treated][n]; NaN: none */
    int32_t *readout; /* of a node: its place among the n, or -1 */
    size_t n;         /* 0: nothing is known */
} bk_levels;
bk_status bk_levels_measure(const bk_resistance *question,
                            const bk_alterations *alterations, bk_levels *levels);
void bk_levels_free(bk_levels *levels);
/* Whether another alteration changes nothing in a cell. */
bool bk_levels_same(const bk_levels *levels, const bk_alteration *other, size_t cell,
                    bool treated);

/* A cell under a treatment; what it measures is kept by the number of the read-out. */
typedef struct bk_measured {
    bk_condition condition;
    double *values;   /* [read-outs], NaN: none */
    const char *note; /* or NULL; in the arena */
} bk_measured;

/* Runs n conditions and fills values and notes. */
bk_status bk_measure_all(const bk_resistance *question, bk_measured *measured, size_t n,
                         bk_arena *arena);

/* The treatment in a cell without alteration: [0] untreated, [1] treated.  Values of 2
 * times the read-outs, bk_free them.  BK_NUMERICAL when there is none. */
bk_status bk_measure_plain(const bk_resistance *question, const char *background,
                           const bk_scenario *cell, bk_arena *arena, bk_diag *diag,
                           double **values);

/* Two columns a read-out, FIRST_name and SECOND_name, and at last "note". */
bk_status bk_add_value_columns(bk_table *table, const bk_readouts *readouts,
                               const char *first, const char *second);
/* "" and NaN are missing cells. */
bk_status bk_put_text(bk_table *table, size_t row, int column, const char *text);
bk_status bk_put_real(bk_table *table, size_t row, int column, double value);

/* Levels are thirds and halves: a half is often met to within what solver and Hill
 * functions leave. */
static const double bk_rounding = 0.01;
static const double bk_stake = 0.1; /* least change of a read-out that counts */

#endif
