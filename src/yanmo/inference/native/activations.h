/* Activations of the feed-forward layer, in loops that compilers turn into vectors. */
#ifndef YANMO_ACTIVATIONS_H
#define YANMO_ACTIVATIONS_H

#include "model.h"
#include "numbers.h"

static inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

/* The error function of x >= 0 to 2e-7: Abramowitz and Stegun 1964, 7.1.26. */
static inline float error_function(float x)
{
    float t = 1.0f / (1.0f + 0.3275911f * x);
    float power = 1.061405429f;
    power = power * t - 1.453152027f;
    power = power * t + 1.421413741f;
    power = power * t - 0.284496736f;
    power = power * t + 0.254829592f;
    return 1.0f - power * t * exponential(-x * x);
}

static inline void activate(int64_t kind, float *x, int64_t width)
{
    switch (kind) {
    case SILU:
        for (int64_t i = 0; i < width; i++)
            x[i] *= sigmoid(x[i]);
        return;
    case GELU:
        for (int64_t i = 0; i < width; i++) {
            float magnitude = x[i] < 0.0f ? -x[i] : x[i];
            float half = 0.5f * error_function(magnitude * 0.70710678f);
            x[i] *= x[i] < 0.0f ? 0.5f - half : 0.5f + half;
        }
        return;
    case GELU_TANH: /* (1 + tanh(z)) / 2 is sigmoid(2 z); Hendrycks and Gimpel 2016 */
        for (int64_t i = 0; i < width; i++)
            x[i] *= sigmoid(1.59576912f * x[i] * (1.0f + 0.044715f * x[i] * x[i]));
        return;
    default:
        for (int64_t i = 0; i < width; i++)
            x[i] = x[i] < 0.0f ? 0.0f : x[i];
    }
}

#endif
