"""What has to hold of every overlay. Each check raises where it doesn't; most of it no validator knows."""

import json
import os
import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import kubernetes_validate
from manifests import Manifests

from brandsync.config import Config, load_all
from brandsync.errors import EXIT_CODES
from brandsync.journal.lease import TIME_TO_LIVE

IMAGE = "brandsync:0.1.0"
NEVER_SEEN = {0, 3}
"""Success, and a code that only a dry run has."""
RETRIED = {75}
FIRST_DELAY = 10
"""Seconds before Kubernetes's first retry; each further delay is twice as long."""
VOLUMES = {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}
"""Those that the restricted profile allows and that we use."""
PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306}
OTHER_PORTS = {25, 465, 587, 6432}
"""Mail, which [notify] may send, and PostgreSQL behind PgBouncer."""
LEAST_MINOR = 33
"""The first Kubernetes 1.x that has all of it in its final form: ``backoffLimitPerIndex`` is the youngest."""
LARGEST_OBJECT = 256 * 1024
"""Bytes: "kubectl apply" keeps the whole object in an annotation."""
MEGABYTE = 2**20


def check_every_object_fits_its_schema(manifests: Manifests) -> None:
    """That of each Kubernetes from the least one on, as far as the validator knows; and unknown keys are mistakes."""
    newest = int(kubernetes_validate.latest_version().split(".")[1])
    for minor in range(LEAST_MINOR, newest + 1):
        for found in [*manifests.objects, manifests.secret]:
            kubernetes_validate.validate(found, f"1.{minor}.0", strict=True)


def check_every_object_is_small_enough_to_be_applied(manifests: Manifests) -> None:
    assert all(len(json.dumps(found)) < LARGEST_OBJECT for found in manifests.objects)


def check_the_objects_are_these_and_no_secret(manifests: Manifests) -> None:
    """A secret among them would be overwritten by its own example."""
    kinds = sorted(found["kind"] for found in manifests.objects if found["kind"] != "PersistentVolumeClaim")
    assert kinds == ["ConfigMap", "CronJob", "NetworkPolicy", "ServiceAccount"]
    assert all(found["metadata"]["labels"] == {"app.kubernetes.io/name": "brandsync"} for found in manifests.objects)
    # A job's name is the cron job's and eleven characters.
    assert all(len(found["metadata"]["name"]) <= 52 for found in manifests.objects)


def check_it_runs_daily_and_alone(manifests: Manifests) -> None:
    spec = manifests.cron_job
    assert (spec["schedule"], spec["timeZone"]) == ("0 0 * * *", "Etc/UTC")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert 60 <= spec["startingDeadlineSeconds"] < 24 * 3600  # below ten seconds the controller would never start one
    assert not spec.get("suspend", manifests.job.get("suspend"))
    assert min(spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) > 0
    assert manifests.job["ttlSecondsAfterFinished"] >= 24 * 3600


def check_a_job_has_time_for_a_run_and_its_retries(manifests: Manifests) -> None:
    assert 3600 <= manifests.job["activeDeadlineSeconds"] < 24 * 3600
    assert "activeDeadlineSeconds" not in manifests.pod


def check_a_dead_pods_lease_ends_before_the_retries_do(manifests: Manifests) -> None:
    (limit,) = (manifests.job[key] for key in ("backoffLimit", "backoffLimitPerIndex") if key in manifests.job)
    assert limit <= 6
    assert sum(FIRST_DELAY * 2**attempt for attempt in range(limit)) > TIME_TO_LIVE
    assert manifests.pod["restartPolicy"] == "Never"


def check_only_what_a_retry_can_mend_is_retried(manifests: Manifests) -> None:
    disrupted, failed = manifests.job["podFailurePolicy"]["rules"]
    assert disrupted == {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    codes = failed["onExitCodes"]
    assert (codes["containerName"], codes["operator"]) == (manifests.container["name"], "In")
    assert set(codes["values"]) == {code for code, _ in EXIT_CODES} - NEVER_SEEN - RETRIED


def check_a_failed_shard_leaves_the_others_alone(manifests: Manifests) -> None:
    job = manifests.job
    action = job["podFailurePolicy"]["rules"][1]["action"]
    if job.get("completionMode") != "Indexed":
        assert "--shard" not in manifests.command
        assert {job.get("completions", 1), job.get("parallelism", 1)} == {1}  # two at once would fight for one lease
        assert (action, "backoffLimitPerIndex" in job) == ("FailJob", False)
        return
    shards = int(manifests.command[manifests.command.index("--shard") + 1])
    assert (job["completions"], job["parallelism"]) == (shards, shards)
    assert (action, "backoffLimit" in job, "maxFailedIndexes" in job) == ("FailIndex", False, False)


def check_a_pod_has_time_to_roll_back_and_says_why_it_failed(manifests: Manifests) -> None:
    assert manifests.pod["terminationGracePeriodSeconds"] >= 120
    assert manifests.container["terminationMessagePolicy"] == "FallbackToLogsOnError"
    many = "Indexed" in manifests.job.values()
    message = manifests.environment.get("BRANDSYNC_NOTIFY__TERMINATION_MESSAGE")
    assert message == (None if many else manifests.container.get("terminationMessagePath", "/dev/termination-log"))


def check_a_pod_meets_the_restricted_profile(manifests: Manifests) -> None:
    pod = manifests.pod
    assert not {"hostNetwork", "hostPID", "hostIPC", "initContainers", "ephemeralContainers"} & pod.keys()
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == 10001  # the image's
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert manifests.container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "ports" not in manifests.container
    assert all(volume.keys() - {"name"} <= VOLUMES for volume in pod["volumes"])


def check_a_pod_has_no_more_than_it_needs(manifests: Manifests) -> None:
    assert manifests.pod["enableServiceLinks"] is False
    resources = manifests.container["resources"]
    assert resources["requests"].keys() == {"cpu", "memory"}
    assert resources.get("limits", {}).keys() == {"memory"}  # a limit of CPU would only slow a run down
    assert _bytes(resources["requests"]["memory"]) >= 64 * MEGABYTE
    assert _bytes(resources["limits"]["memory"]) >= 256 * MEGABYTE
    assert manifests.container["image"] == IMAGE


def check_the_account_is_there_and_has_no_token(manifests: Manifests) -> None:
    account = manifests.one("ServiceAccount")
    assert manifests.pod.get("serviceAccountName") == account["metadata"]["name"]
    assert account.get("automountServiceAccountToken") is False
    assert manifests.pod.get("automountServiceAccountToken") is False


def check_every_volume_is_there_and_mounted_as_it_should_be(manifests: Manifests) -> None:
    mounts = list(manifests.mounts())
    assert {mount["name"] for _, mount, _ in mounts} == {volume["name"] for volume in manifests.pod["volumes"]}
    for _, mount, volume in mounts:
        assert not any(source.get("optional") for source in volume.values() if isinstance(source, dict))
        if "configMap" in volume:
            assert volume["configMap"]["name"] in manifests.names("ConfigMap")
        if "secret" in volume:
            assert volume["secret"]["secretName"] in manifests.names("Secret")
            assert volume["secret"]["defaultMode"] == 0o440
        if "persistentVolumeClaim" in volume:
            assert volume["persistentVolumeClaim"]["claimName"] in manifests.names("PersistentVolumeClaim")
            assert manifests.one("PersistentVolumeClaim")["spec"]["accessModes"] == ["ReadWriteOncePod"]
        assert mount.get("readOnly", False) is bool({"configMap", "secret"} & volume.keys())
    by_path = {path: volume for path, _, volume in mounts}
    assert "emptyDir" in by_path[manifests.environment["HOME"]]
    assert "emptyDir" in by_path["/tmp"]
    assert "secret" in by_path[manifests.environment["BRANDSYNC_SECRETS_DIR"]]


def check_the_command_line_takes_the_arguments(manifests: Manifests) -> None:
    from typer.main import get_command  # noqa: PLC0415 - the other checks do without the command line

    from brandsync.cli.application import app  # noqa: PLC0415

    with manifests.mounted() as root, patch.dict(os.environ, {"JOB_COMPLETION_INDEX": "0"}):
        group: Any = get_command(app)
        context = group.make_context(manifests.command[0], manifests.command[1:])
        name, command, rest = group.resolve_command(context, [*context._protected_args, *context.args])
        with context, command.make_context(name, rest, parent=context) as parsed:
            assert (manifests.command[0], name, parsed.params["config"]) == ("brandsync", "sync", None)
        assert Path(manifests.variables(root)["BRANDSYNC_CONFIG"]).exists()


def check_the_configurations_are_right_and_the_secrets_enough(manifests: Manifests) -> None:
    for config, text in zip(_configs(manifests), manifests.one("ConfigMap")["data"].values(), strict=True):
        assert "change-me" not in text
        assert not re.search(r"(?m)^(token|password|api_key) =|://[^/\s]*:[^/\s]*@", text), "a secret in the ConfigMap"
        assert config.journal.url or config.store.backend == "sql"


def check_the_journal_outlives_the_pod(manifests: Manifests) -> None:
    """In a database on a server, or in a file on a claimed volume."""
    claimed = [path for path, _, volume in manifests.mounts() if "persistentVolumeClaim" in volume]
    for config in _configs(manifests):
        url = _url(config.journal.url) or _url(getattr(config.store, "url", ""))
        assert url.startswith("postgresql://") or any(url.startswith(f"sqlite:///{path}/") for path in claimed), url


def check_the_network_policy_is_about_the_pods_and_lets_them_work(manifests: Manifests) -> None:
    spec = manifests.one("NetworkPolicy")["spec"]
    labels = manifests.job["template"]["metadata"]["labels"]
    assert spec["podSelector"]["matchLabels"].items() <= labels.items()
    assert spec["podSelector"]["matchLabels"]
    assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"]
    assert "ingress" not in spec
    assert all(rule["ports"] for rule in spec["egress"])  # without ports, or without a rule at all, everything is open
    allowed = {(port["protocol"], port["port"]) for rule in spec["egress"] for port in rule["ports"]}
    assert {("UDP", 53), ("TCP", 53), *(("TCP", port) for port in OTHER_PORTS)} <= allowed
    for config in _configs(manifests):
        for url in (config.cms.url, getattr(config.store, "url", None), config.journal.url):  # type: ignore[attr-defined]
            address = urlsplit(_url(url))
            if address.hostname:
                assert ("TCP", address.port or PORTS[address.scheme]) in allowed


def check_the_network_policy_lets_only_name_servers_be_link_local(manifests: Manifests) -> None:
    """At a link-local address clouds give credentials away; the node's own cache of names has one too."""
    for rule in manifests.one("NetworkPolicy")["spec"]["egress"]:
        if {port["port"] for port in rule["ports"]} == {53}:
            continue
        assert {"namespaceSelector": {}} in rule["to"]  # some networks take no pod for an address
        blocks = [peer["ipBlock"] for peer in rule["to"] if "ipBlock" in peer]
        reached = {address: any(_holds(block, address) for block in blocks) for address in (*_ANYWHERE, *_LINK_LOCAL)}
        assert reached == dict.fromkeys(_ANYWHERE, True) | dict.fromkeys(_LINK_LOCAL, False)


_ANYWHERE = ("192.0.2.7", "10.0.0.7", "169.253.1.1", "2001:db8::7", "fd00::7")
_LINK_LOCAL = ("169.254.169.254", "169.254.170.2", "fe80::1", "febf::1")


def _holds(block: Mapping[str, Any], address: str) -> bool:
    *out, within = [ip_address(address) in ip_network(cidr) for cidr in (*block.get("except", ()), block["cidr"])]
    return within and not any(out)


CHECKS: Mapping[str, Callable[[Manifests], None]] = {
    name.removeprefix("check_"): value for name, value in globals().items() if name.startswith("check_")
}


def _configs(manifests: Manifests) -> list[Config]:
    """Every configuration, with all that the container would be given."""
    with manifests.mounted() as root, patch.dict(os.environ, manifests.variables(root)):
        loaded = load_all()
    for config in loaded:
        if not isinstance(config, Config):
            raise config
    return [config for config in loaded if isinstance(config, Config)]


def _bytes(quantity: str) -> int:
    return int(quantity.removesuffix("Mi")) * MEGABYTE


def _url(setting: Any) -> str:
    """A setting's address, which may be a secret, or none."""
    revealed = getattr(setting, "get_secret_value", lambda: setting)()
    return str(revealed or "")
