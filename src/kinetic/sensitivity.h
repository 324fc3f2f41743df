/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_KINETIC_SENSITIVITY_H
#define BK_KINETIC_SENSITIVITY_H

/* The inside of sensitivities: their result, for time courses and steady states. */

#include "kinetic/variation.h"

#include <blockade/sensitivity.h>

struct bk_sensitivity {
    bk_outcome *outcome;
    int32_t m;
    double *slopes; /* [rows * columns * m] */
    double *values; /* [m] */
};

bk_status bk_kin_sensitivity_check(const bk_system *system,
                                   const bk_workspace *workspace);
/* With all slopes NaN. */
bk_status bk_kin_sensitivity_new(bk_kin_variation *v, const bk_settings *settings,
                                 size_t rows, bk_diag *diag, bk_sensitivity **made);
/* Values and slopes of a row from y and S. */
void bk_kin_sensitivity_row(bk_sensitivity *made, bk_kin_variation *v, size_t row,
                            double t, const double *y, const double *s);

#endif
