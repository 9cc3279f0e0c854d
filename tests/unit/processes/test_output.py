import io

from app.processes.output import Output


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class ClosedPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_lines_stand_behind_their_process_aligned() -> None:
    out = io.StringIO()
    output = Output(out, ["web", "scheduler"])
    output.line("web", "serving")
    output.line("scheduler", "ticking")
    output.say("Stopped.")
    assert out.getvalue() == "web        | serving\nscheduler  | ticking\nproofsheet | Stopped.\n"


def test_colours_are_for_terminals_only() -> None:
    terminal = Terminal()
    Output(terminal, ["web"]).line("web", "serving")
    assert terminal.getvalue().startswith("\x1b[")
    assert terminal.getvalue().endswith(" serving\n")


def test_a_reader_who_has_gone_is_noticed_and_nothing_breaks() -> None:
    output = Output(ClosedPipe(), ["web"])
    output.line("web", "serving")
    assert output.closed
    output.line("web", "still serving")
