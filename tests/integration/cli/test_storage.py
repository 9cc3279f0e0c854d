"""`proofsheet storage` and the plans of workspaces, run as the operator runs them."""

from app.accounts.plans import plan_of
from app.core.database import db
from app.generation.studio import studio
from tests.services.completed import complete

STRAY = "public/a-stray-other-prompt-0123456789ab-large.jpg"


def test_a_store_and_rows_that_agree_end_well(run, make_job):
    complete(make_job(1))

    ran = run("storage", "check")

    assert ran.status == 0
    assert ran.out.splitlines() == [
        "5 objects seen.",
        "0 orphans, 0 of them younger than a day; 0 removed; 0 missing objects.",
    ]


def test_what_differs_is_named_and_ends_with_1(run, make_job):
    [image] = complete(make_job(1))
    studio().storage.delete(f"originals/{image.id}/1.png")
    studio().storage.put(STRAY, b"x", "image/jpeg")

    ran = run("storage", "check", "--remove")

    assert ran.status == 1
    assert f"missing: originals/{image.id}/1.png" in ran.out
    assert f"without a row: {STRAY}" in ran.out
    assert "1 orphan, 1 of them younger than a day; 0 removed; 1 missing object." in ran.out
    assert studio().storage.exists(STRAY)


def test_the_trash_can_be_emptied_now(run, team):
    ran = run("storage", "purge")

    assert ran.status == 0
    assert "0 pictures of the trash" in ran.out


def test_a_workspace_is_put_on_another_plan(run, team):
    ran = run("workspaces", "set-plan", "studio", "premium")

    assert ran.out == "studio has the plan Premium now: its trash is kept for 30 days.\n"
    db.session.rollback()
    assert plan_of(team.workspace_id).id == "premium"
    wrong = run("workspaces", "set-plan", "studio", "gold")
    assert (wrong.status, wrong.err) == (2, "There is no plan “gold”. There are free, premium.\n")
