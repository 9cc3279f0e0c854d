"""A picture as people take it away: the original as it came, and with the mark of origin where it has none."""

from app.generation.models import Asset
from app.generation.sizes import credit_of
from app.generation.studio import studio
from app.imaging.credentials import credentials_of
from app.imaging.marking import marked


def export(asset: Asset, original: bytes) -> bytes:
    """The file to hand out. An original that came with a manifest saying that it is AI-made stays as it is.

    Anything else gets the mark, without a pixel being touched, and our signature where a certificate is configured.
    Raises UnreadablePicture.
    """
    content = marked(original, credit=credit_of(asset))
    signer = studio().signer
    if signer is None or credentials_of(content) is not None:
        return content
    return signer.sign(content, asset.media_type, original, asset.media_type)
