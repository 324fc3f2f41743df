/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BLOCKADE_DOSE_H
#define BLOCKADE_DOSE_H

/* Dose-response curves summed up: the four-parameter log-logistic (Hill) curve
 *
 *     y = bottom + (top - bottom) / (1 + (EC50 / x)^hill),   bottom < top
 *
 * with hill < 0 where the response falls with the dose; at dose 0 it is at one of its
 * plateaus.  Fitted by unweighted least squares in (plateaus, ln EC50, ln |hill|) from
 * several starts; the standard errors are those of the linearised model, with the
 * residual variance over n - 4 degrees of freedom (Seber and Wild 1989, Nonlinear
 * Regression).  Read-outs of a model have no noise: the residuals, and so the errors, say
 * how far its curve is from a Hill curve.
 *
 * The relative EC50 is where the curve is half-way between its plateaus; the absolute one
 * is where it takes a given level, by default half of what the read-out is without the
 * drug, when it falls.  Beside that of the fit, `crossing` is where the read-outs
 * themselves pass the level, linear over the logarithm of the dose between two doses.
 *
 * Nothing is told that the doses do not say: `verdict` names what is missing and why. */

#include <blockade/table.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bk_dose_verdict {
    BK_DOSE_FITTED,
    BK_DOSE_FEW,       /* fewer than four different doses have a response */
    BK_DOSE_NO_EFFECT, /* the response moves by less than 1e-3 of its largest size */
    BK_DOSE_BENT, /* not monotone: it turns back by more than 2 % of the way between the
                      responses at the lowest and the highest dose */
    BK_DOSE_STEP, /* no response lies between 5 and 95 % of that way, or one does and no
                      curve can be fitted: EC50 is half-way over the logarithm, without a
                      slope */
    BK_DOSE_BELOW,   /* EC50 is below the lowest dose (but 0) */
    BK_DOSE_ABOVE,   /* or above the highest */
    BK_DOSE_UNFITTED /* the least squares found no minimum */
} bk_dose_verdict;

typedef struct bk_dose_curve {
    bk_dose_verdict verdict;
    int direction;          /* 1: rises with the dose; -1: falls; 0: no effect */
    double lowest, highest; /* doses with a response, above 0 */
    double first, last; /* responses at the lowest dose (0 when there) and highest */
    double mean;    /* of the response over log dose, by trapezoids; dose 0 left out */
    double turn;    /* BENT: the dose of the extreme it turns back from */
    double step[2]; /* STEP: the doses on both sides */
    /* NaN where the verdict does not give them, and where the doses do not determine them
     * (a response off by 1e-4 of the range would change them by a tenth); errors NaN also
     * when there are no more points than parameters */
    double bottom, top, ec50, hill;
    double bottom_error, top_error, ec50_error, hill_error;
    double level, absolute, absolute_error; /* NaN: outside the doses, or no level */
    double crossing;
    double r2, rms; /* share of the variance explained; rms: over n - 4 */
    double
        covered_low; /* share of the fitted range behind it at the lowest dose (0 with */
    double covered_high; /* dose 0), and at the highest */
} bk_dose_curve;

/* doses[n] >= 0 in any order, NaN responses left out; a dose may be there several times,
 * and is judged by its mean.  level NaN: half the first response, for curves that fall
 * from above 0.  start: the plateau at dose 0 when it is known exactly (three parameters
 * are fitted then), else NaN.  BK_MISUSE: a dose is negative or not finite. */
bk_status bk_dose_fit(const double *doses, const double *responses, size_t n,
                      double level, double start, bk_dose_curve *curve);
/* The fitted curve at a dose; NaN without a fit. */
double bk_dose_response(const bk_dose_curve *curve, double dose);

typedef struct bk_dose_settings {
    double level; /* as above */
    double
        control; /* the dose whose response counts as that without the drug; NaN: 0 */
    /* The read-outs are growth rates k: fitted are growth rate inhibition values
     * GR = 2^(k / k(0)) - 1, 1 at dose 0, 0 where nothing grows, below where cells die
     * (Hafner et al. 2016, doi:10.1038/nmeth.3853); then `bottom` is GRinf, `EC50`
     * GEC50, `absolute_EC50` GR50 (level 0.5), `last` GRmax when the highest dose is the
     * strongest, and 1 - mean is GRAOC.  Read-outs without growth at dose 0 get words. */
    bool growth;
} bk_dose_settings;

/* One row a read-out of a table whose first column is the dose and whose other number
 * columns are responses: readout, verdict in words, and the numbers above.  curves, when
 * not NULL, gets the fitted curves at 201 doses evenly over the logarithm, for pictures. */
bk_status bk_dose_summary(const bk_table *responses, const bk_dose_settings *settings,
                          bk_table **summary, bk_table **curves);

#ifdef __cplusplus
}
#endif
#endif
