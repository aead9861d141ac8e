/* See threads.h. The only shared state are three counters; who waits watches one of them. */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    SPINS_BEFORE_YIELD = 4000,   /* some tens of microseconds, longer than most parts of a step */
    SPINS_BEFORE_SLEEP = 100000, /* about a millisecond: the time between two steps */
};

typedef struct {
    Team *team;
    int64_t number;
    pthread_t thread;
} Member;

struct Team {
    int64_t num_threads;
    void (*work)(void *, int64_t);
    void *argument;
    Member *members;
    pthread_mutex_t mutex; /* only for sleeping */
    pthread_cond_t is_called;
    int64_t num_asleep;
    _Alignas(64) atomic_ullong num_calls; /* steps begun */
    _Alignas(64) atomic_llong num_waiting; /* members at the meeting */
    _Alignas(64) atomic_ullong num_meetings; /* meetings over */
    _Alignas(64) atomic_int is_stopping;
};

static inline void pause_shortly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

void team_meet(Team *team)
{
    if (team->num_threads == 1)
        return;
    unsigned long long meeting = atomic_load(&team->num_meetings);
    if (atomic_fetch_add(&team->num_waiting, 1) + 1 == team->num_threads) {
        atomic_store(&team->num_waiting, 0);
        atomic_store(&team->num_meetings, meeting + 1);
        return;
    }
    for (int64_t spins = 0; atomic_load(&team->num_meetings) == meeting; spins++)
        if (spins < SPINS_BEFORE_YIELD)
            pause_shortly();
        else
            sched_yield(); /* somebody else needs this processor, maybe who we wait for */
}

/* Waits for a call after the one numbered `last`. */
static void await_call(Team *team, unsigned long long last)
{
    for (int64_t spins = 0; spins < SPINS_BEFORE_SLEEP; spins++) {
        if (atomic_load(&team->num_calls) != last)
            return;
        pause_shortly();
    }
    pthread_mutex_lock(&team->mutex);
    team->num_asleep++;
    while (atomic_load(&team->num_calls) == last)
        pthread_cond_wait(&team->is_called, &team->mutex);
    team->num_asleep--;
    pthread_mutex_unlock(&team->mutex);
}

static void call_members(Team *team)
{
    pthread_mutex_lock(&team->mutex);
    atomic_fetch_add(&team->num_calls, 1);
    if (team->num_asleep)
        pthread_cond_broadcast(&team->is_called);
    pthread_mutex_unlock(&team->mutex);
}

static void *live(void *argument)
{
    Member *self = argument;
    Team *team = self->team;
    for (unsigned long long call = 0;; call++) {
        await_call(team, call);
        if (atomic_load(&team->is_stopping))
            return NULL;
        team->work(team->argument, self->number);
        team_meet(team);
    }
}

void team_run(Team *team, void (*work)(void *, int64_t), void *argument)
{
    team->work = work;
    team->argument = argument;
    if (team->num_threads > 1)
        call_members(team);
    work(argument, 0);
    team_meet(team);
}

/* Ends members 1 .. `num_members` and gives everything back. */
static void disband(Team *team, int64_t num_members)
{
    atomic_store(&team->is_stopping, 1);
    call_members(team);
    for (int64_t i = 0; i < num_members; i++)
        pthread_join(team->members[i].thread, NULL);
    pthread_cond_destroy(&team->is_called);
    pthread_mutex_destroy(&team->mutex);
    free(team->members);
    free(team);
}

Team *team_start(int64_t num_threads)
{
    Team *team = aligned_alloc(64, (sizeof *team + 63) / 64 * 64);
    if (!team)
        return NULL;
    *team = (Team){.num_threads = num_threads};
    pthread_mutex_init(&team->mutex, NULL);
    pthread_cond_init(&team->is_called, NULL);
    team->members = calloc((size_t)num_threads, sizeof *team->members);
    for (int64_t i = 0; i + 1 < num_threads; i++) {
        Member *member = team->members ? team->members + i : NULL;
        if (member)
            *member = (Member){.team = team, .number = i + 1};
        if (!member || pthread_create(&member->thread, NULL, live, member)) {
            disband(team, i);
            return NULL;
        }
    }
    return team;
}

void team_stop(Team *team) { disband(team, team->num_threads - 1); }
