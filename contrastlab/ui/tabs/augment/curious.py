"""The last fold, "For the curious": four rooms behind one door."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ....lab import Lab
from ...fold import Fold, Part
from ...widgets import Words
from .chain import Chain
from .curves import Curves
from .mixing import Mixing
from .scene import Scene
from .taking import Taking

ROOMS: tuple[type[Part], ...] = (Chain, Curves, Mixing, Taking)


class Curious(Fold):
    """Shows one room at a time and computes only that one."""

    TAB = "augment"
    NAME = "curious"

    def __init__(self, lab: Lab, words: Words) -> None:
        self.rooms: list[Part] = []
        super().__init__(lab, words)

    def lay_out(self) -> None:
        self.room = gr.Textbox(ROOMS[0].NAME, visible="hidden")
        with gr.Tabs(elem_id="augment-rooms", overflow_behavior="wrap"):
            for kind in ROOMS:
                with self.words.on(gr.Tab(id=kind.NAME), label=f"augment.{kind.NAME}") as door:
                    self.rooms.append(kind(self.lab, self.words))
                door.select(None, None, [self.room], js=f"() => '{kind.NAME}'")
        self.inputs = [self.room, *(one for room in self.rooms for one in room.inputs)]
        self.outputs = [one for room in self.rooms for one in room.outputs]
        self.triggers = [self.room.change, *(one for room in self.rooms for one in room.triggers)]

    def wire(self, tab: Any) -> None:
        for room in self.rooms:
            room.wire(tab)

    def show(self, scene: Scene, open_room: str, *values: Any) -> dict[Any, Any]:
        rest = list(values)
        for room in self.rooms:
            own = [rest.pop(0) for _ in room.inputs]
            if open_room == room.NAME:
                return room.show(scene, *own)
        return {}
