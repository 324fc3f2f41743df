/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What must not change the course of a published model: how many rows are asked for, in which
 * order its species stand, whether a time is reached by a step or by interpolation, and,
 * beyond what the default tolerance promises, a tighter one.  Models of networks/, and of
 * DATA (by default ../shared/data), which is not part of the project; with BLOCKADE_LONG
 * all of its folder of BioModels.  Differences are in units of scale: of the largest value
 * of each variable over the run. */

#include "../unit/kinetic_fixture.h"
#include "species_order.h"

#include "kinetic/course.h"

#include <blockade/blockade.h>
#include <blockade/format.h>

#include <dirent.h>

enum { FINE = 1000, COARSE = 10 };

static const double span = 100.0;
/* Columns below this part of the largest are noise round zero. */
static const double noise = 1e-12;

/* What a relative tolerance tightened by 100 may change, in tolerances: errors of steps add
 * up to some of scale.  In the phase of what oscillates they add up to more, or even to
 * anything; but then only the time at which a state is passed differs, by some of the time
 * gone by. */
static const double some = 10.0, more = 100.0;

static const char *const ours[] = {
    "akt-s6-fujita2010/akt-s6-fujita2010.sbml",
    "pi3k-akt-mtor-borisov2009/pi3k-akt-mtor-borisov2009.sbml",
    "ras-raf-mek-erk-orton2009/ras-raf-mek-erk-orton2009.sbml",
};

/* Signalling mostly; 6, 166, 346, 1020 and 1053 oscillate or wait for an event, 416 has rules
 * that read each other, 666 and 908 mix units, 255 and egfr_net are large, 19 and 49 have
 * steep transients, 768 a variable far below its group. */
static const char *const theirs[] = {
    "biomodels/BIOMD0000000006.xml", "biomodels/BIOMD0000000010.xml",
    "biomodels/BIOMD0000000019.xml", "biomodels/BIOMD0000000027.xml",
    "biomodels/BIOMD0000000028.xml", "biomodels/BIOMD0000000049.xml",
    "biomodels/BIOMD0000000146.xml", "biomodels/BIOMD0000000166.xml",
    "biomodels/BIOMD0000000223.xml", "biomodels/BIOMD0000000255.xml",
    "biomodels/BIOMD0000000346.xml", "biomodels/BIOMD0000000416.xml",
    "biomodels/BIOMD0000000424.xml", "biomodels/BIOMD0000000648.xml",
    "biomodels/BIOMD0000000666.xml", "biomodels/BIOMD0000000718.xml",
    "biomodels/BIOMD0000000768.xml", "biomodels/BIOMD0000000908.xml",
    "biomodels/BIOMD0000001020.xml", "biomodels/BIOMD0000001053.xml",
    "bench/egfr_net_no_obs.xml",
};

/* Logical models in their continuous form. */
static bk_status read_model(const text *t, const char *name, bk_diag *diag,
                            bk_model **model)
{
    const bk_read_settings settings = {.ignore_fast = true, .lax = true};
    bk_status status = bk_sbml_parse(t->bytes, t->size, name, &settings, diag, model);
    if (status == BK_OK && bk_model_has_logic(*model)) {
        const bk_continuous_settings form = bk_continuous_defaults();
        bk_model *const logic = *model;
        status = bk_model_continuous(logic, &form, diag, model);
        bk_model_free(logic);
    }
    return status;
}

static bench opened_text(const text *t, const char *name, bk_column **columns)
{
    bench b = {.settings = bk_settings_defaults(), .diag = bk_diag_new()};
    if (read_model(t, name, b.diag, &b.model) != BK_OK ||
        bk_engine_ode.compile(b.model, b.diag, &b.system) != BK_OK) {
        tell(b.diag);
        fail_msg("cannot read %s", name);
    }
    assert_int_equal(bk_engine_ode.workspace(b.system, &b.workspace), BK_OK);
    const int32_t n = bk_kinetic_variables(b.system);
    *columns = calloc(2 * (size_t)n + 1, sizeof **columns); /* values, then rates */
    for (int32_t v = 0; v < n; v++) {
        (*columns)[v] = (bk_column){bk_kinetic_variable(b.system, v), BK_AS_DEFAULT};
        (*columns)[n + v] = (bk_column){bk_kinetic_variable(b.system, v), BK_AS_RATE};
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

/* What is left of a gap between two tolerances when each row is moved in time by what fits
 * best over all variables, in units of scale; `shift`: the largest of these moves over the
 * time that has gone by.  y has the rates beside the values. */
static worst gap_but_for_phase(const bench *t, const bk_outcome *x, const bk_outcome *y,
                               const double *scale, double *shift)
{
    const int n = t->settings.n_columns;
    worst w = {0};
    *shift = 0.0;
    for (size_t row = 1; row <= COARSE; row++) {
        double along = 0.0, square = 0.0;
        for (int c = 0; c < n; c++) {
            const double rate =
                scale[c] > 0.0 ? bk_outcome_value(y, row, n + c) / scale[c] : 0.0;
            const double gap =
                bk_outcome_value(x, row, c) - bk_outcome_value(y, row, c);
            along += scale[c] > 0.0 ? gap / scale[c] * rate : 0.0;
            square += rate * rate;
        }
        const double move = square > 0.0 ? along / square : 0.0;
        *shift = fmax(*shift, fabs(move) / bk_outcome_time(y, row));
        for (int c = 0; c < n; c++) {
            const double left =
                fabs(bk_outcome_value(x, row, c) - bk_outcome_value(y, row, c) -
                     move * bk_outcome_value(y, row, n + c)) /
                scale[c];
            if (scale[c] > 0.0 && !(left <= w.gap)) {
                w.gap = left;
                snprintf(w.name, sizeof w.name, "%s",
                         bk_symbol_id(t->model, t->settings.columns[c].symbol));
            }
        }
    }
    return w;
}

/* --- dense output --------------------------------------------------------------------- */

static void swap_status(bk_kin_work *w, unsigned char *held)
{
    for (int32_t k = 0; k < w->system->n_relations; k++) {
        const unsigned char kept = w->status[k];
        w->status[k] = held[k];
        held[k] = kept;
    }
    w->at_y = NULL;
}

/* The largest error of interpolation at three times within the last step, against steps
 * that end exactly there; memory [2 * n]; held: the truth of relations within it, since a
 * switch may have ended it. */
static void look_within(const bench *t, bk_kin_work *work, unsigned char *held,
                        const double *sizes, double *memory, worst *w)
{
    bk_rodas *const r = work->rodas;
    const int32_t n = r->problem.n;
    const double begin = r->t_old, end = r->t, h = r->h;
    double *const y = memory, *const between = y + n;
    swap_status(work, held);
    memcpy(y, r->y, (size_t)n * sizeof *y);
    for (int part = 1; part < 4; part++) {
        const double at = begin + 0.25 * part * (end - begin);
        assert_int_equal(bk_rodas_retake(r, end), BK_RODAS_ACCEPTED);
        bk_rodas_dense(r, at, between);
        assert_int_equal(bk_rodas_retake(r, at), BK_RODAS_ACCEPTED);
        for (int32_t v = 0; v < n; v++) {
            const double gap = fabs(between[v] - r->y[v]) / sizes[v];
            if (!(gap <= w->gap)) {
                w->gap = gap;
                snprintf(w->name, sizeof w->name, "%s",
                         bk_symbol_id(t->model, bk_kinetic_variable(t->system, v)));
            }
        }
    }
    bk_rodas_retake(r, end);
    memcpy(r->y, y, (size_t)n * sizeof *y);
    r->h = h;
    swap_status(work, held);
}

/* The course of the model once more, twice: for what the error control compares each
 * variable with by the end, its scale or a millionth of its group's (rodas.h); and for the
 * errors in these units. */
static worst dense_gap(bench *t)
{
    bk_kin_work *const w = (bk_kin_work *)t->workspace;
    const size_t n = (size_t)w->system->n;
    const size_t n_relations = (size_t)w->system->n_relations;
    double *const memory = calloc(4 * n + 1, sizeof *memory);
    unsigned char *const held = calloc(n_relations + 1, sizeof *held);
    double *const sizes = memory, *const y = memory + n;
    worst result = {0};
    for (int pass = 0; pass < 2; pass++) {
        bk_kin_course course;
        assert_int_equal(bk_kin_start(w, NULL, &t->settings, t->diag, y), BK_OK);
        assert_int_equal(bk_kin_course_begin(&course, w, &t->settings, y), BK_OK);
        const bk_truth truth = w->truth;
        while (w->rodas->t < span) {
            memcpy(held, w->status, n_relations * sizeof *held);
            assert_true(bk_kin_course_step(&course, span));
            if (pass == 1 && w->rodas->t > w->rodas->t_old && w->truth == truth) {
                look_within(t, w, held, sizes, memory + 2 * n, &result);
            }
        }
        if (pass == 0) {
            bk_rodas_sizes(w->rodas, sizes);
        }
        bk_kin_course_end(&course);
    }
    free(memory);
    free(held);
    return result;
}

/* --- the laws ------------------------------------------------------------------------- */

static void expect(const char *model, const char *law, worst w, double most)
{
    if (!(w.gap <= most)) {
        fail_msg("%s: %s: %g of scale in %s, not %g", model, law, w.gap, w.name, most);
    }
}

static void expect_of_tightening(const char *path, bench *t, const bk_outcome *few,
                                 const double *scale)
{
    const double rtol = t->settings.rtol;
    const int n = t->settings.n_columns;
    t->settings.n_columns = 2 * n;
    bk_outcome *const tight = with(t, COARSE, rtol / 100.0);
    t->settings.n_columns = n;
    t->settings.rtol = rtol;
    const worst all = gap_between(t, few, t, tight, scale);
    if (!(all.gap <= some * rtol)) {
        double shift;
        const worst rest = gap_but_for_phase(t, few, tight, scale, &shift);
        expect(path, "rtol / 100, but for a shift in time", rest, some * rtol);
        expect(path, "rtol / 100", shift <= some * rtol ? (worst){0} : all,
               more * rtol);
    }
    bk_outcome_free(tight);
}

static bool check(const char *path)
{
    text forward = {0};
    if (!slurped(path, &forward)) {
        print_message("SKIP  published laws: no %s\n", path);
        return false;
    }
    const double rtol = bk_settings_defaults().rtol;
    text backward = with_species_reversed(&forward);
    bk_column *columns = NULL, *turned = NULL;
    bench t = opened_text(&forward, path, &columns),
          other = opened_text(&backward, path, &turned);
    bk_outcome *const fine = with(&t, FINE, rtol), *const few = with(&t, COARSE, rtol),
                      *const permuted = with(&other, COARSE, rtol);
    double *const scale = scales_of(fine, t.settings.n_columns);
    expect(path, "11 and 1,001 rows", gap_between(&t, few, &t, fine, scale), 1e-9);
    expect(path, "species reversed", gap_between(&t, few, &other, permuted, scale),
           0.0);
    expect_of_tightening(path, &t, few, scale);
    expect(path, "dense output", dense_gap(&t), 10.0 * rtol);
    bk_outcome_free(fine);
    bk_outcome_free(few);
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
        snprintf(path, sizeof path, "networks/%s", ours[i]);
        assert_true(check(path));
    }
}

static int is_sbml(const struct dirent *entry)
{
    const char *const dot = strrchr(entry->d_name, '.');
    return dot != NULL && strcmp(dot, ".xml") == 0;
}

static int check_folder(const char *folder)
{
    struct dirent **names;
    const int n = scandir(folder, &names, is_sbml, alphasort);
    for (int i = 0; i < n; i++) {
        char path[1000];
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        assert_true(check(path));
        free(names[i]);
    }
    if (n >= 0) {
        free(names);
    }
    return n;
}

static void
published_models_keep_their_courses_whatever_the_rows_the_order_and_the_steps(void **s)
{
    (void)s;
    const char *const data = getenv("DATA") != NULL ? getenv("DATA") : "../shared/data";
    int checked = 0;
    char path[500];
    for (size_t i = 0; i < sizeof theirs / sizeof *theirs; i++) {
        snprintf(path, sizeof path, "%s/%s", data, theirs[i]);
        checked += check(path);
    }
    if (checked == 0) {
        skip();
    }
    if (getenv("BLOCKADE_LONG") != NULL) {
        snprintf(path, sizeof path, "%s/biomodels", data);
        print_message("%d models of %s\n", check_folder(path), path);
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
