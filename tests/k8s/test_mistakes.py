"""Mistakes that somebody may make in the manifests, and the check that notices each."""

from collections.abc import Callable

import pytest
from checks import CHECKS
from manifests import Manifests

Mistake = Callable[[Manifests], object]


def _drop_mount(manifests: Manifests) -> None:
    mounts = manifests.container["volumeMounts"]
    mounts[:] = [mount for mount in mounts if mount["name"] != "journal"]


def _toml(old: str, new: str) -> Mistake:
    def replace(manifests: Manifests) -> None:
        data = manifests.one("ConfigMap")["data"]
        assert any(old in text for text in data.values())
        data.update({name: text.replace(old, new) for name, text in data.items()})

    return replace


def _code(old: int, new: int) -> Mistake:
    def replace(manifests: Manifests) -> None:
        values = manifests.job["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]
        values[values.index(old)] = new

    return replace


MISTAKES: dict[str, tuple[str, Mistake, str]] = {
    "a misspelt key": (
        "postgresql",
        lambda m: m.cron_job.update(concurencyPolicy=m.cron_job.pop("concurrencyPolicy")),
        "every_object_fits_its_schema",
    ),
    "a key in the wrong place": (
        "postgresql",
        lambda m: m.cron_job.update(backoffLimit=m.job.pop("backoffLimit")),
        "every_object_fits_its_schema",
    ),
    "text for a number": (
        "postgresql",
        lambda m: m.job.update(backoffLimit="four"),
        "every_object_fits_its_schema",
    ),
    "a number for text": (
        "pipelines",
        lambda m: m.container["args"].append(2),
        "every_object_fits_its_schema",
    ),
    "a secret that is applied": (
        "postgresql",
        lambda m: m.objects.append(m.secret),
        "the_objects_are_these_and_no_secret",
    ),
    "a long name": (
        "postgresql",
        lambda m: m.one("CronJob")["metadata"].update(name="b" * 53),
        "the_objects_are_these_and_no_secret",
    ),
    "the zone in the schedule": (
        "postgresql",
        lambda m: m.cron_job.update(schedule="CRON_TZ=UTC 0 0 * * *"),
        "it_runs_daily_and_alone",
    ),
    "two at a time": (
        "postgresql",
        lambda m: m.cron_job.update(concurrencyPolicy="Allow"),
        "it_runs_daily_and_alone",
    ),
    "a job that is suspended": (
        "postgresql",
        lambda m: m.cron_job.update(suspend=True),
        "it_runs_daily_and_alone",
    ),
    "a start that must be at once": (
        "postgresql",
        lambda m: m.cron_job.update(startingDeadlineSeconds=5),
        "it_runs_daily_and_alone",
    ),
    "no failed job that is kept": (
        "postgresql",
        lambda m: m.cron_job.update(failedJobsHistoryLimit=0),
        "it_runs_daily_and_alone",
    ),
    "five seconds for a run": (
        "postgresql",
        lambda m: m.job.update(activeDeadlineSeconds=5),
        "a_job_has_time_for_a_run_and_its_retries",
    ),
    "a deadline of the pod's own, after which it is retried": (
        "postgresql",
        lambda m: m.pod.update(activeDeadlineSeconds=3600),
        "a_job_has_time_for_a_run_and_its_retries",
    ),
    "two pods of one pipeline": (
        "postgresql",
        lambda m: m.job.update(parallelism=2),
        "a_failed_shard_leaves_the_others_alone",
    ),
    "more pods at once than shards": (
        "pipelines",
        lambda m: m.job.update(parallelism=3),
        "a_failed_shard_leaves_the_others_alone",
    ),
    "fewer pods at once than shards": (
        "pipelines",
        lambda m: m.job.update(parallelism=1),
        "a_failed_shard_leaves_the_others_alone",
    ),
    "700 pipelines in one ConfigMap": (
        "pipelines",
        lambda m: m.one("ConfigMap")["data"].update({f"shop-{n}.toml": f"# {'x' * 400}" for n in range(700)}),
        "every_object_is_small_enough_to_be_applied",
    ),
    "a condition without its status": (
        "postgresql",
        lambda m: m.job["podFailurePolicy"]["rules"][0]["onPodConditions"][0].pop("status"),
        "every_object_fits_its_schema",
    ),
    "a secret that may be missing": (
        "postgresql",
        lambda m: m.pod["volumes"][1]["secret"].update(optional=True),
        "every_volume_is_there_and_mounted_as_it_should_be",
    ),
    "an argument that there isn't": (
        "postgresql",
        lambda m: m.container["args"].append("--everything"),
        "the_command_line_takes_the_arguments",
    ),
    "a configuration that isn't mounted there": (
        "postgresql",
        lambda m: m.container["env"][0].update(value="/etc/brandsync.toml"),
        "the_configurations_are_right_and_the_secrets_enough",
    ),
    "a mount without a volume": (
        "postgresql",
        lambda m: m.pod["volumes"].pop(0),
        "every_volume_is_there_and_mounted_as_it_should_be",
    ),
    "a volume without a mount": (
        "sqlite",
        _drop_mount,
        "every_volume_is_there_and_mounted_as_it_should_be",
    ),
    "a claim of another name": (
        "sqlite",
        lambda m: m.one("PersistentVolumeClaim")["metadata"].update(name="journal"),
        "every_volume_is_there_and_mounted_as_it_should_be",
    ),
    "a claim for many nodes": (
        "sqlite",
        lambda m: m.one("PersistentVolumeClaim")["spec"].update(accessModes=["ReadWriteMany"]),
        "every_volume_is_there_and_mounted_as_it_should_be",
    ),
    "a journal beside the volume": (
        "sqlite",
        _toml("/var/lib/brandsync/", "/tmp/"),
        "the_journal_outlives_the_pod",
    ),
    "a privileged container": (
        "postgresql",
        lambda m: m.container["securityContext"].update(privileged=True),
        "a_pod_meets_the_restricted_profile",
    ),
    "a root that can be written to": (
        "postgresql",
        lambda m: m.container["securityContext"].pop("readOnlyRootFilesystem"),
        "a_pod_meets_the_restricted_profile",
    ),
    "a directory of the node": (
        "postgresql",
        lambda m: m.pod["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
        "a_pod_meets_the_restricted_profile",
    ),
    "a token of the account": (
        "postgresql",
        lambda m: m.one("ServiceAccount").pop("automountServiceAccountToken"),
        "the_account_is_there_and_has_no_token",
    ),
    "the default account": (
        "postgresql",
        lambda m: m.pod.pop("serviceAccountName"),
        "the_account_is_there_and_has_no_token",
    ),
    "retries that are over before the lease": (
        "postgresql",
        lambda m: m.job.update(backoffLimit=2),
        "a_dead_pods_lease_ends_before_the_retries_do",
    ),
    "a code that a retry could mend": (
        "postgresql",
        _code(78, 75),
        "only_what_a_retry_can_mend_is_retried",
    ),
    "a code that no run has": (
        "pipelines",
        _code(74, 73),
        "only_what_a_retry_can_mend_is_retried",
    ),
    "a shard that ends all the others": (
        "pipelines",
        lambda m: m.job["podFailurePolicy"]["rules"][1].update(action="FailJob"),
        "a_failed_shard_leaves_the_others_alone",
    ),
    "more shards than pods": (
        "pipelines",
        lambda m: m.container["args"].__setitem__(-1, "3"),
        "a_failed_shard_leaves_the_others_alone",
    ),
    "a policy about other pods": (
        "postgresql",
        lambda m: m.job["template"]["metadata"].update(labels={"app": "brandsync"}),
        "the_network_policy_is_about_the_pods_and_lets_them_work",
    ),
    "a policy that lets everything out": (
        "postgresql",
        lambda m: m.one("NetworkPolicy")["spec"]["egress"].append({"ports": []}),
        "the_network_policy_is_about_the_pods_and_lets_them_work",
    ),
    "a policy that opens the cloud's own addresses": (
        "postgresql",
        lambda m: m.one("NetworkPolicy")["spec"]["egress"][1]["to"].append({"ipBlock": {"cidr": "169.254.169.254/32"}}),
        "the_network_policy_lets_only_name_servers_be_link_local",
    ),
    "a policy that lets no mail out": (
        "postgresql",
        lambda m: m.one("NetworkPolicy")["spec"]["egress"].pop(2),
        "the_network_policy_is_about_the_pods_and_lets_them_work",
    ),
    "a shop on a port that is closed": (
        "sqlite",
        _toml("https://shop.example.com", "http://medusa:9000"),
        "the_network_policy_is_about_the_pods_and_lets_them_work",
    ),
    "a misspelt setting": (
        "pipelines",
        _toml("description =", "descripton ="),
        "the_configurations_are_right_and_the_secrets_enough",
    ),
    "a secret that is missing": (
        "sqlite",
        lambda m: m.secret["stringData"].pop("BRANDSYNC_STORE__API_KEY"),
        "the_configurations_are_right_and_the_secrets_enough",
    ),
    "a token in the configuration": (
        "postgresql",
        _toml('backend = "rest"', 'backend = "rest"\ntoken = "abc"'),
        "the_configurations_are_right_and_the_secrets_enough",
    ),
    "no limit of memory": (
        "postgresql",
        lambda m: m.container["resources"].pop("limits"),
        "a_pod_has_no_more_than_it_needs",
    ),
    "too little memory": (
        "postgresql",
        lambda m: m.container["resources"]["limits"].update(memory="128Mi"),
        "a_pod_has_no_more_than_it_needs",
    ),
    "no time to roll back": (
        "postgresql",
        lambda m: m.pod.update(terminationGracePeriodSeconds=30),
        "a_pod_has_time_to_roll_back_and_says_why_it_failed",
    ),
}


@pytest.mark.usefixtures("kubectl")
@pytest.mark.parametrize(("overlay", "mistake", "check"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_noticed(overlay: str, mistake: Mistake, check: str) -> None:
    manifests = Manifests.of(overlay)
    CHECKS[check](manifests)
    mistake(manifests)
    # The command line ends by SystemExit or click's own exceptions, a schema by its validator's.
    with pytest.raises(Exception) as noticed:  # noqa: PT011
        CHECKS[check](manifests)
    assert not isinstance(noticed.value, KeyError | TypeError | AttributeError), "the check broke, and noticed nothing"


def test_every_check_notices_some_mistake() -> None:
    assert {check for _, _, check in MISTAKES.values()} == set(CHECKS)
