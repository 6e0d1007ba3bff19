"""``brandsync init medusa-routes``: the files of a Medusa project."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from brandsync.cli.medusa_routes import middlewares_to_add, write_medusa_routes
from brandsync.errors import ConfigError

ROUTES = (
    "src/api/admin/brands/[id]/route.ts",
    "src/api/admin/brands/batch/middlewares.ts",
    "src/api/admin/brands/batch/route.ts",
    "src/api/admin/brands/images/route.ts",
    "src/api/admin/brands/query/route.ts",
    "src/workflows/batch-brands.ts",
    "src/workflows/brand-images.ts",
    "src/workflows/brand-records.ts",
)
MIDDLEWARES = "src/api/middlewares.ts"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A Medusa project with the guide's Brand Module."""
    project = tmp_path / "shop"
    module = project / "src/modules/brand/index.ts"
    module.parent.mkdir(parents=True)
    module.write_text('export const BRAND_MODULE = "brand"\n')
    (project / "package.json").write_text(json.dumps({"dependencies": {"@medusajs/medusa": "2.21.2"}}))
    return project


def files(project: Path) -> dict[str, bytes]:
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def put(project: Path, name: str, content: str) -> None:
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text(content)


def test_it_writes_every_route_and_middlewares_where_the_shop_has_none(project: Path) -> None:
    written = write_medusa_routes(project)
    assert sorted(str(path.relative_to(project)) for path in written) == sorted([*ROUTES, MIDDLEWARES])
    assert "brandBatchMiddlewares" in (project / MIDDLEWARES).read_text()
    assert middlewares_to_add(project) is None


def test_what_the_files_import_from_each_other_is_there(project: Path) -> None:
    write_medusa_routes(project)
    for path in project.rglob("src/**/*.ts"):
        for line in path.read_text().splitlines():
            target = line.partition(' from "')[2].rstrip('"')
            if target.startswith("."):
                imported = path.parent / target
                brand_module = project / "src/modules/brand"
                assert (
                    imported.with_suffix(".ts").exists()
                    or brand_module in imported.resolve().parents
                    or (imported.resolve() == brand_module)
                ), f"{path}: {target}"


def test_a_second_time_changes_nothing(project: Path) -> None:
    write_medusa_routes(project)
    before = files(project)
    assert write_medusa_routes(project) == []
    assert files(project) == before


def test_the_guides_own_route_and_middlewares_are_left_alone(project: Path) -> None:
    put(project, "src/api/admin/brands/route.ts", "export const GET = 1\n")
    put(project, MIDDLEWARES, "export default {}\n")
    written = write_medusa_routes(project)
    assert sorted(str(path.relative_to(project)) for path in written) == sorted(ROUTES)
    assert (project / MIDDLEWARES).read_text() == "export default {}\n"
    assert (project / "src/api/admin/brands/route.ts").read_text() == "export const GET = 1\n"


def test_what_the_shops_own_middlewares_lack_is_said_until_it_is_there(project: Path) -> None:
    put(project, MIDDLEWARES, "export default {}\n")
    write_medusa_routes(project)
    to_add = middlewares_to_add(project) or ""
    assert str(project / MIDDLEWARES) in to_add
    assert 'import { brandBatchMiddlewares } from "./admin/brands/batch/middlewares"' in to_add
    put(project, MIDDLEWARES, to_add)
    assert middlewares_to_add(project) is None


@pytest.mark.parametrize("name", ROUTES)
def test_a_file_with_other_content_stops_it_before_it_writes_any(name: str, project: Path) -> None:
    put(project, name, "// ours\n")
    before = files(project)
    with pytest.raises(ConfigError, match="with other content") as refused:
        write_medusa_routes(project)
    assert str(project / name) in refused.value.message
    assert files(project) == before


def test_all_files_that_are_in_the_way_are_named_at_once(project: Path) -> None:
    for name in ROUTES:
        put(project, name, "// ours\n")
    with pytest.raises(ConfigError) as refused:
        write_medusa_routes(project)
    assert all(name in refused.value.message for name in ROUTES)


def test_a_link_to_nowhere_is_in_the_way_too(project: Path) -> None:
    (project / "src/workflows").mkdir()
    (project / "src/workflows/batch-brands.ts").symlink_to(project / "nowhere")
    with pytest.raises(ConfigError, match="batch-brands"):
        write_medusa_routes(project)
    assert not (project / "nowhere").exists()


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        (None, "package.json cannot be read"),
        ("{", "is not JSON"),
        ("[]", "does not depend on @medusajs/medusa"),
        ('{"dependencies": {"next": "1"}}', "does not depend on @medusajs/medusa"),
    ],
)
def test_a_directory_that_is_no_medusa_project_is_refused(package: str | None, reason: str, project: Path) -> None:
    if package is None:
        (project / "package.json").unlink()
    else:
        (project / "package.json").write_text(package)
    before = files(project)
    with pytest.raises(ConfigError, match=reason):
        write_medusa_routes(project)
    assert files(project) == before


@pytest.mark.parametrize("content", [None, "export default {}\n"])
def test_a_shop_without_the_brand_module_is_told_to_make_it_first(content: str | None, project: Path) -> None:
    index = project / "src/modules/brand/index.ts"
    index.unlink() if content is None else index.write_text(content)
    with pytest.raises(ConfigError, match="does not export BRAND_MODULE") as refused:
        write_medusa_routes(project)
    assert "docs.medusajs.com" in (refused.value.hint or "")


def test_where_one_file_cannot_be_written_none_is_left(project: Path) -> None:
    put(project, "src/workflows", "a file where a directory should be\n")
    before = files(project)
    with pytest.raises(ConfigError, match="cannot be written"):
        write_medusa_routes(project)
    assert files(project) == before


def test_the_files_can_be_read_by_those_who_build_the_shop(project: Path) -> None:
    for path in write_medusa_routes(project):
        assert path.stat().st_mode & stat.S_IRUSR
        assert path.read_text("utf-8").endswith("\n")


def test_the_command_says_what_it_wrote_and_what_is_left_to_do(project: Path) -> None:
    put(project, MIDDLEWARES, "export default {}\n")
    for expected in ("Wrote ", "Every file is there already."):
        done = command(project)
        assert done.returncode == 0, done.stderr
        assert expected in done.stdout
        assert "...brandBatchMiddlewares," in done.stdout
        assert "`brandsync check`" in done.stdout


def test_the_command_ends_with_78_where_it_may_not_write(project: Path) -> None:
    put(project, ROUTES[0], "// ours\n")
    done = command(project)
    assert (done.returncode, done.stdout) == (78, "")
    assert "nothing is overwritten" in done.stderr


def command(project: Path) -> subprocess.CompletedProcess[str]:
    program = "import typer; from brandsync.cli.medusa_routes import medusa_routes; typer.run(medusa_routes)"
    return subprocess.run(
        [sys.executable, "-c", program, str(project)], capture_output=True, text=True, check=False, timeout=60
    )
