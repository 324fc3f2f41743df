/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/events.h"

#include "base/c_locale.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Where the relations of events cross within a step.
 *
 * A trigger has no share in the error control, so a step may be long beside the time in
 * which a gap goes forth and back.  The step is looked at in three parts of unlike
 * length (equal ones would see the same phase of a periodic gap), and those again,
 * until every gap is as good as straight, or far from zero for how much it bends.  What
 * still bends in a tiny part jumps there, as floor(time / 10) does, and the first number
 * after the jump is looked at, which may be the only one at which `==` holds. */

enum { DEEPEST = BK_KIN_SWEEP_DEPTH, MOST_LOOKS = 3000 };

typedef struct sweep {
    bk_kin_course *c;
    int32_t n;
    int looks;
    bool tired;       /* after too many looks, at `low`, where nothing has crossed */
    double low, high; /* round what was found */
} sweep;

static int32_t look(sweep *s, double t, double *gaps)
{
    const bk_kin_work *const w = s->c->work;
    const int32_t found = bk_kin_look(s->c, t);
    for (int32_t k = 0; k < s->n; k++) {
        gaps[k] = w->gap[w->system->roots[k]];
    }
    s->looks++;
    return found;
}

/* At 0, 0.38, 0.62 and 1 of an interval. */
static const double at[] = {0.0, 0.381966011250105, 0.618033988749895, 1.0};

static bool is_plain(const double *g)
{
    double slope[3];
    double near = (double)INFINITY;
    double bend = 0.0;
    for (int i = 0; i < 4; i++) {
        near = fmin(near, fabs(g[i]));
        bend = fmax(bend, fabs(g[i] - g[0] - at[i] * (g[3] - g[0])));
    }
    for (int i = 0; i < 3; i++) {
        slope[i] = (g[i + 1] - g[i]) / (at[i + 1] - at[i]);
    }
    const double low = fmin(fmin(slope[0], slope[1]), slope[2]);
    const double high = fmax(fmax(slope[0], slope[1]), slope[2]);
    const bool straight =
        (low >= 0.0 && high <= 2.0 * low) || (high <= 0.0 && low >= 2.0 * high);
    return straight || bend <= 0.5 * near || !isfinite(bend);
}

/* A gap that is not plain between the four places, or -1. */
static int32_t bent(const sweep *s, const double *const *gaps)
{
    for (int32_t k = 0; k < s->n; k++) {
        const double g[] = {gaps[0][k], gaps[1][k], gaps[2][k], gaps[3][k]};
        if (!is_plain(g)) {
            return k;
        }
    }
    return -1;
}

/* The jump of a gap within (a, b]: to neighbouring numbers. */
static int32_t pin_down(sweep *s, int32_t k, double a, double gap_a, double b,
                        double gap_b)
{
    const bk_kin_work *const w = s->c->work;
    double middle = a + 0.5 * (b - a);
    while (middle > a && middle < b) {
        const int32_t found = bk_kin_look(s->c, middle);
        const double gap = w->gap[w->system->roots[k]];
        const bool left = found < 0 && fabs(gap - gap_a) < fabs(gap - gap_b);
        *(left ? &a : &b) = middle;
        *(left ? &gap_a : &gap_b) = gap;
        middle = a + 0.5 * (b - a);
    }
    s->low = a;
    s->high = b;
    return bk_kin_look(s->c, b);
}

/* What crosses first in (a, b], or -1; nothing has crossed at a, and at_end at b. */
static int32_t search(sweep *s, double a, const double *at_a, double b,
                      const double *at_b, int32_t at_end, int depth)
{
    double *const inner = s->c->agenda->gaps + (size_t)(2 * depth + 2) * (size_t)s->n;
    const double *const gaps[] = {at_a, inner, inner + s->n, at_b};
    double t[4];
    int32_t found[] = {-1, -1, -1, at_end};
    for (int i = 0; i < 4; i++) {
        t[i] = i == 3 ? b : a + at[i] * (b - a);
    }
    for (int i = 1; i < 3; i++) {
        found[i] = look(s, t[i], inner + (i - 1) * (ptrdiff_t)s->n);
        if (found[1] >= 0) {
            s->low = a;
            s->high = t[1];
            return found[1];
        }
    }
    const int32_t k = bent(s, gaps);
    const bool deepest = depth == DEEPEST;
    for (int i = 1; i < 4; i++) {
        if (k >= 0 && s->looks > MOST_LOOKS) {
            s->tired = true;
            s->low = t[i - 1];
        }
        const int32_t inside =
            k < 0 || s->tired ? -1
            : deepest
                ? pin_down(s, k, t[i - 1], gaps[i - 1][k], t[i], gaps[i][k])
                : search(s, t[i - 1], gaps[i - 1], t[i], gaps[i], found[i], depth + 1);
        if (inside >= 0 || s->tired) {
            return inside;
        }
        if (found[i] >= 0) {
            s->low = t[i - 1];
            s->high = t[i];
            return found[i];
        }
    }
    return -1;
}

int32_t bk_kin_events_sweep(bk_kin_course *course, double *low, double *high)
{
    bk_kin_work *const w = course->work;
    bk_rodas *const r = w->rodas;
    sweep s = {.c = course, .n = w->system->n_roots};
    double *const at_start = course->agenda->gaps;
    double *const at_end = at_start + s.n;
    look(&s, r->t_old, at_start);
    const int32_t end = look(&s, r->t, at_end);
    const int32_t found = search(&s, r->t_old, at_start, r->t, at_end, end, 0);
    *low = s.low;
    *high = s.high;
    if (found < 0) {
        *high = s.tired ? fmax(s.low, r->t_old + 1e-3 * (r->t - r->t_old)) : r->t;
    }
    return found;
}

/* How far on a flipped relation is expected to cross by the numbers; 0: it has. */
static double ahead(const bk_kin_course *c, int32_t r, double before, double apart)
{
    const double gap = c->work->gap[r];
    const double slope = (gap - before) / apart;
    const double way = -gap / slope;
    return way > 0.0 && way < apart ? way : 0.0;
}

void bk_kin_events_reach(bk_kin_course *course, double end)
{
    bk_kin_work *const w = course->work;
    bk_rodas *const r = w->rodas;
    const bk_kin_system *const s = w->system;
    double *const before = course->agenda->gaps;
    for (int i = 0; i < 8 && r->t < end; i++) {
        const double apart = 1e-3 * (r->t - r->t_old);
        bk_kin_look(course, r->t - apart);
        memcpy(before, w->gap, (size_t)s->n_relations * sizeof *before);
        bk_kin_look(course, r->t);
        double way = 0.0;
        bool behind = false;
        for (int32_t k = 0; k < s->n_roots; k++) {
            const int32_t root = s->roots[k];
            if (course->flipped[root] && !bk_kin_crossed(w, root)) {
                behind = true;
                way = fmax(way, ahead(course, root, before[root], apart));
            }
        }
        if (!behind) {
            return;
        }
        const double least = (2 << i) * DBL_EPSILON * fabs(r->t);
        if (bk_rodas_retake(r, fmin(end, r->t + fmax(way, least))) !=
            BK_RODAS_ACCEPTED) {
            return;
        }
    }
}

static bool crosses(bk_kin_work *w, double t, const double *y)
{
    bool any = false;
    bk_kin_values(w, t, y, BK_HELD, w->status);
    for (int32_t k = 0; k < w->system->n_roots && !any; k++) {
        any = bk_kin_crossed(w, w->system->roots[k]);
    }
    return any;
}

bool bk_kin_events_quiet(bk_kin_course *course, const double *y, double end)
{
    bk_kin_work *const w = course->work;
    const double t = w->rodas->t;
    if (course->agenda == NULL) {
        return true;
    }
    bool quiet = course->agenda->waiting.n == 0;
    w->at_y = NULL;
    for (double way = 1e-3 * course->span;
         quiet && w->truth == BK_HELD && t + way < end; way *= 1.7) {
        quiet = !crosses(w, t + way, y);
    }
    return quiet && (w->truth == BK_FREE || !crosses(w, t, y));
}
