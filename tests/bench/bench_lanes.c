/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Ensembles: 1,024 parameter sets of one model in lanes on one core, against CVODE with
 * KLU one set after the other (the first of them, which is enough for its mean).  Every
 * parameter that no rule governs is drawn anew within a fifth of its value.  "as exact":
 * CVODE with tolerances tightened tenfold until its error is no larger than ours. */

#include "cvode_peer.h"

enum { SETS = 1024, BLOCK = 1024, PEER_SETS = 64, CHECKED = 8 };

typedef struct ensemble {
    problem p;
    bk_job jobs[SETS];
    bk_overlay *overlays[SETS];
} ensemble;

/* A number in (-1, 1) that depends on its two arguments only. */
static double jitter(uint64_t a, uint64_t b)
{
    uint64_t x = a * 0x9E3779B97F4A7C15u + b + 1;
    for (int i = 0; i < 3; i++) {
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    }
    return (double)(x >> 11) / 4503599627370496.0 - 1.0;
}

static bool is_free(const bk_model *model, int32_t symbol)
{
    char *text = NULL;
    const bk_symbol_kind kind = bk_symbol_kind_of(model, symbol);
    const bool known = (kind == BK_PARAMETER || kind == BK_LOCAL_PARAMETER) &&
                       bk_symbol_rule_text(model, symbol, &text) == BK_OK;
    const bool none = known && text[0] == '\0';
    bk_string_free(text);
    return none;
}

static int draw(ensemble *e, size_t set, const double *state)
{
    const bk_model *const model = e->p.model;
    bk_scenario *const scenario = bk_scenario_new("set");
    char edit[256];
    int n = 0;
    for (int32_t s = 0; s < bk_model_symbols(model); s++) {
        if (is_free(model, s) && state[s] != 0.0 && isfinite(state[s])) {
            snprintf(edit, sizeof edit, "start %s = %.17g", bk_symbol_id(model, s),
                     state[s] * (1.0 + 0.2 * jitter(set, (uint64_t)s)));
            bk_scenario_parse(scenario, BK_BACKGROUND, edit, (bk_where){0}, NULL);
            n++;
        }
    }
    if (bk_scenario_bind(scenario, NULL, model, NULL, &e->overlays[set]) != BK_OK) {
        fprintf(stderr, "a parameter set does not bind\n");
        exit(1);
    }
    e->jobs[set].overlay = e->overlays[set];
    bk_scenario_free(scenario);
    return n;
}

static void start_set(ensemble *e, size_t set)
{
    bk_kinetic_start(e->p.system, e->overlays[set], &e->p.settings, e->p.workspace,
                     NULL, e->p.y0);
}

static void free_outcomes(ensemble *e)
{
    for (size_t i = 0; i < SETS; i++) {
        bk_outcome_free(e->jobs[i].outcome);
        e->jobs[i].outcome = NULL;
    }
}

static double run_lanes(ensemble *e)
{
    free_outcomes(e);
    const double start = now();
    for (size_t i = 0; i < SETS; i += BLOCK) {
        bk_run_many(e->p.system, &e->p.settings, e->jobs + i, BLOCK, e->p.workspace);
    }
    const double seconds = now() - start;
    for (size_t i = 0; i < SETS; i++) {
        if (e->jobs[i].outcome == NULL ||
            bk_outcome_stop(e->jobs[i].outcome) != BK_STOP_END) {
            fprintf(stderr, "set %zu did not end\n", i);
            exit(1);
        }
    }
    return seconds / SETS;
}

/* Whole errors of the checked sets, CVODE's tolerances being `share` of ours; its mean
 * time, or a negative number where it fails. */
static double run_checked(ensemble *e, double share, const double *atol, double *rows,
                          double *const *references, double *error)
{
    problem *const p = &e->p;
    double *const own = calloc((size_t)p->n, sizeof *own);
    double seconds = 0;
    *error = 0;
    for (int32_t k = 0; k < p->n; k++) {
        own[k] = share * atol[k];
    }
    for (size_t i = 0; i < CHECKED && seconds >= 0; i++) {
        start_set(e, i);
        const double one = run_cvode(p, 1e-6 * share, own, rows);
        seconds = one < 0 ? -1 : seconds + one / CHECKED;
        *error = fmax(*error, error_of(p, references[i], rows, atol, 1e-6));
    }
    free(own);
    return seconds;
}

static void bench(const char *path, double t_end)
{
    static ensemble e;
    memset(&e, 0, sizeof e);
    problem *const p = &e.p;
    open_problem(p, path, t_end);
    p->settings.steps = 10;
    bk_outcome *plain = NULL;
    if (bk_engine_ode.run(p->system, NULL, &p->settings, p->workspace, NULL, &plain) !=
        BK_OK) {
        exit(1);
    }
    bk_outcome_free(plain);
    p->settings.t_end = p->settings.t_start;
    bk_engine_ode.run(p->system, NULL, &p->settings, p->workspace, NULL, &plain);
    p->settings.t_end = t_end;
    int parameters = 0;
    for (size_t i = 0; i < SETS; i++) {
        parameters = draw(&e, i, bk_outcome_state(plain));
    }
    bk_outcome_free(plain);
    const size_t size = (size_t)p->n * (size_t)p->settings.steps;
    double *const reference = calloc(size, sizeof *reference);
    double *const theirs = calloc(size, sizeof *theirs);
    double *const ours = calloc(size, sizeof *ours);
    double *const atol = calloc((size_t)p->n, sizeof *atol);
    double *const tight = calloc((size_t)p->n, sizeof *tight);
    bk_column *const columns = calloc((size_t)p->n, sizeof *columns);
    for (int32_t k = 0; k < p->n; k++) {
        columns[k] = (bk_column){bk_kinetic_variable(p->system, k), BK_AS_AMOUNT};
        atol[k] = 1e-12;
    }
    p->settings.columns = columns;
    p->settings.n_columns = (int)p->n;
    const double first = run_lanes(&e);
    const double second = run_lanes(&e);
    const double lanes = first < second ? first : second;
    start_set(&e, 0);
    run_cvode(p, 1e-11, atol, reference);
    tolerances(p, reference, atol, tight);
    double error[2] = {0, 0};
    double cvode = 0;
    double *references[CHECKED];
    for (size_t i = 0; i < PEER_SETS; i++) {
        start_set(&e, i);
        cvode += run_cvode(p, 1e-6, atol, theirs) / PEER_SETS;
        if (i < CHECKED) {
            references[i] = calloc(size, sizeof **references);
            start_set(&e, i);
            run_cvode(p, 1e-11, tight, references[i]);
            collect(p, e.jobs[i].outcome, ours);
            error[0] = fmax(error[0], error_of(p, references[i], ours, atol, 1e-6));
            error[1] = fmax(error[1], error_of(p, references[i], theirs, atol, 1e-6));
        }
    }
    double exact = error[1] <= error[0] ? cvode : -1, reached = 0;
    for (double share = 0.1; exact < 0 && share > 1e-5; share *= 0.1) {
        const double seconds =
            run_checked(&e, share, atol, theirs, references, &reached);
        exact = reached <= error[0] ? seconds : -1;
    }
    const double begin = now();
    for (size_t i = 0; i < PEER_SETS; i++) {
        bk_settings own = p->settings;
        bk_outcome *alone = NULL;
        bk_engine_ode.run(p->system, e.overlays[i], &own, p->workspace, NULL, &alone);
        bk_outcome_free(alone);
    }
    const double alone = (now() - begin) / PEER_SETS;
    printf(
        "lanes %-20s n %4d  %3d parameters  in lanes %7.3f ms a set (error %.2g)  "
        "alone %7.3f ms  CVODE+KLU %7.3f ms (error %.2g)  ratio %.2f, as exact %.2f\n",
        base_of(path), (int)p->n, parameters, 1e3 * lanes, error[0], 1e3 * alone,
        1e3 * cvode, error[1], cvode / lanes, exact / lanes);
    for (size_t i = 0; i < CHECKED; i++) {
        free(references[i]);
    }
    free_outcomes(&e);
    for (size_t i = 0; i < SETS; i++) {
        bk_overlay_free(e.overlays[i]);
    }
    free(reference);
    free(theirs);
    free(ours);
    free(atol);
    free(tight);
    free(columns);
    close_problem(p);
}

int main(int argc, char **argv)
{
    bk_init();
    for (int i = 1; i + 1 < argc; i += 2) {
        bench(argv[i], strtod(argv[i + 1], NULL));
    }
    return 0;
}
