/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Finding a model, what lies beside it, and the engine that runs it. */

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0;
}

bool cli_is_file(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISREG(s.st_mode);
}

static bool is_folder(const char *path)
{
    struct stat s;
    return stat(path, &s) == 0 && S_ISDIR(s.st_mode);
}

/* Where shipped networks may be: the environment, the tree that the program was built in,
 * beside an installed program, the data folder of its prefix, the current folder. */
static bool find_shipped(const char *name, char path[4096])
{
    char self[2048] = "";
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    self[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    char built[2100], installed[2100];
    snprintf(built, sizeof built, "%s/../../networks", self);
    snprintf(installed, sizeof installed, "%s/../share/blockade/networks", self);
    const char *const places[] = {getenv("BLOCKADE_NETWORKS"), built, installed,
                                  BK_DATADIR "/networks", "networks"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (places[i] == NULL) {
            continue;
        }
        snprintf(path, 4096, "%s/%s/%s.sbml", places[i], name, name);
        char *whole = realpath(path, NULL);
        if (whole != NULL) {
            snprintf(path, 4096, "%s", whole);
            free(whole);
            return true;
        }
    }
    return false;
}

static void folder_of(const char *path, char folder[4096])
{
    snprintf(folder, 4096, "%s", path);
    if (is_folder(path)) {
        return;
    }
    char *slash = strrchr(folder, '/');
    if (slash != NULL) {
        *slash = '\0';
    } else {
        snprintf(folder, 4096, ".");
    }
}

/* An option that only one format has use for. */
static void tell_idle_of(cli *c, const char *path, const char *option,
                         const char *suffix)
{
    if (cli_flag(c, option) && !cli_has_suffix(path, suffix)) {
        bk_diag_add(c->diag, BK_WARNING, (bk_where){.file = path}, "idle-option",
                    "--%s is for %s files and does nothing here", option, suffix);
    }
}

int cli_open(cli *c, const char *name, cli_model *m)
{
    memset(m, 0, sizeof *m);
    if (is_there(name) || strcmp(name, "-") == 0) {
        snprintf(m->path, sizeof m->path, "%s", name);
    } else if (strchr(name, '/') != NULL || !find_shipped(name, m->path)) {
        fprintf(
            stderr,
            "blockade: there is no file '%s', and no shipped network of that name "
            "(her2, pi3k-akt-mtor, ras-raf-mek-erk; of reactions akt-s6-fujita2010, "
            "pi3k-akt-mtor-borisov2009, ras-raf-mek-erk-orton2009)\n",
            name);
        return EXIT_INPUT;
    }
    folder_of(m->path, m->folder);
    const bk_read_settings settings = {.lax = cli_flag(c, "lax"),
                                       .config = cli_value(c, "config", NULL),
                                       .rule = cli_value(c, "rule", NULL),
                                       .ignore_fast = cli_flag(c, "ignore-fast")};
    tell_idle_of(c, m->path, "rule", ".sif");
    tell_idle_of(c, m->path, "config", ".bnd");
    bk_status status = bk_model_read(m->path, &settings, c->diag, &m->model);
    if (status == BK_OK) {
        m->used = m->model;
        status = bk_library_read(m->folder, c->diag, &m->library);
    }
    if (status != BK_OK) {
        cli_close(m);
    }
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

void cli_close(cli_model *m)
{
    bk_library_free(m->library);
    bk_model_free(m->continuous);
    bk_model_free(m->model);
    memset(m, 0, sizeof *m);
}

int cli_engine_named(cli *c, cli_model *m, const char *method, const bk_engine **engine,
                     bk_system **system)
{
    *engine = bk_engine_find(method);
    if (*engine == NULL) {
        return cli_usage(
            c, "there is no method '%s': ode, ssa, sync, async, ctmc or fba", method);
    }
    m->used = m->model;
    if (*engine == &bk_engine_ode && !bk_model_has_kinetics(m->model) &&
        bk_model_has_logic(m->model)) {
        if (m->continuous == NULL) {
            const bk_continuous_settings form = bk_continuous_defaults();
            const bk_status status =
                bk_model_continuous(m->model, &form, c->diag, &m->continuous);
            if (status != BK_OK) {
                return cli_status(c, status);
            }
        }
        m->used = m->continuous;
    }
    const bk_status status = (*engine)->compile(m->used, c->diag, system);
    return status == BK_OK ? EXIT_DONE : cli_status(c, status);
}

const char *cli_method(const cli *c, const cli_model *m)
{
    const bool kinetic =
        bk_model_has_kinetics(m->model) || !bk_model_has_logic(m->model);
    return cli_value(c, "method", kinetic ? "ode" : "sync");
}

/* Options that another method would look at. */
static void tell_idle(cli *c, const char *method)
{
    static const struct {
        const char *option, *methods;
    } list[] = {{"rtol", " ode "},
                {"atol", " ode "},
                {"stepper", " ode "},
                {"leap", " ssa "},
                {"runs", " ssa async ctmc "}};
    char word[32];
    snprintf(word, sizeof word, " %s ", method);
    for (size_t i = 0; i < sizeof list / sizeof list[0]; i++) {
        if (cli_flag(c, list[i].option) && strstr(list[i].methods, word) == NULL) {
            bk_diag_add(c->diag, BK_WARNING, (bk_where){0}, "idle-option",
                        "--%s does nothing with the method %s", list[i].option, method);
        }
    }
}

int cli_engine(cli *c, cli_model *m, const bk_engine **engine, bk_system **system)
{
    const char *const method = cli_method(c, m);
    const int result = cli_engine_named(c, m, method, engine, system);
    if (result == EXIT_DONE) {
        tell_idle(c, method);
    }
    return result;
}
