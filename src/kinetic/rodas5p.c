/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "kinetic/rodas.h"

/* Rodas5P: Steinebach 2023, doi:10.1007/s10543-023-00967-x: eight stages, order
 * five, stiffly accurate, L-stable, an embedded method of order four, dense output of
 * order four; no order reduction on Prothero and Robinson's problem.  The coefficients
 * are those of the transformed form; tests/unit/test_rodas.c checks them against all 17
 * order conditions.
 *
 * Chosen against Rodas4 (Hairer and Wanner 1996, sec. IV.7) and Rodas4P (Steinebach
 * 1995), which have six stages.  Steps, and in brackets the largest error of a whole
 * trajectory in units of the tolerance, at a relative tolerance of 1e-6 and the same
 * error control:
 *
 *                     species   Rodas4       Rodas4P      Rodas5P     CVODE's error
 *     multistate           9    210 (0.3)    201 (0.5)     95 (0.2)      5
 *     multisite2          66    516 (0.7)    479 (0.5)    202 (0.8)     28
 *     BIOMD0000000019     93   2924 (0.9)   1997 (5.7)   1496 (1.2)     12
 *     egfr_net           356    716 (0.4)    605 (0.5)    309 (0.1)     16
 *     BIOMD0000000255    500    178 (28)     169 (23)      75 (30)      11
 *
 * Two stages more cost a fifth more time a step; half the steps are saved.  The error
 * control allows more than one tolerance (rodas_pace.c), which takes a third off the steps
 * again.  Errors of whole trajectories to t = 100 in the same units, of 113 BioModels that
 * CVODE can run: 2.9 in the median and 5.2 at three quarters, where CVODE's are 18 and
 * 56; above CVODE's in 3. */

const bk_rodas_method bk_rodas_default = {
    .name = "Rodas5P",
    .stages = 8,
    .order = 5,
    .estimate = 5,
    .dense = 3,
    .gamma = 0.21193756319429014,
    .a = {{0},
          {3.0},
          {2.849394379747939, 0.45842242204463923},
          {-6.954028509809101, 2.489845061869568, -10.358996098473584},
          {2.8029986275628964, 0.5072464736228206, -0.3988312541770524,
           -0.04721187230404641},
          {-7.502846399306121, 2.561846144803919, -11.627539656261098,
           -0.18268767659942256, 0.030198172008377946},
          {-7.502846399306121, 2.561846144803919, -11.627539656261098,
           -0.18268767659942256, 0.030198172008377946, 1.0},
          {-7.502846399306121, 2.561846144803919, -11.627539656261098,
           -0.18268767659942256, 0.030198172008377946, 1.0, 1.0}},
    .c = {{0},
          {-14.155112264123755},
          {-17.97296035885952, -2.859693295451294},
          {147.12150275711716, -1.41221402718213, 71.68940251302358},
          {165.43517024871676, -0.4592823456491126, 42.90938336958603,
           -5.961986721573306},
          {24.854864614690072, -3.0009227002832186, 47.4931110020768,
           5.5814197821558125, -0.6610691825249471},
          {30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783,
           -19.097331116725623, -28.087943162872662},
          {37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047,
           -40.06618937091002, -54.66780262877968, -9.48861652309627}},
    .alpha = {0.0, 0.6358126895828704, 0.4095798393397535, 0.9769306725060716,
              0.4288403609558664, 1.0, 1.0, 1.0},
    .d = {0.21193756319429014, -0.42387512638858027, -0.3384627126235924,
          1.8046452872882734, 2.325825639765069, 0.0, 0.0, 0.0},
    .h = {{25.948786856663858, -2.5579724845846235, 10.433815404888879,
           -2.3679251022685204, 0.524948541321073, 1.1241088310450404,
           0.4272876194431874, -0.17202221070155493},
          {-9.91568850695171, -0.9689944594115154, 3.0438037242978453,
           -24.495224566215796, 20.176138334709044, 15.98066361424651,
           -6.789040303419874, -6.710236069923372},
          {11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643,
           -52.072871366152654, -59.78993625266729, -0.15582684282751913,
           4.883087185713722}},
};
