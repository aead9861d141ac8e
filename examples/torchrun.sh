#!/usr/bin/env bash
# Trains one recipe by several processes, with torchrun.
#
#   examples/torchrun.sh RECIPE PROCESSES [KEY=VALUE ... | --out FOLDER ...]
#
# On one machine nothing else is needed. On several, run it on each of them with
#   NODES=2 HEAD=10.0.0.1:29500 INTERFACE=eth0 RUN_ID=first examples/torchrun.sh ...
# where HEAD is one of them, in a private network: what the processes say to each other is neither
# encrypted nor authenticated. All machines must see the same folder of the run.
set -euo pipefail

recipe=${1:?a recipe: a name or a file}
processes=${2:?processes on this machine}
shift 2

# After a restart the processes would read the addresses of the dead attempt from torchrun's store
# (pytorch issues 135712 and 167288); from a store of their own they do not.
export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
# Processes share the cores: each with all of them would be slower than one alone.
cores=$(nproc)
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((cores > processes ? cores / processes : 1))}

nodes=${NODES:-1}
if [ "$nodes" -eq 1 ]; then
    interface=lo # a machine alone talks to nobody else
    place=(--rdzv-endpoint 127.0.0.1:0 --local-addr 127.0.0.1)
else
    interface=${INTERFACE:?the network interface through which HEAD is reached}
    place=(--rdzv-endpoint "${HEAD:?ADDRESS:PORT of one of the machines}")
fi
export GLOO_SOCKET_IFNAME=$interface NCCL_SOCKET_IFNAME=$interface

# exec: who stops this script stops torchrun, and with it the processes, which die with their parent:
# a killed torchrun leaves nobody who goes on writing.
exec "${PYTHON:-python}" -m torch.distributed.run \
    --nnodes "$nodes" --nproc-per-node "$processes" --max-restarts "${MAX_RESTARTS:-3}" \
    --rdzv-backend c10d --rdzv-id "${RUN_ID:-yanmo}" "${place[@]}" \
    -m yanmo run "$recipe" "$@"
