/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What must not change the course of a published model: how many rows are asked for, in which
 * order its species stand, whether a time is reached by a step or by interpolation, and,
 * beyond what the default tolerance promises, a tighter one.  Models of networks/, and of
 * DATA (by default ../shared/data), which is not part of the project.  Differences are in
 * units of scale: of the largest value of each variable over the run. */

#include "../unit/kinetic_fixture.h"

#include "kinetic/course.h"

#include <blockade/blockade.h>
#include <blockade/format.h>

enum { FINE = 1000, COARSE = 10 };

static const double span = 100.0;
/* Columns below this part of the largest are noise round zero. */
static const double noise = 1e-12;

/* What a relative tolerance tightened by 100 may change, in tolerances: errors of steps add
 * up to some, in the phase of what oscillates to more. */
enum { SOME = 10, MORE = 100 };

typedef struct subject {
    const char *path;
    int tolerances;
} subject;

static const subject ours[] = {
    {"akt-s6-fujita2010/akt-s6-fujita2010.sbml", SOME},
    {"pi3k-akt-mtor-borisov2009/pi3k-akt-mtor-borisov2009.sbml", SOME},
    {"ras-raf-mek-erk-orton2009/ras-raf-mek-erk-orton2009.sbml", SOME},
};

/* Signalling mostly; 1053 oscillates, 666 and 908 mix units, 255 and egfr_net are
 * large, 19 and 49 have steep transients. */
static const subject theirs[] = {
    {"biomodels/BIOMD0000000010.xml", SOME}, {"biomodels/BIOMD0000000019.xml", SOME},
    {"biomodels/BIOMD0000000027.xml", SOME}, {"biomodels/BIOMD0000000028.xml", SOME},
    {"biomodels/BIOMD0000000049.xml", SOME}, {"biomodels/BIOMD0000000146.xml", SOME},
    {"biomodels/BIOMD0000000223.xml", SOME}, {"biomodels/BIOMD0000000255.xml", SOME},
    {"biomodels/BIOMD0000000424.xml", SOME}, {"biomodels/BIOMD0000000648.xml", SOME},
    {"biomodels/BIOMD0000000666.xml", SOME}, {"biomodels/BIOMD0000000908.xml", SOME},
    {"biomodels/BIOMD0000001053.xml", MORE}, {"bench/egfr_net_no_obs.xml", SOME},
};

typedef struct text {
    char *bytes;
    size_t size;
} text;

static bool slurped(const char *path, text *t)
{
    FILE *const file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    fseek(file, 0, SEEK_END);
    t->size = (size_t)ftell(file);
    rewind(file);
    t->bytes = calloc(t->size + 1, 1);
    assert_non_null(t->bytes);
    assert_int_equal(fread(t->bytes, 1, t->size, file), t->size);
    fclose(file);
    return true;
}

/* The same document with its species in the opposite order. */
static text reversed(const text *t)
{
    const text turned = {.bytes = calloc(t->size + 1, 1), .size = t->size};
    const char *const first = strstr(strstr(t->bytes, "<listOfSpecies"), "<species ");
    const char *const end = strstr(first, "</listOfSpecies>");
    assert_true(first != NULL && end != NULL);
    memcpy(turned.bytes, t->bytes, t->size);
    char *to = turned.bytes + (end - t->bytes);
    for (const char *at = first; at < end;) {
        const char *next = strstr(at + 1, "<species ");
        next = next == NULL || next > end ? end : next;
        to -= next - at;
        memcpy(to, at, (size_t)(next - at));
        at = next;
    }
    assert_ptr_equal(to, turned.bytes + (first - t->bytes));
    return turned;
}

static bench opened_text(const text *t, const char *name, bk_column **columns)
{
    const bk_read_settings settings = {.ignore_fast = true};
    bench b = {.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    if (bk_sbml_parse(t->bytes, t->size, name, &settings, b.diag, &b.model) != BK_OK ||
        bk_engine_ode.compile(b.model, b.diag, &b.system) != BK_OK) {
        tell(b.diag);
        fail_msg("cannot read %s", name);
    }
    assert_int_equal(bk_engine_ode.workspace(b.system, &b.workspace), BK_OK);
    const int32_t n = bk_kinetic_variables(b.system);
    *columns = calloc((size_t)n + 1, sizeof **columns);
    for (int32_t v = 0; v < n; v++) {
        (*columns)[v] = (bk_column){bk_kinetic_variable(b.system, v), BK_AS_DEFAULT};
    }
    b.settings.columns = *columns;
    b.settings.n_columns = n;
    b.settings.t_end = span;
    return b;
}

static bk_outcome *with(bench *t, int steps, double rtol)
{
    t->settings.steps = steps;
    t->settings.rtol = rtol;
    bk_outcome *const outcome = ran(t, NULL);
    assert_int_equal(bk_outcome_stop(outcome), BK_STOP_END);
    return outcome;
}

/* --- differences ---------------------------------------------------------------------- */

typedef struct worst {
    double gap;
    char name[80];
} worst;

static int column_named(const bench *t, const char *id)
{
    int c = 0;
    while (strcmp(bk_symbol_id(t->model, t->settings.columns[c].symbol), id) != 0) {
        c++;
        assert_true(c < t->settings.n_columns);
    }
    return c;
}

/* At the COARSE rows that both have. */
static worst gap_between(const bench *a, const bk_outcome *x, const bench *b,
                         const bk_outcome *y, const double *scale)
{
    const size_t every_x = (bk_outcome_rows(x) - 1) / COARSE,
                 every_y = (bk_outcome_rows(y) - 1) / COARSE;
    worst w = {0};
    for (int c = 0; c < a->settings.n_columns; c++) {
        const char *const id = bk_symbol_id(a->model, a->settings.columns[c].symbol);
        const int other = column_named(b, id);
        for (size_t row = 0; scale[c] > 0.0 && row <= COARSE; row++) {
            const double gap = fabs(bk_outcome_value(x, row * every_x, c) -
                                    bk_outcome_value(y, row * every_y, other)) /
                               scale[c];
            if (!(gap <= w.gap)) {
                w.gap = gap;
                snprintf(w.name, sizeof w.name, "%s", id);
            }
        }
    }
    return w;
}

static double *scales_of(const bk_outcome *fine, int n)
{
    double *const scale = calloc((size_t)n + 1, sizeof *scale);
    double largest = 0.0;
    for (int c = 0; c < n; c++) {
        for (size_t row = 0; row < bk_outcome_rows(fine); row++) {
            scale[c] = fmax(scale[c], fabs(bk_outcome_value(fine, row, c)));
        }
        largest = fmax(largest, scale[c]);
    }
    for (int c = 0; c < n; c++) {
        scale[c] = scale[c] > noise * largest ? scale[c] : 0.0;
    }
    return scale;
}

/* --- dense output --------------------------------------------------------------------- */

/* The course of the model once more: y within each step by interpolation, against a step
 * that ends exactly there. */
static worst dense_gap(bench *t)
{
    bk_kin_work *const w = (bk_kin_work *)t->workspace;
    const int32_t n = w->system->n;
    double *const memory = calloc(3 * (size_t)n + 1, sizeof *memory);
    double *const y = memory, *const between = y + n, *const top = between + n;
    worst result = {0};
    for (int pass = 0; pass < 2; pass++) { /* scales; gaps */
        bk_kin_course course;
        assert_int_equal(bk_kin_start(w, NULL, &t->settings, t->diag, y), BK_OK);
        assert_int_equal(bk_kin_course_begin(&course, w, &t->settings, y), BK_OK);
        bk_rodas *const r = w->rodas;
        while (r->t < span) {
            assert_int_equal(bk_rodas_step(r, span), BK_RODAS_ACCEPTED);
            const double begin = r->t_old, end = r->t, h = r->h;
            for (int32_t v = 0; v < n; v++) {
                top[v] = fmax(top[v], fabs(r->y[v]));
            }
            memcpy(y, r->y, (size_t)n * sizeof *y);
            for (int part = 1; pass == 1 && part < 4; part++) {
                const double at = begin + 0.25 * part * (end - begin);
                assert_int_equal(bk_rodas_retake(r, end), BK_RODAS_ACCEPTED);
                bk_rodas_dense(r, at, between);
                assert_int_equal(bk_rodas_retake(r, at), BK_RODAS_ACCEPTED);
                for (int32_t v = 0; v < n; v++) {
                    const double gap = fabs(between[v] - r->y[v]) / top[v];
                    if (top[v] > 0.0 && gap > result.gap) {
                        result.gap = gap;
                        snprintf(
                            result.name, sizeof result.name, "%s",
                            bk_symbol_id(t->model, bk_kinetic_variable(t->system, v)));
                    }
                }
            }
            bk_rodas_retake(r, end);
            memcpy(r->y, y, (size_t)n * sizeof *y);
            r->h = h;
        }
        bk_kin_course_end(&course);
    }
    free(memory);
    return result;
}

/* --- the laws ------------------------------------------------------------------------- */

static void expect(const char *model, const char *law, worst w, double most)
{
    if (!(w.gap <= most)) {
        fail_msg("%s: %s: %g of scale in %s, not %g", model, law, w.gap, w.name, most);
    }
}

static bool plain(const bench *t)
{
    const bk_kin_system *const s = ((const bk_kin_work *)t->workspace)->system;
    return s->n_roots == 0 && s->n_events == 0 && s->n_implicit == 0 &&
           s->n_delays == 0;
}

static bool check(const char *path, int tolerances)
{
    text forward = {0};
    if (!slurped(path, &forward)) {
        print_message("SKIP  published laws: no %s\n", path);
        return false;
    }
    const double rtol = bk_settings_defaults().rtol;
    text backward = reversed(&forward);
    bk_column *columns = NULL, *turned = NULL;
    bench t = opened_text(&forward, path, &columns),
          other = opened_text(&backward, path, &turned);
    bk_outcome *const fine = with(&t, FINE, rtol), *const few = with(&t, COARSE, rtol),
                      *const tight = with(&t, COARSE, rtol / 100.0),
                      *const permuted = with(&other, COARSE, rtol);
    double *const scale = scales_of(fine, t.settings.n_columns);
    expect(path, "11 and 1,001 rows", gap_between(&t, few, &t, fine, scale), 1e-9);
    expect(path, "species reversed", gap_between(&t, few, &other, permuted, scale),
           1e-9);
    expect(path, "rtol / 100", gap_between(&t, few, &t, tight, scale),
           tolerances * rtol);
    t.settings.rtol = rtol;
    if (plain(&t)) {
        expect(path, "dense output", dense_gap(&t), 10.0 * rtol);
    }
    bk_outcome_free(fine);
    bk_outcome_free(few);
    bk_outcome_free(tight);
    bk_outcome_free(permuted);
    closed(&t);
    closed(&other);
    free(scale);
    free(columns);
    free(turned);
    free(forward.bytes);
    free(backward.bytes);
    return true;
}

static void
networks_keep_their_courses_whatever_the_rows_the_order_and_the_steps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        char path[500];
        snprintf(path, sizeof path, "networks/%s", ours[i].path);
        assert_true(check(path, ours[i].tolerances));
    }
}

static void
published_models_keep_their_courses_whatever_the_rows_the_order_and_the_steps(void **s)
{
    (void)s;
    const char *const data = getenv("DATA");
    int checked = 0;
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        char path[500];
        snprintf(path, sizeof path, "%s/%s", data != NULL ? data : "../shared/data",
                 theirs[i].path);
        checked += check(path, theirs[i].tolerances);
    }
    if (checked == 0) {
        skip();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(networks_keep_their_courses_whatever_the_rows_the_order_and_the_steps),
        test(
            published_models_keep_their_courses_whatever_the_rows_the_order_and_the_steps),
    };
    bk_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
