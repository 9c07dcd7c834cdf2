#!/bin/sh
#SBATCH --job-name=evdiff-shard
#SBATCH --array=1-16
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --requeue
#SBATCH --output=shard-%a.log
#
# One shard of a night a task, for `sbatch shard.sh NIGHT`; submit does all of it. What #SBATCH says can be said to sbatch
# instead. The task may be killed and requeued: it goes on where it was. A diff that could not be made fails the task, and the night's
# report says which; the report is made whatever became of the tasks.
set -eu
exec srun "${EVDIFF:-evdiff}" batch "$1" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" \
    --threads "$SLURM_CPUS_PER_TASK" --progress never
