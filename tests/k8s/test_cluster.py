"""The real ``kubectl`` with what the README has it do, against a stand-in for a cluster."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from cms_server import CmsServer
from control_plane import Cluster, Object, Ran
from databases import run as run_sql
from manifests import K8S, OVERLAYS, Manifests

from brandsync.brand import FIELDS

ROOT = K8S.parent
README = (ROOT / "README.md").read_text("utf-8")
SECTION = README.partition("### In Kubernetes")[2].partition("\n## ")[0]
COMMANDS = [
    command.partition(" #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", SECTION, re.DOTALL)
    for command in block.splitlines()
    if not command.strip().startswith("docker ")
]
NIGHT = "29401920"
Shell = Callable[[str], subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.fixture
def pods() -> list[Object]:
    """The pods that were run."""
    return []


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pods: list[Object]) -> Iterator[Cluster]:
    """A cluster whose pods print their arguments, and find that some brands are to be skipped."""

    def run(pod: Object) -> Ran:
        pods.append(pod)
        return Ran(65, "".join(f"<{word}>" for word in pod["containers"][0]["args"]) + "\n")

    with Cluster(run) as cluster:
        use(cluster, tmp_path, monkeypatch)
        yield cluster


def use(cluster: Cluster, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on ``kubectl`` speaks to it."""
    monkeypatch.setenv("KUBECONFIG", str(cluster.kubeconfig(home / "kubeconfig")))
    monkeypatch.setenv("HOME", str(home))


def shell(command: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, shell=True, cwd=ROOT, input=given, capture_output=True, text=True, check=False, timeout=60
    )


def done(command: str) -> str:
    ended = shell(command)
    assert ended.returncode == 0, f"{command}: {ended.stderr}"
    return ended.stdout


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_an_overlay_that_is_applied_again_changes_nothing(overlay: str) -> None:
    applied = f"kubectl apply -k k8s/overlays/{overlay}"
    assert {line.split()[-1] for line in done(applied).splitlines()} == {"created"}
    assert done(f"kubectl diff -k k8s/overlays/{overlay}") == ""
    assert {line.split()[-1] for line in done(applied).splitlines()} == {"unchanged"}


DRIFTS: dict[str, Callable[[Manifests], object]] = {
    "an empty list": lambda m: m.one("NetworkPolicy")["spec"].update(ingress=[]),
    "a port without its protocol": lambda m: m.one("NetworkPolicy")["spec"]["egress"][0]["ports"][1].pop("protocol"),
    "a condition without its status": lambda m: m.job["podFailurePolicy"]["rules"][0]["onPodConditions"][0].pop(
        "status"
    ),
}


@pytest.mark.usefixtures("cluster")
@pytest.mark.parametrize("drift", DRIFTS.values(), ids=DRIFTS)
def test_what_a_server_would_keep_otherwise_is_noticed(drift: Callable[[Manifests], object]) -> None:
    manifests = Manifests.of("postgresql")
    drift(manifests)
    objects = yaml.safe_dump_all(manifests.objects)
    assert shell("kubectl apply -f -", objects).returncode == 0
    assert shell("kubectl diff -f -", objects).returncode == 1
    assert "configured" in shell("kubectl apply -f -", objects).stdout


# Commands


@pytest.mark.slow
def test_every_command_of_the_readme_works(cluster: Cluster, tmp_path: Path) -> None:
    example = K8S / "overlays" / "postgresql" / "secret.example.yaml"
    (tmp_path / "my-secret.yaml").write_text(example.read_text("utf-8"), "utf-8")
    assert len(COMMANDS) > 8
    for command in COMMANDS:
        if NIGHT in command:  # the cron job has started it meanwhile
            template = cluster.objects["CronJob", "brandsync"]["spec"]["jobTemplate"]
            name = {"name": f"brandsync-{NIGHT}", **template["metadata"]}
            cluster.create("Job", {"apiVersion": "batch/v1", "kind": "Job", "metadata": name, "spec": template["spec"]})
        ended = shell(command.replace("my-secret.yaml", str(tmp_path / "my-secret.yaml")))
        assert ended.returncode == (65 if "run.sh" in command else 0), f"{command}: {ended.stderr}"
        assert "No resources found" not in ended.stderr
    shown = [command for command in COMMANDS if "run.sh" in command]
    assert {"check", "sync", "recover", "runs"} <= {shlex.split(command)[1] for command in shown}


@pytest.mark.usefixtures("cluster")
def test_a_command_gets_its_words_as_they_are_and_ends_with_its_own_code() -> None:
    done("kubectl apply -k k8s/overlays/postgresql")
    ended = shell(r"""k8s/run.sh sync --dry-run --expect 'a "b" \ c' ''""")
    assert (ended.returncode, ended.stdout) == (65, '<sync><--dry-run><--expect><a "b" \\ c><>\n')


@pytest.mark.slow
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_command_runs_once_in_one_pod_that_is_like_the_cron_jobs(
    cluster: Cluster, pods: list[Object], overlay: str
) -> None:
    done(f"kubectl apply -k k8s/overlays/{overlay}")
    assert shell("k8s/run.sh check").returncode == 65
    assert shell("k8s/run.sh check").returncode == 65  # under another name
    jobs = [found for (kind, _), found in cluster.objects.items() if kind == "Job"]
    assert len(jobs) == 2
    for job in jobs:
        assert "ownerReferences" not in job["metadata"]  # else it would push a night out of the cron job's history
        assert [job["spec"][key] for key in ("backoffLimit", "completions", "parallelism")] == [0, 1, 1]
    template = cluster.objects["CronJob", "brandsync"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert [_without_args(pod) for pod in pods] == [_without_args(template)] * 2


@pytest.mark.usefixtures("cluster")
def test_a_command_is_asked_for_and_a_cron_job_has_to_be_there() -> None:
    none = shell("k8s/run.sh")
    assert (none.returncode, none.stderr) == (2, "usage: k8s/run.sh COMMAND [OPTION...], such as: k8s/run.sh check\n")
    early = shell("k8s/run.sh check")
    assert early.returncode == 1
    assert "CronJob 'brandsync' not found" in early.stderr


@pytest.mark.slow
def test_what_a_command_finds_is_what_brandsync_finds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cms: CmsServer
) -> None:
    """The real command in the place of the container, with the files that the overlay mounts."""
    manifests = Manifests.of("postgresql")
    manifests.secret["stringData"] = {
        "BRANDSYNC_CMS__URL": cms.url,
        "BRANDSYNC_STORE__URL": f"sqlite:///{tmp_path}/shop.db",
    }
    known = {**dict.fromkeys(FIELDS, "x"), "logo_url": "https://shop.example/x.png"}
    cms.entries["a"] = {**known, "id": "a", "external_id": None, "name": "Acme"}

    def run(pod: Object) -> Ran:
        command = [sys.executable, "-m", "brandsync", *pod["containers"][0]["args"]]
        variables = os.environ | manifests.variables(root)
        ended = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        return Ran(ended.returncode, ended.stdout + ended.stderr)

    with manifests.mounted() as root, Cluster(run) as cluster:
        use(cluster, tmp_path, monkeypatch)
        done("kubectl apply -k k8s/overlays/postgresql")
        assert cms.url in done("k8s/run.sh check")
        assert "Acme" in done("k8s/run.sh sync --dry-run")
        assert "1 brand created" in done("k8s/run.sh sync --force")
        assert "  sync  done  1  " in done("k8s/run.sh runs")
        assert "Acme" in done("k8s/run.sh runs show last")
        done("k8s/run.sh undo last")
        done("k8s/run.sh recover")
    assert run_sql(f"sqlite:///{tmp_path}/shop.db", "SELECT count(*) FROM brand") == [(0,)]


def _without_args(pod: Object) -> Object:
    container, *others = pod["containers"]
    return pod | {"containers": [{key: value for key, value in container.items() if key != "args"}, *others]}
