"""What can be called. The docstrings are what a client is shown, so they say all that a call needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import gradio as gr
import numpy as np

from ...core.errors import LabError
from ...core.knobs import Knob
from ...data.augment import apply, apply_mask, draw
from ...data.augment import policy as policy_named
from ...data.datasets import GENERATED, is_here
from ...data.degrade import degrade as damaged_by
from ...data.degrade import mask_of
from ...gallery import SIDE, Gallery
from ...lab import BASELINES, DEFAULT_ENCODER, DEFAULT_GENERATOR, Lab
from ...models.restorer.repairs import NETWORK, Repairs
from ...studies.morph import own_class
from ..safely import HEAVY
from .values import file_of, picture_of

#: As many as the page itself lists at most.
_COUNT = Knob("count", 1, 100, 10, 1, integer=True)


class Endpoints:
    """The endpoints as methods: uploaded files in, files and plain values out."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def models(self) -> list[dict[str, Any]]:
        """List the models and galleries that the other calls can name.

        Returns:
            One record each: "name"; "kind" ("encoder", "gan", "vae", "restorer", "baseline" or "gallery"); "classes",
            the words that class_name knows, in the order of their numbers; "draft", true while its training is not
            finished.
        """
        listed = [
            _record(card.name, card.family, card.preprocessing.get("classes", ()), card.draft)
            for card in self._lab.models()
        ]
        listed += [_record(name, "baseline") for name in BASELINES]
        return listed + [_record(name, "gallery") for name in self._galleries()]

    def augment(
        self, picture: gr.FileData, policy: str = "simclr", seed: int = 0, language: str = "en"
    ) -> gr.FileData:
        """Change a picture at random, at full size, as contrastive training does: crop, flip, colour, blur and more.

        Args:
            picture: an uploaded file (PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC), 8 pixels to 25 million.
            policy: article, simclr, supcon, randaugment, trivialaugment, strong, light, digits or flowers.
            seed: whole number from 0 to 2^64 - 1; the same one changes the picture in the same way.
            language: of error messages, en or zh.

        Returns:
            The changed picture, a PNG of the size that the policy gives it, with the alpha channel and colour profile.
        """
        given = picture_of(picture)
        drawn = draw(policy_named(policy), seed)
        alpha = None if given.alpha is None else apply_mask(given.alpha, drawn)
        return file_of(apply(given.pixels, drawn), "augmented", given, alpha=alpha)

    def embed(
        self, picture: gr.FileData, encoder: str = DEFAULT_ENCODER, language: str = "en"
    ) -> list[float]:
        """Turn a picture into its embedding: pictures that are alike get vectors that point the same way.

        Args:
            picture: an uploaded file, 8 pixels to 25 million; its middle square is seen at the encoder's own size.
            encoder: a model of kind "encoder", or "untrained" or "pixels" to compare with.
            language: of error messages, en or zh.

        Returns:
            D numbers, a vector of unit length; the dot product of two is their cosine similarity, from -1 to 1.
        """
        row = self._lab.encoder(encoder).embed([picture_of(picture).pixels])[0]
        return [float(value) for value in row]

    def neighbours(
        self, picture: gr.FileData | None = None, place: int | None = None, gallery: str = GENERATED,
        encoder: str = DEFAULT_ENCODER, count: int = 10, language: str = "en",
    ) -> list[dict[str, Any]]:
        """Find the pictures of a gallery that are most alike to one picture, best first, by exact search.

        Args:
            picture: an uploaded file; leave it out to ask with a picture of the gallery itself.
            place: of a picture in the gallery, from 0; it is not among its own neighbours.
            gallery: a name of kind "gallery".
            encoder: a model of kind "encoder", or "untrained" or "pixels" to compare with.
            count: how many, 1 to 100.
            language: of error messages, en or zh.

        Returns:
            One record each: "rank" from 1, "place" in the gallery, "similarity" (cosine, -1 to 1), "class" and
            "caption" ("" where there is none), "itself" (true for the very same picture).
        """
        if (picture is None) == (place is None):
            raise LabError("api.one_query")
        opened = self._gallery(gallery, encoder)
        wanted = int(_COUNT.check(count))
        if place is None:
            # At the size of the gallery's own pictures, so that one of them finds itself.
            asked = self._lab.encoder(encoder).embed([picture_of(picture, max_side=SIDE).pixels])[0]
        elif 0 <= place < len(opened):
            asked = opened.index.rows[place]
        else:
            raise LabError("api.wrong_place", got=place, last=len(opened) - 1)
        found = opened.nearest(asked, min(wanted, len(opened) - (place is not None)), exclude=place)
        listed = zip(found.indices.tolist(), found.scores.tolist(), found.itself.tolist(), strict=True)
        return [
            {
                "rank": rank, "place": index, "similarity": score, "class": opened.class_of(index),
                "caption": opened.captions[index] if opened.captions else "", "itself": itself,
            }
            for rank, (index, score, itself) in enumerate(listed, 1)
        ]

    def generate(
        self, name: str = DEFAULT_GENERATOR, seed: int = 0, class_name: str = "", truncation: float = 1.0,
        language: str = "en",
    ) -> gr.FileData:
        """Paint a picture from noise with a generator (a GAN or a variational autoencoder).

        Args:
            name: a model of kind "gan" or "vae" that has classes.
            seed: whole number from 0 to 2^64 - 1; the same one paints the same picture.
            class_name: what to paint, a word or its number; left empty, the class that goes with the seed.
            truncation: factor on the noise, 0 to 1.5: smaller is more typical and less varied.
            language: of error messages, en or zh.

        Returns:
            The picture, a square PNG of the generator's own size (28 to 64 pixels a side).
        """
        generator = self._lab.generator(name)
        number = generator.class_number(class_name) if class_name else own_class(seed, len(generator.classes))
        return file_of(generator.generate([seed], [number], truncation=truncation)[0], f"{generator.name}-{seed}")

    def degrade(
        self, picture: gr.FileData, damages: dict[str, dict[str, float | str]], seed: int = 0, language: str = "en"
    ) -> tuple[gr.FileData, gr.FileData | None]:
        """Damage a picture on purpose, at full size, in the order in which the damages are named.

        There are: blur (blur, 0-8 pixels), motion (motion, 0-40 pixels; angle, -180 to 180 degrees), small (factor,
        1-8), noise (noise, 0-100 levels of 255; kind, gaussian, grey, shot or uneven), salt (salt, a share of 0-0.5),
        fade (fade, a share of 0-0.8), jpeg (quality, 1-100; chroma, 4:4:4, 4:2:2 or 4:2:0) and holes (holes, a share
        of 0-0.9; kind, scratches, dots, text or blocks). A setting left out is at its default.

        Args:
            picture: an uploaded file, 8 pixels to 25 million.
            damages: each with its settings, as in {"blur": {"blur": 2}, "noise": {"noise": 25, "kind": "grey"}}.
            seed: whole number from 0 to 2^64 - 1; the same one damages in the same way.
            language: of error messages, en or zh.

        Returns:
            The damaged picture, a PNG of the same size.
            The mask of what is missing, white, as restore takes it; null where nothing is.
        """
        given = picture_of(picture)
        if not damages:
            raise LabError("api.not_settings", name="damages")
        result = damaged_by(given.pixels, list(damages.items()), seed)
        missing = np.repeat(result.missing[:, :, None], 3, axis=2).astype(np.uint8) * np.uint8(255)
        return (
            file_of(result.image, "damaged", given, alpha=given.alpha, exif=given.exif),
            file_of(missing, "mask") if missing.any() else None,
        )

    def restore(
        self, picture: gr.FileData, method: str = NETWORK, strength: float = 1.0, sigma: float | None = None,
        quality: float | None = None, blur: float | None = None, mask: gr.FileData | None = None,
        language: str = "en",
    ) -> tuple[gr.FileData, dict[str, float]]:
        """Repair a picture of noise, JPEG blocks, blur or holes, at full size; what is wrong is estimated or told.

        Beside the network there are the methods from before it: nlm, bilateral, median and tv against noise, shifts
        against JPEG, wiener and lucy against blur, cubic and lanczos for what was made small, and telea, navier-stokes
        and biharmonic for holes.

        Args:
            picture: an uploaded file, 8 pixels to 25 million.
            method: restorer, which is the network, or one of those named above.
            strength: 0 the picture as it was, 1 the repair, between them a blend.
            sigma: standard deviation of the noise, 0 to 100 levels of 255; estimated if left out.
            quality: of the JPEG file that the picture went through, 1 to 100, 100 for none; estimated if left out.
            blur: standard deviation of the blur, 0 to 8 pixels; estimated if left out.
            mask: an uploaded picture of the same size, bright where pixels are missing and to be filled.
            language: of error messages, en or zh.

        Returns:
            The repaired picture, a PNG of the same size, with the alpha channel, colour profile and EXIF of the file.
            What it was repaired of: "noise" in levels, "quality" 1 to 100, "blur" in pixels.
        """
        repairs = Repairs.of(
            self._lab.restorer, method, strength, {"noise": sigma, "quality": quality, "blur": blur}
        )
        given = picture_of(picture)
        missing = None if mask is None else mask_of(picture_of(mask))
        found = repairs.findings(given.pixels, missing)
        *_, last = repairs.steps(given.pixels, missing, found)
        assert last.image is not None
        return file_of(last.image, "restored", given, alpha=given.alpha, exif=given.exif), asdict(found)

    def _galleries(self) -> list[str]:
        return [name for name in self._lab.galleries() if name == GENERATED or is_here(name)]

    def _gallery(self, name: str, encoder: str) -> Gallery:
        """One whose pictures are on this machine: nothing is fetched for a call."""
        if name not in self._galleries():
            raise LabError("api.not_here", name=name, options=", ".join(self._galleries()))
        if not self._lab.is_open(name, encoder=encoder):
            with HEAVY.gate:
                self._lab.gallery(name, encoder=encoder)
        return self._lab.gallery(name, encoder=encoder)


def _record(name: str, kind: str, classes: Iterable[str] = (), draft: bool = False) -> dict[str, Any]:
    return {"name": name, "kind": kind, "classes": list(classes), "draft": draft}
