"""Configurations that are wrong, and what the one message says about each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CANARY = "c4n4ry-s3cr3t"

REST = f'[cms]\nbackend = "rest"\nurl = "https://cms.example.com/api"\ntoken = "{CANARY}"\n'
SQL = f'[store]\nbackend = "sql"\nurl = "postgresql://shop:{CANARY}@db/shop"\n'
GOOD = REST + SQL

FANCY = """
    from enum import Enum
    from pathlib import Path
    from typing import Annotated, ClassVar

    from pydantic import AnyHttpUrl, Field, NonNegativeFloat, StringConstraints, field_validator

    from brandsync.cms.interface import Cms, CmsPage, CmsSettings
    from brandsync.settings import Duration, JmesPath, SettingsModel

    class Colour(Enum):
        RED = "red"
        BLUE = "blue"

    class Shelf(SettingsModel):
        depth: int

    class FancySettings(CmsSettings):
        site: AnyHttpUrl = AnyHttpUrl("https://example.com")
        ratio: float = Field(default=0.5, gt=0, lt=1)
        weight: float = Field(default=1, le=10, allow_inf_nan=False)
        tags: list[str] = Field(default_factory=list, max_length=2)
        colour: Colour = Colour.RED
        code: Annotated[str, StringConstraints(min_length=3, max_length=5, pattern="^[a-z]+$")] = "abc"
        wait: Duration | None = None
        query: JmesPath = "a"
        folder: Path = Path(".")
        either: int | bool = 1
        shelves: list[Shelf] = Field(default_factory=list)
        shelf: Shelf | None = None
        moment: bytes = b""
        even: int = 2

        @field_validator("even")
        @classmethod
        def _even(cls, value):
            assert value % 2 == 0, "must be even"
            return value

    class FancyCms(Cms):
        Settings: ClassVar[type[CmsSettings]] = FancySettings

        def retrieve_brands(self, cursor=None, since=None):
            return CmsPage([])
"""


def rest(text: str) -> str:
    return f"{REST}{text}\n{SQL}"


def fancy(text: str) -> str:
    return f'[cms]\nbackend = "fancy"\n{text}\n{SQL}'


@dataclass(frozen=True)
class Bad:
    what: str
    toml: str | bytes | None
    says: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    dotenv: str | bytes | None = None
    secrets: Mapping[str, str | bytes] = field(default_factory=dict)
    file: str = "brandsync.toml"


TABLE = [
    # what is named in the file
    Bad(
        "unknown key",
        rest("pagging = 1"),
        ("brandsync.toml: cms.pagging is not a setting of the rest backend; did you mean `paging`?",),
    ),
    Bad("unknown key like no other", rest("xyzzy = 1"), ("cms.xyzzy is not a setting of the rest backend",)),
    Bad(
        "unknown key in a nested table",
        rest('[cms.fields]\nnaem = "x"'),
        ("brandsync.toml: cms.fields.naem is not a setting of the rest backend; did you mean `name`?",),
    ),
    Bad(
        "key that slipped into the table above it",
        rest('[cms.fields]\nname = "x"\npage_size = 5'),
        ("cms.fields.page_size is not a setting", "did you mean `cms.page_size`?"),
    ),
    Bad(
        "the pipeline's name in the last section",
        f'{GOOD}name = "shop"',
        ("brandsync.toml: store.name is not a setting of the sql backend; put `name` above the first section",),
    ),
    Bad("a section in a section", f'{GOOD}[store.sync]\nlink = "cms"', ("store.sync", "write the section as [sync]")),
    Bad(
        "another key for a field's value",
        rest('[cms.fields]\nfounded = { path = "f" }'),
        ("cms.fields.founded.value is required", "cms.fields.founded.path is not a setting", "did you mean `value`?"),
    ),
    Bad(
        "another key for a field's type",
        rest('[cms.fields]\nfounded = { value = "f", kind = "integer" }'),
        ("cms.fields.founded.kind is not a setting of the rest backend; did you mean `type`?",),
    ),
    Bad(
        "another key for a field's column",
        rest('[cms.fields]\nfounded = "f"') + '[store.fields]\nfounded = { name = "f" }',
        ("store.fields.founded.name is not a setting of the sql backend; did you mean `column`?",),
    ),
    Bad(
        "another key for a field's value in a variable",
        GOOD,
        ("did you mean `BRANDSYNC_CMS__FIELDS__FOUNDED__VALUE`?",),
        env={"BRANDSYNC_CMS__FIELDS__FOUNDED__PATH": "f"},
    ),
    Bad("a field that is a number", rest("[cms.fields]\nfounded = 5"), ("cms.fields.founded must be text or a table",)),
    Bad("key of another section", f"{GOOD}[sync]\nmax_updates = 5", ("sync.max_updates", "`safety.max_updates`?")),
    Bad("key outside any section", f'match_on = "name"\n{GOOD}', ("match_on is not a setting", "`sync.match_on`?")),
    Bad("unknown section", f'{GOOD}[jurnal]\nurl = "x"', ("jurnal is not a setting; did you mean `journal`?",)),
    Bad(
        "unknown key of the store", f"{GOOD}tabel = 'b'", ("store.tabel is not a setting of the sql backend", "`table`")
    ),
    Bad("unknown column", f"{GOOD}[store.columns]\nnmae = 'b'", ("store.columns.nmae", "did you mean `name`?")),
    Bad("unknown key of [journal]", f"{GOOD}[journal]\nkeep = 3", ("journal.keep is not a setting",)),
    Bad("unknown key of [sync]", f"{GOOD}[sync]\nkeepgoing = true", ("sync.keepgoing", "`keep_going`?")),
    Bad("unknown key of [safety]", f"{GOOD}[safety]\nmax_update = 5", ("safety.max_update", "`max_updates`?")),
    # what is missing
    Bad("no [cms]", SQL, ("brandsync.toml: the section [cms] is missing",)),
    Bad("no [store]", REST, ("brandsync.toml: the section [store] is missing",)),
    Bad(
        "an empty file",
        "",
        ("brandsync.toml: the section [cms] is missing", "brandsync.toml: the section [store] is missing"),
    ),
    Bad(
        "no backend",
        f"[cms]\n{SQL}",
        ("brandsync.toml: cms.backend is required: one of broken, contentful, datocms, directus, fancy,",),
    ),
    Bad("no url", f'[cms]\nbackend = "rest"\n{SQL}', ("brandsync.toml: cms.url is required by the rest backend",)),
    Bad("no database", f'{REST}[store]\nbackend = "sql"', ("store.url is required by the sql backend",)),
    Bad(
        "no url, and no file either",
        None,
        (
            "cms.url is required by the rest backend (set BRANDSYNC_CMS__URL)",
            "the section [store] is missing (set BRANDSYNC_STORE__BACKEND)",
        ),
        env={"BRANDSYNC_CMS__BACKEND": "rest"},
    ),
    Bad("missing in a nested table", fancy("[cms.shelf]"), ("cms.shelf.depth is required by the fancy backend",)),
    # backends
    Bad("an empty backend", f'{REST}[store]\nbackend = ""', ('store.backend: there is no store backend ""', "sql")),
    Bad(
        "unknown CMS backend",
        REST.replace('"rest"', '"rset"') + SQL,
        (
            'brandsync.toml: cms.backend: there is no CMS backend "rset"; did you mean `rest`?',
            "sanity, storyblok, strapi, wordpress)",
        ),
    ),
    Bad(
        "unknown store backend, and a mistake elsewhere",
        f'{REST}[store]\nbackend = "sqlite"\n[sync]\nlink = "cmss"',
        ('store.backend: there is no store backend "sqlite"', "did you mean `sql`?", "sync.link must be"),
    ),
    Bad("a backend that isn't text", f"[cms]\nbackend = 5\n{SQL}", ("brandsync.toml: cms.backend must be text",)),
    Bad("a section that isn't a table", f'cms = "rest"\n{SQL}', ("brandsync.toml: cms must be a table",)),
    Bad(
        "unknown backend by variable",
        GOOD,
        ('environment variable BRANDSYNC_STORE__BACKEND: there is no store backend "magento"',),
        env={"BRANDSYNC_STORE__BACKEND": "magento"},
    ),
    Bad(
        "a backend that is broken", f'[cms]\nbackend = "broken"\n{SQL}', ("cms.backend:", "broken-cms 1.0", "cannot be")
    ),
    # types and ranges
    Bad("a number for a text", rest("path = 5"), ("brandsync.toml: cms.path must be text",)),
    Bad("a text for a number", rest('page_size = "many"'), ("brandsync.toml: cms.page_size must be a whole number",)),
    Bad("half a page", rest("page_size = 1.5"), ("cms.page_size must be a whole number",)),
    Bad("a page of nothing", rest("page_size = 0"), ("cms.page_size must be 1 or more",)),
    Bad("a list for a table", rest("headers = []"), ("cms.headers must be a table",)),
    Bad("a secret that is a number", rest("password = 7"), ("cms.password must be text",)),
    Bad(
        "an unknown choice",
        rest('paging = "curser"'),
        ("must be 'none', 'page', 'offset', 'cursor' or 'link'", "`cursor`?"),
    ),
    Bad("a choice that isn't text", rest("paging = 5"), ("cms.paging must be 'none', 'page',",)),
    Bad(
        "a function that isn't there",
        rest('[cms.fields]\ndescription = "[textt(a)][0]"'),
        ("brandsync.toml: cms.fields.description calls textt(), and there is no such function; did you mean `text`?",),
    ),
    Bad(
        "a function with an argument too few, deep within",
        rest('items = "data[?contains(to_string(id))]"'),
        ("cms.items calls contains() with 1 argument, and it takes 2 arguments",),
    ),
    Bad("a function with none", rest('id = "merge()"'), ("merge() with 0 arguments, and it takes 1 argument or more",)),
    Bad("one of ours with two", rest('id = "html(a, b)"'), ("html() with 2 arguments, and it takes 1 argument",)),
    Bad("no time at all", rest('timeout = "0s"'), ("brandsync.toml: cms.timeout must be longer than nothing",)),
    Bad("a database for a backend", f'{REST}[store]\nbackend = "Postgres"\n', ("did you mean `sql`?",)),
    Bad("a format for a backend", f'[cms]\nbackend = "csv"\n{SQL}', ("did you mean `file`?",)),
    Bad("a JMESPath too deep", rest(f'items = "{"(" * 3000}"'), ("cms.items is not a JMESPath expression: ",)),
    Bad(
        "a key with a hyphen",
        rest('[cms.fields]\nname = "brand-name"'),
        ("cms.fields.name is not a JMESPath expression: ", """stands in double quotes: '"brand-name"'"""),
    ),
    Bad(
        "keys with blanks and hyphens", rest('items = "data.all brands[0].b-c"'), ("""'data."all brands"[0]."b-c"'""",)
    ),
    Bad("a hyphen within a call", rest('[cms.fields]\nname = "to_string(a-b)"'), ("""'to_string("a-b")'""",)),
    Bad("a JMESPath that isn't one", rest('items = "a["'), ("brandsync.toml: cms.items is not a JMESPath expression",)),
    Bad(
        "a backend's own rule",
        rest('paging = "cursor"'),
        ('brandsync.toml: cms: paging = "cursor" needs `next_cursor`',),
    ),
    Bad("a body that isn't JSON", rest('body = "x"'), ("cms.body must be a table, or a JSON object as text",)),
    Bad(
        "a placeholder that isn't one",
        rest('body = { after = "{cursr}" }'),
        ("`body` holds {cursr}; the placeholders are {page_size}, {page}, {offset}, {cursor}",),
    ),
    Bad(
        "a body that no page gets into",
        rest('paging = "page"\nbody = { a = 1 }'),
        ('brandsync.toml: cms: paging = "page" needs {page} somewhere in `body`',),
    ),
    Bad("a path of no entry", rest('entry_path = "/b"'), ("brandsync.toml: cms.entry_path must hold {id}",)),
    Bad(
        "parameters without the moment",
        rest('changed_since_params = { a = "x" }'),
        ("{since} must be somewhere in `changed_since_params`",),
    ),
    Bad(
        "a parameter that is a table",
        rest("params = { a = { b = 1 } }"),
        ("cms.params.a must be text, or must be true or false,", "or must be a list"),
    ),
    Bad("a server that none names", rest('next_origin = "configurd"'), ("cms.next_origin must be", "`configured`?")),
    Bad(
        "match_on", f'{GOOD}[sync]\nmatch_on = "nmae"', ("sync.match_on must be 'handle', 'name' or 'none'", "`name`?")
    ),
    Bad("on_conflict", f'{GOOD}[sync]\non_conflict = "me"', ("sync.on_conflict must be 'cms', 'store' or 'skip'",)),
    Bad("keep_going", f'{GOOD}[sync]\nkeep_going = "perhaps"', ("sync.keep_going must be true or false",)),
    Bad("a duration", f'{GOOD}[sync]\nfull_every = "soon"', ("sync.full_every must be a number with a unit",)),
    Bad(
        "a duration of another type",
        f"{GOOD}[sync]\nfull_every = []",
        ("sync.full_every must be a number with a unit",),
    ),
    Bad(
        "a duration without a unit", f"{GOOD}[sync]\nfull_every = 7", ("sync.full_every must be a number with a unit",)
    ),
    Bad("a duration of true", rest("timeout = true"), ("cms.timeout must be a number with a unit, such as",)),
    Bad("a duration as a time", rest("retry_limit = 00:05:00"), ("cms.retry_limit must be a number with a unit",)),
    Bad("a duration as ISO 8601 has it", rest('timeout = "PT30S"'), ("cms.timeout must be a number with a unit",)),
    Bad(
        "a duration below zero", rest('retry_limit = "-1s"'), ("cms.retry_limit must not be negative: write a number",)
    ),
    Bad(
        "a duration without end", rest(f'timeout = "{"9" * 400}d"'), ('cms.timeout must be "5200w" (a hundred years)',)
    ),
    Bad(
        "a store's duration without a unit",
        f'{REST}[store]\nbackend = "medusa"\nurl = "https://shop.example.com"\ntimeout = 30',
        ("store.timeout must be a number with a unit",),
    ),
    Bad("true for a number", rest("page_size = true"), ("cms.page_size must be a whole number, not true or false",)),
    Bad("true for a fraction", fancy("ratio = true"), ("cms.ratio must be a number, not true or false",)),
    Bad("true in a nested table", fancy("[cms.shelf]\ndepth = true"), ("cms.shelf.depth must be a whole number, not",)),
    Bad("a number for true", f"{GOOD}[sync]\nkeep_going = 1", ("sync.keep_going must be true or false",)),
    Bad("a page before the first", rest("first_page = -1"), ("cms.first_page must be 0 or more",)),
    Bad("more than 64 bits", f"{GOOD}[journal]\nkeep_runs = {10**30}", ("journal.keep_runs must be a smaller whole",)),
    Bad("keep_runs", f"{GOOD}[journal]\nkeep_runs = 0", ("journal.keep_runs must be 1 or more",)),
    Bad("a limit", f'{GOOD}[safety]\nmax_updates = "-5"', ("safety.max_updates must be a number of brands",)),
    Bad(
        "a fraction as limit",
        f"{GOOD}[safety]\nmax_shrink = 0.3",
        ("safety.max_shrink must be a number of brands", '"30%"'),
    ),
    Bad(
        "a database url",
        f'{GOOD}[journal]\nurl = "db:{CANARY}"',
        ("brandsync.toml: journal.url is not the URL of a database",),
    ),
    Bad(
        "a store's url",
        f'{REST}[store]\nbackend = "sql"\nurl = "oracle://u:{CANARY}@h/d"',
        ("store.url is not the URL",),
    ),
    Bad("a name", f'name = "my shop"\n{GOOD}', ("brandsync.toml: name must be 1 to 64 letters",)),
    Bad(
        "a name from the file",
        GOOD,
        ("is taken from the file's name and must be 1 to 64 letters",),
        file="my shop.toml",
    ),
    # what other backends may ask for
    Bad("a site", fancy('site = "nowhere"'), ("cms.site must be a URL",)),
    Bad("a site that isn't text", fancy("site = 5"), ("cms.site must be a URL",)),
    Bad(
        "a site by ftp",
        fancy('site = "ftp://x.example.com"'),
        ("cms.site must be a URL that starts with 'http' or 'https'",),
    ),
    Bad("too small", fancy("ratio = 0"), ("cms.ratio must be more than 0",)),
    Bad("too large", fancy("ratio = 1"), ("cms.ratio must be less than 1",)),
    Bad("beyond the most", fancy("weight = 11"), ("cms.weight must be 10.0 or less",)),
    Bad("infinite", fancy("weight = inf"), ("cms.weight must be",)),
    Bad("no number", fancy('ratio = "x"'), ("cms.ratio must be a number",)),
    Bad("a number's type", fancy("ratio = []"), ("cms.ratio must be a number",)),
    Bad("no list", fancy('tags = "a"'), ("cms.tags must be a list",)),
    Bad("an entry's type", fancy("tags = [1]"), ("cms.tags must be text",)),
    Bad("too many", fancy('tags = ["a", "b", "c"]'), ("cms.tags must have at most 2 entries",)),
    Bad("an enum", fancy('colour = "green"'), ("cms.colour must be 'red' or 'blue'",)),
    Bad("too short", fancy('code = "a"'), ("cms.code must have at least 3 characters",)),
    Bad("nothing", f'{GOOD}table = ""', ("store.table must have at least 1 character",)),
    Bad("too long", fancy('code = "abcdef"'), ("cms.code must have at most 5 characters",)),
    Bad("a pattern", fancy('code = "ABC"'), ("cms.code must match the pattern ^[a-z]+$",)),
    Bad("a path", fancy("folder = 5"), ("cms.folder must be a path",)),
    Bad("a union", fancy('either = "x"'), ("cms.either must be a whole number, or must be true or false",)),
    Bad("an assertion", fancy("even = 3"), ("cms.even must be even",)),
    Bad("a rarer type", fancy("moment = 5"), ("cms.moment must be a valid bytes",)),
    Bad("inside a list", fancy("shelves = [{depth = 1, width = 2}]"), ("cms.shelves.0.width is not a setting",)),
    # the file itself
    Bad("TOML that isn't", '[cms]\nbackend = "rest\n', ("brandsync.toml: line 2, column ",)),
    Bad("TOML that just ends", "[cms", ("brandsync.toml: ",)),
    Bad(
        "a key given twice",
        f'{REST}token = "{CANARY}"\n{SQL}',
        ("brandsync.toml: line 5, column", "a key is given twice"),
    ),
    Bad("a section given twice", f"{GOOD}[cms]\n", ("brandsync.toml: line ", "a section is given twice")),
    Bad("a key given twice inline", "[cms]\nheaders = {a = 1, a = 2}", ("line 2", "a key is given twice")),
    Bad("a number without end", f"[cms]\npage_size = {'9' * 5000}", ("brandsync.toml: ",)),
    Bad("not UTF-8", f"{GOOD}# caf\xe9".encode("latin-1"), ("brandsync.toml: line 8 is not UTF-8",)),
    Bad("a file that isn't there", None, ("brandsink.toml: there is no such file",), file="brandsink.toml"),
    Bad("a file in no directory", None, ("nowhere/a.toml: there is no such file",), file="nowhere/a.toml"),
    Bad("a name no file can have", None, ("cannot be read: File name too long",), file=f"{'a' * 300}.toml"),
    # variables
    Bad(
        "misspelt variable",
        GOOD,
        (
            "environment variable BRANDSYNC_CMS__TOKNE is not a setting of the rest backend",
            "; did you mean `BRANDSYNC_CMS__TOKEN`?",
        ),
        env={"BRANDSYNC_CMS__TOKNE": CANARY},
    ),
    Bad(
        "one underscore",
        GOOD,
        ("environment variable BRANDSYNC_CMS_TOKEN is not a setting; did you mean `BRANDSYNC_CMS__TOKEN`?",),
        env={"BRANDSYNC_CMS_TOKEN": CANARY},
    ),
    Bad(
        "misspelt section",
        GOOD,
        ("environment variable BRANDSYNC_SNYC__LINK", "`BRANDSYNC_SYNC__LINK`?"),
        env={"BRANDSYNC_SNYC__LINK": "cms"},
    ),
    Bad(
        "misspelt and lower case",
        GOOD,
        ("environment variable BRANDSYNC_STORE__ULR", "`BRANDSYNC_STORE__URL`?"),
        env={"brandsync_store__ulr": CANARY},
    ),
    Bad("misspelt special", GOOD, ("`BRANDSYNC_CONFIG`?",), env={"BRANDSYNC_CONFG": "x"}),
    Bad("below a plain setting", GOOD, ("BRANDSYNC_NAME__X is not a setting",), env={"BRANDSYNC_NAME__X": "x"}),
    Bad("below a text", GOOD, ("cms.path must be text",), env={"BRANDSYNC_CMS__PATH__X": "x"}),
    Bad(
        "a variable's type",
        GOOD,
        ("environment variable BRANDSYNC_CMS__PAGE_SIZE must be a whole number",),
        env={"BRANDSYNC_CMS__PAGE_SIZE": CANARY},
    ),
    Bad(
        "a table that isn't JSON",
        GOOD,
        ("environment variable BRANDSYNC_CMS__HEADERS must be a table, written as JSON in a variable",),
        env={"BRANDSYNC_CMS__HEADERS": CANARY},
    ),
    Bad(
        "a section that isn't JSON",
        GOOD,
        ("environment variable BRANDSYNC_CMS must be a table, written as JSON in a variable",),
        env={"BRANDSYNC_CMS": CANARY},
    ),
    Bad(
        "a key in JSON",
        GOOD,
        ("environment variable BRANDSYNC_SYNC: link must be 'cms' or 'journal'",),
        env={"BRANDSYNC_SYNC": '{"link": "nowhere"}'},
    ),
    Bad("a name by variable", GOOD, ("environment variable BRANDSYNC_NAME must be 1 to",), env={"BRANDSYNC_NAME": "-"}),
    Bad(
        "misspelt in .env",
        GOOD,
        (".env: BRANDSYNC_CMS__TOKNE is not a setting", "`BRANDSYNC_CMS__TOKEN`?"),
        dotenv=f"BRANDSYNC_CMS__TOKNE={CANARY}\nUNRELATED=1\n",
    ),
    Bad(
        "special in .env",
        GOOD,
        (".env: BRANDSYNC_CONFIG is read from the environment alone",),
        dotenv="BRANDSYNC_CONFIG=shop.toml\n",
    ),
    Bad("a value in .env", GOOD, (".env: BRANDSYNC_SYNC__LINK must be 'cms'",), dotenv="BRANDSYNC_SYNC__LINK=x\n"),
    Bad(
        "a line of .env without =",
        GOOD,
        (".env: line 4 does not give a variable its value",),
        dotenv=f"A=1\n\n\nBRANDSYNC_CMS__TOKEN {CANARY}\n",
    ),
    Bad("a name alone in .env", GOOD, (".env: line 1 does not give",), dotenv="export BRANDSYNC_CMS__TOKEN\n"),
    Bad("an open quote in .env", GOOD, (".env: line 2 does not give",), dotenv=f"A=1\nBRANDSYNC_CMS__TOKEN='{CANARY}"),
    Bad(
        "a variable in .env that isn't set",
        GOOD,
        (".env: line 2: BRANDSYNC_CMS__TOKEN uses ${NOPE}, which is not set",),
        dotenv='A=1\nBRANDSYNC_CMS__TOKEN="x-${NOPE}"\n',
    ),
    Bad(
        "a variable in .env that is made of one that isn't set",
        GOOD,
        (".env: line 2: BRANDSYNC_CMS__TOKEN uses ${A}, which is not set",),
        dotenv="A=${NOPE}\nBRANDSYNC_CMS__TOKEN=${A}\n",
    ),
    Bad(".env not UTF-8", GOOD, (".env: is not UTF-8",), dotenv=b"A=caf\xe9\n"),
    Bad(
        "misspelt secret",
        GOOD,
        ("/secrets/BRANDSYNC_CMS__TOKNE is not a setting", "`BRANDSYNC_CMS__TOKEN`?"),
        secrets={"BRANDSYNC_CMS__TOKNE": CANARY},
    ),
    Bad(
        "a secret's value",
        GOOD,
        ("/secrets/brandsync_store__url is not the URL of a database",),
        secrets={"brandsync_store__url": CANARY},
    ),
    Bad(
        "a binary secret",
        GOOD,
        ("/secrets: a file in it is not UTF-8 text",),
        secrets={"BRANDSYNC_CMS__TOKEN": b"\xff"},
    ),
    Bad("a huge secret", GOOD, ("/secrets: secrets_dir size is above",), secrets={"huge": b"0" * (16 * 2**20 + 1)}),
    Bad(
        "no secrets directory",
        GOOD,
        ("environment variable BRANDSYNC_SECRETS_DIR: nowhere is not a directory",),
        env={"BRANDSYNC_SECRETS_DIR": "nowhere"},
    ),
    # everything at once
    Bad(
        "many mistakes",
        f'[cms]\nbackend = "rest"\ntoken = ["{CANARY}"]\nurl = 7\n[store]\nbackend = "sql"\n[safety]\nmax_deletes = ""',
        (
            "cms.token must be text",
            "cms.url must be text",
            "store.url is required",
            "safety.max_deletes must be",
            "BRANDSYNC_SYNC__RECOVERY is not a setting; did you mean `BRANDSYNC_SYNC__RECOVER`?",
        ),
        env={"BRANDSYNC_SYNC__RECOVERY": "resume"},
    ),
]
