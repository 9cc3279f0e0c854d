"""A job whose pictures are all there, made without an engine: rows in bulk, and a few sets of files they share."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image as Pillow
from sqlalchemy import insert, select, update

from app.core.clock import utc_now
from app.core.database import new_id, transaction
from app.generation.models import Asset, Image, Job
from app.generation.states import ImageState, JobState
from app.generation.studio import studio
from app.imaging.variants import Variants, make_variants
from bench.installation import submit
from tests.services.application import Team

PAINTINGS = 48
SIDE = 1024
BATCH = 500


def full_job(team: Team, images: int, *, name: str) -> UUID:
    """Complete every image of a new job, one to a prompt, with one of `PAINTINGS` different pictures."""
    job_id = submit(team, images, name=name, side=SIDE, model="demo/painter")
    folder = str(studio().settings.data_dir)
    sets = [_stored(folder, number) for number in range(PAINTINGS)]
    with transaction() as session:
        rows = session.execute(select(Image.id, Image.position).where(Image.job_id == job_id)).all()
        for begin in range(0, len(rows), BATCH):
            _complete(session, team, rows[begin : begin + BATCH], sets)
        done = {"state": JobState.COMPLETED, "queued_count": 0, "completed_count": images, "finished_at": utc_now()}
        session.execute(update(Job).where(Job.id == job_id).values(**done))
    return job_id


def _complete(session: Any, team: Team, rows: Sequence[Any], sets: Sequence[dict[str, Any]]) -> None:
    assets = {
        image_id: {
            **sets[position % PAINTINGS],
            "id": new_id(),
            "workspace_id": team.workspace_id,
            "image_id": image_id,
            "attempt": 1,
            "key": f"originals/{image_id}/1.jpg",
        }
        for image_id, position in rows
    }
    session.execute(insert(Asset), list(assets.values()))
    done = {"state": ImageState.COMPLETED, "finished_at": utc_now(), "attempt": 1}
    session.execute(update(Image), [{"id": id_, "asset_id": asset["id"], **done} for id_, asset in assets.items()])


@cache
def _stored(_folder: str, number: int) -> dict[str, Any]:
    """Paint a picture, store its variants, and answer what a row of `assets` says of them; once in an installation."""
    original = _painting(number)
    made = make_variants(original)
    return {
        "media_type": "image/jpeg",
        "bytes": len(original),
        "width": made.width,
        "height": made.height,
        "sha256": f"{number:064x}",
        "variants": {name: _put(number, name, made) for name in made.files},
        "placeholder": made.placeholder,
        "perceptual_hash": made.fingerprint.perceptual_hash,
        "sharpness": made.fingerprint.sharpness,
    }


def _put(number: int, name: str, made: Variants) -> dict[str, Any]:
    file = made.files[name]
    key = f"variants/painting-{number}/{name}.{file.extension}"
    studio().storage.put(key, file.content, file.media_type)
    size = {"width": file.width, "height": file.height}
    return {"key": key, "media_type": file.media_type, "bytes": len(file.content), **size}


def _painting(number: int) -> bytes:
    """Soft shapes with grain, as heavy to decode as what image models send."""
    colours = [(37 * number + 80 * channel) % 256 for channel in range(3)]
    ground = Pillow.merge("RGB", [Pillow.radial_gradient("L").point(lambda v, c=c: (v + c) % 256) for c in colours])
    grain = Pillow.effect_noise((SIDE, SIDE), 40).convert("RGB")
    buffer = BytesIO()
    Pillow.blend(ground.resize((SIDE, SIDE)), grain, 0.2).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
