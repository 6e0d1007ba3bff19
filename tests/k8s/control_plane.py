"""A stand-in for a cluster, for the real ``kubectl``: it stores what it is sent as the real API server would store it.

What a real one does to these objects is written down in ``_stored``, from Kubernetes's own defaulting functions
(``pkg/apis/*/v1/defaults.go``) and from its types, whose empty lists and texts are left out. A job's pod is run at once
by ``run``, and ends with what that says.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

Object = dict[str, Any]

RESOURCES: Mapping[str, Mapping[str, str]] = {
    "v1": {
        "configmaps": "ConfigMap",
        "persistentvolumeclaims": "PersistentVolumeClaim",
        "pods": "Pod",
        "secrets": "Secret",
        "serviceaccounts": "ServiceAccount",
    },
    "batch/v1": {"cronjobs": "CronJob", "jobs": "Job"},
    "networking.k8s.io/v1": {"networkpolicies": "NetworkPolicy"},
}
LARGEST_ANNOTATIONS = 256 * 1024
_MAY_BE_EMPTY = {"emptyDir", "namespaceSelector", "podSelector"}
"""Pointers: an empty one says something."""
_DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "CronJob": {"concurrencyPolicy": "Allow", "suspend": False, "failedJobsHistoryLimit": 1},
    "Job": {"suspend": False, "completionMode": "NonIndexed", "backoffLimit": 6, "completions": 1, "parallelism": 1},
    "PersistentVolumeClaim": {"volumeMode": "Filesystem", "storageClassName": "standard"},
}
_POD = {"dnsPolicy": "ClusterFirst", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30}
_CONTAINER = {"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log"}


@dataclass
class Ran:
    """How a pod's container ended."""

    code: int
    log: str


@dataclass
class Cluster:
    """What is stored, by kind and name; and what was asked of it."""

    run: Callable[[Object], Ran]
    """Runs a pod of this specification."""
    objects: dict[tuple[str, str], Object] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    starting: dict[str, list[Object]] = field(default_factory=dict)
    """The states of a pod that are still to come: each listing shows the next."""
    writes: list[tuple[str, str]] = field(default_factory=list)
    """The method and the path of each request that has changed something."""

    def __enter__(self) -> Self:
        self._server = HTTPServer()
        self._server.expect_request(re.compile(".*")).respond_with_handler(self._answer)
        self._server.start()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.stop()  # type: ignore[no-untyped-call]

    def kubeconfig(self, path: Path) -> Path:
        """The file that names this cluster."""
        cluster = {"server": self._server.url_for("")}
        context = {"cluster": "it", "user": "it"}
        document = {
            "clusters": [{"name": "it", "cluster": cluster}],
            "contexts": [{"name": "it", "context": context}],
            "users": [{"name": "it", "user": {}}],
            "current-context": "it",
        }
        path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", **document}))
        return path

    def create(self, kind: str, found: Object) -> tuple[int, Object]:
        """Store a new object."""
        meta = found["metadata"]
        if (kind, meta["name"]) in self.objects:
            return _refused(409, "AlreadyExists", f"{kind} {meta['name']!r} already exists")
        if sum(len(value) for value in meta.get("annotations", {}).values()) > LARGEST_ANNOTATIONS:
            return _refused(422, "Invalid", f"metadata.annotations: Too long: at most {LARGEST_ANNOTATIONS} bytes")
        meta |= {"namespace": "default", "uid": f"u{len(self.objects)}", "resourceVersion": "1", "generation": 1}
        stored = self.objects[kind, meta["name"]] = _stored(kind, found)
        if kind == "Job":
            self._run(stored)
        return 201, stored

    def _run(self, job: Object) -> None:
        name, template = job["metadata"]["name"], job["spec"]["template"]
        ran = self.run(template["spec"])
        labels = template["metadata"]["labels"] | {"batch.kubernetes.io/job-name": name, "job-name": name}
        terminated = {"exitCode": ran.code, "startedAt": "2026-11-25T00:00:01Z"}
        ended = {"name": "brandsync", "state": {"terminated": terminated}}
        status = {"phase": "Failed" if ran.code else "Succeeded", "containerStatuses": [ended]}
        meta = {"name": f"{name}-x7k2p", "namespace": "default", "labels": labels}
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": template["spec"]}
        self.objects["Pod", meta["name"]] = pod | {"status": {"phase": "Pending"}}
        self.starting[meta["name"]] = [{"phase": "Pending"}, status]
        self.logs[meta["name"]] = ran.log
        job["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/job-name": name}}
        why = f"Container brandsync for pod default/{meta['name']} failed with exit code {ran.code} matching a rule"
        failed = {"type": "Failed", "status": "True", "message": why}
        job["status"] = {"conditions": [failed if ran.code else {"type": "Complete", "status": "True"}]}

    def _answer(self, request: Request) -> Response:
        status, answer = self._answered(request)
        if status < 300 and request.method != "GET" and not request.args.get("dryRun"):
            self.writes.append((request.method, request.path))
        if isinstance(answer, str):
            return Response(answer, status)
        return Response(json.dumps(answer), status, content_type="application/json")

    def _answered(self, request: Request) -> tuple[int, Object | str]:
        if request.path in _DOCUMENTS:
            return 200, _DOCUMENTS[request.path]
        if log := re.fullmatch(r".*/pods/([^/]+)/log", request.path):
            return 200, "" if self.starting[log[1]] else self.logs[log[1]]  # a pod without a node has an empty log
        found = re.fullmatch(r"/apis?/((?:[^/]+/)?v1)(?:/namespaces/[^/]+)?/([a-z]+)(?:/([^/]+))?", request.path)
        if not found or found[2] not in RESOURCES.get(found[1], {}):
            return _refused(404, "NotFound", f"there is no {request.path}")
        kind = RESOURCES[found[1]][found[2]]
        if request.method == "POST":
            return self.create(kind, request.get_json(force=True))
        if found[3] is None:
            return 200, self._listed(found[1], kind, request.args.get("labelSelector", ""))
        return self._one(kind, found[3], request)

    def _listed(self, version: str, kind: str, selector: str) -> Object:
        wanted = dict(pair.split("=") for pair in filter(None, selector.split(","))).items()
        items = [item for (kind_, _), item in self.objects.items() if kind_ == kind]
        items = [item for item in items if wanted <= item["metadata"].get("labels", {}).items()]
        for item in items:
            if self.starting.get(item["metadata"]["name"]):
                item["status"] = self.starting[item["metadata"]["name"]].pop(0)
        return {"apiVersion": version, "kind": f"{kind}List", "metadata": {}, "items": items}

    def _one(self, kind: str, name: str, request: Request) -> tuple[int, Object]:
        if (kind, name) not in self.objects:
            return _refused(404, "NotFound", f"{kind} {name!r} not found")
        if request.method == "DELETE":
            return 200, self.objects.pop((kind, name))
        if request.method == "PATCH":
            patched = _stored(kind, _merged(self.objects[kind, name], request.get_json(force=True)))
            patched["metadata"]["generation"] += 1  # as for a NetworkPolicy, where an empty list isn't no list
            if request.args.get("dryRun"):
                return 200, patched
            self.objects[kind, name] = patched
        return 200, self.objects[kind, name]


def _refused(code: int, reason: str, message: str) -> tuple[int, Object]:
    status = {"apiVersion": "v1", "kind": "Status", "status": "Failure", "metadata": {}}
    return code, {**status, "code": code, "reason": reason, "message": message}


def _merged(old: Any, new: Any) -> Any:
    """A merge patch, applied: enough for maps, and a list is replaced."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    changed = {key: _merged(old.get(key), value) for key, value in new.items() if value is not None}
    return {key: value for key, value in {**old, **changed}.items() if key not in new or new[key] is not None}


def _stored(kind: str, found: Object) -> Object:
    """What the server makes of an object that it is sent."""
    stored: Object = _without_empty(found)
    spec = stored.get("spec", {})
    if kind == "Secret":
        stored["data"] = {**stored.get("data", {}), **stored.pop("stringData", {})}
    spec.update({**_DEFAULTS.get(kind, {}), **spec})
    job = spec.get("jobTemplate", {}).get("spec", spec)
    for rule in job.get("podFailurePolicy", {}).get("rules", []):
        for condition in rule.get("onPodConditions", []):
            condition.setdefault("status", "True")
    for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
        for port in rule.get("ports", []):
            port.setdefault("protocol", "TCP")
    if "template" in job:
        _default_pod(job["template"]["spec"])
    return stored


def _default_pod(pod: Object) -> None:
    pod.update({**_POD, **pod})
    if "serviceAccountName" in pod:
        pod["serviceAccount"] = pod["serviceAccountName"]
    for container in pod["containers"]:
        container.update({**_CONTAINER, **container})
    for volume in pod["volumes"]:
        for source in ("configMap", "secret"):
            if source in volume:
                volume[source].setdefault("defaultMode", 0o644)


def _without_empty(value: Any) -> Any:
    """Without null, and without lists, tables and texts that are empty: the types leave them out."""
    if isinstance(value, list):
        return [_without_empty(item) for item in value]
    if not isinstance(value, dict):
        return value
    cleaned = {name: _without_empty(item) for name, item in value.items()}
    return {name: item for name, item in cleaned.items() if name in _MAY_BE_EMPTY or item not in (None, "", [], {})}


def _documents() -> dict[str, Object]:
    """What a client asks first: which groups and resources there are, and that fields are checked here."""
    groups, documents, checked = [], {}, {}
    for version, resources in RESOURCES.items():
        group, _, _ = version.rpartition("/")
        path = f"apis/{version}" if group else f"api/{version}"
        verbs = ["create", "delete", "get", "list", "patch", "watch"]
        listed = [
            {"name": name, "singularName": kind.lower(), "namespaced": True, "kind": kind, "verbs": verbs}
            for name, kind in resources.items()
        ]
        extra = [{"name": "pods/log", "singularName": "", "namespaced": True, "kind": "Pod", "verbs": ["get"]}]
        kind_list = {"kind": "APIResourceList", "groupVersion": version, "resources": listed + ([] if group else extra)}
        documents[f"/{path}"] = kind_list
        checked[path] = {"serverRelativeURL": f"/openapi/v3/{path}"}
        parameters = [{"name": name, "in": "query"} for name in ("dryRun", "fieldValidation")]
        kinds = {
            f"/{path}/{name}": {
                "patch": {
                    "parameters": parameters,
                    "x-kubernetes-group-version-kind": {"group": group, "version": "v1", "kind": kind},
                }
            }
            for name, kind in resources.items()
        }
        documents[f"/openapi/v3/{path}"] = {"openapi": "3.0.0", "paths": kinds}
        if group:
            preferred = {"groupVersion": version, "version": "v1"}
            groups.append({"name": group, "versions": [preferred], "preferredVersion": preferred})
    return documents | {
        "/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
        "/api": {"kind": "APIVersions", "versions": ["v1"]},
        "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups},
        "/openapi/v3": {"paths": checked},
    }


_DOCUMENTS = _documents()
