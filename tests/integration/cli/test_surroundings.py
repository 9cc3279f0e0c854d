"""What commands say about the machine they run on."""

from app.processes.valkey import prepare_valkey


def test_without_a_running_application_a_job_waits_and_it_says_so(run, team):
    ran = run("jobs", "create", "--prompts", "-", "--json", stdin="a field", REDIS_URL="")
    assert ran.status == 0
    assert ran.json["state"] == "queued"
    assert ran.err.startswith("Nothing runs on ")


def test_the_server_of_the_running_application_is_found_by_its_data_folder(run, team, settings, valkey, tmp_path):
    folder = settings.data_dir / "valkey"
    folder.mkdir(parents=True)
    (folder / "url").write_text(valkey.url)
    ran = run("jobs", "list", REDIS_URL="")
    assert (ran.status, "Nothing runs" in ran.err) == (0, False)


def test_an_address_left_behind_counts_as_nothing_running(run, team, settings):
    prepare_valkey(settings.data_dir / "valkey")
    ran = run("jobs", "list", REDIS_URL="")
    assert (ran.status, "Nothing runs" in ran.err) == (0, True)


def test_without_a_database_it_says_what_to_do(run, tmp_path):
    ran = run("jobs", "list", DATABASE_URL="", PROOFSHEET_DATA_DIR=str(tmp_path / "empty"))
    assert ran.status == 2
    assert ran.err.startswith("There is no database at ")
    assert not (tmp_path / "empty" / "proofsheet.db").exists()


def test_a_wrong_variable_is_named(run):
    ran = run("jobs", "list", PROOFSHEET_LEASE_SECONDS="soon")
    assert ran.status == 2
    assert "PROOFSHEET_LEASE_SECONDS" in ran.err


def test_migrate_makes_a_database_that_commands_can_use(run, tmp_path):
    folder = {"DATABASE_URL": "", "PROOFSHEET_DATA_DIR": str(tmp_path / "new")}
    assert run("migrate", **folder).status == 0
    ran = run("jobs", "list", **folder)
    assert (ran.status, ran.err) == (
        2,
        "There is no workspace yet. Run `proofsheet up` once, or `proofsheet workspaces add`.\n",
    )


def test_a_postgresql_database_is_used_like_any_other(run, postgres_url):
    ran = run("jobs", "list", DATABASE_URL=postgres_url)
    assert (ran.status, ran.err.startswith("There is no workspace yet.")) == (2, True)
    assert run("doctor", DATABASE_URL=postgres_url).status == 0


def test_doctor_finds_nothing_wrong_on_a_healthy_machine(run):
    ran = run("doctor")
    assert ran.status == 0
    assert "FIX" not in ran.out
    assert "model demo/painter: can be used" in ran.out
    assert "model openai/gpt-image-2.5-flare: OPENAI_API_KEY is not set" in ran.out


def test_doctor_says_what_to_fix(run, valkey):
    valkey.kill()
    ran = run("doctor", STORAGE_URL="file:///proc/nothing/media")
    assert ran.status == 1
    lines = [line for line in ran.out.splitlines() if line.startswith("FIX")]
    assert [line.split()[1] for line in lines] == ["redis", "storage", "disk"]


def test_doctor_shows_no_secret(run):
    ran = run("doctor", OPENAI_API_KEY="sk-very-secret")
    assert "sk-very-secret" not in ran.out + ran.err
    assert "model openai/gpt-image-2.5-flare: can be used" in ran.out
