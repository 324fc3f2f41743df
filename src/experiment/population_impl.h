/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_EXPERIMENT_POPULATION_IMPL_H
#define BK_EXPERIMENT_POPULATION_IMPL_H

/* Constants of a population, and what sampling them needs. */

#include <blockade/population.h>

/* A constant that the equations know. */
typedef struct bk_population_name {
    const char *id, *unit;
    double neutral; /* its value without a row */
} bk_population_name;
enum { BK_POPULATION_NAMES = 29 };
extern const bk_population_name bk_population_names[BK_POPULATION_NAMES];

typedef struct bk_population_constant {
    char drug[64]; /* "*": all */
    int name;      /* in bk_population_names */
    double value, low, high;
    bool sampled, published;
} bk_population_constant;

struct bk_population_constants {
    bk_population_constant *list;
    size_t n, capacity;
};

/* The drug as the table writes it (ASCII case ignored), or an error with the nearest
 * names; `none` is known everywhere. */
bk_status bk_population_drug(const bk_population_constants *constants, const char *drug,
                             bk_diag *diag, const char **known);
/* The constant of a drug, its own before the shared one; NULL: neutral. */
const bk_population_constant *
bk_population_find(const bk_population_constants *constants, const char *drug,
                   int name);

#endif
