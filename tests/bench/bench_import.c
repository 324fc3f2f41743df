/* SPDX-License-Identifier: GPL-3.0-or-later */

/* bench_import COUNT...: a generated SBML model of so many reactions, from file to a
 * compiled system, each in a process of its own; whether time grows as the size does. */

#include <blockade/blockade.h>
#include <blockade/kinetic.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void write_reaction(FILE *f, long i, long species)
{
    const long a = i % species, b = (i * 7919 + 13) % species,
               c = (i * 31 + 7) % species;
    fprintf(f,
            "<reaction id=\"R%ld\" reversible=\"true\" fast=\"false\"><listOfReactants>"
            "<speciesReference species=\"S%ld\" stoichiometry=\"1\" constant=\"true\"/>"
            "<speciesReference species=\"S%ld\" stoichiometry=\"1\" constant=\"true\"/>"
            "</listOfReactants><listOfProducts>"
            "<speciesReference species=\"S%ld\" stoichiometry=\"1\" constant=\"true\"/>"
            "</listOfProducts><kineticLaw>"
            "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><times/>"
            "<ci>cell</ci><apply><minus/><apply><times/><ci>on%ld</ci><ci>S%ld</ci>"
            "<ci>S%ld</ci></apply><apply><times/><ci>off</ci><ci>S%ld</ci></apply>"
            "</apply></apply></math><listOfLocalParameters>"
            "<localParameter id=\"off\" value=\"%g\"/></listOfLocalParameters>"
            "</kineticLaw></reaction>\n",
            i, a, b, c, i % 1000, a, b, c, 0.1 + 1e-5 * (double)i);
}

/* As many reactions, a third as many species, every tenth of them in a rule's sum. */
static void write_model(FILE *f, long reactions)
{
    const long species = reactions / 3;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
          "<sbml xmlns=\"http://www.sbml.org/sbml/level3/version1/core\" level=\"3\" "
          "version=\"1\"><model id=\"generated\"><listOfCompartments>"
          "<compartment id=\"cell\" spatialDimensions=\"3\" size=\"1\" "
          "constant=\"true\"/></listOfCompartments><listOfSpecies>\n",
          f);
    for (long i = 0; i < species; i++) {
        fprintf(
            f,
            "<species id=\"S%ld\" compartment=\"cell\" initialConcentration=\"%ld\" "
            "hasOnlySubstanceUnits=\"false\" boundaryCondition=\"false\" "
            "constant=\"false\"/>\n",
            i, i % 5);
    }
    fputs("</listOfSpecies><listOfParameters>"
          "<parameter id=\"total\" constant=\"false\"/>\n",
          f);
    for (long i = 0; i < 1000; i++) {
        fprintf(f, "<parameter id=\"on%ld\" value=\"0.%03ld\" constant=\"true\"/>\n", i,
                i + 1);
    }
    fputs("</listOfParameters><listOfRules><assignmentRule variable=\"total\">"
          "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"><apply><plus/>",
          f);
    for (long i = 0; i < species; i += 10) {
        fprintf(f, "<ci>S%ld</ci>", i);
    }
    fputs("</apply></math></assignmentRule></listOfRules><listOfReactions>\n", f);
    for (long i = 0; i < reactions; i++) {
        write_reaction(f, i, species);
    }
    fputs("</listOfReactions></model></sbml>\n", f);
}

typedef struct figures {
    double read, compile;
    long kilobytes;
} figures;

static int measure(const char *path, figures *got)
{
    bk_model *model = NULL;
    bk_system *system = NULL;
    bk_workspace *workspace = NULL;
    bk_init();
    const double start = now();
    if (bk_sbml_read(path, NULL, NULL, &model) != BK_OK) {
        return 1;
    }
    got->read = now() - start;
    if (bk_engine_ode.compile(model, NULL, &system) != BK_OK ||
        bk_engine_ode.workspace(system, &workspace) != BK_OK) {
        return 1;
    }
    got->compile = now() - start - got->read;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    got->kilobytes = usage.ru_maxrss;
    bk_workspace_free(workspace);
    bk_system_free(system);
    bk_model_free(model);
    return 0;
}

/* In a child, so that the memory is its own. */
static int measure_apart(const char *path, figures *got)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return 1;
    }
    const pid_t child = fork();
    if (child == 0) {
        figures mine = {0};
        const int failed = measure(path, &mine);
        const bool told = write(ends[1], &mine, sizeof mine) == sizeof mine;
        _exit(failed || !told);
    }
    close(ends[1]);
    const bool heard = read(ends[0], got, sizeof *got) == sizeof *got;
    close(ends[0]);
    int status = 1;
    waitpid(child, &status, 0);
    return !heard || status != 0;
}

int main(int argc, char **argv)
{
    double before = 0;
    for (int i = 1; i < argc; i++) {
        const long reactions = strtol(argv[i], NULL, 10);
        char path[] = "/tmp/bench_import_XXXXXX.xml";
        const int descriptor = mkstemps(path, 4);
        FILE *const f = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
        if (f == NULL || reactions < 3) {
            return 2;
        }
        write_model(f, reactions);
        const long bytes = ftell(f);
        fclose(f);
        figures got = {0};
        const int failed = measure_apart(path, &got);
        remove(path);
        if (failed) {
            fprintf(stderr, "%ld reactions: not compiled\n", reactions);
            return 1;
        }
        const double whole = got.read + got.compile;
        printf("import %6ld reactions (%.0f MB of SBML)  read %.2f s  compile %.2f s  "
               "memory %ld MB",
               reactions, 1e-6 * (double)bytes, got.read, got.compile,
               got.kilobytes / 1024);
        if (before > 0) {
            printf("  time %.2f times that of the one before", whole / before);
        }
        putchar('\n');
        before = whole;
    }
    return 0;
}
