"""The language server, over its real transport, with the client that pygls has."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient
from unstall.cli import main

SAMPLES = Path(__file__).parents[2] / "samples"
LIMIT = 60.0


class Client(LanguageClient):
    """Keeps what the server publishes."""

    def __init__(self) -> None:
        super().__init__("tests", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.messages: asyncio.Queue[str] = asyncio.Queue()

        @self.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def publish(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        @self.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def show(params: types.ShowMessageParams) -> None:
            self.messages.put_nowait(params.message)

    def open(self, path: Path, version: int = 1) -> str:
        """Open a file and give its URI."""
        language = "python" if path.suffix == ".py" else "c"
        item = types.TextDocumentItem(path.as_uri(), language, version, path.read_bytes().decode())
        self.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return path.as_uri()

    def change(self, uri: str, text: str, version: int) -> None:
        """Replace a document's text."""
        identifier = types.VersionedTextDocumentIdentifier(version, uri)
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [whole]))

    async def diagnostics(self) -> list[types.Diagnostic]:
        """What is published next."""
        return list((await asyncio.wait_for(self.published.get(), LIMIT)).diagnostics)

    async def fixes(self, uri: str, at: types.Range) -> list[types.CodeAction]:
        """The quick fixes in a range."""
        context = types.CodeActionContext([])
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), at, context)
        actions = await self.text_document_code_action_async(params)
        return [action for action in actions or () if isinstance(action, types.CodeAction)]


def session(
    script: Callable[[Client], Awaitable[None]], encodings: list[types.PositionEncodingKind | str] | None = None
) -> None:
    """Start a server, run the script with a client, and shut the server down."""

    async def talk() -> None:
        client = Client()
        await client.start_io(sys.executable, "-m", "unstall", "server", "--stdio")
        general = types.GeneralClientCapabilities(position_encodings=encodings)
        await client.initialize_async(types.InitializeParams(types.ClientCapabilities(general=general)))
        client.initialized(types.InitializedParams())
        await script(client)
        await client.shutdown_async(None)
        client.exit(None)
        assert client._server is not None
        assert await client._server.wait() == 0
        await client.stop()  # type: ignore[no-untyped-call]

    asyncio.run(asyncio.wait_for(talk(), LIMIT * 2))


def applied(text: str, edit: types.WorkspaceEdit | None, units: str = "utf-16-le", size: int = 2) -> str:
    """What an editor makes of an edit."""
    assert edit is not None and edit.document_changes is not None
    (change,) = edit.document_changes
    assert isinstance(change, types.TextDocumentEdit)
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]

    def offset(at: types.Position) -> int:
        return starts[at.line] + len(lines[at.line].encode(units)[: at.character * size].decode(units))

    for piece in sorted(change.edits, key=lambda e: offset(e.range.start), reverse=True):
        assert isinstance(piece, types.TextEdit)
        text = text[: offset(piece.range.start)] + piece.new_text + text[offset(piece.range.end) :]
    return text


@pytest.mark.parametrize("sample", ["poll-server/bad.c", "ctypes-select/bad.py"])
def test_the_quick_fix_makes_the_bytes_that_fix_makes(sample: str, tmp_path: Path) -> None:
    path = tmp_path / Path(sample).name
    path.write_bytes((SAMPLES / sample).read_bytes())
    text = path.read_bytes().decode()
    made: list[str] = []

    async def script(client: Client) -> None:
        uri = client.open(path)
        (found,) = await client.diagnostics()
        assert found.code == "UST101" and found.severity is types.DiagnosticSeverity.Error
        related = found.related_information or []
        assert any("EINTR" in item.message for item in related)
        assert any(item.message.startswith("skipped") for item in related)
        (action,) = await client.fixes(uri, found.range)
        assert action.kind == types.CodeActionKind.QuickFix and action.is_preferred
        made.append(applied(text, action.edit))
        client.change(uri, made[0], 2)
        assert await client.diagnostics() == []
        assert await client.fixes(uri, found.range) == []

    session(script)
    main(["check", "--fix", str(path)])
    assert made[0].encode() == path.read_bytes() != text.encode()


LOOP = """\
def pump(poller, timers):
    while True:
        try:
            events = poller.poll(500)
        except InterruptedError: '世𝄞'; continue
        timers.run()
"""


@pytest.mark.parametrize(
    ("encodings", "column"),
    [(None, 40), (["utf-8", "utf-16"], 44), (["utf-32"], 39)],
)
def test_columns_are_counted_as_agreed(
    encodings: list[types.PositionEncodingKind | str] | None, column: int, tmp_path: Path
) -> None:
    path = tmp_path / "pump.py"
    path.write_text(LOOP)

    async def script(client: Client) -> None:
        client.open(path)
        (found,) = await client.diagnostics()
        assert (found.range.start.line, found.range.start.character) == (4, column)

    session(script, encodings)


def test_what_is_in_the_editor_counts_not_what_is_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "pump.py"
    path.write_text("x = 1\n")

    async def script(client: Client) -> None:
        uri = client.open(path)
        assert await client.diagnostics() == []
        client.change(uri, LOOP, 2)
        assert len(await client.diagnostics()) == 1
        client.change(uri, LOOP.replace("timers.run()", "pass"), 3)
        client.change(uri, LOOP[:40], 4)  # torn, while one types
        assert await client.diagnostics() == []
        client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
        assert await client.diagnostics() == []

    session(script)


def test_the_configuration_holds_and_a_broken_one_is_said(tmp_path: Path) -> None:
    path = tmp_path / "pump.py"
    path.write_text(LOOP)
    (tmp_path / "unstall.toml").write_text("severity = { UST101 = 'note' }\n")

    async def script(client: Client) -> None:
        uri = client.open(path)
        (found,) = await client.diagnostics()
        assert found.severity is types.DiagnosticSeverity.Information
        (tmp_path / "unstall.toml").write_text("slect = []\n")
        client.change(uri, LOOP + "\n", 2)
        message = await asyncio.wait_for(client.messages.get(), LIMIT)
        assert "unstall.toml: slect: no such option; did you mean select?" in message

    session(script)


def test_without_pygls_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "unstall.server.server", None)
    assert main(["server"]) == 2
    assert capsys.readouterr().err == "unstall: server: needs pygls: pip install 'unstall[server]'\n"
