/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "experiment/screen_impl.h"

#include <math.h>
#include <string.h>

bool bk_measure_find(const char *name, bk_measure *measure)
{
    static const char *const names[] = {[BK_MEASURE_STEADY] = "steady",
                                        [BK_MEASURE_END] = "end",
                                        [BK_MEASURE_PEAK] = "peak",
                                        [BK_MEASURE_AREA] = "area",
                                        [BK_MEASURE_GROWTH] = "growth"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) == 0) {
            *measure = (bk_measure)i;
            return true;
        }
    }
    return false;
}

static double peak(const bk_readouts *readouts, size_t i, const bk_outcome *outcome)
{
    double most = (double)NAN;
    for (size_t r = 0; r < bk_outcome_rows(outcome); r++) {
        most = fmax(most, bk_readouts_measure(readouts, i, outcome, r));
    }
    return most;
}

static double area(const bk_readouts *readouts, size_t i, const bk_outcome *outcome)
{
    double sum = 0.0;
    double before = bk_readouts_measure(readouts, i, outcome, 0);
    for (size_t r = 1; r < bk_outcome_rows(outcome); r++) {
        const double now = bk_readouts_measure(readouts, i, outcome, r);
        const double step =
            bk_outcome_time(outcome, r) - bk_outcome_time(outcome, r - 1);
        sum += 0.5 * step * (before + now);
        before = now;
    }
    return sum;
}

static double growth(const bk_readouts *readouts, size_t i, const bk_outcome *outcome)
{
    const size_t last = bk_outcome_rows(outcome) - 1;
    const double start = bk_readouts_measure(readouts, i, outcome, 0);
    const double end = bk_readouts_measure(readouts, i, outcome, last);
    const double time = bk_outcome_time(outcome, last) - bk_outcome_time(outcome, 0);
    return start > 0.0 && end > 0.0 && time > 0.0 ? log2(end / start) / time
                                                  : (double)NAN;
}

double bk_screen_measure(const bk_readouts *readouts, size_t i,
                         const bk_outcome *outcome, bk_measure measure)
{
    switch (measure) {
    case BK_MEASURE_PEAK:
        return peak(readouts, i, outcome);
    case BK_MEASURE_AREA:
        return area(readouts, i, outcome);
    case BK_MEASURE_GROWTH:
        return growth(readouts, i, outcome);
    case BK_MEASURE_STEADY:
    case BK_MEASURE_END:
    default:
        return bk_readouts_measure(readouts, i, outcome, bk_outcome_rows(outcome) - 1);
    }
}
