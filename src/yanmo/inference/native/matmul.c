/* Rows times a matrix: panels are shared out among the threads, each is read once for all rows, and
 * what it gives is finished (bias, activation, residual sum) while it is in the nearest cache. */
#include <string.h>

#include "activations.h"
#include "step.h"

enum { FEW_ROWS = 4 }; /* so many rows every thread encodes for itself, which saves a meeting */

Encoded encode_rows(Runner *runner, int64_t thread, const float *x, int64_t width,
                    const Norm *norm, const int32_t *which, int64_t num_rows)
{
    const Model *model = &runner->model;
    int is_shared = runner->num_threads > 1 && num_rows > FEW_ROWS;
    uint8_t *rows = is_shared ? runner->rows : runner->own[thread].rows;
    int64_t begin = is_shared ? num_rows * thread / runner->num_threads : 0;
    int64_t end = is_shared ? num_rows * (thread + 1) / runner->num_threads : num_rows;
    float *wide = runner->own[thread].wide;
    for (int64_t r = begin; r < end; r++) {
        const float *row = x + (which ? which[r] : r) * width;
        if (norm && norm->weight) {
            normalise(model, norm, row, wide);
            row = wide;
        }
        if (which && model->score_scale != 1.0f) { /* only before the head */
            for (int64_t k = 0; k < width; k++)
                wide[k] = row[k] * model->score_scale;
            row = wide;
        }
        encode_row(model->format, row, width, rows, r, num_rows);
    }
    if (is_shared)
        team_meet(runner->team);
    return (Encoded){.rows = rows, .num_rows = num_rows};
}

/* All rows times the panel `number` into `tile` (M, 64), its bias added.
 *
 * With a block of rows or more the products take longer than reading does, and the next panel is
 * asked for meanwhile. With fewer, memory is what is waited for: the processor foresees one stretch
 * better than it is told, and being told costs a third of its speed. */
static void multiply_rows(const Runner *runner, Encoded rows, const Matrix *matrix, int64_t number,
                          float *tile)
{
    int64_t format = runner->model.format;
    int64_t num_passes = (rows.num_rows + MAX_ROWS - 1) / MAX_ROWS;
    int64_t lines = matrix->panel_bytes / LINE * GROUP / matrix->num_inputs;
    int64_t lines_of_pass = (lines + num_passes - 1) / num_passes;
    const uint8_t *panel = matrix->panels + number * matrix->panel_bytes;
    for (int64_t r = 0; r < rows.num_rows; r += MAX_ROWS) {
        int64_t pass = r / MAX_ROWS;
        PanelWork work = {
            .rows = rows.rows + r * row_bytes(format, matrix->num_inputs),
            .num_rows = least(rows.num_rows - r, MAX_ROWS),
            .panel = panel,
            .num_panels = 1,
            .num_inputs = matrix->num_inputs,
            .out = tile + r * 2 * PANEL,
            .out_stride = 2 * PANEL,
            .ahead = panel + matrix->panel_bytes
                     + pass * lines_of_pass * LINE * matrix->num_inputs / GROUP,
            .ahead_lines = rows.num_rows < MAX_ROWS ? 0 : lines_of_pass,
        };
        multiply_panels(format, &work);
    }
    if (matrix->bias)
        for (int64_t r = 0; r < rows.num_rows; r++)
            for (int n = 0; n < PANEL; n++)
                tile[r * 2 * PANEL + n] += matrix->bias[number * PANEL + n];
}

/* A panel of `tile`, or gate and up, to `width` columns of `y`. */
static void finish(const Model *model, Ending ending, const float *tile, int64_t num_rows,
                   float *y, int64_t y_stride, int64_t width)
{
    for (int64_t r = 0; r < num_rows; r++, tile += 2 * PANEL, y += y_stride) {
        float done[PANEL];
        memcpy(done, tile, sizeof done);
        if (ending == ACTIVATE)
            activate(model->activation, done, PANEL);
        if (ending == ACTIVATE && model->is_gated)
            for (int n = 0; n < PANEL; n++)
                done[n] *= tile[PANEL + n];
        if (ending == ADD)
            for (int n = 0; n < PANEL; n++)
                done[n] += y[n];
        memcpy(y, done, (size_t)width * sizeof *y);
    }
}

void multiply(Runner *runner, int64_t thread, Encoded rows, const Matrix *matrix, Ending ending,
              float *y, int64_t y_stride, int64_t y_width)
{
    const Model *model = &runner->model;
    float *tile = runner->own[thread].tile;
    int64_t together = ending == ACTIVATE && model->is_gated ? 2 : 1; /* panels */
    int64_t num_results = matrix->num_panels / together;
    int64_t begin = num_results * thread / runner->num_threads;
    int64_t end = num_results * (thread + 1) / runner->num_threads;
    for (int64_t i = begin; i < end; i++) {
        for (int64_t j = 0; j < together; j++)
            multiply_rows(runner, rows, matrix, i * together + j, tile + j * PANEL);
        finish(model, ending, tile, rows.num_rows, y + i * PANEL, y_stride,
               least(PANEL, y_width - i * PANEL));
    }
}
