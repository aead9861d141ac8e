/* Rows times panels of 32 outputs: the product that everything else is made of.
 *
 * A panel holds 32 outputs w of n inputs, n a multiple of 32, so that it is read from its first
 * byte to its last, once, in the order in which it lies:
 *
 *   float32   [n][32]             w of input k, of outputs 0..31
 *   bfloat16  [n / 2][32][2]      pairs of inputs
 *   int8      [n / 32] times      a group of 32 inputs:
 *               [2][8][16][4]       half of the outputs, four inputs, output, input; w + 128
 *               [32]                scales, float16
 *   int4      [n / 32] times
 *               [2][4][16][4]       the low halves of the bytes are inputs 0..15, the high ones
 *                                   inputs 16..31; w + 8
 *               [32]                scales, float16
 *
 * Rows, one of which is what one token brings, lie in blocks of up to eight, so that all that is
 * multiplied with one group of 32 inputs stands together. A block of R rows is n / 32 times
 *
 *   float32   [R][32]
 *   bfloat16  [R][32]             rounded to nearest
 *   int8, int4  [R][32] int8, then [R] float32 scales, then [R] int32: what is taken off the sum
 *               of a group since its w are stored as w + 128 or w + 8
 *
 * Each output is one sum over the inputs in their order, whatever the number of rows: so a row's
 * result does not depend on its neighbours. Zeros at the end change nothing.
 *
 * `ahead` is where memory is asked for what comes next: `ahead_lines` lines of 64 bytes with every
 * 32 inputs. */
#ifndef YANMO_PANELS_H
#define YANMO_PANELS_H

#include "model.h"

enum { MAX_ROWS = 8 }; /* rows of a block: so many a panel is multiplied with at once */

typedef struct {
    const uint8_t *rows; /* a block of them */
    int64_t num_rows;    /* 1..MAX_ROWS */
    const uint8_t *panel;
    int64_t num_panels; /* of which the first is `panel` */
    int64_t panel_step; /* bytes from one to the next */
    int64_t num_inputs;
    float *out;         /* (num_rows, 32 num_panels) */
    int64_t out_stride; /* floats from one row to the next */
    const uint8_t *ahead; /* for the first panel; the others' is as much further as they are */
    int64_t ahead_lines;
} PanelWork;

/* Fill `out`. */
void multiply_panels(int64_t format, const PanelWork *work);

/* Bytes of a panel, and of a row, with `num_inputs` inputs. */
int64_t panel_bytes(int64_t format, int64_t num_inputs);
int64_t row_bytes(int64_t format, int64_t num_inputs);

/* Row `r` of `num_rows`, of `num_inputs` floats, rounded or quantised to what `format` wants, to its
 * place among `rows`. */
void encode_row(int64_t format, const float *x, int64_t num_inputs, uint8_t *rows, int64_t r,
                int64_t num_rows);

#endif
