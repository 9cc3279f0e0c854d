"""A picture as people see it: upright, in sRGB, without transparency and without anything the camera noted."""

from io import BytesIO

from PIL import Image, ImageCms, ImageOps

SRGB = ImageCms.createProfile("sRGB")


def upright_rgb(picture: Image.Image) -> Image.Image:
    """A new RGB image: orientation applied, colours in sRGB, transparent parts on white, no metadata."""
    turned = eight_bit(ImageOps.exif_transpose(picture))
    plain = _in_srgb(_flat(turned), picture.info.get("icc_profile"))
    # Pillow writes an image's comment into every JPEG made from it unless it is forgotten here.
    plain.info = {}
    return plain


def eight_bit(image: Image.Image) -> Image.Image:
    """Sixteen-bit grey scaled down to eight, which Pillow would clip to white instead; other modes as they are."""
    return image.point(lambda level: level / 256, "L") if image.mode.startswith("I;16") else image


def _flat(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB") if image.mode != "RGB" else image.copy()
    with_alpha = image.convert("RGBA")
    on_white = Image.new("RGB", image.size, "white")
    on_white.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return on_white


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours moved from the file's own RGB profile to sRGB, since variants carry no profile."""
    if not profile or profile[16:20] != b"RGB " or b"sRGB" in profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        moved = ImageCms.profileToProfile(image, source, ImageCms.ImageCmsProfile(SRGB), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        # A damaged profile says nothing; browsers then take the numbers as sRGB, and so do we.
        return image
    return moved if moved is not None else image
