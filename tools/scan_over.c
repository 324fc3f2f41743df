/* SPDX-License-Identifier: GPL-3.0-or-later */

/* scan --over: ranges of values. */

#include "scan_over.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool parse_axis(char *text, cli_axis *a)
{
    char *equals = strchr(text, '=');
    char word[8] = "";
    int used = 0;
    if (equals == NULL || equals == text || equals - text >= (long)sizeof a->name) {
        return false;
    }
    memcpy(a->name, text, (size_t)(equals - text));
    a->name[equals - text] = '\0';
    const int read = sscanf(equals + 1, "%lf:%lf:%d%n:%7s%n", &a->low, &a->high, &a->n,
                            &used, word, &used);
    a->log = strcmp(word, "log") == 0;
    return read >= 3 && equals[1 + used] == '\0' && (read == 3 || a->log) &&
           a->n >= 1 && a->n <= 100000 && isfinite(a->low) && isfinite(a->high) &&
           (!a->log || (a->low > 0 && a->high > 0));
}

static int bind_axis(cli *c, const cli_model *m, cli_axis *a)
{
    for (size_t i = 0; i < bk_library_drugs(m->library); i++) {
        a->drug = a->drug || strcasecmp(bk_library_drug(m->library, i), a->name) == 0;
    }
    if (a->drug && (a->low < 0 || a->high < 0)) {
        return cli_usage(c, "--over: a dose of %s must not be below 0", a->name);
    }
    int32_t symbol = -1;
    const bk_status status =
        a->drug ? BK_OK
                : bk_model_bind(m->model, a->name, (bk_where){0}, c->diag, &symbol);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

int cli_over_parse(cli *c, const cli_model *m, const char *text, cli_over *over)
{
    char *copy = strdup(text);
    char *rest = NULL;
    int result = copy != NULL ? EXIT_DONE : cli_status(c, BK_NO_MEMORY);
    for (char *one = copy != NULL ? strtok_r(copy, ";", &rest) : NULL;
         one != NULL && result == EXIT_DONE; one = strtok_r(NULL, ";", &rest)) {
        if (over->n == 2) {
            result = cli_usage(c, "--over: two ranges at most");
        } else if (!parse_axis(one, &over->axes[over->n])) {
            result = cli_usage(c,
                               "--over: expected X=FROM:TO:N or X=FROM:TO:N:log (then "
                               "above 0), got '%s'",
                               one);
        } else {
            result = bind_axis(c, m, &over->axes[over->n++]);
        }
        const cli_axis *const a = over->axes;
        if (result == EXIT_DONE && over->n == 2 &&
            (a[0].drug ? strcasecmp(a[0].name, a[1].name)
                       : strcmp(a[0].name, a[1].name)) == 0) {
            result = cli_usage(c, "--over: two ranges of %s; give one", a[0].name);
        }
    }
    free(copy);
    return result;
}

size_t cli_over_size(const cli_over *over)
{
    size_t n = over->n > 0 ? 1 : 0;
    for (int i = 0; i < over->n; i++) {
        n *= (size_t)over->axes[i].n;
    }
    return n;
}

double cli_over_value(const cli_over *over, int axis, size_t condition)
{
    const cli_axis *const a = &over->axes[axis];
    const size_t inner = axis + 1 < over->n ? (size_t)over->axes[1].n : 1;
    const size_t i = condition / inner % (size_t)a->n;
    const double share = a->n > 1 ? (double)i / (a->n - 1) : 0;
    if (i + 1 == (size_t)a->n && a->n > 1) {
        return a->high;
    }
    return a->log ? pow(10, log10(a->low) + share * (log10(a->high) - log10(a->low)))
                  : a->low + share * (a->high - a->low);
}

int cli_over_add(cli *c, const cli_over *over, const bk_scenario *base,
                 cli_conditions *k)
{
    int result = EXIT_DONE;
    for (size_t i = 0; i < cli_over_size(over) && result == EXIT_DONE; i++) {
        char treatment[640] = "";
        bk_scenario *s = bk_scenario_copy(base);
        bk_status status = s != NULL ? BK_OK : BK_NO_MEMORY;
        for (int axis = 0; axis < over->n && status == BK_OK; axis++) {
            const cli_axis *const a = &over->axes[axis];
            const double value = cli_over_value(over, axis, i);
            const size_t used = strlen(treatment);
            char edit[320];
            if (a->drug && value > 0) {
                snprintf(treatment + used, sizeof treatment - used, "%s%s@%.17gnM",
                         used > 0 ? "+" : "", a->name, value);
            } else if (!a->drug) {
                snprintf(edit, sizeof edit, "start %s = %.17g", a->name, value);
                status =
                    bk_scenario_parse(s, BK_BACKGROUND, edit, (bk_where){0}, c->diag);
            }
        }
        if (status != BK_OK) {
            bk_scenario_free(s);
            result = cli_status(c, status);
        } else if (!cli_conditions_add(k, treatment[0] != '\0' ? treatment : NULL,
                                       treatment, s)) {
            result = cli_status(c, BK_NO_MEMORY);
        }
    }
    return result;
}
