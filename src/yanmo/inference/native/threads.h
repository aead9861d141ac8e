/* A few threads that compute a step together. They wait by spinning, since the parts of a step are
 * shorter than waking a thread takes, and sleep when no step comes for a while. */
#ifndef YANMO_THREADS_H
#define YANMO_THREADS_H

#include <stdint.h>

typedef struct Team Team;

/* A team of `num_threads`, the caller being one of them; NULL where there is no memory or no
 * thread to be had. */
Team *team_start(int64_t num_threads);
void team_stop(Team *team);

/* Every member calls `work(argument, its number)`; returns when all have come back. */
void team_run(Team *team, void (*work)(void *, int64_t), void *argument);

/* Called by all members within their work: nobody goes on before all are here. */
void team_meet(Team *team);

#endif
