"""A headless Chromium, driven over HTTP by its own chromedriver, and axe-core, which knows what a page must have.

Both programs are Debian's; as root they are installed where they are missing.
"""

import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import debian
import httpx
from live_server import LiveServer, main

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Chromium(LiveServer):
    """Its chromedriver, which starts a browser for each session."""

    name = "chromium"
    programs = ("npm",)
    port = 9516
    ready_path = "/status"

    def missing(self) -> None:
        """Have the browser and its driver too."""
        super().missing()
        debian.have("chromium-driver", "chromium", "fonts-dejavu-core", program="chromedriver")

    def install(self) -> None:
        """Install axe-core from its lock file."""
        self.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")

    def command(self) -> Sequence[str]:
        """The driver alone: it starts browsers by itself."""
        return ("chromedriver", f"--port={self.port}")

    def reset(self) -> None:
        """Every browser has a profile of its own: there is nothing to forget."""

    @contextmanager
    def browser(self) -> Iterator["Browser"]:
        """A browser with an empty profile."""
        with TemporaryDirectory() as profile, httpx.Client(base_url=self.url, timeout=60) as driver:
            options = {"args": [*_ARGUMENTS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
            logs = {"browser": "ALL", "performance": "ALL"}
            wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": logs}}
            made = driver.post("/session", json={"capabilities": wanted})
            made.raise_for_status()
            browser = Browser(driver, made.json()["value"]["sessionId"], self.home)
            try:
                yield browser
            finally:
                driver.delete(f"/session/{browser.session}")


class Browser:
    """One window."""

    def __init__(self, driver: httpx.Client, session: str, home: Path) -> None:
        self._driver = driver
        self._home = home
        self.session = session

    def open(self, url: str, *, width: int = 1280, dark: bool = False) -> None:
        """Show a page in a window so many CSS pixels wide; what was logged before is forgotten."""
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 800}
        self.devtools("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.devtools("Emulation.setEmulatedMedia", features=[scheme])
        self.console()
        self.requests()
        self._post("url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """The body of a function in the page, past its Content-Security-Policy."""
        return self._post("execute/sync", script=script, args=list(arguments))

    def devtools(self, method: str, **parameters: Any) -> Any:
        """One command of the DevTools protocol."""
        return self._post("goog/cdp/execute", cmd=method, params=parameters)

    def console(self) -> list[str]:
        """What was logged since the last look, errors and violations of the policy among it."""
        return [entry["message"] for entry in self._post("se/log", type="browser")]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last look."""
        entries = [json.loads(entry["message"])["message"] for entry in self._post("se/log", type="performance")]
        sent = [entry["params"] for entry in entries if entry["method"] == "Network.requestWillBeSent"]
        return [parameters["request"]["url"] for parameters in sent]

    def violations(self) -> list[dict[str, Any]]:
        """What axe-core finds wrong with the page."""
        axe = (self._home / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
        self.devtools("Runtime.evaluate", expression=axe)
        check = "axe.run().then(found => JSON.stringify(found.violations))"
        found = self.devtools("Runtime.evaluate", expression=check, awaitPromise=True, returnByValue=True)
        violations: list[dict[str, Any]] = json.loads(found["result"]["value"])
        return violations

    def tree(self) -> list[tuple[str, str]]:
        """The accessibility tree as a screen reader gets it: roles and names."""
        nodes = self.devtools("Accessibility.getFullAXTree")["nodes"]
        return [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]

    def screenshot(self, file: Path) -> None:
        """The whole page as PNG."""
        size = self.run("return [document.documentElement.clientWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _post(self, command: str, **parameters: Any) -> Any:
        answer = self._driver.post(f"/session/{self.session}/{command}", json=parameters)
        if answer.is_error:
            raise RuntimeError(f"{command}: {answer.json()['value']['message']}")
        return answer.json()["value"]


if __name__ == "__main__":
    main(Chromium())
