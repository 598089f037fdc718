"""`Lab`: the only door to models. Load once, ask many times."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from .core.checkpoint import Checkpoint, CheckpointConfig, list_checkpoints, load_checkpoint, read_config
from .core.device import Device, choose_device, is_out_of_memory
from .core.errors import LabError
from .core.hub import checkpoints_folder, folder_of
from .data.datasets import GENERATED, Bundle, Dataset, has_bundle, load, read_bundle
from .gallery import Building, Gallery, Own, build, built, read_folder
from .models.encoder.inference import (
    Embedder,
    PixelEmbedder,
    band_of,
    fingerprint,
    load_embedder,
    untrained_embedder,
)
from .models.gan.inference import load_generator
from .models.restorer.inference import Repairer, load_repairer
from .models.vae.inference import NestedAutoencoder, VariationalAutoencoder, generates, load_autoencoder
from .nn.decoding import Decoder
from .studies.directions import DIRECTIONS, Direction, read_directions
from .studies.known import Known, read_known
from .studies.prototypes import Prototypes, prototypes
from .studies.quality import ENCODERS
from .studies.reach import FEATURES, REACH, Reach, read_reach
from .studies.sample_card import Reference, read_reference
from .training.curve import Curve, read_curve
from .training.snapshots import Strip, read_strip

log = logging.getLogger(__name__)

#: The encoder that the page opens with; its card also holds the bands of the two baselines.
DEFAULT_ENCODER = "encoder-simclr-cifar10"
#: Embedders that need no checkpoint.
BASELINES = ("untrained", "pixels")
#: The generator whose pictures come with the package as a gallery.
DEFAULT_GENERATOR = "gan-cifar10"
#: The autoencoder whose codes can be cut short.
DEFAULT_AUTOENCODER = "autoencoder-digits"
DEFAULT_RESTORER = "restorer"
#: Galleries by name: the generated one, then the data sets whose test split makes one.
GALLERIES = (GENERATED, "cifar10", "flowers", "mnist", "glyphs")


class Lab:
    """Owns the device, the checkpoints and what has been loaded; safe to share between threads.

    What it hands out holds no "current picture" and is changed by no request. A model is loaded when it is
    first asked for, once; a failed load is not remembered, so a restored file works at the next try.
    """

    def __init__(self, checkpoints: Path | None = None, *, device: str | None = None) -> None:
        """`checkpoints` defaults to the variable CONTRASTLAB_CHECKPOINTS, else the folder beside the package.

        Both may name a repository of the Hub (`hub.folder_of`, which tells what it raises).
        """
        self.checkpoints = folder_of(checkpoints) if checkpoints else checkpoints_folder()
        self.device: Device = choose_device(device)
        self._loaded: dict[str, Any] = {}
        self._lock = threading.RLock()
        self._building: dict[object, threading.Lock] = {}
        self._galleries: dict[object, Gallery] = {}

    def relieve(self, error: Exception) -> bool:
        """Whether the error was a graphics card without memory: then everything is on the CPU from here on.

        What was handed out before stays where it was; who asks anew gets what works.
        """
        if self.device.kind == "cpu" or not is_out_of_memory(error):
            return False
        log.warning("%s has no memory left; going on with the CPU", self.device.kind)
        with self._lock:
            self.device = choose_device("cpu")
            self._loaded.clear()
        return True

    def models(self) -> list[CheckpointConfig]:
        """Every checkpoint in the index; weights are read, and found damaged, only when one is asked for.

        One whose config cannot be read is left out, for the others work: asking for it by name tells why.
        Raises LabError ``checkpoint.broken_index``.
        """
        found = []
        for name in list_checkpoints(self.checkpoints):
            try:
                found.append(replace(read_config(self.checkpoints / name), name=name))
            except LabError as error:
                log.warning("%s is left out: %s", name, error)
        return found

    def encoders(self) -> list[str]:
        """Names that `encoder` knows: the checkpoints of that family, then the baselines."""
        return [card.name for card in self.models() if card.family == "encoder"] + list(BASELINES)

    def encoder(self, name: str = DEFAULT_ENCODER) -> Embedder:
        """The loaded embedder of a checkpoint, or a baseline: "untrained" or "pixels".

        Raises LabError ``checkpoint.unknown`` naming those there are, or what `load_checkpoint` raises.
        """
        return self._once(name, lambda: self._load_encoder(name))

    def generators(self) -> list[str]:
        """Names that `generator` knows: whatever makes pictures out of noise, GAN or variational autoencoder."""
        return [one.name for one in self.models()
                if one.family == "gan" or (one.family == "vae" and generates(one.architecture))]

    def generator(self, name: str = DEFAULT_GENERATOR) -> Decoder:
        """The loaded generator of a checkpoint: a `gan.inference.Generator` or a `VariationalAutoencoder`.

        Raises LabError ``checkpoint.unknown`` naming the checkpoints there are, ``checkpoint.wrong_family``,
        ``autoencoder.no_noise`` for an autoencoder that needs a picture, or what `load_checkpoint` raises.
        """
        return self._once(f"generator {name}", lambda: self._load_generator(name))

    def autoencoders(self) -> list[str]:
        """Names that `autoencoder` knows: what gives pictures back from codes, variational or not."""
        return [one.name for one in self.models() if one.family == "vae"]

    def autoencoder(self, name: str = DEFAULT_AUTOENCODER) -> NestedAutoencoder | VariationalAutoencoder:
        """The loaded autoencoder of a checkpoint; a variational one is the same object as `generator` gives.

        Raises LabError ``checkpoint.unknown`` naming the checkpoints there are, or what `load_checkpoint` raises.
        """
        return self._once(
            f"autoencoder {name}", lambda: load_autoencoder(self._checkpoint(name, family="vae"), self.device)
        )

    def restorer(self, name: str = DEFAULT_RESTORER) -> Repairer:
        """The loaded restorer of a checkpoint. Raises what `autoencoder` raises."""
        return self._once(
            f"restorer {name}", lambda: load_repairer(self._checkpoint(name, family="restorer"), self.device)
        )

    def directions(self, name: str = DEFAULT_GENERATOR) -> tuple[Direction, ...]:
        """A generator's named directions, as the command `directions` kept them beside its weights; () without them.

        Raises what `generator` raises.
        """
        generator = self.generator(name)
        return self._once(
            f"directions {name}", lambda: read_directions(self.checkpoints / name / DIRECTIONS, generator)
        )

    def feature_encoder(self, name: str = DEFAULT_GENERATOR) -> Embedder | None:
        """The encoder by which a generator's pictures are searched for (`reach.FEATURES`); None if it is not there.

        Raises what `encoder` raises, and LabError ``checkpoint.unknown``.
        """
        wanted = FEATURES.get(self._data_of(name), DEFAULT_ENCODER)
        return self.encoder(wanted) if wanted in self.encoders() else None

    def prototypes(self, name: str = DEFAULT_GENERATOR) -> tuple[Prototypes, ...]:
        """A generator's classes as the encoders for its data see them (`quality.ENCODERS`), the first the best taught.

        They are made when first asked for, in seconds; encoders that are not there are left out. Raises what
        `generator` and `encoder` raise.
        """
        generator, there, found = self.generator(name), self.encoders(), []
        for wanted in ENCODERS.get(self._data_of(name), (DEFAULT_ENCODER,)):
            if wanted not in there:
                continue
            key = f"prototypes {name} {wanted}"
            if key not in self._loaded:  # made without the lock: nobody who moves a slider has to wait for it
                made = prototypes(generator, self.encoder(wanted))
                with self._lock:
                    self._loaded.setdefault(key, made)
            found.append(self._loaded[key])
        return tuple(found)

    def reach(self, name: str = DEFAULT_GENERATOR) -> Reach | None:
        """How near a generator comes to pictures, as the command `calibrate` kept it beside its weights; None without.

        Raises what `generator` and `feature_encoder` raise.
        """
        generator, encoder = self.generator(name), self.feature_encoder(name)
        return self._once(
            f"reach {name}", lambda: read_reach(self.checkpoints / name / REACH, generator, encoder)
        )

    def strip(self, name: str = DEFAULT_GENERATOR) -> Strip | None:
        """What the same few latents became while a generator learned; None where no such pictures were kept.

        Raises LabError ``checkpoint.unknown``, and others if the config cannot be read.
        """
        return read_strip(self.checkpoints / name, self._card(name).training.get("snapshots", ()))

    def sample_reference(self, name: str = DEFAULT_GENERATOR) -> Reference:
        """What a generator's single pictures are compared with, as the command `sample-card` kept it.

        Raises what `generator` and `read_reference` raise.
        """
        generator = self.generator(name)
        return self._once(
            f"sample reference {name}", lambda: read_reference(self.checkpoints / name, generator, self._known)
        )

    def curve(self, name: str = DEFAULT_GENERATOR) -> Curve | None:
        """What was logged while a model was trained; None where it was not kept. Raises what `strip` raises."""
        self._card(name)
        return read_curve(self.checkpoints / name)

    def bundle(self) -> Bundle:
        """The generated pictures that came with the package, in the order of the gallery "generated".

        Raises what `read_bundle` raises.
        """
        return self._once("bundle", lambda: read_bundle(self.checkpoints / DEFAULT_GENERATOR))

    def galleries(self) -> tuple[str, ...]:
        """Names that `gallery` knows, whether their pictures can be had or not; the generated one if it is there."""
        there = has_bundle(self.checkpoints / DEFAULT_GENERATOR)
        return tuple(name for name in GALLERIES if there or name != GENERATED)

    def gallery(
        self, which: str | Path = GENERATED, *, encoder: str = DEFAULT_ENCODER, data: Path | None = None
    ) -> Gallery:
        """The test split of a data set of that name, or the pictures in a folder, embedded by that encoder.

        "generated" are the pictures that came with the package; `bundle` tells what each was made from.
        A named one is built once and kept in memory, a folder is read each time; the embeddings of both are kept
        on disk. `data` is the folder with the data sets. A string is never taken for a folder, so that one which
        a visitor sent names no place on this machine; pictures that a folder has and nobody can read are passed
        over (`gallery.read_folder` tells which). For progress and cancel there is `build_gallery`.

        Raises LabError ``gallery.unknown`` naming those there are, and those of `datasets.load`, `read_folder`,
        `bundle`, `encoder` and `gallery.build`.
        """
        if isinstance(which, Path):
            *_, last = read_folder(which)
            assert last.own is not None
            return built(self.build_gallery(last.own, encoder=encoder, keep=True))
        _check_gallery(which)
        wanted = (which, encoder, data)
        with self._lock:
            lock = self._building.setdefault(wanted, threading.Lock())
        with lock:  # one builds, the others wait for it; other galleries and models are not held up
            if wanted not in self._galleries:
                built(self.open_gallery(which, encoder=encoder, data=data))
            return self._galleries[wanted]

    def open_gallery(
        self, name: str, *, encoder: str = DEFAULT_ENCODER, data: Path | None = None
    ) -> Iterator[Building]:
        """As `gallery` for a named one, telling how far it is; closing the iterator stops the work and keeps nothing.

        Raises what `gallery` raises, at the first step.
        """
        _check_gallery(name)
        wanted = (name, encoder, data)
        if wanted not in self._galleries:
            pictures = self.bundle().data if name == GENERATED else load(name, "test", data)
            for now in self.build_gallery(pictures, encoder=encoder, keep=True):
                if now.gallery is None:
                    yield now
                else:
                    self._galleries[wanted] = now.gallery
        gallery = self._galleries[wanted]
        yield Building(len(gallery), len(gallery), gallery, stored=True)

    def is_open(self, name: str, *, encoder: str = DEFAULT_ENCODER) -> bool:
        """Whether `gallery` would answer from memory, in no time."""
        return (name, encoder, None) in self._galleries

    def build_gallery(
        self, pictures: Dataset | Own, *, encoder: str = DEFAULT_ENCODER, keep: bool = False
    ) -> Iterator[Building]:
        """Embed pictures, telling how far it is; see `gallery.build`. Kept on disk only if `keep` says so.

        A visitor's own pictures (`gallery.read_own`) bring their names along. The result is handed out and held
        nowhere here: it is gone as soon as the caller lets go of it.
        """
        embedder = self.encoder(encoder)
        data, captions = (pictures.data, pictures.names) if isinstance(pictures, Own) else (pictures, ())
        key = f"{embedder.key} {fingerprint(embedder.side)}"
        return build(data, embedder.embed, key, captions=captions, keep=keep)

    def _load_encoder(self, name: str) -> Embedder:
        if name == "untrained":
            return untrained_embedder(self.device, band=self._baseline_band(name))
        if name == "pixels":
            return PixelEmbedder(band=self._baseline_band(name))
        return load_embedder(self._checkpoint(name, family="encoder"), self.device)

    def _load_generator(self, name: str) -> Decoder:
        checkpoint = self._checkpoint(name)
        if checkpoint.family == "gan":
            return load_generator(checkpoint, self.device)
        if checkpoint.family != "vae":
            raise LabError("checkpoint.wrong_family", name=name, got=checkpoint.family, expected="gan, vae")
        loaded = self.autoencoder(name)
        if not isinstance(loaded, VariationalAutoencoder):
            raise LabError("autoencoder.no_noise", name=name)
        return loaded

    def _data_of(self, name: str) -> str:
        """The data set that a checkpoint learned from. Raises LabError ``checkpoint.unknown``."""
        return str(self._card(name).training.get("data"))

    def _card(self, name: str) -> CheckpointConfig:
        found = {card.name: card for card in self.models()}
        if name not in found:
            raise LabError("checkpoint.unknown", name=name, options=", ".join(found))
        return found[name]

    def _baseline_band(self, which: str) -> Any:
        """Baselines have no card; their bands were measured beside the default encoder."""
        try:
            return band_of(self._checkpoint(DEFAULT_ENCODER, family="encoder").metrics, which)
        except LabError:
            return None  # the baselines themselves work without any checkpoint

    def _checkpoint(self, name: str, *, family: str | None = None) -> Checkpoint:
        known = list_checkpoints(self.checkpoints)
        if name not in known:  # also keeps names such as ../elsewhere out of the path
            options = [*known, *(BASELINES if family == "encoder" else ())]
            raise LabError("checkpoint.unknown", name=name, options=", ".join(options))
        return load_checkpoint(self.checkpoints / name, family=family)

    def _known(self, encoder: str, data: str, side: int) -> Known | None:
        return self._once(  # type: ignore[no-any-return]
            f"known {encoder} {data} {side}", lambda: read_known(self.checkpoints, encoder, data, side)
        )

    def _once(self, name: str, load: Callable[[], Any]) -> Any:
        with self._lock:
            if name not in self._loaded:
                found = load()
                if found is None or found == ():
                    return found  # nothing is there yet: a file that appears later is read
                self._loaded[name] = found
            return self._loaded[name]


def _check_gallery(name: str) -> None:
    if name not in GALLERIES:
        raise LabError("gallery.unknown", got=name, options=", ".join(GALLERIES))
