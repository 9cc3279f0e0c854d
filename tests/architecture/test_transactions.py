"""Who may commit, and who may change a state."""

import ast

from app.generation.states import ImageState, JobState
from app.publishing.states import PageState
from tests.architecture.sources import callers_of, calls, modules

COMMIT = {
    "app/core/database.py": "transaction() itself",
    "app/core/migrate.py": "migrations hold their own lock and connection",
}
ROLL_BACK = {
    "app/core/database.py": "transaction() and end_read()",
    "app/generation/call.py": "a claim that finds nothing to do leaves no trace, not even a revision",
    "app/generation/deliver.py": "a picture that came too late is settled the long way",
    "app/generation/settle.py": "an image that is not ours any more is left as it is",
    "app/generation/store.py": "an image that is not storing this picture any more is left as it is",
    "app/generation/spool.py": "a call that has its picture already is left as it is",
    "app/generation/recover.py": "what moved meanwhile is left as it is",
    "app/generation/sweep.py": "what moved meanwhile is left as it is",
    "app/publishing/nightly.py": "a step that fails leaves the next one a clean session",
    "app/publishing/sweep_round.py": "a step that fails leaves the next one a clean session",
}
MOVE = {
    "app/generation/moves.py": "images, and jobs that end, pause or start again",
    "app/generation/call.py": "the first claim of a job sets it running",
    "app/generation/control.py": "a person resumes or cancels",
    "app/publishing/outcome.py": "what came of asking the writer",
    "app/publishing/edit_page.py": "a person publishes or withdraws",
    "app/publishing/hold_unmarked.py": "a picture without its mark is not shown",
    "app/publishing/name_pictures.py": "public names, which are copied, used and retired",
    "app/publishing/trash_page.py": "a person throws a page away and brings it back",
    "app/publishing/write_again.py": "back to the writer",
    "app/publishing/public_names.py": "a page with the names it had while it was public",
    "app/publishing/curate_tags.py": "staff decide about a tag",
}
GUARDED_UPDATE = {
    "app/generation/moves.py": "takes its WHERE from the table of moves",
    "app/generation/direct_moves.py": "checks its one move against the table when it is declared",
    "app/publishing/ask_again.py": "takes its WHERE from the table of moves: all pages of a job at once",
}
FIRST_STATE = {
    ("app/generation/submit.py", "JobState.QUEUED"): "a new job",
    ("app/generation/submit.py", "ImageState.QUEUED"): "its images",
    ("app/publishing/publish.py", "PageState.PROCESSING"): "a new page",
}


def test_only_transaction_commits() -> None:
    assert callers_of("commit") == set(COMMIT)


def test_rolling_back_by_hand_has_its_reasons() -> None:
    assert callers_of("rollback") == set(ROLL_BACK)


def test_views_and_actors_never_write() -> None:
    writers = callers_of("transaction") | callers_of("commit")
    assert not {path for path in writers if path.endswith("views.py") or path.startswith("actors/")}


def test_a_state_is_assigned_by_move_to_alone() -> None:
    inside = {id(node) for tree in modules().values() for move in _move_tos(tree) for node in ast.walk(move)}
    strays = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and _sets_state(node) and id(node) not in inside
    ]
    assert strays == []


def test_states_are_moved_in_few_places() -> None:
    assert callers_of("move_to") == set(MOVE)


def test_guarded_updates_of_a_state_stand_in_one_place() -> None:
    found = {
        path
        for path, tree in modules().items()
        for name, call in calls(tree)
        if name == "values" and any(keyword.arg == "state" for keyword in call.keywords)
    }
    assert found == set(GUARDED_UPDATE)


def test_rows_begin_in_their_first_state() -> None:
    begun = {
        (path, ast.unparse(value))
        for path, tree in modules().items()
        for node in ast.walk(tree)
        for value in _begins_with(node)
        if ast.unparse(value).partition(".")[0] in {each.__name__ for each in (JobState, ImageState, PageState)}
    }
    assert begun == set(FIRST_STATE)


def _move_tos(tree: ast.Module) -> list[ast.FunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == "move_to"]


def _sets_state(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return any(isinstance(target, ast.Attribute) and target.attr == "state" for target in targets)


def _begins_with(node: ast.AST) -> list[ast.expr]:
    """What a constructor or a row of an INSERT says under `state`."""
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return [value for key, value in pairs if isinstance(key, ast.Constant) and key.value == "state"]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return [keyword.value for keyword in node.keywords if keyword.arg == "state"]
    return []
