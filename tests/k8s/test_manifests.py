"""Every overlay holds what the checks say, and every file of ``k8s/`` what the linters say."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from checks import CHECKS, IMAGE, LEAST_MINOR
from manifests import K8S, OVERLAYS, Manifests, rendered

import brandsync

README = (K8S.parent / "README.md").read_text("utf-8")


def test_there_are_three_overlays() -> None:
    assert OVERLAYS == ["pipelines", "postgresql", "sqlite"]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_it_holds_of_every_overlay(check: Callable[[Manifests], None], manifests: Manifests) -> None:
    check(manifests)


@pytest.mark.usefixtures("kubectl")
def test_the_overlays_differ_in_where_the_journal_is_and_in_how_many_pods_there_are() -> None:
    claims = [overlay for overlay in OVERLAYS if Manifests.of(overlay).names("PersistentVolumeClaim")]
    indexed = [overlay for overlay in OVERLAYS if Manifests.of(overlay).job.get("completionMode") == "Indexed"]
    assert (claims, indexed) == (["sqlite"], ["pipelines"])


def test_the_images_tag_is_the_version() -> None:
    assert f"brandsync:{brandsync.__version__}" == IMAGE


def test_no_kustomization_names_a_secret() -> None:
    kustomizations = list(K8S.rglob("kustomization.yaml"))
    assert len(kustomizations) == 4
    for kustomization in kustomizations:
        assert not {"secretGenerator", "namespace"} & yaml.safe_load(kustomization.read_text("utf-8")).keys()


@pytest.mark.skipif("KUBECONFIG" not in os.environ, reason="no cluster to ask: KUBECONFIG is not set")
@pytest.mark.usefixtures("kubectl")
def test_a_cluster_would_take_it(overlay: str) -> None:
    command = ["kubectl", "apply", "--dry-run=server", "-k", str(K8S / "overlays" / overlay)]
    applied = subprocess.run(command, capture_output=True, text=True, check=False)
    assert applied.returncode == 0, applied.stderr
    assert applied.stdout.count("(server dry run)") == rendered(overlay).count("\nkind: ")


@pytest.mark.parametrize("command", [["yamllint", "--strict", "-c", ".yamllint", "."], ["hadolint", "Dockerfile"]])
def test_a_linter_finds_nothing(command: list[str]) -> None:
    program = Path(sys.executable).parent / command[0]
    linted = subprocess.run([program, *command[1:]], cwd=K8S, capture_output=True, text=True, check=False)
    assert (linted.returncode, linted.stdout + linted.stderr) == (0, "")


def test_the_base_image_is_pinned_and_no_registry_is_named() -> None:
    dockerfile = (K8S / "Dockerfile").read_text("utf-8")
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+-slim@sha256:[0-9a-f]{64}$", dockerfile, re.MULTILINE)


# The README


def test_the_readme_builds_the_image_and_applies_every_overlay() -> None:
    assert f"docker build -f k8s/Dockerfile -t {IMAGE} ." in README
    assert set(re.findall(r"kubectl apply -k (\S+)", README)) <= {f"k8s/overlays/{overlay}" for overlay in OVERLAYS}
    assert re.findall(r"^\| \[`(\w+)`\]\(k8s/overlays/\1\)", README, re.MULTILINE) == [
        "postgresql",
        "sqlite",
        "pipelines",
    ]


def test_the_readme_and_the_manifest_name_the_least_kubernetes() -> None:
    assert f"on Kubernetes 1.{LEAST_MINOR} and newer" in README
    assert f"For Kubernetes 1.{LEAST_MINOR} and newer." in (K8S / "base" / "cronjob.yaml").read_text("utf-8")


@pytest.mark.usefixtures("kubectl")
def test_every_code_that_makes_a_job_failed_has_its_line_in_the_table_of_alerts(overlay: str) -> None:
    alerts = README.partition("**What to alert on.**")[2].partition("###")[0]
    told = {int(code) for codes in re.findall(r"^\| ([\d, ]+) \|", alerts, re.MULTILINE) for code in codes.split(",")}
    failing = Manifests.of(overlay).job["podFailurePolicy"]["rules"][1]["onExitCodes"]["values"]
    assert told == {0, 75, *failing} - {2}  # a wrong command line ends before any night
