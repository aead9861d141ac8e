/* Attention over the cache of slots. The work is cut into tasks, one for a piece and a key-value
 * head; a task writes the keys and values of its new tokens and then reads all of its own head, so
 * no task waits for another.
 *
 * The cache of a head is itself made of panels, so that scores and mixtures are the products of
 * panels.h:
 *
 *   keys    [Sp / 32] panels of 32 positions (the outputs) with Hp inputs
 *   values  [Hp / 32] panels of 32 channels (the outputs) with Sp inputs
 *
 * Rows of queries are the G heads of up to a few positions. What a row may not see has a share of
 * zero, which leaves its sums as they are. */
#include <math.h>
#include <string.h>

#include "numbers.h"
#include "step.h"

enum { FAR = 1024 }; /* positions; a longer text is a stretch of memory that is foreseen anyhow, and
                        two of them would not fit the nearer caches */

static int64_t head_width(const Model *model) { return round_up(model->head_dim, GROUP); }

int64_t cache_bytes(const Model *model)
{
    int64_t size = model->cache_format == FLOAT32 ? 4 : 2;
    return model->slot_tokens * head_width(model) * size;
}

static int64_t head_offset(const Model *model, int64_t layer, int64_t slot, int64_t head)
{
    return ((layer * model->num_slots + slot) * model->num_kv_heads + head) * cache_bytes(model);
}

/* Puts `value` at input k of output n of a panel. */
static void put(int64_t format, uint8_t *panel, int64_t k, int64_t n, float value)
{
    if (format == FLOAT32)
        ((float *)panel)[k * PANEL + n] = value;
    else
        ((uint16_t *)panel)[(k / 2 * PANEL + n) * 2 + k % 2] = to_bfloat16(value);
}

/* A head (H,) normalised and rotated as position `position` wants, into `out`. */
static void turn_head(const Model *model, const float *head, const float *norm, int64_t position,
                      float *out)
{
    int64_t half = model->head_dim / 2;
    memcpy(out, head, (size_t)model->head_dim * sizeof *out);
    if (norm)
        normalise_head(norm, model->norm_eps, out, model->head_dim);
    if (!model->rotary_cos)
        return;
    const float *cosine = model->rotary_cos + position * half;
    const float *sine = model->rotary_sin + position * half;
    for (int64_t i = 0; i < half; i++) {
        float first = out[i], second = out[i + half];
        out[i] = first * cosine[i] - second * sine[i];
        out[i + half] = second * cosine[i] + first * sine[i];
    }
}

/* One task's view of its piece and head. */
typedef struct {
    const Runner *runner;
    const Layer *layer;
    const Piece *piece;
    const Own *own;
    int64_t head; /* of keys and values */
    uint8_t *keys;
    uint8_t *values;
    int64_t ahead; /* bytes from here to the keys and values of the next task; 0 asks for nothing */
} Task;

/* Writes key and value of one token. Where a panel of positions begins, it is emptied first: what
 * another text left there is multiplied with zeros, and must be a number. */
static void remember(const Task *task, const float *key, const float *value, int64_t position)
{
    const Model *model = &task->runner->model;
    uint8_t *values = task->values;
    float *wide = task->own->wide;
    int64_t width = head_width(model), format = model->cache_format;
    int64_t key_bytes = panel_bytes(format, width);
    int64_t value_bytes = panel_bytes(format, model->slot_tokens);
    uint8_t *panel = task->keys + position / PANEL * key_bytes;
    if (position % PANEL == 0) {
        int64_t bytes = panel_bytes(format, GROUP);
        memset(panel, 0, (size_t)key_bytes);
        for (int64_t i = 0; i < width / PANEL; i++)
            memset(values + i * value_bytes + position / GROUP * bytes, 0, (size_t)bytes);
    }
    turn_head(model, key, task->layer->k_norm, position, wide);
    for (int64_t h = 0; h < model->head_dim; h++)
        put(format, panel, h, position % PANEL, wide[h]);
    for (int64_t h = 0; h < model->head_dim; h++)
        put(format, values + h / PANEL * value_bytes, position, h % PANEL, value[h]);
}

/* Scores (S,) to shares of one, not yet divided by their sum, which is returned; what lies outside
 * of first .. last becomes zero. */
static float share_out(float *scores, int64_t num_keys, int64_t first, int64_t last)
{
    enum { LANES = 16 };
    for (int64_t s = 0; s < first; s++)
        scores[s] = -INFINITY;
    for (int64_t s = last + 1; s < num_keys; s++)
        scores[s] = -INFINITY;
    float lanes[LANES];
    for (int i = 0; i < LANES; i++)
        lanes[i] = -INFINITY;
    for (int64_t s = 0; s < num_keys; s += LANES)
        for (int i = 0; i < LANES; i++)
            lanes[i] = scores[s + i] > lanes[i] ? scores[s + i] : lanes[i];
    float largest = lanes[0];
    for (int i = 1; i < LANES; i++)
        largest = lanes[i] > largest ? lanes[i] : largest;
    for (int i = 0; i < LANES; i++)
        lanes[i] = 0.0f;
    for (int64_t s = 0; s < num_keys; s += LANES)
        for (int i = 0; i < LANES; i++) {
            float share = scores[s + i] == -INFINITY ? 0.0f : exponential(scores[s + i] - largest);
            scores[s + i] = share;
            lanes[i] += share;
        }
    float total = 0.0f;
    for (int i = 0; i < LANES; i++)
        total += lanes[i];
    return total;
}

/* The G queries of token `t` of the piece: from row `r` on of the `num_rows` queries of the task. */
static void encode_queries(const Task *task, int64_t t, int64_t r, int64_t num_rows)
{
    const Model *model = &task->runner->model;
    int64_t width = head_width(model), num_together = model->num_heads / model->num_kv_heads;
    const float *row = task->runner->qkv + (task->piece->first_row + t) * task->runner->qkv_width;
    float *wide = task->own->wide;
    for (int64_t g = 0; g < num_together; g++) {
        const float *query = row + (task->head * num_together + g) * model->head_dim;
        turn_head(model, query, task->layer->q_norm, task->piece->start + t, wide);
        for (int64_t h = 0; h < width; h++)
            wide[h] = h < model->head_dim ? wide[h] * model->attention_scale : 0.0f;
        encode_row(model->cache_format, wide, width, task->own->queries, r + g, num_rows);
    }
}

/* `rows` times all panels from `panels` on, side by side into `out`, in blocks of MAX_ROWS. What the
 * next task will read at the same place is asked for meanwhile: the cache of a head is too short a
 * stretch for the processor to foresee what follows it. */
static void multiply_cache(const Task *task, const uint8_t *rows, int64_t num_rows,
                           const uint8_t *panels, int64_t num_panels, int64_t panel_step,
                           int64_t num_inputs, float *out)
{
    int64_t format = task->runner->model.cache_format, out_stride = num_panels * PANEL;
    int64_t lines = task->ahead ? panel_bytes(format, GROUP) / LINE : 0;
    for (int64_t r = 0; r < num_rows; r += MAX_ROWS) {
        PanelWork work = {
            .rows = rows + r * row_bytes(format, num_inputs),
            .num_rows = least(num_rows - r, MAX_ROWS),
            .panel = panels,
            .num_panels = num_panels,
            .panel_step = panel_step,
            .num_inputs = num_inputs,
            .out = out + r * out_stride,
            .out_stride = out_stride,
            .ahead = panels + task->ahead,
            .ahead_lines = r ? 0 : lines,
        };
        multiply_panels(format, &work);
    }
}

/* Tokens first .. first + num_tokens - 1 of the piece: from their queries to their mixtures. */
static void attend_tokens(const Task *task, int64_t first, int64_t num_tokens)
{
    const Model *model = &task->runner->model;
    int64_t format = model->cache_format, width = head_width(model);
    int64_t num_together = model->num_heads / model->num_kv_heads;
    int64_t num_rows = num_tokens * num_together;
    int64_t position = task->piece->start + first, window = task->layer->window;
    int64_t seen_from = window ? most(0, position - window + 1) / PANEL * PANEL : 0;
    int64_t num_keys = round_up(position + num_tokens - seen_from, PANEL);
    int64_t key_bytes = panel_bytes(format, width);
    int64_t value_bytes = panel_bytes(format, model->slot_tokens);
    float *scores = task->own->scores, totals[num_rows];
    for (int64_t t = 0; t < num_tokens; t++)
        encode_queries(task, first + t, t * num_together, num_rows);
    multiply_cache(task, task->own->queries, num_rows,
                   task->keys + seen_from / PANEL * key_bytes, num_keys / PANEL, key_bytes, width,
                   scores);
    for (int64_t r = 0; r < num_rows; r++) {
        int64_t own_position = position + r / num_together;
        int64_t lowest = window ? most(0, own_position - window + 1) : 0;
        totals[r] = share_out(scores + r * num_keys, num_keys, lowest - seen_from,
                              own_position - seen_from);
        encode_row(format, scores + r * num_keys, num_keys, task->own->shares, r, num_rows);
    }
    multiply_cache(task, task->own->shares, num_rows, task->values + panel_bytes(format, seen_from),
                   width / PANEL, value_bytes, num_keys, scores);
    for (int64_t r = 0; r < num_rows; r++) {
        int64_t row = task->piece->first_row + first + r / num_together;
        int64_t head = task->head * num_together + r % num_together;
        float *mixed = task->runner->mixed + row * task->runner->mixed_width;
        for (int64_t h = 0; h < model->head_dim; h++)
            mixed[head * model->head_dim + h] = scores[r * width + h] / totals[r];
    }
}

/* Keys and values of the new tokens, then the mixtures of their queries. */
static void run_task(const Task *task)
{
    const Runner *runner = task->runner;
    const Model *model = &runner->model;
    const Piece *piece = task->piece;
    for (int64_t t = 0; t < piece->num_tokens; t++) {
        const float *row = runner->qkv + (piece->first_row + t) * runner->qkv_width;
        const float *key = row + (model->num_heads + task->head) * model->head_dim;
        const float *value = key + model->num_kv_heads * model->head_dim;
        remember(task, key, value, piece->start + t);
    }
    int64_t together = most(1, runner->query_rows / (model->num_heads / model->num_kv_heads));
    for (int64_t t = 0; t < piece->num_tokens; t += together)
        attend_tokens(task, t, least(together, piece->num_tokens - t));
}

/* Number of a task that nobody has taken yet in this layer, or one past the last. */
static int64_t take_task(Runner *runner, int64_t layer)
{
    int64_t num_tasks = runner->num_pieces * runner->model.num_kv_heads;
    return least(num_tasks, atomic_fetch_add(&runner->next_task[layer], 1));
}

static int64_t offset_of_task(const Runner *runner, int64_t layer, int64_t task)
{
    int64_t num_heads = runner->model.num_kv_heads;
    const Piece *piece = runner->pieces + task / num_heads;
    return head_offset(&runner->model, layer, piece->slot, task % num_heads);
}

void attend(Runner *runner, int64_t thread, int64_t layer)
{
    const Model *model = &runner->model;
    int64_t num_heads = model->num_kv_heads, num_tasks = runner->num_pieces * num_heads;
    int64_t number = take_task(runner, layer), offset = 0, next_offset;
    if (number < num_tasks)
        offset = offset_of_task(runner, layer, number);
    while (number < num_tasks) {
        int64_t next = take_task(runner, layer);
        next_offset = next < num_tasks ? offset_of_task(runner, layer, next) : offset;
        const Piece *piece = runner->pieces + number / num_heads;
        Task task = {
            .runner = runner,
            .layer = model->layers + layer,
            .piece = piece,
            .own = runner->own + thread,
            .head = number % num_heads,
            .keys = model->keys + offset,
            .values = model->values + offset,
            .ahead = piece->num_tokens == 1 && piece->start < FAR ? next_offset - offset : 0,
        };
        run_task(&task);
        number = next;
        offset = next_offset;
    }
}

void copy_slot(const Model *model, int64_t source, int64_t target, int64_t num_tokens)
{
    int64_t format = model->cache_format, width = head_width(model);
    int64_t num_positions = round_up(num_tokens, PANEL);
    int64_t value_bytes = panel_bytes(format, model->slot_tokens);
    for (int64_t layer = 0; layer < model->num_layers; layer++)
        for (int64_t head = 0; head < model->num_kv_heads; head++) {
            int64_t from = head_offset(model, layer, source, head);
            int64_t to = head_offset(model, layer, target, head);
            memcpy(model->keys + to, model->keys + from,
                   (size_t)(num_positions / PANEL * panel_bytes(format, width)));
            for (int64_t i = 0; i < width / PANEL; i++)
                memcpy(model->values + to + i * value_bytes,
                       model->values + from + i * value_bytes,
                       (size_t)panel_bytes(format, num_positions));
        }
}
