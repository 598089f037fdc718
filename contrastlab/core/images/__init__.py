"""The only door for pictures: what comes in becomes uint8 (H, W, 3) RGB, or a sentence that says why not."""

from .arrays import to_images, to_tensor
from .encoding import ANIMATIONS, encode_animation, encode_jpeg, encode_png, encode_webp
from .limits import LIMITS, Limits
from .picture import Image, Picture, checked
from .reading import open_image

__all__ = [
    "ANIMATIONS", "LIMITS", "Image", "Limits", "Picture",
    "checked", "encode_animation", "encode_jpeg", "encode_png", "encode_webp", "open_image", "to_images", "to_tensor",
]
