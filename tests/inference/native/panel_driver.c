/* Prints the products of random panels and rows in every format and for every number of rows, so
 * that what one processor computes can be compared with what another does. */
#include <stdio.h>
#include <stdlib.h>

#include "panels.h"

enum { NUM_INPUTS = 96 };

static uint32_t state = 1;

static uint32_t draw(void)
{
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* Numbers that every format can hold: float32 of a few bits, bfloat16 and scales of a few. */
static void fill(int64_t format, uint8_t *panel)
{
    for (int64_t k = 0; k < NUM_INPUTS; k++)
        for (int64_t n = 0; n < PANEL; n++)
            if (format == FLOAT32)
                ((float *)panel)[k * PANEL + n] = (float)(draw() % 255) / 64.0f - 2.0f;
            else if (format == BFLOAT16)
                ((uint16_t *)panel)[k * PANEL + n] = (uint16_t)(0x3f00 + draw() % 256);
    int64_t bytes = format == INT8 ? 1024 : 512;
    if (format == INT8 || format == INT4)
        for (int64_t g = 0; g < NUM_INPUTS / GROUP; g++, panel += bytes + 64) {
            for (int64_t i = 0; i < bytes; i++)
                panel[i] = (uint8_t)(format == INT8 ? 1 + draw() % 255 : draw() % 256);
            for (int64_t i = 0; i < PANEL; i++)
                ((uint16_t *)(panel + bytes))[i] = (uint16_t)(0x2000 + draw() % 2048);
        }
}

int main(void)
{
    static float out[MAX_ROWS * PANEL], x[NUM_INPUTS];
    for (int64_t format = FLOAT32; format <= INT4; format++) {
        uint8_t *panel = aligned_alloc(64, round_up(panel_bytes(format, NUM_INPUTS), 64));
        uint8_t *rows = aligned_alloc(64, round_up(MAX_ROWS * row_bytes(format, NUM_INPUTS), 64));
        fill(format, panel);
        for (int64_t num_rows = 1; num_rows <= MAX_ROWS; num_rows++) {
            for (int64_t r = 0; r < num_rows; r++) {
                for (int64_t k = 0; k < NUM_INPUTS; k++)
                    x[k] = (float)(draw() % 2001) / 1000.0f - 1.0f;
                encode_row(format, x, NUM_INPUTS, rows, r, num_rows);
            }
            PanelWork work = {.rows = rows, .num_rows = num_rows, .panel = panel, .num_panels = 1,
                              .num_inputs = NUM_INPUTS, .out = out, .out_stride = PANEL,
                              .ahead = panel, .ahead_lines = 1};
            multiply_panels(format, &work);
            for (int64_t i = 0; i < num_rows * PANEL; i++)
                printf("%.9g\n", out[i]);
        }
        free(panel);
        free(rows);
    }
    return 0;
}
