/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_SSA_FIXTURE_H
#define BK_TEST_SSA_FIXTURE_H

/* Stochastic runs and what they are compared with.  A statistic of n runs may be off by
 * SIGMAS of its own standard errors; seeds are fixed. */

#include "kinetic_fixture.h"

static const double SIGMAS = 4.5;

static inline bench stochastic(bk_builder *b, long runs, double t_end)
{
    bench t = opened_with(b, &bk_engine_ssa);
    t.settings.runs = runs;
    t.settings.t_end = t_end;
    t.settings.steps = 1;
    t.settings.seed = 11;
    return t;
}

/* The share of runs that end at a value against its probability. */
static inline void assert_shares(const bk_outcome *o, int column, const double *p,
                                 int n)
{
    size_t runs = 0;
    const double *const ends = bk_outcome_ends(o, &runs);
    const size_t width = (size_t)bk_outcome_columns(o);
    assert_non_null(ends);
    double seen = 0.0;
    for (int value = 0; value < n; value++) {
        double count = 0.0;
        for (size_t run = 0; run < runs; run++) {
            count += ends[run * width + (size_t)column] == (double)value;
        }
        seen += count;
        const double expected = p[value] * (double)runs;
        const double error = sqrt(fmax(expected * (1.0 - p[value]), 1.0));
        if (fabs(count - expected) > SIGMAS * error) {
            fail_msg("%g runs end at %d, expected %g", count, value, expected);
        }
    }
    assert_true(seen >= 0.999 * (double)runs);
}

/* p(i dimers) of 2A <-> B from ten A, by small steps of the master equation. */
static inline void dimer_law(double k1, double k2, double t, double p[6])
{
    const int steps = 20000;
    for (int i = 0; i < 6; i++) {
        p[i] = i == 0;
    }
    for (int s = 0; s < steps; s++) {
        double middle[6];
        for (int stage = 0; stage < 2; stage++) { /* the midpoint rule */
            const double *const at = stage == 0 ? p : middle;
            const double h = t / steps * (stage == 0 ? 0.5 : 1.0);
            double next[6];
            for (int i = 0; i < 6; i++) {
                const double a = 10 - 2 * i;
                next[i] = p[i] - h * at[i] * (k1 * a * (a - 1) / 2 + k2 * i);
                if (i > 0) {
                    next[i] += h * at[i - 1] * k1 * (a + 2) * (a + 1) / 2;
                }
                if (i < 5) {
                    next[i] += h * at[i + 1] * k2 * (i + 1);
                }
            }
            memcpy(stage == 0 ? middle : p, next, sizeof next);
        }
    }
}

/* `copies` of the same pair of reactions beside each other: eight reactions and more go by
 * rejection, fewer by the direct method. */
static inline bk_builder *dimers(int copies, double size)
{
    bk_builder *const b = bk_builder_new(NULL);
    compartment(b, "c", size);
    parameter(b, "k1", 0.05);
    parameter(b, "k2", 0.3);
    for (int i = 0; i < copies; i++) {
        char id[6][40];
        snprintf(id[0], sizeof id[0], "A%d", i);
        snprintf(id[1], sizeof id[1], "B%d", i);
        snprintf(id[2], sizeof id[2], "2A%d", i);
        species_of(b, id[0], 10, true);
        species_of(b, id[1], 0, true);
        char law[120];
        snprintf(law, sizeof law, "k1*(A%d*c)*(A%d*c - 1)/2", i, i);
        snprintf(id[4], sizeof id[4], "on%d", i);
        snprintf(id[5], sizeof id[5], "off%d", i);
        reaction(b, id[4], id[2], id[1], law);
        snprintf(law, sizeof law, "k2*B%d*c", i);
        reaction(b, id[5], id[1], id[2], law);
    }
    return b;
}

#endif
