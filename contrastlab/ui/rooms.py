"""A fold of several rooms, of which one is open."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..lab import Lab
from .fold import Fold, Part
from .widgets import Words


class Rooms(Fold):
    """Shows one room at a time and computes only that one."""

    ROOMS: tuple[type[Part], ...] = ()

    def __init__(self, lab: Lab, words: Words) -> None:
        self.rooms: list[Part] = []
        super().__init__(lab, words)

    def lay_out(self) -> None:
        self.room = gr.Textbox(self.ROOMS[0].NAME, visible="hidden")
        with gr.Tabs(elem_id=f"{self.TAB}-rooms", overflow_behavior="wrap"):
            for kind in self.ROOMS:
                with self.words.on(gr.Tab(id=kind.NAME), label=f"{self.TAB}.{kind.NAME}") as door:
                    self.rooms.append(kind(self.lab, self.words))
                door.select(None, None, [self.room], js=f"() => '{kind.NAME}'")
        self.inputs = [self.room, *(one for room in self.rooms for one in room.inputs)]
        self.outputs = [one for room in self.rooms for one in room.outputs]
        self.triggers = [self.room.change, *(one for room in self.rooms for one in room.triggers)]

    def wire(self, tab: Any) -> None:
        for room in self.rooms:
            room.wire(tab)

    def show(self, scene: Any, open_room: str, *values: Any) -> dict[Any, Any]:
        rest = list(values)
        for room in self.rooms:
            own = [rest.pop(0) for _ in room.inputs]
            if open_room == room.NAME:
                return room.show(scene, *own)
        return {}
