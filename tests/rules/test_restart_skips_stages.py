"""UST101's words: what is counted is counted, and one and many are told apart."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from unstall.findings.finding import Finding, Severity
from unstall.flow.facts import WaitFact
from unstall.flow.files import SignalFacts
from unstall.flow.outcomes import Handling, Run
from unstall.options import DEFAULTS, OwnWait, Settings
from unstall.rule import Context, find_rule
from unstall.run.pipeline import run

from tests import incident
from tests.facts import codes_of


def report(fact: WaitFact, *signals: str, settings: Settings = DEFAULTS) -> Finding:
    rule = find_rule("UST101")
    assert rule is not None
    (finding,) = rule.check(fact, Context(incident.source(), SignalFacts(signals), settings=settings))
    return finding


def keep(fact: WaitFact, *lines: int) -> WaitFact:
    """The fact with only the skipped stages that start on these lines."""
    source = incident.source()
    return replace(fact, skipped=tuple(stage for stage in fact.skipped if source.line(stage.span.start) in lines))


@pytest.mark.parametrize(
    ("lines", "tail"),
    [
        ((14, 18, 19), "skips 3 stages, 2 of which a timeout would run"),
        ((14, 19), "skips 2 stages, 1 of which a timeout would run"),
        ((18, 19), "skips 2 stages that a timeout would run"),
        ((19,), "skips 1 stage that a timeout would run"),
    ],
)
def test_the_message_counts(lines: tuple[int, ...], tail: str) -> None:
    finding = report(keep(incident.fact(), *lines))
    assert finding.message == f"a signal during `myselect` restarts the loop and {tail}"


def test_every_other_handling_is_silent() -> None:
    rule = find_rule("UST101")
    assert rule is not None
    for handling in set(Handling) - {Handling.RESTART_SKIPS_STAGES}:
        fact = replace(incident.fact(), handling=handling)
        assert not list(rule.check(fact, Context(incident.source(), SignalFacts())))


@pytest.mark.parametrize(("errno", "expected"), [("EINTR", ["UST101"]), ("EAGAIN", [])])
def test_a_call_that_would_block_is_no_matter_of_signals(tmp_path: Path, errno: str, expected: list[str]) -> None:
    loop = """
    void run(void) {
        for (;;) {
            int error = crypto_dispatch(request);
            if (error == ERRNO)
                continue;
            expire();
            if (error == 0)
                serve(request);
        }
    }"""
    assert codes_of(tmp_path, loop.replace("ERRNO", errno)) == expected


def test_the_primary_place_is_the_jump() -> None:
    finding = report(incident.fact())
    assert incident.source().text(finding.span) == "continue"
    assert incident.source().line(finding.span.start) == 10


def test_why_names_the_signals_that_the_file_handles() -> None:
    assert "(this file handles SIGCHLD and SIGHUP)" in report(incident.fact(), "SIGCHLD", "SIGHUP").why
    assert "children dying fast" in report(incident.fact(), "SIGCHLD").why
    assert "this file handles" not in report(incident.fact()).why
    assert "children" not in report(incident.fact(), "SIGALRM").why


def test_why_says_what_stands_still_at_the_head() -> None:
    why = report(incident.fact()).why
    assert "`now` is refreshed only behind the wait, on line 18; line 5 at the head of the loop works from" in why
    assert "`now`" not in report(keep(incident.fact(), 19)).why


def test_why_tells_of_signal_first_kernels_only_where_they_matter() -> None:
    assert "illumos" in report(incident.fact()).why
    assert "illumos" not in report(keep(incident.fact(), 18, 19)).why
    unmasked = replace(incident.fact(), spec=replace(incident.SPEC, swaps_mask=False))
    assert "illumos" not in report(unmasked).why
    assert "illumos" not in report(incident.fact(), settings=Settings(kernel="ready-first")).why


PYTHON = """\
import bus, errno, select, signal

signal.signal(signal.SIGCHLD, note)

def serve(sessions):
    while True:
        try:
            ready = WAIT(sessions, [], [], 1)
        except OSError as error:
            if error.errno == errno.EINTR:
                continue
            raise
        sweep(sessions)
"""


def test_why_tells_of_pep_475_for_pythons_own_waits(tmp_path: Path) -> None:
    def why(wait: str, **settings: Any) -> str:
        (tmp_path / "serve.py").write_text(PYTHON.replace("WAIT", wait))
        (finding,) = run([str(tmp_path / "serve.py")], settings=Settings(**settings)).findings
        return finding.why

    assert "retry this wait by themselves (PEP 475)" in why("select.select")
    assert "older versions don't." in why("select.select")
    assert "PEP 475" not in why("bus.wait_any", waits=(OwnWait("bus.wait_any", result="exception", timeout=4),))


def test_the_witness_leads_from_the_wait_to_the_head() -> None:
    source = incident.source()
    assert [(source.line(point.span.start), point.text) for point in report(incident.fact()).witness] == [
        (8, "`myselect` fails with EINTR"),
        (10, "`r == -1 && errno == EINTR` is true"),
        (10, "`continue`"),
        (3, "back to the head of the loop"),
    ]


def test_the_comparison_names_what_a_timeout_runs() -> None:
    finding = report(incident.fact())
    assert finding.comparison == "a timeout would have run lines 18 (gettimeofday) and 19 (child_janitor)"


def test_long_comparisons_are_cut_and_counted() -> None:
    fact = incident.fact()
    finding = report(replace(fact, skipped=fact.skipped[1:] * 5))
    assert finding.comparison.endswith("and 5 more")


def test_a_wait_without_a_timeout_is_measured_against_any_other_wake_up() -> None:
    fact = incident.fact()
    traces = {Run.INTERRUPTED: fact.traces[Run.INTERRUPTED]}
    traces[Run.READY_ELSEWHERE] = replace(fact.traces[Run.TIMEOUT], run=Run.READY_ELSEWHERE)
    finding = report(replace(fact, traces=traces))
    assert finding.message.endswith("2 of which any other wake-up would run")
    assert finding.comparison.startswith("any other wake-up would have run")


def test_a_wait_that_lasts_for_ever_has_no_timeout_to_speak_of(tmp_path: Path) -> None:
    (finding,) = found_in(
        tmp_path,
        """
static volatile sig_atomic_t hangup;
static void note(int number) { hangup = 1; }
void serve(int listener)
{
    signal(SIGHUP, note);
    for (;;) {
        fd_set set;
        FD_ZERO(&set);
        FD_SET(listener, &set);
        if (select(FD_SETSIZE, &set, NULL, NULL, NULL) == -1) {
            if (errno == EINTR)
                continue;
            exit(1);
        }
        accept_client(listener);
        if (hangup)
            reload();
    }
}
""",
    )
    assert "1 of which any other wake-up would run" in finding.message
    assert not any("timeout" in text for text in (finding.message, finding.why, *(m.note for m in finding.marks)))


def test_assumptions_are_those_that_the_loop_rests_on() -> None:
    text = incident.TEXT.replace("\t\tprepare(&rfds);\n\n", "#ifdef HAVE_SNMP\n#endif\n")
    source = incident.source(text=text.ljust(len(incident.TEXT)))
    rule = find_rule("UST101")
    assert rule is not None
    (finding,) = rule.check(incident.fact(), Context(source, SignalFacts(), ("!HAVE_SNMP", "!WIN32")))
    assert finding.assumes == ("!HAVE_SNMP",)


@pytest.mark.parametrize(
    ("before", "behind", "assumes"),
    [
        ("#ifdef OLD_SYSTEM", "#endif", ("OLD_SYSTEM",)),
        ("#if defined(ANCIENT)\n#elif defined(OLD_SYSTEM)", "#endif", ("!ANCIENT", "OLD_SYSTEM")),
        ("#ifdef OLD_SYSTEM\n#else", "#endif", ("!OLD_SYSTEM",)),
        ("#ifdef OLD_SYSTEM\nint old;\n#endif", "", ()),
        ("#ifndef SERVE_H\n/* once */\n#define SERVE_H", "#endif", ()),
    ],
)
def test_assumptions_are_those_too_that_the_function_stands_under(
    tmp_path: Path, before: str, behind: str, assumes: tuple[str, ...]
) -> None:
    loop = "for (;;) { if (poll(fds, n, 5000) == -1 && errno == EINTR) continue; sweep_sessions(); }"
    (finding,) = found_in(tmp_path, f"{before}\nvoid run(void) {{ {loop} }}\n{behind}\n")
    assert set(finding.assumes) == set(assumes)


def test_marks_name_every_place_of_the_excerpt() -> None:
    source = incident.source()
    marks = [(source.line(mark.span.start), mark.role) for mark in report(incident.fact()).marks]
    assert marks == [
        (3, "loop"), (8, "wait"), (10, "interrupt"), (9, "interrupt"), (14, "skipped-ready"), (18, "skipped"),
        (19, "skipped"), (5, "reader"),
    ]  # fmt: skip


def found_in(tmp_path: Path, text: str) -> list[Finding]:
    path = tmp_path / "daemon.c"
    path.write_text(text)
    return [finding for finding in run([str(path)]).findings if finding.code == "UST101"]


def test_a_state_that_a_macro_names_is_no_count_to_decide_by(tmp_path: Path) -> None:
    found = found_in(
        tmp_path,
        """
#define ASK_CLOSE 2
#define ASK_EOF 4
void run(struct link *link)
{
    struct request ask;
    struct answer *answer = link->answer;
    while (answer->command == 0) {
        struct timeval tv = { 0, 500000 };
        int n = select(1, &set, NULL, NULL, &tv);
        if (n < 0)
            ask.command = ASK_CLOSE;
        else if (n > 0 && read(0, ask.text, 1) <= 0)
            ask.command = ASK_EOF;
        do {
            reply = link->exchange(link, &request);
            answer = reply->data;
            if (ask.command == ASK_EOF && answer->command != 0)
                answer->command = 1;
        } while (answer->command == 0 && answer->text[0]);
    }
}
""",
    )
    assert not found


@pytest.mark.parametrize(
    ("test", "severity"),
    [
        ("if (r >= 0) { serve(&set); expire_sessions(); }", Severity.NOTE),
        ("if (r < 0) continue; serve(&set); expire_sessions();", Severity.ERROR),
        ("if (r >= 0) { serve(&set); expire_sessions(); } else if (errno != EINTR) exit(1);", Severity.ERROR),
    ],
)
def test_an_error_that_nobody_tells_apart_weighs_less(tmp_path: Path, test: str, severity: Severity) -> None:
    loop = "FD_SET(fd, &set); tv.tv_sec = 5; r = select(fd + 1, &set, NULL, NULL, &tv);"
    (finding,) = found_in(tmp_path, f"void run(int fd) {{ for (;;) {{ {loop} {test} }} }}")
    assert finding.severity is severity
    assert ("nothing tells it apart" in finding.why) is (severity is Severity.NOTE)


@pytest.mark.parametrize(
    ("told", "count"),
    [
        ("if (errno != EINTR) perror(NULL); return 0;", 0),
        ("if (errno == EINTR) return 1; perror(NULL); return 0;", 1),
    ],
)
def test_a_return_that_only_spares_a_report_is_an_errors_return(tmp_path: Path, told: str, count: int) -> None:
    text = f"""
int look_up(struct channel *channel)
{{
    if (select(n, &set, NULL, NULL, &tv) == -1) {{ {told} }}
    cancel(channel);
    return 1;
}}
void look_all_up(void)
{{
    for (;;)
        look_up(next_channel());
}}
"""
    assert len(found_in(tmp_path, text)) == count


def test_what_only_the_stages_themselves_remember_is_not_owed(tmp_path: Path) -> None:
    loop = """
void run(void)
{
    int r, at = -1;
    for (;;) {
        %s
        if (logging)
            at = watch(log_descriptor());
        r = poll(fds, count, 1000);
        if (r == -1 && errno == EINTR)
            continue;
        if (logging && at != -1) {
            if (fds[at].revents & POLLIN)
                read_log();
            at = -1;
        }
        if (r <= 0)
            continue;
        serve();
    }
}
"""
    assert not found_in(tmp_path, loop % "")
    assert found_in(tmp_path, loop % "show(at);")


@pytest.mark.parametrize("write", ["child_died = 1;", "printed = 1;"])
def test_a_handler_in_a_file_without_a_wait_is_seen(tmp_path: Path, write: str) -> None:
    (tmp_path / "loop.c").write_text(
        "#include <errno.h>\n#include <sys/select.h>\nextern int child_died;\n"
        "void serve(int n, fd_set *set)\n{\n    for (;;) {\n        fd_set ready = *set;\n"
        "        if (select(n, &ready, NULL, NULL, NULL) == -1 && errno == EINTR)\n            continue;\n"
        "        if (child_died)\n            collect();\n    }\n}\n"
    )
    (tmp_path / "signals.c").write_text(
        "#include <signal.h>\nint child_died, printed;\n"
        f"static void note(int number)\n{{\n    {write}\n}}\n"
        "void install(void)\n{\n    signal(SIGCHLD, note);\n}\n"
    )
    found = [finding.code for finding in run([str(tmp_path)]).findings]
    assert found == (["UST101"] if "child_died" in write else [])


BRIEF = """
void on_signal(int number) { seen++; }
int main(void)
{
    int r;
    struct timeval tv;
    signal(%s, on_signal);
    for (;;) {
        %s
        if (r == -1 && errno == EINTR)
            continue;
        if (r == -1)
            return 1;
        sweep_sessions();
    }
}
"""


@pytest.mark.parametrize(
    ("signal", "wait", "delay"),
    [
        ("SIGCHLD", "r = poll(fds, n, 100);", "0.1 s"),
        ("SIGCHLD", "r = epoll_wait(queue, events, 8, 250);", "0.25 s"),
        ("SIGCHLD", "tv.tv_sec = 0; tv.tv_usec = 500000; r = select(n, &set, 0, 0, &tv);", "0.5 s"),
        ("SIGCHLD", "struct timespec ts = { 0, 5000000 }; r = pselect(n, &set, 0, 0, &ts, &mask);", "0.005 s"),
        ("SIGCHLD", "struct timeval tv = { 0, busy ? 10000 : 900000 }; r = select(n, &set, 0, 0, &tv);", "0.9 s"),
        ("SIGCHLD", "r = poll(fds, n, 1000);", ""),
        ("SIGCHLD", "r = poll(fds, n, delay);", ""),
        ("SIGCHLD", "tv.tv_sec = 2; tv.tv_usec = 500000; r = select(n, &set, 0, 0, &tv);", ""),
        ("SIGPROF", "r = poll(fds, n, 100);", ""),
    ],
)
def test_a_wait_that_is_soon_over_weighs_less(tmp_path: Path, signal: str, wait: str, delay: str) -> None:
    (finding,) = found_in(tmp_path, BRIEF % (signal, wait))
    assert finding.severity is (Severity.WARNING if delay else Severity.ERROR)
    assert (f"A single signal delays that by {delay} at most." in finding.why) is bool(delay)


@pytest.mark.parametrize(
    ("mask", "strategy"), [("&mask", "repoll"), ("NULL", "no-event"), ("(sigset_t *) 0", "no-event")]
)
def test_a_wait_that_is_given_no_mask_is_not_looked_at_again(tmp_path: Path, mask: str, strategy: str) -> None:
    (finding,) = found_in(tmp_path, BRIEF % ("SIGCHLD", f"r = ppoll(fds, n, &limit, {mask});"))
    assert [fix.strategy for fix in finding.fixes] == [strategy]


@pytest.mark.parametrize(
    ("arm", "note"),
    [
        ("else if (n == 0)\n    count_idle();\n", "skipped; goes by the result"),
        ("else\n    count_idle();\n", "skipped; goes by the result"),
        ("else\n    idle = 1;\n", "skipped; goes by the result"),
        ("", "skipped; only when ready"),
    ],
)
def test_a_stage_of_which_the_timeout_has_an_arm_is_not_told_to_be_for_ready_waits_alone(
    arm: str, note: str, tmp_path: Path
) -> None:
    wait = "n = poll(fds, 2, 1000);\nif (n == -1 && errno == EINTR)\n    continue;\n"
    loop = f"for (;;) {{\n{wait}if (n > 0)\n    serve(fds);\n{arm}sweep();\n}}\n"
    (tmp_path / "serve.c").write_text(f"void run(struct pollfd *fds)\n{{\nint n;\n{loop}}}\n")
    (file,) = run([str(tmp_path)]).files
    (finding,) = file.findings
    assert [mark.note for mark in finding.marks if mark.note.startswith("skipped")] == [note, "skipped"]


def test_the_jump_that_only_an_interrupt_takes_is_the_one_that_is_named(tmp_path: Path) -> None:
    handling = "if (told) {\n told = 0;\n continue;\n}\nif (errno == EINTR)\n continue;\nreturn;\n"
    loop = f"for (;;) {{\nif (poll(fds, 2, 1000) < 0) {{\n{handling}}}\nsweep();\n}}\n"
    (tmp_path / "serve.c").write_text(f"void run(struct pollfd *fds)\n{{\n{loop}}}\n")
    (file,) = run([str(tmp_path)]).files
    (finding,) = file.findings
    assert file.source is not None and file.source.line(finding.span.start) == 10
