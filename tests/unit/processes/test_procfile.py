from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.processes.procfile import command_words, read_procfile

PROJECT = Path(__file__).resolve().parents[3]


def test_each_line_names_a_process_and_its_command(tmp_path: Path) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("# how it runs\nweb: serve --bind 127.0.0.1:$PORT\n\nworker: work 'two words'\n")
    assert read_procfile(procfile, {"PORT": "8000"}) == {
        "web": ["serve", "--bind", "127.0.0.1:8000"],
        "worker": ["work", "two words"],
    }


@pytest.mark.parametrize(
    ("word", "env", "expanded"),
    [
        ("$THREADS", {"THREADS": "4"}, "4"),
        ("${THREADS}", {"THREADS": "4"}, "4"),
        ("${THREADS:-96}", {"THREADS": "4"}, "4"),
        ("${THREADS:-96}", {}, "96"),
        ("${THREADS:-96}", {"THREADS": ""}, "96"),
        ("127.0.0.1:${PORT:-8000}", {}, "127.0.0.1:8000"),
        ("$NAME", {"NAME": "never two words"}, "never two words"),
        ("$", {}, "$"),
    ],
)
def test_variables_are_filled_in_as_a_shell_does(word: str, env: dict[str, str], expanded: str) -> None:
    assert command_words(word, env) == [expanded]


def test_a_variable_without_value_and_default_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="PORT, which is not set"):
        command_words("serve $PORT", {})


@pytest.mark.parametrize("command", ["a && b", "a; b", "a | b", "a > file", "echo `b`", "echo $(b)", "a 'open"])
def test_what_only_a_shell_can_do_is_refused(command: str) -> None:
    with pytest.raises(ConfigurationError, match="Procfile"):
        command_words(command, {})


@pytest.mark.parametrize("content", ["", "# nothing\n", "web serve\n", "web:\n"])
def test_a_procfile_that_names_nothing_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "Procfile").write_text(content)
    with pytest.raises(ConfigurationError):
        read_procfile(tmp_path / "Procfile", {})


def test_a_missing_procfile_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no Procfile"):
        read_procfile(tmp_path / "Procfile", {})


def test_the_projects_procfile_names_the_four_processes_and_honours_the_settings() -> None:
    commands = read_procfile(PROJECT / "Procfile", {"PORT": "9001", "PROOFSHEET_GENERATE_THREADS": "7"})
    assert list(commands) == ["web", "generate", "worker", "scheduler"]
    assert "127.0.0.1:9001" in commands["web"]
    generate = commands["generate"]
    assert generate[generate.index("--threads") + 1] == "7"
    assert "dramatiq_queue_prefetch=7" in generate
