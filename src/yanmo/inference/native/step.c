/* A whole step: token ids and slots come in, scores go out. What Python calls stands at the end. */
#include "step.h"

#include <stdlib.h>
#include <string.h>

#include "numbers.h"

enum { QUERY_ROWS = 16 }; /* rows of queries that attention takes at once, or one token's heads */

/* Row `r` of the residual stream: the embedding of its token, with its position's where positions
 * are added. */
static void embed_row(Runner *runner, int64_t thread, int64_t r, int64_t position)
{
    const Model *model = &runner->model;
    int64_t width = model->d_model;
    float *x = runner->x + r * runner->x_width;
    int64_t first = (int64_t)runner->ids[r] * width;
    if (model->embed_format == FLOAT32)
        memcpy(x, (const float *)model->embed + first, (size_t)width * sizeof *x);
    else
        for (int64_t k = 0; k < width; k++)
            x[k] = from_bfloat16(((const uint16_t *)model->embed)[first + k]);
    if (model->embedding_scale != 1.0f)
        for (int64_t k = 0; k < width; k++)
            x[k] *= model->embedding_scale;
    if (model->positions)
        for (int64_t k = 0; k < width; k++)
            x[k] += model->positions[position * width + k];
    if (model->embed_norm.weight) {
        float *wide = runner->own[thread].wide;
        normalise(model, &model->embed_norm, x, wide);
        memcpy(x, wide, (size_t)width * sizeof *x);
    }
    memset(x + width, 0, (size_t)(runner->x_width - width) * sizeof *x);
}

/* This thread's share of the rows. */
static void embed_rows(Runner *runner, int64_t thread)
{
    int64_t begin = runner->num_rows * thread / runner->num_threads;
    int64_t end = runner->num_rows * (thread + 1) / runner->num_threads;
    for (int64_t i = 0; i < runner->num_pieces; i++) {
        const Piece *piece = runner->pieces + i;
        for (int64_t t = 0; t < piece->num_tokens; t++) {
            int64_t r = piece->first_row + t;
            if (begin <= r && r < end)
                embed_row(runner, thread, r, piece->start + t);
        }
    }
    team_meet(runner->team);
}

static void run_layer(Runner *runner, int64_t thread, int64_t number)
{
    const Model *model = &runner->model;
    const Layer *layer = model->layers + number;
    int64_t M = runner->num_rows, width = runner->x_width;
    Encoded rows = encode_rows(runner, thread, runner->x, width, &layer->attn_norm, NULL, M);
    multiply(runner, thread, rows, &layer->qkv, STORE, runner->qkv, runner->qkv_width,
             runner->qkv_width);
    team_meet(runner->team);
    attend(runner, thread, number);
    team_meet(runner->team);
    rows = encode_rows(runner, thread, runner->mixed, runner->mixed_width, NULL, NULL, M);
    multiply(runner, thread, rows, &layer->out, ADD, runner->x, width, width);
    team_meet(runner->team);
    rows = encode_rows(runner, thread, runner->x, width, &layer->mlp_norm, NULL, M);
    multiply(runner, thread, rows, &layer->up, ACTIVATE, runner->hidden, model->d_ff, model->d_ff);
    team_meet(runner->team);
    rows = encode_rows(runner, thread, runner->hidden, model->d_ff, NULL, NULL, M);
    multiply(runner, thread, rows, &layer->down, ADD, runner->x, width, width);
    team_meet(runner->team);
}

static void run_thread(void *argument, int64_t thread)
{
    Runner *runner = argument;
    const Model *model = &runner->model;
    embed_rows(runner, thread);
    for (int64_t layer = 0; layer < model->num_layers; layer++)
        run_layer(runner, thread, layer);
    if (!runner->num_scored)
        return;
    Encoded rows = encode_rows(runner, thread, runner->x, runner->x_width, &model->final_norm,
                               runner->scored, runner->num_scored);
    multiply(runner, thread, rows, &model->head, STORE, runner->scores, model->vocab_size,
             model->vocab_size);
}

/* The bytes of all working memory where `at` is NULL; otherwise sets the pointers into it. */
static int64_t lay_out(Runner *runner, uint8_t *at)
{
    const Model *model = &runner->model;
    int64_t M = runner->max_rows, T = runner->num_threads, used = 0;
    int64_t head_width = round_up(model->head_dim, GROUP);
    int64_t widest = most(most(runner->x_width, model->d_ff), runner->mixed_width);
    int64_t encoded = M * row_bytes(model->format, widest);
    int64_t scored = most(model->slot_tokens, head_width);
#define TAKE(pointer, bytes)                                                        \
    do {                                                                            \
        if (at)                                                                     \
            pointer = (void *)(at + used);                                          \
        used += round_up((int64_t)(bytes), LINE) + LINE;                            \
    } while (0)
    TAKE(runner->own, T * (int64_t)sizeof(Own));
    TAKE(runner->next_task, model->num_layers * (int64_t)sizeof(atomic_llong));
    TAKE(runner->x, M * runner->x_width * 4);
    TAKE(runner->qkv, M * runner->qkv_width * 4);
    TAKE(runner->mixed, M * runner->mixed_width * 4);
    TAKE(runner->hidden, M * model->d_ff * 4);
    TAKE(runner->rows, encoded);
    for (int64_t i = 0; i < T; i++) {
        Own unused, *own = at ? runner->own + i : &unused;
        TAKE(own->rows, encoded);
        TAKE(own->wide, most(widest, head_width) * 4);
        TAKE(own->tile, M * 2 * PANEL * 4);
        TAKE(own->queries, runner->query_rows * row_bytes(model->cache_format, head_width));
        TAKE(own->scores, runner->query_rows * scored * 4);
        TAKE(own->shares, runner->query_rows * row_bytes(model->cache_format, scored));
    }
#undef TAKE
    return used;
}

/* What Python calls. */

#define EXPORT __attribute__((visibility("default")))

EXPORT void yanmo_close(Runner *runner)
{
    if (runner->team)
        team_stop(runner->team);
    free(runner->arena);
    free(runner);
}

/* A runner for steps of up to `max_rows` rows; NULL where there is no memory or no thread. */
EXPORT Runner *yanmo_open(const Model *model, int64_t max_rows, int64_t num_threads)
{
    Runner *runner = calloc(1, sizeof *runner);
    if (!runner)
        return NULL;
    runner->model = *model;
    runner->max_rows = max_rows;
    runner->num_threads = num_threads;
    runner->query_rows = most(QUERY_ROWS, model->num_heads / model->num_kv_heads);
    runner->x_width = round_up(model->d_model, GROUP);
    runner->qkv_width =
        round_up((model->num_heads + 2 * model->num_kv_heads) * model->head_dim, PANEL);
    runner->mixed_width = round_up(model->num_heads * model->head_dim, GROUP);
    int64_t bytes = lay_out(runner, NULL);
    runner->arena = aligned_alloc(LINE, (size_t)round_up(bytes, LINE));
    runner->team = runner->arena ? team_start(num_threads) : NULL;
    if (!runner->team) {
        yanmo_close(runner);
        return NULL;
    }
    memset(runner->arena, 0, (size_t)bytes);
    lay_out(runner, runner->arena);
    return runner;
}

/* One step: `num_pieces` pieces with the tokens `ids` of all their rows, one behind the other, to
 * `scores` (num_scored, V) of the rows `scored`. */
EXPORT void yanmo_step(Runner *runner, int64_t num_pieces, const Piece *pieces, const int32_t *ids,
                       int64_t num_scored, const int32_t *scored, float *scores)
{
    runner->num_pieces = num_pieces;
    runner->pieces = pieces;
    runner->num_rows = pieces[num_pieces - 1].first_row + pieces[num_pieces - 1].num_tokens;
    runner->ids = ids;
    runner->num_scored = num_scored;
    runner->scored = scored;
    runner->scores = scores;
    for (int64_t layer = 0; layer < runner->model.num_layers; layer++)
        atomic_store(&runner->next_task[layer], 0);
    team_run(runner->team, run_thread, runner);
}

EXPORT void yanmo_copy(Runner *runner, int64_t source, int64_t target, int64_t num_tokens)
{
    copy_slot(&runner->model, source, target, num_tokens);
}
