"""The server itself: what it does when documents open, change and close."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from unstall import __version__
from unstall.config import ConfigError, load
from unstall.discovery.walk import language_of
from unstall.findings.finding import Finding
from unstall.run.pipeline import run
from unstall.selection.rules import SelectionError
from unstall.server.convert import Document, diagnostic, quick_fixes
from unstall.source import SourceFile

_PAUSE = 0.3
"""Seconds without a change before a document is analysed again."""


@dataclass(frozen=True, slots=True)
class Analysed:
    """What was found in one version of a document."""

    document: Document
    findings: tuple[Finding, ...]


class Server(LanguageServer):
    """Analyses each open document by itself, as it is in the editor, with the configuration nearest to it."""

    def __init__(self) -> None:
        super().__init__("unstall", __version__)
        self.analysed: dict[str, Analysed] = {}
        self._latest: dict[str, int] = {}

    async def changed(self, uri: str, pause: float = 0.0) -> None:
        """Analyse a document and publish what is found, unless it changes again meanwhile."""
        turn = self._latest[uri] = self._latest.get(uri, 0) + 1
        await asyncio.sleep(pause)
        if self._latest.get(uri) != turn:
            return
        text = self.workspace.get_text_document(uri)
        encoding = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        path = text.path or ""
        language = language_of(path, executable=False)
        if language is None:
            return
        source = SourceFile(path, text.source.encode("utf-8", "replace"), language)
        try:
            findings = await asyncio.to_thread(_findings, source)
        except (ConfigError, SelectionError) as error:
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"unstall: {error}"))
            return
        if self._latest.get(uri) != turn:
            return
        document = Document(uri, source, text.version, encoding)
        self.analysed[uri] = Analysed(document, findings)
        self._publish(uri, [diagnostic(finding, document) for finding in findings], text.version)

    def closed(self, uri: str) -> None:
        """Forget a document."""
        self._latest.pop(uri, None)
        self.analysed.pop(uri, None)
        self._publish(uri, [])

    def actions(self, uri: str, at: types.Range) -> list[types.CodeAction]:
        """The quick fixes in a range; none where the document has changed since it was analysed."""
        known = self.analysed.get(uri)
        if known is None or self.workspace.get_text_document(uri).version != known.document.version:
            return []
        return quick_fixes(known.findings, known.document, at)

    def _publish(self, uri: str, diagnostics: Sequence[types.Diagnostic], version: int | None = None) -> None:
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, list(diagnostics), version))


def _findings(source: SourceFile) -> tuple[Finding, ...]:
    settings = load([source.path], {}).settings
    return run([source.path], settings=settings, contents={source.path: source.data}).findings


def make() -> Server:
    """A server with its features."""
    server = Server()

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
        await ls.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
        await ls.changed(params.text_document.uri, _PAUSE)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(ls: Server, params: types.DidSaveTextDocumentParams) -> None:
        await ls.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
        ls.closed(params.text_document.uri)

    options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
        return ls.actions(params.text_document.uri, params.range)

    return server
