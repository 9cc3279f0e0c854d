"""`proofsheet users` and `proofsheet workspaces`, run as the operator runs them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Membership, SignInSession, User, Workspace
from app.accounts.passwords import verify_password
from app.audit.models import AuditEvent
from app.core.database import db
from tests.services.application import Team
from tests.web.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
Proofsheet = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: what the commands call is tested on both."""
    return sqlite_url


@pytest.fixture
def proofsheet(tmp_path: Path, database_url: str) -> Proofsheet:
    """Run the command without any server: these need only the database."""
    environment = {
        "PATH": os.environ["PATH"],
        "PROOFSHEET_DATA_DIR": str(tmp_path / "data"),
        "DATABASE_URL": database_url,
    }

    def run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app.cli", *words]
        return subprocess.run(
            command, input=typed, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def user(email: str) -> User:
    db.session.rollback()
    return db.session.scalars(select(User).where(User.email == email)).one()


def role(email: str, workspace: str) -> str | None:
    db.session.rollback()
    query = select(Membership.role).join(Membership.user).join(Membership.workspace)
    return db.session.scalars(query.where(User.email == email, Workspace.slug == workspace)).one_or_none()


def test_an_account_is_made_with_a_password_that_is_shown_once(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    done = proofsheet("users", "add", "Ana@Example.com", "--workspace", "studio", "--role", "viewer", "--staff")
    assert (done.returncode, done.stderr) == (0, "")
    password = re.search(r"\(shown only now\): (\S+)", done.stdout)
    assert password
    ana = user("ana@example.com")
    assert verify_password(ana.password_hash, password[1])
    assert (ana.display_name, ana.is_staff, role(ana.email, "studio")) == ("Ana", True, "viewer")
    assert Visitor(app).sign_in("ana@example.com", password[1]).status_code == 303
    addresses = db.session.scalars(
        select(AuditEvent.address).where(AuditEvent.action.in_(["user.added", "member.added"]))
    )
    assert addresses.all() == ["cli", "cli"]


def test_a_password_can_be_given_and_is_not_shown(app: Flask, proofsheet: Proofsheet) -> None:
    done = proofsheet(
        "users", "add", "ana@example.com", "--name", "Ana Silva", "--password-stdin", typed="a long password\n"
    )
    assert done.returncode == 0
    assert "a long password" not in done.stdout + done.stderr
    assert "In no workspace yet" in done.stderr
    assert verify_password(user("ana@example.com").password_hash, "a long password")
    assert user("ana@example.com").handle == "ana-silva"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["users", "add"], "Missing argument 'EMAIL'"),
        (["users", "add", "nobody"], "This is not an e-mail address"),
        (["users", "add", "a@example.com", "--workspace", "nowhere"], "There is no workspace “nowhere”"),
        (["users", "add", "a@example.com", "--role", "king"], "Invalid value for '--role'"),
        (["users", "add", "a@example.com", "--password-stdin"], "at least 10 characters"),
        (["users", "deactivate", "nobody@example.com"], "There is no account for nobody@example.com"),
        (["workspaces", "add", " "], "The name of the workspace cannot be empty"),
        (["workspaces", "add-member", "studio", "nobody@example.com"], "Nobody has an account with this address"),
    ],
)
def test_wrong_use_is_one_sentence_and_status_2(
    app: Flask, team: Team, proofsheet: Proofsheet, words: list[str], said: str
) -> None:
    done = proofsheet(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert db.session.scalars(select(User).where(User.email == "a@example.com")).all() == []


def test_an_address_has_one_account(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    done = proofsheet("users", "add", "owner@studio.example")
    assert done.returncode == 1
    assert "There is an account for owner@studio.example already." in done.stderr


def test_deactivating_signs_out_and_activating_lets_in_again(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    owner = Visitor(app).be(team.owner)
    assert proofsheet("users", "deactivate", "owner@studio.example").returncode == 0
    assert owner.get("/account/").status_code == 302
    assert Visitor(app).sign_in("owner@studio.example").status_code == 422
    assert "deactivated" in proofsheet("users", "list").stdout
    assert proofsheet("users", "activate", "owner@studio.example").returncode == 0
    assert Visitor(app).sign_in("owner@studio.example").status_code == 303


def test_a_new_password_signs_out_everywhere(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    Visitor(app).be(team.owner)
    done = proofsheet("users", "set-password", "owner@studio.example", "--password-stdin", typed="another password\n")
    assert done.returncode == 0
    assert verify_password(user("owner@studio.example").password_hash, "another password")
    assert db.session.scalars(select(SignInSession)).all() == []


def test_workspaces_are_added_listed_and_filled(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    assert "Added Été à Rome (ete-a-rome)." in proofsheet("workspaces", "add", "Été à Rome").stdout
    assert (
        proofsheet("workspaces", "add-member", "Été à Rome", "owner@studio.example", "--role", "viewer").returncode == 0
    )
    assert role("owner@studio.example", "ete-a-rome") == "viewer"
    assert proofsheet("workspaces", "set-role", "ete-a-rome", "owner@studio.example", "--role", "owner").returncode == 0
    assert role("owner@studio.example", "ete-a-rome") == "owner"
    assert proofsheet("workspaces", "list").stdout.splitlines() == [
        "ete-a-rome\tÉté à Rome\t1 member",
        "studio\tStudio\t3 members",
    ]


def test_workspaces_of_one_name_get_addresses_of_their_own(app: Flask, team: Team, proofsheet: Proofsheet) -> None:
    assert "(studio-2)" in proofsheet("workspaces", "add", "Studio").stdout
    done = proofsheet("workspaces", "add-member", "STUDIO", "owner@studio.example")
    assert done.returncode == 1
    assert "studio, studio-2" in done.stderr
