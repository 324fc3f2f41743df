/* SPDX-License-Identifier: GPL-3.0-or-later */

/* fuzz [-t SECONDS] [-s SEED] [-o FOLDER] PATH ...   the files are the first corpus
 * fuzz [-o FOLDER] -r FILE ...                       each of them once, unchanged
 *
 * A child runs inputs and lives until one of them ends it: a sanitizer, a leak (seen by
 * more bytes in use after an input than before it), ten seconds of processor time, or a
 * broken promise.  The parent keeps that input and what was said of it, and goes on with
 * a new child.  Inputs that reach edges of the code which no other reached join the
 * corpus.  The same seed and paths give the same inputs in the same order; how many of
 * them is a matter of time. */

#include "fuzz.h"

#include <blockade/blockade.h>

#include <errno.h>
#include <sanitizer/common_interface_defs.h>
#include <sanitizer/lsan_interface.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    EDGES = 1 << 16,
    HANG_SECONDS = 10,
    MOST_KINDS = 256, /* of findings that are told apart */
    KEEP = 3          /* inputs of one kind */
};

/* What parent and children share. */
typedef struct shared {
    uint8_t known[EDGES]; /* classes of counts seen, a bit each */
    fuzz_input input;
    char path[sizeof((fuzz_entry *)NULL)->path];
    fuzz_random random;
    unsigned long executed, executions[FUZZ_TOPICS], models[FUZZ_TOPICS];
    fuzz_corpus corpus;
} shared;
static shared *s;
static char tables[512]; /* a folder for them */

static uint8_t counts[EDGES];
static uintptr_t previous;

/* Called by instrumented code at the start of every block. */
void __sanitizer_cov_trace_pc(void);
__attribute__((no_sanitize_coverage, no_sanitize_address, no_sanitize_undefined)) void
__sanitizer_cov_trace_pc(void)
{
    const uintptr_t here =
        ((uintptr_t)__builtin_return_address(0) - (uintptr_t)&fuzz_exercise) *
            UINT64_C(0x9E3779B97F4A7C15) >>
        48;
    counts[here ^ previous]++;
    previous = here >> 1;
}

const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=2048:"
           "hard_rss_limit_mb=3000:detect_leaks=1:leak_check_at_exit=0:"
           "detect_stack_use_after_return=0:handle_abort=1";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
    return "print_stacktrace=1";
}

size_t __sanitizer_get_current_allocated_bytes(void);

/* --- the child --- */

/* Whether an input reached an edge anew, or more or less often than all before. */
static bool is_new(void)
{
    bool found = false;
    for (size_t i = 0; i < EDGES; i++) {
        const unsigned c = counts[i];
        if (c != 0) {
            const unsigned bit = c < 4     ? c - 1
                                 : c < 8   ? 3
                                 : c < 16  ? 4
                                 : c < 32  ? 5
                                 : c < 128 ? 6
                                           : 7;
            found = found || (s->known[i] >> bit & 1) == 0;
            s->known[i] |= (uint8_t)(1u << bit);
        }
    }
    return found;
}

static void on_hang(int sign)
{
    (void)sign;
    static const char line[] =
        "HANG: more than 10 s of processor time, or 120 s of time\n";
    (void)!write(STDERR_FILENO, line, sizeof line - 1);
    __sanitizer_print_stack_trace();
    _exit(FUZZ_EXIT_HANG);
}

static void set_alarm(int seconds)
{
    const struct itimerval timer = {.it_value.tv_sec = seconds};
    setitimer(ITIMER_PROF, &timer, NULL);
    alarm((unsigned)seconds * 12); /* for what waits and does not work */
}

/* One input; the process ends when it leaks.  What libraries keep once, such as the last
 * error of libxml2, does not grow when the same comes again; the leak checker, which stops
 * the process for a while, is asked about the rest only. */
static bool run_input(void)
{
    bool model = false;
    for (int times = 0; times < 2; times++) {
        const size_t before = __sanitizer_get_current_allocated_bytes();
        set_alarm(HANG_SECONDS);
        model = fuzz_exercise(&s->input, s->path, tables);
        set_alarm(0);
        if (__sanitizer_get_current_allocated_bytes() <= before) {
            return model;
        }
    }
    if (__lsan_do_recoverable_leak_check() != 0) {
        _exit(FUZZ_EXIT_LEAK);
    }
    return model;
}

static void child(time_t end)
{
    bk_init();
    signal(SIGPROF, on_hang);
    signal(SIGALRM, on_hang);
    while (time(NULL) < end) {
        fuzz_corpus_choose(&s->corpus, &s->random, &s->input, s->path);
        memset(counts, 0, sizeof counts);
        previous = 0;
        s->executions[s->input.topic]++;
        const bool seed = s->executed++ < s->corpus.n_seeds;
        const bool model = run_input();
        s->models[s->input.topic] += model;
        const bool kept = is_new() && !seed && s->input.length <= FUZZ_LONGEST / 4 &&
                          fuzz_corpus_add(&s->corpus, &s->input, s->path);
        if (model && (seed || kept)) {
            fuzz_corpus_is_model(&s->corpus,
                                 seed ? s->corpus.next_seed - 1 : s->corpus.n - 1);
        }
    }
    _exit(__lsan_do_recoverable_leak_check() != 0 ? FUZZ_EXIT_LEAK : 0);
}

/* --- the parent --- */

typedef struct finding {
    char line[200];
    int times;
} finding;
static finding findings[MOST_KINDS];
static int n_findings;

/* The line of a report that says what it is about. */
static void summary_of(const char *report, const char *kind, char *line, size_t size)
{
    snprintf(line, size, "%s", kind);
    FILE *const file = fopen(report, "r");
    char text[1024];
    while (file != NULL && fgets(text, sizeof text, file) != NULL) {
        text[strcspn(text, "\n")] = '\0';
        const char *const end = strstr(text, "SUMMARY: ");
        const bool ours = strstr(text, " src/") != NULL && strstr(text, "#") != NULL;
        if (end != NULL || strstr(text, "runtime error: ") != NULL ||
            strncmp(text, "BROKEN: ", 8) == 0 || (ours && strcmp(kind, "hang") == 0)) {
            snprintf(line, size, "%s: %.150s", kind, end != NULL ? end : text);
            if (end == NULL) {
                break; /* what comes first says more */
            }
        }
    }
    if (file != NULL) {
        fclose(file);
    }
}

static void keep(const char *folder, const char *report, const char *kind)
{
    char line[200];
    summary_of(report, kind, line, sizeof line);
    int i = 0;
    while (i < n_findings && strcmp(findings[i].line, line) != 0) {
        i++;
    }
    if (i == n_findings && n_findings < MOST_KINDS) {
        snprintf(findings[n_findings++].line, sizeof line, "%s", line);
        printf("fuzz: %s\n", line);
        fflush(stdout);
    }
    if (i == MOST_KINDS || ++findings[i].times > KEEP) {
        return;
    }
    char path[512];
    snprintf(path, sizeof path, "%s/%s-%d-%d.%s", folder, kind, i, findings[i].times,
             fuzz_suffix[s->input.form]);
    FILE *const file = fopen(path, "wb");
    if (file != NULL) {
        fwrite(s->input.data, 1, s->input.length, file);
        fclose(file);
        strcat(path, ".report");
        rename(report, path);
    }
}

static const char *kind_of(int status)
{
    if (WIFEXITED(status)) {
        switch (WEXITSTATUS(status)) {
        case 0:
            return NULL;
        case FUZZ_EXIT_LEAK:
            return "leak";
        case FUZZ_EXIT_HANG:
            return "hang";
        case FUZZ_EXIT_BROKEN:
            return "broken";
        default:
            break;
        }
    }
    return "crash";
}

static int fuzz(const char *folder, int seconds)
{
    char report[512];
    snprintf(report, sizeof report, "%s/report", folder);
    const time_t end = time(NULL) + seconds;
    s->corpus.n_seeds = s->corpus.n;
    int total = 0;
    while (time(NULL) < end) {
        const pid_t pid = fork();
        if (pid == 0) {
            if (freopen(report, "w", stderr) == NULL) {
                _exit(1);
            }
            child(end);
        }
        int status = 0;
        if (pid < 0 || waitpid(pid, &status, 0) != pid) {
            perror("fuzz");
            return 1;
        }
        const char *const kind = kind_of(status);
        if (kind != NULL) {
            keep(folder, report, kind);
            total++;
        }
    }
    for (int t = 0; t < FUZZ_TOPICS; t++) {
        printf("fuzz: %-14s %8lu inputs, %8lu of them models, corpus %zu\n",
               fuzz_topic_name[t], s->executions[t], s->models[t],
               s->corpus.n_topic[t]);
    }
    struct rusage used;
    getrusage(RUSAGE_CHILDREN, &used);
    printf("fuzz: %d s, %ld s of them of a processor, %lu inputs, corpus %zu, %zu of "
           "it seeds\n",
           seconds, (long)(used.ru_utime.tv_sec + used.ru_stime.tv_sec), s->executed,
           s->corpus.n, s->corpus.n_seeds);
    printf("fuzz: %d findings of %d kinds%s%s\n", total, n_findings,
           total > 0 ? ", see " : "", total > 0 ? folder : "");
    return total > 0;
}

static int replay(char **paths, int n)
{
    bk_init();
    signal(SIGPROF, on_hang);
    signal(SIGALRM, on_hang);
    for (int i = 0; i < n; i++) {
        if (!fuzz_read(paths[i], &s->input)) {
            fprintf(stderr, "fuzz: cannot read %s\n", paths[i]);
            return 1;
        }
        snprintf(s->path, sizeof s->path, "%s", paths[i]);
        printf("%s: %s\n", paths[i], run_input() ? "a model" : "refused");
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (s == MAP_FAILED) {
        perror("fuzz");
        return 1;
    }
    const char *folder = "build/fuzz/found";
    int seconds = 60;
    bool again = false;
    int option;
    while ((option = getopt(argc, argv, "t:s:o:r")) != -1) {
        switch (option) {
        case 't':
            seconds = atoi(optarg);
            break;
        case 's':
            s->random.state = strtoull(optarg, NULL, 10);
            break;
        case 'o':
            folder = optarg;
            break;
        case 'r':
            again = true;
            break;
        default:
            return 2;
        }
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        perror(folder);
        return 2;
    }
    snprintf(tables, sizeof tables, "%s/tables", folder);
    if (mkdir(tables, 0777) != 0 && errno != EEXIST) {
        perror(tables);
        return 2;
    }
    if (again) {
        return replay(argv + optind, argc - optind);
    }
    for (int i = optind; i < argc; i++) {
        fuzz_corpus_add_path(&s->corpus, argv[i], &s->input);
    }
    if (s->corpus.n == 0) {
        fprintf(stderr, "fuzz: no files to begin with\n");
        return 2;
    }
    return fuzz(folder, seconds);
}
