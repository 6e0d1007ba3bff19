#!/bin/sh
# Runs one brandsync command in the cluster, in a pod like the cron job's, shows what it prints, and exits with its code:
#
#     k8s/run.sh check
#     k8s/run.sh sync --dry-run
#     KUBECTL="kubectl --namespace shop" k8s/run.sh undo last
#
# It runs once, with no retry. Ctrl-C only stops the output: "kubectl delete job NAME" stops the command itself.
set -eu
kubectl=${KUBECTL:-kubectl}
if [ $# -eq 0 ]; then
    echo "usage: $0 COMMAND [OPTION...], such as: $0 check" >&2
    exit 2
fi

args=
for word; do
    args="$args${args:+, }\"$(printf '%s' "$word" | sed 's/[\\"]/\\&/g')\""
done
# One pod, even if there are many shards. The cron job must not own this job: its history would lose a night.
patch='[
    {"op": "replace", "path": "/spec/template/spec/containers/0/args", "value": ['$args']},
    {"op": "add", "path": "/spec/completions", "value": 1},
    {"op": "add", "path": "/spec/parallelism", "value": 1},
    {"op": "add", "path": "/spec/backoffLimit", "value": 0},
    {"op": "remove", "path": "/metadata/ownerReferences"}
]'
job=brandsync-run-$(date -u +%Y%m%d-%H%M%S)-$$
$kubectl create job "$job" --from=cronjob/brandsync --dry-run=client -o json |
    $kubectl patch --local -f - --type=json -p "$patch" -o json |
    $kubectl create -f - >&2

# Prints the value at a path in the state of the pod's container.
state() {
    $kubectl get pods --selector "batch.kubernetes.io/job-name=$job" \
        --output "jsonpath={.items[*].status.containerStatuses[0].state.$1}"
}
# Before the container has started, its log is empty; that is no error.
tries=0
until [ -n "$(state '*.startedAt')" ]; do
    if [ $((tries += 1)) -gt 300 ]; then
        echo "the pod of $job does not start:" >&2
        $kubectl describe pods --selector "batch.kubernetes.io/job-name=$job" >&2
        exit 1
    fi
    sleep 1
done
$kubectl logs --follow "job/$job"
# The pod's state changes only after its log has ended.
tries=0
until code=$(state terminated.exitCode) && [ -n "$code" ]; do
    if [ $((tries += 1)) -gt 30 ]; then
        echo "$job is still at work, or its pod is gone: see kubectl get pods" >&2
        exit 1
    fi
    sleep 1
done
exit "${code##* }"
