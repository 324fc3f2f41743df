/* SPDX-License-Identifier: GPL-3.0-or-later */

/* background: which cells the network's tables know, what each of them sets, and one made
 * from mutations and copy numbers. */

#include "cli.h"

#include <string.h>

static int write_made(cli *c, const cli_model *m, bk_status status, bk_table *table)
{
    int result = status == BK_OK ? EXIT_DONE : cli_status(c, status);
    if (result == EXIT_DONE) {
        cli_provenance(c, m, NULL, NULL, NULL, table);
        result = cli_write_table(c, table);
    }
    bk_table_free(table);
    return result;
}

static int background_list(cli *c, const cli_model *m)
{
    bk_table *table = NULL;
    const bk_status status = bk_library_list(m->library, &table);
    return write_made(c, m, status, table);
}

static int background_show(cli *c, const cli_model *m)
{
    bk_table *table = NULL;
    const bk_status status = bk_library_show(m->library, c->operands[1],
                                             (bk_where){.file = NULL}, c->diag, &table);
    return write_made(c, m, status, table);
}

static int background_from(cli *c, const cli_model *m)
{
    bk_lesion_settings settings = {.sample = cli_value(c, "sample", NULL)};
    char *text = NULL;
    if (!cli_real(c, "amplified", &settings.amplified)) {
        return EXIT_USAGE;
    }
    if (cli_value(c, "amplified", NULL) != NULL && !(settings.amplified > 0)) {
        return cli_usage(c, "--amplified: expected a number of copies above 0");
    }
    const bk_status status =
        bk_lesions_print(c->operands + 1, (size_t)c->n_operands - 1, &settings,
                         m->library, m->model, c->diag, &text);
    const int result = status == BK_OK
                           ? cli_write_text(c, cli_value(c, "output", "-"), text)
                           : cli_status(c, status);
    bk_string_free(text);
    return result;
}

static int background_run(cli *c)
{
    static const struct {
        const char *word;
        int least, most; /* operands, the word included */
        int (*run)(cli *, const cli_model *);
    } parts[] = {{"list", 1, 2, background_list},
                 {"show", 2, 3, background_show},
                 {"from", 2, 64, background_from}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(c->operands[0], parts[i].word) != 0) {
            continue;
        }
        if (c->n_operands < parts[i].least || c->n_operands > parts[i].most) {
            return cli_usage(c, "expected %s", c->command->operands);
        }
        const bool has_model = i < 2 && c->n_operands == parts[i].most;
        const char *const model =
            has_model ? c->operands[parts[i].most - 1] : cli_value(c, "model", "her2");
        cli_model m;
        int result = cli_open(c, model, &m);
        if (result == EXIT_DONE) {
            result = parts[i].run(c, &m);
            cli_close(&m);
        }
        return result;
    }
    return cli_usage(c, "there is no 'background %s': list, show or from",
                     c->operands[0]);
}

static const cli_option background_options[] = {
    {"model", 0, "MODEL", "the network whose tables are used (her2)"},
    {"sample", 0, "NAME", "from: the sample to read where a table has several"},
    {"amplified", 0, "COPIES", "from: copies from which on a gene is amplified (6)"},
    {NULL, 0, NULL, NULL}};

const cli_command cmd_background = {
    .name = "background",
    .operands = "list [MODEL] | show NAME [MODEL] | from FILE...",
    .min_operands = 1,
    .max_operands = 64,
    .summary = "the cells that a network knows; one made from a mutation table",
    .description =
        "list: every background, variant and allele of the network's tables, with what "
        "it sets and its\nsource. show: each edit of a background, a variant or "
        "several "
        "joined by ';', with its source.\n\nfrom: a scenario, to be used as "
        "--background "
        "FILE, out of tables with the columns of a MAF file\n(Hugo_Symbol, HGVSp_Short "
        "or Protein_Change, Variant_Classification, Tumor_Sample_Barcode),\ncopy "
        "numbers "
        "(gene, gistic or copy_number, sample) or gene and alteration. Known alleles "
        "become\ntheir variant, truncating ones a loss; what has no known effect is "
        "kept "
        "out and told.",
    .examples = "blockade background list\n"
                "blockade background show BT-474\n"
                "blockade background show 'HER2-amplified;PIK3CA:E542K'\n",
    .options = {background_options},
    .perturbs = false,
    .writes = true,
    .run = background_run};
