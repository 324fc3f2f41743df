/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "random_models.h"

#include "kinetic/lanes.h"

#include <blockade/kinetic.h>

#define test(name) cmocka_unit_test(name)

/* Runs in lanes against runs alone, for random models under random edits. */

enum { JOBS = 21 };

typedef struct crowd {
    const bk_model *model;
    bk_system *system;
    bk_workspace *workspace;
    bk_overlay *overlays[JOBS];
    bk_job jobs[JOBS];
    bk_settings settings;
} crowd;

static bool open_crowd(crowd *c, bk_random *r, const bk_model *model)
{
    *c = (crowd){.model = model, .settings = bk_settings_defaults()};
    c->settings.steps = 7;
    c->settings.stepper = "rodas"; /* what lanes take */
    assert_int_equal(bk_engine_ode.compile(model, NULL, &c->system), BK_OK);
    assert_int_equal(bk_engine_ode.workspace(c->system, &c->workspace), BK_OK);
    for (int i = 0; i < JOBS; i++) {
        c->overlays[i] = i % 5 == 0 ? NULL : random_overlay(r, model);
        c->jobs[i].overlay = c->overlays[i];
    }
    return bk_kin_lanes_able((const bk_kin_system *)c->system);
}

static void close_crowd(crowd *c)
{
    for (int i = 0; i < JOBS; i++) {
        bk_overlay_free(c->overlays[i]);
    }
    bk_workspace_free(c->workspace);
    bk_system_free(c->system);
}

/* --- one evaluation ------------------------------------------------------------------- */

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* Right-hand side and Jacobian of a lane at its y; what is not finite counts as zero in
 * lanes. */
static void compare_lane(crowd *c, bk_kin_lanes *l, int lane, size_t job,
                         const bk_lanes *f)
{
    const bk_kin_system *const s = l->system;
    double *const y = calloc((size_t)s->n + 1, sizeof *y);
    double *const dy = calloc((size_t)s->n + 1, sizeof *dy);
    double *const values = calloc((size_t)s->n_values + 1, sizeof *values);
    double *const dfdt = calloc((size_t)s->n + 1, sizeof *dfdt);
    assert_int_equal(bk_kinetic_start(c->system, c->jobs[job].overlay, &c->settings,
                                      c->workspace, NULL, y),
                     BK_OK);
    bk_lane_column(l->y, lane, s->n, y);
    bk_kinetic_rhs(c->workspace, 0.5 + lane, y, dy);
    bk_kinetic_jacobian(c->workspace, 0.5 + lane, y, values, dfdt);
    for (int32_t v = 0; v < s->n; v++) {
        assert_true(same(dy[v], f[v][lane]));
        assert_true(!isfinite(dfdt[v]) || dfdt[v] == l->values[s->n_values + v][lane]);
    }
    for (int32_t k = 0; k < s->n_values; k++) {
        if (isfinite(values[k]) && values[k] != l->values[k][lane]) {
            fail_msg("entry %d of the Jacobian is %.17g, in lane %d %.17g", (int)k,
                     values[k], lane, l->values[k][lane]);
        }
    }
    free(y);
    free(dy);
    free(values);
    free(dfdt);
}

static void evaluate_all(crowd *c, bk_random *r, bk_lane_kind set)
{
    const bk_kin_system *const s = (const bk_kin_system *)c->system;
    bk_kin_lanes *l = NULL;
    size_t todo[JOBS];
    size_t n = 0;
    double *const y = calloc((size_t)s->n + 1, sizeof *y);
    assert_int_equal(bk_kin_lanes_new(s, set, &l), BK_OK);
    for (size_t i = 0; i < JOBS && n < BK_LANE_COUNT; i++) {
        if (bk_kinetic_start(c->system, c->jobs[i].overlay, &c->settings, c->workspace,
                             NULL, y) == BK_OK &&
            bk_kin_lanes_takes(l, &c->settings, &c->jobs[i])) {
            todo[n++] = i;
        }
    }
    assert_int_equal(bk_kin_lanes_bind(l, &c->settings, c->jobs, todo, n), BK_OK);
    bk_lanes time = {0};
    bk_lane_mask finite;
    for (int lane = 0; lane < (int)n; lane++) {
        const bk_job *const job = &c->jobs[todo[lane]];
        assert_int_equal(
            bk_kin_start(l->work[lane], job->overlay, &c->settings, NULL, y), BK_OK);
        for (int32_t v = 0; v < s->n; v++) {
            y[v] += bk_random_uniform(r);
        }
        bk_kin_lanes_load(l, lane, job, y);
        time[lane] = 0.5 + lane;
    }
    l->kernel->evaluate(l, l->y, &time, l->f, &finite);
    l->kernel->jacobian(l);
    for (int lane = 0; lane < (int)n; lane++) {
        compare_lane(c, l, lane, todo[lane], l->f);
    }
    free(y);
    bk_kin_lanes_free(l);
}

static void each_lane_has_the_very_derivatives_of_a_run_alone(void **state)
{
    (void)state;
    bk_random r;
    int able = 0;
    for (uint64_t seed = 0; seed < 120; seed++) {
        bk_random_start(&r, 21, seed, 0);
        bk_model *const model = random_kinetic(&r);
        crowd c;
        if (open_crowd(&c, &r, model)) {
            able++;
            for (int set = BK_LANES_PLAIN; set <= (int)bk_lanes_detect(); set++) {
                evaluate_all(&c, &r, (bk_lane_kind)set);
            }
        }
        close_crowd(&c);
        bk_model_free(model);
    }
    assert_true(able > 40);
}

/* --- whole runs ----------------------------------------------------------------------- */

static void compare_outcomes(const crowd *c, const bk_outcome *many,
                             const bk_outcome *alone, double tolerance)
{
    if (bk_outcome_stop(many) != bk_outcome_stop(alone)) {
        fail_msg("%s, alone %s", bk_outcome_text(many), bk_outcome_text(alone));
    }
    assert_string_equal(bk_outcome_text(many), bk_outcome_text(alone));
    assert_int_equal(bk_outcome_rows(many), bk_outcome_rows(alone));
    for (size_t i = 0; i < bk_outcome_rows(many); i++) {
        for (int k = 0; k < bk_outcome_columns(many); k++) {
            const double a = bk_outcome_value(many, i, k);
            const double b = bk_outcome_value(alone, i, k);
            if (!(fabs(a - b) <= tolerance * fmax(1.0, fabs(b)))) {
                fail_msg("%s is %.12g, alone %.12g",
                         bk_symbol_id(c->model, bk_outcome_column(many, k).symbol), a,
                         b);
            }
        }
    }
    for (int32_t i = 0; i < bk_model_symbols(c->model); i++) {
        const double a = bk_outcome_state(many)[i];
        const double b = bk_outcome_state(alone)[i];
        assert_true(same(a, b) || fabs(a - b) <= tolerance * fmax(1.0, fabs(b)));
    }
}

/* Whether lanes were used at all. */
static bool run_all(crowd *c, bool settle, double tolerance)
{
    (settle ? bk_settle_many : bk_run_many)(c->system, &c->settings, c->jobs, JOBS,
                                            c->workspace);
    for (int i = 0; i < JOBS; i++) {
        bk_outcome *alone = NULL;
        const bk_status status = (settle ? bk_engine_ode.settle : bk_engine_ode.run)(
            c->system, c->overlays[i], &c->settings, c->workspace, NULL, &alone);
        assert_int_equal(c->jobs[i].status, status);
        if (status == BK_OK) {
            compare_outcomes(c, c->jobs[i].outcome, alone, tolerance);
        }
        bk_outcome_free(alone);
        bk_outcome_free(c->jobs[i].outcome);
        c->jobs[i].outcome = NULL;
    }
    return ((const bk_kin_work *)c->workspace)->lanes != NULL;
}

static void trajectories_in_lanes_are_those_alone(void **state)
{
    (void)state;
    bk_random r;
    int used = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        bk_random_start(&r, 22, seed, 0);
        bk_model *const model = random_kinetic(&r);
        crowd c;
        open_crowd(&c, &r, model);
        /* the same steps, but for other pivots and so other rounding */
        used += run_all(&c, false, 1e-7);
        close_crowd(&c);
        bk_model_free(model);
    }
    assert_true(used > 20);
}

static void steady_states_in_lanes_are_those_alone(void **state)
{
    (void)state;
    bk_random r;
    int used = 0;
    for (uint64_t seed = 0; seed < 60; seed++) {
        bk_random_start(&r, 23, seed, 0);
        bk_model *const logic = random_logic(&r);
        bk_model *model = NULL;
        assert_int_equal(bk_model_continuous(logic, NULL, NULL, &model), BK_OK);
        crowd c;
        open_crowd(&c, &r, model);
        c.settings.freeze_slow = seed % 3 == 0;
        used += run_all(&c, true, 1e-8); /* settle_tol is 1e-9 */
        close_crowd(&c);
        bk_model_free(model);
        bk_model_free(logic);
    }
    assert_true(used > 40);
}

/* Those put off by one call and finished by the next are what one call makes of them. */
static void what_is_put_off_is_settled_by_the_next_call(void **state)
{
    (void)state;
    bk_random r;
    size_t put_off = 0;
    for (uint64_t seed = 0; seed < 30; seed++) {
        bk_random_start(&r, 25, seed, 0);
        bk_model *const logic = random_logic(&r);
        bk_model *model = NULL;
        assert_int_equal(bk_model_continuous(logic, NULL, NULL, &model), BK_OK);
        crowd c;
        open_crowd(&c, &r, model);
        c.settings.settle_way = 1e-9; /* many steps, so that it takes long */
        c.settings.put_off = true;
        bk_settle_many(c.system, &c.settings, c.jobs, JOBS, c.workspace);
        bk_job late[JOBS];
        int of[JOBS];
        size_t n = 0;
        for (int i = 0; i < JOBS; i++) {
            assert_int_equal(c.jobs[i].status, BK_OK);
            assert_true(c.jobs[i].put_off == (c.jobs[i].outcome == NULL));
            if (c.jobs[i].put_off) {
                of[n] = i;
                late[n++] = c.jobs[i];
            }
        }
        put_off += n;
        c.settings.put_off = false;
        bk_settle_many(c.system, &c.settings, late, n, c.workspace);
        for (size_t i = 0; i < n; i++) {
            bk_outcome *alone = NULL;
            assert_false(late[i].put_off);
            assert_int_equal(late[i].status, BK_OK);
            assert_int_equal(bk_engine_ode.settle(c.system, c.overlays[of[i]],
                                                  &c.settings, c.workspace, NULL,
                                                  &alone),
                             BK_OK);
            compare_outcomes(&c, late[i].outcome, alone, 1e-8);
            bk_outcome_free(alone);
            bk_outcome_free(late[i].outcome);
        }
        for (int i = 0; i < JOBS; i++) {
            bk_outcome_free(c.jobs[i].outcome);
        }
        close_crowd(&c);
        bk_model_free(model);
        bk_model_free(logic);
    }
    assert_true(put_off > 20);
}

static void any_failed_allocation_is_survived(void **state)
{
    (void)state;
    bk_random r;
    bk_random_start(&r, 24, 1, 0);
    bk_model *const logic = random_logic(&r);
    bk_model *model = NULL;
    assert_int_equal(bk_model_continuous(logic, NULL, NULL, &model), BK_OK);
    crowd c;
    open_crowd(&c, &r, model);
    bool done = false;
    for (long k = 0; !done && k < 5000; k++) {
        bk_workspace_free(c.workspace); /* the lanes are made in it */
        assert_int_equal(bk_engine_ode.workspace(c.system, &c.workspace), BK_OK);
        bk_alloc_fail_after(k);
        bk_settle_many(c.system, &c.settings, c.jobs, JOBS, c.workspace);
        done = bk_alloc_fail_after(-1) <= k;
        for (int i = 0; i < JOBS; i++) {
            assert_true((c.jobs[i].status == BK_OK) == (c.jobs[i].outcome != NULL));
            assert_true(c.jobs[i].status == BK_OK || c.jobs[i].status == BK_NO_MEMORY);
            bk_outcome_free(c.jobs[i].outcome);
        }
    }
    assert_true(done);
    close_crowd(&c);
    bk_model_free(model);
    bk_model_free(logic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        test(each_lane_has_the_very_derivatives_of_a_run_alone),
        test(trajectories_in_lanes_are_those_alone),
        test(steady_states_in_lanes_are_those_alone),
        test(what_is_put_off_is_settled_by_the_next_call),
        test(any_failed_allocation_is_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
