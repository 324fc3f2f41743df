/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "solve/lp.h"

#include "base/alloc.h"

#include <glpk.h>

#include <limits.h>
#include <math.h>
#include <setjmp.h>

static bool numbers_are_fine(const bk_lp *lp)
{
    for (int32_t j = 0; j < lp->columns; j++) {
        if (isnan(lp->lower[j]) || isnan(lp->upper[j]) || !isfinite(lp->cost[j])) {
            return false;
        }
    }
    for (size_t i = 0; i < lp->n_entries; i++) {
        if (!isfinite(lp->entries[i].value)) {
            return false;
        }
    }
    return true;
}

/* Bounds that leave nothing; GLPK takes them for an error of the caller. */
static bool bounds_cross(const bk_lp *lp)
{
    for (int32_t j = 0; j < lp->columns; j++) {
        if (lp->lower[j] > lp->upper[j] || lp->lower[j] == (double)INFINITY ||
            lp->upper[j] == -(double)INFINITY) {
            return true;
        }
    }
    return false;
}

static int kind_of_bounds(double lower, double upper)
{
    if (isinf(lower)) {
        return isinf(upper) ? GLP_FR : GLP_UP;
    }
    if (isinf(upper)) {
        return GLP_LO;
    }
    return lower < upper ? GLP_DB : GLP_FX;
}

static bk_status load(glp_prob *problem, const bk_lp *lp)
{
    const size_t n = lp->n_entries + 1; /* GLPK counts from 1 */
    int *const rows = bk_alloc(n * sizeof *rows);
    int *const columns = bk_alloc(n * sizeof *columns);
    double *const values = bk_alloc(n * sizeof *values);
    const bool fine = rows != NULL && columns != NULL && values != NULL;
    if (fine) {
        for (size_t i = 0; i < lp->n_entries; i++) {
            rows[i + 1] = lp->entries[i].row + 1;
            columns[i + 1] = lp->entries[i].column + 1;
            values[i + 1] = lp->entries[i].value;
        }
        glp_load_matrix(problem, (int)lp->n_entries, rows, columns, values);
    }
    bk_free(rows);
    bk_free(columns);
    bk_free(values);
    return fine ? BK_OK : BK_NO_MEMORY;
}

static bk_status fill(glp_prob *problem, const bk_lp *lp)
{
    glp_set_obj_dir(problem, lp->maximize ? GLP_MAX : GLP_MIN);
    if (lp->rows > 0) {
        glp_add_rows(problem, lp->rows);
    }
    for (int32_t i = 0; i < lp->rows; i++) {
        glp_set_row_bnds(problem, i + 1, GLP_FX, 0.0, 0.0);
    }
    if (lp->columns > 0) {
        glp_add_cols(problem, lp->columns);
    }
    for (int32_t j = 0; j < lp->columns; j++) {
        glp_set_col_bnds(problem, j + 1, kind_of_bounds(lp->lower[j], lp->upper[j]),
                         lp->lower[j], lp->upper[j]);
        glp_set_obj_coef(problem, j + 1, lp->cost[j]);
    }
    return load(problem, lp);
}

static bk_lp_answer solve(glp_prob *problem)
{
    glp_smcp settings;
    glp_init_smcp(&settings);
    settings.msg_lev = GLP_MSG_OFF;
    glp_scale_prob(problem, GLP_SF_AUTO);
    glp_adv_basis(problem, 0);
    if (glp_simplex(problem, &settings) != 0) {
        return BK_LP_FAILED;
    }
    switch (glp_get_status(problem)) {
    case GLP_OPT:
        return BK_LP_OPTIMAL;
    case GLP_NOFEAS:
        return BK_LP_INFEASIBLE;
    case GLP_UNBND:
        return BK_LP_UNBOUNDED;
    default:
        return BK_LP_FAILED;
    }
}

static bk_status solve_all(glp_prob *problem, const bk_lp *lp, double *x, double *value,
                           bk_lp_answer *answer)
{
    const bk_status status = fill(problem, lp);
    if (status == BK_OK) {
        *answer = solve(problem);
        if (*answer == BK_LP_OPTIMAL) {
            for (int32_t j = 0; j < lp->columns; j++) {
                x[j] = glp_get_col_prim(problem, j + 1);
            }
            *value = glp_get_obj_val(problem);
        }
    }
    return status;
}

/* What GLPK finds impossible within, as a scale factor that underflows, would end the
 * program; it is left here, and GLPK's memory of this thread given back as its manual
 * says (section "glp_error_hook"). */
static void leave(void *info)
{
    longjmp(*(jmp_buf *)info, 1);
}

static int say_nothing(void *info, const char *text)
{
    (void)info, (void)text;
    return 1;
}

bk_status bk_lp_solve(const bk_lp *lp, double *x, double *value, bk_lp_answer *answer)
{
    if (!numbers_are_fine(lp)) {
        return BK_NUMERICAL;
    }
    if (lp->n_entries >= INT_MAX) {
        return BK_MISUSE;
    }
    if (bounds_cross(lp)) {
        *answer = BK_LP_INFEASIBLE;
        return BK_OK;
    }
    jmp_buf left;
    if (setjmp(left) != 0) {
        glp_free_env();
        *answer = BK_LP_FAILED;
        return BK_OK;
    }
    glp_term_hook(say_nothing, NULL);
    glp_error_hook(leave, &left);
    glp_prob *const problem = glp_create_prob();
    const bk_status status = solve_all(problem, lp, x, value, answer);
    glp_delete_prob(problem);
    glp_error_hook(NULL, NULL);
    glp_term_hook(NULL, NULL);
    return status;
}
