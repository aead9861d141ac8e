/* LayerNorm and RMSNorm of single rows, in float32. Sums run in 16 lanes, in one order. */
#include <math.h>

#include "step.h"

enum { LANES = 16 };

static float sum_lanes(const float *lanes)
{
    float total = 0.0f;
    for (int i = 0; i < LANES; i++)
        total += lanes[i];
    return total;
}

static float sum_of(const float *x, int64_t width)
{
    float lanes[LANES] = {0};
    int64_t k = 0;
    for (; k + LANES <= width; k += LANES)
        for (int i = 0; i < LANES; i++)
            lanes[i] += x[k + i];
    for (; k < width; k++)
        lanes[k % LANES] += x[k];
    return sum_lanes(lanes);
}

static float sum_of_squares(const float *x, float mean, int64_t width)
{
    float lanes[LANES] = {0};
    int64_t k = 0;
    for (; k + LANES <= width; k += LANES)
        for (int i = 0; i < LANES; i++)
            lanes[i] += (x[k + i] - mean) * (x[k + i] - mean);
    for (; k < width; k++)
        lanes[k % LANES] += (x[k] - mean) * (x[k] - mean);
    return sum_lanes(lanes);
}

void normalise(const Model *model, const Norm *norm, const float *x, float *y)
{
    int64_t width = model->d_model;
    float mean = model->is_layer_norm ? sum_of(x, width) / (float)width : 0.0f;
    float variance = sum_of_squares(x, mean, width) / (float)width;
    float scale = 1.0f / sqrtf(variance + model->norm_eps);
    for (int64_t k = 0; k < width; k++)
        y[k] = (x[k] - mean) * scale * norm->weight[k];
    if (norm->bias)
        for (int64_t k = 0; k < width; k++)
            y[k] += norm->bias[k];
    for (int64_t k = width; k < round_up(width, GROUP); k++)
        y[k] = 0.0f;
}

void normalise_head(const float *weight, float eps, float *head, int64_t head_dim)
{
    float variance = sum_of_squares(head, 0.0f, head_dim) / (float)head_dim;
    float scale = 1.0f / sqrtf(variance + eps);
    for (int64_t k = 0; k < head_dim; k++)
        head[k] *= scale * weight[k];
}
