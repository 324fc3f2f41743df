/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BK_TEST_EVENT_FIXTURE_H
#define BK_TEST_EVENT_FIXTURE_H

/* Events in a line each, and what is expected of a run at one time. */

#include "kinetic_fixture.h"

typedef struct happening {
    const char *id, *trigger, *delay, *priority;
    bool fires_at_start; /* initialValue="false" */
    bool passing;        /* persistent="false" */
    bool late;           /* useValuesFromTriggerTime="false" */
} happening;

static inline happening plain(const char *id, const char *trigger)
{
    return (happening){.id = id, .trigger = trigger};
}

/* happens(b, event, "x", "x + 1", "y", "2", NULL) */
static inline void happens(bk_builder *b, happening h, ...)
{
    bk_builder_event(
        b, &(bk_event){.symbol = symbol_of(b, BK_EVENT, h.id, (double)NAN),
                       .has_id = true,
                       .trigger = parsed(b, h.trigger),
                       .delay = h.delay == NULL ? -1 : parsed(b, h.delay),
                       .priority = h.priority == NULL ? -1 : parsed(b, h.priority),
                       .initial_value = !h.fires_at_start,
                       .persistent = !h.passing,
                       .trigger_time_values = !h.late});
    va_list list;
    va_start(list, h);
    for (const char *target = va_arg(list, const char *); target != NULL;
         target = va_arg(list, const char *)) {
        const bk_event_assignment a = {.target = bk_builder_find(b, target),
                                       .math = parsed(b, va_arg(list, const char *))};
        bk_builder_event_assignment(b, &a);
    }
    va_end(list);
}

static inline int32_t variable(bk_builder *b, const char *id, double value)
{
    const int32_t symbol = parameter(b, id, value);
    bk_builder_model(b)->symbols[symbol].constant = false;
    return symbol;
}

/* x' = slope from a start. */
static inline void clock_of(bk_builder *b, const char *id, double start,
                            const char *slope)
{
    variable(b, id, start);
    changes(b, id, slope);
}

static inline bk_builder *begun(void)
{
    bk_builder *const b = bk_builder_new(NULL);
    assert_non_null(b);
    return b;
}

/* The value of a quantity at the end of a run to a time. */
static inline double value_at(bench *t, const char *name, double time)
{
    t->settings.n_columns = 0;
    show(t, name, BK_AS_DEFAULT);
    t->settings.t_end = time;
    return end_of(t, NULL);
}

static inline void expect(bench *t, const char *name, double time, double value)
{
    const double got = value_at(t, name, time);
    if (!(fabs(got - value) <= 1e-7 * fmax(1.0, fabs(value)))) {
        fail_msg("%s at %g is %.12g, not %.12g", name, time, got, value);
    }
}

#endif
