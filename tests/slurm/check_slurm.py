#!/usr/bin/env python3
"""The recipe for Slurm on a Slurm of its own: one controller and three nodes on this machine. A task is killed and requeued while it runs, and the
night is byte for byte that of one machine.

    check_slurm.py --evdiff PROGRAM

It needs root, which the daemons want, and Debian's slurm-wlm; without them it is skipped (exit 77). The daemons have their folder below /tmp, ports
that are free, and are ended by their process ids.
"""
import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "tests/cli/logs"
NODES, SHARDS, JOBS, SKIPPED = 3, 5, 12, 77
WAIT_SECONDS = 300
PROGRAMS = ["munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "scontrol", "sinfo"]

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CryptoType=crypto/munge
SlurmUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
SchedulerParameters=sched_min_interval=100000,batch_sched_delay=0,sched_interval=5
MinJobAge=3600
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool-%n
SlurmdLogFile={folder}/slurmd-%n.log
{nodes}
PartitionName=night Nodes=n[1-{count}] Default=YES MaxTime=INFINITE State=UP
"""

# In the place of the diffs: the first one of the shard that is to be killed waits until it is.
SLOW = """#!/bin/sh
if [ "${{SLURM_ARRAY_TASK_ID-}}" = 2 ] && mkdir "{folder}/waits" 2>/dev/null; then
    touch "{folder}/waits/now"
    sleep 600
fi
exec "{evdiff}" "$@"
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evdiff", required=True, type=Path)
    evdiff = parser.parse_args().evdiff.resolve()
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing or os.geteuid() != 0:
        print(f"skipped: {'it needs root' if not missing else 'no ' + ', '.join(missing) + ': install slurm-wlm'}")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="evdiff-slurm-") as folder:
        cluster = Cluster(Path(folder), path)
        try:
            cluster.start()
            check(cluster, evdiff)
        except (AssertionError, subprocess.SubprocessError) as error:
            print(f"FAIL: {error}\n{getattr(error, 'stderr', '') or ''}")
            cluster.tell()
            return 1
        finally:
            cluster.stop()
    print(f"{SHARDS} shards on {NODES} nodes, one of them killed and requeued")
    return 0


class Cluster:
    def __init__(self, folder, path):
        self.folder, self.daemons = folder, []
        self.environment = {**os.environ, "PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}

    def run(self, *words, **more):
        return subprocess.run([str(word) for word in words], env=self.environment, capture_output=True, text=True,
                              timeout=WAIT_SECONDS, **more)

    def daemon(self, *words):
        self.daemons.append(subprocess.Popen([str(word) for word in words], env=self.environment,
                                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                             start_new_session=True))

    def start(self):
        folder = self.folder
        ports = free_ports(NODES + 1)
        host = socket.gethostname().split(".")[0]
        nodes = "\n".join(f"NodeName=n{i} NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[i]} CPUs=2 RealMemory=2000"
                          for i in range(1, NODES + 1))
        (folder / "state").mkdir()
        (folder / "slurm.conf").write_text(CONFIGURATION.format(host=host, controller=ports[0], folder=folder,
                                                                nodes=nodes, count=NODES))
        (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
        self.run("mungekey", "-c", "-k", folder / "munge.key", check=True)
        self.daemon("munged", "-F", "--force", f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket",
                    f"--pid-file={folder}/munge.pid", f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed")
        wait_for(lambda: (folder / "munge.socket").exists(), "munged", self)
        self.daemon("slurmctld", "-D")
        for i in range(1, NODES + 1):
            self.daemon("slurmd", "-D", "-N", f"n{i}")
        wait_for(lambda: self.run("sinfo", "-h", "-t", "idle", "-o", "%D").stdout.strip() == str(NODES), "the nodes", self)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=10)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def tell(self):
        for log in sorted(self.folder.glob("*.log")) + sorted(self.folder.glob("*/*.log")):
            print(f"-- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-8:]))


def check(cluster, evdiff):
    work = cluster.folder / "work"
    work.mkdir()
    for name, log in (("a", "calls"), ("b", "calls-ours")):
        shutil.copyfile(LOGS / f"{log}.jsonl", work / f"{name}.jsonl")
    (work / "nightly.toml").write_text("evdiff = 1\n" + "".join(
        f'[[job]]\nname = "suite/{i}"\ncanary = "a.jsonl"\nours = "{log}.jsonl"\n' for i, log in enumerate("ab" * (JOBS // 2))))
    alone = subprocess.run([evdiff, "batch", "-q", "nightly.toml", "--out", "alone/night"], cwd=work, capture_output=True, text=True,
                           timeout=WAIT_SECONDS)
    slow = cluster.folder / "slow"
    slow.write_text(SLOW.format(folder=cluster.folder, evdiff=evdiff))
    slow.chmod(0o755)
    cluster.environment |= {"EVDIFF": str(evdiff), "EVDIFF_BATCH_PROGRAM": str(slow)}
    submitted = subprocess.Popen([ROOT / "examples/slurm/submit", "nightly.toml", "cluster/night", str(SHARDS),
                                  "--cpus-per-task=1", "--mem=200M"], cwd=work, env=cluster.environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        array = submitted.stdout.readline()
        while array and not array.startswith("array "):
            array = submitted.stdout.readline()
        demand(array.startswith("array "), f"submit said no array")
        array = array.split()[1].rstrip(":")
        wait_for(lambda: (cluster.folder / "waits/now").exists(), "the task that is to be killed", cluster)
        cluster.run("scontrol", "requeue", f"{array}_2", check=True)
        wait_for(lambda: "Restarts=1 " in cluster.run("scontrol", "show", "job", f"{array}_2").stdout, "the requeue", cluster)
        # A requeued task waits for two minutes, unless it is told not to.
        cluster.run("scontrol", "update", f"JobId={array}_2", "StartTime=now", check=True)
        said, _ = submitted.communicate(timeout=WAIT_SECONDS)
    finally:
        submitted.kill()
    shown = cluster.run("scontrol", "show", "job", array).stdout
    task = next((part for part in shown.split("\n\n") if "ArrayTaskId=2 " in part), "")
    demand("Restarts=1 " in task, f"task 2 was not requeued: {task}")
    demand(shown.count("JobState=COMPLETED") == SHARDS, f"not all shards are completed: {shown}")
    demand(submitted.returncode == alone.returncode == 1, f"exit {submitted.returncode}, alone {alone.returncode}: {said}{alone.stderr}")
    demand((work / "alone/night/night.json").read_bytes() == (work / "cluster/night/night.json").read_bytes(),
           "the night of the cluster is another one")
    demand((work / "cluster/night.txt").read_text().startswith("night night: 12 jobs: "), "the report is another one")


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def wait_for(is_there, what, cluster):
    ends = time.monotonic() + WAIT_SECONDS
    while not is_there():
        demand(time.monotonic() < ends, f"waited in vain for {what}")
        gone = [daemon.args[0] for daemon in cluster.daemons if daemon.poll() is not None]
        demand(not gone, f"while waiting for {what}: {gone} ended")
        time.sleep(0.1)


def demand(is_good, what):
    if not is_good:
        raise AssertionError(what)


if __name__ == "__main__":
    sys.exit(main())
