"""The room "Build your own chain": steps added, taken out, reordered and set, with the result beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ....core.errors import LabError
from ....core.knobs import Choice, Knob
from ....data.augment import BORDERS, POLICIES, STEPS, Policy, Step, make_step
from ....text import say
from ...drawing import tag, text
from ...fold import Part
from ...widgets import PICKING, panel, unit_class
from . import sight
from .scene import Scene
from .view import MOST_STEPS, OWN, View

_KNOBS = max(sum(isinstance(one, Knob) for one in step.KNOBS) for step in STEPS.values())
_CHOICES = max(sum(isinstance(one, Choice) for one in step.KNOBS) for step in STEPS.values())
_ACTS = ("select", "up", "down", "remove", "add", "begin")


class Chain(Part):
    """The list of steps, the knobs of the selected one, and a small copy of the picture.

    The first edit makes the policy the visitor's own: the ready-made choice then says "mine".
    """

    NAME = "chain"

    def lay_out(self) -> None:
        self.selected = gr.Textbox("", visible="hidden")
        with gr.Row(elem_classes=["workshop"]):
            with gr.Column(elem_classes=["bench"]):
                self.steps = panel(elem_id="augment-chain", js_on_load=PICKING)
                self.supplies = panel(self.words, _supplies, elem_id="augment-supplies", js_on_load=PICKING)
            with gr.Column(elem_classes=["bench"]):
                self.title = panel(elem_id="augment-step")
                # As many sliders as any step has knobs; which knob one stands for follows from the selected step.
                self.sliders = [
                    gr.Slider(0, 1, 0, visible=False, elem_id=f"chain-knob-{index}", elem_classes=["knob"], buttons=[])
                    for index in range(_KNOBS)
                ]
                self.choices = [
                    gr.Radio([], visible=False, elem_id=f"chain-choice-{index}", elem_classes=["options"])
                    for index in range(_CHOICES)
                ]
                self.border = gr.Dropdown(
                    list(BORDERS), value=BORDERS[0], elem_id="chain-border", filterable=False,
                )
                self.words.on(self.border, label="knob.border")
                self.message = panel(value="", elem_classes=["message"])
            self.picture = panel(elem_id="augment-chain-picture", elem_classes=["bench"])
        self.inputs = [self.selected, *self.sliders, *self.choices, self.border]
        self.outputs = [self.selected, self.steps, self.title, self.picture, *self.sliders, *self.choices, self.border]

    def wire(self, tab: Any) -> None:
        pool: list[Any] = [*self.sliders, *self.choices, self.border]

        def act(language: str, action: str, *values: Any) -> dict[Any, Any]:
            scene = tab.read(language, *values)
            act_on, selected = _acted(scene.view, str(action))
            return self._edited(tab, scene, act_on, selected)

        def turn(language: str, selected: str, *values: Any) -> dict[Any, Any]:
            own, rest = values[: len(self.inputs) - 1], values[len(self.inputs) - 1 :]
            scene = tab.read(language, *rest)
            updates = self._edited(tab, scene, _turned(scene.view, selected, list(own)), selected)
            # The knobs themselves are left alone: one of them is under the visitor's finger.
            return {component: update for component, update in updates.items() if component not in pool}

        outputs = list(dict.fromkeys([*tab.outputs, *self.outputs]))
        tab.on(
            [self.steps.select, self.supplies.select], act, first=[self.selected], outputs=outputs,
            message=self.message,
            js="(language, selected, ...rest) => [language, window.contrastlab.picked, ...rest]",
        )
        tab.on(
            [one.input for one in pool], turn, first=self.inputs,
            outputs=outputs, message=self.message, live=True,
        )

    def show(self, scene: Scene, selected: str, *_: Any) -> dict[Any, Any]:
        policy, language = scene.policy, scene.language
        ids = [step.id for step in policy.steps]
        if selected not in ids:
            selected = ids[0] if ids else ""
        step = policy.steps[ids.index(selected)] if selected else None
        picture = sight.changed(scene) + sight.bar(self.lab, scene)
        return {
            self.selected: selected,
            self.steps: _list(policy, selected, language),
            self.title: _heading(step, language),
            self.picture: picture,
            self.border: gr.update(
                value=policy.border, choices=[(say(f"choice.border.{one}", language), one) for one in BORDERS]
            ),
            **self._knobs(step, language),
        }

    def _edited(self, tab: Any, scene: Scene, view: View, selected: str) -> dict[Any, Any]:
        new = replace(scene, view=view)
        return {**tab.everything(new), **self.show(new, selected)}

    def _knobs(self, step: Step | None, language: str) -> dict[Any, Any]:
        """The pool of sliders and choices as the step's own."""
        settings = {} if step is None else step.settings()
        declared = () if step is None else step.KNOBS
        knobs = [one for one in declared if isinstance(one, Knob)]
        choices = [one for one in declared if isinstance(one, Choice)]
        updates: dict[Any, Any] = {}
        for place, component in enumerate(self.sliders):
            if place >= len(knobs):
                updates[component] = gr.update(visible=False)
                continue
            knob = knobs[place]
            updates[component] = gr.update(
                minimum=knob.minimum, maximum=knob.maximum, step=knob.step, value=settings[knob.name], visible=True,
                precision=0 if knob.integer else None, label=say(f"knob.{knob.name}", language),
                elem_classes=["knob", unit_class(knob)],
            )
        for place, radio in enumerate(self.choices):
            if place >= len(choices):
                updates[radio] = gr.update(visible=False)
                continue
            choice = choices[place]
            updates[radio] = gr.update(
                label=say(f"knob.{choice.name}", language), value=settings[choice.name], visible=True,
                choices=[(say(f"choice.{choice.name}.{one}", language), one) for one in choice.options],
            )
        return updates


def _acted(view: View, action: str) -> tuple[View, str]:
    """The view after "select:blur", "up:blur", "down:blur", "remove:blur", "add:noise" or "begin:simclr".

    Also the step that is then selected. Raises LabError for anything else.
    """
    act, _, name = action.partition(":")
    Choice("act", _ACTS, _ACTS[0]).check(act)
    policy = view.policy()
    if act == "begin":
        chosen = Choice("policy", tuple(POLICIES), "simclr").check(name)
        return _own(view, POLICIES[chosen]), ""
    if act == "add":
        if len(policy.steps) >= MOST_STEPS:
            raise LabError("augment.too_many_steps", limit=MOST_STEPS)
        added = replace(policy, steps=(*policy.steps, make_step(name)))
        return _own(view, added), added.steps[-1].id
    steps = list(policy.steps)
    place = next((index for index, step in enumerate(steps) if step.id == name), None)
    if place is None:
        raise LabError("augment.no_such_step", policy=policy.name, got=name,
                       options=", ".join(step.id for step in steps))
    if act == "select":
        return view, name
    step = steps.pop(place)
    if act == "remove":
        return _own(view, replace(policy, steps=tuple(steps))), ""
    steps.insert(max(0, place - 1) if act == "up" else place + 1, step)
    return _own(view, replace(policy, steps=tuple(steps))), name


def _turned(view: View, selected: str, values: list[Any]) -> View:
    """The view with the selected step's knobs, and the border, as the components say."""
    policy = view.policy()
    step = next((one for one in policy.steps if one.id == selected), None)
    border = values.pop()
    if step is not None:
        knobs = [one.name for one in step.KNOBS if isinstance(one, Knob)]
        choices = [one.name for one in step.KNOBS if isinstance(one, Choice)]
        said = dict(zip(knobs, values[:_KNOBS], strict=False)) | dict(zip(choices, values[_KNOBS:], strict=False))
        policy = policy.changed({step.id: said})
    return _own(view, replace(policy, border=border))


def _own(view: View, policy: Policy) -> View:
    return replace(view, ready=OWN, chain=replace(policy, name=OWN)).settled()


def _list(policy: Policy, selected: str, language: str) -> str:
    items = []
    for place, step in enumerate(policy.steps):
        name = say(f"step.{step.KIND}", language)
        often = "" if step.p == 1 else say("augment.chain.often", language, share=round(100 * step.p))
        buttons = [
            _act(f"up:{step.id}", "\N{UPWARDS ARROW}", say("augment.chain.up", language, step=name), place == 0),
            _act(f"down:{step.id}", "\N{DOWNWARDS ARROW}", say("augment.chain.down", language, step=name),
                 place == len(policy.steps) - 1),
            _act(f"remove:{step.id}", "\N{MULTIPLICATION SIGN}", say("augment.chain.remove", language, step=name)),
        ]
        chosen = tag("button", tag("b", text(name)), tag("span", text(often)), type="button",
                     data_pick=f"select:{step.id}", class_="name", aria_pressed=str(step.id == selected).lower())
        items.append(tag("li", chosen, *buttons, class_="selected" if step.id == selected else None))
    empty = tag("p", text(say("augment.chain.empty", language)), class_="note") if not items else ""
    return tag("ol", *items, class_="chain") + empty


def _supplies(language: str) -> str:
    """All that can be added, and what one can begin with. Apart from the list, so that it stays open."""
    add = [tag("button", text(say(f"step.{kind}", language)), type="button", data_pick=f"add:{kind}", class_="chip")
           for kind in STEPS]
    begin = [tag("button", text(say(f"policy.{name}", language)), type="button", data_pick=f"begin:{name}",
                 class_="chip") for name in POLICIES]
    return tag(
        "details", tag("summary", text(say("augment.chain.add", language))), tag("div", *add, class_="chips")
    ) + tag("details", tag("summary", text(say("augment.chain.begin", language))), tag("div", *begin, class_="chips"))


def _act(action: str, sign: str, spoken: str, is_useless: bool = False) -> str:
    return tag("button", sign, type="button", data_pick=action, aria_label=spoken, title=spoken, class_="tiny",
               disabled=is_useless)


def _heading(step: Step | None, language: str) -> str:
    if step is None:
        return ""
    return tag("h3", text(say("augment.chain.step", language, step=say(f"step.{step.KIND}", language))))
