/* Chooses the panel products of the processor that this library is compiled for, and brings rows
 * into the form that they read. */
#include "panels.h"

#include "numbers.h"

#if defined(YANMO_AVX512)
#include "matmul_avx512.h"
#elif defined(YANMO_AVX2)
#include "matmul_avx2.h"
#elif defined(YANMO_NEON)
#include "matmul_neon.h"
#else
#include "matmul_portable.h"
#endif

void multiply_panel(int64_t format, const PanelWork *work)
{
    switch (format) {
    case FLOAT32: float32_panel(work); return;
    case BFLOAT16: bfloat16_panel(work); return;
    case INT8: int8_panel(work); return;
    default: int4_panel(work);
    }
}

int64_t panel_bytes(int64_t format, int64_t num_inputs)
{
    switch (format) {
    case FLOAT32: return num_inputs * PANEL * 4;
    case BFLOAT16: return num_inputs * PANEL * 2;
    case INT8: return num_inputs / GROUP * (PANEL * GROUP + PANEL * 2);
    default: return num_inputs / GROUP * (PANEL * GROUP / 2 + PANEL * 2);
    }
}

/* A line is added, since rows that lie a power of two apart would share few lines of the cache. */
int64_t row_bytes(int64_t format, int64_t num_inputs)
{
    int64_t used = format == FLOAT32    ? num_inputs * 4
                   : format == BFLOAT16 ? num_inputs * 2
                                        : num_inputs + num_inputs / GROUP * 8;
    return round_up(used, LINE) + LINE;
}

/* A group of 32 floats as int8 with one scale: the largest becomes 127. */
static int32_t quantize_group(const float *x, int8_t *values, float *scale)
{
    float largest = 0.0f;
    for (int i = 0; i < GROUP; i++) {
        float magnitude = x[i] < 0.0f ? -x[i] : x[i];
        largest = magnitude > largest ? magnitude : largest;
    }
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to a whole number */
    float inverse = largest > 1e-30f ? 127.0f / largest : 0.0f;
    int32_t sum = 0;
    for (int i = 0; i < GROUP; i++) {
        int32_t value = (int32_t)(bits_of(x[i] * inverse + shift) - 0x4b400000u);
        values[i] = (int8_t)value;
        sum += value;
    }
    *scale = largest > 1e-30f ? largest / 127.0f : 0.0f;
    return sum;
}

void encode_row(int64_t format, const float *x, int64_t num_inputs, uint8_t *row)
{
    if (format == FLOAT32) {
        memcpy(row, x, (size_t)num_inputs * sizeof *x);
        return;
    }
    if (format == BFLOAT16) {
        uint16_t *rounded = (uint16_t *)row;
        for (int64_t k = 0; k < num_inputs; k++)
            rounded[k] = to_bfloat16(x[k]);
        return;
    }
    int64_t num_groups = num_inputs / GROUP;
    int32_t offset = format == INT8 ? 128 : 8;
    float *scales = (float *)(row + num_inputs);
    int32_t *taken_off = (int32_t *)(scales + num_groups);
    for (int64_t g = 0; g < num_groups; g++) {
        int8_t *values = (int8_t *)row + g * GROUP;
        taken_off[g] = -offset * quantize_group(x + g * GROUP, values, scales + g);
    }
}
